/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_ACCESS_H
#define _LINUX_VSERVER_ACCESS_H

/* Hooks of interfaces that keep a context's identity in an object; macros when off. */

#include <linux/vserver/task.h>

struct file;
struct path;
struct vx_info;

#ifdef CONFIG_VSERVER

bool __vs_file_own(const struct file *file);
struct vx_info *__vs_notify_get(void);
void __vs_notify_put(struct vx_info *vx);
bool __vs_notify(const struct vx_info *vx, u32 mask);

/* LSM hooks. */
int vs_file_open(struct file *file);
int vs_path_notify(const struct path *path, u64 mask, unsigned int obj_type);

/* Was @file opened by a task in the caller's process and network context? */
#define vs_file_own(file) \
	(!static_branch_unlikely(&vs_active) || __vs_file_own(file))
/* The context of a group that is being made; a reference. */
#define vs_notify_set(group) \
	do { if (static_branch_unlikely(&vs_active)) (group)->vs_owner = __vs_notify_get(); } while (0)
#define vs_notify_clear(group) \
	do { if ((group)->vs_owner) __vs_notify_put((group)->vs_owner); } while (0)
/* Is an event that the caller causes one for @group? */
#define vs_notify(group, mask) \
	(!static_branch_unlikely(&vs_active) || __vs_notify((group)->vs_owner, mask))

#else

#define vs_file_own(file)		true
#define vs_notify_set(group)		do { } while (0)
#define vs_notify_clear(group)		do { } while (0)
#define vs_notify(group, mask)		true

#endif

#endif /* _LINUX_VSERVER_ACCESS_H */
