# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2086,SC2154  # used by the tests; plain names
# What the tests with hostile guests share: a canary on the host, a fresh guest, and what is done with it.
tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tz1
root=/vservers/tz1
xid=451
canary=/srv/canary
mkdir -p $canary/log $canary/etc
for f in null passwd mtab utmp runlevel vserver-console.log resolv.conf log/vserver-console.log etc/passwd fstab; do echo canary > $canary/$f; done
mkfifo $canary/initctl
host_state() {
	find $canary -printf '%p %m %U %G %s %T@\n' | sort | sha256sum
	find $canary -type f -exec cat {} + | sha256sum
	cut -d' ' -f1-3 /proc/self/mounts | sha256sum
	stat -c '%a %u %g %t %T' /dev/null /dev/pts /etc /run
	sha256sum /etc/passwd /etc/hosts 2>/dev/null
	[ -e /tmp/pwn ] && echo PWN
}
before=$(host_state)
harmless() { is "$(host_state)" "$before" "$1: the host is as it was"; }
new() { # a fresh guest
	vserver --silent tz1 stop < /dev/null > /dev/null 2>&1
	vserver --silent tz1 delete < /dev/null > /dev/null 2>&1
	vserver tz1 create "$tar" --context $xid < /dev/null || echo "# cannot create"
	mkdir -p $conf/apps/init
	: > $conf/apps/init/style
	printf '%s\n' /bin/sh -c '(sleep 1000 &); exit 0' > $conf/apps/init/cmd.start
}
v() { timeout 60 vserver tz1 "$@" < /dev/null > "$tap_tmp/vout" 2>&1; }
everything() { # the commands that look at files of the guest or change them
	v start; v exec true; v suexec nobody true
	v mount --bind $canary /tmp; v umount /tmp; v logs; v ps; v restart; v stop; v logs --old
	return 0
}
done_with_it() {
	vserver --silent tz1 stop < /dev/null > /dev/null 2>&1
	vserver --silent tz1 delete < /dev/null > /dev/null 2>&1
	rm -rf $canary /tmp/pwn
	finish
}

