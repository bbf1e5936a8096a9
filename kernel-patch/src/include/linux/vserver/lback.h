/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_LBACK_H
#define _LINUX_VSERVER_LBACK_H

/* Whose the loopback of a network context is; macros when off. */

#include <linux/in.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/lback6.h>

#ifdef CONFIG_VSERVER

/* Is a destination the loopback of a context? Then nobody outside receives there. */
#define vs_lback_closed4(addr) \
	(static_branch_unlikely(&vs_active) && ipv4_is_loopback(addr) && __vs_owner4(addr, 0))
#define vs_lback_closed6(addr) \
	(static_branch_unlikely(&vs_active) && nx_is_lback6(addr))

#else

#define vs_lback_closed4(addr)	false
#define vs_lback_closed6(addr)	false

#endif

#endif /* _LINUX_VSERVER_LBACK_H */
