#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Devices that are made for a guest (VLAN, tun, tap), addresses without one, networks of a guest's own.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012  # for other shells; set by tap.sh; plain names
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
faults=${VS_SUITES:-/rig/suites}/bin/vserver-faults
conf=/etc/vservers/tn1
inside() { vserver tn1 exec "$@" < /dev/null; }
set_conf() { vserver "${3:-tn1}" config set "$1" ${2:+"$2"} < /dev/null; }
links() { ip -o link show | awk -F': ' '{ print $2 }' | sort | tr '\n' ' '; }
clean() { # WHAT
	[ "$(links)" = "$links0" ] && [ "$(cut -d' ' -f1-3 /proc/self/mounts)" = "$mounts0" ] &&
		[ -z "$(ls /run/netns 2>/dev/null)" ] && [ -z "$(find /run/vservers/.net /run/vservers/.netns -type f 2>/dev/null)" ]
	ok "$1: no device, network namespace or note is left" ||
		tap_show left "$(links) $(ls /run/netns 2>/dev/null) $(find /run/vservers/.net /run/vservers/.netns -type f 2>/dev/null)"
}
run vserver tn1 create "$tar" --ip 10.20.0.61 --context 361
status 0 "create"
mkdir -p $conf/apps/init
: > $conf/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
links0=$(links) mounts0=$(cut -d' ' -f1-3 /proc/self/mounts)
add() { # N IP DEV: one more address
	mkdir -p $conf/interfaces/"$1"
	echo "$2" > $conf/interfaces/"$1"/ip
	echo "$3" > $conf/interfaces/"$1"/dev
}

echo "# VLANs"
add 5 10.30.0.1/24 eth0.77
run vserver tn1 start
status 1 "a device DEV.NUMBER that there is not"
err_like 'no such network device' "is not made without vlandev"
set_conf interfaces/vlandev
run vserver tn1 start
status 0 "interfaces/vlandev"
like "$(ip -d link show eth0.77)" 'vlan protocol 802.1Q id 77' "makes it"
like "$(ip -o addr show dev eth0.77)" '10\.30\.0\.1/24' "with the address"
like "$(ip link show eth0.77)" 'UP' "and up"
like "$(inside ip addr)" '10\.30\.0\.1' "which the guest has"
run vserver tn2 create guest:tn1 --ip nodev:10.30.0.2 --context 362
mkdir -p /etc/vservers/tn2/apps/init
cp -a $conf/apps/init/. /etc/vservers/tn2/apps/init/
set_conf interfaces/0/dev eth0.77 tn2
vserver tn2 config unset interfaces/0/nodev < /dev/null
set_conf interfaces/0/vlandev '' tn2
run vserver tn2 start
status 0 "a second guest on the same VLAN"
run vserver tn1 stop
like "$(ip -o addr show dev eth0.77)" '10\.30\.0\.2/' "outlives the first one"
[[ $(ip -o addr show) != *10.30.0.1/* ]]; ok "whose address is gone"
run vserver tn2 stop
clean "VLAN"
ip link add link eth0 name eth0.77 type vlan id 77
run vserver tn1 start
run vserver tn1 stop
like "$(links)" 'eth0\.77' "a VLAN of the administrator is used and stays"
ip link del eth0.77
set_conf interfaces/5/novlandev
run vserver tn1 start
status 1 "interfaces/5/novlandev: not this one"
set_conf interfaces/5/vlandev
echo eth0.4095 > $conf/interfaces/5/dev
run vserver tn1 start
err_like 'interfaces/5/dev:1: not the name of a VLAN: DEVICE.NUMBER, 1 to 4094' "a number beyond"
echo eth9.3 > $conf/interfaces/5/dev
run vserver tn1 start
err_like 'cannot make eth9.3: there is no device eth9 \(.*interfaces/5/dev:1\)' "a VLAN of no device"
clean "VLAN refused"
echo eth0.77 > $conf/interfaces/5/dev
VS_FAULT=start:context "$faults" tn1 start < /dev/null > /dev/null 2>&1
like "$(links)" 'eth0\.77' "a start that is killed leaves it"
run vserver tn1 stop
clean "killed"

echo "# tun and tap"
rm -r $conf/interfaces/5 $conf/interfaces/vlandev
add 6 10.31.0.1/24 vtun6
set_conf interfaces/6/tun
set_conf interfaces/6/uid 33
set_conf interfaces/6/gid 34
add 7 10.32.0.1/24 vtap7
set_conf interfaces/7/tap
run vserver tn1 start
status 0 "interfaces/6/tun, 7/tap"
like "$(ip -d tuntap show)" 'vtun6: tun .*persist user 33 group 34' "a tun device with its owner and group"
like "$(ip -d tuntap show)" 'vtap7: tap .*persist user 0' "a tap device, root's"
like "$(ip -o addr show dev vtun6)" '10\.31\.0\.1/24' "with its address"
run vserver tn1 stop
clean "tun"
set_conf interfaces/6/shared
run vserver tn1 start
run vserver tn1 stop
like "$(links)" 'vtun6' "interfaces/6/shared: it stays"
[[ $(links) != *vtap7* ]]; ok "the other does not"
ip link del vtun6
echo many > $conf/interfaces/6/uid
run vserver tn1 start
err_like "interfaces/6/uid:1: not a number" "an owner that is no number"
run vserver tn1 check
out_like 'interfaces/6/uid:1' "which check tells too"
rm -r $conf/interfaces/6 $conf/interfaces/7
clean "shared"

echo "# an address of the host"
rm $conf/interfaces/0/dev
set_conf interfaces/0/nodev
set_conf interfaces/0/ip 10.20.0.1/24
run vserver tn1 start
status 0 "interfaces/0/nodev"
like "$(inside ip addr)" '10\.20\.0\.1/' "the guest has the host's address"
run vserver tn1 stop
like "$(ip -o addr show dev eth0)" '10\.20\.0\.1/24' "which stays at stop"
rm -r $conf/interfaces/0
clean "nodev"

echo "# a network of its own"
mkdir $conf/spaces
: > $conf/spaces/net
run vserver tn1 start
status 0 "spaces/net"
is "$(inside ip -o link | wc -l)" 1 "has one device"
like "$(inside ip addr show lo)" '127\.0\.0\.1' "its own loopback"
[ ! -e /proc/virtnet/361 ]; ok "and is in no network context"
is "$(ls /run/netns)" tn1 "named as ip-netns does"
is "$(ip netns exec tn1 readlink /proc/self/ns/net)" "$(inside readlink /proc/self/ns/net)" "what is run inside is in it"
[ "$(inside readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]; ok "and not in the host's"
run vserver tn1 addr add 10.20.0.62
status 1 "addr add"
err_like 'its network is not the host.s: .ip -netns tn1 address. changes it' "says what to do instead"
echo 361 > /etc/vservers/tn2/spaces-net
mkdir -p /etc/vservers/tn2/spaces
mv /etc/vservers/tn2/spaces-net /etc/vservers/tn2/spaces/net
run vserver tn2 start
status 0 "spaces/net of a second guest: 361"
is "$(vserver tn2 exec readlink /proc/self/ns/net < /dev/null)" "$(inside readlink /proc/self/ns/net)" "shares the network of that context"
run vserver tn2 stop
run vserver tn2 start
run vserver tn1 stop
run vserver tn2 stop
run vserver tn2 start
status 1 "when that context is not there"
err_like 'cannot enter the network of context 361: .*spaces/net:1' "start says so"
echo 0 > /etc/vservers/tn2/spaces/net
run vserver tn2 start
status 0 "spaces/net 0: the host's"
run vserver tn2 stop
echo x > /etc/vservers/tn2/spaces/net
run vserver tn2 check
out_like 'spaces/net:1: neither 0' "a word"
rm -r /etc/vservers/tn2/spaces
clean "spaces/net"
rm -r $conf/spaces

echo "# links"
link() { # N HOST GUEST TYPE
	set_conf netns/interfaces/"$1"/host "$2"
	[ -z "$3" ] || set_conf netns/interfaces/"$1"/guest "$3"
	[ -z "$4" ] || set_conf netns/interfaces/"$1"/type "$4"
}
link 0 veth-tn1 '' ''
link 1 eth0 mac1 macvlan
set_conf netns/name blue
add 0 10.33.0.2/24 geth0
add 1 10.20.0.63/24 mac1
mkdir -p $conf/sysctl/a
echo net.ipv4.ip_default_ttl > $conf/sysctl/a/setting
echo 99 > $conf/sysctl/a/value
run vserver tn1 start
status 0 "netns/ with a veth and a macvlan"
is "$(ls /run/netns)" blue "netns/name"
ip addr add 10.33.0.1/24 dev veth-tn1
run ping -c 1 -W 5 10.33.0.2
status 0 "the host reaches it through the veth"
like "$(inside ip -o addr show dev geth0)" '10\.33\.0\.2/24' "its address is inside"
like "$(ip -netns blue -d link show mac1)" 'macvlan mode bridge' "the macvlan too"
like "$(ip -netns blue -o addr show dev mac1)" '10\.20\.0\.63/24' "with its address"
[[ $(ip -o addr show) != *10.20.0.63* ]]; ok "which the host does not have"
is "$(inside cat /proc/sys/net/ipv4/ip_default_ttl)" 99 "sysctl net.* is the guest's"
[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" != 99 ]; ok "and not the host's"
run vserver tn1 config show --effective
out_like 'netns/name +blue .*netns/interfaces +veth geth0 on veth-tn1' "config show --effective"
run vserver tn1 restart
status 0 "restart: the names are free again"
run vserver tn1 stop
clean "veth, macvlan"
set_conf netns/interfaces/1/type ipvlan
set_conf netns/interfaces/1/guest ipv1
set_conf interfaces/1/dev ipv1
set_conf ncontext 366
run vserver tn1 start
status 0 "an ipvlan, and a network context inside"
like "$(ip -netns blue -d link show ipv1)" 'ipvlan +mode l2' "is there"
[ -e /proc/virtnet/366 ]; ok "the network context too"
like "$(inside ip addr)" '10\.20\.0\.63' "with the addresses"
run vserver tn1 stop
clean "ipvlan"
vserver tn1 config unset ncontext < /dev/null
for point in netns:place netns:space netns:link start:cgroup child:netspace; do
	(VS_FAULT=$point exec "$faults" tn1 start < /dev/null > /dev/null 2>&1)
	case $point in child:*) is $? 1 "its task killed at $point" ;; *) is $? 137 "killed at $point" ;; esac
	run vserver tn1 start
	status 0 "$point: the next start succeeds"
	run vserver tn1 stop
	status 0 "$point: so does stop"
	clean "$point"
	(VS_FAULT=$point exec "$faults" tn1 start < /dev/null > /dev/null 2>&1)
	run vserver tn1 stop
	[ $point = netns:place ] && rm -f /run/netns/blue
	clean "$point, stop"
done
echo eth9 > $conf/netns/interfaces/1/host
run vserver tn1 start
status 1 "a link on no device"
err_like 'cannot make ipv1: there is no device eth9 \(.*netns/interfaces/1/host\)' "is told"
clean "no device"
echo vethh > $conf/netns/interfaces/1/type
run vserver tn1 check
out_like "unknown type 'vethh', perhaps veth; known: veth, macvlan, ipvlan" "an unknown type"
rm -r $conf/netns/interfaces $conf/interfaces
ip netns add blue
run vserver tn1 start
status 1 "a namespace of that name is there"
err_like 'cannot make the network namespace blue: File exists; netns/shared uses one that is there' "is told"
[ -e /run/netns/blue ]; ok "and left alone"
set_conf netns/shared
run vserver tn1 start
status 0 "netns/shared uses it"
is "$(inside readlink /proc/self/ns/net)" "$(ip netns exec blue readlink /proc/self/ns/net)" "the guest is in it"
run vserver tn1 stop
[ -e /run/netns/blue ]; ok "and leaves it"
ip netns del blue
run vserver tn1 start
status 1 "netns/shared without one"
err_like 'cannot find the network namespace blue' "is told"
umount /run/netns 2>/dev/null
rm -r $conf/netns $conf/sysctl
mkdir -p /etc/vservers/.defaults/netns
run vserver tn1 start
status 0 ".defaults/netns"
is "$(ls /run/netns)" tn1 "gives each guest one"
run vserver tn1 stop
set_conf nonetns
run vserver tn1 start
is "$(ls /run/netns)" "" "but with nonetns"
run vserver tn1 stop
rmdir /etc/vservers/.defaults/netns
clean "defaults"
run vserver --silent tn2 delete
run vserver --silent tn1 delete
status 0 "delete"
finish
