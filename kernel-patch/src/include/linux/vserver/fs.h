/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_FS_H
#define _LINUX_VSERVER_FS_H

/* Hooks of the file system core; macros when off. */

#include <linux/vserver/task.h>

struct inode;
struct super_block;

#ifdef CONFIG_VSERVER

bool vs_control_fs(const struct super_block *sb);
bool vs_kernel_fs(const struct inode *inode);
bool vs_proc_own(const struct inode *inode);
bool __vs_deny_write(const struct inode *inode);
bool __vs_deny_handle(void);

/* Is @inode the kernel's, and the caller a guest? Asked before any write. */
#define vs_deny_write(inode) \
	(static_branch_unlikely(&vs_active) && __vs_deny_write(inode))

/* May the caller not open files by handle? */
#define vs_deny_handle() \
	(static_branch_unlikely(&vs_active) && __vs_deny_handle())

#else

#define vs_deny_write(inode)	false
#define vs_deny_handle()	false

#endif

#endif /* _LINUX_VSERVER_FS_H */
