// SPDX-License-Identifier: GPL-2.0
/*
 * Spaces: the sets of namespaces that a context keeps for those who enter it.
 */
#include <linux/cred.h>
#include <linux/fs_struct.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sem.h>
#include <linux/shm.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>
#include <linux/vserver/cgroup.h>
#include <linux/vserver/context.h>

/* Kept in a set of namespaces. */
#define VX_NS_MASK	(VX_SPACE_MASK & ~(CLONE_FS | CLONE_NEWUSER))

static void drop_fs(struct fs_struct *fs)
{
	int kill;

	if (!fs)
		return;
	spin_lock(&fs->lock);
	kill = !--fs->users;
	spin_unlock(&fs->lock);
	if (kill)
		free_fs_struct(fs);
}

/**
 * vx_cred_adopt - take over who somebody is, and not where he belongs
 * @new: credentials in the making; their contexts stay, and so whatever bounds
 *	their capabilities
 * @as: from whom user, groups, capabilities and user namespace come
 *
 * Return: 0 or -ENOMEM.
 */
int vx_cred_adopt(struct cred *new, const struct cred *as)
{
	new->uid = as->uid;
	new->euid = as->euid;
	new->suid = as->suid;
	new->fsuid = as->fsuid;
	new->gid = as->gid;
	new->egid = as->egid;
	new->sgid = as->sgid;
	new->fsgid = as->fsgid;
	new->securebits = as->securebits;
	new->cap_inheritable = as->cap_inheritable;
	new->cap_permitted = as->cap_permitted;
	new->cap_effective = as->cap_effective;
	new->cap_bset = as->cap_bset;
	new->cap_ambient = as->cap_ambient;

	get_group_info(as->group_info);
	put_group_info(new->group_info);
	new->group_info = as->group_info;
	get_uid(as->user);
	free_uid(new->user);
	new->user = as->user;
	get_user_ns(as->user_ns);
	put_user_ns(new->user_ns);
	new->user_ns = as->user_ns;
	return set_cred_ucounts(new) ? -ENOMEM : 0;
}

/**
 * vx_space_cred - the credentials stored in space 0
 * @vx: the context
 *
 * Return: them with a reference, or NULL.
 */
const struct cred *vx_space_cred(struct vx_info *vx)
{
	const struct cred *cred;

	mutex_lock(&vx->space_lock);
	cred = vx->space[0].cred;
	if (cred)
		get_cred(cred);
	mutex_unlock(&vx->space_lock);
	return cred;
}

/**
 * vx_owns_user_ns - is this the user namespace that a context was given?
 * @vx: the context
 * @ns: the user namespace
 *
 * Those that the guest makes inside are not.
 */
bool vx_owns_user_ns(struct vx_info *vx, struct user_namespace *ns)
{
	const struct cred *cred = vx_space_cred(vx);
	bool ret = cred && cred->user_ns == ns;

	put_cred(cred);
	return ret;
}

/**
 * vx_set_space - store the caller's namespaces
 * @vx: where
 * @mask: which, CLONE_ bits; 0 all but the user namespace and those that old
 *	tools do not know
 * @index: slot, 0 or 1
 *
 * With CLONE_NEWUSER the caller's credentials are stored. They hold references
 * to the caller's contexts, until the context ends. With CLONE_NEWCGROUP the guest
 * is given the control groups below the root of the caller's namespace.
 *
 * Return: 0, -EFAULT the context is shutting down, -EINVAL unknown bit or slot,
 * -ENOMEM.
 */
int vx_set_space(struct vx_info *vx, unsigned long mask, unsigned int index)
{
	struct vx_space *space;
	const struct cred *cred = NULL;
	struct nsproxy *nsproxy = NULL;
	struct fs_struct *fs = NULL;

	if (index >= VS_SPACES || (mask & ~VX_SPACE_MASK))
		return -EINVAL;
	if (!mask)
		mask = VX_SPACE_ALL;
	space = &vx->space[index];

	if (mask & CLONE_FS) {
		fs = copy_fs_struct(current->fs);
		if (!fs)
			return -ENOMEM;
	}
	mutex_lock(&vx->space_lock);
	/* What comes after vx_space_clear() would stay for good. */
	if (!atomic_read(&vx->obj.claims)) {
		mutex_unlock(&vx->space_lock);
		drop_fs(fs);
		return -EFAULT;
	}
	if (mask & VX_NS_MASK) {
		nsproxy = vs_mix_nsproxy(current->nsproxy,
					 space->nsproxy ?: current->nsproxy, mask);
		if (!nsproxy) {
			mutex_unlock(&vx->space_lock);
			drop_fs(fs);
			return -ENOMEM;
		}
		swap(space->nsproxy, nsproxy);
	}
	if (fs)
		swap(space->fs, fs);
	if (mask & CLONE_NEWUSER) {
		cred = get_current_cred();
		swap(space->cred, cred);
	}
	space->mask |= mask;
	if (mask & CLONE_NEWCGROUP)
		vx_cgroup_delegate(vx);
	mutex_unlock(&vx->space_lock);

	if (nsproxy)
		put_nsproxy(nsproxy);
	drop_fs(fs);
	put_cred(cred);
	return 0;
}

/* As for setns(2): what others share cannot be changed for one. */
static int may_enter(unsigned long mask)
{
	if ((mask & CLONE_NEWTIME) && !current_is_single_threaded())
		return -EUSERS;
	if ((mask & CLONE_NEWUSER) && (!thread_group_empty(current) || current->fs->users != 1))
		return -EINVAL;
	return 0;
}

/* The point of no return. */
static void enter_namespaces(struct nsproxy *nsproxy, unsigned long mask)
{
	if (mask & CLONE_NEWIPC) {
		/* The undo list and the segments belong to the old one. */
		exit_sem(current);
		exit_shm(current);
		shm_init_task(current);
	}
	if (mask & CLONE_NEWTIME)
		timens_commit(current, nsproxy->time_ns);
	switch_task_namespaces(current, nsproxy);
}

/**
 * vx_enter_space - replace the caller's namespaces by stored ones
 * @vx: from where
 * @mask: which, CLONE_ bits; 0 all that were stored
 * @index: slot, 0 or 1
 *
 * All or nothing. A new pid namespace holds for children only. With
 * CLONE_NEWUSER the caller becomes who the stored credentials say, and stays in
 * its contexts.
 *
 * Return: 0, -EINVAL slot, a bit that was never stored, or nothing stored at
 * all; -EUSERS, or for a user namespace -EINVAL, the caller has threads or
 * shares memory or root; -ENOMEM.
 */
int vx_enter_space(struct vx_info *vx, unsigned long mask, unsigned int index)
{
	struct vx_space *space;
	struct nsproxy *nsproxy = NULL;
	struct fs_struct *fs = NULL;
	struct cred *cred = NULL;
	int err;

	if (index >= VS_SPACES)
		return -EINVAL;
	space = &vx->space[index];

	mutex_lock(&vx->space_lock);
	if (!mask)
		mask = space->mask;
	err = -EINVAL;
	if (!mask || (mask & ~space->mask))
		goto out;
	err = may_enter(mask);
	if (err)
		goto out;
	err = -ENOMEM;
	if (mask & CLONE_FS) {
		fs = copy_fs_struct(space->fs);
		if (!fs)
			goto out;
	}
	if (mask & CLONE_NEWUSER) {
		cred = prepare_creds();
		if (!cred || vx_cred_adopt(cred, space->cred))
			goto out;
	}
	if (mask & VX_NS_MASK) {
		nsproxy = vs_mix_nsproxy(space->nsproxy, current->nsproxy, mask);
		if (!nsproxy)
			goto out;
	}
	mutex_unlock(&vx->space_lock);

	if (cred)
		commit_creds(cred);
	if (nsproxy)
		enter_namespaces(nsproxy, mask);
	if (fs) {
		task_lock(current);
		swap(current->fs, fs);
		task_unlock(current);
		drop_fs(fs);
	}
	return 0;
out:
	mutex_unlock(&vx->space_lock);
	drop_fs(fs);
	if (cred)
		abort_creds(cred);
	return err;
}

/**
 * vx_space_clear - drop all that is stored
 * @vx: a context without members, or one that is shutting down
 */
void vx_space_clear(struct vx_info *vx)
{
	struct vx_space old[VS_SPACES];
	int i;

	mutex_lock(&vx->space_lock);
	memcpy(old, vx->space, sizeof(old));
	memset(vx->space, 0, sizeof(vx->space));
	mutex_unlock(&vx->space_lock);
	for (i = 0; i < VS_SPACES; i++) {
		if (old[i].nsproxy)
			put_nsproxy(old[i].nsproxy);
		drop_fs(old[i].fs);
		put_cred(old[i].cred);
	}
}
