#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME convert: an old NAME.conf becomes a configuration directory, without being executed.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012  # for other shells; set by tap.sh; plain names
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
old=/etc/vservers/tc1.conf
new=/etc/vservers/tc1
mkdir /vservers/tc1
tar -C /vservers/tc1 -xf "$tar"
mkdir -p /vservers/tc1/dev/pts /vservers/tc1/proc /vservers/tc1/tmp
[ -e /vservers/tc1/dev/null ] || mknod -m 666 /vservers/tc1/dev/null c 1 3
write() { printf '%s\n' "$@" > $old; }
refused() { # WHAT REGEX
	run vserver tc1 convert
	status 1 "$1"
	err_like "$2" "$1: says why"
	[ ! -e $new ] && [ -z "$(ls -d /etc/vservers/.tc1* 2>/dev/null)" ]; ok "$1: nothing is made"
}
run vserver tc1 convert
status 1 "without an old configuration"
err_like 'cannot read /etc/vservers/tc1.conf: No such file' "says so"
run vserver tc1 convert --junk
status 1 "an unknown option"
run vserver ../tc1 convert
status 1 "a path"

echo "# a whole one"
write '# old style' 'IPROOT="10.20.0.131 eth0:10.20.0.132/25"' "IPROOTMASK='255.255.255.0'" 'IPROOTBCAST=10.20.0.255' \
	'IPROOTDEV=eth0' 'ONBOOT=yes' 'PRIORITY=50' 'PROFILE=prod' 'S_CONTEXT=431' 'S_HOSTNAME=old.example' \
	'S_DOMAINNAME=nis' 'S_NICE=3' 'S_FLAGS="lock nproc sched"' 'S_CAPS="CAP_NET_RAW !CAP_SYS_PTRACE"' \
	'ULIMIT="-H -u 500 -S -n 100 -HS -c 0"   # all of it' 'OTHER=1'
cat > /etc/vservers/tc1.sh <<X
#!/bin/sh
echo "\$1 \$2" >> $tap_tmp/scripts
X
chmod 755 /etc/vservers/tc1.sh
run vserver tc1 convert --dry-run
status 0 "--dry-run"
out_like 'tc1: can be converted' "says that it can be"
[ ! -e $new ]; ok "and does nothing"
run vserver tc1 convert
status 0 "convert"
out_is "tc1: converted; /etc/vservers/tc1.conf is kept and has no effect any more" "says what became of it"
err_like 'PRIORITY is left out.*PROFILE is left out' "and what has no counterpart"
err_like 'tc1.conf:13: flag sched is left out' "with its line"
err_like 'tc1.conf:16: OTHER is no setting' "unknown names too"
is "$(cat $new/interfaces/0/ip $new/interfaces/0/dev | tr '\n' ' ')" "10.20.0.131 eth0 " "IPROOT"
like "$(cat $new/interfaces/0/{mask,prefix} 2>/dev/null | tr '\n' ' ')" '^(255.255.255.0|24) $' "IPROOTMASK"
is "$(cat $new/interfaces/1/ip $new/interfaces/1/prefix | tr '\n' ' ')" "10.20.0.132 25 " "an address with its own length"
is "$(cat $new/interfaces/bcast)" 10.20.0.255 "IPROOTBCAST"
is "$(cat $new/context $new/nice $new/apps/init/mark $new/uts/nodename $new/uts/domainname | tr '\n' ' ')" \
	"431 3 default old.example nis " "S_CONTEXT, S_NICE, ONBOOT, S_HOSTNAME, S_DOMAINNAME"
is "$(tr '\n' ' ' < $new/cflags)" "lock nproc " "S_FLAGS"
is "$(tr '\n' ' ' < $new/bcapabilities)" "CAP_NET_RAW !CAP_SYS_PTRACE " "S_CAPS"
is "$(cat $new/ulimits/nproc.hard $new/ulimits/nofile.soft $new/ulimits/core | tr '\n' ' ')" "500 100 0 " "ULIMIT"
run vserver tc1 check
status 0 "check finds nothing wrong"
mkdir -p $new/apps/init
: > $new/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $new/apps/init/cmd.start
run vserver tc1 start
status 0 "the guest starts"
is "$(vserver tc1 exec hostname < /dev/null)" old.example "with its name"
run vserver tc1 stop
is "$(tr '\n' ' ' < "$tap_tmp/scripts")" "pre-start tc1 post-start tc1 pre-stop tc1 post-stop tc1 " "NAME.sh is called as before"
run vserver tc1 convert
status 1 "convert again"
err_like 'is there already' "is refused"
rm -r $new /etc/vservers/tc1.sh

echo "# what only a shell understands"
for value in '$(touch /tmp/pwn)' '`touch /tmp/pwn`' '"$HOME"' 'a;touch /tmp/pwn' '"a' 'a\b' '*' '{a,b}' 'a b' '~root'; do
	write 'IPROOT=10.20.0.131' "S_HOSTNAME=$value"
	refused "S_HOSTNAME=$value" 'tc1.conf:2: a value that only a shell understands'
done
[ ! -e /tmp/pwn ]; ok "nothing of it was executed"
write 'IPROOT=10.20.0.131' 'if true; then' 'S_NICE=1' 'fi'
refused "a statement" 'tc1.conf:2: not NAME=VALUE'
printf 'IPROOT=10.20.0.131\0\n' > $old
refused "a NUL byte" 'tc1.conf'
head -c 70000 /dev/zero | tr '\0' '#' > $old
refused "a huge file" 'tc1.conf'

echo "# wrong values"
write 'S_NICE=1'
refused "no address" 'no IPROOT'
write 'IPROOT=10.20.0.999'
refused "a bad address" 'IPROOT: not a list'
write 'IPROOT=10.20.0.131' 'S_NICE=99'
refused "a bad nice level" "tc1/nice:1: '99' is not"
write 'IPROOT=10.20.0.131' 'S_FLAGS=nosuch'
refused "a bad flag" "nosuch"
write 'IPROOT=10.20.0.131' 'S_CONTEXT=1'
refused "a bad number" "1: not a number"
write 'IPROOT=10.20.0.131' 'ULIMIT="-q 3"'
refused "a bad limit" 'ULIMIT: not words of ulimit'
write 'IPROOT="0.0.0.0 10.20.0.131"'
refused "all addresses and one" 'all addresses, and single ones'
mv /vservers/tc1 /vservers/tc1.away
write 'IPROOT=0.0.0.0'
refused "no root directory" 'cannot find its root directory /vservers/tc1'
mv /vservers/tc1.away /vservers/tc1
run vserver tc1 convert
status 0 "IPROOT=0.0.0.0"
[ -e $new/noncontext ]; ok "is a guest with all addresses of the host"
rm $old
run vserver --silent tc1 delete
status 0 "delete"
finish
