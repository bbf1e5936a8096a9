/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_CGROUP_H
#define _LINUX_VSERVER_CGROUP_H

/* The part of the cgroup2 tree that a guest keeps in order itself. */

#include <linux/types.h>

struct inode;
struct vx_info;

#ifdef CONFIG_CGROUPS
void vx_cgroup_delegate(struct vx_info *vx);
bool vx_cgroup_may_write(const struct vx_info *vx, const struct inode *inode);
bool vx_cgroup_may_own(const struct vx_info *vx, const struct inode *inode);
#else
#define vx_cgroup_delegate(vx)			do { } while (0)
#define vx_cgroup_may_write(vx, inode)		false
#define vx_cgroup_may_own(vx, inode)		false
#endif

#endif /* _LINUX_VSERVER_CGROUP_H */
