/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_TAG_H
#define _LINUX_VSERVER_TAG_H

/*
 * Tags: on a file system mounted with the option tag each inode has the number
 * of who it is charged to, kept where the file system keeps the project id. With
 * the option tagid all inodes have one, and nothing is kept. Macros when off.
 */

#include <linux/fs.h>
#include <linux/jump_label.h>

struct fs_context;
struct seq_file;

#ifdef CONFIG_VSERVER

#include <linux/cred.h>
#include <linux/vserver/dlimit.h>

/* Set for good when the first file system is mounted with tags. */
DECLARE_STATIC_KEY_FALSE(vs_tagging);

bool __vs_tag_denied(const struct inode *inode);
void __vs_tag_change(struct inode *inode, u32 tag);
int vs_tag_mounted(struct super_block *sb, unsigned int iflags);
int vs_tag_option(struct super_block *sb, const char *option, bool remount);
int vs_tag_set(const struct path *path, u32 tag);
int vs_tagid_mount(struct super_block *sb, const struct fs_context *fc);
int vs_tagid_option(struct fs_context *fc, char *options);

/* Does each inode of @sb have a tag of its own? */
#define vs_tagged(sb)		((sb)->s_iflags & SB_I_TAGGED)
/* The tag that all inodes of @sb have, 0: none. */
#define vs_tagid(sb) \
	({ const struct vs_dlimits *_l = READ_ONCE((sb)->s_dlimits); _l ? _l->tagid : 0; })
/* Who an inode of @sb with the tag @tag is charged to. */
#define vs_tag_in(sb, tag)	(vs_tagid(sb) ?: (tag))
/* An inode that nobody has seen yet. */
#define vs_tag_clear(inode)	do { (inode)->i_tag = 0; } while (0)
/* What the caller makes on @sb belongs to this tag. Of the task: not of who it acts for. */
#define vs_tag_of_maker()	(current_real_cred()->vs_tag)
/* The tag of a new inode of @sb. */
#define vs_tag_new(sb)		(vs_tagged(sb) ? vs_tag_of_maker() : 0)
/* @inode was read, or made, with the project @projid. */
#define vs_tag_load(inode, projid) \
	do { if (vs_tagged((inode)->i_sb)) (inode)->i_tag = (projid); } while (0)
/* The project of @inode, which others may be using, has become @projid. */
#define vs_tag_change(inode, projid) \
	do { if (vs_tagged((inode)->i_sb)) __vs_tag_change(inode, projid); } while (0)
/* Is the tag what a setattr is to change? */
#define vs_attr_tag(attr)	((attr)->ia_valid & ATTR_TAG)
#define vs_attr_tag_value(attr)	((attr)->ia_tag)
/* Does @inode belong to somebody else than the caller? May run in RCU path walk. */
#define vs_tag_denied(inode) \
	(static_branch_unlikely(&vs_tagging) && __vs_tag_denied(inode))

#else

#define vs_tagged(sb)			false
#define vs_tag_clear(inode)		do { } while (0)
#define vs_tag_of_maker()		0
#define vs_tag_new(sb)			0
#define vs_tag_load(inode, projid)	do { } while (0)
#define vs_tag_change(inode, projid)	do { } while (0)
#define vs_attr_tag(attr)		false
#define vs_attr_tag_value(attr)		0
#define vs_tag_denied(inode)		false
#define vs_tag_mounted(sb, iflags)	0
#define vs_tag_option(sb, option, remount)	0
#define vs_tagid_mount(sb, fc)		0
#define vs_tagid_option(fc, options)	0

#endif

#endif /* _LINUX_VSERVER_TAG_H */
