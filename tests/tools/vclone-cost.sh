#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a clone costs beside `cp -al`, in instructions, and on the disk. In a suite the tree is small and time stands
# for instructions, with a wide limit; for the promise count them, on 300 MiB:
#
#   make measure, or: scripts/vm --icount --memory 1536 --mount suites=build/suites -- /rig/suites/tools/vclone-cost.sh --gate
# shellcheck disable=SC2154,SC2086  # set by tap.sh; plain words
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"

size=40 limit=400 leave=(--exclude=usr/lib --exclude=./usr/lib)
[ "${1-}" != --gate ] || size=300 limit=150 leave=()
top=/vservers/.tv
rm -rf $top
mkdir -p $top/hash $top/pool $top/a
chmod 700 $top/pool
ln -s $top/pool $top/hash/root
tar -C $top/a --numeric-owner -xf "${VS_TEMPLATES:-/srv/templates}/guest-debian.tar" --exclude=./dev --exclude=dev \
	"${leave[@]}"
# Up to its size with files of the host's, as many and as large as they come.
i=0
while [ "$(du -sm $top/a | cut -f1)" -lt $size ]; do
	i=$((i + 1))
	mkdir -p "$top/a/opt/$i"
	cp -a /usr/share /usr/sbin "$top/a/opt/$i/"
	find "$top/a/opt/$i" -type f -exec sh -c 'for f; do echo '$i' >> "$f"; done' sh {} +
done
mib=$(du -sm $top/a | cut -f1) dirs=$(find $top/a -type d | wc -l) names=$(find $top/a | wc -l)
run vhashify --manually $top/hash $top/a
status 0 "a tree of $mib MiB, $names names, $dirs directories is hashified"

used() { sync -f $top; df -k --output=used $top | tail -n 1; }
usec() { local t=$EPOCHREALTIME; echo "${t/./}"; }
timed() {	# CMD...: microseconds in $took
	local t
	sync -f $top
	t=$(usec)
	"$@" > /dev/null
	took=$(($(usec) - t))
}
timed cp -al $top/a $top/copy
rm -rf $top/copy
ratios=''
for i in 1 2 3; do
	timed cp -al $top/a $top/copy
	cp_time=$took
	before=$(used)
	timed vclone $top/a $top/clone
	clone_time=$took
	after=$(used)
	rm -rf $top/copy
	[ $i = 3 ] || rm -rf $top/clone
	ratio=$((clone_time * 100 / cp_time))
	ratios+="$ratio "
	echo "# cp -al $cp_time us, vclone $clone_time us: $ratio %"
done
# The middle one: the first may read what the others find in memory.
ratio=$(printf '%s\n' $ratios | sort -n | sed -n 2p)
[ "$ratio" -le $limit ]; ok "vclone takes at most $((limit / 100)).$((limit % 100)) times of cp -al: $ratio %"
grown=$((after - before)) may=$((dirs * 4 + 1024))
echo "# $grown KiB on the disk for $dirs directories"
[ $grown -le $may ]; ok "a clone takes at most 4 KiB per directory and 1 MiB"
same_inode $top/a/bin/bash $top/clone/bin/bash || same_inode $top/a/usr/bin/bash $top/clone/usr/bin/bash
ok "and shares the rest"
rm -rf $top
finish
