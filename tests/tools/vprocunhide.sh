#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vprocunhide: lists of what guests find in /proc.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

lib=/usr/lib/util-vserver
conf=$tap_tmp/etc
export VS_CONFDIR=$conf

# shellcheck disable=SC2317  # called by run
guest() { chcontext --silent --xid 342 --secure -- "$@"; }
all() { showattr -R -d /proc/sys /proc/irq /proc/tty /proc/sysvipc /proc/uptime /proc/iomem /proc/net/ 2>/dev/null; }

PATH=$lib:$PATH
habits vprocunhide 1

# As shipped: what the kernel shows anyhow.
before=$(all)
run vprocunhide
status 0 'the shipped list is taken'
is "$err" '' '... without a word'
is "$(all)" "$before" '... and changes nothing'
run vprocunhide --dry-run
status 0 '--dry-run'
out_like '(^|
)show /proc/uptime(
|$)' 'says what would be shown'
out_like 'hide from all but the host /proc/net/rpc|show /proc/net/' 'and hidden'
run vprocunhide --dry-run --json
is "$(jq -c '.[] | select(.path == "/proc/uptime")' <<<"$out")" '{"action":"show","path":"/proc/uptime"}' '--dry-run --json'
run vprocunhide --json
status 1 '--json alone: 1'
run guest sh -c 'ps ax; free; uptime; top -bn1'
status 0 'ps, free, uptime and top work in a guest'

# A list of the host's own.
mkdir -p "$conf/.defaults/apps/vprocunhide"
list=$conf/.defaults/apps/vprocunhide/files
cat > "$list" <<'X'
# a comment
/proc/iomem

+/proc/ioports
-/proc/uptime
~/proc/version
:/proc/execdomains
/proc/irq/
>/proc/loadavg
/proc/no/such/file
X
run vprocunhide
status 0 "the host's own list replaces it"
run showattr -d /proc/iomem /proc/ioports /proc/uptime /proc/version /proc/irq /proc/irq/default_smp_affinity /proc/loadavg
out_is 'Awh------ /proc/iomem
Awh------ /proc/ioports
AwH------ /proc/uptime
AWH------ /proc/version
Awh------ /proc/irq
Awh------ /proc/irq/default_smp_affinity
Awh------ /proc/loadavg' 'each mark does what it says'
run guest cat /proc/iomem /proc/irq/default_smp_affinity
status 0 'a guest finds what is shown'
run guest cat /proc/uptime
status 1 'and not what is hidden'
run cat /proc/execdomains
status 1 'nor does the host find what is for spectators'
run chcontext --silent --xid 1 -- cat /proc/execdomains
status 0 '... who do'

cat > "$list" <<'X'
+/proc/uptime
+/proc/version
-/proc/iomem
-/proc/ioports
-/proc/irq/
X
run vprocunhide
status 0 'taken back'
run showattr -d /proc/uptime /proc/version /proc/iomem
out_is 'Awh------ /proc/uptime
AWh------ /proc/version
AwH------ /proc/iomem' '... by a list'
setattr '--~watch' /proc/version

printf '/proc/uptime\n/etc/passwd\n' > "$list"
run vprocunhide
status 1 'a path elsewhere: 1'
err_is "vprocunhide: $list: '/etc/passwd' is neither a path below /proc nor one after + - : ~ ! or >" '... with file and line'
echo '-/proc/self/status' > "$list"
run vprocunhide
status 3 'all lines failed: 3'
err_is 'vprocunhide: cannot hide from all but the host /proc/self/status: an attribute is not for files of this kind' '... in words'
printf '/proc/uptime\n-/proc/self/status\n' > "$list"
run vprocunhide
status 2 'some failed: 2'
run vprocunhide junk
status 1 'an argument: 1'
err_like "^vprocunhide: 'junk' is not an option" '... and no endless loop'
printf '/proc/uptime\n' > "$list"
run setpriv --reuid 65534 --clear-groups env VS_CONFDIR="$conf" vprocunhide
status 1 'a user cannot read the list'
chmod 755 "$tap_tmp"
run setpriv --reuid 65534 --clear-groups env VS_CONFDIR="$conf" vprocunhide
status 3 'nor set anything'
err_is 'vprocunhide: cannot show /proc/uptime: only root on the host may do this' '... in words'
finish
