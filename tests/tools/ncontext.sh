#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ncontext: network contexts 311 and 312.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits ncontext 255

run ncontext --create --nid 311 -- cat /proc/self/ninfo
status 0 'create runs the program'
out_like '^New network context is 311
NID:	311' 'the number is told and the program is inside'
poll 5 net_gone 311
ok 'the context ends with its last process'
run ncontext --create --silent --nid 311 -- sh -c 'exit 5'
status 5 'the status of the program is passed on'
out_is '' '--silent: no number'
run ncontext --create -- true
out_like '^New network context is (49|5[0-9]|6[0-5])[0-9]{3}$' 'without --nid: a number from 49152 on'

in_net 312 sleep 1000
run ncontext --create --nid 312 -- true
status 254 'a context that exists: 254'
err_like '^ncontext: cannot create network context 312: the network context exists' '... in words'
run ncontext --create --nid 312 --silentexist -- true
status 254 '--silentexist: 254 as well'
err_is '' '... without a message'
run ncontext --migrate --nid 312 -- cat /proc/self/ninfo
out_like '^NID:	312' 'migrate runs the program inside'
run vserver-info "$task" NID
out_is 312 'vserver-info NID agrees'
kill "$task"
poll 5 net_gone 312
ok 'the context is gone'

run ncontext --migrate --nid 312 -- true
status 255 'migrate into no context: 255'
err_is 'ncontext: cannot enter network context 312: no such network context' '... in words'
run ncontext --create --nid 0 -- true
err_is 'ncontext: cannot create network context 0: the number must be 2 to 65535' 'number 0 is refused'

# The sync socket: the other side decides when the program starts.
nc -lU "$tap_tmp/sock" </dev/null >"$tap_tmp/got" &
poll 5 test -S "$tap_tmp/sock"
run ncontext --create --silent --nid 311 --syncsock "$tap_tmp/sock" --syncmsg hello -- true
status 0 'the program runs after the sync socket'
wait $!
is "$(<"$tap_tmp/got")" hello 'the message arrived'
run ncontext --create --silent --nid 311 -- ncontext --migrate-self -- cat /proc/self/ninfo
status 0 '--migrate-self'
out_like '^NID:	311' '... stays in the own context'
run ncontext --create --silent --nid 311 --disconnect -- sleep 1000
status 0 '--disconnect returns'
poll 5 net_exists 311
ok '... and the program runs'
pkill -f '^sleep 1000$' -s "$(pgrep -nx sleep)"
poll 5 net_gone 311
ok '... to its end'
run ncontext --create --silent --nid 311 --syncsock "$tap_tmp/none" -- true
status 255 'no sync socket: 255'
err_is "ncontext: cannot connect to the socket $tap_tmp/none: No such file or directory" '... in words'
for args in '' '--create --migrate --nid 3 true' '--migrate true' '--migrate-self --nid 3 true' '--create'; do
	# shellcheck disable=SC2086
	run ncontext $args
	status 255 "refused: ncontext $args"
	err_like "Try 'ncontext --help'" '... with a hint'
done
finish
