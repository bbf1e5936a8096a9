// SPDX-License-Identifier: GPL-2.0
/*
 * A private copy of a unified file. The copy is made without a name, with all
 * that is stored with the file, and is on the disk before it takes the name:
 * after a crash the name leads to the old or to the new file, whole. Nothing
 * here changes the old one, which other guests go on using, but where it has
 * no other name and nobody else can have it open.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/user_namespace.h>
#include <linux/vserver/attr.h>
#include <linux/vserver/context.h>
#include <linux/vserver/cow.h>
#include <linux/vserver/tag.h>
#include "cow_copy.h"

/**
 * vs_cow_permission - may the caller write to a unified file?
 * @mnt_userns: of the mount
 * @inode: the file
 * @mask: MAY_ bits
 *
 * As inode_permission(), that it is immutable left aside.
 */
int vs_cow_permission(struct user_namespace *mnt_userns, struct inode *inode, int mask)
{
	int ret;

	if (inode->i_op->permission)
		ret = inode->i_op->permission(mnt_userns, inode, mask);
	else
		ret = generic_permission(mnt_userns, inode, mask);
	return ret ?: security_inode_permission(inode, mask);
}

/**
 * vs_cow_again - what is returned when the name led elsewhere meanwhile
 *
 * The system call starts again, and the caller sees nothing of it. A worker of a
 * ring cannot do that.
 */
int vs_cow_again(void)
{
	if (current->flags & (PF_KTHREAD | PF_IO_WORKER))
		return -ESTALE;
	return restart_syscall();
}

/*
 * Who may write to a file need be able to do nothing else: the directory and
 * the owner of the copy are not the caller's business. So the work is done
 * with some capabilities, the limits on disk space not among them, and for the
 * kernel rather than for the context. It stays the caller's in user and tag.
 */
static struct cred *worker_cred(void)
{
	struct cred *cred = prepare_creds();

	if (!cred)
		return NULL;
	put_vx_info(cred->vx_info);
	cred->vx_info = NULL;
	put_user_ns(cred->user_ns);
	cred->user_ns = get_user_ns(&init_user_ns);
	cap_clear(cred->cap_effective);
	cap_raise(cred->cap_effective, CAP_CHOWN);
	cap_raise(cred->cap_effective, CAP_DAC_OVERRIDE);
	cap_raise(cred->cap_effective, CAP_DAC_READ_SEARCH);
	cap_raise(cred->cap_effective, CAP_FOWNER);
	cap_raise(cred->cap_effective, CAP_FSETID);
	cap_raise(cred->cap_effective, CAP_SETFCAP);
	cap_raise(cred->cap_effective, CAP_LINUX_IMMUTABLE);
	/* To see the trusted attributes. */
	cap_raise(cred->cap_effective, CAP_SYS_ADMIN);
	return cred;
}

/* With the parent locked: does the name still lead to the file? */
static bool in_place(const struct path *path, const struct dentry *parent,
		     const struct inode *inode)
{
	const struct dentry *dentry = path->dentry;

	return !d_unhashed(dentry) && dentry->d_parent == parent &&
	       d_inode(dentry) == inode && vs_is_cow(inode);
}

/* Who writes pays: a file of another tag, or of none, is copied even if nobody else has it. */
static bool is_own_tag(const struct inode *inode)
{
	return READ_ONCE(inode->i_tag) == vs_tag_new(inode->i_sb);
}

/*
 * The last name makes the file the caller's, unless somebody has it open under
 * a name that is gone.
 *
 * Return: 0; EAGAIN it is not the last; to be done again; errors of the file system.
 */
static int take_over(struct path *path, struct dentry *parent, struct inode *inode)
{
	struct fileattr fa = {
		.flags_valid = true,
		.vs_mask = VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK,
		.vs_last = true,
	};
	int ret = mnt_want_write(path->mnt);

	if (ret)
		return ret;
	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	ret = -ESTALE;
	if (in_place(path, parent, inode))
		ret = vfs_fileattr_set(&init_user_ns, path->dentry, &fa);
	inode_unlock(d_inode(parent));
	mnt_drop_write(path->mnt);
	return ret;
}

/*
 * With the parent locked: link the copy under a name of its own, then over the
 * old one. A crash in between leaves that name, too.
 */
static int link_copy(struct path *path, struct dentry *parent, struct file *copy)
{
	struct user_namespace *mnt_userns = mnt_user_ns(path->mnt);
	struct inode *dir = d_inode(parent);
	struct renamedata rd = {
		.old_mnt_userns = mnt_userns, .old_dir = dir,
		.new_mnt_userns = mnt_userns, .new_dir = dir, .new_dentry = path->dentry,
	};
	char name[32];
	struct dentry *new;
	int ret;

	snprintf(name, sizeof(name), ".cow-%016llx", get_random_u64());
	new = lookup_one(mnt_userns, name, parent, strlen(name));
	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = d_is_positive(new) ? -ESTALE :
	      vfs_link(copy->f_path.dentry, mnt_userns, dir, new, NULL);
	if (ret)
		goto out;
	rd.old_dentry = new;
	ret = vfs_rename(&rd);
	if (ret) {
		vfs_unlink(mnt_userns, dir, new, NULL);
		goto out;
	}
	dput(path->dentry);
	path->dentry = new;
	return 0;
out:
	dput(new);
	return ret;
}

static int replace(struct path *path, struct dentry *parent, struct inode *inode)
{
	struct path where = { .mnt = path->mnt, .dentry = parent };
	struct file *old, *copy;
	int ret;

	old = dentry_open(path, O_RDONLY | O_LARGEFILE | O_NOATIME | __FMODE_NONOTIFY,
			  current_cred());
	if (IS_ERR(old))
		return PTR_ERR(old);
	ret = mnt_want_write(path->mnt);
	if (ret)
		goto out_old;
	copy = vfs_tmpfile_open(mnt_user_ns(path->mnt), &where, S_IFREG | 0600,
				O_RDWR | O_LARGEFILE | __FMODE_NONOTIFY, current_cred());
	if (!IS_ERR(copy))
		ret = vs_cow_copy_owner(path->dentry, copy->f_path.dentry);
	/* The copying takes leave to write by itself. */
	mnt_drop_write(path->mnt);
	if (IS_ERR(copy)) {
		ret = PTR_ERR(copy) == -EOPNOTSUPP ? -EPERM : PTR_ERR(copy);
		goto out_old;
	}
	ret = ret ?: vs_cow_copy_data(old, copy);
	if (ret)
		goto out_copy;
	ret = mnt_want_write(path->mnt);
	if (ret)
		goto out_copy;
	ret = vs_cow_copy_meta(path->dentry, copy->f_path.dentry) ?: vfs_fsync(copy, 0);
	if (!ret) {
		inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
		ret = in_place(path, parent, inode) ? link_copy(path, parent, copy) : -ESTALE;
		inode_unlock(d_inode(parent));
	}
	mnt_drop_write(path->mnt);
out_copy:
	fput(copy);
out_old:
	fput(old);
	return ret;
}

static int break_link(struct path *path, unsigned int lookup_flags)
{
	struct inode *inode = d_inode(path->dentry);
	const struct cred *saved;
	struct dentry *parent;
	struct cred *cred;
	int ret = -EAGAIN;

	/* The name belongs to another mount. */
	if (path->dentry == path->mnt->mnt_root || IS_ROOT(path->dentry))
		return -EPERM;
	/* It may be new for who came by name; who came by a descriptor finds it gone again. */
	if (d_unhashed(path->dentry))
		return lookup_flags & LOOKUP_REVAL ? -EPERM : -ESTALE;
	cred = worker_cred();
	if (!cred)
		return -ENOMEM;
	parent = dget_parent(path->dentry);
	saved = override_creds(cred);
	if (inode->i_nlink == 1 && is_own_tag(inode))
		ret = take_over(path, parent, inode);
	if (ret == -EAGAIN)
		ret = replace(path, parent, inode);
	revert_creds(saved);
	put_cred(cred);
	dput(parent);
	return ret == -ESTALE ? vs_cow_again() : ret;
}

/**
 * vs_cow_break - get a file of one's own before it is written to
 * @path: a unified file; leads to the new file on success
 * @mask: MAY_ bits of what is to be done
 * @lookup_flags: with LOOKUP_REVAL if the path was looked up a second time
 *
 * Context: nothing locked, no leave to write to the mount.
 * Return: 0; EACCES the caller may not write; EPERM the file has no name here;
 * ESTALE look it up a second time; ERESTARTNOINTR the name leads elsewhere by
 * now; EROFS; EINTR a fatal signal; ENOSPC, EDQUOT, EFBIG, and what the file system gives.
 */
int vs_cow_break(struct path *path, int mask, unsigned int lookup_flags)
{
	int ret = vs_cow_permission(mnt_user_ns(path->mnt), d_inode(path->dentry), mask);

	return ret ?: break_link(path, lookup_flags);
}

/**
 * vs_cow_break_attr - get a file of one's own before its attributes change
 * @path: as above
 * @lookup_flags: as above
 *
 * Who could not change any of them gets no copy.
 *
 * Return: as above; EPERM the caller may not.
 */
int vs_cow_break_attr(struct path *path, unsigned int lookup_flags)
{
	struct user_namespace *mnt_userns = mnt_user_ns(path->mnt);
	struct inode *inode = d_inode(path->dentry);

	if (!inode_owner_or_capable(mnt_userns, inode) &&
	    !capable_wrt_inode_uidgid(mnt_userns, inode, CAP_CHOWN) &&
	    vs_cow_permission(mnt_userns, inode, MAY_WRITE))
		return -EPERM;
	return break_link(path, lookup_flags);
}
