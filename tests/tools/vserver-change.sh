#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME addr, mount, umount, vserver list: a guest that runs is changed and looked at.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012  # for other shells; set by tap.sh; plain names
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tg1
root=/vservers/tg1
inside() { vserver tg1 exec "$@" < /dev/null; }

run vserver tg1 create "$tar" --ip 10.20.0.91 --context 391 --start
status 0 "create and start"
mounts0=$(cut -d" " -f1-3 /proc/self/mounts)
run vserver tg2 create guest:tg1 --ip 10.20.0.92 --context 392
status 0 "a second guest"

echo "# addresses"
run vserver tg1 addr
status 0 "addr"
out_is "10.20.0.91/24" "lists the addresses"
run vserver tg1 addr list --json
out_like '"address":"10.20.0.91/24",.*"family":"ipv4"' "addr list --json"
run vserver tg1 addr add 10.20.0.93
status 0 "addr add"
like "$(ip -o addr show dev eth0)" '10\.20\.0\.93/24' "is on the device of its network"
like "$(inside ip addr)" '10\.20\.0\.93' "the guest has it"
[ ! -e $conf/interfaces/1 ]; ok "its configuration is as it was"
run vserver tg1 addr add 10.20.0.93
status 1 "add it again"
run vserver tg1 addr add eth0:fd20::93/64 --save
status 0 "addr add --save, IPv6"
is "$(cat $conf/interfaces/1/ip $conf/interfaces/1/prefix $conf/interfaces/1/dev | tr '\n' ' ')" "fd20::93 64 eth0 " "is in the configuration"
run vserver tg1 addr del 10.20.0.93
status 0 "addr del"
[[ $(ip -o addr show dev eth0) != *10.20.0.93* ]]; ok "is gone from the device"
[[ $(inside ip addr) != *10.20.0.93* ]]; ok "and from the guest"
run vserver tg1 addr del 10.20.0.93
status 1 "del of an address that it does not have"
err_like 'it does not have the address 10\.20\.0\.93' "says so"
run vserver tg1 addr del 10.20.0.1
status 1 "an address of the host is not the guest's to lose"
like "$(ip -o addr show dev eth0)" '10\.20\.0\.1/24' "and stays"
run vserver tg1 addr del fd20::93 --save
status 0 "addr del --save, IPv6"
[ ! -e $conf/interfaces/1 ]; ok "is out of the configuration"
run vserver tg1 addr add 192.0.2.1
status 1 "an address of no network here"
run vserver tg1 addr add eth9:192.0.2.1/24
status 1 "a device that there is not"
err_like 'no such network device' "is told"
run vserver tg1 addr add
status 1 "add without an address"
run vserver tg1 addr junk 1
status 1 "an unknown action"
run vserver tg1 addr add 10.20.0.94
run vserver tg1 stop
[[ $(ip -o addr show dev eth0) != *10.20.0.9[14]* ]]; ok "stop removes those that were added too"
run vserver tg1 addr
status 1 "addr of a stopped guest"
run vserver tg1 addr add 10.20.0.95
status 1 "add to a stopped guest without --save"
run vserver tg1 addr add 10.20.0.95 --save
status 0 "with --save"
is "$(cat $conf/interfaces/1/ip)" 10.20.0.95 "is in the configuration"
run vserver tg1 start
like "$(inside ip addr)" '10\.20\.0\.95' "and used by the next start"

echo "# mounts"
mkdir -p "$tap_tmp/share"; echo here > "$tap_tmp/share/file"
run vserver tg1 mount --bind "$tap_tmp/share" /mnt
status 0 "mount --bind"
is "$(inside cat /mnt/file)" here "the guest sees it"
! grep -q " $root" /proc/self/mounts; ok "the host does not"
inside sh -c 'echo guest > /mnt/new'
is "$(cat "$tap_tmp/share/new")" guest "it is the same file system"
run vserver tg1 umount /mnt
status 0 "umount"
is "$(inside ls /mnt)" "" "is gone"
run vserver tg1 umount /mnt
status 1 "umount of nothing"
err_like 'nothing is mounted there' "says so"
run vserver tg1 mount --bind -o ro "$tap_tmp/share" /mnt
run vserver tg1 exec sh -c 'echo x > /mnt/x'
status 1 "-o ro: read-only"
run vserver tg1 umount /mnt
run vserver tg1 mount -t tmpfs -o size=1m none /mnt
status 0 "mount -t tmpfs -o size=1m"
like "$(inside cat /proc/mounts)" 'none /mnt tmpfs rw,relatime,size=1024k' "with its options"
run vserver tg1 umount /mnt
inside ln -s /etc/../../../../../.. /up
run vserver tg1 mount --rbind "$tap_tmp/share" /up/mnt
status 0 "a link of the guest in the path"
is "$(inside cat /mnt/file)" here "leads to its own directories"
[ ! -e /mnt/file ]; ok "and not to those of the host"
run vserver tg1 umount /up/mnt
inside sh -c 'rmdir /srv; ln -s /proc/1/root /srv'
run vserver tg1 mount --bind "$tap_tmp/share" /srv
status 1 "a link of /proc in the path is refused"
echo "none /opt tmpfs size=2m,x-noauto 0 0" >> $conf/fstab
inside mkdir /opt
run vserver tg1 mount -a
status 0 "mount -a"
is "$(inside grep -c ' /opt tmpfs' /proc/mounts) $(inside grep -c ' /tmp tmpfs' /proc/mounts)" "1 1" "mounts what is missing in its fstab, and nothing twice"
run vserver tg1 umount /
status 1 "umount /"
run vserver tg1 mount --bind /nosuch /mnt
status 1 "a source that is not there"
run vserver tg1 mount --bind "$tap_tmp/share" /nosuch
status 1 "a place that is not there"
run vserver tg1 mount /x
status 1 "mount without a place"
run vserver tg2 mount -t tmpfs none /mnt
status 1 "mount into a stopped guest"
run vserver tg2 umount /mnt
status 1 "umount in a stopped guest"
run vmount tg1 -- --bind "$tap_tmp/share" /mnt
status 0 "vmount"
is "$(inside cat /mnt/file)" here "does the same"
run vmount tg1 tg2 -- -t tmpfs none /mnt
status 1 "vmount: one of several fails"
is "$(inside grep -c 'none /mnt tmpfs' /proc/mounts) $(cut -d' ' -f1-3 /proc/self/mounts)" "1 $mounts0" "a mount over a directory of the host stays in the guest"
run vmount tg1
status 1 "vmount without arguments"
habits vmount 1

echo "# list"
run vserver tg2 config set apps/init/mark web spare
run vserver list
status 0 "list"
out_like 'NAME +CTX +STATE.*tg1 +391 running +[0-9]+.*tg2 +392 stopped' "all guests"
run vserver list --names
out_is "tg1
tg2" "--names"
run vserver list --running --names
out_is tg1 "--running"
run vserver list --stopped --names
out_is tg2 "--stopped"
run vserver list --mark spare --names
out_is tg2 "--mark"
run vserver list --mark nosuch --names
out_is "" "--mark of nobody"
run vserver list --unmarked --names
out_is tg1 "--unmarked"
run vserver list --json
out_like '"name":"tg1",.*"running":true' "--json"
[[ $(vserver list < /dev/null) != *$'\033'* ]]; ok "no colours in a pipe"
like "$(script -qec 'vserver list' /dev/null < /dev/null)" $'\033\\[32mrunning' "colours on a terminal"
[[ $(NO_COLOR=1 script -qec 'vserver list' /dev/null < /dev/null) != *$'\033'* ]]; ok "NO_COLOR"
run vserver list junk
status 1 "list with an argument"
run vserver tg1 pause
run vserver list
out_like 'tg1 +391 paused' "a paused guest"
run vserver tg1 status
out_like 'Paused' "and its status"
run vserver tg1 status --json
out_like '"paused":true' "and status --json"
run vserver tg1 resume
run vps --json
status 0 "vps --json"
is "$(printf '%s' "$out" | jq -r '[.[] | select(.context == 391)][0].name')" tg1 "names the guest of a process"
run vserver --silent tg2 delete
run vserver --silent tg1 delete
status 0 "delete"
finish
