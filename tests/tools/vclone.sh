#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vclone, vcopy, vunify and vdu: trees made from trees, files shared by name, what they take.
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"

for p in vclone vcopy vunify; do habits $p 1; done
habits vdu 255

top=/vservers/.tc
conf=/etc/vservers
rm -rf $top
mkdir -p $top/hash $top/pool
chmod 700 $top/pool
ln -s $top/pool $top/hash/root
tree $top/a
ln $top/a/etc/conf $top/a/etc/conf2
all_facts $top/a > "$tap_tmp/facts"
check() { ${2:-all_facts} "$1" | diff - "$tap_tmp/facts" | head -n 5; }
value() { jq -r ".$1" <<< "$out"; }

echo "# vclone of a tree that is not unified"
run vclone --json $top/a $top/b
status 0 "copies"
is "$(value copied) $(value linked) $(value others) $(value directories)" "13 0 2 7" "everything"
is "$(check $top/b)" "" "with all attributes"
same_inode $top/a/bin/p1 $top/b/bin/p1
is $? 1 "the copies are files of their own"
same_inode $top/b/etc/conf $top/b/etc/conf2; ok "names of one file are names of one file"
[ "$(stat -c %b $top/b/lib/sparse)" -lt 100 ]; ok "holes are holes"
is "$(find $top -maxdepth 1 -name '.*vclone*')" "" "nothing is left beside it"

run vclone --verbose $top/a $top/v
status 0 "--verbose"
out_like 'copied .*bin/p1' "names what is copied"
is "$(check $top/v)" "" "and makes the same tree"
rm -rf $top/v
run vclone --xid 77 $top/a $top/v
status 1 "--xid where files have no tags (tests/tools/tags.sh has one where they do)"
err_like 'its file system is not mounted with the option tag' "is refused in words"
[ ! -e $top/v ]; ok "and nothing is made"

echo "# vclone of a unified tree"
printf '/etc\n/var\n' > "$tap_tmp/list"
run vhashify --manually $top/hash $top/a "$tap_tmp/list"
run vclone --json $top/a $top/c
is "$(value linked) $(value copied)" "8 5" "what is unified is linked, the rest copied"
is "$(check $top/c)" "" "the same tree"
same_inode $top/a/bin/p2 $top/c/bin/p2; ok "shared"
same_inode $top/a/etc/conf $top/c/etc/conf
is $? 1 "not shared"
is "$(attrs $top/c/bin/p2)$(attrs $top/c/etc/conf)" UIui "the attributes go with the inode"
[ "$(value bytes_saved)" -gt 200000 ]; ok "the report tells what that saves"
chattr +i $top/a/etc/conf
run vclone --json $top/a $top/i
is "$(value errors) $(links $top/i/etc/conf)" "0 1" "an immutable file that is not unified is copied"
chattr -i $top/a/etc/conf
echo "/bin/p1
~/bin/p2
~/lib/deep" > "$tap_tmp/list"
run vclone -X "$tap_tmp/list" $top/a $top/x
status 0 "-X"
same_inode $top/a/bin/p1 $top/x/bin/p1
is "$? $([ -e $top/x/bin/p1 ]; echo $?)" "1 0" "a pattern: copied, not linked"
[ ! -e $top/x/bin/p2 ] && [ ! -e $top/x/lib/deep ]; ok "with ~: left out"
rm $top/x/bin/p3
echo mine > $top/x/bin/p3
rm $top/x/bin/p4
run vclone --json $top/a $top/x
is "$(value errors) $(cat $top/x/bin/p3)" "0 mine" "into a tree with something in it: that is kept"
same_inode $top/a/bin/p4 $top/x/bin/p4 && [ -e $top/x/bin/p2 ]; ok "what is missing comes"
is "$(find $top/x -name '.vclone*')" "" "nothing temporary is left"
run vclone $top/a relative
status 1 "a relative destination"
err_like 'not an absolute path' "is refused"
run vclone $top/a $top/a/bin/new
status 1 "a destination inside of the source"
err_like 'lies inside' "is refused"
run vclone $top/none $top/n
status 1 "no source"
[ ! -e $top/n ]; ok "makes nothing"
run vclone / $top/n
status 1 "the host is no source"
mkdir $top/m
mount -t tmpfs -o size=64k none $top/m
run vclone $top/a $top/m/c
status 1 "no space"
err_like 'cannot copy .*: No space left' "is told"
is "$(ls -A $top/m)" "" "and leaves nothing"
umount $top/m

echo "# build -m clone"
tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
mkdir -p $conf/.defaults/apps/vunify/hash
ln -sfn $top/pool $conf/.defaults/apps/vunify/hash/root
vserver tc1 build -m template --initstyle plain -- -t "$tar" > /dev/null
ln -s /vservers/.victim /vservers/tc1/var/out
mkdir -p /vservers/.victim
run vserver tc1 hashify
status 0 "a guest is hashified"
run vserver tc2 build -m clone --initstyle plain -- -s tc1
status 0 "build -m clone"
same_inode /vservers/tc1/bin/busybox /vservers/tc2/bin/busybox; ok "shares what is unified"
same_inode /vservers/tc1/etc/passwd /vservers/tc2/etc/passwd
is $? 1 "copies the configuration"
is "$(ls -A /vservers/.victim)" "" "and follows no link"
run vserver tc2 start
status 0 "the clone starts"
run vserver tc2 exec sh -c 'echo changed >> /bin/busybox; tail -c 8 /bin/busybox'
out_is changed "it can change a shared file"
tail -c 8 /vservers/tc1/bin/busybox | grep -q changed
is $? 1 "which changes no other guest"
run vserver tc2 stop
printf '/etc\n' > "$tap_tmp/list"
run vserver tc3 build -m clone -- -s tc1 -X "$tap_tmp/nolist"
status 1 "a list that is not there"
[ ! -e /vservers/tc3 ] && [ ! -e $conf/tc3 ]; ok "leaves nothing"

echo "# vunify"
rm -rf $top/[bcixm]
tree $top/p
tree $top/q
touch $top/q/bin/p6
facts $top/q > "$tap_tmp/facts"
run vunify --dry-run --json --manually $top/q '' $top/p ''
status 0 "--dry-run"
is "$(value linked) $(links $top/q/bin/p1)" "10 1" "tells what would be done, and does not"
run vunify --verbose --verbose --dry-run --one-file-system --manually $top/q '' $top/p ''
status 0 "--one-file-system, which is always so"
out_like 'linked .*bin/p1' "--verbose names what would be"
run vunify --json --manually $top/q '' $top/p ''
is "$(value linked) $(value left.different) $(value errors)" "10 1 0" "links what is the same"
same_inode $top/p/bin/p1 $top/q/bin/p1; ok "shared"
same_inode $top/p/bin/p6 $top/q/bin/p6
is $? 1 "not what has another time"
is "$(check $top/q facts)" "" "the tree is as it was"
is "$(attrs $top/q/bin/p1)" UI "shared files are protected"
printf '/bin/*\n' > "$tap_tmp/list"
run vunify -R --json --manually $top/q "$tap_tmp/list"
is "$(value copied) $(links $top/q/bin/p1)" "5 2" "-R gives back what the list does not exclude"
run vunify -R --json --manually $top/q ''
is "$(value copied) $(links $top/q/bin/p1) $(attrs $top/q/bin/p1)" "5 1 ui" "-R: all files are its own"
is "$(check $top/q facts)" "" "and as they were"
is "$(links $top/p/bin/p1)" 1 "the reference has its files alone"
printf 'Z' | dd of=$top/q/bin/p1 bs=1 seek=10 conv=notrunc status=none
touch -t $stamp $top/q/bin/p1
run vunify --json --manually $top/q '' $top/p ''
same_inode $top/p/bin/p1 $top/q/bin/p1
is $? 1 "same size and time, other contents: not linked"
rm -rf $top/q/lib
ln -s ../p/lib $top/q/lib
run vunify --json --manually $top/q '' $top/p ''
is "$(value errors) $(links $top/p/lib/deep/er/l)" "0 1" "a directory that is a link is not followed"
mkdir -p $conf/tc2/apps/vunify
run vserver tc2 unify
status 1 "no reference guest"
err_like 'no reference guest' "is told"
ln -s ../../../tc1 $conf/tc2/apps/vunify/refserver.0
cp -a /vservers/tc1/bin/busybox /vservers/tc2/bin/new && rm /vservers/tc2/bin/busybox && mv /vservers/tc2/bin/new /vservers/tc2/bin/busybox
run vserver tc2 unify --json
status 0 "vserver NAME unify"
same_inode /vservers/tc1/bin/busybox /vservers/tc2/bin/busybox; ok "links with the reference guest"
run vserver tc2 unify -R -n -v -v
status 0 "-R, -n, -v twice"
out_like 'copied .*bin/busybox' "are those of vunify"
same_inode /vservers/tc1/bin/busybox /vservers/tc2/bin/busybox; ok "nothing was done"
is "$(find /vservers -maxdepth 1 -name '.*vunify*')" "" "nothing is left beside it"

echo "# vcopy"
run vcopy --dry-run --json tc4 tc1
status 0 "--dry-run"
[ "$(value linked)" -gt 0 ] && [ ! -e $conf/tc4 ]; ok "tells what would be done, and does not"
run vcopy --strict tc4 tc1
status 1 "--strict wants a configuration"
run vcopy --json tc4 tc1
status 0 "without it a guest is made"
same_inode /vservers/tc1/bin/busybox /vservers/tc4/bin/busybox; ok "it shares what may be shared"
is "$(find /vservers/tc4/etc -type f -links +1)" "" "configuration is not shared"
[ -e $conf/tc4/vdir ]; ok "and has a configuration"
rm -rf $top/p $top/q
tree $top/p
printf '/etc\n' > "$tap_tmp/one"
# shellcheck disable=SC2088  # a pattern
echo '~/var' > "$tap_tmp/two"
run vcopy --verbose --one-file-system --manually $top/q "$tap_tmp/one" $top/p "$tap_tmp/two"
status 0 "--one-file-system, which is always so"
out_like 'copied .*etc/conf' "--verbose names what is copied"
rm -rf $top/p $top/q
tree $top/p
run vcopy --json --manually $top/q "$tap_tmp/one" $top/p "$tap_tmp/two"
is "$(value linked) $(value copied) $(value errors) $([ -e $top/q/var ]; echo $?)" "9 2 0 1" "both lists hold"
is "$(attrs $top/p/bin/p1)$(links $top/p/bin/p1)" UI2 "what is linked is unified first"

echo "# vdu"
rm -rf $top/u
mkdir -p $top/u/d
seq 20000 > $top/u/f
ln $top/u/f $top/u/d/g
ln -s /etc $top/u/d/out
want=$(du -sk $top/u | cut -f1)
run vdu --space --inodes $top/u
out_is "$top/u $want 4" "space as du has it, and inodes; names of one file count once, links are not followed"
run vdu --script --space --inodes --blocksize 512 $top/u
out_is "$((want * 2)) 4" "--script, --blocksize"
run vdu --inodes $top/u $top/u
out_is "$top/u 4
$top/u 3" "for all directories together"
run vdu --json --inodes --space $top/u
is "$(jq -r '.[0] | "\(.path) \(.space) \(.inodes)"' <<< "$out")" "$top/u $want 4" "--json"
run vdu --xid 0 --inodes $top/u
out_is "$top/u 4" "--xid: those of a tag"
run vdu --xid 77 --inodes $top/u
out_is "$top/u 0" "and of no other"
run vdu $top/none
status 1 "what is not there"
err_like 'cannot open' "is told"
run vdu
status 255 "no directory"
for g in tc1 tc2 tc4; do vserver --silent $g delete; done
rm -rf $top /vservers/.victim $conf/.defaults/apps/vunify
finish
