#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a start costs: a guest without scripts against a mount namespace with the same mounts, chroot and exec.
#
#   start-cost.sh [--gate]     --gate: at most 1.5 times as much, to be run with scripts/vm --icount
#
# The guest has no address: that is work on the host's network, which the other does not do.
#
# Both are counted from the exec of the command to the first instruction of the guest's init, and what the
# command does after it. Without --gate processor time is measured and printed: it varies from run to run.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154,SC2317,SC2086  # set by tap.sh; called by poll; plain names
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
cost=${VS_SUITES:-/rig/suites}/bin/startcost
conf=/etc/vservers/tk1
root=/vservers/tk1
rounds=${VS_ROUNDS:-7}

run vserver tk1 create "$tar" --context 461
status 0 "create"
cp "$cost" $root/startcost
rm -f $conf/fstab
mkdir -p $conf/apps/init
: > $conf/apps/init/style
printf '%s\n' /startcost init > $conf/apps/init/cmd.start
echo fakeinit > $conf/cflags

# By its whole name, as the other: a shell looks a command up once, execvp(3) each time.
vserver=$(command -v vserver)

# The middle one of several rounds: the first ones read files into memory.
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
written() { [ -s $root/cost ]; }
guest() {
	local n
	rm -f $root/cost
	n=$("$cost" run "$vserver" tk1 start < /dev/null) && poll 10 written && echo $((n + $(<$root/cost)))
	vserver tk1 stop < /dev/null > "$tap_tmp/out" 2>&1
}
bare() {
	local n
	rm -f $root/cost
	n=$("$cost" run "$cost" ref $root) && poll 10 written && echo $((n + $(<$root/cost)))
	pkill -KILL -x startcost
}
a=$(for _ in $(seq $rounds); do guest; done | median)
b=$(for _ in $(seq $rounds); do bare; done | median)
[ -n "$a" ] && [ -n "$b" ]; ok "both were measured"
ratio=$(awk -v a="${a:-0}" -v b="${b:-1}" 'BEGIN { printf "%.2f", a / b }')
echo "# start of a guest: ${a:-?}, chroot, exec and mounts: ${b:-?}, ratio $ratio"
if [ "${1:-}" = --gate ]; then
	awk -v r="$ratio" 'BEGIN { exit r > 1.5 }'; ok "a start costs at most 1.5 times the least ($ratio)"
fi

# The others of which docs/SPECIFICATION.md speaks: what they print goes elsewhere, the last line is the cost.
cost() { for _ in $(seq $rounds); do "$cost" run "$@" < /dev/null | tail -n 1; done | median; }
run vserver tk1 start
status 0 "start, once more"
a=$(cost "$vserver" tk1 exec /startcost true)
b=$(cost "$cost" enter $root)
c=$(cost "$(command -v vserver-stat)")
[ -n "$a" ] && [ -n "$b" ] && [ -n "$c" ]; ok "exec and vserver-stat were measured"
echo "# exec in a guest: ${a:-?}, chroot and exec: ${b:-?}, vserver-stat of one guest: ${c:-?}"
run vserver tk1 stop
status 0 "stop"
run vserver --silent tk1 delete
status 0 "delete"
finish
