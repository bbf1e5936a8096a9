#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is used of a disk limit after a power cut is what is there: where project quota counts, at once; elsewhere as soon
# as the guest is started, which counts it.
# shellcheck disable=SC2034,SC2154,SC2317  # read and called by lib-power.sh; set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
# shellcheck source=tests/tools/lib-power.sh
. "${0%/*}/lib-power.sh"
power_all=${VS_POWER_FS:-ext4-quota xfs-quota ext4-tag}
power_what='what is used is known'
xid=391 conf=/etc/vservers/tl1

vserver tl1 build -m template --context $xid --initstyle plain -- -t "${VS_TEMPLATES:-/srv/templates}/guest-mini.tar" > /dev/null
ok "a guest"
cp -a /vservers/tl1 "$tap_tmp/tl1"
rm -rf /vservers/tl1
ln -sfn "$tap_tmp/mnt/tl1" $conf/vdir
printf '/bin/sleep\n1000\n' > $conf/apps/init/cmd.start
echo fakeinit > $conf/cflags
mkdir -p $conf/dlimits/0
echo "$tap_tmp/mnt" > $conf/dlimits/0/directory
echo 16000 > $conf/dlimits/0/space_total
echo 1000 > $conf/dlimits/0/inodes_total
echo 0 > $conf/dlimits/0/reserved

prepare() {
	cp -a "$tap_tmp/tl1" "$1/"
	mkdir "$1/tl1/work"
	chxid -R -c $xid "$1/tl1"
}

# Files grow, shrink, come and go, some of them while they are open.
# shellcheck disable=SC2016
change='cd "$1" || exit
for i in $(seq 30); do
	seq $((i * 70)) > f$i
	case $((i % 6)) in
	0) seq 5000 >> f$((i - 5)) ;;
	1) truncate -s 100 f$i; truncate -s 1M f$i ;;
	2) rm -f f$((i - 7)); mkdir d$i ;;
	3) fallocate -l 90000 f$i; ln f$i l$i; mv f$((i - 1)) d$((i - 1))/ ;;
	4) setfattr -n user.much -v "$(seq 180)" f$i && ln -s "$(seq -s / 60)" s$i ;;
	5) seq 9000 > gone$i; exec 9< gone$i; rm gone$i; seq 3000 >> f$i; exec 9<&- ;;
	esac || exit
done'

guest() {
	vdlimit --xid "$xid" --set space_total=16000 --set inodes_total=1000 "$tap_tmp/mnt" &&
		vtag --create --tag "$xid" -- bash -c "$change" _ "$tap_tmp/mnt/tl1/work" && vdlimit --xid "$xid" --remove "$tap_tmp/mnt"
}

# As vdu counts it file by file.
compare() {
	local used there
	if [ "$fs" = ext4-tag ]; then
		! vdlimit --xid "$xid" "$1" 2> /dev/null || { echo "used, before anybody has counted"; return 1; }
		vserver --silent tl1 start > "$tap_tmp/start" 2>&1 || { echo "start:$(< "$tap_tmp/start")"; return 1; }
	else
		vdlimit --xid "$xid" --set space_total=16000 --set inodes_total=1000 "$1" || { echo limit; return 1; }
	fi
	there=$(vdu --xid "$xid" --space --inodes --script "$1" | xargs)
	used=$(vdlimit --xid "$xid" "$1" | sed -nE 's/^(space|inodes)_used=//p' | xargs)
	if [ "$fs" = ext4-tag ]; then vserver --silent tl1 stop; else vdlimit --xid "$xid" --remove "$1"; fi
	[ "$used" = "$there" ] || { echo "used: $used, there: $there"; return 1; }
	echo "$used" >> "$tap_tmp/points"
}

recorded "a guest changes its files" guest
[ "$(sort -u "$tap_tmp/points" | wc -l)" -gt 10 ]; ok "the points lie between the changes"
ln -sfn /vservers/tl1 $conf/vdir
mkdir -p /vservers/tl1
vserver --silent tl1 delete
finish
