#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Debian guests of the styles sysv and plain that are restarted and stopped from inside, as one does on a machine.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2317  # for other shells; set by tap.sh; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-debian.tar
old=$(cat /proc/sys/kernel/vshelper)
echo /usr/sbin/vshelper > /proc/sys/kernel/vshelper

inside() { vserver "$g" exec "$@" < /dev/null > /dev/null 2>&1; }
master() { vserver "$g" ps --json < /dev/null 2>/dev/null | jq '[.[] | select(.command | test("nginx: master"))][0].pid // 0'; }
page() { [ "$(curl -s -m 5 "http://$ip/")" = "page of $g" ]; }
# nginx answers before the scripts are through; who goes down then goes down half up.
booted() { page && ! vserver "$g" ps < /dev/null | grep -Eq '/etc/init.d/rc|startpar'; }
again() { local now; now=$(master); [ "${now:-0}" != 0 ] && [ "$now" != "$first" ] && booted; }
stopped() { ! vserver "$g" running < /dev/null && [[ $(ip -o addr show) != *" $ip/"* ]]; }
running() { vserver "$1" running < /dev/null; }
idle() { ! pgrep -x vshelper; }

guest() { # NAME STYLE IP CONTEXT
	g=$1 ip=$3
	run vserver "$g" build -m template --context "$4" --hostname "$g" --initstyle "$2" --interface "eth0:$ip/24" -- -t "$tar"
	status 0 "$2: build"
	echo "page of $g" > "/vservers/$g/var/www/html/index.html"
	# The rc scripts of going down tell when they come to one of them.
	sed -i '2i [ "$1" != stop ] || echo "stop $RUNLEVEL" >> /down' "/vservers/$g/etc/init.d/nginx"
	run vserver "$g" start
	status 0 "$2: start"
	poll 60 booted; ok "$2: it serves its page"
	first=$(master)
}

guest tq1 sysv 10.20.0.131 501
run vserver tq1 exec reboot
status 1 "sysv: reboot inside is refused by the guest's own program"
err_like 'initctl' "sysv: nobody is there who would do it"
is "$(master)" "$first" "sysv: and nothing happens"
inside setsid -f /etc/init.d/rc 6
poll 60 again; ok "sysv: the scripts of runlevel 6 inside: it serves its page again, by another server"
is "$(cut -d' ' -f1 /vservers/tq1/down)" stop "sysv: services were stopped, once"
poll 20 idle
rm /vservers/tq1/down
inside setsid -f /etc/init.d/rc 0
poll 60 stopped; ok "sysv: those of runlevel 0 stop it"
is "$(cut -d' ' -f1 /vservers/tq1/down)" stop "sysv: in the same way"
poll 20 idle
run vserver tq1 start
status 0 "sysv: start"
poll 60 booted; ok "sysv: it serves its page"
rm /vservers/tq1/down
run vserver tq1 stop
poll 20 idle
! running tq1; ok "sysv: a stop, which runs them, too, is no reboot"
run vserver tq1 start
poll 60 booted; ok "sysv: it serves its page"
first=$(master)
inside reboot -f
poll 60 again; ok "sysv: reboot -f inside: it serves its page again, by another server"
poll 20 idle
inside poweroff -f
poll 60 stopped; ok "sysv: poweroff -f inside stops it"
poll 20 idle
run vserver --silent tq1 delete
status 0 "sysv: delete"

guest tq2 plain 10.20.0.132 502
is "$(vserver tq2 exec cat /proc/1/comm < /dev/null)" init "plain: its init is process 1"
inside reboot
poll 120 again; ok "plain: reboot inside: it serves its page again, by another server"
is "$(cat /vservers/tq2/down)" "stop 6" "plain: it went down by runlevel 6, once"
poll 20 idle
rm /vservers/tq2/down
inside poweroff
poll 120 stopped; ok "plain: poweroff inside stops it"
is "$(cat /vservers/tq2/down)" "stop 0" "plain: by runlevel 0"
poll 20 idle
run vserver tq2 start
status 0 "plain: start"
poll 60 booted; ok "plain: it serves its page"
rm /vservers/tq2/down
run vserver tq2 stop
status 0 "plain: stop"
is "$(cat /vservers/tq2/down)" "stop 0" "plain: stop takes it down by its init"
run vserver --silent tq2 delete
status 0 "plain: delete"
echo "$old" > /proc/sys/kernel/vshelper
finish
