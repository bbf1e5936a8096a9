#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest changes unified files while the disk is full, cannot be written or cannot be read: the change fails with the
# reason, and each name leads to what it led to, whole.
# shellcheck disable=SC2016,SC2154  # expanded in the guest; set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
export LC_ALL=C

# In a guest, with all that root there has.
guest() { run chcontext --silent --xid 347 --secure -- sh -c "$@"; }
state() { (cd "$fs" && find a b -type f -printf '%p %i %m %U %G %T@ %s\n' | sort && find a b -type f -exec md5sum {} + | sort -k 2); }
unchanged() {
	is "$(state | diff "$tap_tmp/state" - | head -n 4)" "" "$1: each name leads to what it led to"
	is "$(find "$fs" -name '.cow-*')" "" "$1: nothing else is left"
	is "$(attrs "$fs/a/big")$(attrs "$fs/b/big")" UIUI "$1: the files are unified as before"
}
# Two trees whose files are the same; big has 3 MiB.
shared() {	# TYPE SIZE
	new_fs "$1" "$2" || { ok "$1: a file system"; return 1; }
	mkdir "$fs/a" "$fs/b"
	seq 450000 | head -c 3M > "$fs/a/big"
	seq 2000 > "$fs/a/small"
	setattr --iunlink "$fs/a/big" "$fs/a/small"
	ln "$fs/a/big" "$fs/a/small" "$fs/b/"
	sync -f "$fs"
	state > "$tap_tmp/state"
}
# Each change of $fs/b/big that needs a copy fails with that reason.
all_fail() {	# WHAT REASON
	local how
	for how in 'true >> "$0"' 'true > "$0"' 'chmod 700 "$0"' 'chown 5 "$0"' 'touch -c "$0"' 'truncate -s 5 "$0"' \
		'setfattr -n user.a -v b "$0"'; do
		guest "$how" "$fs/b/big"
		like "$rc $err" "^[1-9].*$2" "$1: $how: $2"
	done
}
# With nothing in the way it works.
works() {
	guest 'chmod 711 "$0" && echo more >> "$0"' "$fs/b/big"
	status 0 "$1: then the guest gets its copy"
	is "$(tail -c 5 "$fs/b/big") $(stat -c %a "$fs/b/big")" "more 711" "$1: which it changes"
	is "$(md5sum < "$fs/a/big")" "$(seq 450000 | head -c 3M | md5sum)" "$1: the other keeps what it has"
	is "$(stat -c %h "$fs/a/big") $(attrs "$fs/b/big")" "1 ui" "$1: each has its own"
}
clean() {	# WHAT TYPE
	umount "$fs"
	case $2 in
	ext4) e2fsck -fn "$fs_dev" > "$tap_tmp/fsck" 2>&1 ;;
	xfs) xfs_repair -n "$fs_dev" > "$tap_tmp/fsck" 2>&1 ;;
	esac
	ok "$1: the file system is clean"
	mount "$fs_dev" "$fs"
}

echo "# a full disk"
shared ext4 16M
{ cat /dev/zero > "$fs/zero"; } 2> /dev/null
sync -f "$fs"
all_fail 'no space' 'No space left'
unchanged 'no space'
rm "$fs/zero"
sync -f "$fs"
works 'space again'
clean 'space again' ext4
end_fs

echo "# no inodes"
shared ext4 16M
mkdir "$fs/full"
i=0
while : > "$fs/full/$i"; do i=$((i + 1)); done 2> /dev/null
all_fail 'no inodes' 'No space left'
unchanged 'no inodes'
rm -r "$fs/full"
works 'inodes again'
end_fs

# The device is what the table says.
table() {
	dmsetup suspend --nolockfs --noflush faulty
	dmsetup load faulty
	dmsetup resume faulty
}
for type in ext4 xfs; do
	case $type in ext4) size=32M ;; xfs) size=300M ;; esac
	echo "# $type: a disk that cannot be written"
	shared "$type" "$size" || continue
	umount "$fs"
	sectors=$(blockdev --getsz "$fs_dev")
	linear="0 $sectors linear $fs_dev 0"
	dmsetup create faulty --table "$linear"
	mount /dev/mapper/faulty "$fs"
	table <<< "0 $sectors flakey $fs_dev 0 0 3600 1 error_writes"
	guest 'true >> "$0"' "$fs/b/big"
	[ "$rc" != 0 ] && [[ $err =~ (Input/output|Structure|Read-only) ]]; ok "$type: the change fails: $err"
	table <<< "$linear"
	umount "$fs"
	mount /dev/mapper/faulty "$fs"
	ok "$type: mounted again after writes have failed"
	unchanged "$type, writes failed"

	echo "# $type: a disk that cannot be read"
	# The data of the file and nothing else.
	first=$(filefrag -e -b512 "$fs/a/big" | sed -nE 's/^ *0: +[0-9]+\.\. +[0-9]+: +([0-9]+)\.\. +[0-9]+: +([0-9]+):.*/\1 \2/p')
	at=${first% *} n=${first#* }
	table <<< "0 $at linear $fs_dev 0
$at $n error
$((at + n)) $((sectors - at - n)) linear $fs_dev $((at + n))"
	echo 3 > /proc/sys/vm/drop_caches
	if [ $type = ext4 ]; then
		all_fail "$type" 'Input/output error'
	else
		guest 'true >> "$0"' "$fs/b/big"
		status 0 "$type: what is copied by sharing blocks need not be read"
		ln -f "$fs/a/big" "$fs/b/big"
	fi
	table <<< "$linear"
	echo 3 > /proc/sys/vm/drop_caches
	unchanged "$type, reads failed"
	works "$type repaired"
	umount "$fs"
	dmsetup remove faulty
	mount "$fs_dev" "$fs"
	clean "$type repaired" $type
	end_fs
done
finish
