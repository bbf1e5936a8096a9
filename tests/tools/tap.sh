# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Tests of the command line tools, as a user types them; the output is TAP.
# A test reads this file, makes its assertions and ends with `finish`.
#
#   run CMD...            runs it; its output, errors and status are in $out, $err, $rc
#   status N WHAT         the status of the last run
#   out_is/err_is TEXT WHAT, out_like/err_like REGEX WHAT
#   is GOT WANTED WHAT, ok WHAT (the last command's status counts)
#   poll SECONDS CMD...   until CMD succeeds
#   in_context XID CMD... starts it in the background in a new context of that number;
#   in_net NID CMD...     the same with a network context; its process is $task

set -u
tap_count=0
tap_failed=0
tap_tmp=$(mktemp -d)
out='' err='' rc=0
# shellcheck disable=SC2034  # read by the tests
task=0

tap_result() {	# STATUS WHAT
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
	return "$1"
}

# Shows values beside a failure, each line as a comment.
tap_show() {	# LABEL TEXT
	printf '%s\n' "$2" | sed "s/^/#   $1: /"
}

ok() {
	local status=$?
	[ $status = 0 ] || status=1
	tap_result $status "$1"
}

is() {
	if [ "$1" = "$2" ]; then
		tap_result 0 "$3"
	else
		tap_result 1 "$3"
		tap_show got "$1"
		tap_show wanted "$2"
		return 1
	fi
}

like() {
	if [[ $1 =~ $2 ]]; then
		tap_result 0 "$3"
	else
		tap_result 1 "$3"
		tap_show got "$1"
		tap_show 'wanted like' "$2"
		return 1
	fi
}

run() {
	"$@" >"$tap_tmp/out" 2>"$tap_tmp/err" </dev/null
	rc=$?
	out=$(<"$tap_tmp/out")
	err=$(<"$tap_tmp/err")
	return 0
}

status() {
	if [ "$rc" = "$1" ]; then
		tap_result 0 "$2"
	else
		tap_result 1 "$2"
		tap_show status "$rc, wanted $1"
		[ -z "$err" ] || tap_show stderr "$err"
		return 1
	fi
}

out_is() { is "$out" "$1" "$2"; }
err_is() { is "$err" "$1" "$2"; }
out_like() { like "$out" "$1" "$2"; }
err_like() { like "$err" "$1" "$2"; }

poll() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

ctx_exists() { [ -d "/proc/virtual/$1" ]; }
ctx_gone() { ! [ -d "/proc/virtual/$1" ]; }
net_exists() { [ -d "/proc/virtnet/$1" ]; }
net_gone() { ! [ -d "/proc/virtnet/$1" ]; }

in_context() {
	local xid=$1
	shift
	vcontext --create --silent --xid "$xid" -- "$@" </dev/null >/dev/null &
	# shellcheck disable=SC2034
	task=$!
	disown
	poll 10 ctx_exists "$xid" || echo "# context $xid did not appear"
}

in_net() {
	local nid=$1
	shift
	ncontext --create --silent --nid "$nid" -- "$@" </dev/null >/dev/null &
	# shellcheck disable=SC2034
	task=$!
	disown
	poll 10 net_exists "$nid" || echo "# network context $nid did not appear"
}

# Nothing of a context may outlive a test.
end_context() {
	vkill --xid "$1" -s KILL
	poll 10 ctx_gone "$1"
	ok "context $1 is gone after its processes"
}

# Every program: --help, --version, an unknown option.
habits() {	# PROGRAM STATUS-OF-MISTAKES
	run "$1" --help
	status 0 "$1 --help succeeds"
	out_like "^Usage: $1 " "$1 --help begins with the usage"
	run "$1" --version
	status 0 "$1 --version succeeds"
	out_like "^$1 \(Linux-VServer\) [0-9]" "$1 --version tells name and version"
	[ -n "${2-}" ] || return 0
	run "$1" --no-such-option
	status "$2" "$1 refuses an unknown option with status $2"
	is "$err" "$1: unknown or ambiguous option '--no-such-option'
Try '$1 --help' for more information." "$1 names the unknown option"
}

finish() {
	rm -rf "$tap_tmp"
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}
