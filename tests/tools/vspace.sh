#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vspace: namespaces of the host and of context 361.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits vspace 255

ns() { readlink "/proc/self/ns/$1"; }

run vspace --new --uts -- sh -c 'hostname elsewhere; hostname; readlink /proc/self/ns/mnt; exit 6'
status 6 'the status of the program is passed on'
is "$out" "elsewhere
$(ns mnt)" '--uts: a host name of its own, the mounts of the host'
[ "$(hostname)" != elsewhere ]
ok 'the host keeps its name'
run vspace --new --default --~mount -- sh -c 'readlink /proc/self/ns/mnt /proc/self/ns/uts'
is "$(head -1 <<<"$out")" "$(ns mnt)" '--~mount takes mounts out'
[ "$(tail -1 <<<"$out")" != "$(ns uts)" ]
ok '... of the default'
run vspace --new --pid -- sh -c 'echo $$'
out_is 1 '--pid: the program is process 1'
run bash -c 'vspace --new --uts -- sh -c "kill -USR1 \$\$"; exit $?'
status $((128 + $(kill -l USR1))) 'the program is ended by a signal: so is vspace'

# Which namespaces a program gets of its own; the order is that of the list.
# shellcheck disable=SC2016  # for the shell inside
all='for n in mnt ipc uts user net; do readlink /proc/self/ns/$n; done'
mine=$(sh -c "$all")
changed() {	# SPACE...
	run vspace --new "$@" -- sh -c "$all"
	diff <(echo "$mine") <(echo "$out") | sed -n 's/^> \([a-z]*\):.*/\1/p' | tr '\n' ' '
}
is "$(changed --mount)" 'mnt ' '--mount'
is "$(changed --ipc)" 'ipc ' '--ipc'
is "$(changed --uts)" 'uts ' '--uts'
is "$(changed --user)" 'user ' '--user'
is "$(changed --net)" 'net ' '--net'
is "$(changed --fs)" '' '--fs: root and working directory are nothing to see there'
is "$(changed --mask 0x04000000)" 'uts ' '--mask'
is "$(changed --mask 0x04000000 --ipc)" 'ipc uts ' '... adds up with others'
is "$(changed --default)" 'mnt ipc uts ' '--default'
is "$(changed --default --~ipc)" 'mnt uts ' '--~ipc'
is "$(changed --~uts)" 'mnt ipc ' '--~uts, from the default'
is "$(changed --default --~fs)" 'mnt ipc uts ' '--~fs'
is "$(changed --uts --user --~user)" 'uts ' '--~user'
is "$(changed --uts --net --~net)" 'uts ' '--~net'
is "$(changed --uts --pid --~pid)" 'uts ' '--~pid'

vspace --new -- vcontext --create --silent --xid 361 -- vspace --set -- vuname --set --tag nodename=stored -- \
	sleep 1000 </dev/null &
disown
# shellcheck disable=SC2317  # called by poll
is_stored() { [ "$(vuname --xid 361 nodename)" = stored ]; }
poll 10 is_stored
run vspace --enter 361 -- hostname
out_is stored '--enter: the stored host name'
run vspace --enter 361 --uts -- sh -c 'hostname; readlink /proc/self/ns/mnt'
is "$out" "stored
$(ns mnt)" '--enter --uts: only that'
run vspace --enter 361 --uts --index 1 -- true
status 255 'nothing is stored in slot 1: 255'
err_is 'vspace: cannot enter the spaces of context 361: the context has no such spaces' '... in words'
run vspace --enter 361 --net -- true
err_is 'vspace: cannot enter the spaces of context 361: the context has no such spaces' 'one that was not stored'
end_context 361
run vspace --enter 361 -- true
err_is 'vspace: cannot enter the spaces of context 361: no such context' 'no such context'
run vspace --set --uts
err_is 'vspace: cannot store the spaces in the own context: no such context' 'the host stores none'
for args in '' '--new' '--enter 361' '--new --set true' '--set --index 2' '--new --mask x true' '--new --uts --~uts true'; do
	# shellcheck disable=SC2086
	run vspace $args
	status 255 "refused: vspace $args"
done
finish
