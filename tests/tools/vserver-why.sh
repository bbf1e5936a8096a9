#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME why: what was refused to a guest, in words, as JSON, and while it happens.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154  # set by tap.sh
. "${0%/*}/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tw1

run vserver tw1 build -m template --context 343 --hostname tw1 --interface eth0:10.20.0.43/24 -- -t "$tar"
status 0 'build'
printf '%s\n' /bin/sh -c '(sleep 10000 &); exit 0' >$conf/apps/init/cmd.start
: >$conf/apps/init/style
run vserver tw1 why
status 3 'a guest that does not run: 3'
err_is 'vserver: tw1: cannot say what was refused: it does not run' '... in words'
run vserver tw1 why --bogus
status 1 'an unknown argument: 1'
run vserver tw1 start
status 0 'start'
run vserver tw1 why
status 0 'why'
before=$(wc -l <<<"$out")
run vserver tw1 exec mount -t tmpfs none /mnt
[ $rc != 0 ]
ok 'a guest may not mount'
run vserver tw1 why
like "$(head -1 <<<"$out")" '^TIME +COUNT REFUSED +ERROR +CALL +PID COMMAND$' 'a title'
[ "$(wc -l <<<"$out")" -gt "$before" ]
ok 'there is more to tell'
out_like '[-0-9]{10} [:0-9]{8} +[0-9]+ capability sys_admin +EPERM +mount +[0-9]+ mount  \(ccapabilities: secure_mount\)' \
	'the mount, and the least setting that would allow it'
run vserver tw1 why --json
status 0 '--json'
entry=$(jq -c '.[] | select(.what == "sys_admin" and .command == "mount")' <<<"$out")
is "$(jq -r .error <<<"$entry")" EPERM 'JSON: error'
is "$(jq -r .call <<<"$entry")" mount 'JSON: call'
is "$(jq -r .value <<<"$entry")" 21 'JSON: the number'
is "$(jq -r .allowed_by <<<"$entry")" 'ccapabilities: secure_mount' 'JSON: the setting'

mknod $conf/vdir/disk b 7 0
run vserver tw1 exec head -c 1 /disk
[ $rc != 0 ]
ok 'a guest may not read a disk'
run vserver tw1 why
out_like 'device b7:0 +EPERM +openat +[0-9]+ head  \(ccapabilities: admin_cloop\)' 'the disk, and the setting'

vserver tw1 why --follow >"$tap_tmp/follow" 2>&1 &
p=$!
poll 10 grep -q TIME "$tap_tmp/follow"
ok '--follow begins'
vserver tw1 exec sh -c 'echo x >/proc/sys/kernel/pid_max' 2>/dev/null
poll 10 grep -q 'write proc:pid_max  *EACCES' "$tap_tmp/follow"
ok '... and shows what is refused meanwhile'
vserver tw1 why --follow --json >"$tap_tmp/lines" 2>&1 &
q=$!
poll 10 grep -q '"command":"mount"' "$tap_tmp/lines"
ok '--follow --json'
run vserver tw1 exec cat /proc/virtual/343/denied
status 1 'a guest cannot read its own'
run vserver tw1 stop
status 0 'stop'
wait $p
is $? 0 '--follow ends with the guest'
is "$(grep -c pid_max "$tap_tmp/follow")" 1 'each line came once'
wait $q
is "$(jq -s 'length' "$tap_tmp/lines")" "$(wc -l <"$tap_tmp/lines")" 'JSON: an object on each line'
run vserver --silent tw1 delete
status 0 'delete'
finish
