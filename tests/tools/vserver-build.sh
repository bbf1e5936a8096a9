#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME build and delete: what is written, what is refused, that failures leave nothing.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2012,SC2154  # for other shells; plain names; set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers

# Everything that a build may touch, as text.
tree() { find /vservers $conf /run/vservers -mindepth 1 ! -path '/run/vservers/.*' ! -path "$conf/.defaults*" | sort; }
before=$(tree)
rm -f $conf/.defaults/context.next

echo "# a template"
run vserver tb1 build -m template --context 301 --hostname tb1.example --initstyle plain --flags virt_load,fork_rss \
	--interface eth0:10.20.0.31/24 --interface lan=eth0:fd20::31/64 --interface nodev:10.20.0.32/255.255.255.0 \
	--interface "eth0:[fd20::33]" --netbcast 10.20.0.255 -- -t "$tar"
status 0 "template builds"
setting() { cat "$conf/tb1/$1" 2>&1; }
is "$(setting context)" 301 "context"
is "$(setting name)" tb1 "name"
is "$(setting uts/nodename)" tb1.example "uts/nodename"
is "$(setting apps/init/style)" plain "apps/init/style"
is "$(setting cflags)" virt_load,fork_rss "cflags"
is "$(setting interfaces/0/ip) $(setting interfaces/0/dev) $(setting interfaces/0/prefix)" "10.20.0.31 eth0 24" "IPv4 interface"
is "$(setting interfaces/1/ip) $(setting interfaces/1/dev) $(setting interfaces/1/prefix) $(setting interfaces/1/name)" \
	"fd20::31 eth0 64 lan" "IPv6 interface with a label"
is "$(setting interfaces/2/ip) $(setting interfaces/2/mask)" "10.20.0.32 255.255.255.0" "mask"
[ -e $conf/tb1/interfaces/2/nodev ] && [ ! -e $conf/tb1/interfaces/2/dev ]; ok "nodev"
is "$(setting interfaces/3/ip) $(setting interfaces/3/dev)" "fd20::33 eth0" "IPv6 in brackets"
is "$(setting interfaces/bcast)" 10.20.0.255 "broadcast address"
is "$(readlink $conf/tb1/vdir)" /vservers/tb1 "vdir points to the root"
is "$(readlink $conf/tb1/run)" /run/vservers/tb1 "run points to the run file"
like "$(setting fstab)" '^proc.*/proc.*devpts' "fstab has the default mounts"
is "$(stat -c %a:%u /vservers/tb1 $conf/tb1 | tr '\n' ' ')" "755:0 755:0 " "owner and mode of both directories"
is "$(stat -c '%n %F %t:%T %a' /vservers/tb1/dev/{null,zero,ptmx,tty,urandom} | sed 's,.*/dev/,,')" \
"null character special file 1:3 666
zero character special file 1:5 666
ptmx character special file 5:2 666
tty character special file 5:0 666
urandom character special file 1:9 644" "device nodes"
is "$(find /vservers/tb1/dev -type b)" "" "no block devices"
is "$(find /vservers/tb1/dev -mindepth 1 -name '*' | sed 's,.*/,,' | sort | tr '\n' ' ')" \
	"fd full null ptmx pts random shm stderr stdin stdout tty urandom zero " "no other nodes"
like "$(showattr -d /vservers)" '^....B' "the directory above the guests has a barrier"
run chcontext --silent --secure -- ls /vservers/tb1
err_like 'Permission denied' "which no task of a context passes"
run vserver tb1 status
status 3 "it is stopped"
run vserver tb1 running
status 1 "running says so too"

echo "# an address without device"
run vserver tb2 build -m skeleton --interface 2001:db8::1/64 --interface 192.0.2.7
status 0 "builds"
is "$(cat $conf/tb2/interfaces/0/ip) $(ls $conf/tb2/interfaces/0 | tr '\n' ' ')" "2001:db8::1 ip nodev prefix " \
	"bare IPv6 is an address, not a device 2001"
is "$(cat $conf/tb2/interfaces/1/ip)" 192.0.2.7 "bare IPv4"
err_like 'names no device' "and a word about it"

echo "# numbers"
first=$(cat $conf/tb2/context)
is "$first" 40000 "the first number of the counter"
is "$(cat $conf/.defaults/context.next)" 40001 "the counter moved on"
run vserver tb3 build -m skeleton --context 40001
status 0 "a number of the counter, taken by hand"
for i in 1 2 3 4; do vserver tbp$i build -m skeleton < /dev/null & done
wait
is "$(cat $conf/tbp?/context | sort | tr '\n' ' ')" "40002 40003 40004 40005 " "four builds at once get four numbers, none taken"
run vserver tb4 build -m skeleton --context 301
status 1 "a number in use is refused"
err_like 'guest tb1 has this number' "with its owner"
run vserver tb4 build -m skeleton --context 70000
status 1 "a number out of range is refused"
err_like '70000.*2 to 65535' "with the range"
echo 49151 > $conf/.defaults/context.next
run vserver tb5 build -m skeleton
is "$(cat $conf/tb5/context)" 49151 "the last number"
run vserver tb6 build -m skeleton
is "$(cat $conf/tb6/context)" 40006 "then around, past those in use"

echo "# refused"
run vserver tb1 build -m skeleton
status 1 "an existing guest"
err_like 'exists' "says why"
is "$(setting context)" 301 "and it is as it was"
for bad in ../x a/b .hidden 'a b' 'x;y' "$(printf 'a%.0s' {1..70})" -; do
	run vserver "$bad" build -m skeleton
	[ "$rc" != 0 ] && [ -n "$err" ]; ok "name '${bad:0:20}'"
done
refuse() { # WHAT ARGS...
	local what=$1
	shift
	run vserver tbx build "$@"
	status 1 "refused: $what"
	[ ! -e $conf/tbx ] && [ ! -e /vservers/tbx ]; ok "and nothing is there"
}
refuse "no method"
refuse "unknown method" -m nosuch
refuse "method with a path" -m ../tools/x
refuse "unknown option" -m skeleton --nosuch
refuse "address that is none" -m skeleton --interface eth0:10.0.0.300/24
refuse "prefix of IPv4 beyond 32" -m skeleton --interface eth0:10.0.0.3/33
refuse "prefix of IPv6 beyond 128" -m skeleton --interface eth0:fd00::1/129
refuse "mask with holes" -m skeleton --interface eth0:10.0.0.3/255.0.255.0
refuse "unknown flag" -m skeleton --flags nosuchflag
refuse "unknown style" -m skeleton --initstyle nosuch
refuse "host name with a blank" -m skeleton --hostname 'a b'
refuse "archive that does not exist" -m template -- -t /nosuch.tar
refuse "template without archive" -m template
refuse "clone of nothing" -m clone -- -s nosuchguest
echo hello > "$tap_tmp/no.tar"
refuse "archive that is none" -m template -- -t "$tap_tmp/no.tar"
refuse "half an archive" -m template -- -t "$tar" -t "$tap_tmp/no.tar"

echo "# hostile archives"
mkdir "$tap_tmp/a" "$tap_tmp/b" "$tap_tmp/b/out"
ln -s "$tap_tmp/target" "$tap_tmp/a/out"
mkdir "$tap_tmp/target"
echo bad > "$tap_tmp/b/out/file"
tar -C "$tap_tmp/a" -cf "$tap_tmp/a.tar" out
tar -C "$tap_tmp/b" -cf "$tap_tmp/b.tar" out/file
run vserver tbx build -m template -- -t "$tap_tmp/a.tar" -t "$tap_tmp/b.tar"
is "$(ls "$tap_tmp/target")" "" "a link in one archive does not lead the next one out of the root"
[ "$rc" = 0 ] && vserver --silent tbx delete
echo bad > "$tap_tmp/file"
tar -P -cf "$tap_tmp/c.tar" --transform "s,.*,../../../../../../..$tap_tmp/target/escaped," "$tap_tmp/file"
run vserver tbx build -m template -- -t "$tap_tmp/c.tar"
is "$(ls "$tap_tmp/target")" "" "neither do dots"
[ "$rc" = 0 ] && vserver --silent tbx delete
mkdir -p "$tap_tmp/d/etc"
ln -s "$tap_tmp/target/resolv" "$tap_tmp/d/etc/resolv.conf"
ln -s "$tap_tmp/target" "$tap_tmp/d/dev"
ln -s "$tap_tmp/target" "$tap_tmp/d/proc"
ln -s "$tap_tmp/target" "$tap_tmp/d/var"
printf 'ID=debian\n' > "$tap_tmp/d/etc/os-release"
ln -s "$tap_tmp/target/hosts" "$tap_tmp/d/etc/hosts"
ln -s "$tap_tmp/target/hostname" "$tap_tmp/d/etc/hostname"
tar -C "$tap_tmp/d" -cf "$tap_tmp/d.tar" .
run vserver tbx build -m template -- -t "$tap_tmp/d.tar"
is "$(ls "$tap_tmp/target")" "" "nothing is written through links of the tree: devices, mount points, etc"
[ "$rc" = 0 ] && vserver --silent tbx delete

echo "# other methods"
run vserver tbc build -m clone --context 333 -- -s tb1
status 0 "clone of a guest"
is "$(cd /vservers/tb1 && find . -type f | sort | xargs md5sum)" "$(cd /vservers/tbc && find . -type f | sort | xargs md5sum)" \
	"has the same files"
run vserver tbd build -m clone --context 334 -- --source /vservers/tb1
status 0 "clone of a directory"
run vserver tbs build -m skeleton --context 335 -- sh -c 'echo "$VS_NAME" > made; pwd > where'
status 0 "skeleton with a command"
is "$(cat /vservers/tbs/made /vservers/tbs/where | tr '\n' ' ')" "tbs /vservers/tbs " "that runs in the root directory"
run vserver tbe build -m skeleton -- false
status 1 "a command that fails, fails the build"
[ ! -e $conf/tbe ] && [ ! -e /vservers/tbe ]; ok "and nothing is left"
run vserver tbe build -m skeleton -- touch /etc/vserver-test-file
status 1 "a command that writes to the host fails"
[ ! -e /etc/vserver-test-file ]; ok "and wrote nothing"
run vserver tbe build --keep -m skeleton -- false
status 1 "with --keep it fails"
[ -d /vservers/tbe ]; ok "and leaves the root"
run vserver tbe build --force -m skeleton
status 0 "--force builds over it"
is "$(find /vservers -maxdepth 1 -name 'tbe.~*~' | wc -l)" 1 "the old root was renamed"
rm -rf /vservers/tbe.~*~ $conf/.tbe.building
run vserver --dry-run tbz build -m skeleton
status 0 "--dry-run"
run vserver tbz build --dry-run --json -m skeleton --context 339
is "$(jq -c '[.guest, .root, .context]' <<< "$out")" '["tbz","/vservers/tbz",339]' "build --dry-run --json"
run vserver tbz build --json -m skeleton
status 1 "--json without --dry-run"
[ ! -e $conf/tbz ] && [ ! -e /vservers/tbz ]; ok "makes nothing"
run vserver tbr build -m rsync --context 336 -- -s /vservers/tb1 -o -a -d debian
status 0 "rsync of a directory"
is "$(cd /vservers/tb1 && find bin sbin usr -type f -o -type l | sort)" "$(cd /vservers/tbr && find bin sbin usr -type f -o -type l | sort)" \
	"has the same programs"
is "$(cat /vservers/tbr/etc/hostname)" tbr "-d debian: what a Debian needs beside them"
run vserver tbr2 build -m rsync -- -s /vservers/nosuch
status 1 "rsync of nothing"
# shellcheck disable=SC2088  # a pattern
echo '~/bin' > "$tap_tmp/list"
run vserver tbo build -m clone --context 337 --rootdir "$tap_tmp/roots" --lockfile "$tap_tmp/tbo.run" -- -s tb1 -X "$tap_tmp/list" -d debian
status 0 "--rootdir, --lockfile; a clone with an exclude list"
is "$(readlink $conf/tbo/vdir) $(readlink $conf/tbo/run)" "$tap_tmp/roots/tbo $tap_tmp/tbo.run" "both are where they were wanted"
[ -e "$tap_tmp/roots/tbo/etc/passwd" ] && [ ! -e "$tap_tmp/roots/tbo/bin" ]; ok "and the list holds"
run vserver tbq build -m skeleton --context 338 --confdir "$tap_tmp/conf/tbq"
status 0 "--confdir"
is "$(cat "$tap_tmp/conf/tbq/context")" 338 "is there"
run vserver "$tap_tmp/conf/tbq" status
is "$rc" 3 "and the guest's name is the path"
run vserver --silent "$tap_tmp/conf/tbq" delete
status 0 "also to delete it"
mkdir /vservers/tbi; echo mine > /vservers/tbi/file
run vserver tbi build -m template --context 339 -- -t "$tar"
status 1 "a root directory that is not empty"
run vserver tbi build -m template --context 339 --i-know-its-there --debug --netdev eth0 --netmask 255.255.255.0 \
	--interface 10.20.0.39 -- -t "$tar" -d debian --nodevsanity
status 0 "but with --i-know-its-there"
is "$(cat /vservers/tbi/file)" mine "which keeps what is there"
is "$(cat $conf/tbi/interfaces/dev $conf/tbi/interfaces/mask $conf/tbi/interfaces/0/ip)" "eth0
255.255.255.0
10.20.0.39" "--netdev, --netmask"
[ ! -e $conf/tbi/interfaces/0/nodev ]; ok "with a device for all none is missing"
err_like '\+ tar .*--extract' "--debug shows what the method does"
run vserver tbp build -m skeleton --netprefix 28 --interface nodev:10.20.0.40
is "$(cat $conf/tbp/interfaces/prefix)" 28 "--netprefix"
vserver tbk build -m skeleton -- sleep 60 < /dev/null > /dev/null 2>&1 &
poll 10 pgrep -x sleep
kill -TERM $!
wait $!
is $? 1 "a build that is told to end, fails"
[ ! -e $conf/tbk ] && [ ! -e /vservers/tbk ]; ok "and leaves nothing"
poll 5 sh -c '! pgrep -x sleep'; ok "its command has ended"

echo "# list"
run vserver list
status 0 "list"
out_like 'NAME +CTX +STATE.*tb1 +301 stopped' "names the guests"
run vserver list --json
status 0 "list --json"
out_like '"name":"tb1",' "has them too"
run vserver list --names --running
is "$out" "" "none is running"

echo "# delete"
run vserver tb1 delete
status 2 "without an answer it is refused"
is "$out$err" "vserver: tb1: not deleted: there is no terminal to ask at; \`vserver tb1 delete --yes\` does it" "with the way to do it"
out=$(echo n | vserver tb1 delete 2>&1); rc=$?
status 2 "with the answer n as well"
is "$out" "vserver: tb1: not deleted: the answer was not y or yes" "and says so"
out=$(echo n | script -qec 'vserver tb1 delete' /dev/null); rc=$?
status 2 "and at a terminal"
like "$out" "Delete vserver 'tb1' with its root directory /vservers/tb1\? \(y/N\).*not deleted" "which is asked"
run vserver tb1 delete --yess
status 1 "an unknown argument"
err_like "delete: unknown argument '--yess'.*\[-y \| --yes\]" "is told with the known ones"
[ -d $conf/tb1 ] && [ -d /vservers/tb1 ]; ok "and all is there"
mkdir /vservers/tb1/m
mount -t tmpfs none /vservers/tb1/m
run vserver --silent tb1 delete
status 2 "a guest with a mount is not deleted"
err_like '/vservers/tb1/m is mounted' "says which"
[ -e /vservers/tb1/bin/busybox ]; ok "and is whole"
umount /vservers/tb1/m
deep=/vservers/tb1
(cd $deep && for ((i = 0; i < 600; i++)); do mkdir d && cd d || exit; done)
ln -s /etc /vservers/tb1/etclink
run vserver tb1 delete --yes
status 0 "delete --yes"
run vserver tbi delete -y
status 0 "delete -y"
out=$(echo yes | vserver tbp delete 2>&1); rc=$?
status 0 "delete with the answer yes from a pipe"
[ ! -e $conf/tb1 ] && [ ! -e /vservers/tbi ] && [ ! -e $conf/tbp ]; ok "they are gone"
for g in $(vserver list --names); do
	case $g in tb*) run vserver --silent "$g" delete; status 0 "delete $g" ;; esac
done
[ -f /etc/passwd ]; ok "what a link in the guest points to is there"
is "$(tree)" "$before" "all is as before"
is "$(ls -A /run/vservers/.lock 2>/dev/null)" "" "no lock is left"
rm -f $conf/.defaults/context.next
finish
