#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest with systemd as its process 1: boot, services, control groups, logins, timers, journal, reboot, stop.
# scripts/check-systemd runs it with the template of another release; VS_TEMPLATES is where that is.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2317  # for the guest's shell; called by poll
. "${0%/*}/tap.sh"

xid=331
group=/sys/fs/cgroup/vserver/sd1
conf=/etc/vservers/sd1

in_guest() { vserver sd1 exec "$@" </dev/null; }
state() { in_guest systemctl is-system-running 2>/dev/null; }
# Asking costs the guest more than its boot does.
settled() { case $(state) in running|degraded) ;; *) sleep 1; return 1 ;; esac; }
boot_id() { in_guest cat /proc/sys/kernel/random/boot_id; }
# 127.0.0.53, where systemd-resolved has its stub, is no address of a guest; the template of Debian 13 has that unit.
healthy=running broken=''
up() { # WHAT
	poll 240 settled
	is "$(state)" $healthy "$1: systemctl is-system-running"
	is "$(in_guest systemctl --failed --no-pager --no-legend --plain | awk '{ print $1 }')" "$broken" "$1: the units that failed"
}

run vserver sd1 build -m template --context $xid --hostname sd1 --interface eth0:10.20.0.31/24 \
	--interface eth0:fd20::31/64 -- -t "${VS_TEMPLATES:-/srv/templates}/guest-systemd.tar"
status 0 "build"
release=$(cut -d. -f1 /vservers/sd1/etc/debian_version)
[ "$release" -lt 13 ] || healthy=degraded broken=systemd-resolved.service
echo "# Debian $release"
mkdir -p /vservers/sd1/etc/init.d
printf '#!/bin/sh\n' > /vservers/sd1/etc/init.d/rc
chmod 755 /vservers/sd1/etc/init.d/rc
run vserver sd1 config show --effective
out_like 'apps/init/style +systemd +found in the guest' "the style is found out, also beside scripts of sysv"
out_like 'bcapabilities [^'$'\n'']*setpcap[^'$'\n'']*preset systemd' "the preset systemd"
out_like 'cmd.stop +signal 38 to the init' "it is stopped by SIGRTMIN+4"
rm /vservers/sd1/etc/init.d/rc
run vserver --dry-run sd1 start
out_like 'init +/sbin/init' "its init is process 1"
mkdir $conf/cgroup
echo 800M > $conf/cgroup/memory.max
echo 3000 > $conf/cgroup/cgroup.max.descendants
run vserver sd1 check
status 0 "check"
run vserver sd1 start
status 0 "start" || finish
up "boot"

echo "# process 1"
is "$(in_guest cat /proc/1/comm)" systemd "process 1 is systemd"
like "$(in_guest systemctl is-active multi-user.target)" '^active$' "multi-user.target"
is "$(in_guest systemd-detect-virt)" container-other "it knows that it is in a container"
like "$(in_guest sed -n 's/^Max open files *//p' /proc/1/limits)" '524288 +524288' "its limit of descriptors"
like "$(in_guest sh -c 'cat /proc/$(pidof -s nginx)/limits')" 'Max open files +1024 +524288' "and that of a service"
curl -s -m 10 http://10.20.0.31/ | grep -q nginx; ok "its nginx answers"
curl -s -m 10 'http://[fd20::31]/' | grep -q nginx; ok "on IPv6, too"
is "$(sed -n 's/^BCaps:[[:space:]]*//p' /proc/virtual/$xid/status)" 00000000b44c05ff "secure and SETPCAP, no more"
is "$(in_guest awk '{ printf "%s %s %s;", $2, $3, substr($4, 1, 2) }' /proc/mounts)" \
	"/ ext4 rw;/proc proc rw;/sys sysfs ro;/sys/fs/cgroup cgroup2 rw;/dev ext4 rw;/dev/pts devpts rw;/dev/shm tmpfs rw;/run tmpfs rw;/run/lock tmpfs rw;/tmp tmpfs rw;/proc/sys/kernel/random/boot_id tmpfs ro;" \
	"its mounts: no unit has made one"
first=$(boot_id)
[ "$first" != "$(cat /proc/sys/kernel/random/boot_id)" ]; ok "a boot id of its own"
like "$first" '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' "which is a random one"

echo "# control groups"
is "$(in_guest cat /proc/self/cgroup)" "0::/vserver.enter" "who enters joins a leaf"
is "$(in_guest cat /proc/1/cgroup)" "0::/init.scope" "process 1 is in a group that it made"
[ ! -s $group/cgroup.procs ]; ok "nobody is in the guest's group itself"
like "$(cat $group/cgroup.subtree_control)" 'memory.*pids' "whose controllers it shares out"
is "$(cat $group/memory.max) $(cat $group/cgroup.max.descendants)" "838860800 3000" "the host's limits"
run in_guest sh -c 'echo max > /sys/fs/cgroup/memory.max'
err_like 'Permission denied' "are not the guest's to change"
run in_guest sh -c 'echo max > /sys/fs/cgroup/cgroup.max.descendants'
err_like 'Permission denied' "none of them"
is "$(in_guest find /sys/fs/cgroup/.. -maxdepth 1 -name vserver)" "" "it sees no group of the host"
is "$(in_guest systemd-run --wait --pipe -q -p MemoryMax=20M -p TasksMax=10 sh -c 'cd /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup) && cat memory.max pids.max' | tr '\n' ' ')" \
	"20971520 10 " "a unit with limits gets them"
run in_guest sh -c 'for i in 1 2 3 4; do exec systemctl set-property --runtime nginx.service MemoryMax=64M; done'
status 0 "limits of a running unit"
is "$(cat $group/system.slice/nginx.service/memory.max)" 67108864 "reach the kernel"

in_guest sh -c 'exec sleep 1000' &
poll 20 grep -q . $group/vserver.enter/cgroup.procs
run vserver sd1 pause
status 0 "pause"
is "$(sed -n 's/^frozen //p' $group/cgroup.events $group/system.slice/cgroup.events $group/vserver.enter/cgroup.events | tr '\n' ' ')" \
	"1 1 1 " "stops all of its groups"
run vserver sd1 resume
status 0 "resume"
is "$(state)" $healthy "and it goes on"
in_guest pkill -x sleep
wait

echo "# units"
run in_guest systemd-run --wait -q -p PrivateTmp=yes -p ProtectSystem=strict -p ProtectHome=yes -p PrivateDevices=yes \
	-p ProtectKernelTunables=yes -p ProtectControlGroups=yes -p ProtectProc=invisible -p PrivateNetwork=yes -p PrivateIPC=yes \
	-p ProtectHostname=yes -p RestrictNamespaces=yes -p SystemCallFilter=@system-service -p NoNewPrivileges=yes \
	-p MemoryDenyWriteExecute=yes -p User=nobody -p AmbientCapabilities=CAP_NET_BIND_SERVICE \
	-p CapabilityBoundingSet=CAP_NET_BIND_SERVICE -p RuntimeDirectory=x -p StateDirectory=x -p Delegate=yes /bin/true
status 0 "hardening that needs namespaces is left out, the rest holds"
for option in PrivateUsers=yes DynamicUser=yes BindPaths=/tmp:/mnt LogNamespace=x TemporaryFileSystem=/mnt; do
	run in_guest systemd-run --wait -q -p "$option" /bin/true
	[ "$rc" = 226 ] || [ "$rc" = 217 ]; ok "a unit with ${option%=*} fails, as vserver(8) says"
done
# Debian 13 asks for CAP_SYS_ADMIN before it filters system calls, and does without when it is not there.
for option in SystemCallFilter=@system-service LockPersonality=yes RestrictNamespaces=yes PrivateDevices=yes ProtectKernelTunables=yes; do
	run in_guest systemd-run --wait -q -p User=nobody -p "$option" /bin/true
	status 0 "one with User and ${option%=*} runs"
done
in_guest systemd-run --wait -q -p User=nobody -p SystemCallFilter=~uname -p SystemCallErrorNumber=EXDEV \
	-p StandardOutput=file:/var/tmp/filtered -p StandardError=inherit sh -c 'uname; grep -E "^(Cap(Prm|Eff)|NoNewPrivs)" /proc/self/status'
like "$(tr -s '[:space:]' ' ' < /vservers/sd1/var/tmp/filtered)" 'cross-device.*CapPrm: 0+ CapEff: 0+ NoNewPrivs: 1' \
	"filtered, without capabilities or a way to get them"
if [ "$release" -ge 13 ]; then
	in_guest sh -c 'cd /etc/systemd && mkdir resolved.conf.d &&
		printf "[Resolve]\nDNSStubListener=no\n" > resolved.conf.d/stub.conf'
	run in_guest systemctl restart systemd-resolved.service
	status 0 "systemd-resolved starts without its stub on 127.0.0.53"
	healthy=running broken=''
fi
in_guest systemctl reset-failed
run in_guest systemd-run -q --on-active=1 --unit=tick touch /var/tmp/ticked
status 0 "a timer"
poll 60 in_guest test -e /var/tmp/ticked; ok "is due"
run in_guest sh -c 'logger -t vs-test hello; journalctl --sync; journalctl -b -t vs-test -o cat --no-pager'
out_is hello "the journal keeps what is logged"

echo "# logins"
run in_guest useradd -m joe
status 0 "a user"
run in_guest su - joe -c 'cat /proc/self/cgroup; loginctl --no-legend | wc -l; systemctl --user is-system-running; echo $XDG_RUNTIME_DIR'
# Since 13 the manager counts as a session, too.
out_is "0::/user.slice/user-1000.slice/session-c1.scope
$((release < 13 ? 1 : 2))
running
/run/user/1000" "logs in: a session, a manager of its own, a runtime directory"
is "$(stat -c %u $group/user.slice/user-1000.slice/user@1000.service/cgroup.procs)" 1000 "its group was given to it"

echo "# reboot from inside, stop"
run in_guest reboot
second() { local now; sleep 0.5; now=$(boot_id 2>/dev/null) && [ -n "$now" ] && [ "$now" != "$first" ]; }
poll 240 second; ok "reboot from inside starts it again"
up "reboot"
is "$(in_guest journalctl --list-boots --no-pager | grep -c -- '^ *-\?[0-9]')" 2 "the journal has two boots"
like "$(in_guest journalctl -b -1 --no-pager -o cat | tail -n 30)" 'Reached target.*reboot.target' "the first went down in order"
curl -s -m 10 http://10.20.0.31/ | grep -q nginx; ok "its nginx answers again"
run vserver sd1 stop
status 0 "stop"
err_is "" "without a complaint"
[ ! -e /proc/virtual/$xid ] && [ ! -e $group ]; ok "context and groups are gone"
run vserver sd1 start
status 0 "start after the stop"
up "third boot"
like "$(in_guest journalctl -b -1 --no-pager -o cat | tail -n 30)" 'Reached target.*poweroff.target.*Journal stopped' "the stop was a poweroff that ran to its end"
run in_guest systemctl poweroff
poll 120 ctx_gone $xid; ok "poweroff from inside stops it"
stopped() { vserver sd1 status | grep -q 'is stopped'; }
poll 60 stopped; ok "the host knows"
poll 60 test ! -e $group; ok "and removes its group"
run vserver --silent sd1 delete
status 0 "delete"
finish
