#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# boot.sh INIT prepare|up|after: one of three boots of scripts/check-boot.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2317,SC2086  # for other shells; set by tap.sh; called by name; plain names
. "$(dirname "$0")/../tools/tap.sh"
init=$1 phase=$2
tar=/srv/templates/guest-mini.tar

prepare() {
	run vserver web create "$tar" --ip 10.20.0.101 --context 501
	status 0 "$init: create"
	echo "page of web" > /vservers/web/var/www/index.html
	run vserver db create guest:web --ip 10.20.0.102 --context 502
	run vserver bad create guest:web --context 503
	run vserver hand create guest:web --context 504
	run vserver spare create guest:web --context 506
	vserver spare config set apps/init/mark spare < /dev/null
	for g in web db hand; do
		mkdir -p /etc/vservers/$g/scripts
		for s in post-start post-stop; do
			printf '#!/bin/sh\necho "$1 $2 $(cut -d. -f1 /proc/uptime)" >> /var/log/guests\n' > /etc/vservers/$g/scripts/$s
			chmod 755 /etc/vservers/$g/scripts/$s
		done
	done
	if [ "$init" = systemd ]; then
		run vserver sd build -m template --context 505 --hostname sd --interface eth0:10.20.0.105/24 \
			--interface eth0:fd20::105/64 -- -t /srv/templates/guest-systemd.tar
		status 0 "$init: build a guest with systemd"
	fi
	for g in web db bad; do vserver $g config set apps/init/mark default < /dev/null; done
	vserver web config set apps/init/depends db < /dev/null
	printf '#!/bin/sh\nsleep 20; exit 1\n' > /etc/vservers/bad/pre
	mkdir -p /etc/vservers/bad/scripts
	mv /etc/vservers/bad/pre /etc/vservers/bad/scripts/pre-start
	chmod 755 /etc/vservers/bad/scripts/pre-start
	if [ "$init" = systemd ]; then
		run systemctl enable vserver.target
	else
		# The image leaves it out; without it nothing orders the scripts of a shutdown before its end.
		run update-rc.d umountroot defaults
		run update-rc.d vservers defaults
	fi
	status 0 "$init: enable"
	: > /var/log/guests
	sync
}

running() { vserver "$1" running < /dev/null; }
# The host's group of the first process of a guest.
group() { sed -n 's/^0:://p' /proc/"$(vserver "$1" ps < /dev/null | awk 'NR == 2 { print $1 }')"/cgroup; }
booted() { vserver sd exec systemctl is-system-running < /dev/null | grep -qx running || { sleep 1; false; }; }
# A guest whose init keeps control groups, started by its unit and by hand, on a host that does the same.
two_systemds() {
	run systemctl start vserver@sd.service
	status 0 "a guest with systemd, started by its unit"
	poll 120 booted; ok "boots"
	is "$(group sd)" '/system.slice/system-vserver.slice/vserver@sd.service/guest/init.scope' "below its unit"
	run vserver sd restart
	status 0 "restarted by hand"
	poll 120 booted; ok "it boots"
	is "$(group sd)" /machine.slice/vserver-sd.scope/guest/init.scope "in a scope"
	is "$(systemctl show -P Delegate vserver-sd.scope)" yes "whose groups are its own"
	run systemctl daemon-reload
	run vserver sd exec systemd-run --wait -q -p MemoryMax=20M cat /proc/self/cgroup
	status 0 "a unit with a limit runs after the host's units were read anew"
	is "$(cat /sys/fs/cgroup/machine.slice/vserver-sd.scope/guest/cgroup.max.descendants)" 4096 "the number of its groups is limited"
	run vserver sd stop
	status 0 "it stops"
	scope_gone() { [ ! -e /sys/fs/cgroup/machine.slice/vserver-sd.scope ]; }
	poll 20 scope_gone; ok "and the scope is gone"
	run systemctl --failed --no-legend 'vserver-*' machine.slice vserver@sd.service
	out_is "" "no unit of it has failed"
}
up() {
	[ "$init" != systemd ] || [ "$(cat /proc/1/comm)" = systemd ]; ok "$init is process 1"
	poll 90 running web; ok "$init: web runs"
	running db; ok "$init: db runs"
	poll 20 grep -q "post-start web" /var/log/guests
	is "$(awk '{ print $1, $2 }' /var/log/guests | tr '\n' ' ')" "post-start db post-start web " "$init: db was up before web"
	is "$(curl -s --max-time 20 http://10.20.0.101/)" "page of web" "$init: web serves its page"
	! running bad; ok "$init: the broken guest does not run"
	if [ "$init" = systemd ]; then
		is "$(cat /proc/sys/kernel/vshelper)" /usr/sbin/vshelper "$init: the kernel knows its helper, from sysctl.d"
		is "$(stat -c %a:%u /run/vservers)" 755:0 "$init: the directory of the run files, from tmpfiles.d"
		poll 120 systemctl is-active multi-user.target; ok "$init: and holds up nothing"
		is "$(systemctl is-active vserver@web.service)" active "$init: its unit is active"
		like "$(cat /proc/"$(vserver web ps < /dev/null | awk 'NR == 2 { print $1 }')"/cgroup)" 'vserver@web\.service' "$init: the guest is in its unit's group"
		! running spare; ok "$init: a guest with another mark does not run"
		run systemctl start vserver-mark@spare.target
		poll 60 running spare; ok "$init: but with the target of that mark, which waits for nobody"
		run systemctl stop vserver-mark@spare.target
		status 0 "$init: the target is stopped"
		! running spare; ok "$init: and its guest with it"
		running web; ok "$init: no other"
		run systemctl stop vserver@web.service
		! running web; ok "$init: systemctl stop stops it"
		is "$(systemctl is-active vserver.target)" active "$init: but not its target"
		running db; ok "$init: nor another guest of it"
		run systemctl start vserver@web.service
		running web; ok "$init: and start starts it"
		run systemctl stop vserver.target
		! running web && ! running db; ok "$init: stopping the target stops its guests"
		run systemctl start vserver.target
		poll 60 running web; ok "$init: starting it starts them"
	else
		run /etc/init.d/vservers status
		out_like 'web +501 running' "$init: status shows it"
	fi
	run vserver hand start
	status 0 "$init: one more is started by hand"
	if [ "$init" = systemd ]; then
		is "$(group hand)" /machine.slice/vserver-hand.scope/guest "$init: in a scope of its own"
		is "$(vserver hand exec cat /proc/self/cgroup < /dev/null)" 0::/machine.slice/vserver-hand.scope/guest "$init: so is who enters"
		run vserver hand pause
		status 0 "$init: it is paused"
		run vserver hand resume
		status 0 "$init: and goes on"
		run vserver hand restart
		status 0 "$init: a second scope of that name"
		is "$(group hand)" /machine.slice/vserver-hand.scope/guest "$init: takes the place of the first"
		two_systemds
	fi
	: > /var/log/guests
	sync
}

after() {
	local log
	log=$(awk '{ print $1, $2 }' /var/log/guests)
	like "$log" 'post-stop web.post-stop db|post-stop web.*post-stop db' "$init: going down, web was stopped, then db"
	like "$log" 'post-stop hand' "$init: and the one that was started by hand"
}

$phase
finish
