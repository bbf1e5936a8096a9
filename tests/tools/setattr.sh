#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# setattr and showattr on files of /proc, and what they say about others.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits setattr 255
habits showattr 255

# shellcheck disable=SC2317  # called by run
guest() {	# CMD...: in a context of its own, whose set-up has ended
	chcontext --silent --xid 341 --secure -- "$@"
}

run showattr -d /proc/uptime /proc/iomem
status 0 'showattr succeeds'
out_is 'Awh------ /proc/uptime
AwH------ /proc/iomem' 'a shown and a hidden file'
run showattr -d --json /proc/iomem
out_is '[
  {
    "path":"/proc/iomem",
    "admin":true,
    "watch":false,
    "hide":true
  }
]' '--json has what the file can have'

name=$tap_tmp/$'caf\xe9 caf\xc3\xa9'
: >"$name"
run showattr -d --json "$name"
is "$(jq -r '.[0].path' <<<"$out")" "$tap_tmp/"$'caf\xef\xbf\xbd caf\xc3\xa9' '... also a name that is no UTF-8, readable as far as it goes'
run guest cat /proc/iomem
status 1 'a guest does not find the hidden one'
run setattr '--~hide' /proc/iomem
status 0 'setattr --~hide'
out_is '' 'says nothing'
run guest cat /proc/iomem
status 0 'now it does'
run setattr --hide --watch /proc/iomem
run showattr /proc/iomem
out_is 'AWH------ /proc/iomem' 'two attributes at once'
run guest cat /proc/iomem
status 1 'hidden again'
run setattr '--!watch' /proc/iomem
run showattr /proc/iomem
out_is 'AwH------ /proc/iomem' '--! clears as well'
run setattr '--~flags' 4 /proc/iomem
run showattr /proc/iomem
out_is 'Awh------ /proc/iomem' '--~flags N'
run setattr --flags 4 /proc/iomem
run showattr /proc/iomem
out_is 'AwH------ /proc/iomem' '--flags N'

run setattr -R '--~hide' /proc/irq
status 0 'setattr -R'
run showattr -d /proc/irq /proc/irq/default_smp_affinity
out_is 'Awh------ /proc/irq
Awh------ /proc/irq/default_smp_affinity' 'reaches what is below'
run guest cat /proc/irq/default_smp_affinity
status 0 '... for a guest, too'
run setattr -R --hide /proc/irq
run showattr /proc/irq
out_like '^AwH------ /proc/irq/default_smp_affinity' 'showattr of a directory shows what is in it'
run showattr -R /proc/sysvipc
out_is 'Awh------ /proc/sysvipc
Awh------ /proc/sysvipc/msg
Awh------ /proc/sysvipc/sem
Awh------ /proc/sysvipc/shm' 'showattr -R'
run showattr -d /proc/sys/kernel/modprobe /proc/sys/kernel/hostname
out_is 'AwH------ /proc/sys/kernel/modprobe
Awh------ /proc/sys/kernel/hostname' 'settings as well'

run setattr --hide /etc/passwd
status 1 'another file system: 1'
err_is 'setattr: cannot change the attributes of /etc/passwd: an attribute is not for files of this kind' '... in words'

dir=$(mktemp -d)
mkdir "$dir/guests"
echo text > "$dir/file"
run setattr --barrier "$dir/guests"
status 0 'a barrier on a directory'
run setattr --iunlink "$dir/file"
status 0 'a unified file'
run showattr -d "$dir/guests" "$dir/file"
out_is "----Buic- $dir/guests
-----UIc- $dir/file" 'showattr shows them'
run chattr -i "$dir/file"
status 0 'chattr -i'
run showattr "$dir/file"
out_is "-----Uic- $dir/file" 'leaves the other'
run setattr '--~iunlink' "$dir/file"
run setattr '--!barrier' "$dir/guests"
run showattr -d "$dir/guests" "$dir/file"
out_is "----buic- $dir/guests
-----uic- $dir/file" 'both are cleared'
mkdir "$dir/.hidden" "$dir/mnt"
mount -t tmpfs none "$dir/mnt"
mkdir "$dir/mnt/below"
run showattr "$dir"
is "$(grep -c hidden <<<"$out")" 0 'names with a dot are left out'
run showattr --all "$dir"
out_like "----buic- $dir/\.hidden" '--all: and shown'
run showattr --recursive "$dir"
out_like "$dir/mnt/below" 'other mounts are entered'
run showattr --recursive --one-file-system "$dir"
is "$rc $(grep -c "$dir/mnt/" <<<"$out")" '0 0' '--one-file-system: not'
run setattr --recursive --one-file-system --immutable "$dir"
status 0 'setattr --one-file-system'
run showattr --directory "$dir/file" "$dir/mnt/below"
out_is "-----uIc- $dir/file
----buic- $dir/mnt/below" '... stays on one'
run setattr --recursive '--~immutable' "$dir"
umount "$dir/mnt"
rm -r "$dir"

run setattr --barrier /proc/irq
err_is 'setattr: cannot change the attributes of /proc/irq: an attribute is not for files of this kind' 'an attribute of other files'
run setattr --hide /proc/nothing
err_is 'setattr: cannot change the attributes of /proc/nothing: No such file or directory' 'no such file'
run setattr --hide
status 255 'no file: 255'
run setattr /proc/uptime
status 255 'no attribute: 255'
run showattr /proc/self/status
status 1 "a task's file has no attributes"
out_is 'ERR       /proc/self/status' '... which the line shows'
err_is 'showattr: cannot read the attributes of /proc/self/status: files of this kind have no such attributes' '... in words'
run guest setattr --hide /proc/uptime
status 1 'a guest cannot'
err_is 'setattr: cannot change the attributes of /proc/uptime: only root on the host may do this' '... in words'
run setpriv --reuid 65534 --clear-groups setattr --hide /proc/uptime
err_is 'setattr: cannot change the attributes of /proc/uptime: only root on the host may do this' 'nor can a user of the host'
finish
