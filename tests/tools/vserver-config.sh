#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME check, config, create: the configuration tree as a user sees and changes it.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154  # for other shells; set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tc1

echo "# create"
run vserver tc1 create "$tar" --ip 10.20.0.61 --dry-run
status 0 "create --dry-run"
out_like '^tc1: root /vservers/tc1, configuration /etc/vservers/tc1, context [0-9]+, method .*/template$' "tells what it would do"
[ ! -e $conf ]; ok "and does nothing"
run vserver tc1 create "$tar" --ip 10.20.0.61 --context 361 --dry-run --json
is "$(jq -c '[.guest, .root, .configuration, .context]' <<< "$out")" '["tc1","/vservers/tc1","/etc/vservers/tc1",361]' "create --dry-run --json"
run vserver tc1 create "$tar" --json
status 1 "create --json alone"
run vserver tc1 create "$tar" --ip 10.20.0.61 --context 361
status 0 "create from an archive"
is "$(cat $conf/interfaces/0/dev) $(cat $conf/interfaces/0/ip) $(cat $conf/interfaces/0/prefix)" "eth0 10.20.0.61 24" "finds device and length of the address"
is "$(cat $conf/uts/nodename)" tc1 "the host name is the guest's name"
[ ! -e $conf/apps/init/style ]; ok "no style is written"
run vserver tc2 create guest:tc1 --ip nodev:10.20.0.62 --hostname two.example --context 362 --start
status 0 "create from a guest, --start"
run vserver tc2 running
status 0 "it runs"
is "$(cat /etc/vservers/tc2/uts/nodename)" two.example "--hostname"
[ -e /etc/vservers/tc2/interfaces/0/nodev ]; ok "--ip nodev:ADDRESS"
run vserver --silent tc2 delete
status 0 "delete"
run vserver tc3 create debian/99
status 1 "an unknown distribution"
err_like "cannot create from 'debian/99'.*Distributions: debian/11 debian/12" "tells the known ones"
run vserver tc3 create "$tar" --ip 192.0.2.9
status 1 "an address of no network here"
err_like 'no network device has this network; say DEVICE:192\.0\.2\.9' "tells what to say"
run vserver tc3 create
status 1 "create without a source"
run vserver tc3 create debian/12 --nosuch
status 1 "create with an unknown option"
err_like "unknown or incomplete argument '--nosuch'" "names it"
[ ! -e /etc/vservers/tc3 ] && [ ! -e /vservers/tc3 ]; ok "nothing of them is left"

echo "# resolvers that serve only the host"
mv /etc/resolv.conf "$tap_tmp/resolv" 2>/dev/null
printf 'nameserver 127.0.0.53\noptions edns0\nnameserver 192.0.2.53\n' > /etc/resolv.conf
rm -f "$tap_tmp/t.tar"; mkdir "$tap_tmp/t"; tar -C "$tap_tmp/t" -cf "$tap_tmp/t.tar" .
run vserver tc4 create "$tap_tmp/t.tar" --context 364
status 0 "create with a stub and a server in the host's resolv.conf"
is "$(cat /vservers/tc4/etc/resolv.conf)" "options edns0
nameserver 192.0.2.53" "the guest gets the server only"
run vserver --silent tc4 delete
echo 'nameserver 127.0.0.53' > /etc/resolv.conf
run vserver tc4 create "$tap_tmp/t.tar" --context 364
status 0 "with a stub alone"
err_like 'the host.s resolver serves only the host: write .*/etc/resolv.conf' "warns"
[ ! -e /vservers/tc4/etc/resolv.conf ]; ok "the guest gets no stub"
run vserver --silent tc4 delete
rm -f /etc/resolv.conf; mv "$tap_tmp/resolv" /etc/resolv.conf 2>/dev/null

echo "# check"
run vserver tc1 check
status 0 "check of a new guest"
out_is "tc1: 0 errors, 0 warnings" "finds nothing"
finds() { # LEVEL REGEX WHAT
	run vserver tc1 check
	if [ "$1" = error ]; then status 1 "$3: check fails"; else status 0 "$3: check succeeds"; fi
	out_like "$1: $2" "$3: and tells"
}
echo x > $conf/bcapabilites
finds error "$conf/bcapabilites: unknown file, did you mean 'bcapabilities'\?" "misspelt file"
rm $conf/bcapabilites
mkdir $conf/interface; echo eth0 > $conf/interface/dev
finds error "$conf/interface/dev: unknown file, did you mean 'interfaces/dev'\?" "misspelt directory"
rm -r $conf/interface
mkdir $conf/scripts; echo true > $conf/scripts/pre-startt
finds error "$conf/scripts/pre-startt: unknown file, did you mean 'scripts/pre-start'\?" "misspelt script"
mv $conf/scripts/pre-startt $conf/scripts/pre-start
finds warning "$conf/scripts/pre-start: not executable: it runs in a shell of its own" "script that is not executable"
chmod 666 $conf/scripts/pre-start
finds error "$conf/scripts/pre-start: it may be written by others than root" "script that anybody may write"
rm -r $conf/scripts
printf '# none\n\nsys_tim' > $conf/bcapabilities
finds error "$conf/bcapabilities:3: unknown bcap 'sys_tim'" "bad word"
rm $conf/bcapabilities
mkdir -p $conf/apps/init
echo sysvv > $conf/apps/init/style
finds error "$conf/apps/init/style:1: unknown init style 'sysvv', did you mean 'sysv'\?" "bad style"
rm $conf/apps/init/style
echo tc11 > $conf/apps/init/depends
finds error "$conf/apps/init/depends: there is no guest 'tc11', did you mean 'tc1'\?" "wrong reference"
echo tc1 > $conf/apps/init/depends
finds error "$conf/apps/init/depends: the guest cannot depend on itself" "reference to itself"
rm $conf/apps/init/depends
ln -s /nosuch $conf/apps/vshelper; finds error "$conf/apps/vshelper: unknown file" "link in place of a directory"
rm $conf/apps/vshelper
ln -sfn /nosuch $conf/fstab.remote
finds error "$conf/fstab.remote: the link leads nowhere" "dangling link"
rm $conf/fstab.remote
echo eth9 > $conf/interfaces/0/dev
finds error "$conf/interfaces/0/dev:1: there is no network device 'eth9', did you mean 'eth0'\?" "no such device"
echo eth0 > $conf/interfaces/0/dev
echo 10.20.0.300 > $conf/interfaces/0/ip
finds error "$conf/interfaces/0/ip:1: .*10\.20\.0\.300" "bad address"
echo 10.20.0.61 > $conf/interfaces/0/ip
echo 1 > $conf/keepfds
finds warning "$conf/keepfds: without effect: descriptors of the host never enter a guest" "setting without effect"
run vserver tc1 check --json
out_like '"level":"warning".*"errors":0,.*"warnings":1' "check --json"
rm $conf/keepfds
printf '5\n6\n' > $conf/nice
finds warning "$conf/nice:2: only the first line counts" "two lines"
rm $conf/nice
cp $conf/fstab "$tap_tmp/fstab"
printf '/nosuch /mnt none bind 0 0\nnone /nowhere tmpfs defaults 0 0' >> $conf/fstab
finds error "$conf/fstab:4: /nosuch does not exist on the host" "bind of nothing"
out_like "warning: $conf/fstab:5: /nowhere does not exist in the guest" "mount on nothing, last line without an end"
cp "$tap_tmp/fstab" $conf/fstab
mkdir -p /etc/vservers/tc9
cp -a $conf/. /etc/vservers/tc9
finds error "$conf/context:1: guest 'tc9' has number 361 as well" "number of another guest"
out_like "warning: $conf/interfaces/0/ip:1: guest 'tc9' has the address 10\.20\.0\.61 as well" "address of another guest"
rm -r /etc/vservers/tc9
ln -sfn /nosuch $conf/vdir
finds error "$conf/vdir: does not lead to a directory" "no root directory"
ln -sfn /vservers/tc1 $conf/vdir
touch $conf/nice~ $conf/.#x
run vserver tc1 check
out_is "tc1: 0 errors, 0 warnings" "what editors leave is no setting"
rm $conf/nice~ $conf/.#x
run vserver tc1 check junk
status 1 "check with an argument"

echo "# config"
run vserver tc1 config set nice 5
status 0 "set a text"
is "$(cat $conf/nice)" 5 "is written"
run vserver tc1 config get nice
out_is 5 "get"
run vserver tc1 config set nice 50
status 1 "set a wrong value"
err_like "vserver: tc1: $conf/nice:1: '50' is not a number from -20 to 19" "says why, by its own name"
is "$(cat $conf/nice)" 5 "changes nothing"
run vserver tc1 --dry-run config set nice 6
run vserver --dry-run tc1 config set nice 6
status 0 "--dry-run"
is "$(cat $conf/nice)" 5 "changes nothing"
run vserver tc1 config set cflags virt_load '!virt_uptime'
status 0 "set a list"
is "$(cat $conf/cflags)" "virt_load
!virt_uptime" "one item per line"
run vserver tc1 config set cflags nosuch
status 1 "set an unknown word"
run vserver tc1 config set disabled
is "$(vserver tc1 config get disabled < /dev/null)" yes "set a flag"
run vserver tc1 config set disabled no
[ ! -e $conf/disabled ]; ok "and take it back"
run vserver tc1 config set disabled maybe
status 1 "a flag is yes or no"
printf '#!/bin/sh\nexit 0\n' | vserver tc1 config set scripts/pre-start -
is "$(stat -c %a $conf/scripts/pre-start) $(tail -n 1 $conf/scripts/pre-start)" "755 exit 0" "set a script from standard input"
run vserver tc1 config unset scripts/pre-start
[ ! -e $conf/scripts ]; ok "unset takes the empty directory too"
run vserver tc1 config unset nosuchfile
status 1 "unset what is not set"
run vserver tc1 config get badness
status 1 "get what is not set"
run vserver tc1 config get cflags --json
is "$(jq -c . <<< "$out")" '{"setting":"cflags","value":"'"$(sed ':a;N;$!ba;s/\n/\\n/g' $conf/cflags)"'"}' "get --json"
run vserver tc1 config get apps/init/killseq
err_like 'is not set; default: 15 1 9' "tells the default"
echo "# values that look like comments"
for value in '#1 SMP guest' '\#1' '\\# 2' '\1' '# '; do
	run vserver tc1 config set uts/version "$value"
	status 0 "set uts/version '$value'"
	run vserver tc1 config get uts/version
	out_is "${value%% }" "get gives it back"
	run vserver tc1 config list --json
	is "$(jq -r '.[] | select(.setting == "uts/version").value' <<< "$out")" "${value%% }" "so does list --json"
	run vserver tc1 config show --effective
	like "$(grep ^uts/version <<< "$out")" "version +${value//\\/\\\\}" "and show --effective"
	cp $conf/uts/version "$tap_tmp/version"
	vserver tc1 config show < /dev/null | vserver tc1 config edit -
	cmp $conf/uts/version "$tap_tmp/version"; ok "show and edit keep it"
done
run vserver tc1 config set uts/version '#1 SMP'
is "$(cat $conf/uts/version)" '\#1 SMP' "the file has a backslash before it"
vserver tc1 config get uts/version < /dev/null | vserver tc1 config set uts/version -
is "$(cat $conf/uts/version)" '\#1 SMP' "also of a line from standard input"
printf '# why\n\\#2\n' | vserver tc1 config set uts/version -
is "$(head -n 1 $conf/uts/version) $(vserver tc1 config get uts/version < /dev/null)" '# why #2' "several lines are the file, its comment is one"
run vserver tc1 config set apps/init/cmd.stop /bin/sh '#x' $'  #y\nz'
is "$(cat $conf/apps/init/cmd.stop)" '/bin/sh
\#x
\#y
z' "words of a list as well"
vserver tc1 config show < /dev/null | sed 's/^\\#2/\\#3/' | vserver tc1 config edit -
is "$(cat $conf/uts/version)" '# why
\#3' "in edit they are written as in the file"
run vserver tc1 config unset uts/version
run vserver tc1 config unset apps/init/cmd.stop

run vserver tc1 config set nicee 3
status 1 "set an unknown setting"
err_like "there is no setting 'nicee', did you mean 'nice'\?" "suggests"
run vserver tc1 config set uts/context x
status 1 "set one without effect"
run vserver tc1 config set context 99999
status 1 "set a number out of range"
is "$(cat $conf/context)" 361 "leaves it"
run vserver tc1 config list
status 0 "list"
out_like 'cflags=virt_load \.\.\..*nice=5' "shows what is set"
run vserver tc1 config list --json
out_like '"setting":"nice",.*"value":"5"' "list --json"
run vserver tc1 config list --all
out_like 'apps/init/killseq +list +.*\[15 1 9\]' "list --all"
run vserver tc1 config list --all --json
out_like '"setting":"nice",.*"kind":"text"' "list --all --json"
run vserver tc1 config show --effective
status 0 "show --effective"
out_like "cflags +fakeinit,virt_load,hide_netif +$conf/cflags:1" "words with their file"
out_like "apps/init/style +sysv +found in the guest" "the style that was found"
out_like "apps/init/killseq +15 1 9 +built in" "what is built in"
out_like "nice +5 +$conf/nice" "a file's own"
run vserver tc1 config show --effective --json
out_like '"setting":"context",.*"value":"361",.*"origin":".*/context:1"' "as JSON"
run vserver tc1 config show
out_like "\[context\].361.*\[nice\].5.*\[vdir\] -> /vservers/tc1" "show: the whole as one text"
run vserver tc1 config show --json
is "$(jq -c '.[] | select(.file == "context" or .file == "vdir")' <<< "$out" | tr '\n' ' ')" \
	'{"file":"context","executable":false,"text":"361\n"} {"file":"vdir","target":"/vservers/tc1"} ' "show --json: the files"
cp -a $conf "$tap_tmp/before"
vserver tc1 config show < /dev/null | vserver tc1 config edit -
ok "edit with the same text"
diff -r --no-dereference $conf "$tap_tmp/before" > /dev/null; ok "changes nothing"
printf '#!/bin/sh\nsed -i "s/^5$/7/; /^\\[cflags\\]/,/^$/d" "$1"\nprintf "[badness]\\n-5\\n" >> "$1"\n' > "$tap_tmp/editor"
chmod 755 "$tap_tmp/editor"
EDITOR=$tap_tmp/editor run vserver tc1 config edit
status 0 "edit with an editor"
is "$(cat $conf/nice) $(cat $conf/badness) $(ls $conf/cflags 2>/dev/null)" "7 -5 " "changed, added and removed"
printf '#!/bin/sh\nsed -i "s/^7$/x/" "$1"\n' > "$tap_tmp/editor"
EDITOR=$tap_tmp/editor run vserver tc1 config edit
status 1 "edit that makes it wrong"
err_like "'x' is not a number from -20 to 19" "says what"
err_like 'the text is kept in /tmp/vserver-config' "keeps the text"
rm -f /tmp/vserver-config.*
is "$(cat $conf/nice)" 7 "and changes nothing"
EDITOR=false run vserver tc1 config edit
status 1 "an editor that fails"
is "$(ls /tmp/vserver-config.* 2>/dev/null)" "" "leaves no text"
run vserver tc1 config
status 1 "config without an action"
run vserver tc1 config nosuch
status 1 "an unknown action"
run vserver tc1 config edit junk
status 1 "edit with an argument"
is "$(find /etc/vservers -name '.tc1*')" "" "no copies are left"

echo "# all at once: a reader never sees half a configuration"
for i in 1 2 3 4 5 6 7 8; do vserver tc1 config set nice $((i % 2)) < /dev/null & done
while [ -n "$(jobs -r)" ]; do
	[ -e $conf/vdir ] && [ -e $conf/context ] || echo broken
	wait -n
done > "$tap_tmp/seen" 2>&1
is "$(grep -c broken "$tap_tmp/seen")" 0 "with eight writers"
run vserver --silent tc1 delete
status 0 "delete"
finish
