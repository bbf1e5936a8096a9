#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Guests with tags and disk limits share files: what is shared is charged to nobody, what a guest gets of its own to it,
# what could not be shared to whom it was before.
# shellcheck disable=SC2154  # set by tap.sh
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"
# shellcheck source=tests/tools/lib-files.sh
. "${0%/*}/lib-files.sh"

# Of all files below a directory, each once.
tags() { find "$1" -exec lsxid -d -n {} + | awk '{ print $1 }' | sort -nu | xargs; }
used() { sync -f "$fs"; vdlimit --xid "$1" "$fs" | sed -n 's/^space_used=//p'; }
# shellcheck disable=SC2317  # called by run
as() { vtag --create --tag "$@"; }
limits() {
	local t
	for t in 77 78; do
		vdlimit --xid $t --remove "$fs" 2> /dev/null
		vdlimit --xid $t --set space_total=20000 --set inodes_total=1000 \
			--set space_used="$(vdu --xid $t --space --script "$fs")" --set inodes_used="$(vdu --xid $t --inodes --script "$fs")" "$fs"
	done
}
big() { seq 100000 > "$1/big"; touch -t "$stamp" "$1/big"; }	# some 580 KiB

new_fs ext4 32M && umount "$fs" && mount -o tag "$fs_dev" "$fs"
ok "a file system with tags"
mkdir "$fs/hash" "$fs/pool"
chmod 700 "$fs/pool"
ln -s ../pool "$fs/hash/root"
for t in 77 78; do
	tree "$fs/g$t"
	big "$fs/g$t"
	chmod -R a+rwX "$fs/g$t"
	chxid -R -c $t "$fs/g$t"
done
facts "$fs/g78" > "$tap_tmp/facts"
limits
first=$(used 77) second=$(used 78)

echo "# shared"
for t in 77 78; do
	run vhashify --manually "$fs/hash" "$fs/g$t"
	status 0 "the guest $t is hashified"
done
same_inode "$fs/g77/big" "$fs/g78/big"; ok "both have one file"
is "$(lsxid -d -n "$fs/g77/big" | awk '{ print $1 }') $(tags "$fs/g77") $(tags "$fs/pool")" "0 0 77 0" "which is nobody's, like the pool"
[ $((first - $(used 77))) -ge 580 ] && [ $((second - $(used 78))) -ge 580 ]
ok "neither pays for it: $first KiB before and $(used 77) now, $second and $(used 78)"
facts "$fs/g78" | cmp -s - "$tap_tmp/facts"; ok "nothing else has changed"
for t in 77 78; do run as $t md5sum "$fs/g$t/big"; status 0 "the guest $t reads it"; done
before=$(used 78)
run as 78 sh -c "echo more >> $fs/g78/big"
status 0 "one changes it"
is "$(lsxid -d -n "$fs/g78/big" | awk '{ print $1 }')" 78 "and has a file of its own"
[ $(($(used 78) - before)) -ge 580 ]; ok "for which it pays: $before KiB before, $(used 78) now"
is "$(tail -n 1 "$fs/g77/big")" 100000 "the other has what it had"
run as 77 cat "$fs/g78/big"
[ "$rc" != 0 ]; ok "and does not get at the new one"

echo "# taken apart"
rm -f "$fs/g78/big"
big "$fs/g78"
chmod a+rwX "$fs/g78/big"
chxid -c 78 "$fs/g78/big"
run vhashify --manually "$fs/hash" "$fs/g78"
same_inode "$fs/g77/big" "$fs/g78/big"; ok "shared again"
run vunify -R --manually "$fs/g78" ''
status 0 "vunify -R"
is "$(tags "$fs/g78")" 78 "all is the guest's"
[ "$(used 78)" -ge "$second" ]; ok "and charged to it: $(used 78) KiB"
rm -rf "$fs/g78"
run vhashify --gc --destination "$fs/hash"
find "$fs/pool" -type f -delete
run vunify -R --manually "$fs/g77" ''
is "$(tags "$fs/g77") $(attrs "$fs/g77/big")" "77 ui" "also where nobody else has a file any more"
[ "$(used 77)" -ge "$first" ]; ok "and charged to it: $(used 77) KiB"

echo "# what cannot be shared"
# Without inodes and blocks the pool gets no directory.
rm -rf "$fs/pool/"*
mkdir "$fs/full"
i=0
while : > "$fs/full/$i"; do i=$((i + 1)); done 2> /dev/null
{ cat /dev/zero > "$fs/zero"; } 2> /dev/null
run vhashify --manually "$fs/hash" "$fs/g77"
status 1 "on a full disk it fails"
is "$(tags "$fs/g77") $(attrs "$fs/g77/big")" "77 ui" "each file is the guest's as before"
[ "$(used 77)" -ge "$first" ]; ok "and charged to it: $(used 77) KiB"
rm -rf "$fs/full" "$fs/zero"

echo "# a file system of one tag"
umount "$fs"
mount -o tagid=77 "$fs_dev" "$fs"
tree "$fs/other"
big "$fs/other"
chmod -R a+rwX "$fs/other"
for t in g77 other; do run vhashify --manually "$fs/hash" "$fs/$t"; done
same_inode "$fs/g77/big" "$fs/other/big"; ok "files can be shared"
is "$(tags "$fs/other")" 77 "and stay the tag's"
run as 77 sh -c "echo more >> $fs/other/big"
status 0 "and are copied when they change"
same_inode "$fs/g77/big" "$fs/other/big"
is "$? $(tags "$fs/other")" "1 77" "for the tag"
umount "$fs"
e2fsck -fn "$fs_dev" > /dev/null 2>&1; ok "the file system is clean"
mount "$fs_dev" "$fs"
end_fs
finish
