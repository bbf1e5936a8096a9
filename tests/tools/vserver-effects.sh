#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Settings that no other test has: what each of them does to a guest that runs.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2317  # for other shells; set by tap.sh; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tk1
root=/vservers/tk1
defs=/etc/vservers/.defaults
xid=491
inside() { vserver tk1 exec "$@" < /dev/null; }
put() { mkdir -p "$conf/$(dirname "$1")"; printf '%s\n' "${@:2}" > "$conf/$1"; }

run vserver tk1 create "$tar" --context $xid
status 0 "create"
mkdir -p $conf/apps/init

echo "# run levels"
cat > $root/etc/init.d/rc << 'X'
#!/bin/sh
echo "$* $RUNLEVEL $PREVLEVEL" >> /levels
case $1 in 0|1|6) killall -q sleep ;; *) sleep 1000 & esac
X
chmod 755 $root/etc/init.d/rc
levels() { rm -f $root/levels; vserver tk1 start < /dev/null > /dev/null; vserver tk1 stop < /dev/null > /dev/null; tr '\n' ';' < $root/levels; }
is "$(levels)" "3 3 N;6 6 3;" "3, and 6 at the end"
put apps/init/runlevel 2
is "$(levels)" "2 2 N;6 6 2;" "runlevel"
put apps/init/runlevel.start 4
put apps/init/runlevel.stop 0
is "$(levels)" "4 4 N;0 0 4;" "runlevel.start and runlevel.stop are stronger"
rm $conf/apps/init/runlevel*

echo "# commands"
: > $conf/apps/init/style
put apps/init/cmd.start /bin/sh -c 'cp /prepared /seen; (sleep 1000 &); exit 0'
put apps/init/cmd.prepare /bin/sh -c 'pwd > prepared; cat /proc/self/comm /etc/hostname >> prepared 2>/dev/null; uname -n >> prepared'
run vserver tk1 start
status 0 "cmd.prepare"
is "$(sed -n '1p;$p' $root/seen | tr '\n' ' ')" "$root $(uname -n) " "is run on the host, in the guest's root, before it starts"
run vserver tk1 stop
put apps/init/cmd.prepare /bin/false
run vserver tk1 start
status 1 "one that fails"
err_like '/bin/false' "fails the start, and is named"
rm $conf/apps/init/cmd.prepare
put apps/init/cmd.start /bin/sh -c '(sleep 1000 &); exit 0'
put apps/init/cmd.stop /bin/sh -c 'echo begin > /stop; sleep 3; echo end >> /stop'
put apps/vshelper/sync-timeout 1
run vserver tk1 start
run vserver tk1 stop
is "$(cat $root/stop)" begin "sync-timeout: the stop command has no more time"
put apps/vshelper/sync-timeout 20
run vserver tk1 start
run vserver tk1 stop
is "$(tr '\n' ' ' < $root/stop)" "begin end " "or enough"
rm -r $conf/apps/vshelper $conf/apps/init/cmd.stop

echo "# how long stop waits"
put apps/init/cmd.start /bin/sh -c '(trap "echo usr1 >> /signals" USR1; trap "echo term >> /signals" TERM; while :; do sleep 0.1; done) & exit 0'
put apps/init/killseq 10 1 15 1 9
run vserver tk1 start
status 0 "start of what ignores signals"
run vserver tk1 stop
status 0 "apps/init/killseq"
is "$(sort -u $root/signals | tr '\n' ' ')" "term usr1 " "each signal in its turn"
put apps/init/killseq 15 20 9
run vserver tk1 start
script -qfc 'vserver tk1 stop' /dev/null < /dev/null > "$tap_tmp/typed" 2>&1 &
says() { grep -aq 'vserver: tk1: stopping, [0-9]* process.* left, [0-9]* of at most 20 s' "$tap_tmp/typed"; }
poll 15 says; ok "on a terminal one sees who is still there and how long it may last"
vkill --xid $xid -s KILL 0
wait $!
like "$(tail -c 5 "$tap_tmp/typed")" $'\033\\[K' "and the line is gone at the end"
put apps/init/cmd.start /bin/sh -c '(sleep 1000 &); exit 0'
rm $conf/apps/init/killseq
run vserver tk1 stop

echo "# scripts"
mkdir -p $conf/scripts/pre-start.d $defs/scripts
log=$tap_tmp/scripts
say() { printf '#!/bin/sh\necho "%s $1 $2 $VSERVER_NAME $VSERVER_DIR $VSERVER_ROOT" >> %s\n' "$1" "$log" > "$2"; chmod "${3:-755}" "$2"; }
say own $conf/scripts/pre-start
for n in 20-b 10-a 30-c~ .hidden 40-d.dpkg-old; do say $n $conf/scripts/pre-start.d/$n; done
printf 'X=1\necho "shell $1 $2 ${BASH_VERSION:+bash}" >> %s\n' "$log" > $conf/scripts/pre-start.d/50-shell
printf 'echo "then ${X:-nothing}" >> %s\n' "$log" > $conf/scripts/pre-start.d/60-then
say default-pre $defs/scripts/pre-start
say default-post $defs/scripts/post-start
run vserver tk1 start
status 0 "start"
at="pre-start tk1 tk1 $conf $root"
is "$(cat "$log")" "own $at
10-a $at
20-b $at
shell pre-start tk1 bash
then nothing
default-post post-start tk1 tk1 $conf $root" \
	"the guest's, those of FLAVOR.d in order, what is not executable in a shell of its own; .defaults only where the guest has none"
run vserver tk1 stop
printf '#!/bin/sh\nexit 9\n' > $conf/scripts/pre-start.d/20-b
run vserver tk1 start
status 1 "a script that fails"
err_like 'scripts/pre-start\.d/20-b failed with status 9' "is named"
printf '#!/bin/sh\nexit 9\n' > $defs/scripts/pre-stop; chmod 755 $defs/scripts/pre-stop
rm -r $conf/scripts
run vserver tk1 start
run vserver tk1 stop
err_like 'scripts/pre-stop failed with status 9' "at stop it is told"
run vserver tk1 running
status 1 "but the guest stops"
rm -r $defs/scripts

echo "# names, priorities, limits"
put uts/release 5.4.0-guest
put uts/version '\#1 SMP guest'
put uts/machine i686
put ionice/class 2
put ionice/priority 6
put personality linux32
put rlimits/nproc.hard 50
put rlimits/nproc.soft 40
put cpuset/cpus 1
put cpuset/mems 0
put cgroup/name mine
run vserver tk1 start
status 0 "start"
is "$(inside uname -rvm)" "5.4.0-guest #1 SMP guest i686" "uts/release, version, machine"
pid=$(pgrep -xn sleep)
is "$(ionice -p "$pid")" "best-effort: prio 6" "ionice/priority"
is "$(cat /proc/"$pid"/personality)" 00000008 "personality"
like "$(vlimit --xid $xid -ad)" 'nproc +N/A +40 +50' "rlimits/RES.hard, .soft"
is "$(sed -n 's/^0:://p' /proc/"$pid"/cgroup)" /vserver/mine "cgroup/name"
is "$(cat /sys/fs/cgroup/vserver/mine/cpuset.cpus /sys/fs/cgroup/vserver/mine/cpuset.mems | tr '\n' ' ')" "1 0 " "cpuset/cpus, cpuset/mems"
is "$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/"$pid"/status)" 1 "hold"
run vserver tk1 stop
status 0 "stop"
[ ! -e /sys/fs/cgroup/vserver ]; ok "and the group is gone"
rm -r $conf/uts $conf/ionice $conf/personality $conf/rlimits $conf/cpuset $conf/cgroup
mkdir -p $defs/cgroup
echo 70 > $defs/cgroup/pids.max
run vserver tk1 start
is "$(cat /sys/fs/cgroup/vserver/tk1/pids.max)" 70 ".defaults/cgroup is for each guest"
run vserver tk1 stop
: > $conf/nocgroup
run vserver tk1 start
[ ! -e /sys/fs/cgroup/vserver ]; ok "but for one with nocgroup"
run vserver tk1 stop
rm -r $defs/cgroup $conf/nocgroup

echo "# handlers of events"
mkdir -p $conf/apps/vshelper
run vserver tk1 start
for event in restart halt poweroff swsusp restart2 startup shutdown netup netdown; do
	printf '#!/bin/sh\necho "$1 $2 $VSERVER" > %s/event\n' "$tap_tmp" > $conf/apps/vshelper/$event
	chmod 755 $conf/apps/vshelper/$event
	rm -f "$tap_tmp/event"
	run vshelper $event $xid
	is "$rc $(cat "$tap_tmp/event" 2>&1)" "0 $event $xid tk1" "apps/vshelper/$event"
done
run vserver tk1 running
status 0 "the guest still runs"
run vserver tk1 stop
rm -r $conf/apps/vshelper

echo "# shells"
run vserver tk1 start
shell_is() { like "$(printf 'echo "shell=$0"\nexit 4\n' | vserver tk1 enter; echo "status=$?")" "shell=$1.*status=4" "$2"; }
shell_is -sh "enter: the user's"
echo /bin/ash > $defs/shell
shell_is -ash ".defaults/shell"
put shell /bin/sh
shell_is -sh "shell"
rm $conf/shell $defs/shell
run vserver tk1 stop
run vserver --silent tk1 delete
status 0 "delete"
finish
