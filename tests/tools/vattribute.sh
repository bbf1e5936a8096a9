#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vattribute: the words of context 321.
# shellcheck source=tests/tools/tap.sh
. "${0%/*}/tap.sh"

habits vattribute 255

word() {	# NAME: a line of /proc/virtual/321/status
	sed -n "s/^$1:[[:space:]]*//p" /proc/virtual/321/status
}

in_context 321 sleep 1000
run vattribute --xid 321 --get
status 0 '--get succeeds'
out_like 'flags:
state_setup,state_init,state_admin
umask:$' 'a new context: set-up, no init, administrable, no umask'
run vattribute --xid 321 --set --secure
status 0 '--secure is accepted'
is "$(word BCaps)" 00000000b44c04ff 'bcaps: exactly the preset, nothing above bit 31'
is "$(word CCaps)" 0000000000004101 'ccaps: set_utsname, raw_icmp, audit_control'
is "$(word Flags)" 0000000702000000 'hide_netif is added to the flags'
run vattribute --xid 321 --set --bcap '~SETFCAP,CAP_NET_RAW,^40' --ccap '!syslog,VXC_secure_mount,0x2' \
	--flag 'private,virt_uptime' --umask newuts,newns
status 0 'names, prefixes, bits, numbers and clearing'
is "$(word BCaps)" 00000100344c24ff 'bcaps changed bit by bit'
is "$(word CCaps)" 0000000000014103 'ccaps changed bit by bit'
is "$(word Flags)" 0000000702020008 'flags changed bit by bit'
is "$(word Umask)" 4020000 'umask set'
run vattribute --xid 321 --get
is "$out" 'bcapabilities:
chown,dac_override,dac_read_search,fowner,fsetid,kill,setgid,setuid,net_bind_service,net_raw,sys_chroot,sys_ptrace,sys_boot,sys_tty_config,lease,audit_write,checkpoint_restore
ccapabilities:
set_utsname,set_rlimit,raw_icmp,audit_control,secure_mount
flags:
private,virt_uptime,hide_netif,state_setup,state_init,state_admin
umask:
newns,newuts' '--get prints names'
run vattribute --xid 321 --get --json
like "$out" '"xid":321,' '--json: the number'
like "$out" '"umask":\[[[:space:]]*"newns",[[:space:]]*"newuts"[[:space:]]*\]' '--json: words as arrays'
run vattribute --xid 321 --bcap ALL
is "$(word BCaps)" ffffffffffffffff 'all, any case, --set is the default'
run vattribute --xid 321 --bcap '!all' --bcap mac_admin
is "$(word BCaps)" 0000000200000000 'options are applied left to right'
run vattribute --xid 321 --get
like "$out" '^bcapabilities:
mac_admin
' 'capability 33 has a name'

before=$(cat /proc/virtual/321/status)
run vattribute --xid 321 --set --ccap syslog --flag private,bogus
status 255 'an unknown flag: 255'
err_like "^vattribute: unknown flag 'bogus'; known are lock, nproc, private, " '... named, with the known ones'
is "$(cat /proc/virtual/321/status)" "$before" '... and nothing was changed'
run vattribute --xid 321 --bcap chown,,kill
err_is "vattribute: empty element in the list of bcaps 'chown,,kill'" 'an empty element'
run vattribute --xid 321 --umask 'newuts,pid'
err_like "^vattribute: unknown namespace 'pid'; known are" 'an unknown namespace'
run vattribute --xid 321 --bcap '^64'
err_like "^vattribute: unknown bcap '\^64'" 'a bit that does not exist'
run vattribute --xid 321 --get --flag private
status 255 '--get with a change is refused'
run vattribute --xid 399 --flag private
status 1 'no such context: 1'
err_is 'vattribute: cannot read the capabilities of context 399: no such context' '... in words'
run vattribute --xid 321 --flag '!private' -- sh -c 'echo ran; exit 9'
status 9 'a program is run afterwards'
is "$out" ran '... with its output'
run vattribute --get --xid 321
wanted=$out
run vattribute --get --ctx 321
status 0 '--ctx is --xid'
out_is "$wanted" '... and shows the same'
run vattribute --xid 321 --flag '!state_admin'
status 0 'administration can be given up'
run vattribute --xid 321 --flag private
status 1 '... for good'
err_is 'vattribute: cannot change the flags of context 321: the context is closed for administration' '... in words'
kill "$task"
poll 10 ctx_gone 321
ok 'context 321 is gone'
run vattribute --get
status 1 'the host itself has no words'
err_is 'vattribute: cannot read the capabilities of context self: no such context' '... in words'

# Who is not root on the host is told so, not that the kernel lacks something.
run chcontext --silent --xid 322 --secure -- vattribute --get
status 1 'root in a guest cannot read the words'
err_is 'vattribute: cannot read the capabilities of context self: only root on the host may do this' '... in words'
run chcontext --silent --xid 322 --secure -- vattribute --bcap all
status 1 'root in a guest cannot give itself capabilities'
run chcontext --silent --xid 322 --secure -- vcontext --create --xid 323 -- true
err_is 'vcontext: cannot create context 323: only root on the host may do this' '... nor create contexts'
run chcontext --silent --xid 322 --secure -- vserver-stat
err_is 'vserver-stat: cannot read the contexts: only root on the host may do this' '... nor look at others'
run setpriv --reuid 65534 --clear-groups vserver-stat
err_is 'vserver-stat: cannot read the contexts: only root on the host may do this' 'nor can a user of the host'
run chcontext --silent --xid 322 -- vcontext --migrate --xid 1 -- true
status 255 'nor become a spectator, with all capabilities'
err_is 'vcontext: cannot enter context 1: only root on the host may do this' '... in words'
finish
