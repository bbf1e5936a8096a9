/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_DLIMIT_H
#define _UAPI_VSERVER_DLIMIT_H

#include <linux/types.h>
#include <vserver/command.h>

/*
 * Tags. Each task has one, and what it makes on a file system mounted with the
 * option tag belongs to it. VCMD_tag_migrate gives the caller the tag @id, of
 * which the lower 16 bits count; for the host only. VCMD_task_tag returns the
 * tag of a task, which @id names as with VCMD_task_xid; ESRCH.
 */
#define VCMD_task_tag		VS_CMD(VS_CAT_VINFO, 3, 0)
#define VCMD_tag_migrate	VS_CMD(VS_CAT_TAGMIG, 1, 0)

/*
 * Disk limits, of the tag @id on the file system that a path is on. A last
 * symbolic link is not followed.
 *
 * A new limit is of nothing, and nothing is counted as used: "set" gives the
 * values, and VS_DLIM_KEEP as a value leaves the old. Where the file system's
 * project quota is on (always on XFS) that counts, keeps what is used over a
 * power failure, and stands: what "set" says is used is ignored.
 *
 * Space counts in KiB. With VS_DLIM_SHIFT in @flags bits 0 and 1 say in which
 * unit space_used is (0 bytes, 1 KiB, 2 MiB, 3 GiB) and bits 2 and 3 in which
 * space_total; a "get" with VS_DLIM_SHIFT chooses the smallest that fits.
 * @reserved, in percent of space_total, is for tasks with CAP_SYS_RESOURCE.
 *
 * EPERM	not the host, or without CAP_SYS_RESOURCE (not for "get");
 * EEXIST	(add) there is one;
 * ESRCH	(the others) there is none;
 * EINVAL	(set) more than 100 percent, or more is used than there is,
 *		compared as the words stand there;
 * EOPNOTSUPP	this file system cannot;
 * ENOMEM, EFAULT, and what looking up the path gives.
 */
#define VCMD_add_dlimit		VS_CMD(VS_CAT_DLIMIT, 1, 0)
#define VCMD_rem_dlimit		VS_CMD(VS_CAT_DLIMIT, 2, 0)
#define VCMD_set_dlimit		VS_CMD(VS_CAT_DLIMIT, 5, 0)
#define VCMD_get_dlimit		VS_CMD(VS_CAT_DLIMIT, 6, 0)

struct vcmd_ctx_dlimit_base_v0 {
#ifdef __KERNEL__
	const char __user *name;
#else
	const char *name;
#endif
	__u32	flags;
};

struct vcmd_ctx_dlimit_v0 {
#ifdef __KERNEL__
	const char __user *name;
#else
	const char *name;
#endif
	__u32	space_used;
	__u32	space_total;
	__u32	inodes_used;
	__u32	inodes_total;
	__u32	reserved;
	__u32	flags;
};

#define VS_DLIM_SHIFT		0x10
#define VS_DLIM_USED(flags)	((flags) & 3)
#define VS_DLIM_TOTAL(flags)	(((flags) >> 2) & 3)

#define VS_DLIM_UNSET		((__u32)0)
#define VS_DLIM_INFINITY	((__u32)-1)
#define VS_DLIM_KEEP		((__u32)-2)

#endif /* _UAPI_VSERVER_DLIMIT_H */
