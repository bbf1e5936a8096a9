#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Guests whose files are traps: links in the place of directories, places that change meanwhile, a false /proc.
# Nothing of the host may change, and each command ends with an answer.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012,SC2317,SC2086  # for other shells; set by tap.sh; plain names; called by name
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/tools/libhostile.sh
. "$(dirname "$0")/libhostile.sh"

echo "# links in the place of directories and files"
for how in absolute climbing; do
	case $how in absolute) up='' ;; climbing) up=../../../../../.. ;; esac
	places='etc dev proc tmp var var/run var/log var/lock run dev/null dev/pts etc/passwd etc/mtab var/log/vserver-console.log var/log/vserver-console.log.old var/run/utmp fastboot'
	[ $how = absolute ] || places='etc dev proc var/log dev/null'
	for place in $places; do
		new
		rm -rf "${root:?}/$place"
		mkdir -p "$(dirname "$root/$place")"
		ln -s $up$canary $root/$place
		everything
		timeout 60 vserver tz1 stop < /dev/null > /dev/null 2>&1
		harmless "/$place is $up$canary"
	done
done
new
for style in sysv plain; do
	rm -f $conf/apps/init/cmd.start
	echo $style > $conf/apps/init/style
	rm -rf $root/var/run $root/var/lock $root/fastboot $root/forcefsck
	ln -s ../../..$canary $root/var/run; ln -s $canary $root/var/lock
	ln -s $canary/passwd $root/fastboot; ln -s $canary/etc $root/forcefsck
	everything
	harmless "style $style: leftovers of the last run are links"
done

echo "# a race: the guest changes the place all the time"
new
printf '%s\n' /bin/sh -c '
mkdir -p /real /var/log; ln -s /srv/canary /trap; ln -s ../../../../srv/canary /trap2
(while :; do
	for d in /var/log /tmp/place /dev /etc /run; do
		mv $d /real/x 2>/dev/null; ln -s /srv/canary $d 2>/dev/null; rm -f $d; cp -a /trap2 $d 2>/dev/null; rm -f $d
		mv /real/x $d 2>/dev/null
	done
done) &
sleep 1000 &' > $conf/apps/init/cmd.start
v start
mkdir -p $root/tmp/place
for _ in 1 2 3 4 5 6 7 8; do
	v mount none /var/log -t tmpfs; v umount /var/log; v exec true; v suexec nobody true; v logs
	v mount --bind $canary/log /var/log -o ro; v umount /var/log
done
v stop
timeout 60 vserver tz1 stop < /dev/null > /dev/null 2>&1
harmless "race"
[ ! -e /proc/virtual/$xid ]; ok "and the guest is gone"

echo "# a false /proc"
new
mkdir -p $root/fake/self/fd $root/fake/self/ns $root/fake/sys/kernel $root/fake/self/attr
ln -s $canary/passwd $root/fake/self/fd/0; ln -s $canary/passwd $root/fake/self/fd/3
for f in oom_score_adj attr/exec attr/current loginuid mounts ns/net ns/pid status; do echo false > $root/fake/self/$f; done
echo false > $root/fake/sys/kernel/msgmni
printf '/fake /proc none bind 0 0\ndevpts /dev/pts devpts gid=5,mode=620 0 0\n' > $conf/fstab
mkdir -p $conf/sysctl/a
rm -rf $root/proc; mkdir $root/proc
cp -a $root/fake/. $root/proc/
printf 'devpts /dev/pts devpts gid=5,mode=620 0 0\n' > $conf/fstab
echo kernel.msgmni > $conf/sysctl/a/setting; echo 55 > $conf/sysctl/a/value
echo 7 > $conf/badness
fake=$(find $root/proc -type f -exec cat {} + | sha256sum)
run vserver tz1 start
status 0 "start of a guest whose /proc is files"
pid=$(pgrep -xn sleep)
is "$(cat /proc/"$pid"/oom_score_adj)" 7 "badness is set where it counts"
run vserver tz1 exec cat /proc/self/oom_score_adj
out_is false "exec works, and sees the false one"
is "$(find $root/proc -type f -exec cat {} + | sha256sum)" "$fake" "the false files are as they were"
run vserver tz1 ps
out_like 'sleep 1000' "ps asks the kernel"
run vserver tz1 stop
status 0 "stop"
harmless "false /proc"
done_with_it
