/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_CONTEXT_H
#define _UAPI_VSERVER_CONTEXT_H

#include <linux/types.h>
#include <vserver/command.h>

/*
 * Process contexts. A context is visible from its creation until its last
 * task is gone (or, if persistent, until that flag is cleared).
 */

/*
 * Create context @id (2..65535) and move the caller into it. @data may be
 * null; then the flags are VXF_INIT_SET and the caller's UTS and IPC name
 * spaces are replaced by copies that are stored in space 0.
 * Returns the xid. EINVAL id out of range, EEXIST, EBUSY exists and is in
 * set-up, ENOMEM, ENOEXEC the helper refused. Host only (EPERM).
 */
#define VCMD_ctx_create_v0	VS_CMD(VS_CAT_VPROC, 1, 0)
#define VCMD_ctx_create		VS_CMD(VS_CAT_VPROC, 1, 1)

struct vcmd_ctx_create {
	__u64	flagword;
};

/*
 * Move the calling thread into context @id. Id 1 makes the caller a
 * spectator and returns 1. EACCES the context is private or may not be
 * administered any more, EFAULT it is shutting down. A member in set-up may
 * call it for its own context with VXM_DEFAULT_SIGNALS: nobody moves.
 */
#define VCMD_ctx_migrate_v0	VS_CMD(VS_CAT_PROCMIG, 1, 0)
#define VCMD_ctx_migrate	VS_CMD(VS_CAT_PROCMIG, 1, 1)

struct vcmd_ctx_migrate {
	__u64	flagword;
};

#define VXM_SET_INIT		0x1	/* the caller becomes the context's init */
#define VXM_SET_REAPER		0x2	/* the caller inherits its orphans */
#define VXM_USER		0x4	/* with the credentials stored in space 0 (EINVAL: none) */
#define VXM_DEFAULT_SIGNALS	0x8	/* no signal is ignored or handled any more */

/*
 * Send @sig to tasks of the context: @pid 0 all, -1 all but the recorded
 * init, 1 the recorded init, else the task with that pid on the host.
 * ESRCH nothing matched, EINVAL no such signal, EACCES the context may only
 * be reached through its init.
 */
#define VCMD_ctx_kill		VS_CMD(VS_CAT_PROCTRL, 1, 0)

struct vcmd_ctx_kill_v0 {
	__s32	pid;
	__s32	sig;
};

/*
 * Sleep until the context is gone. @reboot_cmd is the last reboot(2) command
 * given inside, @exit_code the exit code of the init, or of the last task.
 * EINTR a signal came first.
 */
#define VCMD_wait_exit		VS_CMD(VS_CAT_EVENT, 99, 0)

struct vcmd_wait_exit_v0 {
	__s32	reboot_cmd;
	__s32	exit_code;
};

/* @id is a pid of the initial pid namespace, 0 the caller; returns the number. */
#define VCMD_task_xid		VS_CMD(VS_CAT_VINFO, 1, 0)

#define VCMD_vx_info		VS_CMD(VS_CAT_VINFO, 5, 0)

struct vcmd_vx_info_v0 {
	__u32	xid;
	__u32	initpid;	/* host pid of the recorded init, 0 if none */
};

#define VCMD_ctx_stat		VS_CMD(VS_CAT_VSTAT, 0, 0)

struct vcmd_ctx_stat_v0 {
	__u32	usecnt;		/* references */
	__u32	tasks;		/* live tasks, plus one if persistent */
};

#define VCMD_virt_stat		VS_CMD(VS_CAT_VSTAT, 3, 0)

struct vcmd_virt_stat_v0 {
	__u64	offset;		/* wall clock bias, ns; always 0 */
	__u64	uptime;		/* ns since the context was created */
	__u32	nr_threads;
	__u32	nr_running;
	__u32	nr_uninterruptible;
	__u32	nr_onhold;
	__u32	nr_forks;	/* since the context was created */
	__u32	load[3];	/* fixed point, 11 fraction bits */
};

/*
 * Messages and bytes that the tasks of the context moved through sockets.
 * Input: @field, the class of socket. EINVAL no such class.
 */
#define VCMD_sock_stat		VS_CMD(VS_CAT_VSTAT, 5, 0)

#define VS_SOCK_UNSPEC		0
#define VS_SOCK_UNIX		1
#define VS_SOCK_INET		2
#define VS_SOCK_INET6		3
#define VS_SOCK_PACKET		4
#define VS_SOCK_OTHER		5
#define VS_SOCK_CLASSES		6

#define VS_SOCK_RECEIVED	0
#define VS_SOCK_SENT		1
#define VS_SOCK_FAILED		2	/* to send */
#define VS_SOCK_WAYS		3

struct vcmd_sock_stat_v0 {
	__u32	field;
	__u32	count[VS_SOCK_WAYS];
	__u64	total[VS_SOCK_WAYS];
};

/*
 * Words: a "get" fills both members (the mask says which bits can still be
 * changed); a "set" assigns the bits in the mask.
 */
#define VCMD_get_cflags		VS_CMD(VS_CAT_FLAGS, 1, 0)
#define VCMD_set_cflags		VS_CMD(VS_CAT_FLAGS, 2, 0)
#define VCMD_get_ccaps		VS_CMD(VS_CAT_FLAGS, 3, 1)
#define VCMD_set_ccaps		VS_CMD(VS_CAT_FLAGS, 4, 1)
#define VCMD_get_bcaps		VS_CMD(VS_CAT_FLAGS, 9, 0)
#define VCMD_set_bcaps		VS_CMD(VS_CAT_FLAGS, 10, 0)
#define VCMD_get_umask		VS_CMD(VS_CAT_FLAGS, 13, 0)
#define VCMD_set_umask		VS_CMD(VS_CAT_FLAGS, 14, 0)
#define VCMD_get_wmask		VS_CMD(VS_CAT_FLAGS, 15, 0)
#define VCMD_set_wmask		VS_CMD(VS_CAT_FLAGS, 16, 0)

struct vcmd_ctx_flags_v0 {
	__u64	flagword;
	__u64	mask;
};

struct vcmd_ctx_caps_v1 {
	__u64	ccaps;
	__u64	cmask;
};

struct vcmd_bcaps {
	__u64	bcaps;
	__u64	bmask;
};

struct vcmd_umask {
	__u64	umask;
	__u64	mask;
};

struct vcmd_wmask {
	__u64	wmask;
	__u64	mask;
};

/* Context flags. */
#define VXF_INFO_LOCK		(1ULL << 0)
#define VXF_INFO_NPROC		(1ULL << 2)
#define VXF_INFO_PRIVATE	(1ULL << 3)	/* nobody migrates in */
#define VXF_INFO_INIT		(1ULL << 4)	/* the recorded init is pid 1 inside */
#define VXF_INFO_HIDE		(1ULL << 5)
#define VXF_INFO_ULIMIT		(1ULL << 6)
#define VXF_INFO_NSPACE		(1ULL << 7)
#define VXF_SCHED_HARD		(1ULL << 8)
#define VXF_SCHED_PRIO		(1ULL << 9)
#define VXF_SCHED_PAUSE		(1ULL << 10)
#define VXF_VIRT_MEM		(1ULL << 16)	/* memory of the control group */
#define VXF_VIRT_UPTIME		(1ULL << 17)	/* uptime from creation */
#define VXF_VIRT_CPU		(1ULL << 18)	/* processors of the cpuset */
#define VXF_VIRT_LOAD		(1ULL << 19)	/* load of the context */
#define VXF_VIRT_TIME		(1ULL << 20)	/* stored, without effect */
#define VXF_HIDE_MOUNT		(1ULL << 24)	/* no mounts in /proc */
#define VXF_HIDE_NETIF		(1ULL << 25)
#define VXF_HIDE_VINFO		(1ULL << 26)	/* no numbers in /proc/PID */
#define VXF_STATE_SETUP		(1ULL << 32)	/* one-time: under construction */
#define VXF_STATE_INIT		(1ULL << 33)	/* one-time: no init chosen yet */
#define VXF_STATE_ADMIN		(1ULL << 34)	/* one-time: host may administer */
#define VXF_SC_HELPER		(1ULL << 36)
#define VXF_REBOOT_KILL		(1ULL << 37)
#define VXF_PERSISTENT		(1ULL << 38)	/* lives without tasks */
#define VXF_FORK_RSS		(1ULL << 48)	/* stored, without effect */
#define VXF_PROLIFIC		(1ULL << 49)	/* stored, without effect */
#define VXF_IGNEG_NICE		(1ULL << 52)
#define VXF_IGNEG_IONICE	(1ULL << 53)

#define VXF_ONE_TIME		(VXF_STATE_SETUP | VXF_STATE_INIT | VXF_STATE_ADMIN)
#define VXF_INIT_SET		VXF_ONE_TIME

/*
 * Context capabilities. Each gives out one use of the POSIX capability named,
 * which the bounding word keeps back and the task has in its own effective
 * set. Those without one are stored and have no effect: RAW_ICMP is a network
 * capability today, remounting comes with SECURE_MOUNT, kernel threads of
 * guests do not exist, the unshare mask has taken the place of NAMESPACE.
 */
#define VXC_SET_UTSNAME		(1ULL << 0)	/* SYS_ADMIN: the names of its own UTS namespace */
#define VXC_SET_RLIMIT		(1ULL << 1)	/* SYS_RESOURCE: raise limits, prlimit */
#define VXC_FS_SECURITY		(1ULL << 2)	/* SYS_ADMIN: change attributes security.* */
#define VXC_FS_TRUSTED		(1ULL << 3)	/* SYS_ADMIN: attributes trusted.* */
#define VXC_TIOCSTI		(1ULL << 4)	/* SYS_ADMIN: type into terminals of its own */
#define VXC_RAW_ICMP		(1ULL << 8)	/* no effect */
#define VXC_SYSLOG		(1ULL << 12)	/* SYSLOG: a kernel log, an empty one */
#define VXC_OOM_ADJUST		(1ULL << 13)	/* SYS_RESOURCE: lower oom_score_adj, to -999 */
#define VXC_AUDIT_CONTROL	(1ULL << 14)	/* AUDIT_CONTROL: change the login uid */
#define VXC_SECURE_MOUNT	(1ULL << 16)	/* SYS_ADMIN: block devices, proc, devpts, bind */
#define VXC_SECURE_REMOUNT	(1ULL << 17)	/* no effect */
#define VXC_BINARY_MOUNT	(1ULL << 18)	/* SYS_ADMIN: more kinds of file systems */
#define VXC_DEV_MOUNT		(1ULL << 19)	/* SYS_ADMIN: mounts without nodev */
#define VXC_QUOTA_CTL		(1ULL << 20)	/* SYS_ADMIN: quotactl */
#define VXC_ADMIN_MAPPER	(1ULL << 21)	/* SYS_ADMIN: device mapper */
#define VXC_ADMIN_CLOOP		(1ULL << 22)	/* SYS_ADMIN: loop devices */
#define VXC_KTHREAD		(1ULL << 24)	/* no effect */
#define VXC_NAMESPACE		(1ULL << 25)	/* no effect */

/*
 * Names. Field 0 is the context's own (the tools keep the path of the
 * guest's configuration there); 1 to 6 belong to the UTS namespace in space
 * 0. EINVAL unknown field, or no namespaces are stored yet.
 */
#define VCMD_set_vhi_name	VS_CMD(VS_CAT_VHOST, 1, 0)
#define VCMD_get_vhi_name	VS_CMD(VS_CAT_VHOST, 2, 0)

#define VHIN_CONTEXT		0
#define VHIN_SYSNAME		1
#define VHIN_NODENAME		2
#define VHIN_RELEASE		3
#define VHIN_VERSION		4
#define VHIN_MACHINE		5
#define VHIN_DOMAINNAME		6

#define VHI_SIZE		65

struct vcmd_vhi_name_v0 {
	__u32	field;
	char	name[VHI_SIZE];
};

#endif /* _UAPI_VSERVER_CONTEXT_H */
