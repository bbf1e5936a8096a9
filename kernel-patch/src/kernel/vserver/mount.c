// SPDX-License-Identifier: GPL-2.0
/*
 * Mounts of a guest. Without CAP_SYS_ADMIN in its bounding word it mounts by
 * context capabilities, within its own mount namespace: harmless kinds by
 * secure_mount, others by binary_mount, devices on them by dev_mount.
 *
 * Mounts that it made are marked. All others are the host's, also those in
 * its namespace: it must not take them away, uncover what they cover or clear
 * what restricts them. The old and the new calls pass the same few functions of
 * fs/namespace.c, where these rules are asked.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/string.h>
#include <linux/vserver/context.h>
#include <linux/vserver/mount.h>
#include <linux/vserver/refuse.h>
#include "../../fs/mount.h"

static_assert(!(MNT_VS_GUEST & (MNT_USER_SETTABLE_MASK | MNT_INTERNAL_FLAGS | MNT_SHRINKABLE |
				MNT_LOCK_ATIME | MNT_LOCK_NOEXEC | MNT_LOCK_NOSUID |
				MNT_LOCK_NODEV | MNT_LOCK_READONLY | MNT_LOCKED)));

/* A guest that has no more power over mounts than its context capabilities give. */
static bool limited(void)
{
	return vx_confined(current_vx()) &&
	       !ns_capable_noaudit(current->nsproxy->mnt_ns->user_ns, CAP_SYS_ADMIN);
}

/* What a capability does not decide; @type names the file system. True. */
static bool refused(const struct file_system_type *type)
{
	vs_refuse_object(current_vx(), VS_REFUSED_MOUNT, 0, -EPERM, "%s", type->name);
	return true;
}

static bool may_use_devices(void)
{
	return vx_ns_capable_noaudit(current->nsproxy->mnt_ns->user_ns, CAP_SYS_ADMIN,
				     VXC_DEV_MOUNT);
}

/* What is mounted in the host's namespace, the host sees; others are not the caller's. */
bool __vs_may_mount(struct mnt_namespace *ns)
{
	if (ns == init_task.nsproxy->mnt_ns || ns != current->nsproxy->mnt_ns)
		return ns_capable(ns->user_ns, CAP_SYS_ADMIN);
	return vx_ns_capable(ns->user_ns, CAP_SYS_ADMIN, VXC_SECURE_MOUNT);
}

/* On a block device, with plain options and no program behind it; or private to the guest. */
static bool secure_type(const struct file_system_type *type)
{
	if (type->fs_flags & FS_REQUIRES_DEV)
		return !(type->fs_flags & (FS_BINARY_MOUNTDATA | FS_HAS_SUBTYPE));
	return !strcmp(type->name, "proc") || !strcmp(type->name, "devpts");
}

/*
 * Other types that a guest may be allowed. What is not listed is a window into
 * the one kernel, shared with the host as devtmpfs is, or unknown.
 */
static bool binary_type(const struct file_system_type *type)
{
	static const char *const names[] = {
		"9p", "afs", "ceph", "cifs", "fuse", "mqueue", "nfs", "nfs4", "overlay", "smb3",
		"tmpfs", "zfs",
	};

	return (type->fs_flags & FS_REQUIRES_DEV) ||
	       match_string(names, ARRAY_SIZE(names), type->name) >= 0;
}

bool __vs_mount_capable(struct fs_context *fc, struct user_namespace *ns)
{
	if (!limited())
		return ns_capable(ns, CAP_SYS_ADMIN);
	if (secure_type(fc->fs_type))
		return vx_ns_capable(ns, CAP_SYS_ADMIN, VXC_SECURE_MOUNT);
	if (!binary_type(fc->fs_type))
		return !refused(fc->fs_type);
	return vx_ns_capable(ns, CAP_SYS_ADMIN, VXC_BINARY_MOUNT);
}

/* Only with a file system that the guest mounted itself and nobody else has mounted. */
bool __vs_may_reconfigure(struct super_block *sb)
{
	struct mnt_namespace *ns = current->nsproxy->mnt_ns;
	struct mount *mnt;
	bool own = true;

	if (!limited())
		return ns_capable(sb->s_user_ns, CAP_SYS_ADMIN);
	write_seqlock(&mount_lock);
	list_for_each_entry(mnt, &sb->s_mounts, mnt_instance)
		if (mnt->mnt_ns && (mnt->mnt_ns != ns || !(mnt->mnt.mnt_flags & MNT_VS_GUEST)))
			own = false;
	write_sequnlock(&mount_lock);
	if (!own)
		return !refused(sb->s_type);
	return vx_ns_capable(sb->s_user_ns, CAP_SYS_ADMIN, VXC_SECURE_MOUNT);
}

unsigned int __vs_new_mount(unsigned int mnt_flags)
{
	if (!vx_confined(current_vx()))
		return mnt_flags;
	return mnt_flags | MNT_VS_GUEST | (may_use_devices() ? 0 : MNT_NODEV);
}

/* Few who remount name nodev, which was never asked for. */
unsigned int __vs_remount(unsigned int old, unsigned int mnt_flags)
{
	if (vx_confined(current_vx()) && !may_use_devices())
		mnt_flags |= old & MNT_NODEV;
	return mnt_flags;
}

static unsigned int lock_flags(unsigned int mnt_flags)
{
	if (mnt_flags & MNT_READONLY)
		mnt_flags |= MNT_LOCK_READONLY;
	if (mnt_flags & MNT_NODEV)
		mnt_flags |= MNT_LOCK_NODEV;
	if (mnt_flags & MNT_NOSUID)
		mnt_flags |= MNT_LOCK_NOSUID;
	if (mnt_flags & MNT_NOEXEC)
		mnt_flags |= MNT_LOCK_NOEXEC;
	return mnt_flags;
}

unsigned int __vs_locked_flags(unsigned int mnt_flags)
{
	if (!limited())
		return mnt_flags;
	if (!(mnt_flags & MNT_VS_GUEST))
		return lock_flags(mnt_flags);
	if ((mnt_flags & MNT_NODEV) && !may_use_devices())
		mnt_flags |= MNT_LOCK_NODEV;
	return mnt_flags;
}

static void mark(struct mount *mnt)
{
	/* The copy is the guest's own, what restricts it is not. */
	if (!(mnt->mnt.mnt_flags & MNT_VS_GUEST))
		mnt->mnt.mnt_flags = lock_flags(mnt->mnt.mnt_flags) | MNT_VS_GUEST;
}

/* Under namespace_sem; nobody else knows @mnt yet. */
void __vs_mark_copy(struct mount *mnt)
{
	struct mount *root = mnt;

	if (!limited())
		return;
	for (;;) {
		mark(mnt);
		if (!list_empty(&mnt->mnt_mounts)) {
			mnt = list_first_entry(&mnt->mnt_mounts, struct mount, mnt_child);
			continue;
		}
		while (mnt != root && list_is_last(&mnt->mnt_child, &mnt->mnt_parent->mnt_mounts))
			mnt = mnt->mnt_parent;
		if (mnt == root)
			return;
		mnt = list_next_entry(mnt, mnt_child);
	}
}

bool __vs_mount_foreign(const struct mount *mnt)
{
	return !(mnt->mnt.mnt_flags & MNT_VS_GUEST) && limited() &&
	       refused(mnt->mnt.mnt_sb->s_type);
}

/* Under namespace_sem. */
bool __vs_mount_leaks(struct mount *dest)
{
	return limited() && vs_propagates_outside(dest) && refused(dest->mnt.mnt_sb->s_type);
}

/* By its root it must be mounted, below the caller's. */
bool __vs_sees_part(const struct path *path)
{
	struct path whole = { .mnt = path->mnt, .dentry = path->mnt->mnt_sb->s_root };
	struct path root;
	bool part;

	if (!limited())
		return false;
	get_fs_root(current->fs, &root);
	part = path->mnt->mnt_root != whole.dentry || !path_is_under(&whole, &root);
	path_put(&root);
	return part;
}
