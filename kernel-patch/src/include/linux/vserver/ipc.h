/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_IPC_H
#define _LINUX_VSERVER_IPC_H

/* Hooks of interprocess communication; macros when off. */

#include <linux/vserver/task.h>

struct kern_ipc_perm;

#ifdef CONFIG_VSERVER

bool __vs_ipc_seen(struct kern_ipc_perm *perm);
bool __vs_pid_own(struct pid *pid);

/* May the caller see a System V object in a list? */
#define vs_ipc_seen(perm) \
	(!static_branch_unlikely(&vs_active) || __vs_ipc_seen(perm))
/* Is the process @pid, if it lives, in the caller's context? */
#define vs_pid_own(pid) \
	(!static_branch_unlikely(&vs_active) || __vs_pid_own(pid))

#else

#define vs_ipc_seen(perm)	true
#define vs_pid_own(pid)		true

#endif

#endif /* _LINUX_VSERVER_IPC_H */
