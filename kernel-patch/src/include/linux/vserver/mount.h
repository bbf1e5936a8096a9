/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_MOUNT_H
#define _LINUX_VSERVER_MOUNT_H

/* Hooks where mounts are made, changed and moved; macros when off. */

#include <linux/vserver/cap.h>

struct fs_context;
struct mnt_namespace;
struct mount;
struct path;
struct super_block;

#ifdef CONFIG_VSERVER

/* In vfsmount.mnt_flags: made by a guest, which may change and remove it. */
#define MNT_VS_GUEST	0x20000000

bool __vs_may_mount(struct mnt_namespace *ns);
bool __vs_mount_capable(struct fs_context *fc, struct user_namespace *ns);
bool __vs_may_reconfigure(struct super_block *sb);
unsigned int __vs_new_mount(unsigned int mnt_flags);
unsigned int __vs_remount(unsigned int old, unsigned int mnt_flags);
unsigned int __vs_locked_flags(unsigned int mnt_flags);
void __vs_mark_copy(struct mount *mnt);
bool __vs_mount_foreign(const struct mount *mnt);
bool __vs_mount_leaks(struct mount *dest);
bool __vs_sees_part(const struct path *path);

/* In fs/pnode.c, where the propagation tree is walked. */
bool vs_propagates_outside(struct mount *mnt);

/* May the caller mount and unmount in @ns, its own? */
#define vs_may_mount(ns) \
	(static_branch_unlikely(&vs_active) ? \
	 __vs_may_mount(ns) : ns_capable((ns)->user_ns, CAP_SYS_ADMIN))
/* May it mount a file system of this type? Root of @ns may, says @otherwise. */
#define vs_mount_capable(fc, ns, otherwise) \
	(static_branch_unlikely(&vs_active) ? __vs_mount_capable(fc, ns) : (otherwise))
/* May it change the options of @sb? */
#define vs_may_reconfigure(sb) \
	(static_branch_unlikely(&vs_active) ? \
	 __vs_may_reconfigure(sb) : ns_capable((sb)->s_user_ns, CAP_SYS_ADMIN))
/* The flags of a mount that the caller makes, and of one that has @old if @flags remount it. */
#define vs_new_mount(mnt_flags) \
	(static_branch_unlikely(&vs_active) ? __vs_new_mount(mnt_flags) : (mnt_flags))
#define vs_remount(flags, old, mnt_flags) \
	(static_branch_unlikely(&vs_active) && ((flags) & MS_REMOUNT) ? \
	 __vs_remount(old, mnt_flags) : (mnt_flags))
/* @mnt_flags and the MNT_LOCK_ bits of what the caller must not clear. */
#define vs_locked_flags(mnt_flags) \
	(static_branch_unlikely(&vs_active) ? __vs_locked_flags(mnt_flags) : (mnt_flags))
/* The caller made @mnt, and what hangs below it, as a copy of other mounts. */
#define vs_mark_copy(mnt) \
	do { if (static_branch_unlikely(&vs_active)) __vs_mark_copy(mnt); } while (0)
/* Did another, the host, make @mnt, so that the caller must not take it away? */
#define vs_mount_foreign(mnt) \
	(static_branch_unlikely(&vs_active) && __vs_mount_foreign(mnt))
/* Would what the caller mounts on @dest show up outside its namespace? */
#define vs_mount_leaks(dest) \
	(static_branch_unlikely(&vs_active) && __vs_mount_leaks(dest))
/* Is the caller a guest that does not see all of the file system behind @path? */
#define vs_sees_part(path) \
	(static_branch_unlikely(&vs_active) && __vs_sees_part(path))

#else

#define vs_may_mount(ns)		ns_capable((ns)->user_ns, CAP_SYS_ADMIN)
#define vs_mount_capable(fc, ns, otherwise)	(otherwise)
#define vs_may_reconfigure(sb)		ns_capable((sb)->s_user_ns, CAP_SYS_ADMIN)
#define vs_new_mount(mnt_flags)		(mnt_flags)
#define vs_remount(flags, old, mnt_flags)	(mnt_flags)
#define vs_locked_flags(mnt_flags)	(mnt_flags)
#define vs_mark_copy(mnt)		do { } while (0)
#define vs_mount_foreign(mnt)		false
#define vs_mount_leaks(dest)		false
#define vs_sees_part(path)		false

#endif

#endif /* _LINUX_VSERVER_MOUNT_H */
