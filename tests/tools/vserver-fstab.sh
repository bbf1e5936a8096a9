#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How the lines of an fstab are read.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154  # set by tap.sh
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tf1
root=/vservers/tf1
inside() { vserver tf1 exec "$@" < /dev/null; }

run vserver tf1 create "$tar" --context 471
status 0 "create"
mkdir -p $conf/apps/init
: > $conf/apps/init/style
printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start

echo "# how lines are read"
# What is mounted in the end tells how a line was read.
mkdir -p "$tap_tmp/a b" "$tap_tmp/tab	x" "$tap_tmp/back\\slash" "$tap_tmp/#hash"
for d in "$tap_tmp"/*/; do echo "${d##"$tap_tmp"}" > "$d/name"; done
long=$(printf 'x-%0200d,' $(seq 400))
{
	printf '\r\n   \t\r\n\t# a comment behind blanks\r\n'
	printf 'proc\t /proc/   proc  defaults 0 0 # a note \t \r\n'
	printf '%s/a\\040b /mnt none bind\r\n' "$tap_tmp"
	printf '%s/tab\\011x /srv none bind,ro   \t\n' "$tap_tmp"
	printf '  %s/back\\134slash /home none bind 00 0\n' "$tap_tmp"
	printf '%s/\\043hash //opt// none bind # x-mount.mkdir\n' "$tap_tmp"
	printf 'none /root tmpfs %ssize=1m 0 0' "$long"
} > $conf/fstab
mkdir -p $root/opt
run vserver tf1 check
status 0 "blanks, escapes, comments, ends of lines and a line of 80,000 characters" || tap_show output "$out"
run vserver tf1 start
status 0 "start"
is "$(inside cut -d' ' -f2,3 /proc/mounts | tr '\n' ';')" \
	"/ ext4;/proc proc;/mnt tmpfs;/srv tmpfs;/home tmpfs;/opt tmpfs;/root tmpfs;" "each line is mounted in its place"
is "$(inside cat /mnt/name /srv/name /home/name /opt/name)" "/a b/
/tab	x/
/back\\slash/
/#hash/" "with its source"
is "$(inside df -k /root | awk 'END { print $2 }')" 1024 "the last line needs no end"
run vserver tf1 stop
# Else the first would be a bind mount, the second a loop device, and the third no number.
printf '%s\n' 'proc /proc proc' 'none /root tmpfs x-a="1,bind,2",x-b="1,loop",size="1m",,mode=700 0 0' > $conf/fstab
run vserver tf1 check
status 0 "commas in quotes" || tap_show output "$out"
run vserver tf1 start
status 0 "are no ends of options"
is "$(inside df -k /root | awk 'END { print $2 }') $(inside stat -c %a /root)" "1024 700" "and quotes are no part of a value"
run vserver tf1 stop
reads() { # REGEX WHAT: what check says of the line on standard input
	cat > $conf/fstab
	run vserver tf1 check
	status 1 "$2"
	out_like "$1" "$2: is told"
}
reads "fstab:1: a mount needs source, place and type" "two fields" <<< 'proc /proc'
reads "fstab:2: a mount needs source, place and type" "a note in place of the type" <<< $'\nproc /proc # proc'
reads "fstab:1: 'srv' is not an absolute path" "a place that is no path" <<< 'none srv tmpfs'
reads "fstab:1: 'b' is not an absolute path" "a blank in the source" <<< '/a b /mnt none bind'
reads "fstab:1: 'size=1m' is not a number" "a blank in the options" <<< 'none /mnt tmpfs nosuid, size=1m 0 0'
reads "fstab:1: '1x' is not a number" "a number with more behind it" <<< 'none /mnt tmpfs nosuid 0 1x'
reads "fstab:1: a guest cannot have swap" "swap" <<< '/dev/vdz none swap sw 0 0'
reads "fstab:3: a mount needs .*fstab:4: 'x' is not" "each wrong line" <<< $'#\n#\nproc\nnone x tmpfs'

run vserver --silent tf1 delete
status 0 "delete"
finish
