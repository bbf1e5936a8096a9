# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of what a power cut leaves: all writes to a disk are recorded while something works on it, and at 200 points
# of the record and more the disk is made as it was then, mounted, compared and checked. Read after tap.sh and
# lib-files.sh. The test has two functions: prepare DIR fills the file system before the record begins, compare DIR
# tells what is wrong there. VS_POWER_POINTS: another number of points; VS_POWER_FS: file systems.
#
#   recorded WHAT CMD...   runs CMD on each file system, at $tap_tmp/mnt, and looks at the points
# shellcheck disable=SC2154  # set by tap.sh
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
	ext4) mkfs.ext4 -q -N 1500 -E lazy_itable_init=0 "$data" ;;
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
	cp --sparse=auto "$disks/base.img" "$disks/now.img"
	step=$((entries / points))
	[ "$step" -gt 0 ] || step=1
	for ((n = 0; n <= entries; n += step)); do
		"$replay" "$log" "$disks/now.img" $last "$n" || bad+=" $n:replay"
		last=$n
		cp --sparse=auto "$disks/now.img" "$disks/try.img"
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


fill() {	# DIR...: 36 files each, of all modes
	local i d
	for d in "$@"; do
		mkdir -p "$d/x" "$d/y"
		for i in $(seq 36); do
			seq "$i" $((i * 60 + 500)) > "$d/x/f$i"
			chmod $((600 + i % 8)) "$d/x/f$i"
		done
		find "$d" -exec touch -t "$stamp" {} +
	done
}

recorded() {	# WHAT CMD...
	local what=$1 type size options
	shift
	for type in ${VS_POWER_FS:-ext4}; do
		case $type in ext4) size=24M options=commit=1 ;; xfs) size=300M options=wsync ;; esac
		record "$type" "$size" "$options"
		ok "$type: a recorded disk"
		touch "$tap_tmp/syncing"
		busy_sync &
		"$@"
		ok "$type: $what"
		end_record
		replay_all "$type" "$what"
	done
	umount "$disks"
}
