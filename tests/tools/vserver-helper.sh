#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vshelper: a guest that calls reboot(2) is restarted or stopped, by itself, by a handler, by a method.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2317  # for other shells; set by tap.sh; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/th1
defs=/etc/vservers/.defaults/apps
xid=411
[ -e /proc/sys/kernel/vshelper ] || { echo "1..0 # SKIP this kernel has no helper"; exit 4; }
old=$(cat /proc/sys/kernel/vshelper)
echo /usr/sbin/vshelper > /proc/sys/kernel/vshelper
mkdir -p $defs/vshelper $defs/vshelper-methods $defs/vshelper-delegate
ln -sfn "$tap_tmp/log" $defs/vshelper/logfile

run vserver th1 create "$tar" --ip 10.20.0.111 --context $xid
mkdir -p $conf/apps/init $conf/apps/vshelper
: > $conf/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
run vserver th1 start
status 0 "start"
first() { vserver th1 ps --json < /dev/null | jq '.[0].pid // 0'; }
gone() { ! vserver th1 running < /dev/null; }
another() { local p; p=$(first); vserver th1 running < /dev/null && [ "$p" != 0 ] && [ "$p" != "$pid" ]; }
call() { vserver th1 exec "$@" < /dev/null > /dev/null 2>&1; }
idle() { ! pgrep -x vshelper; }

pid=$(first)
call reboot -f
poll 20 another; ok "reboot inside restarts the guest"
poll 10 idle
like "$(cat "$tap_tmp/log")" 'vshelper: restart 411' "the log says so"
like "$(ip -o addr show dev eth0)" '10\.20\.0\.111' "with its address"
call poweroff -f
poll 20 gone; ok "poweroff inside stops it"
poll 10 idle
[[ $(ip -o addr show dev eth0) != *10.20.0.111* ]] && [ ! -e /run/vservers/th1 ]; ok "and its address and run file go"
run vserver th1 start
call halt -f
poll 20 gone; ok "so does halt"
poll 10 idle
echo stop > $conf/apps/vshelper/action
run vserver th1 start
call reboot -f
poll 20 gone; ok "action stop: reboot stops it"
poll 10 idle
rm $conf/apps/vshelper/action
printf '#!/bin/sh\necho "$1 $2 $VSERVER" > %s/handled\n' "$tap_tmp" > $conf/apps/vshelper/restart
chmod 755 $conf/apps/vshelper/restart
run vserver th1 start
pid=$(first)
call reboot -f
poll 10 test -s "$tap_tmp/handled"
is "$(cat "$tap_tmp/handled")" "restart 411 th1" "the guest's own handler"
is "$(first)" "$pid" "is all that happens"
chmod 777 $conf/apps/vshelper/restart
poll 10 idle
call reboot -f
poll 20 another; ok "a handler that others may write is not run"
poll 10 idle
rm $conf/apps/vshelper/restart
printf '#!/bin/sh\necho "method $1 $2 $VSERVER" > %s/method\n' "$tap_tmp" > $defs/vshelper-methods/mine
chmod 755 $defs/vshelper-methods/mine
echo mine > $defs/vshelper/action
pid=$(first)
run vshelper restart $xid
status 0 "by hand"
is "$(cat "$tap_tmp/method")" "method restart 411 th1" "a named method for all guests"
echo ../mine > $defs/vshelper/action
run vshelper restart $xid
status 1 "a method by a path is none"
rm $defs/vshelper/action
printf '#!/bin/sh\necho "delegate $1 $2" > %s/delegate\n' "$tap_tmp" > $defs/vshelper-delegate/halt
chmod 755 $defs/vshelper-delegate/halt
run vshelper halt $xid
is "$(cat "$tap_tmp/delegate") $(first)" "delegate halt 411 $pid" "a delegate replaces all"
rm $defs/vshelper-delegate/halt
touch $conf/apps/vshelper/disabled
run vshelper halt $xid
status 0 "disabled for this guest"
rm $conf/apps/vshelper/disabled
touch $defs/vshelper/disabled
run vshelper halt $xid
status 0 "disabled for all"
is "$(first)" "$pid" "nothing happens"
rm $defs/vshelper/disabled
for event in startup netup netdown swsusp restart2; do
	run vshelper $event $xid
	is "$rc $(first)" "0 $pid" "$event: nothing is done"
done
touch $conf/apps/vshelper/debug
run vshelper nosuch $xid
status 1 "an unknown event"
run vshelper restart 412
status 1 "a context that is no guest's"
run vshelper shutdown 412
status 0 "whose end needs nothing"
run vshelper ../x $xid
status 1 "a strange event"
run vshelper restart 0
status 1 "the host is no guest"
run vshelper
status 1 "without arguments"
like "$(cat "$tap_tmp/log")" "unknown event 'nosuch' of context 411.*context 412 is no guest's" "all in the log"
rm $conf/apps/vshelper/debug
poll 10 idle

echo "# during start and stop"
printf '%s\n' /bin/sh -c 'reboot -f; sleep 5' > $conf/apps/init/cmd.stop
begin=$SECONDS
run vserver th1 stop
status 0 "stop of a guest that reboots at its end"
[ $((SECONDS - begin)) -lt 30 ]; ok "does not wait for the time-out ($((SECONDS - begin)) s)"
poll 10 idle
run vserver th1 running
status 1 "and it stays stopped"
rm $conf/apps/init/cmd.stop
echo sc_helper > $conf/cflags
run vserver th1 start
status 0 "sc_helper: the helper is told of begin and end"
vkill --xid $xid -s KILL 0
poll 20 gone
away() { [[ $(ip -o addr show dev eth0) != *10.20.0.111* ]]; }
poll 20 away; ok "a guest that died alone is cleaned up after"
poll 10 idle
run vserver th1 start
status 0 "and can be started again"
run vserver th1 stop
rm $conf/cflags
run vshelper --help
status 0 "--help"
rm -rf $defs/vshelper $defs/vshelper-methods $defs/vshelper-delegate
run vserver --silent th1 delete
echo "$old" > /proc/sys/kernel/vshelper
finish
