// SPDX-License-Identifier: GPL-2.0
/*
 * Disk limits of tags: counting, refusing, and what statfs(2) tells.
 *
 * Where project quota is on, the file system counts and refuses, and a limit
 * here is one of a project there: it is journaled and stands after a power
 * failure. Elsewhere what an inode takes is counted here, at the places where
 * quota would count it; the values live as long as the mount.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/magic.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/quota.h>
#include <linux/quotaops.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include <linux/xarray.h>
#include <linux/vserver/context.h>
#include <linux/vserver/dlimit.h>
#include <linux/vserver/tag.h>

DEFINE_STATIC_KEY_FALSE(vs_limiting);

/* Commands on limits, one at a time; outside s_umount. */
static DEFINE_MUTEX(commands);

/* Under RCU, or the mutex. */
static struct vs_dlimit *find(const struct super_block *sb, u32 tag)
{
	struct vs_dlimits *limits = READ_ONCE(sb->s_dlimits);

	return limits ? xa_load(&limits->by_tag, tag) : NULL;
}

/* How much of the space is for everybody. */
static u64 unreserved(const struct vs_dlimit *limit)
{
	if (limit->space_total == VS_DLIMIT_INFINITE || limit->share == 1024)
		return limit->space_total;
	/* Less than 2^62, see dlimit_cmd.c; the low bits apart, so that nothing overflows. */
	return (limit->space_total >> 10) * limit->share +
	       (((limit->space_total & 1023) * limit->share) >> 10);
}

static bool fits(const struct vs_dlimit *limit, u64 space, u64 inodes)
{
	if (inodes && limit->inodes_used + inodes > limit->inodes_total)
		return false;
	if (!space)
		return true;
	if (limit->space_used + space <= unreserved(limit))
		return true;
	return limit->space_used + space <= limit->space_total &&
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE);
}

/**
 * __vs_dlimit_take - charge something to a tag
 * @sb: the file system
 * @tag: the tag
 * @space: bytes
 * @inodes: how many
 * @force: it cannot be refused, only counted
 *
 * Return: false if that would exceed the limit; then nothing was charged.
 * Context: any; does not sleep.
 */
bool __vs_dlimit_take(struct super_block *sb, u32 tag, u64 space, u64 inodes, bool force)
{
	struct vs_dlimit *limit;
	unsigned long flags;
	bool ok = true;

	rcu_read_lock();
	limit = find(sb, vs_tag_in(sb, tag));
	if (limit && !limit->quota) {
		spin_lock_irqsave(&limit->lock, flags);
		ok = force || fits(limit, space, inodes);
		if (ok) {
			limit->space_used += space;
			limit->inodes_used += inodes;
		}
		spin_unlock_irqrestore(&limit->lock, flags);
	}
	rcu_read_unlock();
	return ok;
}

/* What was there before the limit was never counted: not below zero. */
static void give(struct vs_dlimit *limit, u64 space, u64 inodes)
{
	unsigned long flags;

	spin_lock_irqsave(&limit->lock, flags);
	limit->space_used -= min(limit->space_used, space);
	limit->inodes_used -= min(limit->inodes_used, inodes);
	spin_unlock_irqrestore(&limit->lock, flags);
}

/**
 * __vs_dlimit_give - what was charged to a tag is free again
 * @sb: the file system
 * @tag: the tag
 * @space: bytes
 * @inodes: how many
 *
 * Context: any; does not sleep.
 */
void __vs_dlimit_give(struct super_block *sb, u32 tag, u64 space, u64 inodes)
{
	struct vs_dlimit *limit;

	rcu_read_lock();
	limit = find(sb, vs_tag_in(sb, tag));
	if (limit && !limit->quota)
		give(limit, space, inodes);
	rcu_read_unlock();
}

/**
 * __vs_dlimit_move - change the tag of an inode and whom it is charged to
 * @inode: the inode, locked
 * @tag: the new tag
 *
 * The host decided that: the new limit may be exceeded.
 */
void __vs_dlimit_move(struct inode *inode, u32 tag)
{
	const struct dquot_operations *ops = inode->i_sb->dq_op;
	struct vs_dlimit *limit;
	u64 space;

	rcu_read_lock();
	spin_lock(&inode->i_lock);
	space = __inode_get_bytes(inode);
	if (ops && ops->get_reserved_space)
		space += *ops->get_reserved_space(inode);
	limit = find(inode->i_sb, inode->i_tag);
	if (limit && !limit->quota)
		give(limit, space, 1);
	WRITE_ONCE(inode->i_tag, tag);
	spin_unlock(&inode->i_lock);
	__vs_dlimit_take(inode->i_sb, tag, space, 1, true);
	rcu_read_unlock();
}

/**
 * __vs_quota_error - what a refusal of the quota, or of us, is to its caller
 * @inode: for which space or an inode was asked
 * @type: the type of quota that refused, or negative: not known
 * @error: what the quota returns
 *
 * The limit of a tag is the size of a guest's disk: what is full is the disk.
 *
 * Return: -ENOSPC or @error.
 */
int __vs_quota_error(const struct inode *inode, int type, int error)
{
	struct vs_dlimit *limit;
	unsigned long flags;
	bool full = false;

	if (error != -EDQUOT)
		return error;
	rcu_read_lock();
	limit = find(inode->i_sb, vs_tag_in(inode->i_sb, READ_ONCE(inode->i_tag)));
	if (limit && limit->quota) {
		full = type < 0 || type == PRJQUOTA;
	} else if (limit && type < 0) {
		spin_lock_irqsave(&limit->lock, flags);
		full = !fits(limit, i_blocksize(inode), 0);
		spin_unlock_irqrestore(&limit->lock, flags);
	}
	rcu_read_unlock();
	return full ? -ENOSPC : error;
}

/* Does the project quota of @sb count and enforce? Under s_umount. */
static bool quota_is_on(struct super_block *sb)
{
	const unsigned int on = QCI_ACCT_ENABLED | QCI_LIMITS_ENFORCED;
	struct qc_state state = { };

	if (!sb->s_qcop || !sb->s_qcop->get_state || !sb->s_qcop->get_dqblk ||
	    !sb->s_qcop->set_dqblk || sb->s_qcop->get_state(sb, &state))
		return false;
	return (state.s_state[PRJQUOTA].flags & on) == on;
}

static struct kqid project(u32 tag)
{
	return make_kqid_projid(make_kprojid(&init_user_ns, tag));
}

static int quota_used(struct super_block *sb, struct vs_dlimit *limit)
{
	struct qc_dqblk block = { };
	int err = sb->s_qcop->get_dqblk(sb, project(limit->tag), &block);

	/* Nothing was ever charged to it. */
	if (err && err != -ENOENT)
		return err;
	limit->space_used = block.d_space;
	limit->inodes_used = block.d_ino_count;
	return 0;
}

/* To quota zero is no limit: the least that is one. */
static u64 quota_word(u64 total)
{
	return total == VS_DLIMIT_INFINITE ? 0 : total ?: 1;
}

static int quota_set(struct super_block *sb, const struct vs_dlimit *limit)
{
	struct qc_dqblk block = {
		.d_fieldmask = QC_SPC_HARD | QC_SPC_SOFT | QC_INO_HARD | QC_INO_SOFT,
		.d_spc_hardlimit = quota_word(unreserved(limit)),
		.d_ino_hardlimit = quota_word(limit->inodes_total),
	};

	return sb->s_qcop->set_dqblk(sb, project(limit->tag), &block);
}

/* Under the mutex, or before anybody can ask for it. */
static struct vs_dlimits *limits_of(struct super_block *sb)
{
	struct vs_dlimits *limits = sb->s_dlimits;

	if (!limits) {
		limits = kzalloc(sizeof(*limits), GFP_KERNEL_ACCOUNT);
		if (!limits)
			return NULL;
		xa_init(&limits->by_tag);
		/* find() reads it without a lock. */
		smp_store_release(&sb->s_dlimits, limits);
	}
	return limits;
}

/**
 * vs_dlimit_all - charge all that is on a file system to one tag
 * @sb: the superblock, locked; no mount leads to it yet, and so no command
 * @tag: the tag
 *
 * Return: 0 or -ENOMEM.
 */
int vs_dlimit_all(struct super_block *sb, u32 tag)
{
	struct vs_dlimits *limits = limits_of(sb);

	if (!limits)
		return -ENOMEM;
	limits->tagid = tag;
	return 0;
}

/* Which file systems ask before they allocate? */
static bool can_count(const struct super_block *sb)
{
	if (sb->s_magic == EXT4_SUPER_MAGIC || sb->s_magic == F2FS_SUPER_MAGIC)
		return IS_ENABLED(CONFIG_QUOTA);
	return sb->s_magic == TMPFS_MAGIC;
}

static int add(struct super_block *sb, u32 tag)
{
	struct vs_dlimits *limits = limits_of(sb);
	struct vs_dlimit *limit;
	int err;

	if (!limits)
		return -ENOMEM;
	if (vs_tag_in(sb, tag) != tag)
		return -EINVAL;
	if (find(sb, tag))
		return -EEXIST;
	limit = kzalloc(sizeof(*limit), GFP_KERNEL_ACCOUNT);
	if (!limit)
		return -ENOMEM;
	spin_lock_init(&limit->lock);
	limit->tag = tag;
	limit->share = 1024;
	limit->quota = vs_tagged(sb) && tag && quota_is_on(sb);
	err = limit->quota ? quota_set(sb, limit) : can_count(sb) ? 0 : -EOPNOTSUPP;
	if (!err)
		err = xa_err(xa_store(&limits->by_tag, tag, limit, GFP_KERNEL_ACCOUNT));
	if (err)
		kfree(limit);
	return err;
}

/**
 * vs_dlimit_add - a limit of nothing for a tag
 * @sb: the file system
 * @tag: the tag
 *
 * The caller has enabled the static key, before it took locks.
 *
 * Return: 0, -EEXIST, -EINVAL all belongs to another, -EOPNOTSUPP it cannot,
 * -ENOMEM, or an error of the quota.
 */
int vs_dlimit_add(struct super_block *sb, u32 tag)
{
	int err;

	mutex_lock(&commands);
	down_read(&sb->s_umount);
	err = add(sb, tag);
	up_read(&sb->s_umount);
	mutex_unlock(&commands);
	return err;
}

/**
 * vs_dlimit_remove - a tag has no limit any more
 * @sb: the file system
 * @tag: the tag
 *
 * Return: 0, -ESRCH, or an error of the quota.
 */
int vs_dlimit_remove(struct super_block *sb, u32 tag)
{
	struct vs_dlimit none = {
		.tag = tag, .share = 1024,
		.space_total = VS_DLIMIT_INFINITE, .inodes_total = VS_DLIMIT_INFINITE,
	};
	struct vs_dlimit *limit;
	int err = -ESRCH;

	mutex_lock(&commands);
	down_read(&sb->s_umount);
	limit = find(sb, tag);
	if (limit) {
		err = limit->quota && quota_is_on(sb) ? quota_set(sb, &none) : 0;
		if (!err) {
			xa_erase(&sb->s_dlimits->by_tag, tag);
			kfree_rcu(limit, rcu);
		}
	}
	up_read(&sb->s_umount);
	mutex_unlock(&commands);
	return err;
}

/* Under the mutex and s_umount. */
static int get(struct super_block *sb, u32 tag, struct vs_dlimit *copy)
{
	struct vs_dlimit *limit = find(sb, tag);

	if (!limit)
		return -ESRCH;
	spin_lock_irq(&limit->lock);
	memcpy(copy, limit, sizeof(*copy));
	spin_unlock_irq(&limit->lock);
	return limit->quota ? quota_used(sb, copy) : 0;
}

/**
 * vs_dlimit_get - a limit, and what is used of it
 * @sb: the file system
 * @tag: the tag
 * @copy: where to; its lock is of no use
 *
 * Return: 0, -ESRCH, or an error of the quota.
 */
int vs_dlimit_get(struct super_block *sb, u32 tag, struct vs_dlimit *copy)
{
	int err;

	mutex_lock(&commands);
	down_read(&sb->s_umount);
	err = get(sb, tag, copy);
	up_read(&sb->s_umount);
	mutex_unlock(&commands);
	return err;
}

static int set(struct super_block *sb, u32 tag, const struct vs_dlimit *values,
	       unsigned int which)
{
	struct vs_dlimit *limit = find(sb, tag), new;
	int err;

	if (!limit)
		return -ESRCH;
	/* Nobody else changes what is not counted. */
	if (limit->quota) {
		memcpy(&new, limit, sizeof(new));
		if (which & VS_DLIMIT_SPACE_TOTAL)
			new.space_total = values->space_total;
		if (which & VS_DLIMIT_INODES_TOTAL)
			new.inodes_total = values->inodes_total;
		if (which & VS_DLIMIT_SHARE)
			new.share = values->share;
		err = quota_set(sb, &new);
		if (err)
			return err;
	}
	spin_lock_irq(&limit->lock);
	if ((which & VS_DLIMIT_SPACE_USED) && !limit->quota)
		limit->space_used = values->space_used;
	if (which & VS_DLIMIT_SPACE_TOTAL)
		limit->space_total = values->space_total;
	if ((which & VS_DLIMIT_INODES_USED) && !limit->quota)
		limit->inodes_used = values->inodes_used;
	if (which & VS_DLIMIT_INODES_TOTAL)
		limit->inodes_total = values->inodes_total;
	if (which & VS_DLIMIT_SHARE)
		limit->share = values->share;
	spin_unlock_irq(&limit->lock);
	return 0;
}

/**
 * vs_dlimit_set - change a limit
 * @sb: the file system
 * @tag: the tag
 * @values: the new values
 * @which: VS_DLIMIT_ bits: which of them
 *
 * Return: 0, -ESRCH, or an error of the quota.
 */
int vs_dlimit_set(struct super_block *sb, u32 tag, const struct vs_dlimit *values,
		  unsigned int which)
{
	int err;

	mutex_lock(&commands);
	down_read(&sb->s_umount);
	err = set(sb, tag, values, which);
	up_read(&sb->s_umount);
	mutex_unlock(&commands);
	return err;
}

/* The last use of @sb is over. */
void vs_dlimit_free(struct super_block *sb)
{
	struct vs_dlimits *limits = sb->s_dlimits;
	struct vs_dlimit *limit;
	unsigned long tag;

	if (!limits)
		return;
	sb->s_dlimits = NULL;
	xa_for_each(&limits->by_tag, tag, limit)
		kfree_rcu(limit, rcu);
	xa_destroy(&limits->by_tag);
	kfree(limits);
}

static u64 left(u64 total, u64 used)
{
	return total - min(total, used);
}

/**
 * __vs_statfs - the size of a file system as the limit of the caller's tag has it
 * @sb: the file system
 * @buf: what it says itself
 */
void __vs_statfs(struct super_block *sb, struct kstatfs *buf)
{
	u32 tag = current_real_cred()->vs_tag;
	struct vs_dlimit *limit, copy;
	unsigned int size = buf->f_bsize;

	if (tag < VS_ID_MIN || !size)
		return;
	rcu_read_lock();
	limit = find(sb, tag);
	if (limit) {
		spin_lock_irq(&limit->lock);
		memcpy(&copy, limit, sizeof(copy));
		spin_unlock_irq(&limit->lock);
	}
	rcu_read_unlock();
	if (!limit || (copy.quota && quota_used(sb, &copy)))
		return;
	if (copy.space_total != VS_DLIMIT_INFINITE) {
		buf->f_blocks = min(buf->f_blocks, div_u64(copy.space_total, size));
		buf->f_bfree = min(buf->f_bfree,
				   div_u64(left(copy.space_total, copy.space_used), size));
		buf->f_bavail = min(buf->f_bavail,
				    div_u64(left(unreserved(&copy), copy.space_used), size));
	}
	if (copy.inodes_total != VS_DLIMIT_INFINITE) {
		buf->f_files = min(buf->f_files ?: copy.inodes_total, copy.inodes_total);
		buf->f_ffree = min(buf->f_ffree ?: copy.inodes_total,
				   left(copy.inodes_total, copy.inodes_used));
	}
}
