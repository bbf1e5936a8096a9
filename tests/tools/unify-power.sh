#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a power cut leaves of vhashify: each file must be there with its contents and attributes, in the trees and in
# the pool.
# shellcheck disable=SC2154,SC2317  # set by tap.sh; called by lib-power.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"
# shellcheck source=tests/tools/lib-power.sh
. "${0%/*}/lib-power.sh"

prepare() {
	mkdir -p "$1/hash" "$1/pool"
	chmod 700 "$1/pool"
	ln -s ../pool "$1/hash/root"
	fill "$1/a" "$1/b"
	state "$1/a" > "$tap_tmp/a"
	state "$1/b" > "$tap_tmp/b"
}

# Both trees as they were; what the pool has is whole, too.
compare() {
	state "$1/a" | cmp -s - "$tap_tmp/a" || { echo a; return 1; }
	state "$1/b" | cmp -s - "$tap_tmp/b" || { echo b; return 1; }
	state "$1/pool" > "$tap_tmp/pool"
	awk 'FNR == NR { of[$6] = 1; next } !of[$6] && $1 != ".format" { bad = 1 } END { exit bad }' "$tap_tmp/a" "$tap_tmp/pool" ||
		{ echo pool; return 1; }
}

both() {
	vhashify --manually "$tap_tmp/mnt/hash" "$tap_tmp/mnt/a" > /dev/null &&
		vhashify --manually "$tap_tmp/mnt/hash" "$tap_tmp/mnt/b" > /dev/null && [ "$(links "$tap_tmp/mnt/b/x/f9")" = 3 ]
}
recorded "two trees are hashified" both
finish
