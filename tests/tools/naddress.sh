#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naddress: the addresses of network context 351; the host has a dummy device
#   vsd0  10.77.0.1/24
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits naddress 255

ip link add vsd0 type dummy && ip addr add 10.77.0.1/24 dev vsd0 && ip link set vsd0 up
in_net 351 sleep 1000

addresses() { naddress --get --nid 351 | tr '\n' ' '; }

run naddress --add --nid 351 --ip 10.77.0.5/24 --ip fd77::5/57 --ip 10.77.0.6 --range 10.77.1.5-10.77.1.9/24 \
	--mask 10.78.0.0/255.255.0.0 --mask fd78::/32
status 0 '--add succeeds'
out_is 'Adding 10.77.0.5/24 fd77::5/57 10.77.0.6/32 10.77.1.5-10.77.1.9/24 10.78.0.0/16 fd78::/32' 'what is added is told'
is "$(addresses)" '10.77.0.5/24 10.77.0.6/32 10.77.1.5-10.77.1.9/24 10.78.0.0/16 fd77::5/57 fd78::/32 ' \
	'the kernel has them, in order, with length and end'
run naddress --add --silent --nid 351 --ip vsd0
out_is '' '--silent'
like "$(addresses)" '10\.77\.0\.1/24 ' 'an interface stands for its address'

before=$(addresses)
run naddress --add --nid 351 --ip 10.77.0.8/24 --ip 10.77.0.5/24
status 255 'an address twice: 255'
err_is 'naddress: cannot add 10.77.0.5/24: the network context has it already' '... in words'
is "$(addresses)" "$before" '... and the first one is not left behind'
run naddress --remove --nid 351 --ip 10.77.0.6 --ip '[fd77::5]'
status 0 '--remove without length'
out_like '^Removing 10.77.0.6' '... is told'
run naddress --remove --nid 351 --range 10.77.1.5-10.77.1.9/24 --mask fd78::/32 --mask 10.78.0.0/16 --ip 10.77.0.1/24
status 0 '--remove of a range and of networks'
is "$(addresses)" '10.77.0.5/24 ' 'one is left'
run naddress --remove --nid 351 --ip 10.77.0.5/25
status 255 'another length is another address'
err_is 'naddress: cannot remove 10.77.0.5/25: the network context does not have it' '... in words'
run naddress --set --silent --nid 351 --ip 10.77.0.7/30 --ip fd77::7/127 --bcast 10.77.0.255 --lback 127.3.51.1
status 0 '--set'
is "$(addresses)" '10.77.0.7/30 fd77::7/127 ' '... replaces all'
like "$(cat /proc/virtnet/351/info)" 'Bcast:	10\.77\.0\.255' 'the broadcast address is set'
like "$(cat /proc/virtnet/351/info)" 'Lback:	127\.3\.51\.1' 'the loopback address is set'
run naddress --set --silent --nid 351 --ip 10.77.0.7/30 --ip 10.77.0.7/30
status 255 '--set with a mistake of the kernel'
is "$(addresses)" '10.77.0.7/30 fd77::7/127 ' '... puts back what was there'
run naddress --set --silent --nid 351 --ip 10.77.0.7/30 --ip fd77::7/127 --ip 10.77.0.9/30
is "$(addresses)" '10.77.0.7/30 10.77.0.9/30 fd77::7/127 ' '--set adds what is new'
listens() { chbind --silent --nid 1 ss -Hltn | grep -q "$1"; }
run naddress --set --silent --nid 351 --ip 10.77.0.1/24
chbind --silent --nid 351 -- nc -l -s 10.77.0.1 -p 7001 >/dev/null 2>&1 </dev/null &
listener=$!
poll 5 listens 10.77.0.1:7001
ok 'a program listens on an address of the context'
run naddress --set --silent --nid 351 --ip 10.77.0.1/24 --ip 10.77.0.9/30
listens 10.77.0.1:7001
ok '--set with its address again leaves it alone'
run naddress --set --silent --nid 351 --ip 10.77.0.7/30 --ip fd77::7/127
is "$(addresses)" '10.77.0.7/30 fd77::7/127 ' '--set in another order'
! listens 10.77.0.1:7001
ok '... and without its address the program listens no more'
kill "$listener" 2>/dev/null
run naddress --get --nid 351 --json
is "$(tr -d ' \n' <<<"$out")" '["10.77.0.7/30","fd77::7/127"]' '--json'
run naddress --set --silent --nid 351 --ip 0.0.0.0 --ip ::
is "$(addresses)" '0.0.0.0/0 ::/0 ' '0.0.0.0 and :: mean all'
run naddress --set --silent --nid 351
is "$(addresses)" '' '--set without addresses removes all'

# Every length there is: the kernel keeps the mask that was meant, and a range its end.
all=() words=()
for i in {1..32}; do words+=("10.88.$i.5/$i") all+=("--ip=10.88.$i.5/$i"); done
for i in {1..254..23}; do words+=("10.89.0.1-10.89.0.$i") all+=("--range=10.89.0.1-10.89.0.$i"); done
for i in {1..128}; do printf -v a 'fd88:%x::5/%d' "$i" "$i"; words+=("$a") all+=("--ip=$a"); done
run naddress --set --silent --nid 351 "${all[@]}"
status 0 'addresses with every prefix length, and ranges'
is "$(naddress --get --nid 351 | sed 's,\(-.*\)/32$,\1,')" "$(printf '%s\n' "${words[@]}")" '... are read back as they were given'
run naddress --remove --silent --nid 351 "${all[@]}"
status 0 '... and removed by the same words'
is "$(addresses)" '' '... all of them'

bad() {	# MESSAGE ARGS...
	local message=$1
	shift
	run naddress --add --nid 351 "$@"
	status 255 "refused: $*"
	err_is "naddress: $message" '... in words'
}
bad "'10.77.0.256' is no IPv4 or IPv6 address" --ip 10.77.0.256
bad "'33' in '10.77.0.5/33' is neither a length of 0 to 32 nor a dotted mask" --ip 10.77.0.5/33
bad "'255.0.255.0' in '10.77.0.5/255.0.255.0' is no netmask: its ones are not all in front" --ip 10.77.0.5/255.0.255.0
bad "'129' in 'fd77::1/129' is neither a length of 0 to 128 nor an IPv6 mask" --ip fd77::1/129
bad "'vsd9' is neither an address nor an interface" --ip vsd9
bad "'10.77.0.9-10.77.0.1' ends before it begins" --range 10.77.0.9-10.77.0.1
bad "'fd77::1-fd77::9': the kernel takes ranges of IPv4 addresses only" --range fd77::1-fd77::9
bad "'10.77.0.0' lacks /LENGTH or /MASK" --mask 10.77.0.0
bad "'fd77::1': a broadcast address is IPv4" --bcast fd77::1
is "$(addresses)" '' 'nothing of these is left behind'
run naddress --get --nid 399
err_is 'naddress: cannot read the addresses of network context 399: no such network context' 'no such context'
run naddress --add --silent --nid 351 --ip 10.77.0.5/24 -- echo ran
is "$out" ran 'a program is run afterwards'
kill "$task"
poll 5 net_gone 351
ok 'network context 351 is gone'

run chbind --nid 352 --ip 10.77.0.5/24 --ip fd77::5/64 --secure --flag '!hide_lback' --ncap '!raw_icmp,tun_create' \
	-- cat /proc/self/ninfo
status 0 'chbind creates a context'
out_like '^New network context is 352
Adding 10.77.0.5/24 fd77::5/64
NID:	352
NCaps:	0000000000000001' '... with what was asked'
poll 5 net_gone 352
ok '... which ends with its program'
run chbind --silent --nid 352 --ip 10.77.0.5/24 --ip 10.77.0.5/24 -- true
status 255 'chbind with an address twice'
poll 5 net_gone 352
ok '... leaves no context'
habits chbind 255
run chbind --silent --nid 352 --ip 10.77.0.5/24 --range 10.77.1.1-10.77.1.9/24 --mask 10.78.0.0/16 --bcast 10.77.0.255 \
	--lback 127.0.5.1 --flag lback_remap --disconnect -- sleep 1007
status 0 'chbind --disconnect returns'
poll 5 net_exists 352
ok '... and the program runs'
is "$(naddress --get --nid 352)" '10.77.0.5/24
10.77.1.1-10.77.1.9/24
10.78.0.0/16' 'in a context with what --ip, --range and --mask give'
is "$(sed -nE 's/^(Bcast|Lback):[[:space:]]*/\1 /p' /proc/virtnet/352/info)" 'Bcast 10.77.0.255
Lback 127.0.5.1' '... and --bcast and --lback'
pkill -xf 'sleep 1007'
poll 5 net_gone 352
ok '... to its end'
chbind --silent --nid 352 --ip 10.77.0.5/24 -- sleep 1000 </dev/null &
task=$!
disown
# shellcheck disable=SC2317  # called by poll
has_address() { naddress --get --nid 352 | grep -q 10.77.0.5; }
poll 5 has_address
run chbind --nid 352 --ip 10.77.0.9/24 -- naddress --get
is "$out" '10.77.0.5/24' 'chbind joins a context that exists and leaves it as it is'
kill "$task"
poll 5 net_gone 352
ok 'network context 352 is gone'
ip link del vsd0
finish
