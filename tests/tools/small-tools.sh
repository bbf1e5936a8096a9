#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vsomething, exec-cd, chroot-sh, vsysctl, chcontext --reducecap.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2012  # for other shells; set by tap.sh; plain names
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
lib=/usr/lib/util-vserver
PATH=$PATH:$lib
for p in vsomething exec-cd chroot-sh vsysctl; do
	case $p in chroot-sh) habits $p 1 ;; *) habits $p 255 ;; esac
done

echo "# vsomething"
run vserver ta1 create "$tar" --context 441
for i in 2 3; do run vserver ta$i create guest:ta1 --context 44$i; done
vserver ta1 config set apps/init/mark red < /dev/null
vserver ta2 config set apps/init/mark blue < /dev/null
mkdir -p /etc/vservers/ta2/apps/init; : > /etc/vservers/ta2/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > /etc/vservers/ta2/apps/init/cmd.start
run vserver ta2 start
all() { vsomething echo "$@" -- < /dev/null 2>/dev/null | tr '\n' ' '; }
is "$(all ta3 ta1)" "ta3 ta1 " "names"
is "$(all --all)" "ta1 ta2 ta3 " "--all"
is "$(all --running)" "ta2 " "--running"
is "$(all --stopped)" "ta1 ta3 " "--stopped"
is "$(all --marked)" "ta1 ta2 " "--marked"
is "$(all --unmarked)" "ta3 " "--unmarked"
is "$(all --mark=red)" "ta1 " "--mark=red"
is "$(all --mark red,blue)" "ta1 ta2 " "--mark red,blue"
is "$(all --mark '!red')" "ta2 ta3 " "--mark !red"
is "$(all --marked --stopped)" "ta1 " "several filters"
run vsomething vserver --running -- exec sh -c 'echo "in $(hostname)" "$@"' x a 'b c'
status 0 "a command for each"
out_is "in ta2 a b c" "with its arguments"
err_is "" "a single guest is not announced"
run vsomething echo ta1 ta2 -- x
err_is "vsomething: operating on vserver ta1
vsomething: operating on vserver ta2" "several are"
run vsomething --quiet echo ta1 ta2 -- x
err_is "" "but not with --quiet"
run vsomething -q --debug echo ta1 ta2 -- x
err_is "echo ta1 x
echo ta2 x" "--debug shows the commands"
run vsomething sh -- -c 'exit 1'
status 255 "no guest"
run vsomething echo --mark green --
status 255 "a filter that nobody passes"
err_like 'no guest passes the filters' "says so"
run vsomething echo --all ta1 --
status 255 "names and filters"
printf '#!/bin/sh\n[ $1 = ta1 ] && exit 7\nexit 0\n' > "$tap_tmp/cmd"; chmod 755 "$tap_tmp/cmd"
run vsomething "$tap_tmp/cmd" --all --
status 7 "a failure that is not the last one is told"
run vsomething /nosuch ta1 --
status 127 "no such command"
run vserver ta2 stop
for i in 3 2 1; do run vserver --silent ta$i delete; done

echo "# exec-cd, chroot-sh: a tree whose links lead out"
tree=$tap_tmp/tree
# shellcheck disable=SC2086  # plain names
{
mkdir -p $tree/etc $tree/dir "$tap_tmp/host"
echo canary > "$tap_tmp/host/canary"
echo inside > $tree/etc/file
ln -s "$tap_tmp/host" $tree/out
ln -s ../../../../../../../../"$tap_tmp/host/canary" $tree/etc/up
ln -s "$tap_tmp/host/canary" $tree/etc/abs
ln -s /etc/file $tree/dir/ok
ln -s "/proc/$$/root/$tap_tmp/host" $tree/magic
mkdir $tree/proc; mount --bind /proc $tree/proc
mkfifo $tree/etc/fifo
cd $tree || exit
run exec-cd /dir pwd
out_is "$tree/dir" "exec-cd"
status 0 "exec-cd succeeds"
run exec-cd dir sh -c 'exit 9'
status 9 "exec-cd: the status of the program"
for d in /out /magic ../../.. /nosuch /etc/file; do
	run exec-cd "$d" pwd
	case $d in ../*) out_is "$tree" "exec-cd $d stays" ;; *) status 255 "exec-cd $d" ;; esac
done
run chroot-sh cat etc/file
out_is inside "cat"
run chroot-sh cat dir/ok
out_is inside "cat through a link inside"
for f in etc/up etc/abs out/canary magic/canary /proc/self/root/etc/passwd etc/fifo dir; do
	run chroot-sh cat $f
	status 1 "cat $f"
	out_is "" "cat $f shows nothing"
done
in_out() { printf '%s\n' more | chroot-sh "$@" > "$tap_tmp/out" 2> "$tap_tmp/err"; rc=$? err=$(<"$tap_tmp/err"); }
in_out append etc/file; status 0 "append"
is "$(cat etc/file)" "inside
more" "adds"
in_out truncate etc/file; status 0 "truncate"
is "$(cat etc/file)" more "replaces"
in_out append etc/new; is "$(cat etc/new)" more "append makes the file"
for f in etc/up etc/abs out/canary magic/canary out/new; do
	in_out append $f
	in_out truncate $f
	run chroot-sh rm out/canary magic/canary
	run chroot-sh chmod 777 $f
	run chroot-sh mv etc/new out/new
	run chroot-sh mkdir out/newdir
	run chroot-sh link x out/newlink
done
is "$(ls "$tap_tmp/host") $(cat "$tap_tmp/host/canary") $(stat -c %a "$tap_tmp/host/canary")" "canary canary 644" "nothing reaches the host's directory"
run chroot-sh testfile etc/file; status 0 "testfile"
run chroot-sh testfile etc/nosuch; status 1 "testfile of nothing"
run chroot-sh mkdir a a/b; status 0 "mkdir"
run chroot-sh chmod 0600 etc/file; is "$(stat -c %a etc/file)" 600 "chmod"
run chroot-sh chmod 9 etc/file; status 1 "chmod 9"
run chroot-sh link /etc/file a/l; is "$(readlink a/l)" /etc/file "link"
run chroot-sh realpath a/l /; out_is "/etc/file
/" "realpath"
run chroot-sh mv etc/file a/b/f; [ -e a/b/f ]; ok "mv"
run chroot-sh rm a/b/f a/l; status 0 "rm"
[ ! -e a/b/f ]; ok "removes"
run chroot-sh rm a/b/f; status 1 "rm of nothing"
err_like 'cannot remove a/b/f: No such file' "says so"
run chroot-sh rm; status 1 "rm without a name"
run chroot-sh dance; status 1 "an unknown action"
umount $tree/proc
cd / || exit
}

echo "# vsysctl"
mkdir -p "$tap_tmp/s/a" "$tap_tmp/s/b"
echo kernel.msgmni > "$tap_tmp/s/a/setting"; echo 91 > "$tap_tmp/s/a/value"
echo kernel/shmmni > "$tap_tmp/s/b/setting"; echo 92 > "$tap_tmp/s/b/value"
run vspace --new --ipc -- vsysctl --xid 5 --dir "$tap_tmp/s" -- cat /proc/sys/kernel/msgmni /proc/sys/kernel/shmmni
out_is "91
92" "vsysctl writes settings"
run vsysctl --dir "$tap_tmp/none" true; status 255 "a directory that is not there"
run vsysctl --dir "$tap_tmp/none" --missingok true; status 0 "--missingok"
rm "$tap_tmp/s/a/value"
run vsysctl --dir "$tap_tmp/s" true; status 255 "a setting without value"
err_like 'a/value: missing' "is told"
echo ../../etc/passwd > "$tap_tmp/s/a/setting"; echo x > "$tap_tmp/s/a/value"
run vsysctl --dir "$tap_tmp/s" true; status 255 "a setting that climbs"
run vsysctl true; status 255 "without --dir"

echo "# chcontext --reducecap"
caps() { sed -n 's/^Cap\(Eff\|Bnd\|Prm\):[[:space:]]*//p' | tr '\n' ' '; }
bit() { echo $((0x$1 >> $2 & 1)); }
read -r prm eff bnd < <(chcontext --reducecap --cap '!net_raw' cat /proc/self/status | caps)
is "$(bit "$prm" 13)$(bit "$eff" 13)$(bit "$bnd" 13)" 000 "--cap !net_raw takes it from all three sets"
is "$(bit "$eff" 12)$(bit "$eff" 21)" 11 "and no others"
is "$(chcontext --reducecap --secure cat /proc/self/status | caps | cut -d' ' -f2)" 00000000b44c04ff "--secure leaves the preset"
is "$(chcontext --reducecap --secure --cap sys_time cat /proc/self/status | caps | cut -d' ' -f2)" 00000000b64c04ff "--secure --cap sys_time"
is "$(chcontext --reducecap --cap '!kill' vserver-info - SYSINFO > /dev/null; chcontext --reducecap --cap '!kill' sed -n 's/^VxID:[[:space:]]*//p' /proc/self/status)" 0 "no context is made"
run chcontext --reducecap --cap '!setuid' chcontext --reducecap --cap setuid sh -c 'grep CapEff /proc/self/status'
[ "$(bit "${out##*[[:space:]]}" 7)" = 0 ]; ok "what is lost stays lost"
run chcontext --reducecap --xid 5 true
status 255 "--reducecap with --xid"

echo "# vrsetup"
habits vrsetup 255
truncate -s 8M "$tap_tmp/disk"
loop=$(losetup -f --show "$tap_tmp/disk")
run vrsetup /dev/vroot0 "$loop"
status 0 "a vroot device is bound to a disk"
run vrsetup /dev/vroot0 "$loop"
status 1 "once"
run vrsetup --delete /dev/vroot0
status 0 "--delete"
run vrsetup -d /dev/vroot0
status 1 "what is not bound"
err_is "vrsetup: cannot free /dev/vroot0: it is not bound" "is told"
run vrsetup /dev/null "$loop"
err_is "vrsetup: cannot bind /dev/null to $loop: it is no vroot device, or what is to be bound is no disk" "nor another device"
run vrsetup /dev/vroot0
status 255 "without a disk"
losetup -d "$loop"
finish
