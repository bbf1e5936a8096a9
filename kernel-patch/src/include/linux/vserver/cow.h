/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_COW_H
#define _LINUX_VSERVER_COW_H

/*
 * Unified files: immutable, and yet to be unlinked. Who opens one for writing,
 * or changes what is stored with it, gets a file of its own at that name
 * first. Macros when off.
 */

#include <linux/fs.h>

#ifdef CONFIG_VSERVER_COWBL

int vs_cow_again(void);
int vs_cow_break(struct path *path, int mask, unsigned int lookup_flags);
int vs_cow_break_attr(struct path *path, unsigned int lookup_flags);
int vs_cow_permission(struct user_namespace *mnt_userns, struct inode *inode, int mask);

#define VS_COW			(S_IMMUTABLE | S_IXUNLINK)

#define vs_is_cow(inode) \
	(unlikely((READ_ONCE((inode)->i_flags) & VS_COW) == VS_COW) && S_ISREG((inode)->i_mode))

/* Is the file that was found one to be copied before it is opened so? */
#define vs_cow_open(file, path, acc_mode) \
	(((acc_mode) & MAY_WRITE) && !((file)->f_mode & (FMODE_OPENED | FMODE_CREATED)) && \
	 vs_is_cow(d_backing_inode((path)->dentry)))
/* Was it unified while it was being opened? See set_iattr. */
#define vs_cow_late(file) \
	(((file)->f_mode & FMODE_WRITE) && vs_is_cow(file_inode(file)))

/*
 * What is stored with a file is about to change; the path may lead to another
 * file then. A descriptor cannot, so changes through one are refused as those
 * of any immutable file are.
 */
#define vs_cow_path(path, lookup_flags) \
	(vs_is_cow(d_backing_inode((path)->dentry)) ? vs_cow_break_attr(path, lookup_flags) : 0)

/* May the caller write, if it first gets a copy? */
#define vs_cow_access(mnt_userns, inode, mask) \
	(((mask) & MAY_WRITE) && vs_is_cow(inode) ? vs_cow_permission(mnt_userns, inode, mask) : \
	 inode_permission(mnt_userns, inode, mask))

#else

#define vs_is_cow(inode)			false
#define vs_cow_open(file, path, acc_mode)	false
#define vs_cow_again()				0
#define vs_cow_break(path, mask, lookup_flags)	0
#define vs_cow_late(file)			false
#define vs_cow_path(path, lookup_flags)		0
#define vs_cow_access(mnt_userns, inode, mask)	inode_permission(mnt_userns, inode, mask)

#endif

#endif /* _LINUX_VSERVER_COW_H */
