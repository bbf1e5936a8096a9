#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vtag, chxid, lsxid, vdlimit, and a guest with a tag and a disk limit.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tg1
xid=361
dir=/mnt/tags

habits vtag 255
habits chxid 255
habits lsxid 255
habits vdlimit 255

mkdir -p $dir
mount -t tmpfs -o tag,size=200m none $dir
chmod 755 $dir
cd $dir || exit 1

echo "# tags of files"
run vtag --create --tag 77 -- touch a
status 0 'vtag --create'
run vtag --migrate --tag 78 --silent mkdir b
status 0 'vtag --migrate'
run vtag --create --tag 77 sh -c 'echo > b/c'
status 2 'the file of one tag is not in the directory of another'
touch host
run lsxid
status 0 'lsxid'
out_is '                  77  ./a
                   0  ./host
                  78  ./b' 'shows the tags'
run lsxid -d --json a
out_is '[
  {
    "path":"a",
    "tag":77
  }
]' '--json'
run showattr -d a
out_like '^.{8}X a$' 'showattr has the letter'
touch b/c
run chxid -c 79 -R b
status 0 'chxid -R'
run lsxid -R b
out_is '                  79  b
                  79  b/c' 'changes all below'
run chxid -c 79 /etc/passwd
status 1 'without tags it fails'
err_is 'chxid: cannot change the tag of /etc/passwd: its file system is not mounted with the option tag' '... in words'
run lsxid -d /etc/passwd
status 1 'nor are there any to show'
out_is '             !!ERR!!  /etc/passwd' '... which the line shows'
run vtag --create --tag 77 --silentexist -- sh -c 'exit 3'
status 3 'vtag --silentexist is taken and does nothing'
mkdir -p x/mnt x/.dot
touch x/file x/unified
mount -t tmpfs -o tag none x/mnt
touch x/mnt/below
setattr --iunlink x/unified
run chxid --xid 80 --recursive --one-file-system --skip-unified x
status 0 'chxid --one-file-system --skip-unified'
run lsxid --recursive --one-file-system --numeric x
out_is '                  80  x
                  80  x/file
                   0  x/unified' '... leaves both; lsxid --one-file-system, too'
run lsxid --all --directory --numeric x/.dot x/mnt/below
out_is '                  80  x/.dot
                   0  x/mnt/below' 'lsxid --all, --directory'
setattr '--~iunlink' x/unified
umount x/mnt
run /usr/lib/util-vserver/vclone --xid 81 --verbose "$dir/x" "$dir/y"
status 0 'vclone --xid'
is "$(lsxid -R -n y | awk '{ print $1 }' | sort -u)" 81 '... gives all that it makes the tag'
rm -r y
rm -r x
run vtag --tag 5 true
err_like 'neither --create nor --migrate' 'vtag wants to know'
run vtag --create --tag 70000 true
status 255 'a tag has 16 bits'
run chcontext --silent --xid 362 --secure -- vtag --create --tag 5 true
err_is 'vtag: cannot take the tag 5: only root on the host may do this' 'a guest has the tag it was given'

echo "# disk limits"
run vdlimit --xid 77 $dir
status 1 'no limit'
err_is "vdlimit: cannot read the limit of 77 on $dir: there is no limit" '... in words'
run vdlimit --xid 77 --set space_total=1024 --set inodes_total=10 --set inodes_used=1 $dir
status 0 'a limit'
run vdlimit --xid 77 $dir
out_is "77 $dir
space_used=0
space_total=1024
inodes_used=1
inodes_total=10
reserved=5" 'is there'
run vtag --create --tag 77 dd if=/dev/zero of=a bs=64k count=100
status 1 'the disk gets full'
err_like 'No space left on device' '... and says so'
run vtag --create --tag 77 df -k --output=size,avail $dir
out_like '1024 +0' 'df shows the limit'
run vdlimit --xid 77 --set inodes_total=-1 --set space_used=100 $dir
run vdlimit --xid 77 --json $dir
out_like '"space_used":100,.*"space_total":1024,.*"inodes_total":-1' 'values change one by one'
run vdlimit --xid 77 --set space_used=2000 $dir
run vdlimit --xid 77 --set reserved=101 $dir
status 255 'more than all cannot be reserved'
run vdlimit --xid 77 --set space=1 $dir
err_like "unknown key 'space'" 'keys are known'
run vdlimit --xid 77 --flags 0 $dir
status 0 '--flags is taken and does nothing'
out_like 'space_used=2000' '... but show'
run vdlimit --xid 77 --remove $dir
status 0 'it goes'
run vdlimit --xid 77 --remove $dir
status 1 'once'
run vdlimit --xid 77 --set space_total=10 --set space_used=20 $dir
status 1 'more used than there is'
run vdlimit --xid 77 $dir
status 1 '... leaves no limit behind'
run vdlimit --xid 77 --set space_total=10 /proc
err_is 'vdlimit: cannot make a limit of 77 on /proc: this file system has no disk limits (XFS: mount it with prjquota)' '/proc has none'

echo "# a guest"
cd / || exit 1
run vserver tg1 build -m template --context $xid --hostname tg1 --rootdir $dir -- -t "$tar"
status 0 'build'
is "$(lsxid -a -R -n $dir/tg1 | awk '{ print $1 }' | sort -u)" $xid 'the files that are built are the guest'"'"'s'
: > $conf/apps/init/style
printf '/bin/sleep\n1000\n' > $conf/apps/init/cmd.start
echo fakeinit > $conf/cflags
mkdir -p $conf/dlimits/0
echo $dir > $conf/dlimits/0/directory
echo 20480 > $conf/dlimits/0/space_total
echo 1000 > $conf/dlimits/0/inodes_total
run vserver tg1 start
status 1 'a limit that is not complete'
err_like 'dlimits/0/reserved is missing' '... stops the start'
echo 0 > $conf/dlimits/0/reserved
run vserver tg1 start
status 0 'start'
is "$(lsxid -a -R -n $dir/tg1 | grep -vc "^ *$xid ")" 0 'all files are its own, new ones, too'
kib=$(du -sk $dir/tg1 | cut -f1)
inodes=$(find $dir/tg1 | wc -l)
run vdlimit --xid $xid $dir
out_like "space_used=$kib.space_total=20480.inodes_used=$inodes" 'what is used was counted'
run vserver tg1 exec dd if=/dev/zero of=/big bs=1024k count=30
status 1 'the guest fills its disk'
err_like 'No space left' '... and no more'
run vserver tg1 exec df -k /
out_like ' 20480 +20480 +0 100%' 'df inside shows the limit and that it is used up'
is "$(stat -c %s $dir/tg1/big)" "$(((20480 - kib) * 1024))" '... to the last page'
run lsxid -d $dir/tg1/big
out_like 'tg1  ' 'the file is its own'
run vserver tg1 stop
status 0 'stop'
run vdlimit --xid $xid $dir
status 1 'the limit is gone'
run vserver tg1 start
status 0 'start'
run vdlimit --xid $xid $dir
out_like 'space_used=20480' 'it was counted again'
run vserver tg1 exec rm /big
run vdlimit --xid $xid $dir
out_like "space_used=$kib" 'what is removed is free'
vserver tg1 stop
echo 380 > $conf/tag
run vserver tg1 start
run vserver tg1 exec cat /etc/passwd
status 1 'with another tag a guest does not get at its files'
vserver tg1 stop
echo x > $conf/tag
run vserver tg1 start
err_like "tag:1: 'x' is no number from 0 to 65535" 'a tag is a number'
rm $conf/tag
vserver --silent tg1 delete
rm -rf $dir/tg1
setattr '--~barrier' $dir
umount $dir
mount -t tmpfs -o tagid=390 none $dir
run vserver tg1 build -m template --context $xid --hostname tg1 --rootdir $dir -- -t "$tar"
status 0 'build where all has another tag'
err_is '' '... is left at that'
is "$(lsxid -d -n $dir/tg1/etc | awk '{ print $1 }')" 390 '... which it has'
vserver --silent tg1 delete
umount $dir
rmdir $dir
finish
