#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vkill and vwait: contexts 381 and 382.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits vkill 255
habits vwait 127

wait_for() {	# ARGS OF vwait: status line in $out, status in $rc
	run vwait --status-fd 1 "$@"
}

in_context 381 sh -c 'trap "echo >'"$tap_tmp"'/usr1" USR1; while :; do sleep 0.1; done'
sleep 0.3
run vkill -s SIGUSR1 "$task"
status 0 'a signal to a process, its context found'
poll 5 test -e "$tap_tmp/usr1"
ok '... arrives'
run vkill --xid 381 -s HUP 1
status 1 'no init is recorded'
err_is 'vkill: cannot send signal 1 to process 1: no such process in the context, or no such context' '... in words'
run vkill --xid 381 $$
status 1 'a process that is not in the context is not reached'
kill -0 $$
ok '... and lives'
run vkill $$
status 1 'a process of the host'
err_is "vkill: process $$ is in no context: kill(1) is for the host" '... in words'
for sig in BUS PWR SYS RTMIN RTMIN+4 RTMAX-2 sigterm IOT cld 31; do
	run vkill -s "$sig" --xid 399
	err_like "^vkill: cannot send signal [0-9]+ to context 399: no such process" "signal $sig is known"
done
for sig in FOO 65 RTMIN+99 9x -1; do
	run vkill -s "$sig" --xid 381
	status 255 "signal $sig is not"
done
run vkill --xid 381 "$task" nonsense
status 255 'a PID that is no number: 255'
err_is "vkill: process 'nonsense' is not a number" '... in words'
kill -0 "$task"
ok '... and nothing was sent'
run vkill
status 255 'neither context nor process: 255'

wait_for --timeout 0.2 381
status 2 'vwait: time-out'
out_is TIMEOUT '... in the status line'
wait_for --timeout 0.1 --terminate 381
status 1 'vwait --terminate'
out_is KILLED '... kills'
ctx_gone 381
ok '... and the context is gone'

# A context that is gone before the wait for its end begins was killed all the same.
killed=0
for _ in $(seq 20); do
	in_context 381 sleep 1000
	wait_for --timeout 0 --terminate 381
	[ "$rc $out" != '1 KILLED' ] || killed=$((killed + 1))
	poll 5 ctx_gone 381
done
test "$killed" = 20
ok '... however quickly it dies'

in_context 382 sleep 1000
run vkill --ctx 382 --signal 0
status 0 '--ctx is --xid'
run vwait --ctx 382 --timeout 0.1
status 2 '... of vwait, too'
err_is '' '... which says nothing without --status-fd'
run vwait --status-fd 1 --timeout 0.1 --terminate --xid 382
is "$rc $out" '1 KILLED' 'vwait --xid instead of an argument'
run vwait --xid 382 382
status 127 '... but not both'

in_context 382 sh -c 'sleep 1; exit 7'
wait_for 382
status 0 'vwait: the end'
out_is 'FINISHED 7' '... with the exit code'
in_context 382 sleep 1000
(sleep 0.5; vkill --xid 382 -s 9) &
wait_for 382
out_is 'FINISHED 137' 'ended by signal 9'
in_context 382 sleep 1000
run vkill -s 0 --xid 382
status 0 'signal 0 asks whether there is anybody'
sleep 0.2
ctx_exists 382
ok '... and hurts nobody'
vkill -s KILL --xid 382
poll 10 ctx_gone 382
run vkill -s 0 --xid 382
status 1 'signal 0 to a context that is gone'
run vwait --status-fd 1 399
status 127 'no such context: 127'
out_is 'ERROR 3' '... with the errno'
err_is 'vwait: cannot wait for context 399: no such context' '... in words'
for args in '' '--timeout x 382' '--terminate 382' '382 383' '--status-fd x 382'; do
	# shellcheck disable=SC2086
	run vwait $args
	status 127 "refused: vwait $args"
done
finish
