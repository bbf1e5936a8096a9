// SPDX-License-Identifier: GPL-2.0
/*
 * Interprocess communication where contexts share a namespace: objects of
 * System V belong to the context that made them, and a message queue does not
 * signal a process in another context than the sender's.
 *
 * A default guest has a namespace of its own, where this finds nothing to do.
 */
#include <linux/capability.h>
#include <linux/ipc.h>
#include <linux/lsm_hooks.h>
#include <linux/msg.h>
#include <linux/sem.h>
#include <linux/shm.h>
#include <linux/stat.h>
#include <linux/vserver/account.h>
#include <linux/vserver/context.h>
#include <linux/vserver/ipc.h>
#include "lsm.h"

struct lsm_blob_sizes vs_blob_sizes __lsm_ro_after_init = {
	.lbs_ipc = sizeof(struct vx_info *),
};

/* The context that made an object; NULL is the host. Holds a reference. */
static struct vx_info **ipc_owner(const struct kern_ipc_perm *perm)
{
	return perm->security + vs_blob_sizes.lbs_ipc;
}

static int vs_ipc_alloc(struct kern_ipc_perm *perm)
{
	*ipc_owner(perm) = vs_account_get();
	return 0;
}

static void vs_ipc_free(struct kern_ipc_perm *perm)
{
	/* Also called for objects for which there was no memory. */
	if (perm->security)
		vs_account_put(*ipc_owner(perm));
}

/* The caller decides: its own objects, or others if it is the host's administrator. */
static int ipc_access(struct kern_ipc_perm *perm, bool change)
{
	if (*ipc_owner(perm) == vs_account())
		return 0;
	if (vs_account() || (change && current_vx() == &vx_watch))
		return -EACCES;
	return ns_capable_noaudit(&init_user_ns, CAP_IPC_OWNER) ? 0 : -EACCES;
}

bool __vs_ipc_seen(struct kern_ipc_perm *perm)
{
	return !ipc_access(perm, false);
}

static int vs_ipc_permission(struct kern_ipc_perm *perm, short flag)
{
	return ipc_access(perm, flag & 0222);
}

/* What asks for no permission, or for that of an owner; @perm is NULL for totals. */
static int vs_ipc_ctl(struct kern_ipc_perm *perm, int cmd)
{
	bool change = cmd == IPC_RMID || cmd == IPC_SET;

	return perm ? ipc_access(perm, change) : 0;
}

static int vs_shm_ctl(struct kern_ipc_perm *perm, int cmd)
{
	if (perm && (cmd == SHM_LOCK || cmd == SHM_UNLOCK))
		return ipc_access(perm, true);
	return vs_ipc_ctl(perm, cmd);
}

bool __vs_pid_own(struct pid *pid)
{
	struct task_struct *task;
	bool own;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	own = !task || __vs_task_own(task);
	rcu_read_unlock();
	return own;
}

static struct security_hook_list vs_ipc_hooks[] __lsm_ro_after_init = {
	LSM_HOOK_INIT(msg_queue_alloc_security, vs_ipc_alloc),
	LSM_HOOK_INIT(shm_alloc_security, vs_ipc_alloc),
	LSM_HOOK_INIT(sem_alloc_security, vs_ipc_alloc),
	LSM_HOOK_INIT(msg_queue_free_security, vs_ipc_free),
	LSM_HOOK_INIT(shm_free_security, vs_ipc_free),
	LSM_HOOK_INIT(sem_free_security, vs_ipc_free),
	LSM_HOOK_INIT(ipc_permission, vs_ipc_permission),
	LSM_HOOK_INIT(msg_queue_msgctl, vs_ipc_ctl),
	LSM_HOOK_INIT(shm_shmctl, vs_shm_ctl),
	LSM_HOOK_INIT(sem_semctl, vs_ipc_ctl),
};

void __init vs_ipc_lsm_init(void)
{
	security_add_hooks(vs_ipc_hooks, ARRAY_SIZE(vs_ipc_hooks), "vserver");
}
