// SPDX-License-Identifier: GPL-2.0
/*
 * Commands on the attributes of files, by path and by descriptor. What the
 * attributes are and where they are kept is up to the kind of file.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/namei.h>
#include <linux/uaccess.h>
#include <linux/vserver/iattr.h>
#include <linux/vserver/switch.h>
#include <linux/vserver/tag.h>
#include <uapi/vserver/inode.h>

static const struct vs_iattr_ops *const kinds[] = {
	&vs_iattr_proc, &vs_iattr_pty, &vs_iattr_file,
};

static const struct vs_iattr_ops *kind_of(const struct path *path)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->owns(path))
			return kinds[i];
	return NULL;
}

/* ENOTTY no attributes here. */
static int get_iattr(const struct path *path, struct vs_iattr *attr)
{
	const struct vs_iattr_ops *kind = kind_of(path);
	const struct inode *inode = d_inode(path->dentry);
	bool tagged = vs_tagged(inode->i_sb) || vs_tagid(inode->i_sb);

	if (!kind && !tagged)
		return -ENOTTY;
	attr->flags = VS_IATTR_TAG;
	attr->mask = 0;
	if (tagged) {
		attr->tag = vs_tag_in(inode->i_sb, READ_ONCE(inode->i_tag));
		attr->mask = VS_IATTR_TAG;
	}
	return kind ? kind->get(path, attr) : 0;
}

/* ENOTTY; EINVAL a bit of /proc elsewhere. */
static int set_iattr(const struct path *path, const struct vs_iattr *attr)
{
	const struct vs_iattr_ops *kind = kind_of(path);
	bool tagged = vs_tagged(path->dentry->d_sb);
	struct vs_iattr rest = *attr;
	int err = 0;

	if (!kind && !tagged)
		return attr->mask & VS_IATTR_PROC ? -EINVAL : -ENOTTY;
	/* All have one tag: that it is so can be said, and nothing else. */
	if (tagged || (attr->tag && attr->tag == vs_tagid(path->dentry->d_sb)))
		rest.mask &= ~VS_IATTR_TAG;
	if (kind)
		err = kind->set(path, &rest);
	else if (rest.mask & VS_IATTR_PROC)
		err = -EINVAL;
	else if (rest.flags & rest.mask & ~VS_IATTR_WRITE)
		err = -EOPNOTSUPP;
	if (!err && tagged && (attr->mask & VS_IATTR_TAG))
		err = vs_tag_set(path, attr->tag);
	return err;
}

/* The structure holds a pointer, and so is another for a 32-bit caller. */
struct iattr_v1_compat {
	u32	name;
	u32	tag;
	u32	flags;
	u32	mask;
};

static int read_name(const void __user *udata, const char __user **name, struct vs_iattr *attr)
{
	struct vcmd_ctx_iattr_v1 native;

	if (IS_ENABLED(CONFIG_COMPAT) && in_compat_syscall()) {
		struct iattr_v1_compat compat;

		if (copy_from_user(&compat, udata, sizeof(compat)))
			return -EFAULT;
		*name = (const char __user *)(unsigned long)compat.name;
		*attr = (struct vs_iattr){ compat.tag, compat.flags, compat.mask };
		return 0;
	}
	if (copy_from_user(&native, udata, sizeof(native)))
		return -EFAULT;
	*name = native.name;
	*attr = (struct vs_iattr){ native.tag, native.flags, native.mask };
	return 0;
}

/* The three words follow each other in both. */
static int write_attr(void __user *udata, const struct vs_iattr *attr)
{
	BUILD_BUG_ON(offsetofend(struct vcmd_ctx_iattr_v1, mask) -
		     offsetof(struct vcmd_ctx_iattr_v1, tag) != sizeof(*attr));
	if (IS_ENABLED(CONFIG_COMPAT) && in_compat_syscall())
		udata += offsetof(struct iattr_v1_compat, tag);
	else
		udata += offsetof(struct vcmd_ctx_iattr_v1, tag);
	return copy_to_user(udata, attr, sizeof(*attr)) ? -EFAULT : 0;
}

static long by_path(struct vs_call *call, bool set)
{
	const char __user *name;
	struct vs_iattr attr;
	struct path path;
	long ret;

	ret = read_name(call->udata, &name, &attr);
	if (ret)
		return ret;
	ret = user_path_at(AT_FDCWD, name, 0, &path);
	if (ret)
		return ret;
	ret = set ? set_iattr(&path, &attr) : get_iattr(&path, &attr);
	path_put(&path);
	return ret ?: write_attr(call->udata, &attr);
}

static long by_descriptor(struct vs_call *call, bool set)
{
	struct vcmd_ctx_fiattr_v0 *data = call->data;
	struct vs_iattr attr = { data->tag, data->flags, data->mask };
	/* As with the path: asking for attributes is not opening. */
	struct fd f = fdget_raw(call->id);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = set ? set_iattr(&f.file->f_path, &attr) : get_iattr(&f.file->f_path, &attr);
	fdput(f);
	*data = (struct vcmd_ctx_fiattr_v0){ attr.tag, attr.flags, attr.mask };
	return ret;
}

long vc_get_iattr(struct vs_call *call)
{
	return by_path(call, false);
}

long vc_set_iattr(struct vs_call *call)
{
	return capable(CAP_LINUX_IMMUTABLE) ? by_path(call, true) : -EPERM;
}

long vc_fget_iattr(struct vs_call *call)
{
	return by_descriptor(call, false);
}

long vc_fset_iattr(struct vs_call *call)
{
	return capable(CAP_LINUX_IMMUTABLE) ? by_descriptor(call, true) : -EPERM;
}

#ifdef CONFIG_64BIT
static_assert(sizeof(struct vcmd_ctx_iattr_v1) == 24);
#else
static_assert(sizeof(struct vcmd_ctx_iattr_v1) == 16);
#endif
static_assert(sizeof(struct iattr_v1_compat) == 16);
static_assert(sizeof(struct vcmd_ctx_fiattr_v0) == 12);
