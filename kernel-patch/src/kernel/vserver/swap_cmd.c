// SPDX-License-Identifier: GPL-2.0
/*
 * The command that puts another file in the place of a known one. renameat2()
 * exchanges whatever is there: a guest that has just put a new file in the
 * place would see the other one until somebody has looked and put it back, and
 * what it does with the name meanwhile would be lost. Here the look and the
 * exchange are one step, below the locks of both directories.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/vserver/switch.h>
#include <uapi/vserver/inode.h>

/* An existing file below @dir, which is locked. */
static struct dentry *find(const struct path *dir, const struct filename *name)
{
	struct dentry *dentry = lookup_one(mnt_user_ns(dir->mnt), name->name, dir->dentry,
					   strlen(name->name));

	if (!IS_ERR(dentry) && d_is_negative(dentry)) {
		dput(dentry);
		dentry = ERR_PTR(-ENOENT);
	}
	return dentry;
}

static int exchange(const struct path *dir, struct dentry *there, const struct path *newdir,
		    struct dentry *other, const struct inode *expect)
{
	struct renamedata rd = {
		.old_mnt_userns = mnt_user_ns(newdir->mnt),
		.old_dir = d_inode(newdir->dentry),
		.old_dentry = other,
		.new_mnt_userns = mnt_user_ns(dir->mnt),
		.new_dir = d_inode(dir->dentry),
		.new_dentry = there,
		.flags = RENAME_EXCHANGE,
	};

	/* A directory could be one of those that are locked. */
	if (d_is_dir(there) || d_is_dir(other))
		return -EISDIR;
	if (d_inode(there) != expect)
		return -ESTALE;
	return vfs_rename(&rd);
}

static int swap_in(const struct path *dir, const struct filename *name, const struct path *newdir,
		   const struct filename *newname, const struct inode *expect)
{
	struct dentry *there, *other;
	int err = mnt_want_write(dir->mnt);

	if (err)
		return err;
	lock_rename(newdir->dentry, dir->dentry);
	there = find(dir, name);
	err = PTR_ERR_OR_ZERO(there);
	if (err)
		goto unlock;
	other = find(newdir, newname);
	err = PTR_ERR_OR_ZERO(other);
	if (!err) {
		err = exchange(dir, there, newdir, other, expect);
		dput(other);
	}
	dput(there);
unlock:
	unlock_rename(newdir->dentry, dir->dentry);
	mnt_drop_write(dir->mnt);
	return err;
}

static int with_names(const struct file *dir, const struct file *newdir, const struct file *file,
		      const struct vcmd_swap_name_v0 *data)
{
	struct filename *name, *newname;
	int err;

	if (!d_is_dir(dir->f_path.dentry) || !d_is_dir(newdir->f_path.dentry))
		return -ENOTDIR;
	if (dir->f_path.mnt != newdir->f_path.mnt)
		return -EXDEV;
	name = getname(u64_to_user_ptr(data->name));
	if (IS_ERR(name))
		return PTR_ERR(name);
	newname = getname(u64_to_user_ptr(data->newname));
	err = PTR_ERR_OR_ZERO(newname);
	if (!err) {
		err = swap_in(&dir->f_path, name, &newdir->f_path, newname, file_inode(file));
		putname(newname);
	}
	putname(name);
	return err;
}

long vc_swap_name(struct vs_call *call)
{
	const struct vcmd_swap_name_v0 *data = call->data;
	struct fd dir = fdget_raw(call->id);
	struct fd newdir = fdget_raw(data->newdir);
	struct fd file = fdget_raw(data->fd);
	long ret = -EBADF;

	if (dir.file && newdir.file && file.file)
		ret = with_names(dir.file, newdir.file, file.file, data);
	fdput(file);
	fdput(newdir);
	fdput(dir);
	return ret;
}

static_assert(sizeof(struct vcmd_swap_name_v0) == 24);
