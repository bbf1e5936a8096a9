#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vserver NAME build -m debootstrap, from a small repository made here: the network is not asked.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154  # set by tap.sh
. "$(dirname "$0")/tap.sh"

if ! command -v debootstrap > /dev/null || ! command -v dpkg-deb > /dev/null; then
	echo "1..0 # SKIP no debootstrap here"
	exit 0
fi
repo=$tap_tmp/repo
arch=$(dpkg --print-architecture)
pool=$repo/pool
index=$repo/dists/test/main/binary-$arch
mkdir -p "$pool" "$index"

# package NAME: one file of its own, and for base-files the skeleton of a tree.
package() {
	local dir=$tap_tmp/$1
	mkdir -p "$dir/DEBIAN" "$dir/usr/share/$1"
	echo "$1" > "$dir/usr/share/$1/file"
	if [ "$1" = base-files ]; then
		mkdir -p "$dir"/{bin,etc,lib,proc,root,sbin,sys,tmp,usr/bin,usr/sbin,usr/lib,var/lib/dpkg,var/log,dev}
		printf 'ID=debian\n' > "$dir/etc/os-release"
	fi
	printf 'Package: %s\nVersion: 1\nArchitecture: %s\nPriority: required\nMaintainer: nobody\nDescription: test\n' \
		"$1" "$arch" > "$dir/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$dir" "$pool/$1.deb" > /dev/null
	cat "$dir/DEBIAN/control"
	printf 'Filename: pool/%s.deb\nSize: %s\nMD5sum: %s\nSHA256: %s\n\n' "$1" "$(stat -c %s "$pool/$1.deb")" \
		"$(md5sum < "$pool/$1.deb" | cut -d' ' -f1)" "$(sha256sum < "$pool/$1.deb" | cut -d' ' -f1)"
}
for p in base-files dpkg apt mawk libc6 perl-base; do package $p; done > "$index/Packages"
gzip -k "$index/Packages"
{
	printf 'Origin: Debian\nSuite: test\nCodename: test\nArchitectures: %s\nComponents: main\nSHA256:\n' "$arch"
	for f in Packages Packages.gz; do
		printf ' %s %s main/binary-%s/%s\n' "$(sha256sum < "$index/$f" | cut -d' ' -f1)" "$(stat -c %s "$index/$f")" "$arch" $f
	done
} > "$repo/dists/test/Release"

build() { run vserver td1 build -m debootstrap -- -d test -s /usr/share/debootstrap/scripts/sid "$@"; }
gone() { [ ! -e /vservers/td1 ] && [ ! -e /etc/vservers/td1 ]; ok "and nothing is left"; }

build -m "file://$repo" -- --foreign --no-check-gpg --variant=minbase
status 0 "a guest from a repository in a directory"
is "$(cat /vservers/td1/usr/share/dpkg/file)" dpkg "has the packages"
is "$(stat -c %F /vservers/td1/dev/null)" "character special file" "has devices"
is "$(cat /vservers/td1/etc/hostname)" td1 "has a host name"
run vserver --silent td1 delete
status 0 "delete"
build -m "file://$repo/nosuch" -- --foreign --no-check-gpg --variant=minbase
status 1 "a repository that is not there fails the build"
gone
echo broken > "$pool/dpkg.deb"
build -m "file://$repo" -- --foreign --no-check-gpg --variant=minbase
status 1 "a package that is broken fails the build"
gone
run vserver td1 build -m debootstrap -- -d test -s /usr/share/debootstrap/scripts/sid -m "file://$repo"
status 1 "a repository without a signature is not trusted"
gone
run vserver td1 build -m debootstrap
status 1 "no suite"
err_like 'name a suite' "is told"
gone
finish
