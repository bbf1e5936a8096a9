#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# chcontext: contexts 341 and 342.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits chcontext 255

name=$(hostname)
run chcontext --xid 341 --hostname inside.test --domainname dom --secure --cap net_raw --cap '!chown' --flag fakeinit \
	-- sh -c 'hostname; domainname 2>/dev/null || cat /proc/sys/kernel/domainname; cat /proc/self/vinfo; grep CapBnd /proc/self/status'
status 0 'a new context'
out_like '^New security context is 341
inside.test
dom
XID:	341
BCaps:	00000000b44c24fe
CCaps:	0000000000004101
CFlags:	0000000402000010' 'names, capabilities and flags are as asked, set-up and search for init are over'
is "$(hostname)" "$name" 'the host keeps its name'
poll 5 ctx_gone 341
ok 'the context ends with its last process'
run chcontext --silent --xid 341 --secure -- chroot / true
status 0 'sys_chroot is in the secure preset'
run chcontext --silent --xid 341 --secure -- ip link add dummy77 type dummy
like "$rc" '^[1-9]' 'net_admin is not'
run chcontext --silent -- cat /proc/self/vinfo
out_like '^XID:	(49|5[0-9]|6[0-5])[0-9]{3}' 'without --xid: a free number'

chcontext --silent --xid 342 --hostname other --flag virt_uptime -- sleep 1000 </dev/null >/dev/null &
disown
poll 10 ctx_exists 342
# shellcheck disable=SC2317  # called by poll
is_set_up() { ! vattribute --xid 342 --get | grep -q state_setup; }
poll 5 is_set_up
run chcontext --xid 342 -- sh -c 'hostname; cat /proc/self/vinfo'
out_like '^other
XID:	342' 'an existing context is joined, with its names'
run chcontext --xid 342 --flag bogus -- true
status 255 'an unknown flag: 255'
err_like "^chcontext: unknown flag 'bogus'; known are" '... named'
end_context 342

run chcontext --silent --xid 341 --spaces '--uts --ipc' -- readlink /proc/self/ns/mnt
is "$out" "$(readlink /proc/self/ns/mnt)" '--spaces: mounts stay those of the host'
run chcontext --silent --xid 341 -- readlink /proc/self/ns/mnt
[ "$out" != "$(readlink /proc/self/ns/mnt)" ] && [ -n "$out" ]
ok 'by default mounts are private'
# shellcheck disable=SC2016  # for the shell inside
all='for n in mnt ipc uts net; do readlink /proc/self/ns/$n; done'
mine=$(sh -c "$all")
spaces() {	# SPACE...: which are new
	run chcontext --silent --xid 341 --spaces "$*" -- sh -c "$all"
	diff <(echo "$mine") <(echo "$out") | sed -n 's/^> \([a-z]*\):.*/\1/p' | tr '\n' ' '
	poll 5 ctx_gone 341
}
is "$(spaces --mount)" 'mnt ' '--spaces --mount'
is "$(spaces --ipc)" 'ipc ' '--spaces --ipc'
is "$(spaces --uts --fs)" 'uts ' '--spaces --fs'
is "$(spaces --net)" 'net ' '--spaces --net'
is "$(spaces --mask 0x04000000)" 'uts ' '--spaces --mask'
is "$(spaces --default)" 'mnt ipc uts ' '--spaces --default'
is "$(spaces --default --~mount)" 'ipc uts ' '--spaces --~mount'
is "$(spaces --default --~ipc)" 'mnt uts ' '--spaces --~ipc'
is "$(spaces --~uts)" 'mnt ipc ' '--spaces --~uts'
is "$(spaces --~fs)" 'mnt ipc uts ' '--spaces --~fs'
is "$(spaces --uts --net --~net)" 'uts ' '--spaces --~net'
is "$(spaces --uts --pid --~pid)" 'uts ' '--spaces --~pid'
is "$(spaces --uts --user --~user)" 'uts ' '--spaces --~user'
run chcontext --silent --xid 341 --spaces '--pid' -- sh -c 'echo $$'
out_is 1 '--spaces --pid: the program is process 1'
run chcontext --silent --xid 341 --spaces '--user' -- true
status 255 '--spaces --user: who is root there only makes no context'
err_is 'chcontext: cannot create context 341: only root on the host may do this' '... in words'
run chcontext --silent --xid 341 --spaces '--uts junk' -- true
err_is "chcontext: 'junk' in --spaces is no option of a SPACE" 'junk in --spaces'
run chcontext --silent --ctx 1 -- cat /proc/self/vinfo
out_like '^XID:	1' '--ctx 1: a spectator'
for id in 0 self; do
	run chcontext --xid $id -- true
	err_is "chcontext: '$id' is no context that can be entered" "--xid $id is refused"
done
run chcontext --xid 341
status 255 'no program: 255'
run chcontext --silent --xid 341 --hostname "$(printf 'x%.0s' {1..65})" -- true
err_like 'longer than 64 bytes$' 'a host name that is too long'
poll 5 ctx_gone 341
ok '... and no context stays'
run chcontext --silent --xid 341 --disconnect -- sleep 1000
status 0 '--disconnect returns'
poll 5 ctx_exists 341
ok '... and the program runs'
end_context 341
finish
