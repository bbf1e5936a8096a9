#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vhashify: what is shared, what is not, each option; the pool, its garbage and what older tools left there.
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"

habits vhashify 1

top=/vservers/.th
rm -rf $top /etc/vservers/.defaults/apps/vunify
mkdir -p $top/hash $top/pool
chmod 700 $top/pool
ln -s $top/pool $top/hash/root
tree $top/a
tree $top/b
facts $top/a > "$tap_tmp/facts"
check() { facts "$1" | cmp -s - "$tap_tmp/facts"; }
names() { find $top/pool -type f ! -name .format | wc -l; }
left() { jq -r ".left.$1" <<< "$out"; }
value() { jq -r ".$1" <<< "$out"; }

echo "# a first and a second tree"
run vhashify --dry-run --json --manually $top/hash $top/a
status 0 "--dry-run"
is "$(value added) $(value linked) $(left small) $(names)" "10 0 2 0" "tells what would be new, and makes nothing"
is "$(attrs $top/a/bin/p1)" ui "nothing is protected"
run vhashify --json --manually $top/hash $top/a
status 0 "the first tree"
is "$(value files) $(value added) $(value linked) $(left small) $(value others)" "12 10 0 2 2" "all is new in the pool"
is "$(names)" 10 "the pool has a name for each"
is "$(find $top/pool -type f ! -name .format -printf '%P\n' | grep -vcE '^[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}-00000000$')" 0 \
	"each is aa/bb/REST-COUNTER"
is "$(attrs $top/a/bin/p1)$(attrs $top/a/lib/small)" UIui "shared files are immutable and ixunlink, others are not"
check $top/a
ok "the tree is as it was"
run vhashify --json --manually $top/hash $top/b
status 0 "the second tree"
is "$(value added) $(value linked) $(value errors)" "0 10 0" "all is linked"
[ "$(value bytes_saved)" -gt 200000 ]; ok "and the report tells how much that saves"
check $top/b
ok "the tree is as it was"
wrong=''
for f in bin/p1 bin/p2 bin/p3 bin/p4 bin/p5 bin/p6 lib/deep/er/l lib/sparse etc/conf var/log/log; do
	same_inode $top/a/$f $top/b/$f || wrong+=" $f"
done
is "$wrong" "" "both have the same inodes"
is "$(links $top/a/bin/p1)" 3 "two guests and the pool"
same_inode $top/a/lib/small $top/b/lib/small
is $? 1 "what is smaller than 16 bytes is not shared"
run vhashify --json --manually $top/hash $top/b
is "$(value linked) $(left unified) $(value bytes_read)" "0 10 0" "again: nothing to do, nothing read"
run vhashify --json --refresh --manually $top/hash $top/b
is "$(value linked) $(left unified)" "0 10" "--refresh looks again"
[ "$(value bytes_read)" -gt 200000 ]; ok "and reads"
is "$(find $top/pool/.tmp -type f)" "" "nothing temporary is left"
run script -qec "vhashify --refresh --manually $top/hash $top/b" /dev/null
out_like '\[K[#.]{30} +[0-9]+ %  [0-9]+ of 12 files' "on a terminal a bar shows how far it is"
run vhashify --refresh --threads 3 --manually $top/hash $top/b
err_is "" "elsewhere there is none"

echo "# what differs is not merged"
differ() {	# WHAT COMMAND...: a tree whose p1 is another after COMMAND; the other names are the same
	local what=$1
	shift
	rm -rf $top/c
	mkdir -p $top/c
	cp -a $top/b/bin/p1 $top/c/p1
	"$@"
	facts $top/c > "$tap_tmp/c"
	run vhashify --json --manually $top/hash $top/c
	same_inode $top/c/p1 $top/b/bin/p1
	is "$? $(value linked)" "1 0" "another $what"
	facts $top/c | cmp -s - "$tap_tmp/c"
	ok "it keeps its $what"
}
differ mode chmod 700 $top/c/p1
differ owner chown 5 $top/c/p1
differ group chgrp 5 $top/c/p1
differ attribute setfattr -n user.a -v 1 $top/c/p1
differ value sh -c "setfattr -n user.a -v 2 $top/c/p1"
differ ACL setfacl -m u:5:rwx $top/c/p1
differ capability setcap cap_chown=ep $top/c/p1
differ time touch $top/c/p1
differ content sh -c "echo more >> $top/c/p1; touch -t $stamp $top/c/p1"
differ "byte" sh -c "printf Z | dd of=$top/c/p1 bs=1 seek=10 conv=notrunc status=none; touch -t $stamp $top/c/p1"
rm -rf $top/c; mkdir $top/c
cp $top/b/bin/p1 $top/c/p1
chmod 755 $top/c/p1
run vhashify --json --ignore-mtime --manually $top/hash $top/c
cp $top/b/bin/p1 $top/c/p1x
touch -t 201001010101 $top/c/p1x
chmod 755 $top/c/p1x
run vhashify --json --ignore-mtime --manually $top/hash $top/c
is "$(value linked)" 1 "--ignore-mtime: the time may differ"
same_inode $top/c/p1 $top/c/p1x
ok "and they are one"

rm -rf $top/c
tree $top/c
run vhashify --json --insecure --manually $top/hash $top/c
is "$rc $(value linked)" "0 10" "--insecure: the digest is believed"
rm -rf $top/c
tree $top/c
run vhashify --json --sledgehammer --manually $top/hash $top/c
is "$rc $(value linked)" "0 10" "--sledgehammer is taken and does nothing"

echo "# what is left alone"
rm -rf $top/c
tree $top/c
chattr +a $top/c/bin/p1
chattr +i $top/c/bin/p2
exec 7>> $top/c/bin/p3
run vhashify --json --manually $top/hash $top/c
is "$(left busy) $(left special)" "1 2" "append-only, immutable, open for writing"
exec 7>&-
chattr -ai $top/c/bin/p[12]
# shellcheck disable=SC2088  # a pattern
printf '%s\n' '# comment' '+/bin/p1' '~/bin/p2' '/bin/*' '-/lib' > "$tap_tmp/list"
rm -rf $top/c
tree $top/c
run vhashify --json --manually $top/hash $top/c "$tap_tmp/list"
is "$(value linked) $(left excluded)" "3 6" "the exclude list: first match decides, directories with all below"
same_inode $top/c/bin/p1 $top/a/bin/p1; ok "+ includes"
run vhashify -v -v --dry-run --manually $top/hash $top/c "$tap_tmp/list"
out_like 'left /bin/p3 \(excluded\)' "-v -v names what is left and why"
mkdir $top/c/mnt
mount -t tmpfs none $top/c/mnt
seq 1000 > $top/c/mnt/f
run vhashify --json --manually $top/hash $top/c
is "$(left other_fs)" 1 "another mount is not entered"
umount $top/c/mnt

echo "# the pool"
run vhashify --manually $top/none $top/a
status 1 "no pool"
err_like 'has no pool for this file system' "is told"
mkdir -p $top/two/x $top/two/y
run vhashify --manually $top/two $top/a
status 1 "two pools on one file system"
err_like 'two pools' "are refused"
chmod 770 $top/two/x
rmdir $top/two/y
run vhashify --manually $top/two $top/a
status 1 "a pool that others may change"
err_like 'may be changed by others' "is refused"
mkdir -p $top/a/pool $top/in
chmod 700 $top/a/pool
ln -s $top/a/pool $top/in/root
run vhashify --manually $top/in $top/a
status 1 "a pool inside of the tree"
err_like 'lies inside' "is refused"
rm -rf $top/a/pool
# A file of the pool that lost its protection or is another by now is not used.
f=$(find $top/pool -samefile $top/a/bin/p1)
setattr '--~iunlink' "$f"
echo evil >> "$f"
rm -rf $top/d
tree $top/d
run vhashify -v --manually $top/hash $top/d
status 0 "a damaged file in the pool"
out_like 'not what its name says' "is told"
grep -q evil $top/d/bin/p1
is $? 1 "and not used"
is "$(find $top/pool -name "$(basename "${f%-*}")-00000001" | wc -l)" 1 "the good one has the next counter"
rm -f "$f"
run vhashify --json --gc --dry-run --destination $top/hash
before=$(names)
[ "$(value removed)" -gt 0 ]; ok "--gc --dry-run tells what no guest has"
run vhashify --json --gc --destination $top/hash
status 0 "--gc"
is "$(names)" $((before - $(value removed))) "removes it"
is "$(find $top/pool -type f -links 1 ! -name .format | wc -l)" 0 "and nothing else"
rm -rf $top/[abcd]
run vhashify --gc --destination $top/hash
is "$(names) $(find $top/pool -mindepth 1 -type d ! -name .tmp | wc -l)" "0 0" "without guests nothing is left, no directory either"

echo "# a pool of older tools"
rm -f $top/pool/.format
tree $top/a
mkdir -p $top/pool/de/ad
ln $top/a/bin/p1 $top/pool/de/ad/0123456789012345678901234567890123456-00000000
ln $top/a/bin/p2 $top/pool/de/ad/9923456789012345678901234567890123456-00000000
setattr --iunlink $top/a/bin/p1 $top/a/bin/p2
tree $top/b
run vhashify --json --manually $top/hash $top/b
is "$(value adopted) $(value linked) $(value errors)" "2 2 0" "its files are used"
same_inode $top/a/bin/p1 $top/b/bin/p1; ok "by both"
[ ! -e $top/pool/de/ad/0123456789012345678901234567890123456-00000000 ]; ok "and have a name of today"
run vhashify --manually $top/hash $top/b
[ -e $top/pool/.format ]; ok "when nothing old is left the pool is marked"

echo "# guests"
conf=/etc/vservers
tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
for g in th1 th2; do
	vserver $g build -m template --initstyle plain -- -t "$tar" > /dev/null
	seq 3000 > /vservers/$g/usr-data
	touch -t $stamp /vservers/$g/usr-data
	mkdir -p /vservers/$g/home
	seq 3000 > /vservers/$g/home/mine
done
run vserver th1 hashify
status 1 "without a pool"
err_like 'there is no pool: mkdir' "one is told how to make one"
mkdir -p $conf/.defaults/apps/vunify/hash
ln -sfn $top/pool $conf/.defaults/apps/vunify/hash/root
run vserver th1 hashify
status 0 "vserver NAME hashify"
run vserver th2 hashify --json
is "$(value guest) $(value errors)" "th2 0" "--json"
same_inode /vservers/th1/usr-data /vservers/th2/usr-data; ok "both share files"
is "$(links /vservers/th1/home/mine)" 1 "the default list leaves homes alone"
run vserver th1 hashify -n -v -v --refresh --ignore-mtime
status 0 "-n, -v, --refresh, --ignore-mtime"
out_like 'left .*\(excluded\)' "are those of vhashify"
run vserver th1 hashify --gc
status 0 "--gc"
run vserver nosuch hashify
status 5 "no such guest"
mkdir -p $conf/th1/apps/vunify
echo '/usr-data' > $conf/th1/apps/vunify/exclude
rm /vservers/th1/usr-data; seq 3000 > /vservers/th1/usr-data; touch -t $stamp /vservers/th1/usr-data
run vserver th1 hashify
is "$(links /vservers/th1/usr-data)" 1 "the guest's own list"
rm $conf/th1/apps/vunify/exclude
mkdir -p /vservers/th1/var/lib/dpkg
printf 'Package: x\nConffiles:\n /usr-data 0123\n /other 99\nVersion: 1\n' > /vservers/th1/var/lib/dpkg/status
run vserver th1 hashify
is "$(links /vservers/th1/usr-data)" 1 "configuration files of packages are left alone"
: > $conf/th1/apps/vunify/pkgmgmt-ignore
run vserver th1 hashify
[ "$(links /vservers/th1/usr-data)" -gt 1 ]; ok "but with pkgmgmt-ignore"
rm $conf/th1/apps/vunify/pkgmgmt-ignore /vservers/th1/var/lib/dpkg/status
: > $conf/th1/apps/vunify/pkgmgmt-force
run vserver th1 hashify
status 1 "pkgmgmt-force without a database fails"
ln -s /etc/shadow /vservers/th1/var/lib/dpkg/status
run vserver th1 hashify
status 1 "a link instead of the database is not followed"
for g in th1 th2; do vserver --silent $g delete; done
rm -rf $top $conf/.defaults/apps/vunify
finish
