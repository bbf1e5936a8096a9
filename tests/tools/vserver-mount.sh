#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Mounts that need to know the host: labels without udev, images, types that are found out, mount.TYPE, fsck; what is
# told when they fail, and that nothing of them is left.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154,SC2317  # set by tap.sh; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
faults=${VS_SUITES:-/rig/suites}/bin/vserver-faults
PATH=$PATH:/usr/lib/util-vserver
conf=/etc/vservers/tm1
root=/vservers/tm1
inside() { vserver tm1 exec "$@" < /dev/null; }
line() { inside grep -F " $1 " /proc/mounts | cut -d' ' -f1-3 | sed -E 's,/loop[0-9]+,/loop,'; }
fstab() { printf '%s\n' 'proc /proc proc' "$@" > $conf/fstab; }
devices() { losetup -a | grep -vF "$kept" | cut -d: -f1; }
no_devices() { [ -z "$(devices)" ]; }
# The kernel gives a device back a moment after its last user is gone.
clean() { # WHAT
	poll 5 no_devices; is "$(devices)" "" "$1: no loop device is left"
	is "$(cut -d' ' -f1-3 /proc/self/mounts)" "$mounts0" "$1: no mount is left"
	[ ! -e /run/vservers/mount ] && [ ! -e /run/mount/utab ]; ok "$1: no other trace either"
}
# Mounts one line in a guest that starts and stops.
mounts() { # WHAT LINE WANTED
	fstab "$2"
	run vserver tm1 check
	is "$out" "tm1: 0 errors, 0 warnings" "$1: check has nothing to say"
	run vserver tm1 start
	status 0 "$1: start"
	is "$(line /mnt)" "$3" "$1: it is mounted"
	is "$(inside cat /mnt/file)" content "$1: with what is on it"
	run vserver tm1 stop
	clean "$1"
}
fails() { # WHAT LINE WHY [WHY-OF-CHECK]: "-" is what check cannot know
	fstab "$2"
	run vserver tm1 check
	if [ "${4:-}" = - ]; then
		status 0 "$1: check cannot know"
	else
		status 1 "$1: check"
		out_like "^error: $conf/fstab:2: ${4:-$3}" "$1: check says why"
	fi
	run vserver tm1 start
	status 1 "$1: start fails"
	err_like "vserver: tm1: cannot mount [^ ]* on /[a-z/]*: $3.* \\($conf/fstab:2\\)" "$1: and says why and where"
	clean "$1"
}

run vserver tm1 create "$tar" --ip 10.20.0.172 --context 472
status 0 "create"
mkdir -p $conf/apps/init
: > $conf/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
mkdir "$tap_tmp/tree"
echo content > "$tap_tmp/tree/file"
img=$tap_tmp/img
uuid=c0ffee00-1234-4321-8765-0123456789ab
truncate -s 16M "$img" "$tap_tmp/disk" "$tap_tmp/zero"
mke2fs -q -t ext4 -d "$tap_tmp/tree" "$img"
mke2fs -q -t ext4 -U $uuid -L 'tm label' -d "$tap_tmp/tree" "$tap_tmp/disk"
disk=$(losetup -f --show "$tap_tmp/disk")
kept=$tap_tmp/disk
mounts0=$(cut -d' ' -f1-3 /proc/self/mounts)
[ ! -e /dev/disk/by-uuid ]; ok "this host has no links that udev makes"

echo "# images"
mounts "option loop" "$img /mnt ext4 loop,noatime" "/dev/loop /mnt ext4"
mounts "a file as source" "$img /mnt ext4" "/dev/loop /mnt ext4"
mounts "an image of unknown type" "$img /mnt auto loop,ro 0 0" "/dev/loop /mnt ext4"
cat <(head -c 65536 /dev/zero) "$img" > "$tap_tmp/moved"
mounts "a part of a file" "$tap_tmp/moved /mnt ext4 offset=65536,sizelimit=16777216" "/dev/loop /mnt ext4"
rm "$tap_tmp/moved"
fstab "$img /mnt ext4 loop,nosuid,nodev,noexec,x-mount.mkdir,nofail"
run vserver tm1 start
like "$(inside grep ' /mnt ' /proc/mounts)" '^/dev/loop[0-9]+ /mnt ext4 rw,nosuid,nodev,noexec,relatime 0 0$' "options"
inside sh -c 'echo more > /mnt/more'
is "$(grep -cE 'shared:|master:' "/proc/$(vserver tm1 ps < /dev/null | awk 'NR == 2 { print $1 }')/mountinfo")" 0 "no mount passes changes on"
is "$(devices | wc -l)" 1 "one loop device while it runs"
run vserver tm1 mount "$img" /srv
status 0 "vserver NAME mount finds out the type"
run vserver tm1 mount -o loop,ro -t ext4 "$tap_tmp/zero" /home
status 1 "and refuses what is empty"
err_like "^vserver: tm1: cannot mount $tap_tmp/zero on /home: .* \(command line\)$" "with the reason"
run vserver tm1 umount /srv
status 0 "umount"
run vserver tm1 stop
clean "options"

echo "# labels"
mounts "UUID=" "UUID=$uuid /mnt ext4" "/dev/loop /mnt ext4"
mounts "LABEL= with a blank" 'LABEL=tm\040label /mnt ext4 defaults 0 2' "/dev/loop /mnt ext4"
mounts "label, type and fsck" "UUID=$uuid /mnt auto ro,noexec 0 1" "/dev/loop /mnt ext4"
mounts "a disk of unknown type" "$disk /mnt auto" "/dev/loop /mnt ext4"
mkdir -p $root/opt
fstab 'LABEL=nosuch /opt ext4 nofail'
run vserver tm1 check
is "$rc $out" "0 warning: $conf/fstab:2: no device of the host has this LABEL
tm1: 0 errors, 1 warning" "nofail: check warns"
run vserver tm1 start
status 0 "nofail: start does without it"
err_is "vserver: tm1: cannot mount LABEL=nosuch on /opt: no device of the host has this LABEL ($conf/fstab:2)" "and says so"
run vserver tm1 stop
printf '%s / auto defaults 0 1\nproc /proc proc\n' "UUID=$uuid" > $conf/fstab
mount "$disk" /mnt && cp -a $root/. /mnt && umount /mnt
run vserver tm1 start
status 0 "a label as the root" || tap_show error "$err"
is "$(inside cat /file)" content "is the guest's root"
run vserver tm1 stop
clean "root"

fstab
printf '%s\n' 'LABEL=tm\040label /mnt auto' "$img /srv ext4 loop" > $conf/fstab.remote
run vserver tm1 start
status 0 "fstab.remote"
is "$(line /mnt) $(line /srv)" "/dev/loop /mnt ext4 /dev/loop /srv ext4" "mounts from the guest's network context"
run vserver tm1 stop
rm $conf/fstab.remote
clean "fstab.remote"

echo "# failures"
fails "no such UUID" "UUID=$uuid-x /mnt ext4" "no device of the host has this UUID"
fails "no such PARTLABEL" "PARTLABEL=x /mnt auto" "no device of the host has this PARTLABEL"
fails "no such file" "$tap_tmp/nosuch /mnt ext4 loop" "No such file or directory" "$tap_tmp/nosuch does not exist on the host"
fails "no such disk" "/dev/nosuch /mnt auto" "No such file or directory" "/dev/nosuch does not exist on the host"
fails "a directory as image" "$tap_tmp/tree /mnt ext4 loop" "cannot make a loop device of it: " -
fails "nothing on it" "$tap_tmp/zero /mnt auto loop" "there is no file system on it that this host knows: name its type"
fails "another type on it" "$img /mnt xfs loop" "there is ext4 on it, not xfs" -
fails "no such type" "$img /mnt nosuchfs loop" "this kernel has no file system 'nosuchfs'"
fails "no such option" "$img /mnt ext4 loop,nosuchoption" "ext4: Unknown parameter 'nosuchoption'"
fails "a wrong value" "$img /mnt ext4 loop,commit=x" "ext4: Bad value for 'commit'"
fails "no such option, no image" "none /mnt tmpfs nosuchoption" "tmpfs: Unknown parameter 'nosuchoption'"
fails "an option of a file system for a bind" "$tap_tmp/tree /mnt none bind,size=1m" "a bind mount takes no options"
fails "no such place" "$img /mnt/nosuch ext4 loop" "No such file or directory" -
fails "nowhere to be found" "none /mnt nosuchfs" "this kernel has no such file system"
cp "$img" "$tap_tmp/bad"
dd if=/dev/zero of="$tap_tmp/bad" bs=1k seek=1 count=1 conv=notrunc status=none
fails "a file system that fsck does not know any more" "$tap_tmp/bad /mnt ext4 loop 0 1" "fsck ended with status [0-9]+" -
fails "a damaged one without fsck" "$tap_tmp/bad /mnt ext4 loop" "its file system is damaged or of another type" -
fstab "$img /mnt ext4 loop" "LABEL=nosuch /srv auto"
run vserver tm1 start
status 1 "the second of two"
clean "the second of two"
mv /usr/lib/util-vserver/vserver-mount "$tap_tmp/away"
fstab "$img /mnt ext4 loop"
run vserver tm1 start
status 1 "the program that mounts is missing"
err_like 'cannot run /usr/lib/util-vserver/vserver-mount: No such file' "is told"
mv "$tap_tmp/away" /usr/lib/util-vserver/vserver-mount

echo "# killed"
for point in mount:asked mount:made child:tag child:pivot child:spaces start:named; do
	fstab "$img /mnt ext4 loop 0 1"
	VS_FAULT=$point run "$faults" tm1 start
	# A child that is killed is reported by its parent; the parent itself dies.
	case $point in start:*) status 137 "killed at $point" ;; *) status 1 "killed at $point" ;; esac
	run vserver tm1 stop
	clean "killed at $point"
done
run vserver tm1 start
status 0 "then it starts"
is "$(line /mnt)" "/dev/loop /mnt ext4" "with its image"
pid=$(vserver tm1 ps < /dev/null | awk 'NR == 2 { print $1 }')
[ -n "$pid" ]; ok "it runs"
vkill --xid 472 -s KILL
clean "all processes killed"
run vserver tm1 stop

echo "# mount.TYPE"
# Stand-ins for mount.nfs and the like; what they are given is what mount(8) would give.
cat > /sbin/mount.standin << Y
#!/bin/sh
echo "\$*" > $tap_tmp/called
env | sort > $tap_tmp/env
ls -l /proc/self/fd | grep -c -- '->' > $tap_tmp/fds
[ "\$1" != nothing ] || exit 0
exec mount -t tmpfs -o size=1m "\$1" "\$2"
Y
chmod 755 /sbin/mount.standin
fstab 'one:/x /mnt standin.sub ro,soft,_netdev' 
LIBMOUNT_FSTAB=/x SECRET=y run vserver tm1 start
status 0 "a type with a part behind a point"
like "$(cat "$tap_tmp/called")" '^one:/x /run/vservers/mount .*-o ro,(_netdev,)?soft(,_netdev)?.* -t standin.sub$' "goes to the program of the first part"
is "$(grep -vE '^(_|PWD|OLDPWD|SHLVL)=' "$tap_tmp/env" | tr '\n' ' ')" "LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin " "with a clean environment"
is "$(<"$tap_tmp/fds")" 4 "and no descriptors but its own"
is "$(line /mnt)" "one:/x /mnt tmpfs" "and is mounted"
run vserver tm1 stop
clean "mount.TYPE"
fails "a program that mounts nothing" "nothing /mnt standin" "mount.standin mounted nothing" -
fstab "LABEL=nosuch /mnt standin"
run vserver tm1 start
err_like 'no device of the host has this LABEL' "a label for a program"
printf '#!/bin/sh\nexec sleep 54321\n' > /sbin/mount.standin
fstab "$img /srv ext4 loop" "hangs /mnt standin"
run timeout -s TERM 1 vserver tm1 start
is "$rc" 124 "a program that hangs: the start is ended"
# shellcheck disable=SC2317  # called by poll
hangs_not() { ! pgrep -f 'sleep [5]4321'; }
poll 5 hangs_not; ok "and the program with it"
clean "hanging"
rm /sbin/mount.standin

echo "# vserver-mount by hand"
habits vserver-mount 1
run vserver-mount --check "UUID=$uuid" auto defaults
is "$rc $err" "0 " "--check of a label"
run vserver-mount -c "$img" auto defaults
status 0 "--check of an image"
run vserver-mount --check "$tap_tmp/zero" auto defaults
is "$rc $err" "1 vserver-mount: there is no file system on it that this host knows: name its type" "--check of nothing"
for option in --mount -m --fsck -f; do
	run vserver-mount $option "$img" ext4 loop
	is "$rc $err" "1 vserver-mount: descriptor 3 is no socket that could take the mount" "$option without a socket"
done
run vserver-mount --mount --fsck x y z
status 1 "two at once"
run vserver-mount --check x
status 1 "words that are missing"
clean "by hand"

losetup -d "$disk"
run vserver --silent tm1 delete
status 0 "delete"
finish
