/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_PING_H
#define _LINUX_VSERVER_PING_H

/*
 * Ping sockets have identifiers as UDP has ports, but one list for all
 * addresses. Contexts that have no address in common do not get in each other's
 * way; on an address of a guest the guest's socket is first.
 */

#include <linux/vserver/inet.h>

#ifdef CONFIG_VSERVER

/* Two sockets of contexts on whose addresses they do not meet. */
#define vs_ping_apart(sk, sk2) \
	(vs_sk_foreign(sk, sk2) && !vs_ports_meet(sk, sk2))
/* A socket of the host waits whether a guest has one for the packet. */
#define vs_ping_waits(sk) \
	(static_branch_unlikely(&vs_active) && !(sk)->sk_nx_info)

#else

#define vs_ping_apart(sk, sk2)		false
#define vs_ping_waits(sk)		false

#endif

#endif /* _LINUX_VSERVER_PING_H */
