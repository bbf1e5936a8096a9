/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_FS_H
#define _LINUX_VSERVER_FS_H

/* Hooks of the file system core; macros when off. */

#include <linux/vserver/task.h>

struct file;
struct file_lock;
struct iattr;
struct inode;
struct super_block;

#ifdef CONFIG_VSERVER

bool vs_control_fs(const struct super_block *sb);
bool vs_kernel_fs(const struct inode *inode);
bool vs_proc_own(const struct inode *inode);
bool vs_proc_setting(const struct inode *inode);
bool __vs_deny_write(const struct inode *inode);
bool __vs_barred(const struct inode *inode);
bool __vs_deny_handle(void);
bool vs_deny_setattr(const struct inode *inode, const struct iattr *attr);
bool __vs_lock_visible(const struct file_lock *fl);
bool __vs_hide_mounts(void);
bool __vs_in_context(void);

/* Is @inode the kernel's, and the caller a guest? Asked before any write. */
#define vs_deny_write(inode) \
	(static_branch_unlikely(&vs_active) && __vs_deny_write(inode))

/* Is @inode a directory that the caller may not pass? Asked in path walk, too. */
#define vs_barred(inode) \
	(static_branch_unlikely(&vs_active) && unlikely((inode)->i_flags & S_BARRIER) && \
	 __vs_barred(inode))

/* May the names of a file not change? Those of a unified file may. */
#define vs_links_fixed(inode) \
	(!((inode)->i_flags & S_IMMUTABLE) != !((inode)->i_flags & S_IXUNLINK))

/* May the caller not open files by handle? */
#define vs_deny_handle() \
	(static_branch_unlikely(&vs_active) && __vs_deny_handle())
/* May the caller know of a lock? The holder is who opened the file. */
#define vs_lock_visible(fl) \
	(!static_branch_unlikely(&vs_active) || __vs_lock_visible(fl))
/* Is the caller to see no mounts? */
#define vs_hide_mounts() \
	(static_branch_unlikely(&vs_active) && __vs_hide_mounts())
/* Is the device of the root file system not the caller's business? */
#define vs_hide_root_device() \
	(static_branch_unlikely(&vs_active) && __vs_in_context())

#else

#define vs_deny_write(inode)	false
#define vs_barred(inode)	false
#define vs_links_fixed(inode)	IS_IMMUTABLE(inode)
#define vs_deny_handle()	false
#define vs_lock_visible(fl)	true
#define vs_hide_mounts()	false
#define vs_hide_root_device()	false

#endif

#endif /* _LINUX_VSERVER_FS_H */
