#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME start --console --sync --debug, logs, pause, resume, ps, top, control groups, limits, styles.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012,SC2317  # for other shells; set by tap.sh; plain names; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tl1
root=/vservers/tl1
xid=371

init() { # LINE...: the start command, one word per line
	mkdir -p $conf/apps/init
	: > $conf/apps/init/style
	printf '%s\n' "$@" > $conf/apps/init/cmd.start
}
clean() { # WHAT
	poll 5 ctx_gone $xid
	[ ! -e /proc/virtual/$xid ] && [ ! -e /proc/virtnet/$xid ] && [ ! -e /run/vservers/tl1 ] &&
		[ -z "$(find /run/vservers/.lock /run/vservers/.net -type f 2>/dev/null)" ] &&
		[ ! -e /sys/fs/cgroup/vserver ] && ! ip -o addr show | grep -q 10.20.0.71
	ok "$1: no context, run file, lock, group or address is left"
}
run vserver tl1 create "$tar" --ip 10.20.0.71 --context $xid
status 0 "create"

echo "# debug, dry-run, sync"
init /bin/sh -c 'echo "said by init"; (sleep 1000 &); exit 0'
run vserver tl1 start --debug
status 0 "start --debug"
err_like '[0-9.]+ ms  mounts +the fstab.*[0-9.]+ ms  services' "shows each step and its time"
run vserver tl1 logs
out_is "said by init" "logs"
run vserver tl1 stop --debug
err_like '[0-9.]+ ms  tasks .*[0-9.]+ ms  addresses' "stop --debug too"
printf '%s\n' /bin/sh -c 'echo up >> /synced' > $conf/apps/init/cmd.start-sync
run vserver tl1 start --sync
is "$(cat $root/synced)" up "start --sync runs cmd.start-sync"
run vserver tl1 stop --dry-run
status 0 "stop --dry-run"
out_like 'tl1: context 371.*thaw.*tasks.*addresses' "shows its steps"
run vserver tl1 running
status 0 "and leaves it running"
run vserver tl1 stop --dry-run --json
is "$(jq -c '[.guest, .running, .context, .steps[0].step]' <<< "$out")" '["tl1",true,371,"thaw"]' "stop --dry-run --json"
run vserver tl1 start --dry-run --json
is "$(jq -c '[.running, .context, .steps]' <<< "$out")" '[true,371,[]]' "start --dry-run --json of a guest that runs: no steps"
run vserver tl1 stop --json
status 1 "--json alone"
err_like 'stop: --json needs --dry-run' "is refused with the reason"
run vserver tl1 stop
run vserver tl1 start
is "$(cat $root/synced)" up "without --sync it is not run"
run vserver tl1 stop
touch $conf/apps/init/sync
printf '%s\n' /bin/sh -c 'exit 4' > $conf/apps/init/cmd.start-sync
run vserver tl1 start
status 1 "apps/init/sync: it is run always, and its failure is that of start"
err_like '/bin/sh ended with status 4.*start failed at step .sync.' "which says so"
clean "failed sync"
rm $conf/apps/init/sync $conf/apps/init/cmd.start-sync
run vserver tl1 stop --dry-run
out_like 'tl1: not running' "stop --dry-run of a stopped guest"
run vserver tl1 start --dry-run
out_like 'tl1: context 371, network context 371.scripts .*addresses .*  10.20.0.71/24 on eth0.*  init +/bin/sh -c' "start --dry-run"
run vserver tl1 start --dry-run --json
status 0 "start --dry-run --json"
is "$(jq -c '[.guest, .running, .context]' <<< "$out")" '["tl1",false,371]' "tells the guest and its number"
is "$(jq -c '.steps[] | select(.step == "addresses") | .addresses' <<< "$out")" '[{"address":"10.20.0.71","prefix":24,"device":"eth0"}]' "addresses"
is "$(jq -c '.steps[] | select(.step == "context") | .command[0:2], (.steps | map(.step) | index("mounts") != null)' <<< "$out" | tr '\n' ' ')" \
	'["/bin/sh","-c"] true ' "and what its first task does"
ctx_gone $xid; ok "and starts nothing"
run vserver tl1 start --json
status 1 "start --json alone is refused"
run vserver tl1 start --console --nosuch
status 1 "an unknown option"

echo "# logs"
init /bin/sh -c 'printf "one\\033[2Jtwo\\033]0;title\\007\nthree\nfour\n"; (sleep 1000 &); exit 0'
run vserver tl1 start
out_like 'onetwo.three.four' "start shows what is printed, without escape sequences"
run vserver tl1 logs -n 2
out_is "three
four" "logs -n 2"
run vserver tl1 logs --old
out_like 'said by init' "logs --old: that of the run before"
run vserver tl1 logs --json
is "$(jq -c '[.guest, .text]' <<< "$out" | tr '\n' ' ')" '["tl1","onetwo"] ["tl1","three"] ["tl1","four"] ' "logs --json: an object for each line"
is "$(wc -l <<< "$out")" 3 "each on one line"
timeout 20 vserver tl1 logs --follow -n 1 --json < /dev/null > "$tap_tmp/follow" &
poll 5 pgrep -f 'logs --follow'
poll 5 grep -q four "$tap_tmp/follow"; ok "logs --follow --json"
printf 'more\nb\xffd \xc3\xa4\xc2\xad\nno end' >> $root/var/log/vserver-console.log
poll 5 grep -q more "$tap_tmp/follow"; ok "tells what comes"
run vserver tl1 stop
wait $!; is $? 0 "logs --follow ends with the guest"
is "$(jq -r .text "$tap_tmp/follow" | tr '\n' ' ')" $'four more b\xef\xbf\xbdd \xc3\xa4\xc2\xad no end ' "all of it, as UTF-8"
truncate -s -"$(printf 'more\nb\xffd \xc3\xa4\xc2\xad\nno end' | wc -c)" $root/var/log/vserver-console.log
run vserver tl1 logs -n x
status 1 "logs -n x"
run vserver tl1 logs -n 1
out_is four "logs of a stopped guest"
log=$root/var/log/vserver-console.log
for word in red green '' '' blue; do
	init /bin/sh -c "${word:+echo $word;} (sleep 1000 &); exit 0"
	before=$(cat $log)
	run vserver tl1 start
	is "$(cat $log)" "$word" "the log holds '$word' and nothing of earlier runs"
	is "$(cat $log.old)" "$before" "and the old one what the last run said, '$before'"
	is "$(stat -c '%U %a %h %F' $log | cut -d' ' -f1-4)" "root 640 1 regular" "for root alone"
	run vserver tl1 stop
done
echo keep > $root/keep
for trap in link hard fifo open; do
	rm $log.old
	case $trap in
	link) ln -s /keep $log.old ;;
	hard) ln $root/keep $log.old ;;
	fifo) mkfifo $log.old ;;
	open) cp $root/keep $log.old; chmod 666 $log.old ;;
	esac
	init /bin/sh -c "echo $trap; (sleep 1000 &); exit 0"
	run timeout 60 vserver tl1 start
	status 0 "a $trap in place of the old log"
	is "$(cat $root/keep) $(cat $log) $(stat -c %a $log)" "keep $trap 640" "is not used"
	run vserver tl1 stop
done
echo 4096 > $conf/apps/init/logsize
init /bin/sh -c 'i=0; while [ $i -lt 6000 ]; do echo "line $i"; i=$((i + 1)); done; (sleep 1000 &); exit 0'
run vserver tl1 start
run vserver tl1 logs -n 1
out_is "line 5999" "a long text"
[ "$(stat -c %b $root/var/log/vserver-console.log)" -le 24 ]; ok "keeps no more than logsize ($(stat -c %b $root/var/log/vserver-console.log) blocks)"
run vserver tl1 stop
none_watches() { ! pgrep -x vserver-log; }
poll 10 none_watches; ok "who watched the log is gone with the guest"
init /bin/sh -c '(while :; do [ -e /write ] && { rm /write; i=0; while [ $i -lt 6000 ]; do echo "more $i"; i=$((i + 1)); done; }; sleep 0.1; done) & exit 0'
run vserver tl1 start
is "$(pgrep -xc vserver-log)" 1 "apps/init/logsize: the log is watched while it runs"
touch $root/write
wrote() { vserver tl1 logs -n 1 < /dev/null | grep -qx 'more 5999'; }
poll 20 wrote; ok "a long text while it runs"
small() { [ "$(stat -c %b "$root"/var/log/vserver-console.log)" -le 24 ]; }
poll 20 small; ok "is cut to logsize"
like "$(vserver tl1 logs < /dev/null | head -n 2 | tail -n 1)" '^more [0-9]+$' "the last lines are there"
run vserver tl1 restart
one_watches() { [ "$(pgrep -xc vserver-log)" = 1 ]; }
poll 10 one_watches; ok "restart: one watches again, and only one"
[ -z "$(find /run/vservers/.lock -type f)" ]; ok "and holds no lock"
run vserver tl1 stop
poll 10 none_watches; ok "stop ends that too"
rm $root/var/log/vserver-console.log; ln -s /etc/shadow $root/var/log/vserver-console.log
run vserver tl1 logs
status 1 "a link in place of the log is not followed"
err_like 'there is no log' "and said to be none"
rm $root/var/log/vserver-console.log $conf/apps/init/logsize

echo "# console"
init /bin/sh -c 'tty; read a; echo "got $a"; exit 5'
echo fakeinit > $conf/cflags
out=$(printf 'hello\n' | timeout 60 vserver tl1 start --console 2>&1); rc=$?
is $rc 5 "start --console: the status of the init"
like "$out" '/dev/pts/[0-9].*got hello' "has a terminal of its own, with our input"
clean "console"
rm $conf/cflags

echo "# services that all fail"
init /bin/sh -c '(sleep 0.1; exit 1) & exit 0'
run vserver tl1 start
status 1 "start of a guest whose services end at once fails"
err_like '/bin/sh left no process behind' "and says so"
clean "services"
echo fakeinit > $conf/cflags
init /bin/sh -c 'sleep 0.1; exit 1'
run vserver tl1 start
status 1 "an init that ends at once"
err_like '/bin/sh ended at once' "is told"
clean "init"
rm $conf/cflags

echo "# pause, ps, top"
init /bin/sh -c '(while :; do echo x >> /tmp/count; sleep 0.05; done) & exit 0'
run vserver tl1 start
run vserver tl1 ps
status 0 "ps"
out_like 'PID USER +S +VSZ.*[0-9]+ root +[SR] .*/bin/sh' "shows the guest's processes"
[[ $out != *run-suites* ]]; ok "and no others"
run vserver tl1 ps --json
out_like '"user":"root",.*"command":"' "ps --json"
run vserver tl1 top -n 2 -d 0.2
status 0 "top"
out_like 'tl1: [0-9]+ processes?, [0-9.]+ % of a processor.*%CPU +PID' "shows them with their load"
run vserver tl1 top --json
status 0 "top --json"
is "$(jq -c '[.guest, .context, (.processes | length > 0), .processes[0].cpu_permille <= .cpu_permille]' <<< "$out")" '["tl1",371,true,true]' \
	"is one list of processes with their load"
run vserver tl1 top --json -n 2 -d 0.2
is "$(wc -l <<< "$out") $(jq -s 'length' <<< "$out")" "2 2" "two: each on a line of its own"
run vserver tl1 top -n x
status 1 "top -n x"
count() { vserver-info $xid CONTEXT >/dev/null; stat -c %s /proc/"$(pgrep -f 'echo x >> /tmp/count' | head -n 1)"/root/tmp/count; }
run vserver tl1 pause
status 0 "pause"
a=$(count); sleep 0.5; b=$(count)
is "$a" "$b" "nothing runs any more"
run vserver tl1 exec true
status 1 "exec into a paused guest"
err_like 'paused: .vserver tl1 resume. lets it go on' "is refused"
run vserver tl1 pause
status 0 "pause again"
run vserver tl1 resume
status 0 "resume"
grew() { [ "$(count)" -gt "$b" ]; }
poll 10 grew; ok "and it goes on"
run vserver tl1 pause
run vserver tl1 stop
status 0 "stop of a paused guest"
clean "paused"
run vserver tl1 pause
status 1 "pause of a stopped guest"
run vserver tl1 resume
status 1 "resume of a stopped guest"
run vserver tl1 pause junk
status 1 "pause with an argument"
run vserver tl1 resume junk
status 1 "resume with an argument"

echo "# control group and limits"
init /bin/sh -c '(sleep 1000 &); exit 0'
mkdir -p $conf/cgroup $conf/ulimits $conf/ionice $conf/sysctl/a
echo 20 > $conf/cgroup/pids.max
echo 64M > $conf/cgroup/memory.max
echo 100 > $conf/ulimits/nofile.soft
echo 2K > $conf/ulimits/nofile.hard
echo 3 > $conf/ionice/class
echo 7 > $conf/badness
echo kernel.msgmni > $conf/sysctl/a/setting
echo 77 > $conf/sysctl/a/value
msgmni=$(cat /proc/sys/kernel/msgmni)
run vserver tl1 start
status 0 "start with a control group"
is "$(cat /sys/fs/cgroup/vserver/tl1/pids.max /sys/fs/cgroup/vserver/tl1/memory.max | tr '\n' ' ')" "20 67108864 " "its values"
pid=$(pgrep -xo sleep)
is "$(sed -n 's/^0:://p' /proc/"$pid"/cgroup)" /vserver/tl1 "the guest is in it"
is "$(awk '/open files/ { print $4, $5 }' /proc/"$pid"/limits)" "100 2048" "ulimits"
is "$(awk '/Max processes/ { print $3, $4 }' /proc/"$pid"/limits)" "unlimited unlimited" "none of our own session"
is "$(cat /proc/"$pid"/oom_score_adj)" 7 "badness"
is "$(ionice -p "$pid")" idle "ionice"
is "$(vserver tl1 exec cat /proc/sys/kernel/msgmni < /dev/null) $(cat /proc/sys/kernel/msgmni)" "77 $msgmni" "sysctl, the guest's alone"
is "$(vserver tl1 exec cat /proc/self/cgroup < /dev/null | sed -n 's/^0:://p')" /vserver/tl1 "what is run inside is in the group"
is "$(vserver tl1 exec sh -c 'ulimit -n' < /dev/null)" 100 "and has the limits"
run vserver tl1 exec sh -c 'i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i + 1)); done; wait'
err_like 'fork' "pids.max holds a fork bomb"
poll 10 test "$(pgrep -xc sleep)" = 1
run vserver tl1 stop
status 0 "stop"
clean "group"
echo 1 > $conf/cgroup/nosuch.max
run vserver tl1 start
status 1 "an unknown controller"
err_like 'cannot use the controller nosuch' "is told"
clean "unknown controller"
rm $conf/cgroup/nosuch.max
echo junk > $conf/cgroup/pids.max
run vserver tl1 start
err_like "cannot write 'junk' to pids.max of its control group: Invalid argument \(.*/cgroup/pids.max\)" "a bad value"
clean "bad value"
echo kernel.panic > $conf/sysctl/a/setting
run vserver tl1 start
err_like "sysctl/a/setting:1: 'kernel.panic' is not a setting of its own for each guest" "a sysctl of the host"
clean "sysctl"
rm -r $conf/cgroup $conf/ulimits $conf/ionice $conf/sysctl $conf/badness

echo "# a pid space"
if grep -q 'process_pidspace' <(ls "${VS_SUITES:-/rig/suites}/process" 2>/dev/null) && [ -e /proc/sys/kernel/vshelper ]; then
	init /bin/sh -c 'sleep 1000 & wait'
	mkdir $conf/spaces; echo 1 > $conf/spaces/pid
	run vserver tl1 start
	status 1 "spaces/pid with a command that is no init"
	err_like 'spaces/pid: the start command must be the guest.s init' "is refused"
	echo fakeinit > $conf/cflags
	run vserver tl1 start
	status 0 "spaces/pid with an init"
	is "$(vserver tl1 exec sh -c 'tr "\\0" " " < /proc/1/cmdline' < /dev/null)" "/bin/sh -c sleep 1000 & wait " "is process 1 of its own numbers"
	pid=$(vserver tl1 ps --json < /dev/null | jq '.[0].pid')
	[ "$(readlink /proc/"$pid"/ns/pid)" != "$(readlink /proc/self/ns/pid)" ]; ok "in another pid namespace than the host"
	run vserver tl1 exec sh -c 'kill -0 $$ && readlink /proc/self'
	status 0 "exec joins it"
	run vserver tl1 stop
	status 0 "stop"
	clean "pid space"
	rm -r $conf/spaces $conf/cflags
else
	echo "ok $((tap_count += 1)) - pid space # SKIP this kernel stores none"
fi

echo "# styles, found out and named"
rm -r $conf/apps
effective() { vserver tl1 config show --effective < /dev/null | awk -v k="$1" '$1 == k { print $2 }'; }
is "$(effective apps/init/style)" sysv "a guest with /etc/init.d/rc"
mv $root/etc/init.d/rc $root/etc/init.d/rc.away
is "$(effective apps/init/style)" plain "one with /sbin/init alone"
ln -sfn ../lib/systemd/systemd $root/sbin/init
is "$(effective apps/init/style)" systemd "one whose init is a link to systemd"
mkdir -p $root/etc/runit
stand_in() { # PATH: notes its name and arguments, lives as the guest's init
	mkdir -p "$(dirname "$root$1")"
	printf '#!/bin/sh\necho "$0 $*" >> /styles\n[ $$ = 1 ] || exit 0\ntrap "echo term >> /styles; exit 0" TERM INT\nwhile :; do sleep 0.1; done\n' > "$root$1"
	chmod 755 "$root$1"
}
starter() { # PATH: notes its name and arguments, leaves a service
	mkdir -p "$(dirname "$root$1")"
	printf '#!/bin/sh\necho "$0 $*" >> /styles\ncase $1 in shutdown|stop) killall sleep ;; *) sleep 1000 & esac\nexit 0\n' > "$root$1"
	chmod 755 "$root$1"
}
style() { # STYLE EXPECTED
	vserver tl1 config set apps/init/style "$1" < /dev/null
	rm -f $root/styles
	run vserver tl1 start
	status 0 "$1: start"
	run vserver tl1 stop
	status 0 "$1: stop"
	is "$(tr '\n' ' ' < $root/styles)" "$2" "$1: was started and stopped by its own means"
	clean "$1"
}
starter /sbin/openrc
style openrc "/sbin/openrc default /sbin/openrc shutdown "
starter /lib/rcscripts/sh/init-vserver.sh
style gentoo "/lib/rcscripts/sh/init-vserver.sh default /sbin/openrc shutdown "
stand_in /usr/bin/runit
rm -f $root/sbin/runit $root/sbin/runit-init $root/bin/s6-svscan
printf '#!/bin/sh\necho "$0 $*" >> /styles\nkill -TERM 1\n' > $root/usr/bin/runit-init
chmod 755 $root/usr/bin/runit-init
style runit "/usr/bin/runit  /usr/bin/runit-init 0 term "
stand_in /bin/s6-svscan
style s6 "/bin/s6-svscan /run/service term "
stand_in /sbin/minit-start
style minit "/sbin/minit-start  term "
rm $root/sbin/init
stand_in /sbin/init
style plain "/sbin/init  term "
vserver tl1 config set apps/init/runlevel 4 < /dev/null
style plain "/sbin/init 4 term "
starter /etc/rc.multi
printf '#!/bin/sh\necho "$0" >> /styles\nkillall sleep\n' > $root/etc/rc.shutdown
chmod 755 $root/etc/rc.shutdown
style arch "/etc/rc.multi  /etc/rc.shutdown "
run vserver --silent tl1 delete
status 0 "delete"
finish
