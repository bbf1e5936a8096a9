// SPDX-License-Identifier: GPL-2.0
/*
 * Signals and files that reach somebody later, when the one who asked for them
 * is not the caller any more: owners of files and core dumps.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/lsm_hooks.h>
#include <linux/path.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/vserver/context.h>
#include <linux/vserver/owner.h>
#include <linux/vserver/sysctl.h>
#include "lsm.h"

/*
 * Who sets the owner decides whom it may reach, not who opened the file: a
 * descriptor may come from outside. The file is too common to hold a reference
 * for this, so it keeps a number that is never used twice.
 */
static void vs_file_set_fowner(struct file *file)
{
	file->f_owner.vx_serial = vx_serial(current_vx());
}

/* May run in an interrupt: no caller to ask. A guest reaches its own tasks. */
static int vs_file_send_sigiotask(struct task_struct *task, struct fown_struct *fown, int sig)
{
	unsigned long theirs;

	if (!fown->vx_serial)
		return 0;
	rcu_read_lock();
	theirs = vx_serial(task_vx_rcu(task));
	rcu_read_unlock();
	return fown->vx_serial == theirs ? 0 : -EPERM;
}

/*
 * The handler in core_pattern is a program of the host. It would run as the
 * host's root on what a guest's process left, so only if the host says so.
 */
bool __vs_deny_core_pipe(void)
{
	struct vx_info *vx = current_real_vx();

	if (!vx_guest(vx) || READ_ONCE(vs_core_pipe))
		return false;
	pr_info_ratelimited("vserver: context %u: no core dump of %s: kernel.core_pattern is a pipe and kernel.vserver_core_pipe is 0\n",
			    vx_id(vx), current->comm);
	return true;
}

/*
 * What a setuid program leaves is written by root to an absolute path, which
 * begins at the root of the machine; in a guest, at that of the guest, as it
 * was stored by those who made it. The task's own may lead anywhere.
 */
bool __vs_core_root(struct path *root)
{
	struct vx_info *vx = current_real_vx();
	struct path inside = { };

	if (!vx_guest(vx))
		return true;
	mutex_lock(&vx->space_lock);
	if (vx->space[0].fs)
		get_fs_root(vx->space[0].fs, &inside);
	mutex_unlock(&vx->space_lock);
	path_put(root);
	*root = inside;
	return inside.dentry;
}

static struct security_hook_list vs_owner_hooks[] __lsm_ro_after_init = {
	LSM_HOOK_INIT(file_set_fowner, vs_file_set_fowner),
	LSM_HOOK_INIT(file_send_sigiotask, vs_file_send_sigiotask),
};

void __init vs_owner_lsm_init(void)
{
	security_add_hooks(vs_owner_hooks, ARRAY_SIZE(vs_owner_hooks), "vserver");
}
