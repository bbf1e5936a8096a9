#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# nattribute: the words of network context 331.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits nattribute 255

in_net 331 sleep 1000
run nattribute --nid 331 --get
status 0 '--get succeeds'
out_like '^ncapabilities:

nflags:
.*hide_netif.*state_admin' 'a new context hides interfaces and may be administered'
run nattribute --nid 331 --set --secure --flag lback_allow
status 0 '--secure is accepted'
run nattribute --nid 331 --get
out_like '^ncapabilities:
raw_icmp
nflags:
.*lback_allow' 'the preset and the flag are there'
run nattribute --nid 331 --ncap tun_create --ncap '~raw_icmp' --flag '~hide_netif'
run nattribute --nid 331 --get
out_like '^ncapabilities:
tun_create
' 'capabilities are set and cleared'
[[ $out != *hide_netif* ]]
ok 'a flag is cleared'
run nattribute --nid 331 --get --json
like "$out" '"ncapabilities":\[[[:space:]]*"tun_create"[[:space:]]*\]' '--json'
run nattribute --nid 331 --ncap raw_icmp --flag bogus
status 255 'an unknown flag: 255'
err_like "^nattribute: unknown nflag 'bogus'; known are lock, private, single_ip, " '... with the known ones'
run nattribute --nid 331 --get
like "$out" '^ncapabilities:
tun_create
' '... and nothing was changed'
run nattribute --nid 331 --get --secure
status 255 '--get with a change is refused'
run nattribute --nid 399 --get
status 1 'no such context: 1'
err_is 'nattribute: cannot read the capabilities of network context 399: no such network context' '... in words'
kill "$task"
poll 10 net_gone 331
ok 'network context 331 is gone'
finish
