/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_DLIMIT_H
#define _LINUX_VSERVER_DLIMIT_H

/* Disk limits: what all files of a tag on one file system may take. Macros when off. */

#include <linux/fs.h>
#include <linux/jump_label.h>

struct kstatfs;

#ifdef CONFIG_VSERVER

#include <linux/spinlock.h>
#include <linux/xarray.h>

#define VS_DLIMIT_INFINITE	(~0ULL)

/**
 * struct vs_dlimits - who is charged on a file system, and up to where
 * @tagid: the tag of all inodes, 0: each has its own; constant once it is mounted
 * @by_tag: tag to struct vs_dlimit; readers under RCU, writers under a mutex
 */
struct vs_dlimits {
	u32		tagid;
	struct xarray	by_tag;
};

/**
 * struct vs_dlimit - the limit of a tag on a file system
 * @lock: all but @tag and @quota; innermost, taken with interrupts off
 * @tag: constant
 * @quota: the file system's own project quota counts and enforces; constant
 * @space_used: bytes, those that are only reserved included; not with @quota
 * @space_total: bytes, or VS_DLIMIT_INFINITE
 * @inodes_used: not with @quota
 * @inodes_total: or VS_DLIMIT_INFINITE
 * @share: of @space_total, in 1/1024, for those without CAP_SYS_RESOURCE
 * @rcu: look-ups run under RCU
 */
struct vs_dlimit {
	spinlock_t	lock;
	u32		tag;
	bool		quota;
	u64		space_used;
	u64		space_total;
	u64		inodes_used;
	u64		inodes_total;
	u32		share;
	struct rcu_head	rcu;
};

/* Set for good when the first limit is added. */
DECLARE_STATIC_KEY_FALSE(vs_limiting);

bool __vs_dlimit_take(struct super_block *sb, u32 tag, u64 space, u64 inodes, bool force);
void __vs_dlimit_give(struct super_block *sb, u32 tag, u64 space, u64 inodes);
void __vs_dlimit_move(struct inode *inode, u32 tag);
int __vs_quota_error(const struct inode *inode, int type, int error);
void __vs_statfs(struct super_block *sb, struct kstatfs *buf);
void vs_dlimit_free(struct super_block *sb);
int vs_dlimit_all(struct super_block *sb, u32 tag);

int vs_dlimit_add(struct super_block *sb, u32 tag);
int vs_dlimit_remove(struct super_block *sb, u32 tag);
int vs_dlimit_get(struct super_block *sb, u32 tag, struct vs_dlimit *copy);
int vs_dlimit_set(struct super_block *sb, u32 tag, const struct vs_dlimit *values,
		  unsigned int which);

/* What vs_dlimit_set() is to change. */
#define VS_DLIMIT_SPACE_USED	0x01
#define VS_DLIMIT_SPACE_TOTAL	0x02
#define VS_DLIMIT_INODES_USED	0x04
#define VS_DLIMIT_INODES_TOTAL	0x08
#define VS_DLIMIT_SHARE		0x10

/* Charge bytes to the tag of @inode, or an inode to @tag; false if they are too many. */
#define vs_dlimit_take_space(inode, bytes, force) \
	(!static_branch_unlikely(&vs_limiting) || \
	 __vs_dlimit_take((inode)->i_sb, (inode)->i_tag, bytes, 0, force))
#define vs_dlimit_take_inode(sb, tag) \
	(!static_branch_unlikely(&vs_limiting) || __vs_dlimit_take(sb, tag, 0, 1, false))
/* They are free again. */
#define vs_dlimit_give_space(inode, bytes) \
	do { \
		if (static_branch_unlikely(&vs_limiting)) \
			__vs_dlimit_give((inode)->i_sb, (inode)->i_tag, bytes, 0); \
	} while (0)
#define vs_dlimit_give_inode(sb, tag) \
	do { \
		if (static_branch_unlikely(&vs_limiting)) \
			__vs_dlimit_give(sb, tag, 0, 1); \
	} while (0)
/* The quota of @type, or any if negative, refuses with @error: what the caller gets. */
#define vs_quota_error(inode, type, error) \
	(static_branch_unlikely(&vs_limiting) ? __vs_quota_error(inode, type, error) : (error))
/* Show the limits of the caller's tag as the size of the file system. */
#define vs_statfs(sb, buf) \
	do { if (static_branch_unlikely(&vs_limiting)) __vs_statfs(sb, buf); } while (0)

#else

#define vs_dlimit_take_space(inode, bytes, force)	true
#define vs_dlimit_take_inode(sb, tag)			true
#define vs_dlimit_give_space(inode, bytes)		do { } while (0)
#define vs_dlimit_give_inode(sb, tag)			do { } while (0)
#define vs_quota_error(inode, type, error)		(error)
#define vs_statfs(sb, buf)				do { } while (0)

#endif

#endif /* _LINUX_VSERVER_DLIMIT_H */
