#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# create.sh: run by scripts/check-create. `vserver web1 create debian/12 --ip A`, with the packages in an archive that
# debootstrap made outside: the machine that runs this has no network.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154  # for other shells; set by tap.sh
. "$(dirname "$0")/../tools/tap.sh"

mkdir -p /etc/vservers/.defaults/apps/debootstrap
echo "--unpack-tarball=/rig/debs/debian.tgz --variant=minbase --include=sysvinit-core,sysv-rc,initscripts,cron" \
	> /etc/vservers/.defaults/apps/debootstrap/options
run vserver web1 create debian/12 --ip 10.20.0.151
status 0 "vserver web1 create debian/12 --ip 10.20.0.151"
[ $rc = 0 ] || tail -n 20 /vservers/web1/debootstrap/debootstrap.log 2>/dev/null | sed 's/^/# /'
like "$(cat /vservers/web1/etc/debian_version)" '^12\.' "is a Debian 12"
is "$(chroot /vservers/web1 dpkg-query -W -f '${db:Status-Status}\n' | sort | uniq -c | awk '{ print $2 }')" installed "whose packages are all configured"
run vserver web1 check
status 0 "check finds nothing wrong"
run vserver web1 start
status 0 "starts"
out_like 'Starting|Setting|Initializing|INIT|rc' "by its rc scripts"
is "$(vserver web1 exec hostname < /dev/null)" web1 "has its name"
is "$(vserver web1 config show --effective < /dev/null | awk '$1 == "apps/init/style" { print $2 }')" sysv "the style was found out"
run vserver web1 exec dpkg --audit
status 0 "dpkg works inside"
like "$(vserver web1 exec cat /proc/net/fib_trie < /dev/null)" '10\.20\.0\.151' "it has its address"
run vserver web1 stop
status 0 "stops"
is "$(find /proc/virtual -maxdepth 1 -name '[0-9]*')" "" "nothing is left"
run vserver --silent web1 delete
status 0 "delete"
finish
