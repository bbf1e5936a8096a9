// SPDX-License-Identifier: GPL-2.0
/*
 * The names that users write, and the secure preset. Where a value has
 * several names the first is the one that is printed.
 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/personality.h>

#include "internal.h"

#ifndef CAP_CHECKPOINT_RESTORE
#error "the kernel headers are too old: they lack capabilities of Linux 6.1"
#endif

#define CAP(nr)	(1ULL << (nr))

static const struct word bcaps[] = {
	{ "chown", CAP(CAP_CHOWN) },
	{ "dac_override", CAP(CAP_DAC_OVERRIDE) },
	{ "dac_read_search", CAP(CAP_DAC_READ_SEARCH) },
	{ "fowner", CAP(CAP_FOWNER) },
	{ "fsetid", CAP(CAP_FSETID) },
	{ "kill", CAP(CAP_KILL) },
	{ "setgid", CAP(CAP_SETGID) },
	{ "setuid", CAP(CAP_SETUID) },
	{ "setpcap", CAP(CAP_SETPCAP) },
	{ "linux_immutable", CAP(CAP_LINUX_IMMUTABLE) },
	{ "net_bind_service", CAP(CAP_NET_BIND_SERVICE) },
	{ "net_broadcast", CAP(CAP_NET_BROADCAST) },
	{ "net_admin", CAP(CAP_NET_ADMIN) },
	{ "net_raw", CAP(CAP_NET_RAW) },
	{ "ipc_lock", CAP(CAP_IPC_LOCK) },
	{ "ipc_owner", CAP(CAP_IPC_OWNER) },
	{ "sys_module", CAP(CAP_SYS_MODULE) },
	{ "sys_rawio", CAP(CAP_SYS_RAWIO) },
	{ "sys_chroot", CAP(CAP_SYS_CHROOT) },
	{ "sys_ptrace", CAP(CAP_SYS_PTRACE) },
	{ "sys_pacct", CAP(CAP_SYS_PACCT) },
	{ "sys_admin", CAP(CAP_SYS_ADMIN) },
	{ "sys_boot", CAP(CAP_SYS_BOOT) },
	{ "sys_nice", CAP(CAP_SYS_NICE) },
	{ "sys_resource", CAP(CAP_SYS_RESOURCE) },
	{ "sys_time", CAP(CAP_SYS_TIME) },
	{ "sys_tty_config", CAP(CAP_SYS_TTY_CONFIG) },
	{ "mknod", CAP(CAP_MKNOD) },
	{ "lease", CAP(CAP_LEASE) },
	{ "audit_write", CAP(CAP_AUDIT_WRITE) },
	{ "audit_control", CAP(CAP_AUDIT_CONTROL) },
	{ "setfcap", CAP(CAP_SETFCAP) },
	{ "mac_override", CAP(CAP_MAC_OVERRIDE) },
	{ "mac_admin", CAP(CAP_MAC_ADMIN) },
	{ "syslog", CAP(CAP_SYSLOG) },
	{ "wake_alarm", CAP(CAP_WAKE_ALARM) },
	{ "block_suspend", CAP(CAP_BLOCK_SUSPEND) },
	{ "audit_read", CAP(CAP_AUDIT_READ) },
	{ "perfmon", CAP(CAP_PERFMON) },
	{ "bpf", CAP(CAP_BPF) },
	{ "checkpoint_restore", CAP(CAP_CHECKPOINT_RESTORE) },
	{ 0 }
};

static const struct word ccaps[] = {
	{ "set_utsname", VXC_SET_UTSNAME },
	{ "utsname", VXC_SET_UTSNAME },
	{ "set_rlimit", VXC_SET_RLIMIT },
	{ "rlimit", VXC_SET_RLIMIT },
	{ "fs_security", VXC_FS_SECURITY },
	{ "fs_trusted", VXC_FS_TRUSTED },
	{ "tiocsti", VXC_TIOCSTI },
	{ "raw_icmp", VXC_RAW_ICMP },
	{ "icmp", VXC_RAW_ICMP },
	{ "ping", VXC_RAW_ICMP },
	{ "syslog", VXC_SYSLOG },
	{ "oom_adjust", VXC_OOM_ADJUST },
	{ "audit_control", VXC_AUDIT_CONTROL },
	{ "secure_mount", VXC_SECURE_MOUNT },
	{ "mount", VXC_SECURE_MOUNT },
	{ "secure_remount", VXC_SECURE_REMOUNT },
	{ "remount", VXC_SECURE_REMOUNT },
	{ "binary_mount", VXC_BINARY_MOUNT },
	{ "dev_mount", VXC_DEV_MOUNT },
	{ "quota_ctl", VXC_QUOTA_CTL },
	{ "admin_mapper", VXC_ADMIN_MAPPER },
	{ "admin_cloop", VXC_ADMIN_CLOOP },
	{ "kthread", VXC_KTHREAD },
	{ "namespace", VXC_NAMESPACE },
	{ 0 }
};

static const struct word cflags[] = {
	{ "lock", VXF_INFO_LOCK },
	{ "info_lock", VXF_INFO_LOCK },
	{ "nproc", VXF_INFO_NPROC },
	{ "info_nproc", VXF_INFO_NPROC },
	{ "private", VXF_INFO_PRIVATE },
	{ "info_private", VXF_INFO_PRIVATE },
	{ "fakeinit", VXF_INFO_INIT },
	{ "info_init", VXF_INFO_INIT },
	{ "hideinfo", VXF_INFO_HIDE },
	{ "info_hideinfo", VXF_INFO_HIDE },
	{ "ulimit", VXF_INFO_ULIMIT },
	{ "info_ulimit", VXF_INFO_ULIMIT },
	{ "namespace", VXF_INFO_NSPACE },
	{ "info_namespace", VXF_INFO_NSPACE },
	{ "info_nspace", VXF_INFO_NSPACE },
	{ "sched_hard", VXF_SCHED_HARD },
	{ "sched_prio", VXF_SCHED_PRIO },
	{ "sched_pause", VXF_SCHED_PAUSE },
	{ "virt_mem", VXF_VIRT_MEM },
	{ "virt_uptime", VXF_VIRT_UPTIME },
	{ "virt_cpu", VXF_VIRT_CPU },
	{ "virt_load", VXF_VIRT_LOAD },
	{ "virt_time", VXF_VIRT_TIME },
	{ "hide_mount", VXF_HIDE_MOUNT },
	{ "hide_netif", VXF_HIDE_NETIF },
	{ "secure", VXF_HIDE_NETIF },
	{ "hide_vinfo", VXF_HIDE_VINFO },
	{ "state_setup", VXF_STATE_SETUP },
	{ "state_init", VXF_STATE_INIT },
	{ "state_admin", VXF_STATE_ADMIN },
	{ "sc_helper", VXF_SC_HELPER },
	{ "reboot_kill", VXF_REBOOT_KILL },
	{ "persistent", VXF_PERSISTENT },
	{ "fork_rss", VXF_FORK_RSS },
	{ "prolific", VXF_PROLIFIC },
	{ "igneg_nice", VXF_IGNEG_NICE },
	{ "igneg_ionice", VXF_IGNEG_IONICE },
	{ "default", VXF_VIRT_UPTIME | VXF_SC_HELPER },
	{ 0 }
};

static const struct word nflags[] = {
	{ "lock", NXF_INFO_LOCK },
	{ "info_lock", NXF_INFO_LOCK },
	{ "private", NXF_INFO_PRIVATE },
	{ "info_private", NXF_INFO_PRIVATE },
	{ "single_ip", NXF_SINGLE_IP },
	{ "lback_remap", NXF_LBACK_REMAP },
	{ "remap_lback", NXF_LBACK_REMAP },
	{ "lback_allow", NXF_LBACK_ALLOW },
	{ "hide_netif", NXF_HIDE_NETIF },
	{ "hide_lback", NXF_HIDE_LBACK },
	{ "state_setup", NXF_STATE_SETUP },
	{ "state_admin", NXF_STATE_ADMIN },
	{ "sc_helper", NXF_SC_HELPER },
	{ "persistent", NXF_PERSISTENT },
	{ 0 }
};

static const struct word ncaps[] = {
	{ "tun_create", NXC_TUN_CREATE },
	{ "raw_icmp", NXC_RAW_ICMP },
	{ "multicast", NXC_MULTICAST },
	{ 0 }
};

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x00000080
#endif

static const struct word umasks[] = {
	{ "newtime", CLONE_NEWTIME },
	{ "fs", CLONE_FS },
	{ "newns", CLONE_NEWNS },
	{ "newcgroup", CLONE_NEWCGROUP },
	{ "newuts", CLONE_NEWUTS },
	{ "newipc", CLONE_NEWIPC },
	{ "newuser", CLONE_NEWUSER },
	{ "newpid", CLONE_NEWPID },
	{ "newnet", CLONE_NEWNET },
	{ 0 }
};

static const struct word personality_flags[] = {
	{ "uname26", UNAME26 },
	{ "addr_no_randomize", ADDR_NO_RANDOMIZE },
	{ "fdpic_funcptrs", FDPIC_FUNCPTRS },
	{ "mmap_page_zero", MMAP_PAGE_ZERO },
	{ "addr_compat_layout", ADDR_COMPAT_LAYOUT },
	{ "read_implies_exec", READ_IMPLIES_EXEC },
	{ "addr_limit_32bit", ADDR_LIMIT_32BIT },
	{ "short_inode", SHORT_INODE },
	{ "whole_seconds", WHOLE_SECONDS },
	{ "sticky_timeouts", STICKY_TIMEOUTS },
	{ "addr_limit_3gb", ADDR_LIMIT_3GB },
	{ 0 }
};

/* In the order of vc_word_kind. */
static const struct word_table tables[] = {
	[VC_BCAP] = { "bcap", "CAP_", bcaps },
	[VC_CCAP] = { "ccap", "VXC_", ccaps },
	[VC_CFLAG] = { "flag", "VXF_", cflags },
	[VC_NFLAG] = { "nflag", "NXF_", nflags },
	[VC_NCAP] = { "ncap", "NXC_", ncaps },
	[VC_UMASK] = { "namespace", "CLONE_", umasks },
	[VC_PERSONALITY] = { "personality flag", "PER_", personality_flags },
};

const struct word_table *word_table(vc_word_kind kind)
{
	return (size_t)kind < sizeof(tables) / sizeof(tables[0]) ? &tables[kind] : NULL;
}

/* Types are numbers, not bits: a table of its own. */
static const struct word personality_types[] = {
	{ "linux", PER_LINUX },
	{ "linux_32bit", PER_LINUX_32BIT },
	{ "svr4", PER_SVR4 },
	{ "svr3", PER_SVR3 },
	{ "scosvr3", PER_SCOSVR3 },
	{ "osr5", PER_OSR5 },
	{ "wysev386", PER_WYSEV386 },
	{ "iscr4", PER_ISCR4 },
	{ "bsd", PER_BSD },
	{ "sunos", PER_SUNOS },
	{ "xenix", PER_XENIX },
	{ "linux32", PER_LINUX32 },
	{ "linux32_3gb", PER_LINUX32_3GB },
	{ "irix32", PER_IRIX32 },
	{ "irixn32", PER_IRIXN32 },
	{ "irix64", PER_IRIX64 },
	{ "riscos", PER_RISCOS },
	{ "solaris", PER_SOLARIS },
	{ "uw7", PER_UW7 },
	{ "hpux", PER_HPUX },
	{ "osf4", PER_OSF4 },
	{ 0 }
};

static const struct word_table personality_table = {
	"personality type", "PER_", personality_types,
};

uint32_t vc_str2personalitytype(const char *str, size_t len)
{
	const struct word *w = word_find(&personality_table, str, len ? len : __builtin_strlen(str));

	return w ? (uint32_t)w->value : VC_BAD_PERSONALITY;
}

const char *vc_personalitytype2str(uint32_t type)
{
	const struct word *w;

	for (w = personality_types; w->name; w++)
		if (w->value == type)
			return w->name;
	return NULL;
}

uint64_t vc_get_securebcaps(void)
{
	uint64_t caps = CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_DAC_READ_SEARCH) |
			CAP(CAP_FOWNER) | CAP(CAP_FSETID) | CAP(CAP_KILL) | CAP(CAP_SETGID) |
			CAP(CAP_SETUID) | CAP(CAP_NET_BIND_SERVICE) | CAP(CAP_SYS_CHROOT) |
			CAP(CAP_SYS_PTRACE) | CAP(CAP_SYS_TTY_CONFIG) | CAP(CAP_LEASE) |
			CAP(CAP_SETFCAP);

	/* A guest's reboot(2) then means the guest. */
	if (vc_isSupported(vcFEATURE_VSHELPER))
		caps |= CAP(CAP_SYS_BOOT);
	if (vc_isSupported(vcFEATURE_MIGRATE))
		caps |= CAP(CAP_AUDIT_WRITE);
	return caps;
}

uint64_t vc_get_systemdbcaps(void)
{
	return vc_get_securebcaps() | CAP(CAP_SETPCAP);
}

uint64_t vc_get_insecurebcaps(void)
{
	return ~vc_get_securebcaps();
}
