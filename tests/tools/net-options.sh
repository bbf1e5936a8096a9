#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Options of the network tools, each in every form: naddress, chbind, ncontext, nattribute and the
# v_ wrappers. Network contexts 361 to 364; the host has a dummy device
#   vsd0  10.77.0.1/24 10.77.2.9/32 10.77.2.10/32 fd77::1/64
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

ip link add vsd0 type dummy && ip addr add 10.77.0.1/24 brd + dev vsd0 && ip addr add 10.77.2.9/32 dev vsd0 &&
	ip addr add 10.77.2.10/32 dev vsd0 && ip addr add fd77::1/64 dev vsd0 nodad && ip link set vsd0 up
in_net 361 sleep 1000
sleeper=$task

addresses() { naddress -g --nid 361 | tr '\n' ' '; }
info() { cat /proc/virtnet/361/info; }
refused() {	# WHAT MESSAGE CMD...
	local what=$1 message=$2
	shift 2
	run "$@"
	status 255 "$what"
	err_like "^$1: $message" '... in words'
}

# naddress: the short options, masks in both forms, each length of them.
run naddress -a --silent --nid 361 --ip 10.77.0.5/255.255.255.0 --mask fd78::/ffff:ffff::
status 0 'naddress -a, masks written out'
is "$(addresses)" '10.77.0.5/24 fd78::/32 ' '-g: as lengths'
run naddress -r --silent --nid 361 --mask fd78::/32
is "$(addresses)" '10.77.0.5/24 ' '-r'
dotted=() words=()
for i in {1..32}; do
	m=$((i ? (0xffffffff << (32 - i)) & 0xffffffff : 0))
	dotted+=("--ip=10.88.$i.5/$((m >> 24)).$((m >> 16 & 255)).$((m >> 8 & 255)).$((m & 255))")
	words+=("10.88.$i.5/$i")
done
run naddress -s --silent --nid 361 "${dotted[@]}"
status 0 '-s, a dotted mask of each length'
is "$(naddress -g --nid 361)" "$(printf '%s\n' "${words[@]}")" '... is the length that it means'
masks=() words=()
for i in {0..32}; do
	m=$(((0xffffffff << (32 - i)) & 0xffffffff))
	n="$((m >> 24 & 10)).$((m >> 16 & 88)).$((m >> 8 & 255 & i)).0"
	masks+=("--mask=$n/$i") words+=("$n/$i")
done
run naddress --set --silent --nid 361 "${masks[@]}"
status 0 '--mask with each length'
is "$(naddress -g --nid 361)" "$(printf '%s\n' "${words[@]}")" '... is read back'
# shellcheck disable=SC2317  # called by poll
listens() { chbind --silent --nid 1 ss -Hltn | grep -q "$1"; }
run naddress --set --silent --nid 361 --range 10.77.2.5-10.77.2.9
chbind --silent --nid 361 -- nc -l -s 10.77.2.9 -p 7001 >/dev/null 2>&1 </dev/null &
listener=$!
poll 10 listens 10.77.2.9:7001
ok 'a range holds its last address'
kill "$listener" 2>/dev/null
run timeout 10 chbind --silent --nid 361 -- nc -l -s 10.77.2.10 -p 7002
[[ $rc != 0 && $rc != 124 ]]
ok '... and not the one behind it'
run naddress --add --silent --nid 361 --bcast vsd0 --lback 127.9.9.9
like "$(info)" 'Bcast:	10\.77\.0\.255' '--bcast of a device'
like "$(info)" 'Lback:	127\.9\.9\.9' '--lback'
run naddress --set --silent --nid 361 --ip 10.77.0.5/24
run chbind --silent --nid 361 -- naddress --get
out_is 10.77.0.5/24 'without --nid: the own context'
run chbind --silent --nid 361 -- naddress --add --silent --ip 10.77.0.6
is "$(addresses)" '10.77.0.5/24 10.77.0.6/32 ' '... which the host may change there, too'
run naddress --remove --silent --nid 361 --ip 10.77.0.6
refused 'two modes' '--add, --remove, --set and --get exclude each other' naddress --add --get --nid 361
refused 'no mode' 'one of --add, --remove, --set and --get is needed' naddress --nid 361 --ip 10.77.0.9
refused '--get with an address' '--get takes neither addresses nor a program' naddress --get --nid 361 --ip 10.77.0.9
refused '--get with a program' '--get takes neither addresses nor a program' naddress --get --nid 361 -- true
refused '--json without --get' '--json goes with --get only' naddress --add --json --nid 361 --ip 10.77.0.9
refused '--add of nothing' 'no address given' naddress --add --nid 361
refused '--remove of nothing' 'no address given' naddress --remove --nid 361
refused '--remove of a broadcast address' 'a broadcast or loopback address can be set, not removed' \
	naddress --remove --nid 361 --bcast 10.77.0.255
refused '--remove of a loopback address' 'a broadcast or loopback address can be set, not removed' \
	naddress --remove --nid 361 --lback 127.9.9.9
is "$(addresses)" '10.77.0.5/24 ' 'nothing of these did anything'

# chbind: what it makes.
run chbind --nid 362 --range 10.77.0.5-10.77.0.9 --mask 10.78.0.0/16 --ip vsd0 --bcast vsd0 --lback 127.8.8.8 \
	-- sh -c 'naddress --get; cat /proc/virtnet/362/info'
status 0 'chbind with every kind of address'
out_like '^New network context is 362
Adding .*
10\.77\.0\.5-10\.77\.0\.9/32
10\.78\.0\.0/16
10\.77\.0\.1/24
' '... is told, and there'
out_like 'Bcast:	10\.77\.0\.255' '... the broadcast address too'
out_like 'Lback:	127\.8\.8\.8' '... and the loopback'
run chbind --ip 10.77.0.5 -- sh -c 'cat /proc/self/ninfo'
out_like '^New network context is (49|5[0-9]|6[0-5])[0-9]{3}
Adding 10\.77\.0\.5/32
NID:	(49|5|6)' 'without --nid: a free number'
chbind --silent --nid 362 --disconnect --ip 10.77.0.5 -- sh -c 'ps -o sid= -p $$ > '"$tap_tmp/sid"'; exec sleep 1000'
ok 'chbind --disconnect comes back'
net_exists 362
ok '... and the context is there'
poll 10 test -s "$tap_tmp/sid"
sid=$(tr -d ' ' < "$tap_tmp/sid")
[[ $sid != "$(ps -o sid= -p $$ | tr -d ' ')" ]]
ok '... in a session of its own'
kill "$sid"
poll 10 net_gone 362
ok 'network context 362 is gone'
refused 'the host is not entered' "'0' is no network context that can be entered" chbind --nid 0 -- true
refused 'no program' 'no program given' chbind --nid 362 --ip 10.77.0.5
refused 'an unknown flag' "unknown nflag 'bogus'" chbind --nid 362 --flag bogus -- true
run chbind --silent --nid 362 --ip 10.77.0.5 -- /no/such/program
status 255 'a program that is not there'
err_is 'chbind: cannot execute /no/such/program: No such file or directory' '... in words'
poll 10 net_gone 362
ok '... leaves no context'

# ncontext: the ways in that the test of that name leaves out.
run chbind --silent --nid 361 -- ncontext --migrate-self -- cat /proc/self/ninfo
out_like '^NID:	361' 'ncontext --migrate-self stays inside'
run ncontext --create --silent --nid 363 --disconnect -- sleep 1000
status 0 'ncontext --disconnect comes back'
net_exists 363
ok '... and the context is there'
run ncontext --create --nid 363 --disconnect -- true
status 254 '... a second one is refused, with its status'
for p in /proc/[0-9]*; do
	[[ $(cat "$p/ninfo" 2>/dev/null) != NID:?363* ]] || kill "${p#/proc/}"
done
poll 10 net_gone 363
ok 'network context 363 is gone'

# nattribute: words in each form.
run nattribute -s --nid 361 --ncap ^12,raw_icmp --flag '!hide_netif'
status 0 'nattribute -s'
run nattribute -g --nid 361
out_like '^ncapabilities:
raw_icmp,multicast
' '-g: a bit by number'
[[ $out != *hide_netif* ]]
ok '... and a flag cleared'
run nattribute --nid 361 --ncap '!all' --flag hide_netif
run nattribute --nid 361 --get
out_like '^ncapabilities:

nflags:
.*hide_netif' '!all clears'
run nattribute --nid 361 --ncap 0x101,none
run nattribute --nid 361 --get
out_like '^ncapabilities:
tun_create,raw_icmp
' 'a number; none is nothing'
run nattribute --nid 361 --ncap '~all' -- echo ran
out_is ran 'a program is run afterwards'
run chbind --silent --nid 361 -- nattribute --get
out_like 'hide_netif' 'without --nid: the own context'
refused '--get and --set' '--get and --set exclude each other' nattribute --get --set --nid 361
refused '--get with words' '--get takes no --ncap, --flag or --secure' nattribute --get --nid 361 --flag private
refused '--get with a program' '--get takes no program' nattribute --get --nid 361 -- true
refused '--json without --get' '--json goes with --get only' nattribute --json --nid 361
kill "$sleeper"
poll 10 net_gone 361
ok 'network context 361 is gone'

# The wrappers: several addresses of both families, either quotes, help.
export VSERVICES_CONFDIR=$tap_tmp/vservices VSERVICES_INITDIR=$tap_tmp/init.d
mkdir "$VSERVICES_CONFDIR" "$VSERVICES_INITDIR"
printf '#!/bin/sh\nnaddress --get\nexit 0\n' > "$VSERVICES_INITDIR/named"
chmod +x "$VSERVICES_INITDIR/named"
printf "IP='10.77.0.1/24 fd77::1/64'\nNID='364'\n" > "$VSERVICES_CONFDIR/named.conf"
run v_named start
status 0 'a wrapper with two addresses'
out_is '10.77.0.1/24
fd77::1/64' '... gives both'
poll 10 net_gone 364
ok '... and its context ends'
printf 'IP="10.77.0.1'"'"'\n' > "$VSERVICES_CONFDIR/named.conf"
run v_named start
status 6 'quotes that do not match'
printf 'IP=10.77.0.300\n' > "$VSERVICES_CONFDIR/named.conf"
run v_named start
status 6 'an address that is none'
run v_named --help
status 0 'v_named --help'
run vsysvwrapper --help
out_like '^Usage: vsysvwrapper SERVICE' 'vsysvwrapper --help'
run vsysvwrapper --version
status 0 'vsysvwrapper --version'
ip link del vsd0
finish
