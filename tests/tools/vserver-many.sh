#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# start-vservers, the systemd generator, the sysv script: many guests, in order.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012  # for other shells; set by tap.sh; plain names
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
lib=/usr/lib/util-vserver
work() { run $lib/start-vservers "$@"; }

run vserver tm1 create "$tar" --context 401
for i in 2 3 4 5; do run vserver tm$i create guest:tm1 --context 40$i; done
status 0 "five guests"
log=$tap_tmp/order
for i in 1 2 3 4 5; do
	c=/etc/vservers/tm$i
	mkdir -p $c/apps/init $c/scripts
	: > $c/apps/init/style
	printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $c/apps/init/cmd.start
	printf '%s\n' /bin/true > $c/apps/init/cmd.stop
	for s in pre-start post-start pre-stop post-stop; do
		printf '#!/bin/sh\necho "$1 $2" >> %s\n' "$log" > $c/scripts/$s
		chmod 755 $c/scripts/$s
	done
done
conf() { vserver "$1" config set "${@:2}" < /dev/null; }
conf tm1 apps/init/mark default
conf tm2 apps/init/mark default
conf tm2 apps/init/depends tm1
conf tm3 apps/init/mark default
conf tm3 apps/init/depends tm2
conf tm4 apps/init/mark other
place() { grep -n "^$1\$" "$log" | tail -n 1 | cut -d: -f1; }
order() { # EARLIER LATER WHAT
	[ "$(place "$1")" -lt "$(place "$2")" ]; ok "$3"
}

echo "# start-vservers"
work -m default --test
status 0 "--test"
out_is "start tm1
start tm2
start tm3" "tells what it would do, in order"
work -m default --start
status 0 "-m default --start"
out_like 'tm1 +done .*tm2 +done .*tm3 +done .*3 of 3 guests running in' "with a summary"
run vserver list --running --names
out_is "tm1
tm2
tm3" "the marked guests run"
order "post-start tm1" "pre-start tm2" "tm2 was started when tm1 was up"
order "post-start tm2" "pre-start tm3" "tm3 when tm2 was"
work -m default
status 0 "again: nothing to do is no failure"
out_like 'tm1 +already' "and said"
work --unmarked --stopped --test
out_is "start tm5" "--unmarked --stopped"
work --marked --stopped --test
out_is "start tm4" "--marked"
work --all --running --test --stop
out_like 'stop tm3.stop tm2.stop tm1' "--stop: dependent guests first"
work --running --stop
status 0 "--running --stop"
order "post-stop tm3" "pre-stop tm2" "tm3 was down before tm2"
order "post-stop tm2" "pre-stop tm1" "tm2 before tm1"
work tm3
status 0 "one guest starts those that it needs"
is "$(vserver list --running --names < /dev/null | tr '\n' ' ')" "tm1 tm2 tm3 " "all three run"
work --stop --all
printf '%s\n' /nosuch > /etc/vservers/tm2/apps/init/cmd.start
work -j 2 --all
status 2 "one that fails"
out_like 'tm2 +failed .*tm3 +skipped .*needs tm2.*tm4 +done.*tm5 +done' "holds up only what needs it"
err_like 'vserver: tm2: cannot run /nosuch' "its message is shown"
work --json --all
out_like '"guest":"tm3",.*"result":"skipped",.*"reason":"needs tm2"' "--json"
work --stop --all --quiet
out_is "" "--quiet"
work --stop tm1 -q
vserver tm2 config unset apps/init/depends < /dev/null
work tm2
status 1 "nothing worked"
conf tm2 apps/init/depends tm1
work --debug tm5
err_like 'ms  services' "--debug"
work --stop --all -q
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > /etc/vservers/tm2/apps/init/cmd.start
conf tm1 apps/init/depends tm3
work -m default
status 1 "a circle"
out_like 'depends on itself, in a circle' "is told"
vserver tm1 config unset apps/init/depends < /dev/null
conf tm5 disabled
work --all --test
out_like 'start tm4' "disabled guests are left out"
[[ $out != *tm5* ]]; ok "of --all too"
work nosuch
status 1 "an unknown guest"
work
status 1 "nobody named"
run $lib/start-vservers --help
status 0 "--help"
cp -a /etc/vservers "$tap_tmp/conf"
work -c "$tap_tmp/conf" --test tm4
out_is "start tm4" "-c DIR"

echo "# the generator"
gen=/usr/lib/systemd/system-generators/systemd-vserver-generator
mkdir "$tap_tmp/gen"
run $gen "$tap_tmp/gen" "$tap_tmp/gen" "$tap_tmp/gen"
status 0 "runs"
is "$(ls "$tap_tmp/gen/vserver.target.wants" | tr '\n' ' ')" "vserver@tm1.service vserver@tm2.service vserver@tm3.service " "the default mark"
is "$(ls "$tap_tmp/gen/multi-user.target.wants")" vserver-shutdown.service "guests that are started by hand are stopped at shutdown"
is "$(ls "$tap_tmp/gen/vserver-mark@other.target.wants")" vserver@tm4.service "another mark"
is "$(cat "$tap_tmp/gen/vserver@tm1.service.d/mark.conf" "$tap_tmp/gen/vserver@tm4.service.d/mark.conf")" "# From apps/init/mark.
[Unit]
PartOf=vserver.target
After=vserver.target
# From apps/init/mark.
[Unit]
PartOf=vserver-mark@other.target
After=vserver-mark@other.target" "who stops with the target, and is stopped before it"
is "$(readlink "$tap_tmp/gen/vserver.target.wants/vserver@tm1.service")" /usr/lib/systemd/system/vserver@.service "links to the template"
is "$(cat "$tap_tmp/gen/vserver@tm2.service.d/depends.conf")" "# From apps/init/depends.
[Unit]
Requires=vserver@tm1.service
After=vserver@tm1.service" "dependencies, with their order"
mkdir -p "$tap_tmp/c2/a-b.c/apps/init" "$tap_tmp/g2"; ln -s / "$tap_tmp/c2/a-b.c/vdir"; echo default > "$tap_tmp/c2/a-b.c/apps/init/mark"
X_UTIL_VSERVER_CONFDIR=$tap_tmp/c2 run $gen "$tap_tmp/g2"
is "$(ls "$tap_tmp/g2/vserver.target.wants")" "vserver@$(systemd-escape a-b.c).service" "names are escaped as systemd does"
run $gen
status 64 "a wrong call"
run $gen /nosuch
status 71 "a directory that is not there"
run systemd-analyze --man=no verify /usr/lib/systemd/system/vserver@.service /usr/lib/systemd/system/vserver.target
[[ $err != *vserver* ]]; ok "systemd has no objections to the units ($err)"

echo "# the sysv script"
script=/etc/init.d/vservers
run $script start
status 0 "start"
is "$(vserver list --running --names < /dev/null | tr '\n' ' ')" "tm1 tm2 tm3 " "starts the mark default"
run $script status
out_like 'tm1 +401 running' "status"
run vserver tm4 start
run $script restart
status 0 "restart"
RUNLEVEL=0 run $script stop
status 0 "stop when the machine goes down"
is "$(vserver list --running --names < /dev/null)" "" "stops everybody"
run $script junk
status 3 "an unknown word"

echo "# the host: util-vserver, vprocunhide"
old=$(cat /proc/sys/kernel/vshelper)
run /etc/init.d/util-vserver start
status 0 "util-vserver start"
is "$(cat /proc/sys/kernel/vshelper)" /usr/sbin/vshelper "tells the kernel its helper"
run /etc/init.d/util-vserver status
out_like '^set up, 0 contexts' "status"
run vserver tm1 start
in_context 409 sleep 1000
vattribute --xid 409 --set --flag persistent
printf '#!/bin/sh\ntrap "" TERM\nsleep 1000\n' > "$tap_tmp/stubborn"; chmod 755 "$tap_tmp/stubborn"
in_context 410 "$tap_tmp/stubborn"
run /etc/init.d/util-vserver stop
status 0 "util-vserver stop"
is "$(find /proc/virtual -maxdepth 1 -name '[0-9]*')" "" "ends guests and contexts, the persistent and the stubborn too"
run vserver tm1 status
status 3 "tm1 was stopped"
run /etc/init.d/util-vserver junk
status 3 "an unknown word"
echo "$old" > /proc/sys/kernel/vshelper
run /etc/init.d/util-vserver status
status 3 "status when it is not set up"
setattr --hide /proc/loadavg
run /etc/init.d/vprocunhide start
status 0 "vprocunhide start"
like "$(showattr -d /proc/loadavg)" 'h' "shows what guests shall find"
run /etc/init.d/vprocunhide stop
status 0 "vprocunhide stop"
run /etc/init.d/vprocunhide junk
status 3 "an unknown word"
run systemd-analyze --man=no verify /usr/lib/systemd/system/util-vserver.service /usr/lib/systemd/system/vprocunhide.service
[[ $err != *vserver* && $err != *vprocunhide* ]]; ok "systemd has no objections to their units ($err)"

for i in 5 4 3 2 1; do run vserver --silent tm$i delete; done
status 0 "delete"
finish
