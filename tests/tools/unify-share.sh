#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Guests made from one another share the page cache. Prints how much more file-backed memory twenty that serve pages
# with nginx need than one (to be at most 1.3 times); fails where it is not shared. VS_SHARE_GUESTS: another number.
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"

n=${VS_SHARE_GUESTS:-20}
tar=${VS_TEMPLATES:-/srv/templates}/guest-debian.tar
conf=/etc/vservers
top=/vservers/.ts
rm -rf $top
mkdir -p $top/pool $conf/.defaults/apps/vunify/hash
chmod 700 $top/pool
ln -sfn $top/pool $conf/.defaults/apps/vunify/hash/root

# What of all files is in memory, in KiB.
cached() { awk '/^(Active|Inactive)\(file\)/ { s += $2 } END { print s }' /proc/meminfo; }
forget() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	# The configuration is the host's, that of twenty guests as that of one.
	find $conf -type f -exec cat {} + > /dev/null
	cached
}

# Also when the test is ended from outside: no other may find them.
# shellcheck disable=SC2317
clean_up() {
	local i
	for ((i = 1; i <= n; i++)); do
		[ -d "$conf/ts$i" ] || continue
		vserver "ts$i" stop > /dev/null 2>&1
		vserver --silent "ts$i" delete
	done
	ip addr flush to 10.21.0.0/16 dev eth0 2> /dev/null
	rm -rf "$top" "$conf/.defaults/apps/vunify"
}
trap clean_up EXIT
trap 'exit 1' TERM INT

ip link set eth0 up
run vserver ts1 build -m template --initstyle plain --interface eth0:10.21.0.1/16 --interface eth0:fd21::1/64 -- -t "$tar"
status 0 "a Debian guest"
rm -f $conf/ts1/apps/init/cmd.*
printf '%s\n' /usr/sbin/nginx -g 'daemon off;' > $conf/ts1/apps/init/cmd.start
# A template that no one changes is shared as a whole.
mkdir -p $conf/ts1/apps/vunify
# shellcheck disable=SC2088  # a pattern
printf '~/var/log/*\n' > $conf/ts1/apps/vunify/exclude
: > $conf/ts1/apps/vunify/pkgmgmt-ignore
run vserver ts1 hashify
status 0 "is hashified"
bad=0
for ((i = 2; i <= n; i++)); do
	vserver "ts$i" build -m clone --initstyle plain --interface "eth0:10.21.0.$i/16" \
		--interface "eth0:fd21::$i/64" -- -s ts1 > /dev/null 2>&1 || bad=$((bad + 1))
	cp $conf/ts1/apps/init/cmd.start "$conf/ts$i/apps/init/"
done
is $bad 0 "$((n - 1)) clones"
same_inode /vservers/ts1/usr/sbin/nginx "/vservers/ts$n/usr/sbin/nginx"; ok "share their programs"

serve() {	# FIRST LAST: starts them and fetches a page of each
	local i
	for ((i = $1; i <= $2; i++)); do vserver --silent "ts$i" start > /dev/null 2>&1 || bad=$((bad + 1)); done
	[ $bad = 0 ] || return
	for ((i = $1; i <= $2; i++)); do
		poll 30 curl -sf -o /dev/null "http://10.21.0.$i/" || bad=$((bad + 1))
	done
}
base=$(forget)
serve 1 1
one=$(($(cached) - base))
vserver ts1 stop > /dev/null 2>&1
base=$(forget)
serve 1 "$n"
all=$(($(cached) - base))
is $bad 0 "all serve their page"
echo "# file-backed memory: one guest $one KiB, $n guests $all KiB: $(awk "BEGIN { printf \"%.2f\", $all / $one }") times"
[ $all -lt $((one * 2)) ]; ok "$n guests share it"
finish
