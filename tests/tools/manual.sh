#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The manual: its examples work, each program has a page, each subcommand and option has a test here; doctor; completion.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012  # for other shells; set by tap.sh; plain names
. "$(dirname "$0")/tap.sh"

here=$(cd "$(dirname "$0")" && pwd)
man=/usr/share/man
echo "# examples"
cp "${VS_TEMPLATES:-/srv/templates}/guest-mini.tar" "$tap_tmp/guest.tar"
for page in man8/vserver.8 man5/vserver.5; do
	n=0
	while IFS= read -r line; do
		n=$((n + 1))
		(cd "$tap_tmp" && bash -o pipefail -c "$line") > "$tap_tmp/out" 2> "$tap_tmp/err" < /dev/null
		rc=$? err=$(<"$tap_tmp/err")
		status 0 "$page: $line"
	done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl # //p' $man/$page)
	[ $n -ge 5 ]; ok "$page has examples ($n)"
done

echo "# pages"
for program in /rig/stage/usr/sbin/*; do
	program=${program##*/}
	[ -s $man/man8/"$program".8 ]; ok "$program has a page"
done
[ -s $man/man8/start-vservers.8 ]; ok "start-vservers has a page"
missing=$(vserver --dump commands | cut -f1 | while read -r c; do grep -q "Cm $c\$" $man/man8/vserver.8 || echo "$c"; done)
is "$missing" "" "vserver(8) has every subcommand"
missing=$(vserver --dump settings | cut -f1 | while read -r s; do grep -qF "Pa $s " $man/man5/vserver.5 || echo "$s"; done)
is "$missing" "" "vserver(5) has every setting"

echo "# every subcommand and option is typed by a test"
# The commands of all tests: continued lines joined, no comments.
sed -e ':a' -e '/\\$/{N' -e 's/\\\n[ \t]*/ /' -e 'ba' -e '}' -e '/^[ \t]*#/d' "$here"/*.sh "$here"/../main/* > "$tap_tmp/typed"
typed() { grep -Eq -- "$1" "$tap_tmp/typed"; ok "$2"; }
options_of() { grep -oE -- '(^|[^A-Za-z-])--?[a-zA-Z][a-z-]*' <<< "$1" | grep -oE -- '-.*' | sort -u; }
while IFS=$'\t' read -r name kind args _; do
	if [ "$kind" = host ]; then pattern="vserver $name"; else pattern="vserver( --?[a-z-]+)* [^ ]+ $name"; fi
	typed "$pattern( |\$|\"|;)" "$name"
	while IFS= read -r option; do
		typed "$pattern( [^|;&]*)? $option" "$name $option"
	done < <(options_of "$args")
done < <(vserver --dump commands)
build='vserver( --?[a-z-]+)* [^ ]+ build'
while read -r option; do
	typed "$build( [^|;&]*)? $option " "build $option"
done < <(vserver x build --help | sed -n '/^Options:/,/^Method/s/^  \(--\?[a-z-]*\).*/\1/p')
while read -r method args; do
	while read -r option; do
		typed "$build( [^|;&]*)? -m $method( .*)? -- (.* )?$option" "build -m $method -- $option"
	done < <(options_of "$args")
done < <(vserver x build --help | sed -n '/^Method options/,/^Methods:/s/^  \([a-z]\)/\1/p')
while IFS=$'\t' read -r _ name _; do
	grep -Eq -- "vserver( --?[a-z-]+)* (--$name|.* --$name)" "$tap_tmp/typed"; ok "vserver --$name"
done < <(vserver --dump options)
run vserver --dump junk
status 1 "--dump of something else"

echo "# doctor"
run vserver doctor
status 0 "doctor"
out_like 'ok +kernel +6\.1.*ok +kernel options +hidden /proc, .*ok +namespaces.*cgroup v2 +/sys/fs/cgroup.*configuration' "tells the state of this host"
out_like 'ok +file system +/vservers: files can be unified, not mounted with tag.*ok +barrier.*ok +list of /proc' "and of what guests are on, and find"
setattr '--~barrier' /vservers
setattr --hide /proc/uptime
run vserver doctor
status 0 "without a barrier, with a file hidden that is in the list"
out_like 'warning +barrier +none.*-> setattr --barrier /vservers' "both are told, with remedies"
out_like 'warning +list of /proc +1 of [0-9]+ lines of .*vprocunhide-files do not hold: /proc/uptime.*-> /usr/lib/util-vserver/vprocunhide' "by line"
setattr --barrier /vservers
/usr/lib/util-vserver/vprocunhide
run vserver doctor
out_like 'ok +barrier.*ok +list of /proc' "which help"
chmod 755 /vservers
run vserver doctor
status 1 "an open directory above the guests"
out_like 'error +root directories +/vservers has mode 0755.*-> chown root and chmod 700' "is an error with a remedy"
chmod 700 /vservers
run vserver doctor --json
out_like '"state":"ok",.*"point":"kernel"' "doctor --json"
run vserver doctor junk
status 1 "doctor with an argument"
[[ $(vserver doctor < /dev/null) != *$'\033'* ]]; ok "no colours in a pipe"
run vserver tx1 create "$tap_tmp/guest.tar" --context 421
echo x > /etc/vservers/tx1/nicee
run vserver doctor
out_like "error +tx1 +/etc/vservers/tx1/nicee: unknown file, did you mean 'nice'\?.*-> vserver tx1 check" "it looks at each guest"
run vserver tx1 config unset nicee
run vserver --silent tx1 status
status 3 "--silent status"
out_is "" "prints nothing"
run vserver -v tx1 start
out_like 'addresses: addresses on the host' "--verbose tells the steps"
run vserver --verbose tx1 restart
status 0 "--verbose restart"
run vserver tx1 restart --debug
err_like 'ms  tasks' "restart --debug"
run vserver tx1 restart --from-inside
status 0 "restart --from-inside"
run vserver --sync tx1 stop --from-inside
status 0 "stop --from-inside"
run vserver --debug --defaulttty tx1 start
err_like 'ms  services' "--debug before the name"
run vserver tx1 start --rescue --rescue-init /bin/sleep 5
status 0 "start --rescue of a guest that runs: a warning"
run vserver tx1 stop
run vserver tx1 start --rescue --rescue-init /bin/sleep 500
status 0 "start --rescue --rescue-init"
is "$(vserver tx1 exec sh -c 'tr "\0" " " < /proc/1/cmdline' < /dev/null)" "/bin/sleep 500 " "the command is its init"
run vserver tx1 stop --rescue-init
status 0 "stop --rescue-init"

echo "# completion"
complete_words() { # WORD...: what bash offers for the last one
	bash -c 'source /usr/share/bash-completion/completions/vserver
		COMP_WORDS=(vserver "$@"); COMP_CWORD=$#; _vserver; printf "%s " "${COMPREPLY[@]}"' bash "$@" 2>/dev/null
}
is "$(complete_words tx)" "tx1 " "guests"
is "$(complete_words doc)" "doctor " "subcommands without a guest"
is "$(complete_words tx1 con)" "condrestart convert config " "subcommands"
is "$(complete_words tx1 start --con)" "--console " "options"
is "$(complete_words tx1 config set apps/init/kill)" "apps/init/killseq " "settings"
is "$(complete_words --deb)" "--debug " "options before the name"
run vserver --silent tx1 delete
status 0 "delete"
finish
