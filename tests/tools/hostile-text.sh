#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Guests whose texts want to be executed, a hostile environment, events that are forged.
# Nothing of the host may change, and each command ends with an answer.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012,SC2317,SC2086  # for other shells; set by tap.sh; plain names; called by name
# shellcheck disable=SC2017  # whole minutes
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/tools/libhostile.sh
. "$(dirname "$0")/libhostile.sh"

echo "# the environment"
new
echo 'touch /tmp/pwn' > "$tap_tmp/env"
printf '#!/bin/sh\ntouch /tmp/pwn\n' > "$tap_tmp/ls"; chmod 755 "$tap_tmp/ls"
cp "$tap_tmp/ls" "$tap_tmp/ip"; cp "$tap_tmp/ls" "$tap_tmp/sh"
mkdir -p $conf/scripts
printf '#!/bin/bash\nls > /dev/null; env > %s\n' "$tap_tmp/script-env" > $conf/scripts/pre-start; chmod 755 $conf/scripts/pre-start
hostile=(env "LD_PRELOAD=$tap_tmp/evil.so" "BASH_ENV=$tap_tmp/env" "ENV=$tap_tmp/env" "PATH=$tap_tmp:$PATH" IFS=/ 'PS4=$(touch /tmp/pwn)'
	SHELLOPTS=xtrace "LD_LIBRARY_PATH=$tap_tmp" 'BASH_FUNC_ls%%=() { touch /tmp/pwn; }' "HOME=$tap_tmp" "LC_ALL=../../$tap_tmp" "GCONV_PATH=$tap_tmp")
run "${hostile[@]}" "$(command -v vserver)" tz1 start
status 0 "start in a hostile environment"
! grep -Eq 'LD_|BASH_ENV|^ENV=|PS4|GCONV|BASH_FUNC|SHELLOPTS' "$tap_tmp/script-env"; ok "scripts do not get it"
run "${hostile[@]}" "$(command -v vserver)" tz1 exec env
! grep -Eq 'LD_|BASH_ENV|^ENV=|PS4|GCONV|BASH_FUNC|SHELLOPTS' <<< "$out"; ok "nor does what is run inside"
run "${hostile[@]}" "$(command -v vserver)" tz1 stop
harmless "environment"

echo "# texts of the guest"
long=$(head -c 100000 /dev/zero | tr '\0' x)
poison=('$(touch /tmp/pwn)' '`touch /tmp/pwn`' '; touch /tmp/pwn' '"; touch /tmp/pwn; "' $'a\nb' $'\xff\xfe\x80' '%s%n%d' '../../etc/passwd' '-rf' "$long")
for p in "${poison[@]}"; do
	new
	printf '%s:x:0:0:%s:%s:%s\nroot:x:0:0:%s:%s:/bin/sh\n' "$p" "$p" "$p" "$p" "$p" "/$p" > $root/etc/passwd
	printf '%s:x:0:%s\n' "$p" "$p" > $root/etc/group
	printf 'NAME="%s"\nID=%s\nVERSION_CODENAME=%s\n' "$p" "$p" "$p" > $root/etc/os-release
	printf '%s\n' "$p" > $root/etc/debian_version
	printf '%s %s %s %s 0 0\n' "$p" "$p" "$p" "$p" > $root/etc/fstab
	printf '%s\n' "$p" > $root/etc/inittab; printf '%s\n' "$p" > $root/etc/mtab
	cp -a $root "$tap_tmp/copy"; tar -C "$tap_tmp/copy" -cf "$tap_tmp/p.tar" .; rm -rf "$tap_tmp/copy"
	timeout 60 vserver tz2 create "$tap_tmp/p.tar" --context 452 < /dev/null > "$tap_tmp/vout" 2>&1
	timeout 60 vserver --silent tz2 delete < /dev/null > /dev/null 2>&1
	printf '%s\n' /bin/sh -c 'hostname "$0"; printf "%s\n" "$0"; cd /tmp; ln -s /bin/busybox "./x$0" 2>/dev/null; (sh -c "exec -a \"\$0\" sleep 1000" "$0" || sleep 1000) & exit 0' "${p:0:4000}" > $conf/apps/init/cmd.start
	[[ $p != *$'\n'* ]] || printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
	everything
	v start
	timeout 60 vserver list < /dev/null > "$tap_tmp/vout" 2>&1
	v ps; ! grep -q $'\033' "$tap_tmp/vout"; ok "ps shows no control characters (${p:0:20})"
	timeout 60 vserver tz1 ps --json < /dev/null 2>/dev/null | jq . > /dev/null; ok "ps --json is JSON"
	timeout 60 vserver tz1 logs --json < /dev/null 2>/dev/null | jq . > /dev/null; ok "logs --json is JSON"
	timeout 60 vserver-stat < /dev/null > /dev/null 2>&1; timeout 60 vps ax < /dev/null > /dev/null 2>&1
	v suexec "${p:0:4000}" true
	v stop
	harmless "text ${p:0:20}"
done

echo "# the kernel's helper"
new
old=$(cat /proc/sys/kernel/vshelper)
echo /usr/sbin/vshelper > /proc/sys/kernel/vshelper
v start
for event in restart halt poweroff shutdown; do
	for id in ../../x '1;touch /tmp/pwn' '$(touch /tmp/pwn)' -1 99999999999 $'451\n' '' 0x1c3; do
		run timeout 60 vshelper "$event" "$id"
		[ $rc != 0 ] && [ $rc != 124 ]; ok "vshelper $event '${id//$'\n'/N}' is refused"
	done
done
run vserver tz1 running
status 0 "the guest still runs"
v stop
printf '%s\n' /bin/sh -c 'echo up >> /starts; reboot -f; reboot; (sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
begin=$SECONDS
v start
sleep 15
took=$((SECONDS - begin))
[ "$(wc -l < $root/starts)" -le $((8 + took / 60 * 5)) ]; ok "a guest that reboots at each start is held up ($(wc -l < "$root/starts") starts in $took s)"
v stop
poll 20 ctx_gone $xid
settled() { [ -z "$(pgrep -x vshelper)" ] && [ ! -e /proc/virtual/$xid ]; }
poll 30 settled; v stop; poll 30 settled; ok "and can be stopped"
echo "$old" > /proc/sys/kernel/vshelper
harmless "helper"
done_with_it
