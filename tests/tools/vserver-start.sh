#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME start, stop, restart, status: order of steps, undo of each, time limits, what is left.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2012,SC2154  # for other shells; plain names; set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/ts1
root=/vservers/ts1
xid=321

init() { # LINE...: the start command, one word per line
	: > $conf/apps/init/style
	printf '%s\n' "$@" > $conf/apps/init/cmd.start
}
tasks() { grep -ls "^VxID:[[:space:]]*$xid\$" /proc/[0-9]*/status | wc -l; }
addresses() { ip -o addr show | awk '{ print $2, $4 }' | grep -v fe80 | sort; }
clean() { # WHAT
	local left
	left=$(tasks)
	[ ! -e /proc/virtual/$xid ] && [ ! -e /proc/virtnet/$xid ] && [ "$left" = 0 ] &&
		[ ! -e /run/vservers/ts1 ] && [ -z "$(find /run/vservers/.lock /run/vservers/.net -type f 2>/dev/null)" ] &&
		[ "$(addresses)" = "$addresses0" ] && [ "$(cut -d' ' -f1-3 /proc/self/mounts)" = "$mounts0" ]
	ok "$1: no context, task, run file, lock, address or mount is left"
}

run vserver ts1 build -m template --context $xid --hostname ts1 --interface eth0:10.20.0.21/24 \
	--interface eth0:fd20::21/64 -- -t "$tar"
status 0 "build"
addresses0=$(addresses) mounts0=$(cut -d' ' -f1-3 /proc/self/mounts)

echo "# start and stop"
init /bin/sleep 1000

echo fakeinit > $conf/cflags
run vserver --dry-run ts1 start
status 0 "--dry-run"
out_like '10\.20\.0\.21/24 on eth0.*init +/bin/sleep 1000' "tells addresses and command"
clean "and does nothing"
run vserver ts1 start
status 0 "start"
is "$(cat /run/vservers/ts1)" $xid "the run file holds the xid"
run vserver ts1 status
status 0 "status"
out_like "^Vserver 'ts1' is running at context '$xid'.Number of processes: 1.Uptime: 00:0[0-9]\$" "with its three lines"
run vserver ts1 status --json
out_like '"tasks":1,.*"running":true' "and as JSON"
run vserver ts1 running
status 0 "running"
run vserver $xid status
status 0 "by the number of the context"
run vserver ts1 start
status 0 "a second start"
err_like 'already running in context 321' "warns"
run ip -o addr show dev eth0
out_like '10\.20\.0\.21/24' "the IPv4 address is on eth0"
out_like 'fd20::21/64' "the IPv6 address too"
[[ $out =~ fd20::21/64[^$'\n']*tentative ]]; is $? 1 "and usable at once"
is "$(grep -c ' /vservers/ts1' /proc/self/mounts)" 0 "the host sees no mount of the guest"
deep=$(printf 'd/%.0s' {1..60})
mkdir -p "$root/var/run/$deep$deep" && : > "$root/var/run/${deep}f"
out=$(trap '' HUP USR1; vserver ts1 restart 2>&1 < /dev/null); rc=$?
status 0 "restart by who ignores signals, with a deep tree of leftovers"
is "$(awk '/^Sig(Blk|Ign|Cgt)/ { print $2 }' "/proc/$(pgrep -x sleep)/status" | sort -u)" 0000000000000000 \
	"the init ignores, blocks and handles none"
[ -d "$root/var/run/$deep" ] && [ ! -e "$root/var/run/${deep}f" ]; ok "what was left behind is gone"
rm -r "$root/var/run/d"
pid=$(grep -ls "^VxID:[[:space:]]*$xid\$" /proc/[0-9]*/status | cut -d/ -f3)
is "$(readlink /proc/"$pid"/root)" / "its root is the root of its own mounts"
is "$(cut -d' ' -f2,3 /proc/"$pid"/mounts | tr '\n' ' ')" "/ ext4 /proc proc /tmp tmpfs /dev/pts devpts " "and these are all"
is "$(ls /proc/"$pid"/fd | tr '\n' ' ')" "0 1 2 " "three descriptors"
is "$(tr '\0' ' ' < /proc/"$pid"/environ)" "PATH=/bin:/usr/bin:/sbin:/usr/sbin " "the environment is the default"
is "$(cut -d' ' -f6 /proc/"$pid"/stat)" "$pid" "a session of its own"
is "$(readlink /proc/"$pid"/cwd)" / "in its root directory"
is "$(sed -n 's/^BCaps:[[:space:]]*//p' /proc/virtual/$xid/status)" 00000000b44c04ff "the secure set of capabilities, nothing beyond 31"
is "$(sed -n 's/^CCaps:[[:space:]]*//p' /proc/virtual/$xid/status)" 0000000000004101 "the secure context capabilities"
is "$(sed -n 's/^Flags:[[:space:]]*//p' /proc/virtual/$xid/status)" 0000000402020010 "flags: set-up is over, an init was chosen"
begin=$SECONDS
run vserver ts1 stop
status 0 "stop of an init that ignores the signal"
[ $((SECONDS - begin)) -lt 30 ]; ok "ends before the time-out ($((SECONDS - begin)) s)"
clean "stop"
run vserver ts1 stop
status 0 "a second stop"
err_like 'not running' "warns"

echo "# settings"
rm -f $conf/cflags
init /bin/sh -c 'echo "hello $A"; (sleep 1000 &) ; exit 0'
mkdir -p $conf/apps/init $conf/scripts
printf '# a comment\nA=one two\nPATH=/bin\n' > $conf/apps/init/environment
echo 'sys_time,~sys_ptrace' > $conf/bcapabilities
echo 'binary_mount' > $conf/ccapabilities
printf 'virt_load\n!virt_uptime\n' > $conf/cflags
echo 5 > $conf/nice
echo example.org > $conf/uts/domainname
echo Guestix > $conf/uts/sysname
for s in initialize prepre-start pre-start post-start pre-stop post-stop postpost-stop; do
	printf '#!/bin/sh\necho "$1 $2 $(pwd) $(ip -o addr show dev eth0 | grep -c 10.20.0.21) $(grep -c " /vservers/ts1/tmp " /proc/self/mounts) $(ls -d /proc/virtual/%s 2>/dev/null | wc -l)" >> %s\n' \
		$xid "$tap_tmp/scripts" > $conf/scripts/$s
	chmod 755 $conf/scripts/$s
done
run vserver ts1 start
status 0 "start with many settings"
out_like 'hello one two' "environment, and the output of the start command"
sleeper=$(pgrep -x sleep)
is "$(sed -n 's/^BCaps:[[:space:]]*//p' /proc/virtual/$xid/status)" 00000000b64404ff "bcapabilities on top of the preset"
is "$(sed -n 's/^CCaps:[[:space:]]*//p' /proc/virtual/$xid/status)" 0000000000044101 "ccapabilities too"
is "$(sed -n 's/^Flags:[[:space:]]*//p' /proc/virtual/$xid/status)" 0000000602080010 "cflags, and no init chosen"
is "$(ps -o ni= -p "$sleeper" | tr -d ' ')" 5 "nice"
is "$(vserver ts1 exec uname -s < /dev/null)" Guestix "uts/sysname"
is "$(vserver ts1 exec cat /proc/sys/kernel/domainname < /dev/null)" example.org "uts/domainname"
is "$(vserver ts1 exec hostname < /dev/null)" ts1 "uts/nodename"
run vserver ts1 stop
status 0 "stop"
is "$(cat "$tap_tmp/scripts")" "initialize ts1 $conf 0 0 0
prepre-start ts1 $conf 0 0 0
pre-start ts1 $root 1 1 0
post-start ts1 $root 1 0 1
pre-stop ts1 $root 1 0 1
post-stop ts1 $root 1 0 0
postpost-stop ts1 $conf 0 0 0" "each script: when, where, what is there"
clean "stop"
rm -f $conf/scripts/* $conf/bcapabilities $conf/ccapabilities $conf/cflags $conf/nice

echo "# failures, each undone"
init /bin/sh -c '(sleep 1000 &); exit 0'
fails() { # WHAT REGEX
	run vserver ts1 start
	status 1 "$1: start fails"
	err_like "$2" "$1: says why and where"
	clean "$1"
}
put() { cp -a "$conf/$1" "$tap_tmp/saved" 2>/dev/null; printf '%s\n' "$2" > "$conf/$1"; }
back() { rm -f "$conf/$1"; [ ! -e "$tap_tmp/saved" ] || mv "$tap_tmp/saved" "$conf/$1"; }
put interfaces/1/dev nosuch0
fails "no such device" 'cannot add fd20::21/64 to nosuch0: no such network device \(.*/interfaces/1/dev:1\)'
back interfaces/1/dev
put interfaces/0/ip 10.20.0.999
fails "bad address" 'interfaces/0/ip:1: .*10\.20\.0\.999'
back interfaces/0/ip
put interfaces/0/prefix 40
fails "bad prefix" 'interfaces/0/prefix:1: '
back interfaces/0/prefix
put fstab 'nothing /nosuch tmpfs defaults 0 0'
fails "no place to mount" 'cannot mount nothing on /nosuch: No such file or directory \(.*/fstab:1\)'
printf '\n# x\nproc /proc proc nosuchoption 0 0\n' > $conf/fstab
fails "unknown mount option" 'cannot mount proc on /proc: .*nosuchoption.*fstab:3\)'
printf 'proc /proc nosuchfs defaults 0 0\n' > $conf/fstab
fails "unknown file system" 'no such file system'
printf 'proc /proc\n' > $conf/fstab
fails "short line" 'fstab:1: a mount needs'
back fstab
put cflags nosuchflag
fails "unknown flag" 'cflags.*nosuchflag'
back cflags
put bcapabilities nosuchcap
fails "unknown capability" 'bcapabilities.*nosuchcap'
back bcapabilities
put apps/init/style nosuch
rm -f $conf/apps/init/cmd.start
fails "unknown style" 'apps/init/style:1: unknown init style .nosuch.'
init /nosuch/command
fails "no such command" 'cannot run /nosuch/command in the guest: No such file'
init /bin/true
fails "a command that leaves nothing" '/bin/true left no process behind'
init /bin/sh -c '(sleep 1000 &); exit 0'
printf '#!/bin/sh\nexit 3\n' > $conf/scripts/post-start
chmod 755 $conf/scripts/post-start
fails "script post-start" 'scripts/post-start failed with status 3'
mv $conf/scripts/post-start $conf/scripts/pre-start
fails "script pre-start" 'scripts/pre-start failed with status 3'
mv $conf/scripts/pre-start $conf/scripts/initialize
fails "script initialize" 'scripts/initialize failed with status 3'
chmod 777 $conf/scripts/initialize
fails "script that anybody may write" 'may be written by others'
rm $conf/scripts/initialize
chmod 777 $conf
fails "configuration that anybody may write" 'may be written by others'
chmod 755 $conf
put context 70000
fails "number out of range" 'context.*70000'
back context
mv $root/dev/null $root/dev/null.away
fails "guest without null device" 'cannot open /dev/null in the guest'
ln -s /tmp $root/dev/null
fails "link for a null device" '/dev/null in the guest'
mv -T $root/dev/null.away $root/dev/null
mv $root $root.away
fails "no root directory" 'root directory'
mv $root.away $root
init /bin/sh -c 'sleep 1000'
vserver ts1 start < /dev/null > /dev/null 2> "$tap_tmp/err" &
poll 10 test -e /run/vservers/ts1
poll 10 pgrep -x sleep
kill -INT $!
wait $!
is $? 1 "start that is interrupted fails"
clean "interrupted"
vserver ts1 start < /dev/null > /dev/null 2>&1 &
poll 10 pgrep -x sleep
kill -KILL $!
wait $! 2>/dev/null
poll 5 vserver ts1 running; ok "a start that is killed may leave a running guest"
run vserver ts1 stop
status 0 "which stop ends"
clean "killed"

mkdir -p $conf/scripts
printf '#!/bin/sh\nexec sleep 76\n' > $conf/scripts/pre-start
chmod 755 $conf/scripts/pre-start
vserver ts1 start < /dev/null > /dev/null 2> "$tap_tmp/err" &
poll 10 pgrep -fx 'sleep 76'
kill -TERM $!
wait $!
is $? 1 "start that is interrupted while its first task runs a script fails"
clean "interrupted early"
pgrep -fx 'sleep 76' > /dev/null; is $? 1 "and the script with it"
rm -r $conf/scripts

echo "# the run level"
init /bin/sh -c '(sleep 1000 &); exit 0'
mkdir -p $root/var/run/sub
echo keep > $root/keep
level() { od -A n -t c -N 12 $root/var/run/utmp | tr -d ' \n'; }
for way in none same long link hard; do
	rm -f $root/var/run/utmp
	touch $root/var/run/old.pid $root/var/run/sub/old.pid $root/var/run/.hidden
	case $way in
	same) head -c 384 /dev/zero > $root/var/run/utmp ;;
	long) head -c 3840 /dev/zero | tr '\0' x > $root/var/run/utmp ;;
	link) ln -s /keep $root/var/run/utmp ;;
	hard) ln $root/keep $root/var/run/utmp ;;
	esac
	run vserver ts1 start
	status 0 "start with utmp: $way"
	is "$(level) $(stat -c '%F %s %h' $root/var/run/utmp)" '001\0\0\03N\0\0~\0\0\0 regular file 384 1' "holds the run level and nothing else"
	is "$(find $root/var/run/ ! -type d | sed 's|.*/||')" utmp "and is alone in /var/run"
	run vserver ts1 stop
done
is "$(cat $root/keep)" keep "what it was a name of is as it was"

echo "# addresses that are shared"
ip addr add 10.20.0.21/24 dev eth0
addresses1=$(addresses)
init /bin/sh -c '(sleep 1000 &); exit 0'
run vserver ts1 start
status 0 "an address that the host has already"
run vserver ts1 stop
is "$(addresses)" "$addresses1" "stays on the host"
ip addr del 10.20.0.21/24 dev eth0
run vserver ts2 build -m clone --context 322 --interface eth0:10.20.0.21/24 -- -s ts1
: > /etc/vservers/ts2/apps/init/style
cp $conf/apps/init/cmd.start /etc/vservers/ts2/apps/init/
run vserver ts1 start
run vserver ts2 start
status 0 "a second guest with the same address"
run vserver ts1 stop
like "$(addresses)" '10\.20\.0\.21/24' "keeps it when the first stops"
run vserver ts2 stop
clean "both"
echo 10.20.0.22 > /etc/vservers/ts2/interfaces/0/ip
run vserver ts1 start
run vserver ts2 start
run vserver ts1 stop
like "$(addresses)" '10\.20\.0\.22/24' "another address of the subnet outlives the first"
run vserver --silent ts2 delete
status 0 "delete stops a running guest"
clean "deleted"

echo "# where every mount is shared, as systemd has it"
mount --make-rshared /
init /bin/sh -c '(sleep 1000 &); exit 0'
run vserver ts1 start
status 0 "start"
is "$(cut -d' ' -f1-3 /proc/self/mounts)" "$mounts0" "no mount of the guest appears on the host"
is "$(vserver ts1 exec cat /proc/mounts < /dev/null | wc -l)" 4 "nor one of the host in the guest"
run vserver ts1 stop
clean "shared mounts"
mount --make-rprivate /

echo "# contexts of special kinds"
echo persistent > $conf/cflags
echo persistent > $conf/nflags
run vserver ts1 start
status 0 "a persistent guest"
run vserver ts1 stop
clean "persistent"
echo private > $conf/cflags
rm $conf/nflags
run vserver ts1 start
status 0 "a private guest"
run vserver ts1 exec true
status 1 "exec into it fails"
err_like 'cannot enter' "and says so"
run vserver ts1 stop
clean "private"
rm $conf/cflags

echo "# stop"
limit() { # WHAT
	local begin=$SECONDS
	run vserver ts1 stop
	status 0 "$1: stop"
	[ $((SECONDS - begin)) -lt 30 ]; ok "$1: before the time-out ($((SECONDS - begin)) s)"
	clean "$1"
}
init /bin/sh -c 'for i in 1 2 3; do (trap "" TERM INT HUP; while :; do sleep 1; done) & done; exit 0'
run vserver ts1 start
limit "tasks that ignore everything"
printf '%s\n' /bin/sleep 1000 > $conf/apps/init/cmd.stop
run vserver ts1 start
limit "a stop command that hangs"
printf '%s\n' /nosuch > $conf/apps/init/cmd.stop
run vserver ts1 start
limit "a stop command that does not exist"
printf '%s\n' /bin/sh -c 'echo "$RUNLEVEL $PREVLEVEL" > /stopped; sleep 0' > $conf/apps/init/cmd.stop
run vserver ts1 start
limit "a stop command that works"
is "$(cat $root/stopped)" "6 3" "had the run levels"
rm $conf/apps/init/cmd.stop
# Each ends at once and is followed by two, up to a number that the machine can bear: nothing limits a guest's tasks.
init /bin/sh -c 'f() { trap "" TERM; while :; do (:) & (:) & wait; done; }; for i in $(seq 30); do f & done; exit 0'
run vserver ts1 start
limit "a storm of forks"
init /bin/sh -c '(sleep 1000 &); exit 0'
run vserver ts1 start
vkill --xid $xid -s KILL 0
poll 5 ctx_gone $xid
run vserver ts1 status
status 3 "a guest that died is stopped"
like "$(addresses)" '10\.20\.0\.21/24' "its address is still there"
run vserver ts1 stop
clean "stop of a dead guest"
run vserver ts1 start
vkill --xid $xid -s KILL 0
poll 5 ctx_gone $xid
run vserver ts1 start
status 0 "start of a guest that died"
rm /run/vservers/ts1
run vserver ts1 start
status 0 "start of a guest that runs and whose run file was lost"
err_like 'run file /run/vservers/ts1 was lost, written again' "says so"
is "$(cat /run/vservers/ts1)" "$xid" "and has it again"
: > /run/vservers/ts1
run vserver ts1 start
is "$err" "vserver: ts1: warning: already running in context $xid" "one that is empty is there"
rm /run/vservers/ts1
run vserver ts1 stop
status 0 "stop of a guest whose run file was lost"
mv $conf/run "$tap_tmp/run.link"
run vserver ts1 start
status 0 "start without a link to the run file"
run vserver ts1 start
is "$err" "vserver: ts1: warning: already running in context $xid" "once more: nothing was lost"
is "$(cat /run/vservers/ts1)" "$xid" "it is where all are"
vkill --xid $xid -s KILL 0
poll 5 ctx_gone $xid
run vserver ts1 start
err_like 'removing stale run file /run/vservers/ts1' "one that is not true is found there"
run vserver ts1 stop
is "$err" "" "stop says nothing"
mv "$tap_tmp/run.link" $conf/run
clean "lost run file"
run vserver ts1 start
old=$(vserver-info $xid INITPID 2>/dev/null; pgrep -x sleep)
run vserver ts1 restart
status 0 "restart"
[ "$(vserver-info $xid INITPID 2>/dev/null; pgrep -x sleep)" != "$old" ]; ok "has new tasks"
for _ in 1 2 3 4; do vserver ts1 restart < /dev/null > /dev/null 2>&1 & done
wait
run vserver ts1 running
status 0 "four restarts at once: it runs"
is "$(tasks)" 1 "once"
run vserver ts1 stop
clean "four restarts"
run vserver ts1 condrestart
status 0 "condrestart of a stopped guest"
run vserver ts1 running
status 1 "leaves it stopped"
run vserver ts1 start --rescue /bin/sleep 500
status 0 "start --rescue"
is "$(pgrep -xa sleep | cut -d' ' -f2-)" "/bin/sleep 500" "runs the command"
run vserver ts1 stop
clean "rescue"
run vserver ts1 stop junk
status 1 "stop with an argument is refused"
run vserver ts1 nosuch
status 2 "an unknown command: status 2"
err_like "unknown command 'nosuch'
Usage: vserver \[OPTIONS\] NAME COMMAND" "and the known ones"
run vserver ts1 strat
err_like "unknown command 'strat', did you mean 'start'\?" "a word that is nearly right"
run vserver ts1 doctor
status 2 "a command of the host"
err_like "'doctor' is not for a guest: vserver doctor" "is told to be one"
run vserver nosuch start
status 5 "an unknown guest: status 5"
err_like "there is no guest 'nosuch' in /etc/vservers
.vserver list. shows the guests, .vserver nosuch create SOURCE. makes one" "what to do is told"
run vserver ts11 start
err_like "Did you mean 'ts1'\?" "a name that is nearly right"
run vserver --nosuch ts1 start
status 1 "an unknown option: status 1"
run vserver --silent ts1 delete
status 0 "delete"
finish
