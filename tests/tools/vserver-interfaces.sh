#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What each file below interfaces/ does to an address, and what each kind of line of an fstab mounts.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154  # set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tj1
root=/vservers/tj1
inside() { vserver tj1 exec "$@" < /dev/null; }
line() { ip -o addr show | grep -F " $1" | sed -E 's/^[0-9]+: +//; s/ +\\? *valid_lft.*//; s/\\//; s/ +/ /g; s/ (secondary|nodad)//g; s/ $//'; }
put() { mkdir -p "$conf/$(dirname "$1")"; printf '%s\n' "$2" > "$conf/$1"; }

run vserver tj1 create "$tar" --ip 10.20.0.121 --context 481
status 0 "create"
put apps/init/cmd.start '/bin/sh'
printf '%s\n' -c '(sleep 1000 &); exit 0' >> $conf/apps/init/cmd.start
: > $conf/apps/init/style
ip link add vsj1 type dummy && ip link set vsj1 up
ip link add vsj2 type dummy
ip link add vsj3 type dummy
ip addr add 10.35.0.9/24 dev vsj1
addresses0=$(ip -o addr show | grep -v fe80)

echo "# addresses"
put interfaces/0/name lan; put interfaces/0/scope global
put interfaces/1/ip 10.34.0.1; put interfaces/1/dev vsj1; put interfaces/1/peer 10.34.0.2; put interfaces/1/prefix 32
put interfaces/2/ip 10.40.0.1/24; put interfaces/2/dev vsj1; put interfaces/2/scope link; put interfaces/2/bcast 10.40.0.99
put interfaces/3/ip fd35::1/64; put interfaces/3/dev vsj1; put interfaces/3/scope site
put interfaces/4/ip 10.36.0.1/24; put interfaces/4/dev vsj1; : > $conf/interfaces/4/disabled
put interfaces/5/ip 10.35.0.9/24; : > $conf/interfaces/5/only_ip
put interfaces/6/ip 10.37.0.1/24; put interfaces/6/dev vsj2; : > $conf/interfaces/6/down
put interfaces/7/ip 10.38.0.1/24; put interfaces/7/dev vsj3
put interfaces/8/ip 10.39.0.1/24; put interfaces/8/dev vtunj; : > $conf/interfaces/8/tun; put interfaces/8/linktype 512
put interfaces/scope host
put interfaces/lback 127.0.77.1
put interfaces/bcast 10.20.0.254
run vserver tj1 check
status 0 "check" || tap_show output "$out"
run vserver tj1 start
status 0 "start"
is "$(line 10.20.0.121)" "eth0 inet 10.20.0.121/24 brd 10.20.0.254 scope global eth0:lan" "name: the label; interfaces/bcast"
is "$(line 10.34.0.1)" "vsj1 inet 10.34.0.1 peer 10.34.0.2/32 scope host vsj1" "peer; interfaces/scope"
is "$(line 10.40.0.1/)" "vsj1 inet 10.40.0.1/24 brd 10.40.0.99 scope link vsj1" "scope and bcast of one address"
is "$(line fd35::1)" "vsj1 inet6 fd35::1/64 scope global" "IPv6: its kind alone makes the scope"
is "$(line 10.36.0.1)" "" "disabled"
is "$(line 10.35.0.9 | wc -l)" 1 "only_ip: the host has it already"
[[ $(ip link show vsj2) != *,UP* ]]; ok "down: the device stays as it is"
[[ $(ip link show vsj3) == *,UP* ]]; ok "without it is up"
like "$(ip link show vtunj)" 'link/ppp' "linktype"
is "$(naddress --get --nid 481 | tr '\n' ' ')" "10.20.0.121/24 10.34.0.1/32 10.40.0.1/24 10.35.0.9/24 10.37.0.1/24 10.38.0.1/24 10.39.0.1/24 fd35::1/64 " \
	"the guest has all but the disabled one"
is "$(sed -nE 's/^(Bcast|Lback):[[:space:]]*/\1 /p' /proc/virtnet/481/info | tr '\n' ' ')" "Bcast 10.20.0.254 Lback 127.0.77.1 " \
	"interfaces/bcast, interfaces/lback"
run vserver tj1 stop
status 0 "stop"
is "$(ip -o addr show | grep -v fe80)" "$addresses0" "takes away what start added, and nothing else"
put interfaces/2/ip 10.35.0.1/24
run vserver tj1 start
status 1 "another scope than that of an address in the same network"
err_like 'cannot add 10.35.0.1/24 to vsj1: an address of the same network there has another scope' "is refused, and one is told why"
put interfaces/2/ip 10.40.0.1/24
wrong() { # FILE TEXT REGEX
	cp "$conf/$1" "$tap_tmp/was" 2>/dev/null || : > "$tap_tmp/was"
	put "$1" "$2"
	run vserver tj1 start
	is "$rc" 1 "$1 '$2': start fails"
	err_like "$1:1: $3" "and names the file"
	if [ -s "$tap_tmp/was" ]; then cp "$tap_tmp/was" "$conf/$1"; else rm "$conf/$1"; fi
}
wrong interfaces/2/scope near 'not a scope: global, site, link or host'
wrong interfaces/1/peer 10.34.0.x 'not an IPv4 address'
wrong interfaces/1/peer fd34::2 'not an IPv4 address'
wrong interfaces/2/bcast everybody 'not an IPv4 address'
wrong interfaces/8/linktype ether 'not a number'
wrong interfaces/0/name averylongname 'DEVICE:NAME has more than 15 characters'
wrong interfaces/2/mask 255.0.255.0 'not a network mask'
for d in vsj1 vsj2 vsj3; do ip link del $d; done
rm -r $conf/interfaces

echo "# mounts"
mkdir -p "$tap_tmp/share/below" "$tap_tmp/extra"
mount -t tmpfs none "$tap_tmp/share/below"
mount --make-shared "$tap_tmp/share/below"
echo shared > "$tap_tmp/share/file"; echo deep > "$tap_tmp/share/below/file"; echo one > "$tap_tmp/one file"
cat > $conf/fstab << X
# a comment
proc /proc proc
none /tmp tmpfs size=3m,mode=1777,nosuid,nodev,noexec 0 0
devpts /dev/pts devpts gid=5,mode=620 0 0
$tap_tmp/share /mnt none bind,ro,noatime
$tap_tmp/share /srv none rbind
$tap_tmp/one\\040file /etc/issue none bind,ro
none /opt tmpfs x-mount.mkdir,size=64k
none /nosuch tmpfs nofail
none /home tmpfs noauto
$tap_tmp/nosuch /home none bind,nofail
X
echo 'none /root tmpfs size=1m,mode=700' > $conf/fstab.remote
before=$(cut -d' ' -f1-3 /proc/self/mounts)
run vserver tj1 start
status 0 "start"
err_like 'cannot mount none on /nosuch' "nofail: a mount that fails is told, and no more"
is "$(inside cut -d' ' -f2,3 /proc/mounts | tr '\n' ';')" \
	"/ ext4;/proc proc;/tmp tmpfs;/dev/pts devpts;/mnt tmpfs;/srv tmpfs;/srv/below tmpfs;/etc/issue tmpfs;/opt tmpfs;/root tmpfs;" "these mounts, in this order"
like "$(inside grep ' /tmp ' /proc/mounts)" 'rw,nosuid,nodev,noexec,.*size=3072k' "options of the mount and of the file system"
is "$(inside df -k /tmp | awk 'END { print $2 }')" 3072 "the size of a tmpfs"
like "$(inside grep ' /mnt ' /proc/mounts)" 'ro,.*noatime' "bind, with options"
is "$(inside cat /mnt/file /srv/below/file /etc/issue | tr '\n' ' ')" "shared deep one " "binds of a directory, of all below, of a file with a blank in its name"
is "$(inside ls /mnt/below)" "" "bind alone leaves out what is mounted below"
is "$(inside stat -c %a /root) $(inside df -k /root | awk 'END { print $2 }')" "700 1024" "fstab.remote"
run vserver tj1 exec sh -c 'cp /bin/busybox /tmp/x; /tmp/x true'
status 126 "noexec holds"
pid=$(vserver tj1 ps < /dev/null | awk 'NR == 2 { print $1 }')
is "$(grep -cE 'shared:|master:' /proc/"$pid"/mountinfo)" 0 "no mount passes changes on, nor gets any"
mkdir "$tap_tmp/share/below/later"
mount -t tmpfs later "$tap_tmp/share/below/later"
[[ $(inside cat /proc/mounts) != *later* ]]; ok "what the host mounts later stays there"
umount "$tap_tmp/share/below/later"
run vserver tj1 stop
is "$(cut -d' ' -f1-3 /proc/self/mounts)" "$before" "stop leaves no mount"
umount "$tap_tmp/share/below"
before=$(cut -d' ' -f1-3 /proc/self/mounts)

echo "# a type that a program of the host mounts"
# A stand-in for mount.nfs and the like: this machine has no server. Its arguments are those that mount(8) gives.
cat > /sbin/mount.standin << X
#!/bin/sh
echo "\$*" > $tap_tmp/called
[ "\$1" != server:/broken ] || exit 32
exec mount -t tmpfs -o size=2m "\$1" "\$2"
X
chmod 755 /sbin/mount.standin
printf 'proc /proc proc\nserver:/share /mnt standin vers=4,nofail,_netdev,x-y,soft 0 0\n' > $conf/fstab
rm $conf/fstab.remote
run vserver tj1 start
status 0 "/sbin/mount.TYPE is called"
like "$(cat "$tap_tmp/called")" '^server:/share /run/vservers/mount -n -o rw,vers=4,soft,nofail,_netdev$' "with the options that mount(8) gives"
is "$(inside cut -d' ' -f1-3 /proc/mounts | tail -n 1)" "server:/share /mnt tmpfs" "what it mounts is the guest's"
is "$(cut -d' ' -f1-3 /proc/self/mounts)" "$before" "and of nobody else"
[ ! -e /run/vservers/mount ]; ok "the place that it was given is gone"
run vserver tj1 mount -t standin other:/share /srv
status 0 "also by vserver NAME mount"
like "$(inside cat /proc/mounts)" 'other:/share /srv tmpfs' "into the guest that runs"
run vserver tj1 mount -t standin server:/broken /srv
status 1 "one that fails"
err_like 'cannot mount server:/broken on /srv: mount.standin ended with status 32' "is told"
run vserver tj1 stop
printf 'server:/broken /mnt standin\n' > $conf/fstab
run vserver tj1 start
status 1 "and fails the start"
err_like 'mount.standin ended with status 32 \(.*/fstab:1\)' "with file and line"
rm /sbin/mount.standin

echo "# a root on a disk of its own"
truncate -s 64M "$tap_tmp/disk"
mke2fs -q -t ext4 -d $root "$tap_tmp/disk"
mv $root "$tap_tmp/root.away"; mkdir $root
loop=$(losetup -f --show "$tap_tmp/disk")
printf '%s / ext4 defaults 0 1\nproc /proc proc\n' "$loop" > $conf/fstab
run vserver tj1 start
status 0 "a line for / mounts it"
[ "$(inside df -k / | awk 'END { print $2 }')" -lt 65536 ]; ok "as the guest's root"
is "$(ls $root)" "" "which the host does not see"
run vserver tj1 stop
status 0 "stop"
# shellcheck disable=SC2317  # called by poll
free() { e2fsck -fn "$loop"; }
poll 10 free; ok "the disk is free and clean"
dd if=/dev/zero of="$loop" bs=1k seek=1 count=1 conv=notrunc status=none; sync
run vserver tj1 start
status 1 "fsck comes first where the line says so: a disk that it cannot repair by itself is not mounted"
err_like 'cannot mount /dev/loop[0-9]+ on /: fsck ended with status [0-9]+ \(.*/fstab:1\)' "and is named"
losetup -d "$loop"
rmdir $root; mv "$tap_tmp/root.away" $root
run vserver --silent tj1 delete
status 0 "delete"
finish
