# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of programs that share files: trees, what is in them, file systems of their own.
#
#   tree DIR              makes files of many kinds there, the same with each call
#   facts DIR             contents and attributes of all below DIR, as text; all_facts: with times of directories
#   same_inode A B        whether both are one file
#   inode FILE            its number
#   new_fs TYPE SIZE      a file system of its own at $fs, on $fs_dev (a loop device over $fs_file)
#   end_fs                away with it
# shellcheck disable=SC2034,SC2154  # read by the tests; set by tap.sh
# Nobody else makes the nodes below /dev/mapper here.
export DM_DISABLE_UDEV=1
PATH=$PATH:/usr/lib/util-vserver
stamp=202401020304.05

tree() {
	mkdir -p "$1"/bin "$1"/lib/deep/er "$1"/etc "$1"/var/log
	local i
	for i in 1 2 3 4 5 6; do
		seq "$i" $((i * 3000)) > "$1/bin/p$i"
		chmod 755 "$1/bin/p$i"
	done
	seq 5000 > "$1/lib/deep/er/l"
	chmod 4755 "$1/bin/p2"
	chown 12:34 "$1/bin/p3"
	setfattr -n user.note -v hello "$1/bin/p4"
	setfacl -m u:77:r "$1/lib/deep/er/l"
	setcap cap_net_raw=ep "$1/bin/p5"
	echo short > "$1/lib/small"
	: > "$1/lib/empty"
	truncate -s 300000 "$1/lib/sparse"
	printf x | dd of="$1/lib/sparse" bs=1 seek=200000 conv=notrunc status=none
	ln -s p1 "$1/bin/link"
	mkfifo "$1/lib/pipe"
	seq 100 > "$1/etc/conf"
	seq 200 > "$1/var/log/log"
	find "$1" -exec touch -h -t $stamp {} +
}

all_facts() { facts "$1" ' %T@'; }
facts() {
	(
		cd "$1" || exit
		shift
		find . ! -type l ! -type d -printf '%p %y %m %U %G %T@ %s\n' | LC_ALL=C sort
		find . -type d -printf "%p %m %U %G${1-}\n" | LC_ALL=C sort
		find . -type l -printf '%p -> %l\n' | LC_ALL=C sort
		find . -type f -exec md5sum {} + | LC_ALL=C sort -k 2
		getfattr -R -d -m - . 2>/dev/null
		getfacl -R -p -n . 2>/dev/null
		getcap -r . 2>/dev/null
	)
}

inode() { stat -c %d:%i "$1"; }
same_inode() { [ "$(inode "$1")" = "$(inode "$2")" ]; }
links() { stat -c %h "$1"; }
attrs() { showattr -d "$1" | cut -c6-7; }	# ui, upper case when set

new_fs() {
	fs=$tap_tmp/fs fs_file=${FS_DIR:-$tap_tmp}/fs.img
	mkdir -p "$fs"
	rm -f "$fs_file"
	truncate -s "$2" "$fs_file"
	fs_dev=$(losetup -f --show "$fs_file") || return
	case $1 in
	ext4) mkfs.ext4 -q -O project "$fs_dev" ;;
	xfs) mkfs.xfs -q -f "$fs_dev" ;;
	btrfs) mkfs.btrfs -q -f "$fs_dev" ;;
	esac && mount "$fs_dev" "$fs"
}

end_fs() {
	umount "$fs"
	losetup -d "$fs_dev"
	rm -f "$fs_file"
}
