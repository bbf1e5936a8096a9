/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_ATTR_H
#define _LINUX_VSERVER_ATTR_H

/*
 * The two attributes that files have beside those of mainline, and how file
 * systems keep them. In memory they are S_IXUNLINK and S_BARRIER; to and from a
 * file system they travel among the flags of struct fileattr. A file system
 * that stores them says so for each superblock. Macros when off.
 */

#include <linux/fs.h>

struct fileattr;

#ifdef CONFIG_VSERVER

#include <uapi/vserver/inode.h>

/* Bit of s_iflags: the attributes last. */
#define SB_I_VSATTR		0x00040000

#define VS_FL_ALL		(FS_IXUNLINK_FL | FS_BARRIER_FL)
#define VS_S_ALL		(S_IXUNLINK | S_BARRIER)

#define vs_attr_kept(sb)	do { (sb)->s_iflags |= SB_I_VSATTR; } while (0)

/* Between the words of FS_IOC_GETFLAGS and inode->i_flags. */
#define vs_attr_to_iflags(fl) \
	(((fl) & FS_IXUNLINK_FL ? S_IXUNLINK : 0) | ((fl) & FS_BARRIER_FL ? S_BARRIER : 0))
#define vs_attr_from_iflags(i_flags) \
	(((i_flags) & S_IXUNLINK ? FS_IXUNLINK_FL : 0) | \
	 ((i_flags) & S_BARRIER ? FS_BARRIER_FL : 0))
#define vs_attr_set(inode, fl)	inode_set_flags(inode, vs_attr_to_iflags(fl), VS_S_ALL)

/*
 * A file system without room among its flags can use a word that has lost its
 * meaning: the mark in the upper half tells our bits from what may be there.
 */
#define VS_ATTR_MARK		0x56530000
#define VS_ATTR_IXUNLINK	0x1
#define VS_ATTR_BARRIER		0x2

#define vs_attr_marked(word)	(((word) & 0xffff0000) == VS_ATTR_MARK)

/* The new value of a word that was @old. */
static inline u32 vs_attr_to_word(unsigned int i_flags, u32 old)
{
	if (!(i_flags & VS_S_ALL))
		return vs_attr_marked(old) ? 0 : old;
	return VS_ATTR_MARK | (i_flags & S_IXUNLINK ? VS_ATTR_IXUNLINK : 0) |
	       (i_flags & S_BARRIER ? VS_ATTR_BARRIER : 0);
}

static inline void vs_attr_load(struct inode *inode, __be32 stored)
{
	u32 word = be32_to_cpu(stored);

	if (vs_attr_marked(word))
		inode->i_flags |= (word & VS_ATTR_IXUNLINK ? S_IXUNLINK : 0) |
				  (word & VS_ATTR_BARRIER ? S_BARRIER : 0);
}

#define vs_attr_store(inode, stored) \
	((stored) = cpu_to_be32(vs_attr_to_word((inode)->i_flags, be32_to_cpu(stored))))

int vs_fileattr_check(struct inode *inode, const struct fileattr *old, struct fileattr *fa);

#else

#define FS_IXUNLINK_FL			0
#define FS_BARRIER_FL			0
#define VS_FL_ALL			0
#define S_IXUNLINK			0
#define S_BARRIER			0
#define VS_S_ALL			0
#define vs_attr_kept(sb)		do { } while (0)
#define vs_attr_to_iflags(fl)		0
#define vs_attr_from_iflags(i_flags)	0
#define vs_attr_set(inode, fl)		do { } while (0)
#define vs_attr_to_word(i_flags, old)	(old)
#define vs_attr_load(inode, stored)	do { } while (0)
#define vs_attr_store(inode, stored)	do { } while (0)
#define vs_fileattr_check(inode, old, fa)	0

#endif

#endif /* _LINUX_VSERVER_ATTR_H */
