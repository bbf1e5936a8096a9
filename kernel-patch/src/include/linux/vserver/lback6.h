/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_LBACK6_H
#define _LINUX_VSERVER_LBACK6_H

/*
 * The prefix of which ::1 becomes a member, one address for each network
 * context: fd6c:6f6f:7062:6b00::NID. It is a unique local one. One local route
 * on the loopback device serves all contexts; no device carries the addresses,
 * and a packet that comes from outside with one of them is dropped.
 */
#define NX_LBACK6_0	0xfd6c6f6fU
#define NX_LBACK6_1	0x70626b00U
#define NX_LBACK6_LEN	64

#define nx_is_lback6(addr) \
	((addr)->s6_addr32[0] == htonl(NX_LBACK6_0) && \
	 (addr)->s6_addr32[1] == htonl(NX_LBACK6_1))

#ifdef CONFIG_VSERVER

#include <net/ip6_fib.h>
#include <net/ip6_route.h>

/* The loopback device comes up: give it the route. It goes when the device goes down. */
static inline void vs_init_loopback6(struct net_device *dev)
{
	struct fib6_config cfg = {
		.fc_table		= RT6_TABLE_LOCAL,
		.fc_metric		= IP6_RT_PRIO_ADDRCONF,
		.fc_ifindex		= dev->ifindex,
		.fc_flags		= RTF_UP | RTF_NONEXTHOP | RTF_LOCAL,
		.fc_type		= RTN_LOCAL,
		.fc_dst_len		= NX_LBACK6_LEN,
		.fc_dst.s6_addr32	= { htonl(NX_LBACK6_0), htonl(NX_LBACK6_1) },
		.fc_protocol		= RTPROT_KERNEL,
		.fc_nlinfo.nl_net	= dev_net(dev),
		.fc_ignore_dev_down	= true,
	};

	ip6_route_add(&cfg, GFP_KERNEL, NULL);
}

/* Is an address from outside one that cannot come from there? */
#define vs_martian6(addr) \
	(static_branch_unlikely(&vs_active) && nx_is_lback6(addr))
/* Binding got past the check of addresses, so this one can only be the own. */
#define vs_own_lback6(sk, addr) \
	(vs_nx(sk) && nx_is_lback6(addr))

#else

#define vs_init_loopback6(dev)		do { } while (0)
#define vs_martian6(addr)		false
#define vs_own_lback6(sk, addr)		false

#endif

#endif /* _LINUX_VSERVER_LBACK6_H */
