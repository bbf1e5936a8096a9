# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of what a power cut leaves: all writes to a disk are recorded while something works on it, and at 200 points
# of the record and more the disk is made as it was then, mounted, compared and checked. XFS, which takes longer, is
# looked at at a tenth of them. Read after tap.sh and lib-files.sh. The test has two functions: prepare DIR fills the
# file system before the record begins, compare DIR tells what is wrong there. VS_POWER_POINTS: another number of
# points on all; VS_POWER_FS: file systems.
#
#   recorded WHAT CMD...   runs CMD on each file system of $power_all, at $tap_tmp/mnt, and looks at the points
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck disable=SC2034  # a test may say otherwise
power_all=${VS_POWER_FS:-ext4 xfs} power_what='each file old or new'
replay=${VS_SUITES:-/rig/suites}/bin/logreplay

disks=$tap_tmp/disks
mkdir -p "$disks" "$tap_tmp/mnt"
mount -t tmpfs -o size=700m none "$disks"

# How one is made, worked on, mounted to look at it, checked, and at how many points.
power_type() {	# TYPE
	points=${VS_POWER_POINTS:-200} look=rw
	case $1 in
	ext4) mkfs='mkfs.ext4 -q -N 1500 -E lazy_itable_init=0' size=24M options=commit=1 fsck='e2fsck -fn' ;;
	xfs) mkfs='mkfs.xfs -q -f' size=300M options=wsync fsck='xfs_repair -n' points=${VS_POWER_POINTS:-20} ;;
	# With tags; project quota counts what each has, or nobody does as long as nothing is mounted.
	ext4-quota)
		mkfs='mkfs.ext4 -q -N 1500 -E lazy_itable_init=0,quotatype=prjquota -O project,quota' size=24M
		look=tag,prjquota options=commit=1 fsck='e2fsck -fn' points=${VS_POWER_POINTS:-40}
		;;
	ext4-tag)
		mkfs='mkfs.ext4 -q -N 1500 -E lazy_itable_init=0 -O project' size=24M
		look=tag options=commit=1 fsck='e2fsck -fn' points=${VS_POWER_POINTS:-4}
		;;
	xfs-quota)
		mkfs='mkfs.xfs -q -f' size=300M look=tag,prjquota options=wsync fsck='xfs_repair -n'
		points=${VS_POWER_POINTS:-20}
		;;
	*) return 1 ;;
	esac
}

# The files as they must be, whichever inode they have; -i: and the inodes.
state() { "${VS_SUITES:-/rig/suites}/bin/facts" "$@"; }

record() {	# a file system on a recorded disk at $tap_tmp/mnt
	rm -f "$disks"/*.img
	truncate -s "$size" "$disks/data.img"
	truncate -s 400M "$disks/log.img"
	data=$(losetup -f --show "$disks/data.img") log=$(losetup -f --show "$disks/log.img")
	$mkfs "$data"
	mount -o "$look" "$data" "$tap_tmp/mnt"
	prepare "$tap_tmp/mnt"
	umount "$tap_tmp/mnt"
	cp --sparse=always "$disks/data.img" "$disks/base.img"
	dmsetup create recorded --table "0 $(blockdev --getsz "$data") log-writes $data $log" &&
		mount -o "$look,$options" /dev/mapper/recorded "$tap_tmp/mnt"
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
	local n why last=0 step done=0 bad=''
	cp --sparse=auto "$disks/base.img" "$disks/now.img"
	step=$((entries / points))
	[ "$step" -gt 0 ] || step=1
	for ((n = 0; n <= entries; n += step)); do
		"$replay" "$log" "$disks/now.img" $last "$n" || bad+=" $n:replay"
		last=$n
		cp --sparse=auto "$disks/now.img" "$disks/try.img"
		if mount -o "loop,$look" "$disks/try.img" "$tap_tmp/mnt"; then
			why=$(compare "$tap_tmp/mnt") || bad+=" $n:$why"
			umount "$tap_tmp/mnt"
		else
			bad+=" $n:mount"
		fi
		$fsck "$disks/try.img" > "$tap_tmp/fsck" 2>&1 || bad+=" $n:fsck"
		done=$((done + 1))
	done
	is "$bad" "" "$1, $2: $done points of $entries writes${power_what:+, $power_what}, file system clean"
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
	local what=$1 fs points look mkfs size options fsck
	shift
	for fs in $power_all; do
		power_type "$fs" && record
		ok "$fs: a recorded disk"
		touch "$tap_tmp/syncing"
		busy_sync &
		"$@"
		ok "$fs: $what"
		end_record
		replay_all "$fs" "$what"
	done
	umount "$disks"
}
