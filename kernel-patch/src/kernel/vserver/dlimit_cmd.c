// SPDX-License-Identifier: GPL-2.0
/* Commands on disk limits. See uapi/vserver/dlimit.h. */
#include <linux/compat.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/uaccess.h>
#include <linux/vserver/context.h>
#include <linux/vserver/dlimit.h>
#include <linux/vserver/switch.h>
#include <uapi/vserver/dlimit.h>

/* The structures begin with a pointer, and so are others for a 32-bit caller. */
struct name_compat {
	u32	name;
	u32	words[];
};

struct name_native {
	const char __user *name;
	u32	words[];
};

static int find_path(const struct vs_call *call, struct path *path)
{
	const char __user *name;

	if (in_compat_syscall()) {
		u32 word;

		if (get_user(word, (u32 __user *)call->udata))
			return -EFAULT;
		name = compat_ptr(word);
	} else if (get_user(name, (const char __user * __user *)call->udata)) {
		return -EFAULT;
	}
	return user_path_at(AT_FDCWD, name, 0, path);
}

static u32 __user *words_of(const struct vs_call *call)
{
	return call->udata + (in_compat_syscall() ? offsetof(struct name_compat, words) :
						    offsetof(struct name_native, words));
}

/* The words after the name, alike for both. */
struct dlimit_words {
	u32	space_used;
	u32	space_total;
	u32	inodes_used;
	u32	inodes_total;
	u32	reserved;
	u32	flags;
};

/* The exponents of 2 of VS_DLIM_SHIFT's units. */
static const unsigned int shifts[] = { 0, 10, 20, 30 };

static u64 to_bytes(u32 value, u32 flags, unsigned int unit)
{
	if (value == VS_DLIM_INFINITY)
		return VS_DLIMIT_INFINITE;
	return (u64)value << (flags & VS_DLIM_SHIFT ? shifts[unit] : 10);
}

/* Without a choice of units what is too much for one stays at the highest number. */
static u32 from_bytes(u64 bytes, u32 flags, unsigned int *unit)
{
	*unit = flags & VS_DLIM_SHIFT ? 0 : 1;
	if (bytes == VS_DLIMIT_INFINITE)
		return VS_DLIM_INFINITY;
	while ((flags & VS_DLIM_SHIFT) && *unit < 3 && (bytes >> shifts[*unit]) >= VS_DLIM_KEEP)
		++*unit;
	return min_t(u64, bytes >> shifts[*unit], VS_DLIM_KEEP - 1);
}

static u64 to_count(u32 value)
{
	return value == VS_DLIM_INFINITY ? VS_DLIMIT_INFINITE : value;
}

static u32 from_count(u64 count)
{
	return count == VS_DLIMIT_INFINITE ? VS_DLIM_INFINITY : min_t(u64, count, VS_DLIM_KEEP - 1);
}

/* Quota writes to the file system. */
static long change(struct vs_call *call, int (*fn)(struct super_block *sb, u32 tag))
{
	struct path path;
	long ret = find_path(call, &path);

	if (ret)
		return ret;
	ret = mnt_want_write(path.mnt);
	if (!ret) {
		ret = fn(path.dentry->d_sb, call->id);
		mnt_drop_write(path.mnt);
	}
	path_put(&path);
	return ret;
}

/* EEXIST, EOPNOTSUPP, EROFS, ENOMEM. */
long vc_add_dlimit(struct vs_call *call)
{
	static_branch_enable(&vs_limiting);
	return change(call, vs_dlimit_add);
}

/* ESRCH, EROFS. */
long vc_rem_dlimit(struct vs_call *call)
{
	return change(call, vs_dlimit_remove);
}

/* EINVAL, ESRCH, EROFS. */
long vc_set_dlimit(struct vs_call *call)
{
	struct vs_dlimit values = { };
	struct dlimit_words data;
	unsigned int which = 0;
	struct path path;
	long ret;

	if (copy_from_user(&data, words_of(call), sizeof(data)))
		return -EFAULT;
	if ((data.reserved != VS_DLIM_KEEP && data.reserved > 100) ||
	    (data.inodes_used != VS_DLIM_KEEP && data.inodes_used > data.inodes_total) ||
	    (data.space_used != VS_DLIM_KEEP && data.space_used > data.space_total))
		return -EINVAL;
	if (data.space_used != VS_DLIM_KEEP) {
		values.space_used = to_bytes(data.space_used, data.flags, VS_DLIM_USED(data.flags));
		which |= VS_DLIMIT_SPACE_USED;
	}
	if (data.space_total != VS_DLIM_KEEP) {
		values.space_total = to_bytes(data.space_total, data.flags,
					      VS_DLIM_TOTAL(data.flags));
		which |= VS_DLIMIT_SPACE_TOTAL;
	}
	if (data.inodes_used != VS_DLIM_KEEP) {
		values.inodes_used = data.inodes_used;
		which |= VS_DLIMIT_INODES_USED;
	}
	if (data.inodes_total != VS_DLIM_KEEP) {
		values.inodes_total = to_count(data.inodes_total);
		which |= VS_DLIMIT_INODES_TOTAL;
	}
	if (data.reserved != VS_DLIM_KEEP) {
		values.share = 1024 * (100 - data.reserved) / 100;
		which |= VS_DLIMIT_SHARE;
	}
	ret = find_path(call, &path);
	if (ret)
		return ret;
	ret = mnt_want_write(path.mnt);
	if (!ret) {
		ret = vs_dlimit_set(path.dentry->d_sb, call->id, &values, which);
		mnt_drop_write(path.mnt);
	}
	path_put(&path);
	return ret;
}

/* ESRCH; EPERM a guest asks for another's. */
long vc_get_dlimit(struct vs_call *call)
{
	unsigned int used, total;
	struct dlimit_words data;
	struct vs_dlimit limit;
	struct path path;
	long ret;

	if (vx_guest(current_real_vx()) && call->id != current_real_cred()->vs_tag)
		return -EPERM;
	if (copy_from_user(&data, words_of(call), sizeof(data)))
		return -EFAULT;
	ret = find_path(call, &path);
	if (ret)
		return ret;
	ret = vs_dlimit_get(path.dentry->d_sb, call->id, &limit);
	path_put(&path);
	if (ret)
		return ret;
	data.space_used = from_bytes(limit.space_used, data.flags, &used);
	data.space_total = from_bytes(limit.space_total, data.flags, &total);
	data.inodes_used = from_count(limit.inodes_used);
	data.inodes_total = from_count(limit.inodes_total);
	data.reserved = 100 - (limit.share * 100 + 512) / 1024;
	if (data.flags & VS_DLIM_SHIFT)
		data.flags = VS_DLIM_SHIFT | used | total << 2;
	return copy_to_user(words_of(call), &data, sizeof(data)) ? -EFAULT : 0;
}

static_assert(sizeof(struct dlimit_words) == 24);
static_assert(offsetof(struct name_compat, words) == 4);
static_assert(offsetof(struct vcmd_ctx_dlimit_v0, space_used) ==
	      offsetof(struct name_native, words));
static_assert(offsetof(struct vcmd_ctx_dlimit_v0, flags) ==
	      offsetof(struct name_native, words) + offsetof(struct dlimit_words, flags));
#ifdef CONFIG_64BIT
static_assert(sizeof(struct vcmd_ctx_dlimit_base_v0) == 16);
static_assert(sizeof(struct vcmd_ctx_dlimit_v0) == 32);
#endif
