// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of the files of ordinary file systems: what set_iattr may change,
 * and what chattr(1) may not.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/vserver/attr.h>
#include <linux/vserver/context.h>
#include <linux/vserver/iattr.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/task.h>

#define UNIFIED		(VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK)

/* What an inode can have at all, wherever it is. */
static u32 possible(const struct inode *inode)
{
	u32 mask = VS_IATTR_IXUNLINK | VS_IATTR_IMMUTABLE | VS_IATTR_COW;

	return S_ISDIR(inode->i_mode) ? mask | VS_IATTR_BARRIER : mask;
}

static u32 state_of(const struct inode *inode)
{
	unsigned int i_flags = READ_ONCE(inode->i_flags);

	return (i_flags & S_IMMUTABLE ? VS_IATTR_IMMUTABLE : 0) |
	       (i_flags & S_IXUNLINK ? VS_IATTR_IXUNLINK : 0) |
	       (i_flags & S_BARRIER ? VS_IATTR_BARRIER : 0);
}

static bool kept(const struct inode *inode)
{
	return (inode->i_sb->s_iflags & SB_I_VSATTR) && inode->i_op->fileattr_set &&
	       (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode));
}

static bool iattr_owns(const struct path *path)
{
	const struct inode *inode = d_inode(path->dentry);

	return inode && inode->i_sb->s_magic != PROC_SUPER_MAGIC;
}

static int iattr_get(const struct path *path, struct vs_iattr *attr)
{
	const struct inode *inode = d_inode(path->dentry);

	attr->flags |= state_of(inode);
	if (kept(inode))
		attr->mask |= possible(inode);
	return 0;
}

static int change(const struct path *path, u32 flags, u32 mask)
{
	/* The check below completes the word under the lock. */
	struct fileattr fa = { .flags_valid = true, .vs_mask = mask, .vs_flags = flags & mask };
	int ret = vfs_fileattr_set(mnt_user_ns(path->mnt), path->dentry, &fa);

	return ret == -ENOIOCTLCMD || ret == -ENOTTY ? -EOPNOTSUPP : ret;
}

static bool is_unified(const struct inode *inode)
{
	return S_ISREG(inode->i_mode) && !(~state_of(inode) & UNIFIED);
}

/*
 * EINVAL a bit of /proc or a tag; EOPNOTSUPP it cannot be kept; EROFS; I/O
 * errors; ETXTBSY the file would be unified and is open for writing.
 */
static int iattr_set(const struct path *path, const struct vs_iattr *attr)
{
	struct inode *inode = d_inode(path->dentry);
	u32 mask = attr->mask & possible(inode) & ~VS_IATTR_COW;
	u32 old;
	int ret;

	if (attr->mask & (VS_IATTR_PROC | VS_IATTR_TAG))
		return -EINVAL;
	old = state_of(inode);
	if (!((old ^ attr->flags) & mask))
		return 0;
	if (!kept(inode))
		return -EOPNOTSUPP;
	ret = mnt_want_write(path->mnt);
	if (ret)
		return ret;
	ret = change(path, attr->flags, mask);
	/*
	 * A writer that was there before goes on writing to what others take for
	 * theirs. One that is just opening the file counts itself first and then
	 * looks at the flags again; so one of the two sees the other.
	 */
	smp_mb();
	if (!ret && (~old & UNIFIED) && is_unified(inode) && inode_is_open_for_write(inode))
		ret = change(path, old, mask) ?: -ETXTBSY;
	mnt_drop_write(path->mnt);
	return ret;
}

const struct vs_iattr_ops vs_iattr_file = {
	.owns	= iattr_owns,
	.get	= iattr_get,
	.set	= iattr_set,
};

/* Does the inode have one name, and no other that is gone and still in use? */
static bool is_last_name(struct inode *inode)
{
	bool ret;

	spin_lock(&inode->i_lock);
	ret = inode->i_nlink == 1 && inode->i_dentry.first &&
	      !inode->i_dentry.first->next;
	spin_unlock(&inode->i_lock);
	return ret;
}

/* For set_iattr: everything as it was but what it names. */
static void complete_word(const struct fileattr *old, struct fileattr *fa)
{
	u32 mask = (fa->vs_mask & VS_IATTR_IMMUTABLE ? FS_IMMUTABLE_FL : 0) |
		   (fa->vs_mask & VS_IATTR_IXUNLINK ? FS_IXUNLINK_FL : 0) |
		   (fa->vs_mask & VS_IATTR_BARRIER ? FS_BARRIER_FL : 0);
	u32 flags = (fa->vs_flags & VS_IATTR_IMMUTABLE ? FS_IMMUTABLE_FL : 0) |
		    (fa->vs_flags & VS_IATTR_IXUNLINK ? FS_IXUNLINK_FL : 0) |
		    (fa->vs_flags & VS_IATTR_BARRIER ? FS_BARRIER_FL : 0);

	fa->flags = (old->flags & ~mask) | flags;
	fa->fsx_xflags = old->fsx_xflags;
	if (mask & FS_IMMUTABLE_FL) {
		fa->fsx_xflags &= ~FS_XFLAG_IMMUTABLE;
		if (flags & FS_IMMUTABLE_FL)
			fa->fsx_xflags |= FS_XFLAG_IMMUTABLE;
	}
}

/**
 * vs_fileattr_check - may attributes be changed so?
 * @inode: of what, locked
 * @old: what it has
 * @fa: what it is to have; our bits are completed
 *
 * FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR do not touch a barrier, and not what
 * keeps a unified file the same in all guests. A word without our bits leaves
 * them alone, for who writes it need not know them.
 *
 * Return: 0; EACCES a directory with a barrier; EPERM a file that the caller
 * shares with others, or one of our bits is not its to set; EAGAIN vs_last is
 * set and the file has other names, or is not unified.
 */
int vs_fileattr_check(struct inode *inode, const struct fileattr *old, struct fileattr *fa)
{
	u32 more;

	if (!(inode->i_sb->s_iflags & SB_I_VSATTR))
		return 0;
	if (fa->vs_last && (!is_unified(inode) || !is_last_name(inode)))
		return -EAGAIN;
	if (fa->vs_mask) {
		complete_word(old, fa);
		return 0;
	}
	if (inode->i_flags & S_BARRIER)
		return -EACCES;
	if ((inode->i_flags & S_IXUNLINK) &&
	    (vs_in_guest() || ((inode->i_flags & S_IMMUTABLE) && !capable(CAP_LINUX_IMMUTABLE))))
		return vs_refuse_inode(VS_REFUSED_ATTRIBUTE, inode, -EPERM);
	more = fa->flags & ~old->flags & VS_FL_ALL;
	if ((more & FS_BARRIER_FL) ||
	    (more && (vs_in_guest() || !capable(CAP_LINUX_IMMUTABLE))))
		return -EPERM;
	fa->flags |= old->flags & VS_FL_ALL;
	return 0;
}
