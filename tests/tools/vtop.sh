#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vtop and vpstree, and chcontext --ctx 1: context 395 has one busy process and one that sleeps.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154  # set by tap.sh
. "${0%/*}/tap.sh"

habits vtop 1
habits vpstree

# shellcheck disable=SC2016
in_context 395 sh -c 'sleep 1000 & while :; do :; done'
vuname --set --xid 395 --tag context=/etc/busy
run vtop -b -n 1
status 0 'one table'
is "$(head -1 <<<"$out")" 'CTX     PROC    %CPU      RSS     UPTIME NAME' 'its title'
like "$(grep '^395 ' <<<"$out")" '^395       2 +[0-9]+\.[0-9] +[0-9.]+[KM] +0m[0-9]+s[0-9]+ /etc/busy$' 'the context'
like "$(grep '^0 ' <<<"$out")" ' root server$' 'the host'
run vtop --json -d 1
status 0 '--json: one table'
is "$(jq '.[] | select(.ctx == 395) | .processes' <<<"$out")" 2 'JSON: processes'
[ "$(jq '.[] | select(.ctx == 395) | .cpu_permille' <<<"$out")" -gt 100 ]
ok 'JSON: it uses the processor'
[ "$(jq '.[] | select(.ctx == 395) | .rss' <<<"$out")" -gt 100000 ]
ok 'JSON: resident bytes'
run vtop -b -n 2 -d 1
is "$(grep -c '^CTX' <<<"$out")" 2 'two tables'
[[ $out != *$'\033'* ]]
ok 'no control codes'
run vtop --json -n 2 -d 1
is "$(wc -l <<<"$out") $(jq -s 'map(map(select(.ctx == 395)) | length)' -c <<<"$out")" '2 [1,1]' 'two tables as JSON: two lines'
out=$(TERM=xterm timeout 4 script -qec 'vtop -n 1 -d 1' /dev/null </dev/null)
like "$out" $'\033\\[H\033\\[J.*395 ' 'on a terminal it begins at the top'
run vtop -n 0
status 1 'no table'
run vtop extra
err_like "^vtop: 'extra': no argument is expected" 'an argument'

sysctl -q kernel.vserver_host_view=0
run pstree -p
[[ $out != *"($task)"* ]]
ok 'in strict view the host does not see the context'
run vpstree -p
status 0 'vpstree'
out_like "sh\\($task\\)---sleep" '... shows its processes'
run vpstree --json
status 0 'vpstree --json'
is "$(jq -c "[.. | objects | select(.pid == $task)][0] | [.context, .name, (.children | map(.command))]" <<<"$out")" \
	'[395,"/etc/busy",["sleep 1000"]]' '... the context and the children of each'
is "$(jq '.[0].pid' <<<"$out")" 1 '... below process 1'
run chcontext --ctx 1 -- pgrep -x sleep
status 0 'chcontext --ctx 1 sees them, too'
run chcontext --ctx 1 -- sh -c "kill $task"
[ $rc != 0 ]
ok '... and reaches none'
sysctl -q kernel.vserver_host_view=1
run vpstree --no-such-option
[ $rc != 0 ]
ok 'the status of pstree is passed on'
end_context 395
finish
