#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a power cut leaves of vhashify and vclone: all writes to a disk are recorded while they work, and at 200 points
# of the record and more the disk is made as it was then, mounted, compared and checked. Each file must be there with
# its contents and attributes, a clone must be complete or not there at all.
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
replay=${VS_SUITES:-/rig/suites}/bin/logreplay
points=${VS_POWER_POINTS:-200}

disks=$tap_tmp/disks
mkdir -p "$disks" "$tap_tmp/mnt"
mount -t tmpfs -o size=700m none "$disks"

# The files as they must be, whichever inode they have.
state() { (cd "$1" && find . -type f -printf '%p %m %U %G %T@ %s\n' | LC_ALL=C sort && find . -type f -exec md5sum {} + | LC_ALL=C sort -k 2); }

record() {	# TYPE: a file system on a recorded disk at $tap_tmp/mnt
	rm -f "$disks"/*.img
	truncate -s "$2" "$disks/data.img"
	truncate -s 400M "$disks/log.img"
	data=$(losetup -f --show "$disks/data.img") log=$(losetup -f --show "$disks/log.img")
	case $1 in
	ext4) mkfs.ext4 -q -E lazy_itable_init=0 "$data" ;;
	xfs) mkfs.xfs -q -f "$data" ;;
	esac
	mount "$data" "$tap_tmp/mnt"
	prepare "$tap_tmp/mnt"
	umount "$tap_tmp/mnt"
	cp --sparse=always "$disks/data.img" "$disks/base.img"
	dmsetup create recorded --table "0 $(blockdev --getsz "$data") log-writes $data $log" &&
		mount -o "$3" /dev/mapper/recorded "$tap_tmp/mnt"
}

# Many small commits, so that there are many points.
busy_sync() {
	while [ -e "$tap_tmp/syncing" ]; do sync -f "$tap_tmp/mnt"; done
}

end_record() {
	rm -f "$tap_tmp/syncing"
	wait
	umount "$tap_tmp/mnt"
	dmsetup remove recorded
	entries=$("$replay" "$log" | tail -n 1)
	losetup -d "$data"
}

# At each point: mounted (the journal is replayed), compared, checked.
replay_all() {	# TYPE WHAT
	local n last=0 step done=0 bad=''
	cp --sparse=always "$disks/base.img" "$disks/now.img"
	step=$(((entries + points - 1) / points))
	[ "$step" -gt 0 ] || step=1
	for ((n = 0; n <= entries; n += step)); do
		"$replay" "$log" "$disks/now.img" $last "$n" || bad+=" $n:replay"
		last=$n
		cp --sparse=always "$disks/now.img" "$disks/try.img"
		if mount -o loop "$disks/try.img" "$tap_tmp/mnt"; then
			why=$(compare "$tap_tmp/mnt") || bad+=" $n:$why"
			umount "$tap_tmp/mnt"
		else
			bad+=" $n:mount"
		fi
		case $1 in
		ext4) e2fsck -fn "$disks/try.img" > "$tap_tmp/fsck" 2>&1 || bad+=" $n:fsck" ;;
		xfs) xfs_repair -n "$disks/try.img" > "$tap_tmp/fsck" 2>&1 || bad+=" $n:fsck" ;;
		esac
		done=$((done + 1))
	done
	is "$bad" "" "$1, $2: $done points of $entries writes, each file old or new, file system clean"
	[ "$done" -ge "$points" ]; ok "$1, $2: at least $points points"
	losetup -d "$log"
}

prepare() {
	mkdir -p "$1/hash" "$1/pool"
	chmod 700 "$1/pool"
	ln -s ../pool "$1/hash/root"
	local i d
	for d in a b; do
		mkdir -p "$1/$d/x" "$1/$d/y"
		for i in $(seq 60); do
			seq "$i" $((i * 40 + 500)) > "$1/$d/x/f$i"
			chmod $((600 + i % 8)) "$1/$d/x/f$i"
		done
		find "$1/$d" -exec touch -t $stamp {} +
	done
	state "$1/a" > "$tap_tmp/a"
	state "$1/b" > "$tap_tmp/b"
}

# Both trees as they were; what the pool has is whole, too.
compare() {
	state "$1/a" | cmp -s - "$tap_tmp/a" || { echo a; return 1; }
	state "$1/b" | cmp -s - "$tap_tmp/b" || { echo b; return 1; }
	find "$1/pool" -type f ! -name .format -exec md5sum {} + | cut -d' ' -f1 | sort -u > "$tap_tmp/pool"
	cut -d' ' -f1 "$tap_tmp/a" | sort -u | comm -23 "$tap_tmp/pool" - | grep -q . && { echo pool; return 1; }
	return 0
}

for type in ext4 xfs; do
	case $type in ext4) size=24M options=commit=1 ;; xfs) size=300M options=wsync ;; esac
	[ "$type" = ext4 ] || [ -n "${VS_POWER_XFS:-}" ] || continue
	record "$type" "$size" "$options"
	ok "$type: a recorded disk"
	touch "$tap_tmp/syncing"
	busy_sync &
	vhashify --manually "$tap_tmp/mnt/hash" "$tap_tmp/mnt/a" > /dev/null &&
		vhashify --manually "$tap_tmp/mnt/hash" "$tap_tmp/mnt/b" > /dev/null
	ok "$type: two trees are hashified"
	is "$(links "$tap_tmp/mnt/b/x/f9")" 3 "$type: and share files"
	end_record
	replay_all $type hashify

	prepare_old=$(declare -f prepare)
	eval "first_$prepare_old"
	prepare() {
		first_prepare "$1"
		vhashify --manually "$1/hash" "$1/a" > /dev/null
		for i in $(seq 40); do seq "$i" $((i * 30 + 300)) > "$1/a/y/c$i"; done
		state "$1/a" > "$tap_tmp/a"
	}
	compare() {
		state "$1/a" | cmp -s - "$tap_tmp/a" || { echo source; return 1; }
		[ ! -e "$1/c" ] || state "$1/c" | cmp -s - "$tap_tmp/a" || { echo clone; return 1; }
		[ ! -e "$1/d" ] || state "$1/d" | cmp -s - "$tap_tmp/a" || { echo clone; return 1; }
	}
	record "$type" "$size" "$options"
	touch "$tap_tmp/syncing"
	busy_sync &
	vclone "$tap_tmp/mnt/a" "$tap_tmp/mnt/c" > /dev/null && vclone "$tap_tmp/mnt/a" "$tap_tmp/mnt/d" > /dev/null
	ok "$type: a tree is cloned twice"
	end_record
	replay_all $type clone
done
umount "$disks"
finish
