#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vhashify and vclone on disks that are full or broken, killed at any time, and against a guest that changes its files
# all the while: each file is the old one or the new one.
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
churn=${VS_SUITES:-/rig/suites}/bin/churn kills=${VS_KILLS:-12}

state() { (cd "$1" && find . -type f -printf '%p %m %U %G %s\n' | LC_ALL=C sort && find . -type f -exec md5sum {} + | LC_ALL=C sort -k 2); }
fill_fs() {
	mkdir -p "$fs/hash" "$fs/pool"
	chmod 700 "$fs/pool"
	ln -sfn ../pool "$fs/hash/root"
	tree "$fs/a"
	tree "$fs/b"
	state "$fs/a" > "$tap_tmp/a"
	state "$fs/b" > "$tap_tmp/b"
}
intact() {
	state "$fs/a" | cmp -s - "$tap_tmp/a" && state "$fs/b" | cmp -s - "$tap_tmp/b"
}

echo "# each file system"
for type in ext4 xfs btrfs; do
	new_fs $type 320M || { ok "$type: a file system"; continue; }
	fill_fs
	run vhashify --manually "$fs/hash" "$fs/a"
	status 0 "$type: the first tree"
	run vhashify --manually "$fs/hash" "$fs/b"
	status 0 "$type: the second tree"
	intact; ok "$type: both are as they were"
	same_inode "$fs/a/bin/p1" "$fs/b/bin/p1"; ok "$type: shared"
	run vclone "$fs/b" "$fs/c"
	state "$fs/c" | cmp -s - "$tap_tmp/b"; ok "$type: cloned"
	same_inode "$fs/c/bin/p1" "$fs/b/bin/p1"; ok "$type: shared by three"
	run vunify -R --manually "$fs/c" ''
	status 0 "$type: copied again"
	state "$fs/c" | cmp -s - "$tap_tmp/b"; ok "$type: as it was"
	rm -rf "$fs/a" "$fs/b" "$fs/c"
	run vhashify --gc --destination "$fs/hash"
	is "$(find "$fs/pool" -type f ! -name .format | wc -l)" 0 "$type: collected"
	umount "$fs"
	case $type in
	ext4) e2fsck -fn "$fs_dev" > /dev/null 2>&1 ;;
	xfs) xfs_repair -n "$fs_dev" > /dev/null 2>&1 ;;
	btrfs) btrfs check "$fs_dev" > /dev/null 2>&1 ;;
	esac
	ok "$type: the file system is clean"
	mount "$fs_dev" "$fs"
	end_fs
done

echo "# a full disk"
new_fs ext4 16M
fill_fs
mkdir "$fs/none"
vhashify --manually "$fs/hash" "$fs/none" > /dev/null
# Neither blocks nor inodes: no directory of the pool can be made.
mkdir "$fs/full"
i=0
while : > "$fs/full/$i"; do i=$((i + 1)); done 2> /dev/null
{ cat /dev/zero > "$fs/zero"; } 2> /dev/null
run vhashify --manually "$fs/hash" "$fs/a"
status 1 "vhashify fails"
err_like 'cannot unify .*: No space left' "and tells why"
intact; ok "all files are as they were"
is "$(attrs "$fs/a/bin/p1")" ui "none is left protected"
run vclone "$fs/a" "$fs/c"
status 1 "vclone fails"
[ ! -e "$fs/c" ] && [ -z "$(find "$fs" -maxdepth 1 -name '.c.*')" ]; ok "and leaves nothing"
rm -rf "$fs/zero" "$fs/full"
run vhashify --manually "$fs/hash" "$fs/a"
status 0 "with space it works"
intact; ok "all files are as they were"
end_fs

echo "# a disk that fails"
new_fs ext4 32M
fill_fs
umount "$fs"
size=$(blockdev --getsz "$fs_dev")
# Writes fail from the moment of the switch: the journal aborts, and what is mounted again is old or new.
for op in hashify clone; do
	dmsetup create faulty --table "0 $size linear $fs_dev 0"
	mount /dev/mapper/faulty "$fs"
	if [ $op = hashify ]; then
		vhashify --threads 1 --manually "$fs/hash" "$fs/a" > /dev/null 2>&1 &
	else
		vclone "$fs/a" "$fs/c" > /dev/null 2>&1 &
	fi
	pid=$!
	dmsetup suspend --nolockfs --noflush faulty
	dmsetup load faulty --table "0 $size flakey $fs_dev 0 0 3600 1 error_writes"
	dmsetup resume faulty
	sync -f "$fs" 2> /dev/null
	wait $pid
	umount "$fs"
	dmsetup remove faulty
	mount "$fs_dev" "$fs"
	ok "$op: mounted again after writes have failed"
	intact; ok "$op: all files are as they were"
	[ ! -e "$fs/c" ] || state "$fs/c" | cmp -s - "$tap_tmp/a"; ok "$op: a clone is complete or not there"
	umount "$fs"
	e2fsck -fp "$fs_dev" > /dev/null 2>&1
	[ $? -lt 2 ]; ok "$op: the file system is clean"
done
mount "$fs_dev" "$fs"
end_fs

echo "# killed"
new_fs ext4 48M
fill_fs
bad=''
for i in $(seq "$kills"); do
	rm -rf "$fs/b"
	tree "$fs/b"
	state "$fs/b" > "$tap_tmp/b"
	vhashify --manually "$fs/hash" "$fs/b" > /dev/null 2>&1 &
	pid=$!
	sleep "0.0$((i * 7 % 90 + 10))"
	kill -KILL $pid 2> /dev/null
	wait $pid 2> /dev/null
	intact || bad+=" $i"
done
is "$bad" "" "vhashify killed at $kills moments: all files are as they were"
run vhashify --manually "$fs/hash" "$fs/b"
status 0 "the next run works"
err_is "" "and has nothing to complain about"
is "$(find "$fs/pool/.tmp" -type f)" "" "nothing temporary is left"
bad=''
for i in $(seq "$kills"); do
	vclone "$fs/b" "$fs/c" > /dev/null 2>&1 &
	pid=$!
	sleep "0.0$((i * 7 % 90 + 10))"
	kill -KILL $pid 2> /dev/null
	wait $pid 2> /dev/null
	[ ! -e "$fs/c" ] || state "$fs/c" | cmp -s - "$tap_tmp/b" || bad+=" $i"
	rm -rf "$fs/c"
done
is "$bad" "" "vclone killed at $kills moments: complete or not there"
run vclone "$fs/b" "$fs/c"
is "$(find "$fs" -maxdepth 1 -name '.c.*')" "" "the next run removes what was left"
end_fs

echo "# a guest that changes its files meanwhile"
# Below the directory of the guests no task of a context gets further than its barrier.
top=/srv/.tr
rm -rf $top
mkdir -p $top/hash $top/pool $top/g/w $top/quiet /srv/.victim
chmod 700 $top/pool
ln -s $top/pool $top/hash/root
seq 4000 > /srv/.victim/secret
secret=$(stat -c '%i %h %Z' /srv/.victim/secret)
"$churn" $top/g/w 0 > /dev/null
cp -a $top/g/w $top/quiet/w
vhashify --manually $top/hash $top/quiet > /dev/null
state $top/quiet > "$tap_tmp/quiet"
# In a context: it is the guest's writes that give it a copy of its own.
chcontext --silent --xid 345 --secure -- "$churn" $top/g/w 15 > "$tap_tmp/churn" 2>&1 < /dev/null &
pid=$!
rounds=0 linked=0
while kill -0 $pid 2> /dev/null; do
	run vhashify --json --manually $top/hash $top/g
	n=$(jq -r .linked <<< "$out" 2> /dev/null)
	linked=$((linked + ${n:-0}))
	rounds=$((rounds + 1))
	[ $((rounds % 7)) != 0 ] || vhashify --gc --destination $top/hash > /dev/null
	[ $((rounds % 5)) != 0 ] || { rm -rf $top/cl; vclone $top/g $top/cl > /dev/null 2>&1; }
done
wait $pid
ok "no change of the guest is lost"
sed 's/^/# /' "$tap_tmp/churn"
echo "# $rounds rounds, $linked files linked"
[ "$linked" -gt 20 ]; ok "files were linked meanwhile"
state $top/quiet | cmp -s - "$tap_tmp/quiet"; ok "the other guest has what it had"
is "$(stat -c '%i %h %Z' /srv/.victim/secret)" "$secret" "no link led out of the guest"
bad=0
while read -r f; do
	[ "$(md5sum < "$f")" != "$(md5sum < /srv/.victim/secret)" ] || bad=$((bad + 1))
	[ "$(attrs "$f")" = UI ] || bad=$((bad + 1))
done < <(find $top/pool -type f ! -name .format)
is $bad 0 "the pool has protected files of the guests only"
is "$(find $top/pool/.tmp -type f)" "" "nothing temporary is left"
# What the pool calls a file by is what it is: copies of all are found by their digests.
mkdir $top/copies
cp -a $top/pool/?? $top/copies/ 2> /dev/null
run vhashify --json --manually $top/hash $top/copies
is "$(jq -r '"\(.added) \(.errors)"' <<< "$out")" "0 0" "each file of the pool is what its name says"
rm -rf $top /srv/.victim
finish
