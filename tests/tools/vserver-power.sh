#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver killed at each step of start and stop, two commands at once, the power cut, files that are gone:
# each has one outcome, and the next start or stop repairs it.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012,SC2317  # for other shells; set by tap.sh; plain names; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
faults=${VS_SUITES:-/rig/suites}/bin/vserver-faults
conf=/etc/vservers/tp1
root=/vservers/tp1
xid=381

clean() { # WHAT
	poll 5 ctx_gone $xid
	[ ! -e /proc/virtual/$xid ] && [ ! -e /proc/virtnet/$xid ] && [ ! -e /run/vservers/tp1 ] &&
		[ -z "$(find /run/vservers/.lock /run/vservers/.net -type f 2>/dev/null)" ] &&
		[ ! -e /sys/fs/cgroup/vserver ] && ! ip -o addr show | grep -q 10.20.0.81 &&
		[ "$(cut -d' ' -f1-3 /proc/self/mounts)" = "$mounts0" ]
	ok "$1: no context, run file, lock, group, mount or address is left"
}
steps() { awk '/^[a-z]/ && !/^tp1/ && !/^init/ { print $1 }'; }
run vserver tp1 create "$tar" --ip 10.20.0.81 --context $xid
status 0 "create"
mkdir -p $conf/apps/init $conf/cgroup
: > $conf/apps/init/style
echo 100 > $conf/cgroup/pids.max
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
mounts0=$(cut -d' ' -f1-3 /proc/self/mounts)

echo "# killed at each step"
host=$(vserver tp1 start --dry-run < /dev/null | grep -v '^ ' | steps)
inside=$(vserver tp1 start --dry-run < /dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -v '^init$')
[ "$(echo "$host" | wc -l)" -ge 7 ] && [ "$(echo "$inside" | wc -l)" -ge 12 ]; ok "--dry-run names the steps"
mapfile -t points < <(awk '{ print "start:" $0 }' <<< "$host"; awk '{ print "child:" $0 }' <<< "$inside")
for point in "${points[@]}" start:named start:written; do
	for then in start stop; do
		VS_FAULT=$point "$faults" tp1 start < /dev/null > "$tap_tmp/out" 2>&1
		rc=$?
		# A child that is killed is reported by its parent; the parent itself dies.
		case $point in start:*) want=137 ;; *) want=1 ;; esac
		is $rc $want "killed at $point"
		if [ $then = start ]; then
			run vserver tp1 start
			status 0 "$point: the next start succeeds"
			run vserver tp1 running
			status 0 "$point: and it runs"
		fi
		run vserver tp1 stop
		status 0 "$point: then stop"
		clean "$point, $then"
	done
done
run vserver tp1 start
for point in $(vserver tp1 stop --dry-run < /dev/null | steps); do
	for then in start stop; do
		run vserver tp1 start
		VS_FAULT=stop:$point "$faults" tp1 stop < /dev/null > /dev/null 2>&1
		is $? 137 "killed at stop:$point"
		if [ $then = start ]; then
			run vserver tp1 start
			status 0 "stop:$point: the next start succeeds"
			run vserver tp1 running
			status 0 "stop:$point: and it runs"
		fi
		run vserver tp1 stop
		status 0 "stop:$point: the next stop succeeds"
		clean "stop:$point, $then"
	done
done
printf '%s\n' /nosuch > $conf/apps/init/cmd.start
for point in context cgroup addresses scripts; do
	VS_FAULT=undo:$point "$faults" tp1 start < /dev/null > /dev/null 2>&1
	is $? 137 "killed while it undoes $point"
	run vserver tp1 stop
	clean "undo:$point"
done
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start

echo "# two at once"
for _ in 1 2 3; do vserver tp1 start < /dev/null > "$tap_tmp/start.$_" 2>&1 & done
failed=0; for job in $(jobs -p); do wait "$job" || failed=1; done
is $failed 0 "three starts at once all succeed"
run vserver tp1 exec sh -c 'ps | grep -c "[s]leep 1000"'
out_is 1 "and it runs once"
printf '%s\n' /bin/sh -c 'sleep 1' > $conf/apps/init/cmd.stop
vserver tp1 stop < /dev/null > /dev/null 2>&1 &
stop=$!
poll 5 test -e /run/vservers/.lock/tp1
run vserver tp1 start
status 0 "start during stop waits and starts"
wait $stop; is $? 0 "the stop succeeded"
run vserver tp1 running
status 0 "and it runs in the end"
vserver tp1 start < /dev/null & vserver tp1 stop < /dev/null > /dev/null 2>&1 & vserver tp1 restart < /dev/null > /dev/null 2>&1 &
wait
run vserver tp1 stop
rm $conf/apps/init/cmd.stop
clean "everything at once"

echo "# the power cut: files of the run are there, the guest is not"
echo $xid > /run/vservers/tp1
mkdir -p /run/vservers/.lock /run/vservers/.net
: > /run/vservers/.lock/tp1
echo 'own eth0 10.20.0.81/24' > /run/vservers/.net/tp1
run vserver tp1 status
status 3 "a stale run file does not make it run"
run vserver tp1 start
status 0 "start"
err_like 'removing stale run file' "removes it"
run vserver tp1 stop
clean "power cut, start"
echo 55555 > /run/vservers/tp1
run vserver tp1 stop
status 0 "stop with a run file of another number"
clean "power cut, stop"
in_context 382 sleep 1000
echo 382 > /run/vservers/tp1
run vserver tp1 running
status 1 "a run file with the number of somebody else's context"
run vserver tp1 start
status 0 "start"
ctx_exists 382; ok "leaves that context alone"
run vserver tp1 stop
ctx_exists 382; ok "and so does stop"
end_context 382
in_context $xid sleep 1000
run vserver tp1 start
status 1 "its number is taken by another context"
err_like "cannot create context $xid" "start says so"
ctx_exists $xid; ok "and leaves that alone"
end_context $xid
clean "taken number"

echo "# a file system that is gone"
mkdir /vservers/fs
mount -t tmpfs none /vservers/fs
cp -a $root /vservers/fs/tp1
ln -sfn /vservers/fs/tp1 $conf/vdir
run vserver tp1 start
status 0 "start from another file system"
run vserver tp1 stop
status 0 "stop"
umount /vservers/fs
mounts0=$(cut -d' ' -f1-3 /proc/self/mounts)
run vserver tp1 start
status 1 "its root directory is gone"
err_like "cannot find the root directory $conf/vdir" "start says so"
run vserver tp1 status
status 3 "status still works"
run vserver tp1 stop
status 0 "so does stop"
clean "gone"
rmdir /vservers/fs
ln -sfn $root $conf/vdir
run vserver --silent tp1 delete
status 0 "delete"
finish
