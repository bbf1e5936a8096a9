#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vuname: the names of context 371, whose UTS space is its own.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits vuname 255

chcontext --silent --xid 371 --spaces '--uts --ipc' -- sleep 1000 </dev/null &
disown
# shellcheck disable=SC2317  # called by poll
has_name() { vuname --xid 371 nodename | grep -qv '???'; }
poll 10 has_name
run vuname --set --xid 371 --tag context=/etc/vservers/web -t nodename=web.test --tag rel=5.0-old
status 0 '--set with fields and a beginning'
run vuname --xid 371 --get context nodename release
out_is '/etc/vservers/web web.test 5.0-old' '--get of some'
run vuname --ctx 371 --get context nodename release
out_is '/etc/vservers/web web.test 5.0-old' '--ctx is --xid'
run vuname --xid 371
out_like '^/etc/vservers/web Linux web.test 5.0-old .* x86_64 ' 'all seven'
run vuname --xid 371 --json context n
is "$(tr -d ' \n' <<<"$out")" '{"context":"/etc/vservers/web","nodename":"web.test"}' '--json'
[ "$(uname -n)" != web.test ] && [ "$(uname -r)" != 5.0-old ]
ok 'the host keeps its names'

mkdir "$tap_tmp/uts"
printf '# a comment\n\n  from.file  ' >"$tap_tmp/uts/nodename"
printf 'dom.file\n' >"$tap_tmp/uts/domainname"
run vuname --dir "$tap_tmp/uts" --xid 371 -- echo ran
is "$out" ran '--dir, then a program'
run vuname --xid 371 nodename domainname
out_is 'from.file dom.file' 'the files count, trimmed, without comments'
run vuname --dir "$tap_tmp/none" --xid 371
status 255 'no directory: 255'
err_is "vuname: cannot read the directory $tap_tmp/none: No such file or directory" '... in words'
run vuname --dir "$tap_tmp/none" --missingok --xid 371
status 0 '--missingok'
long=$(printf 'y%.0s' {1..65})
run vuname --set --xid 371 --tag nodename=good --tag "context=$long"
status 255 'a name that is too long: 255'
err_is "vuname: the context '$long' is longer than 64 bytes" '... in words'
run vuname --xid 371 nodename
out_is from.file '... and nothing was changed'
run vuname --xid 371 --get bogus
err_is "vuname: unknown field 'bogus'; known are context, sysname, nodename, release, version, machine, domainname" 'an unknown field'
run vuname --set --xid 371 --tag nodename
err_is "vuname: 'nodename' lacks '=': FIELD=VALUE is expected" 'no value'
end_context 371

in_context 371 sleep 1000
run vuname --set --xid 371 --tag nodename=x
err_is 'vuname: cannot set the nodename of context 371: the context has no UTS space of its own' 'no UTS space stored'
run vuname --set --xid 371 --tag context=c
status 0 'the name of the context needs none'
run vuname --xid 371
out_is 'c ??? ??? ??? ??? ??? ???' 'names that cannot be read'
end_context 371
run vuname --xid 371
err_is 'vuname: cannot read the names of context 371: no such context' 'no such context'
finish
