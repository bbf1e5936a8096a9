#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vsysvwrapper and the links v_*: services of the host on some of its addresses.
# The host has a dummy device, vsd0: 10.77.0.1/24 and 10.77.0.2/24.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

ip link add vsd0 type dummy && ip addr add 10.77.0.1/24 dev vsd0 && ip addr add 10.77.0.2/24 dev vsd0 &&
	ip link set vsd0 up
export VSERVICES_CONFDIR=$tap_tmp/vservices VSERVICES_INITDIR=$tap_tmp/init.d
mkdir "$VSERVICES_CONFDIR" "$VSERVICES_INITDIR"
cat > "$VSERVICES_INITDIR/ssh" <<'EOT'
#!/bin/bash
echo "$1 $SYSTEMCTL_SKIP_REDIRECT"
sed -n 's/^NID:/nid/p' /proc/self/ninfo
[ "$1" != start ] || { nc -k -l -p 7010 >/dev/null 2>&1 </dev/null & echo $! > "$VSERVICES_CONFDIR/pid"; }
[ "$1" != status ] || exit 3
EOT
chmod +x "$VSERVICES_INITDIR/ssh"
conf() { printf '%b' "$1" > "$VSERVICES_CONFDIR/sshd.conf"; }
# shellcheck disable=SC2317  # called by poll
listens() { nc -z -w 1 "$1" 7010; }

run v_nothing start
status 127 'a link that is not there'
run vsysvwrapper
status 64 'no service: usage'
run vsysvwrapper ../x start
status 64 'no path for a name'
run v_named start
status 6 'a service that the host lacks: 6'
err_like '^v_named: named: there is no ' '... in words'

conf '# comment\nIP="10.77.0.1/24"\nNID=353\n'
run v_sshd start
status 0 'start'
out_is 'start 1
nid	353' 'the start script runs in the context, and not by way of systemd'
poll 5 listens 10.77.0.1
ok 'it answers on its address'
! listens 10.77.0.2
ok 'and not on the other'
run v_sshd status
status 3 'the status of the script'
out_like 'nid	353' 'it joins the context'
kill "$(cat "$VSERVICES_CONFDIR/pid")"
poll 5 net_gone 353
ok 'the context ends with the service'

conf 'IP=vsd0\n'
run vsysvwrapper sshd status
status 3 'an interface for the address, any number'
out_like 'nid	[1-9]' '... in a context'
conf "IP=\"\$(touch $tap_tmp/evil)\"\\n"
run v_sshd status
status 6 'a value is not executed'
[ ! -e "$tap_tmp/evil" ]
ok '... indeed not'
conf 'IP=10.77.0.1/24\nPATH=/x\n'
run v_sshd status
status 6 'an unknown name'
err_is "v_sshd: $VSERVICES_CONFDIR/sshd.conf:2: only IP=ADDRESSES and NID=NUMBER are known" '... with file and line'
conf 'IP=\n'
run v_sshd status
status 6 'no address'
conf 'IP=10.77.0.1/24\n'
chmod 666 "$VSERVICES_CONFDIR/sshd.conf"
run v_sshd status
status 6 'a file that others may write'
ip link del vsd0
finish
