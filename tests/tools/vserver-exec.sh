#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME exec, suexec, enter: status, input and output, users, terminals, what enters with a task.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2012,SC2154  # for other shells; plain names; set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/te1
root=/vservers/te1
xid=341

g() { vserver te1 exec "$@"; }
# Runs a command line on a terminal of its own, without carriage returns.
on_tty() { script -qec "$1" /dev/null < /dev/null | tr -d '\r' | sed 's/^^@//'; return "${PIPESTATUS[0]}"; }

run vserver te1 build -m template --context $xid --hostname te1 --interface eth0:10.20.0.41/24 -- -t "$tar"
status 0 "build"
: > $conf/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 10000 &); exit 0' > $conf/apps/init/cmd.start
run g true
status 1 "exec in a stopped guest"
err_like 'not running' "says so"
run vserver te1 start
status 0 "start"

echo "# status"
run g true; status 0 "0"
run g sh -c 'exit 7'; status 7 "7"
run g sh -c 'kill -9 $$'; status 137 "killed by signal 9"
run g sh -c 'kill -TERM $$'; status 143 "by signal 15"
run g nosuch; status 127 "no such command"
err_like '^vserver: te1: cannot run nosuch in the guest: No such file' "with a message"
run g /etc/passwd; status 126 "a file that is no program"
run vserver te1 exec; status 1 "no command"
run vserver te1 exec -- true; status 0 "-- before the command"
vserver te1 exec sleep 555 < /dev/null & p=$!
poll 10 pgrep -f '^sleep 555'
kill -TERM $p
wait $p; is $? 143 "a signal is passed on"
poll 5 sh -c '! pgrep -f "^sleep 555"'; ok "and ends the task inside"

echo "# input and output"
is "$(echo hello | g cat | cat)" hello "pipes"
head -c 3000000 /dev/urandom > "$tap_tmp/big"
is "$(g cat < "$tap_tmp/big" | md5sum)" "$(md5sum < "$tap_tmp/big")" "3 MB from a file to a pipe"
# shellcheck disable=SC2002  # a pipe is what is wanted
cat "$tap_tmp/big" | g cat > "$tap_tmp/big2"
cmp "$tap_tmp/big" "$tap_tmp/big2"; ok "and from a pipe to a file"
echo first > "$tap_tmp/log"
g echo second >> "$tap_tmp/log"
is "$(cat "$tap_tmp/log")" "first
second" "appending"
run g sh -c 'echo out; echo err >&2'
is "$out|$err" "out|err" "output and errors apart"
is "$(g sh -c 'sleep 0.2; echo late' | cat)" late "output at the end"
is "$(timeout 10 vserver te1 exec sh -c '(sleep 8 > /dev/null 2>&1 &) ; echo done' | cat)" "done" "a task left behind does not hold it up"
pkill -f '^sleep 8'
is "$(g sh -c 'cat; echo end' <&- 2>&1)" end "closed input"
is "$(g head -c 5 < /dev/zero | wc -c)" 5 "a device for input is pumped"
is "$(g yes | head -n 1)" y "a reader that goes away"
is "$(g sh -c 'stat -L -c %d:%i /dev/stdin' < /dev/null)" "$(g stat -c %d:%i /dev/null < /dev/null)" "/dev/null is the guest's own"
g sh -c 'chmod 600 /dev/stdin' < /dev/null
is "$(stat -c %a /dev/null)" 666 "so that the host's cannot be changed"
g chmod 666 /dev/null < /dev/null

echo "# what comes along"
run env -i PATH="$PATH" SECRET=1 LD_PRELOAD=/nosuch HOME=/host TERM=vt100 LANG=C LC_ALL=C BASH_ENV=/x IFS=x vserver te1 exec env
is "$(echo "$out" | sort)" "HOME=/root
LANG=C
LC_ALL=C
LOGNAME=root
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SHELL=/bin/sh
TERM=vt100
USER=root" "the environment is built anew"
exec 9< /etc/shadow 8<>"$tap_tmp/log"
is "$(g ls /proc/self/fd < /dev/null | tr '\n' ' ')" "0 1 2 3 " "no descriptor (3 is ls itself)"
exec 9<&- 8<&-
is "$(cd /tmp && g pwd < /dev/null)" / "the working directory is /"
is "$(g sh -c 'cat /proc/$$/stat' < /dev/null | awk '{ print ($1 == $6) }')" 1 "a session of its own"
is "$(g grep -E '^(VxID|NxID)' /proc/self/status < /dev/null | tr -s '[:space:]' ' ')" "VxID: $xid NxID: $xid " "both contexts"
is "$(g grep CapInh /proc/self/status < /dev/null | cut -f2)" 0000000000000000 "nothing inheritable"
is "$(umask 077; g sh -c umask < /dev/null)" 0022 "umask"
is "$(trap '' USR1 PIPE; g grep SigIgn /proc/self/status < /dev/null | cut -f2)" 0000000000000000 "no ignored signals"
is "$(g hostname < /dev/null)" te1 "host name"
is "$(g ls /vservers 2>&1 < /dev/null)" "ls: /vservers: No such file or directory" "its own root"

echo "# users"
run vserver te1 suexec user id
out_is "uid=1000(user) gid=1000(user) groups=29(audio),1000(user)" "a name, with all groups"
run vserver te1 suexec 1000 id
out_is "uid=1000(user) gid=1000(user) groups=29(audio),1000(user)" "a number"
run vserver te1 suexec 4711 id
out_like '^uid=4711 gid=4711' "a number without entry keeps no group of ours"
run vserver te1 suexec nosuchuser id
status 1 "a name without entry"
err_like "no user 'nosuchuser'" "is told"
run vserver te1 suexec user env
out_like 'HOME=/home.*USER=user' "home and name in the environment"
[[ $out == *sbin* ]]; is $? 1 "no sbin in the PATH of a user"
run vserver te1 suexec user; status 1 "no command"
cp $root/etc/passwd "$tap_tmp/passwd"
printf '%s\n' 'a:x:0x10:5::/:/bin/sh' 'b:x:-1:5::/:/bin/sh' 'c:x:4294967295:5::/:/bin/sh' 'd:x:5::/:/bin/sh' \
	'e:x: 5:5::/:/bin/sh' 'f:x:99999999999999999999:5::/:/bin/sh' 'g:x::5::/:/bin/sh' 'h:x:5:5:::::/:/bin/sh' >> $root/etc/passwd
for u in a b c d e f g h; do
	run vserver te1 suexec $u id
	status 1 "malformed entry '$(grep "^$u:" $root/etc/passwd)'"
done
rm $root/etc/passwd
run g id
out_like '^uid=0' "root exists without passwd"
mkfifo $root/etc/passwd
run timeout 10 vserver te1 exec true
status 0 "a fifo for passwd does not stop it"
rm $root/etc/passwd
echo 'canary:x:77:77::/:/bin/sh' > /canary.passwd
ln -s /proc/1/root/canary.passwd $root/etc/passwd
run vserver te1 suexec canary id
status 1 "a link into the host through /proc is not followed"
rm $root/etc/passwd /canary.passwd
ln -s ../../../../../../../etc/passwd.real $root/etc/passwd
cp "$tap_tmp/passwd" $root/etc/passwd.real
run vserver te1 suexec user id -un
out_is user "a link inside is"
rm $root/etc/passwd $root/etc/passwd.real
head -c 20000000 /dev/zero | tr '\0' 'a' > $root/etc/passwd
run timeout 20 vserver te1 exec true
status 0 "a passwd of 20 MB"
cp "$tap_tmp/passwd" $root/etc/passwd

echo "# terminals"
like "$(on_tty 'vserver te1 exec tty')" '^/dev/pts/[0-9]+$' "exec on a terminal has one of the guest"
is "$(on_tty 'stty rows 33 cols 77; vserver te1 exec stty size')" "33 77" "of the same size"
is "$(on_tty 'stty rows 33 cols 77; (sleep 2; stty rows 40 cols 100 < /dev/tty) & vserver te1 exec sh -c "for i in 1 2 3 4 5 6 7 8 9; do sleep 1; [ \"\$(stty size)\" = \"40 100\" ] && break; done; stty size"')" \
	"40 100" "and follows it when that changes"
interrupt() { poll 20 pgrep -f '^sleep 4321'; sleep 1; printf '\003'; poll 20 test -s "$tap_tmp/after"; }
: > "$tap_tmp/after"
interrupt | script -qec "vserver te1 exec sleep 4321; echo \$? > $tap_tmp/after" /dev/null > /dev/null
is "$(cat "$tap_tmp/after")" 130 "Ctrl-C is for what runs inside: 128 and its signal"
! pgrep -f '^sleep 4321' > /dev/null; ok "which has ended"
is "$(on_tty 'vserver te1 exec sh -c "tty > /dev/tty"' | cut -d/ -f3)" pts "/dev/tty is that one too"
is "$(on_tty 'vserver te1 exec sh -c "exit 5"; echo $?')" 5 "its status"
is "$(on_tty 'vserver te1 exec stat -f -c %T /dev/stdin')" devpts "it belongs to a devpts"
is "$(on_tty 'tty > /tmp/host-tty; vserver te1 exec stat -L -c %d /dev/stdin; stat -L -c %d /dev/stdin' | sort -u | wc -l)" 2 "but not to the host's"
is "$(on_tty 'vserver te1 suexec user stat -L -c %u /dev/stdin')" 1000 "and to the user"
is "$(on_tty 'vserver te1 exec echo x | cat')" x "into a pipe from a terminal"
is "$(on_tty 'vserver te1 exec stty raw; stty -a | grep -c -- " icanon"')" 1 "our terminal is as it was"
like "$(printf 'tty; pwd; echo "$0 $HOME $USER"; exit 9\n' | vserver te1 enter; echo "status $?")" \
	'/dev/pts/[0-9]+.*/root.*-sh /root root.*status 9' "enter: terminal, home, login shell, status"
echo /bin/nosuchshell > $conf/shell
run vserver te1 enter
status 127 "a configured shell that is missing"
err_like 'cannot run /bin/nosuchshell' "is told"
rm $conf/shell
sed -i 's,^root:.*,root:x:0:0:root:/nosuchhome:/bin/nosuchshell,' $root/etc/passwd
is "$(printf 'pwd; exit 3\n' | vserver te1 enter > "$tap_tmp/out"; echo $?)" 3 "a user's shell and home that are missing: /bin/sh in /"
cp "$tap_tmp/passwd" $root/etc/passwd
run vserver te1 enter ls
status 1 "enter takes no command"

echo "# who looks at an entering task"
bin=${VS_SUITES:-/rig/suites}/bin/snoop
mkdir -p $root/usr/local/bin
install -m 755 "$bin" $root/usr/local/bin/snoop
sum=$(md5sum "$(command -v vserver)")
# The guest makes the search for a command long, so that it has time to look: links through links, each of many steps.
dots=$(printf './%.0s' {1..1900})
mkdir $root/links
mkdir -p $root/links/39
for i in {0..38}; do ln -s "$dots../links/$((i + 1))" "$root/links/$i"; done
ln -sfn /links/0 $root/usr/local/sbin
vserver te1 exec sh -c 'snoop 15 & snoop 15 & snoop 15 & wait' < /dev/null > "$tap_tmp/snoop" 2>&1 &
poll 10 sh -c 'pgrep -x snoop | [ $(wc -l) = 3 ]'
echo 19 > $conf/nice
for _ in $(seq 30); do timeout 20 vserver te1 exec true < /dev/null; done
rm $conf/nice
wait $!
sed 's/^/# /' "$tap_tmp/snoop"
rm -r $root/links $root/usr/local/sbin
total() { awk -v what="$1:" '$1 == what { n += $2 } END { print n + 0 }' "$tap_tmp/snoop"; }
n=$(total closed)
[ "$n" -gt 0 ]; ok "the guest's root meets entering tasks ($n times)"
is "$(total seen)" 0 "none says what program it runs"
is "$(total written)" 0 "that program cannot be written to"
is "$(total descriptors)" 0 "no descriptor of the host is found"
is "$(total roots)" 0 "nor another root"
is "$(total memory) $(total traced)" "0 0" "and none can be traced"
is "$(md5sum "$(command -v vserver)")" "$sum" "the host's program is whole"

echo "# a guest that lays traps"
run vserver te1 stop
status 0 "stop"
mkdir -p /canary/log
echo safe > /canary/log/vserver-console.log
for d in proc tmp dev/pts; do rmdir $root/$d; ln -s /canary $root/$d; done
run vserver te1 start
is "$rc $(cut -d' ' -f2 /proc/self/mounts | grep -c canary)" "1 0" "links to the host's /canary for mount points lead to the guest's, which is not there"
mkdir $root/canary
rm $root/proc $root/tmp $root/dev/pts
mkdir $root/proc $root/tmp $root/dev/pts
rm -rf $root/var/log $root/var/run
ln -s /canary/log $root/var/log
ln -s /canary $root/var/run
run vserver te1 start
status 0 "links for /var/log and /var/run"
is "$(cat /canary/log/vserver-console.log)" safe "what they point to on the host is whole"
is "$(ls /canary)" log "and nothing came to it"
run vserver te1 stop
rm $root/var/log $root/var/run
mkdir $root/var/log $root/var/run
printf 'proc /proc proc defaults 0 0\n' > $conf/fstab
rm -f $root/dev/pts/ptmx
echo no > $root/dev/pts/ptmx
run vserver te1 start
status 0 "start without devpts"
run vserver te1 enter
status 1 "enter with a file for the terminal multiplexer fails"
err_like "cannot get a terminal in the guest's /dev/pts" "and says why"
run vserver te1 exec true
status 0 "exec needs none"
rm $root/dev/pts/ptmx
ln -s /dev/null $root/dev/pts/ptmx
run vserver te1 enter
status 1 "a link for it fails too"
run vserver --silent te1 delete
status 0 "delete"
is "$(cat /canary/log/vserver-console.log)" safe "the canary lives"
rm -r /canary
finish
