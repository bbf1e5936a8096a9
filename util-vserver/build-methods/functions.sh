# SPDX-License-Identifier: GPL-2.0
# Shared by the build methods: strictness and messages.
# shellcheck shell=bash
set -euo pipefail

: "${VS_NAME:?is set by vserver}" "${VS_ROOT:?is set by vserver}"
[ -z "${VS_DEBUG:-}" ] || set -x

# die TEXT: ends the build.
die() {
	echo "vserver: $VS_NAME: $*" >&2
	exit 1
}

# need PROGRAM PACKAGE
need() {
	command -v "$1" >/dev/null || die "cannot find $1: install the package $2"
}

# value "$@": the argument of the option that comes first, or the end.
value() {
	[ $# -ge 2 ] || die "$1 needs a value"
	printf '%s\n' "$2"
}

# first_in_dist FILE: where the distribution keeps FILE, if anywhere.
first_in_dist() {
	local dir
	for dir in "${VS_DISTDIR0:-}" "${VS_DISTDIR1:-}" "${VS_DISTDIR2:-}" "${VS_DISTDIR3:-}"; do
		if [ -n "$dir" ] && [ -e "$dir/$1" ]; then
			printf '%s\n' "$dir/$1"
			return
		fi
	done
}
