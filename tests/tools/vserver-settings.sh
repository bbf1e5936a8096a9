#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every file that a configuration of earlier versions may hold: it has an effect, or check says why not.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154  # for other shells; set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tw1
defs=/etc/vservers/.defaults
run vserver tw1 create "$tar" --context 471
cp -a $conf "$tap_tmp/conf"; cp -a $defs "$tap_tmp/defs"

# Those with an effect; a name that anybody may choose is X.
works='vdir run name disabled context ncontext noncontext bcapabilities ccapabilities ncapabilities umask cflags flags nflags
personality nice badness shell nocgroup nonetns fstab fstab.remote
apps/init/style apps/init/runlevel apps/init/runlevel.start apps/init/runlevel.stop apps/init/killseq apps/init/cmd.start
apps/init/cmd.stop apps/init/cmd.start-sync apps/init/cmd.prepare apps/init/sync apps/init/mark apps/init/depends
apps/init/environment apps/vshelper/sync-timeout apps/vshelper/action apps/vshelper/restart apps/vshelper/halt
apps/vshelper/poweroff apps/vshelper/shutdown apps/vshelper/startup apps/vshelper/swsusp apps/vshelper/disabled apps/vshelper/debug
scripts/initialize scripts/prepre-start scripts/pre-start scripts/post-start scripts/pre-stop scripts/post-stop
scripts/postpost-stop scripts/initialize.d/X scripts/prepre-start.d/X scripts/pre-start.d/X scripts/post-start.d/X
scripts/pre-stop.d/X scripts/post-stop.d/X scripts/postpost-stop.d/X
interfaces/dev interfaces/prefix interfaces/mask interfaces/scope interfaces/bcast interfaces/lback interfaces/vlandev
interfaces/novlandev interfaces/X/disabled interfaces/X/ip interfaces/X/dev interfaces/X/prefix interfaces/X/mask
interfaces/X/bcast interfaces/X/scope interfaces/X/name interfaces/X/peer interfaces/X/nodev interfaces/X/only_ip
interfaces/X/down interfaces/X/vlandev interfaces/X/novlandev interfaces/X/tun interfaces/X/tap interfaces/X/shared
interfaces/X/uid interfaces/X/gid interfaces/X/linktype netns/name netns/shared netns/interfaces/X/host
netns/interfaces/X/guest netns/interfaces/X/type uts/sysname uts/nodename uts/release uts/version uts/machine uts/domainname
sysctl/X/setting sysctl/X/value cpuset/cpus cpuset/mems spaces/pid spaces/net ionice/class ionice/priority cgroup/name
cgroup/memory.max rlimits/nproc rlimits/nproc.soft rlimits/nproc.hard'
for r in core cpu data fsize locks memlock nofile nproc rss stack; do works+=" ulimits/$r ulimits/$r.soft ulimits/$r.hard"; done
# Those that another mechanism took the place of, or that wait for theirs.
useless='noisy keepfds legacy capabilities namespace nonamespace namespace-cleanup nonamespace-cleanup namespace-cleanup-skip
fstab.local hostname domainname schedule apps/init/mtab apps/init/cmd.stop-sync apps/init/tty apps/vshelper/warning-disabled
apps/vdevmap/X/open apps/vdevmap/X/create apps/vdevmap/X/remap apps/vdevmap/X/flags apps/vdevmap/X/device apps/vdevmap/X/target
apps/pkgmgmt/style apps/pkgmgmt/internal apps/pkgmgmt/base apps/pkgmgmt/execdir interfaces/extip interfaces/X/nocsum
interfaces/X/indirect interfaces/X/mac interfaces/X/extip uts/context cpuset/name cpuset/cpu_exclusive cpuset/mem_exclusive
cpuset/virtualized cpuset/nocreate sched/tokens sched/tokens-min sched/tokens-max sched/fill-rate sched/interval
sched/fill-rate2 sched/interval2 sched/priority-bias sched/prio-bias sched/idle-time sched/X/cpu-id sched/X/bucket-id spaces/mask
cgroup/mnt cgroup/subsys cgroup/inherit cgroup/per-ss rlimits/nproc.min'
# These have an effect as soon as the kernel side of them is in; the table says which.
either='tag cache dlimits/X/directory dlimits/X/space_total dlimits/X/inodes_total dlimits/X/reserved dlimits/X/disabled
apps/vunify/exclude apps/vunify/refserver.X apps/vunify/hash/X apps/vunify/hash/method apps/vunify/hash/blocks
apps/vunify/hash/blocksize apps/vunify/pkgmgmt-ignore apps/vunify/pkgmgmt-force'

vserver --dump settings > "$tap_tmp/table"
# What the table says about PATH in the guest's directory (g) or in .defaults (d): why it has no effect, `-`, or nothing.
entry() {
	awk -F'\t' -v path="$1" -v where="$2" '
		# *TAIL
		function ends(name, star) {
			return star ~ /^\*./ && length(name) >= length(star) &&
				substr(name, length(name) - length(star) + 2) == substr(star, 2)
		}
		index($3, where) {
			n = split($1, a, "/"); m = split(path, b, "/"); if (n != m) next
			for (i = 1; i <= n; i++) if (a[i] != b[i] && a[i] != "*" && !ends(b[i], a[i])) next
			stars = gsub(/\*/, "*", $1)
			if (best == "" || stars < least) { best = $6; least = stars }
		} END { print best }' "$tap_tmp/table"
}
for path in $works; do is "$(entry "$path" g)" - "$path has an effect"; done
for path in $useless; do [ -n "$(entry "$path" g)" ] && [ "$(entry "$path" g)" != - ]; ok "$path: the reason is told"; done
for path in $either; do [ -n "$(entry "$path" g)" ]; ok "$path is known"; done
for path in vdirbase cachebase run.rev run nonamespace nonamespace-cleanup namespace-cleanup-skip shell keepfds fstab context.dynamic \
	context.next init/mtab scripts/pre-start styles/bold files/hosts files/nsswitch.conf files/krb5.conf files/localtime files/resolv.conf \
	interfaces/vlandev cgroup/mnt cgroup/subsys cgroup/inherit cgroup/name cgroup/base cgroup/per-ss netns/name netns/shared \
	netns/interfaces/X/host apps/build/options apps/pkgmgmt/base apps/debootstrap/mirror apps/debootstrap/uri \
	apps/debootstrap/options apps/h2ext/desc apps/vdevmap/X/open apps/vshelper/logfile apps/vshelper/disabled apps/vshelper/debug \
	apps/vshelper/warning-disabled apps/vshelper/action apps/vshelper/sync-timeout apps/vshelper/restart apps/vshelper-methods/X \
	apps/vshelper-delegate/restart apps/vprocunhide/files apps/init/tty apps/init/environment apps/vunify/exclude \
	apps/vunify/hash/X apps/vlogin/disable; do
	[ -n "$(entry "$path" d)" ]; ok ".defaults/$path is known"
done

echo "# check says it of each file"
# With that one it is no guest of ours.
useless=${useless/ legacy / }
for path in $useless; do
	mkdir -p "$conf/$(dirname "$path")"
	[ -e "$conf/$path" ] || echo 1 > "$conf/$path"
done
run vserver tw1 check
missing=''
for path in $useless; do [[ $out == *"/$path: without effect"* || $out == *"/$path:"*"without effect"* ]] || missing+=" $path"; done
is "$missing" "" "check names each file without effect"
[[ $out != *'unknown file'* ]]; ok "and takes none for a mistake"
rm -rf $conf; cp -a "$tap_tmp/conf" $conf
touch $conf/legacy
run vserver tw1 check
[ $rc != 0 ] && like "$err" "old configuration style" "legacy: such a guest is not touched"
rm -f $conf/legacy
echo x > $conf/nicee
run vserver tw1 check
out_like "nicee: unknown file, did you mean 'nice'" "a mistake is one"
rm -rf $conf $defs; cp -a "$tap_tmp/conf" $conf; cp -a "$tap_tmp/defs" $defs

echo "# links in the configuration"
name_inside() {
	vserver tw1 start < /dev/null > /dev/null && vserver tw1 exec hostname < /dev/null
	vserver tw1 stop < /dev/null > /dev/null
}
mkdir -p $conf/apps/init "$tap_tmp/elsewhere"
printf '%s\n' /bin/sh -c 'echo "$COLOUR"; (sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
: > $conf/apps/init/style
chmod 755 "$tap_tmp" "$tap_tmp/elsewhere"
echo linked > "$tap_tmp/elsewhere/nodename"
rm -rf $conf/uts; ln -s "$tap_tmp/elsewhere" $conf/uts
is "$(name_inside)" linked "a directory that is a link"
rm $conf/uts; mkdir $conf/uts; ln -s "$tap_tmp/elsewhere/nodename" $conf/uts/nodename
is "$(name_inside)" linked "a file that is one"
rm "$tap_tmp/elsewhere/nodename"
run vserver tw1 start --dry-run
status 0 "one that leads nowhere is no setting"
mkdir -p $defs/apps/init
echo 'COLOUR=common' > $defs/apps/init/environment
run vserver tw1 start
out_like common "a common setting"
run vserver tw1 stop
echo 'COLOUR=own' > $conf/apps/init/environment
mkdir -p $conf/scripts
printf '#!/bin/sh\necho "echo late" > %s/scripts/post-start\n' $conf > $conf/scripts/pre-start
chmod 755 $conf/scripts/pre-start
run vserver tw1 start
out_like 'own.*late' "one of the guest; and a script that another script has made is run"
run vserver tw1 stop
rm -rf $conf $defs; cp -a "$tap_tmp/conf" $conf; cp -a "$tap_tmp/defs" $defs
run vserver --silent tw1 delete
status 0 "delete"
finish
