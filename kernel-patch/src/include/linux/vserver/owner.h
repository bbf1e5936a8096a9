/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_OWNER_H
#define _LINUX_VSERVER_OWNER_H

/* Hooks of file owners, terminals and core dumps; macros when off. */

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/vserver/task.h>

struct inode;
struct path;
struct tty_struct;

#ifdef CONFIG_VSERVER

bool __vs_pid_seen(struct pid *pid);
bool __vs_deny_core_pipe(void);
bool __vs_core_root(struct path *root);
void __vs_pty_new(struct inode *inode);
void __vs_pty_claim(struct tty_struct *tty);
extern const struct dentry_operations vs_pty_dentry_ops;
extern const struct file_operations vs_pty_dir_ops;

/* May the caller know the number of @pid? rcu_read_lock() is held. */
#define vs_pid_seen(pid) \
	(!static_branch_unlikely(&vs_active) || __vs_pid_seen(pid))
/* May the host's handler not get the caller's core? */
#define vs_deny_core_pipe() \
	(static_branch_unlikely(&vs_active) && __vs_deny_core_pipe())
/* Replace the host's root by that of the caller's guest; false: there is none. */
#define vs_core_root(root) \
	(!static_branch_unlikely(&vs_active) || __vs_core_root(root))
/* @inode is a new terminal, made by the caller. */
#define vs_pty_new(inode) \
	do { if (static_branch_unlikely(&vs_active)) __vs_pty_new(inode); } while (0)
/* @tty becomes the caller's controlling terminal. */
#define vs_pty_claim(tty) \
	do { if (static_branch_unlikely(&vs_active)) __vs_pty_claim(tty); } while (0)
#define vs_pty_dops	vs_pty_dentry_ops
#define vs_pty_dir	vs_pty_dir_ops

#else

#define vs_pid_seen(pid)	true
#define vs_deny_core_pipe()	false
#define vs_core_root(root)	true
#define vs_pty_new(inode)	do { } while (0)
#define vs_pty_claim(tty)	do { } while (0)
#define vs_pty_dops		simple_dentry_operations
#define vs_pty_dir		simple_dir_operations

#endif

#endif /* _LINUX_VSERVER_OWNER_H */
