#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a power cut leaves of the copies that a guest gets when it changes unified files: each of its names leads to the
# file that it had or to the one that it made, with all that belongs to it; the names of others lead to what they had.
# shellcheck disable=SC2154,SC2317  # set by tap.sh; called by lib-power.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
# shellcheck source=tests/tools/lib-power.sh
. "${0%/*}/lib-power.sh"
export LC_ALL=C

# What the guest does not change, down to the inode.
others() { state -i "$1/a" && state -i "$1/pool"; }

prepare() {
	local i
	mkdir -p "$1/hash" "$1/pool"
	chmod 700 "$1/pool"
	ln -s ../pool "$1/hash/root"
	fill "$1/a"
	for i in $(seq 8); do seq "$i" $((i * 40 + 1400)) > "$1/a/y/cut$i"; done
	for i in 3 8 13 18; do
		setfattr -n user.note -v "note $i" "$1/a/x/f$i"
		setfacl -m u:77:r "$1/a/x/f$i"
	done
	setcap cap_net_raw=ep "$1/a/x/f10"
	cp -a "$1/a" "$1/b"
	vhashify --manually "$1/hash" "$1/a" > /dev/null
	vhashify --manually "$1/hash" "$1/b" > /dev/null
	# Unified, and the guest has the only name.
	for i in $(seq 8); do seq "$i" $((i * 50 + 300)) > "$1/b/y/own$i"; done
	setattr --iunlink "$1"/b/y/own*
	state "$1/b" > "$tap_tmp/old"
	others "$1" > "$tap_tmp/others"
}

# Each way by which a guest gets a copy. Cut off between two blocks: ext4 may write zeros behind a new end before the
# end itself, in any file.
# shellcheck disable=SC2016
change='cd "$1" || exit
for i in $(seq 36); do
	f=x/f$i
	case $((i % 5)) in
	0) true >> $f ;;
	1) chmod 755 $f ;;
	2) chown 7:8 $f ;;
	3) touch -d 2001-02-03 $f ;;
	4) setfattr -n user.new -v value $f ;;
	esac || exit
done
for i in $(seq 8); do
	truncate -s 4096 y/cut$i && chmod 711 y/own$i || exit
done'

guest() {
	chcontext --silent --xid 346 --secure -- bash -c "$change" _ "$tap_tmp/mnt/b" < /dev/null || return
	state "$tap_tmp/mnt/b" > "$tap_tmp/new"
	[ "$(links "$tap_tmp/mnt/a/x/f9")" = 2 ] && [ "$(comm -12 "$tap_tmp/old" "$tap_tmp/new" | wc -l)" = 7 ]
}

# Each line is an old or a new one. What was about to take a name is whole as well. To cut a file off changes its time,
# on XFS in a step of its own: such files are compared without.
# shellcheck disable=SC2016
judge='
function key() { name = $1; if (name ~ /^y\/cut/) $NF = ""; return $0 }
{ whole = $0; sub(/^[^ ]+ /, "", whole) }
FILENAME ~ /old$/ { all[whole]; names++ }
FILENAME !~ /now$/ { may[key()]; next }
/\/\.cow-/ { beside++; if (!(whole in all)) bad = bad " rest:" $1; next }
{ names--; if (!(key() in may)) bad = bad " mixed:" $0 }
END { if (names) bad = bad " names"; print beside + 0 bad; exit bad != "" }'

compare() {
	state "$1/b" > "$tap_tmp/now"
	awk "$judge" "$tap_tmp/old" "$tap_tmp/new" "$tap_tmp/now" > "$tap_tmp/verdict" || { cat "$tap_tmp/verdict"; return 1; }
	others "$1" | cmp -s - "$tap_tmp/others" || { echo others; return 1; }
	echo "$(comm -13 "$tap_tmp/old" "$tap_tmp/now" | wc -l) $(< "$tap_tmp/verdict")" >> "$tap_tmp/points"
}

recorded "a guest changes unified files" guest
echo "# at $(grep -vc ' 0$' "$tap_tmp/points") points there was a copy that had not taken its name yet"
[ "$(cut -d' ' -f1 "$tap_tmp/points" | sort -u | wc -l)" -gt 10 ]; ok "the points lie between the changes"
finish
