#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vrsetup, and the quota tools in a guest: setquota, repquota and what happens to a user who has too much. The guest has a
# node of a vroot device and none of the disk.
# shellcheck disable=SC2016,SC2154  # expanded in the guest; set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tr1
dir=/mnt/quota vroot=/dev/vroot-test

habits vrsetup 255

# Programs of the host with what they need.
into_guest() {
	local program path
	for program; do
		path=$(command -v "$program")
		{ echo "$path"; ldd "$path" | grep -oE '/[^ ]+'; } | while read -r f; do
			[ -e "$dir/tr1$f" ] || cp --parents -L "$f" "$dir/tr1"
		done
	done
}

mkdir -p $dir
truncate -s 64M "$tap_tmp/img"
disk=$(losetup -f --show "$tap_tmp/img")
mkfs.ext4 -q -O quota "$disk" && mount -o usrquota,grpquota "$disk" $dir
ok "a file system with quota"
mknod $vroot b 4 0

echo "# vrsetup"
run vrsetup -d $vroot
status 1 "it is not bound"
err_is "vrsetup: cannot free $vroot: it is not bound" "... in words"
run vrsetup $vroot /dev/null
err_is "vrsetup: cannot bind $vroot to /dev/null: it is no vroot device, or what is to be bound is no disk" "no disk"
run vrsetup "$disk" "$disk"
status 1 "no vroot device"
run vrsetup $vroot
status 255 "a disk is missing"
run vrsetup $vroot "$disk"
status 0 "it is bound"
run vrsetup $vroot "$disk"
status 1 "once"

echo "# quota tools in a guest"
vserver tr1 build -m template --context 395 --initstyle plain -- -t "$tar" > /dev/null
ok "a guest"
mv /vservers/tr1 $dir/tr1
ln -sfn $dir/tr1 $conf/vdir
printf '/bin/sleep\n1000\n' > $conf/apps/init/cmd.start
echo fakeinit > $conf/cflags
into_guest setquota repquota quota
# By this name a guest's /proc/mounts calls the disk of its root.
cp -a $vroot $dir/tr1/dev/root
chmod 1777 $dir/tr1/tmp
run vserver tr1 start
status 0 "start"
run vserver tr1 exec setquota -u user 200 300 10 20 /dev/root
status 1 "without quota_ctl it sets none"
err_like 'Operation not permitted' "... in words"
run vserver tr1 exec repquota -u /dev/root
! grep -q "^root " <<< "$out"; ok "and reads none"
run vserver tr1 stop
echo quota_ctl > $conf/ccapabilities
run vserver tr1 start
run vserver tr1 exec setquota -u user 200 300 10 20 /dev/root
status 0 "setquota"
run vserver tr1 exec sh -c 'dd if=/dev/zero of=/home/big bs=1k count=400 2>/dev/null; chown user /home/big'
status 1 "a file of more than that cannot be given to the user"
err_like 'Disk quota exceeded' "... in words"
run vserver tr1 exec sh -c 'dd if=/dev/zero of=/home/small bs=1k count=100 2>/dev/null; chown user /home/small'
status 0 "a smaller one can"
run vserver tr1 exec repquota -u /dev/root
status 0 "repquota"
out_like 'user +-- +10[0-9] +200 +300 +1 +10 +20' "shows what was set, and what is used"
like "$(repquota -un $dir)" '#1000 +-- +10[0-9] +200 +300 +1 +10 +20' "as the host sees it"
run vserver tr1 exec quota -u user
out_like '/dev/root +10[0-9] +200 +300 +1 +10 +20' "quota shows it as well"
run vserver tr1 exec dd if=/dev/root of=/dev/null count=1
[ "$rc" != 0 ]; ok "the disk cannot be read"
run vserver tr1 stop
status 0 "stop"
run vrsetup -d $vroot
status 0 "it is free"
run vserver tr1 start
run vserver tr1 exec repquota -u /dev/root
[ "$rc" != 0 ] && [[ $out != *user* ]]; ok "then the guest has no quota"
run vserver tr1 stop
vserver --silent tr1 delete
rm -rf $dir/tr1
umount $dir
e2fsck -fn "$disk" > /dev/null 2>&1; ok "the file system is clean"
losetup -d "$disk"
rm -f $vroot
rmdir $dir
finish
