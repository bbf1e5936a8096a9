/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_IATTR_H
#define _LINUX_VSERVER_IATTR_H

#include <linux/types.h>

struct path;

/**
 * struct vs_iattr - the attributes of one file
 * @tag: see uapi/vserver/inode.h
 * @flags: likewise
 * @mask: likewise
 */
struct vs_iattr {
	u32	tag;
	u32	flags;
	u32	mask;
};

/**
 * struct vs_iattr_ops - the attributes of one kind of files
 * @owns: is this file of that kind?
 * @get: fill in flags and mask, and the tag where there are tags
 * @set: change what is in the mask; the caller may
 *
 * The files of a path are asked for in the order of the list in inode_cmd.c.
 */
struct vs_iattr_ops {
	bool	(*owns)(const struct path *path);
	int	(*get)(const struct path *path, struct vs_iattr *attr);
	int	(*set)(const struct path *path, const struct vs_iattr *attr);
};

extern const struct vs_iattr_ops vs_iattr_proc;
extern const struct vs_iattr_ops vs_iattr_pty;
extern const struct vs_iattr_ops vs_iattr_file;

#endif /* _LINUX_VSERVER_IATTR_H */
