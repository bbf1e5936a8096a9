// SPDX-License-Identifier: GPL-2.0
/*
 * Spaces: the sets of namespaces that a context keeps for those who enter it.
 */
#include <linux/fs_struct.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include <linux/sem.h>
#include <linux/shm.h>
#include <linux/vserver/context.h>

#define VX_NS_MASK	(VX_SPACE_MASK & ~CLONE_FS)

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
 * vx_set_space - store the caller's namespaces
 * @vx: where
 * @mask: which, CLONE_ bits; 0 all
 * @index: slot, 0 or 1
 *
 * Return: 0, -EINVAL unknown bit or slot, -ENOMEM.
 */
int vx_set_space(struct vx_info *vx, unsigned long mask, unsigned int index)
{
	struct vx_space *space;
	struct nsproxy *nsproxy = NULL;
	struct fs_struct *fs = NULL;

	if (index >= VS_SPACES || (mask & ~VX_SPACE_MASK))
		return -EINVAL;
	if (!mask)
		mask = VX_SPACE_MASK;
	space = &vx->space[index];

	if (mask & CLONE_FS) {
		fs = copy_fs_struct(current->fs);
		if (!fs)
			return -ENOMEM;
	}
	mutex_lock(&vx->space_lock);
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
	space->mask |= mask;
	mutex_unlock(&vx->space_lock);

	if (nsproxy)
		put_nsproxy(nsproxy);
	drop_fs(fs);
	return 0;
}

/**
 * vx_enter_space - replace the caller's namespaces by stored ones
 * @vx: from where
 * @mask: which, CLONE_ bits; 0 all that were stored
 * @index: slot, 0 or 1
 *
 * All or nothing. A new pid namespace holds for children only.
 *
 * Return: 0, -EINVAL slot, a bit that was never stored, or nothing stored at
 * all, -ENOMEM.
 */
int vx_enter_space(struct vx_info *vx, unsigned long mask, unsigned int index)
{
	struct vx_space *space;
	struct nsproxy *nsproxy = NULL;
	struct fs_struct *fs = NULL;
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
	err = -ENOMEM;
	if (mask & CLONE_FS) {
		fs = copy_fs_struct(space->fs);
		if (!fs)
			goto out;
	}
	if (mask & VX_NS_MASK) {
		nsproxy = vs_mix_nsproxy(space->nsproxy, current->nsproxy, mask);
		if (!nsproxy)
			goto out;
	}
	mutex_unlock(&vx->space_lock);

	if (nsproxy) {
		if (mask & CLONE_NEWIPC) {
			/* The undo list and the segments belong to the old one. */
			exit_sem(current);
			exit_shm(current);
			shm_init_task(current);
		}
		switch_task_namespaces(current, nsproxy);
	}
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
	}
}
