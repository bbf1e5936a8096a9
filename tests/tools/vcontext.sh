#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vcontext: contexts 301 to 305 below the host.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits vcontext 255

run vcontext --create --xid 301 -- cat /proc/self/vinfo
status 0 'create runs the program'
out_like '^New security context is 301
XID:	301' 'the number is told and the program is inside'
poll 5 ctx_gone 301
ok 'the context ends with its last process'

run vcontext --create --silent --xid 301 -- true
out_is '' '--silent: no number'

run vcontext --create -- true
out_like '^New security context is (49|5[0-9]|6[0-5])[0-9]{3}$' 'without --xid: a number from 49152 on'

run vcontext --create --xid 301 -- sh -c 'exit 37'
status 37 'the status of the program is passed on'
run vcontext --create --silent --xid 301 -- /no/such/program
status 255 'a program that does not exist: 255'
err_is 'vcontext: cannot execute /no/such/program: No such file or directory' '... and its name'
poll 5 ctx_gone 301
ok '... and no context stays'

in_context 302 sleep 1000
run vcontext --create --xid 302 -- true
status 254 'a context that exists: 254'
err_is 'vcontext: cannot create context 302: the context exists and is being set up' '... in words'
run vcontext --migrate --xid 302 -- cat /proc/self/vinfo
status 0 'migrate runs the program'
out_like '^XID:	302' '... in that context'
run vcontext --migrate --xid 302 --endsetup -- true
status 0 '--endsetup from outside'
run vattribute --xid 302 --get
like "$out" 'state_init,state_admin' 'the set-up has ended'
run vcontext --migrate --xid 302 --endsetup -- true
status 0 '--endsetup a second time changes nothing'
run vcontext --create --xid 302 --silentexist -- true
status 254 '--silentexist: 254 as well'
err_is '' '... without a message'
run vcontext --migrate --initpid --xid 302 -- sh -c 'echo $$; exec sleep 0.2'
pid=$out
run vserver-info 302 INITPID
is "$rc" 1 'the init is gone with its process'
vcontext --migrate --initpid --xid 302 -- sleep 1000 </dev/null >/dev/null &
pid2=$!
disown
poll 5 vserver-info -q 302 INITPID
run vserver-info 302 INITPID
is "$out" "$pid2" '--initpid records the process as init'
kill -0 "$pid" 2>/dev/null
is $? 1 'the first one is gone'
kill "$pid2"
# shellcheck disable=SC2317  # called by poll
gone() { ! vserver-info -q 302 INITPID; }
poll 5 gone
vcontext --migrate --fakeinit --ctx 302 -- sleep 1000 </dev/null >/dev/null &
pid2=$!
disown
poll 5 vserver-info -q 302 INITPID
run vserver-info 302 INITPID
is "$out" "$pid2" '--fakeinit and --ctx are older names'
end_context 302
run vcontext --create --silent --xid 302 -- vcontext --migrate-self --endsetup --initpid -- \
	sh -c 'vserver-info self RUNNING 2>/dev/null; cat /proc/self/vinfo'
status 0 '--migrate-self'
like "$out" 'XID:	302.*CFlags:	000000040[0-9a-f]{7}' '... ends set-up and the search for an init'
poll 5 ctx_gone 302

run vcontext --migrate --xid 303 -- true
status 255 'migrate into no context: 255'
err_is 'vcontext: cannot enter context 303: no such context' '... in words'
run vcontext --create --xid 70000 -- true
status 255 'a number out of range: 255'
err_is "vcontext: '70000' is no context number: 0 to 65535 are legal" '... with the legal ones'
run vcontext --create --xid 1 -- true
err_is 'vcontext: cannot create context 1: the number must be 2 to 65535' 'a special number cannot be created'
run vcontext --create --xid no-guest -- true
err_like "^vcontext: there is no guest 'no-guest' in /" 'an unknown guest'

for args in '' '--create --migrate --xid 3 true' '--create --initpid true' '--migrate true' \
	'--migrate-self --xid 3 true' '--create' '--create --chroot --pivot-root true' \
	'--create --disconnect --vlogin true'; do
	# shellcheck disable=SC2086
	run vcontext $args
	status 255 "refused: vcontext $args"
	err_like "Try 'vcontext --help'" '... with a hint'
done

# Roots: a tree with one static program, which says where it is.
root=$tap_tmp/root
mkdir -p "$root/etc" "$root/dev"
printf 'root:x:0:0::/:/bin/sh\nweb:x:77:78::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nwebs:x:78:\nlogs:x:79:web\nother:x:80:root\n' >"$root/etc/group"
mkdir -p "$root/usr" && for d in bin lib lib64 usr; do
	[ ! -L /$d ] || cp -P /$d "$root/$d"
	[ -L /$d ] || { mkdir -p "$root/$d" && mount --bind /$d "$root/$d"; }
done
cd "$root" || exit 1
run vcontext --create --silent --xid 304 --chroot --uid web -- id
is "${out//\(*([a-z])\)/}" 'uid=77(web) gid=78(webs) groups=78(webs),79(logs)' \
	'--uid NAME: user and groups of the guest'
run vcontext --create --silent --xid 304 --chroot --uid 77 -- id
is "$out" 'uid=77(web) gid=78(webs) groups=78(webs),79(logs)' '--uid NUMBER: the same'
run vcontext --create --silent --xid 304 --chroot --uid 4242 -- id
is "$out" 'uid=4242 gid=4242 groups=4242' '--uid NUMBER without entry: no group of root'
run vcontext --create --silent --xid 304 --chroot --uid nobody-here -- id
status 255 '--uid unknown: 255'
err_is "vcontext: there is no user 'nobody-here' in /etc/passwd of the guest" '... in words'
run vcontext --create --silent --xid 304 --pivot-root -- sh -c 'cat /etc/group; ls -a / | head -1'
like "$out" 'webs:x:78:' '--pivot-root: the current directory is the root'
run vcontext --create --silent --xid 304 --pivot-root -- sh -c 'ls -a /.oldroot /proc'
like "$err" 'oldroot' '... and nothing of the old root is left'
vcontext --create --silent --xid 304 --pivot-root -- sleep 1000 </dev/null &
disown
poll 10 ctx_exists 304
cd / || exit 1
poll 10 vcontext --migrate --xid 304 --pivot-root -- test -f /etc/passwd
run vcontext --migrate --xid 304 --pivot-root -- cat /etc/group
like "$out" 'webs:x:78:' '--migrate --pivot-root enters the stored mounts'
end_context 304
cd "$root" || exit 1
vspace --new --mount -- vcontext --create --silent --xid 304 -- vcontext --migrate-self --endsetup --chroot --namespace -- \
	sleep 1000 </dev/null &
disown
cd / || exit 1
poll 10 vcontext --migrate --xid 304 --chroot --namespace -- grep -q webs /etc/group
ok '--namespace: the root and the mounts are stored, and entered'
run vcontext --migrate --xid 304 --chroot --namespace -- ls /
like "$out" 'dev.etc' '... nothing else is there'
end_context 304
for d in bin lib lib64 usr; do
	! mountpoint -q "$root/$d" || umount "$root/$d"
done

run vcontext --create --silent --xid 305 --personality-type linux32 -- uname -m
is "$out" i686 '--personality-type'
run vcontext --create --silent --xid 305 --personality-type nonsense -- true
err_like "^vcontext: unknown personality type 'nonsense'" 'an unknown personality'
run vcontext --create --silent --xid 305 --personality-flags uname26 -- uname -r
out_like '^2\.6\.' '--personality-flags'
run vcontext --create --silent --xid 305 --personality-flags nonsense -- true
status 255 'an unknown flag: 255'
nc -lU "$tap_tmp/sock" </dev/null >"$tap_tmp/got" &
poll 5 test -S "$tap_tmp/sock"
run vcontext --create --silent --xid 305 --syncsock "$tap_tmp/sock" --syncmsg hello -- echo after
is "$rc $out" '0 after' '--syncsock: the program runs when the other side has closed'
wait $!
is "$(<"$tap_tmp/got")" hello '--syncmsg is what it is told'
exec 9</dev/null
run vcontext --create --silent --xid 305 --closefd -- sh -c 'ls /proc/self/fd | wc -l'
is "$out" 4 '--closefd leaves stdin, stdout, stderr (and that of ls)'
exec 9<&-
run vcontext --create --silent --xid 305 --disconnect -- /no/such/program
status 255 '--disconnect reports a program that cannot run'
run vcontext --create --silent --xid 305 --disconnect -- sleep 1000
status 0 '--disconnect returns when the program runs'
poll 5 ctx_exists 305
ok '... which goes on'
end_context 305
# A terminal of its own; script(1) stands for the user's terminal.
if command -v script >/dev/null; then
	mine=$(script -qec tty /dev/null </dev/null | tr -d '\r')
	like "$mine" '^/dev/pts/' "the user's terminal"
	run script -qec 'stty rows 33 cols 99; vcontext --create --silent --xid 306 --vlogin -- sh -c "tty; stty size; exit 8"' /dev/null
	status 8 '--vlogin passes the status on'
	like "$(tr -d '\r' <<<"$out")" '/dev/pts/[0-9]+
33 99$' '... gives a terminal of the same size'
	[ "$(head -1 <<<"$out" | tr -d '\r')" != "$mine" ]
	ok '... of its own'
	run script -qec 'vcontext --create --silent --xid 306 --vlogin -- sh -c "sleep 1000 & echo started"' /dev/null
	like "$out" started '... and does not wait for what was left in the background'
	vkill --xid 306 -s KILL
fi
run vcontext --create --silent --xid 307 --vlogin -- sh -c 'echo no terminal; exit 4'
status 4 '--vlogin without a terminal just runs'
poll 5 ctx_gone 306
finish
