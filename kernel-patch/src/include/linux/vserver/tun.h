/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_TUN_H
#define _LINUX_VSERVER_TUN_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct net;

/* Give a tun device to a network context; the argument is its number. */
#define TUNSETNID	_IOW('T', 224, int)
/* The number of some versions of the tools. */
#define TUNSETNID_215	_IOW('T', 215, int)

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

u32 __vs_tun_nid(void);
bool __vs_tun_create(const struct net *net);
bool __vs_tun_foreign(u32 nid);
int vs_tun_set_nid(u32 *nid, unsigned long arg);

/* May the caller make a device without CAP_NET_ADMIN? */
#define vs_tun_create(net) \
	(static_branch_unlikely(&vs_active) && __vs_tun_create(net))
/* A new device is its maker's. */
#define vs_tun_init(tun) \
	do { if (static_branch_unlikely(&vs_active)) (tun)->nid = __vs_tun_nid(); } while (0)
/* Is a device another context's? */
#define vs_tun_foreign(tun) \
	(static_branch_unlikely(&vs_active) && __vs_tun_foreign((tun)->nid))

#else

#define vs_tun_create(net)	false
#define vs_tun_init(tun)	do { } while (0)
#define vs_tun_foreign(tun)	false

#endif

#endif /* _LINUX_VSERVER_TUN_H */
