/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_DEVICE_H
#define _LINUX_VSERVER_DEVICE_H

/*
 * Devices that are made by request (loop, device mapper) belong to the context
 * of the task that made them. Macros when off.
 */

#include <linux/vserver/cap.h>

#ifdef CONFIG_VSERVER

struct vx_info *__vs_owner_get(void);
void __vs_owner_put(struct vx_info *owner);
bool __vs_owner_foreign(const struct vx_info *owner);
bool __vs_owner_hidden(const struct vx_info *owner);

/* The caller becomes the owner, a member that holds a reference; nobody was. */
#define vs_owner_take(owner) \
	do { if (static_branch_unlikely(&vs_active)) (owner) = __vs_owner_get(); } while (0)
#define vs_owner_drop(owner) \
	do { \
		if (static_branch_unlikely(&vs_active)) { \
			__vs_owner_put(owner); \
			(owner) = NULL; \
		} \
	} while (0)
/* Is the caller a guest, and the device another guest's? The host's it may use if it has a node. */
#define vs_owner_foreign(owner) \
	(static_branch_unlikely(&vs_active) && __vs_owner_foreign(owner))
/* Is the caller a guest, and the device not its own? */
#define vs_owner_hidden(owner) \
	(static_branch_unlikely(&vs_active) && __vs_owner_hidden(owner))

#else

#define vs_owner_take(owner)	do { } while (0)
#define vs_owner_drop(owner)	do { } while (0)
#define vs_owner_foreign(owner)	false
#define vs_owner_hidden(owner)	false

#endif

#endif /* _LINUX_VSERVER_DEVICE_H */
