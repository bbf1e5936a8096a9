#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a power cut leaves of vclone: a clone is complete, with contents and attributes, or not there at all, and the
# source is as it was.
# shellcheck disable=SC2154,SC2317  # set by tap.sh; called by lib-power.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
# shellcheck source=tests/tools/lib-power.sh
. "${0%/*}/lib-power.sh"

# Some files are unified, others are not.
prepare() {
	mkdir -p "$1/hash" "$1/pool"
	chmod 700 "$1/pool"
	ln -s ../pool "$1/hash/root"
	fill "$1/a"
	vhashify --manually "$1/hash" "$1/a" > /dev/null
	local i
	for i in $(seq 40); do seq "$i" $((i * 30 + 300)) > "$1/a/y/c$i"; done
	state "$1/a" > "$tap_tmp/a"
}

compare() {
	local d
	state "$1/a" | cmp -s - "$tap_tmp/a" || { echo source; return 1; }
	for d in c d e f; do
		[ ! -e "$1/$d" ] || state "$1/$d" | cmp -s - "$tap_tmp/a" || { echo clone; return 1; }
	done
}

four() {
	local d
	for d in c d e f; do vclone "$tap_tmp/mnt/a" "$tap_tmp/mnt/$d" > /dev/null || return; done
}
recorded "a tree is cloned four times" four
finish
