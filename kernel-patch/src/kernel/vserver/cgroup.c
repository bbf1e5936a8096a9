// SPDX-License-Identifier: GPL-2.0
/*
 * Delegation of control groups (v2). A guest's root is uid 0 and owns every
 * group's files; what it may write is decided here, by place. The host gives a
 * guest a subtree by storing a cgroup namespace in its context: below the root
 * of that namespace the guest makes groups, sets limits and moves its tasks.
 * In the root itself it makes groups and writes the few files that the
 * controllers leave to whom a group is given; the limits there are the host's.
 *
 * Where a task may go needs no rule of its own: the kernel asks for leave to
 * write to the nearest group above both ends of a move.
 */
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/magic.h>
#include <linux/nsproxy.h>
#include <linux/vserver/cgroup.h>
#include <linux/vserver/context.h>

/**
 * vx_cgroup_delegate - the caller's cgroup namespace becomes a guest's
 * @vx: the guest
 *
 * The namespace of the host and one whose root is the root of the tree give
 * nothing. Groups are known by number: numbers are not used twice, and the
 * namespace may go before its guest.
 */
void vx_cgroup_delegate(struct vx_info *vx)
{
	struct cgroup_namespace *ns = current->nsproxy->cgroup_ns;
	struct cgroup *root = ns->root_cset->dfl_cgrp;
	bool part = ns != &init_cgroup_ns && cgroup_parent(root);

	WRITE_ONCE(vx->cgroup_root, part ? cgroup_id(root) : 0);
}

static struct kernfs_node *group_of(const struct inode *inode)
{
	struct kernfs_node *kn = inode->i_private;

	return kernfs_type(kn) == KERNFS_DIR ? kn : kn->parent;
}

/* Groups are never renamed, and hold those above them. */
static bool below(const struct kernfs_node *kn, u64 root)
{
	while ((kn = kn->parent))
		if (kn->id == root)
			return true;
	return false;
}

/**
 * vx_cgroup_may_own - is a file of a group that the guest made?
 * @vx: the guest
 * @inode: a file or directory of any file system
 *
 * Or one that the host made for it, below the root of what it was given. Mode
 * and owner are the guest's to change: it delegates further.
 *
 * Context: holds a reference to @inode.
 */
bool vx_cgroup_may_own(const struct vx_info *vx, const struct inode *inode)
{
	u64 root = READ_ONCE(vx->cgroup_root);

	return root && inode->i_sb->s_magic == CGROUP2_SUPER_MAGIC &&
	       below(group_of(inode), root);
}

/**
 * vx_cgroup_may_write - may a guest write to a file of a group, or make groups?
 * @vx: the guest
 * @inode: a file or directory of any file system
 *
 * Context: holds a reference to @inode; nobody asks for write access in a RCU
 * path walk.
 */
bool vx_cgroup_may_write(const struct vx_info *vx, const struct inode *inode)
{
	u64 root = READ_ONCE(vx->cgroup_root);
	struct kernfs_node *kn, *group;
	const struct cftype *cft;

	if (!root || inode->i_sb->s_magic != CGROUP2_SUPER_MAGIC)
		return false;
	kn = inode->i_private;
	group = group_of(inode);
	if (group->id != root)
		return below(group, root);
	cft = kn == group ? NULL : kn->priv;
	return !cft || (cft->flags & CFTYPE_NS_DELEGATABLE);
}
