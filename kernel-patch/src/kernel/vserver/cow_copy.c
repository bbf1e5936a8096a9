// SPDX-License-Identifier: GPL-2.0
/* Copies a file with all that is stored with it into another on the same file system. */
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/mm.h>
#include <linux/posix_acl_xattr.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/xattr.h>
#include <linux/vserver/attr.h>
#include "cow_copy.h"

/* How much is copied between two looks at the signals. */
#define CHUNK		(1 << 20)

/* Flags of the file that say how it is to be handled, not what may be done with it. */
#define KEPT_XFLAGS	(FS_XFLAG_SYNC | FS_XFLAG_NODUMP | FS_XFLAG_NOATIME)
#define KEPT_FLAGS	(FS_SYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL)

static int copy_part(struct file *in, struct file *out, loff_t pos, loff_t end)
{
	ssize_t n;

	while (pos < end) {
		if (fatal_signal_pending(current))
			return -EINTR;
		n = vfs_copy_file_range(in, pos, out, pos, min_t(loff_t, end - pos, CHUNK), 0);
		if (n <= 0)
			return n ?: -EIO;
		pos += n;
		cond_resched();
	}
	return 0;
}

/* A hole at the end is not written. */
static int set_size(struct file *out, loff_t size)
{
	struct iattr attr = { .ia_valid = ATTR_SIZE | ATTR_FILE, .ia_size = size, .ia_file = out };
	struct dentry *dentry = out->f_path.dentry;
	int ret;

	if (i_size_read(d_inode(dentry)) == size)
		return 0;
	file_start_write(out);
	inode_lock(d_inode(dentry));
	ret = notify_change(&init_user_ns, dentry, &attr, NULL);
	inode_unlock(d_inode(dentry));
	file_end_write(out);
	return ret;
}

/**
 * vs_cow_copy_data - the contents
 * @in: nobody changes it meanwhile
 * @out: an empty file that nobody else knows
 *
 * Blocks are shared where the file system can; holes stay holes.
 *
 * Return: 0; EINTR a fatal signal; errors of the file system.
 */
int vs_cow_copy_data(struct file *in, struct file *out)
{
	loff_t size = i_size_read(file_inode(in)), pos = 0, end;
	int ret;

	if (!size || vfs_clone_file_range(in, 0, out, 0, size, 0) == size)
		return 0;
	while (pos < size) {
		pos = vfs_llseek(in, pos, SEEK_DATA);
		if (pos == -ENXIO)
			break;
		if (pos < 0)
			return pos;
		end = vfs_llseek(in, pos, SEEK_HOLE);
		if (end < 0)
			return end;
		ret = copy_part(in, out, pos, min(end, size));
		if (ret)
			return ret;
		pos = end;
	}
	return set_size(out, size);
}

/* One extended attribute, as it is stored. */
static int copy_xattr(struct dentry *old, struct dentry *new, const char *name, void *value)
{
	ssize_t size = __vfs_getxattr(old, d_inode(old), name, value, XATTR_SIZE_MAX);

	if (size < 0)
		return size == -ENODATA ? 0 : size;
	return __vfs_setxattr(&init_user_ns, new, d_inode(new), name, value, size, 0);
}

/* Access lists are among them. With @new locked. */
static int copy_xattrs(struct dentry *old, struct dentry *new)
{
	ssize_t size = vfs_listxattr(old, NULL, 0);
	char *names, *name;
	void *value;
	int ret = 0;

	if (size <= 0)
		return size == -EOPNOTSUPP ? 0 : size;
	names = kvmalloc(size, GFP_KERNEL);
	value = kvmalloc(XATTR_SIZE_MAX, GFP_KERNEL);
	if (!names || !value) {
		ret = -ENOMEM;
		goto out;
	}
	size = vfs_listxattr(old, names, size);
	if (size < 0)
		ret = size;
	for (name = names; !ret && name < names + size; name += strlen(name) + 1)
		ret = copy_xattr(old, new, name, value);
out:
	kvfree(value);
	kvfree(names);
	return ret;
}

/*
 * Flags and, where it is not a tag, the project. What cannot be copied is no
 * reason to fail: the new file has what files of its directory have.
 */
static void copy_flags(struct dentry *old, struct dentry *new)
{
	struct fileattr from = { .flags_valid = true }, to = { .flags_valid = true };

	if (vfs_fileattr_get(old, &from) || vfs_fileattr_get(new, &to))
		return;
	if (d_inode(new)->i_sb->s_iflags & SB_I_TAGGED)
		from.fsx_projid = to.fsx_projid;
	if (!(from.fsx_xflags & KEPT_XFLAGS) && from.fsx_projid == to.fsx_projid)
		return;
	to.flags |= from.flags & KEPT_FLAGS;
	to.fsx_xflags |= from.fsx_xflags & KEPT_XFLAGS;
	to.fsx_projid = from.fsx_projid;
	to.flags_valid = false;
	to.fsx_valid = true;
	vfs_fileattr_set(&init_user_ns, new, &to);
}

/**
 * vs_cow_copy_owner - so that the quota of the right user is charged
 * @old: of what
 * @new: to what; nobody else knows it
 *
 * Before there are contents, and before what a change of the owner takes away.
 *
 * Context: with leave to write to the mount.
 * Return: 0 or an error of the file system.
 */
int vs_cow_copy_owner(struct dentry *old, struct dentry *new)
{
	struct inode *inode = d_inode(old);
	struct iattr owner = {
		.ia_valid = ATTR_UID | ATTR_GID | ATTR_FORCE,
		.ia_vfsuid = VFSUIDT_INIT(inode->i_uid),
		.ia_vfsgid = VFSGIDT_INIT(inode->i_gid),
	};
	int ret;

	inode_lock(d_inode(new));
	ret = notify_change(&init_user_ns, new, &owner, NULL);
	inode_unlock(d_inode(new));
	return ret;
}

/**
 * vs_cow_copy_meta - mode, times, extended attributes, flags
 * @old: of what
 * @new: to what; nobody else knows it
 *
 * Context: with leave to write to the mount.
 * Return: 0 or an error of the file system.
 */
int vs_cow_copy_meta(struct dentry *old, struct dentry *new)
{
	struct inode *inode = d_inode(old);
	struct iattr rest = {
		.ia_valid = ATTR_MODE | ATTR_ATIME | ATTR_ATIME_SET | ATTR_MTIME | ATTR_MTIME_SET |
			    ATTR_FORCE,
		.ia_mode = inode->i_mode,
		.ia_atime = inode->i_atime,
		.ia_mtime = inode->i_mtime,
	};
	int ret;

	copy_flags(old, new);
	inode_lock(d_inode(new));
	ret = copy_xattrs(old, new) ?: notify_change(&init_user_ns, new, &rest, NULL);
	inode_unlock(d_inode(new));
	return ret;
}
