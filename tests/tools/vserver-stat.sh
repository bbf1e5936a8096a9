#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver-stat, vps and vserver-info: contexts 391 (a guest called shop, three processes,
# one busy) and 392 (persistent, without processes). The configuration tree is our own.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits vserver-stat 1
habits vps
habits vserver-info 255

export VS_CONFDIR=$tap_tmp/etc VS_RUNDIR=$tap_tmp/run
mkdir -p "$VS_CONFDIR/.defaults" "$VS_CONFDIR/shop/apps/init" "$tap_tmp/run" "$tap_tmp/vdir" "$VS_CONFDIR/idle"
ln -s "$tap_tmp/vdir" "$VS_CONFDIR/shop/vdir"
ln -s "$tap_tmp/run/shop" "$VS_CONFDIR/shop/run"
ln -s "$tap_tmp/nowhere" "$VS_CONFDIR/idle/vdir"
echo 391 >"$VS_CONFDIR/shop/context"
echo 391 >"$tap_tmp/run/shop"
printf 'My Shop\n' >"$VS_CONFDIR/shop/name"

run vserver-stat --format anything
status 0 '--format is taken and does nothing'
out_like '^CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME
0 ' '... but the table'
run vserver-info --json shop NAME
is "$rc $(tr -d ' \n' <<<"$out")" '0 {"name":"MyShop"}' 'vserver-info --json'
run vserver-info --quiet shop NAME
is "$rc $out" '0 ' '--quiet'
run vserver-info --list
out_like 'CONTEXT.*XIDTYPE' '--list'
run vserver-info shop CONTEXT 0
status 1 'a stopped guest has no running context'
run vserver-info shop CONTEXT
out_is 391 '... but a configured one'
run vserver-info shop RUNNING
status 1 '... and does not run'
run vserver-info idle CONTEXT
status 1 'a guest without number'
run vserver-info nix NAME
status 1 'no such guest'
err_is "vserver-info: there is no guest 'nix' in $VS_CONFDIR" '... in words'
echo 70000 >"$VS_CONFDIR/idle/context"
run vserver-info idle CONTEXT
err_is "vserver-info: $VS_CONFDIR/idle/context:1: 70000 is not within 2 to 65535" 'a bad number: file and line'
rm "$VS_CONFDIR/idle/context"

# shellcheck disable=SC2016
in_context 391 sh -c 'sleep 1000 & sleep 1000 & while :; do :; done'
run vuname --set --xid 391 --tag "context=$VS_CONFDIR/shop"
status 0 'the context carries the name of its guest'
vcontext --create --silent --xid 392 -- vattribute --flag persistent -- true
poll 5 ctx_exists 392
sleep 1.2
run vserver-stat
status 0 'vserver-stat succeeds'
is "$(head -1 <<<"$out")" 'CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME' 'the header'
like "$(sed -n 2p <<<"$out")" '^0 +[0-9]+ +[0-9.]+[KMGT] +[0-9.]+[KMGT] .* root server$' 'the host comes first'
line=$(grep '^391 ' <<<"$out")
like "$line" '^391      3 +[0-9.]+[KM] +[0-9.]+[KM] +0m0[0-9]s[0-9]+ +0m0[0-9]s[0-9]+ +0m0[0-9]s[0-9]+ My Shop$' 'the guest'
is "${line:5:5}" '    3' 'PROC ends before column 10'
is "${line:54:8}" ' My Shop' 'NAME begins at column 55'
like "$(grep '^392 ' <<<"$out")" '^392      0     0  ' 'a persistent context without processes'
run vserver-stat --json
value() { tr -d ' \n' <<<"$out" | sed 's/.*"ctx":391,\([^}]*\)}.*/,\1,/; s/.*,"'"$1"'":\([^,]*\),.*/\1/'; }
is "$(value processes)" 3 'JSON: processes'
rss=0 vsz=0
while read -r p; do
	read -r v r _ <"${p%status}statm"
	vsz=$((vsz + v * 4096)) rss=$((rss + r * 4096))
done < <(grep -l '^VxID:	391$' /proc/[0-9]*/status)
is "$(value vsz)" "$vsz" 'JSON: bytes as /proc tells them'
[ $((10 * $(value rss))) -gt $((5 * rss)) ] && [ $((5 * $(value rss))) -lt $((10 * rss)) ]
ok 'JSON: resident bytes'
[ "$(value user_ms)" -gt 500 ]
ok 'JSON: the busy loop used time'
[ "$(value uptime_ms)" -gt 1000 ] && [ "$(value uptime_ms)" -lt 60000 ]
ok 'JSON: uptime'
is "$(value directory)" "\"$VS_CONFDIR/shop\"" 'JSON: directory'
run vserver-stat --sort utime
like "$(sed -n 2p <<<"$out")" '^(391|0) ' '--sort'
run vserver-stat --sort bogus
status 1 'an unknown key: 1'
run vserver-stat extra
err_like "^vserver-stat: 'extra': no argument is expected" 'an argument'

run vps -eo pid,ppid,comm
status 0 'vps succeeds'
like "$(head -1 <<<"$out")" '^ *PID CONTEXT {13} *PPID COMMAND$' 'the column is put behind PID'
is "$(grep -c '  391 My Shop' <<<"$out")" 3 'all processes of the guest, with its name'
like "$out" "
 +1     0 MAIN " 'those of the host'
like "$out" ' ALL_PROC .* ps' 'ps itself is a spectator'
run vps -eo comm
status 255 'no column PID: 255'
err_is 'vps: cannot find a column PID in the output of ps' '... in words'
run vps --bogus-option
[ $rc != 0 ]
ok 'the status of ps is passed on'

run vserver-info 391 ID
out_is "$VS_CONFDIR/shop" 'ID'
run vserver-info shop RUNNING
out_is 1 'RUNNING by name'
run vserver-info 391 RUNNING
out_is 1 'RUNNING by number'
run vserver-info "$VS_CONFDIR/shop" CONTEXT 0
out_is 391 'CONTEXT by path'
run vserver-info shop NAME
out_is 'My Shop' NAME
run vserver-info shop VDIR
out_is "$VS_CONFDIR/shop/vdir" VDIR
run vserver-info shop VDIR 1
out_is "$tap_tmp/vdir" 'VDIR, physical'
run vserver-info shop CFGDIR
out_is "$VS_CONFDIR/shop" CFGDIR
run vserver-info shop APPDIR init
out_is "$VS_CONFDIR/shop/apps/init" APPDIR
run vserver-info -q shop APPDIR none
status 1 'APPDIR of none'
run vserver-info "$task" XID
out_is 391 XID
run vserver-info 0 XID
out_is 0 'XID of the caller'
run vserver-info "$task" NID
out_is 0 NID
run vserver-info 391 UTS context
out_is "$VS_CONFDIR/shop" 'UTS with a long name'
run vserver-info - APIVER
out_is 0x00020308 APIVER
run vserver-info -q - FEATURE SPACES
status 0 'FEATURE SPACES'
run vserver-info - FEATURE VSTAT
status 1 'FEATURE VSTAT'
run vserver-info - FEATURE NONSENSE
status 255 'an unknown feature'
run vserver-info 'a/b c1' CANONIFY
out_is abc1 CANONIFY
run vserver-info - VERIFYCAP
status 0 VERIFYCAP
run vserver-info - VERIFYPROC
status 0 VERIFYPROC
for pair in 0:main 1:watch 2:static 65535:static 65536:invalid 99999999999:invalid; do
	run vserver-info "${pair%:*}" XIDTYPE
	out_is "${pair#*:}" "XIDTYPE ${pair%:*}"
done
run vserver-info 391 XIDTYPE main watch
status 1 'XIDTYPE with types'
run vserver-info
status 0 'SYSINFO'
like "$out" 'VS-API: 0x00020308
 +VCI: 0x[0-9a-f]{16}' 'versions'
like "$out" 'Kernel features: .* SPACES' 'features'
run vserver-info -l
like "$out" 'XIDTYPE +xid' '-l lists the tags'
run vserver-info 391 NONSENSE
err_like "^vserver-info: unknown tag 'NONSENSE'" 'an unknown tag'

# A stale run file does not make a guest run.
vuname --set --xid 391 --tag context=/other
run vserver-info shop RUNNING
status 1 'a number taken by another context'
vattribute --xid 392 --flag '!persistent'
poll 5 ctx_gone 392
ok 'context 392 is gone'
end_context 391
finish
