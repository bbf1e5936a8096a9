// SPDX-License-Identifier: GPL-2.0
/*
 * Routes as a guest sees them: those by devices that it sees, of the local
 * ones those to its own addresses, and no preferred source but its own.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/lback6.h>
#include <linux/vserver/network.h>
#include <linux/vserver/netview.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/nexthop.h>
#include <net/route.h>
#include <net/sock.h>

#include "net_map.h"

static const struct nx_info *blind(const struct nx_info *nx)
{
	return nx_guest(nx) && nx_flag(nx, NXF_HIDE_NETIF) ? nx : NULL;
}

bool __vs_blind(void)
{
	return blind(current_nx());
}
EXPORT_SYMBOL_GPL(__vs_blind);

static const struct nx_info *blind_by(const struct sock *by)
{
	return blind(by ? by->sk_nx_info : current_nx());
}

bool __vs_blind_by(const struct sock *by)
{
	return blind_by(by);
}
EXPORT_SYMBOL_GPL(__vs_blind_by);

/* Network, host and broadcast address of the loopback device: everybody has them. */
static bool common_loopback(const struct nx_info *nx, __be32 dst)
{
	u32 host = ntohl(dst) & 0xffffff;

	return ipv4_is_loopback(dst) && nx_flag(nx, NXF_LBACK_REMAP) &&
	       (host == 0 || host == 1 || host == 0xffffff);
}

/**
 * __vs_fib4_hidden - is an IPv4 route not for the eyes of a context?
 * @by: the socket for which a list is made; NULL, the caller decides
 * @fi: the route
 * @type: its type
 * @dst: its destination
 *
 * Context: RCU read side.
 */
bool __vs_fib4_hidden(const struct sock *by, const struct fib_info *fi, u8 type, __be32 dst)
{
	const struct nx_info *nx = blind_by(by);
	unsigned int i;

	if (!nx)
		return false;
	if (!fi)
		return true;
	/* Rejecting routes have no device: they are the machine's policy. */
	for (i = 0; i < fib_info_num_path((struct fib_info *)fi); i++)
		if (nx_dev_hidden(nx, fib_info_nhc((struct fib_info *)fi, i)->nhc_dev))
			return true;
	switch (type) {
	case RTN_UNICAST:
	case RTN_MULTICAST:
		return false;
	case RTN_LOCAL:
		return !common_loopback(nx, dst) && !nx_has4(nx, dst, NX_SHOW);
	case RTN_BROADCAST:
		return !common_loopback(nx, dst) && !nx_has4(nx, dst, NX_ENTRY | NX_BCAST);
	}
	return true;
}

/**
 * __vs_route_asked4 - prepare the answer which way packets to an address go
 * @net: network namespace
 * @by: the asking socket, a guest's
 * @fl4: the flow; destination and source become those of a packet of the guest
 *
 * Return: 0, -EPERM the source is not the context's or there is none,
 * -ENETUNREACH the way is by a device that is hidden, or what the route look-up
 * says.
 */
int __vs_route_asked4(struct net *net, const struct sock *by, struct flowi4 *fl4)
{
	struct flowi4 flow = *fl4;
	struct rtable *rt;
	bool hidden;

	rt = __vs_route_output4(net, &flow, by);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	hidden = nx_dev_hidden(by->sk_nx_info, rt->dst.dev);
	ip_rt_put(rt);
	if (hidden)
		return -ENETUNREACH;
	fl4->daddr = flow.daddr;
	fl4->saddr = flow.saddr;
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)

static bool nh6_hidden(const struct nx_info *nx, const struct fib6_info *rt)
{
	const struct fib6_nh *nh = rt->fib6_nh;

	/* Nexthop objects are a table of their own, of which a guest sees nothing. */
	return rt->nh || nx_dev_hidden(nx, nh->fib_nh_dev);
}

/**
 * __vs_fib6_hidden - is an IPv6 route not for the eyes of a context?
 * @by: the socket for which a list is made; NULL, the caller decides
 * @rt: the route
 *
 * Context: RCU read side.
 */
bool __vs_fib6_hidden(const struct sock *by, const struct fib6_info *rt)
{
	const struct nx_info *nx = blind_by(by);
	const struct fib6_info *sibling;

	if (!nx)
		return false;
	if (nh6_hidden(nx, rt))
		return true;
	if (rt->fib6_nsiblings)
		list_for_each_entry_rcu(sibling, &rt->fib6_siblings, fib6_siblings)
			if (nh6_hidden(nx, sibling))
				return true;
	switch (rt->fib6_type) {
	case RTN_UNICAST:
	case RTN_MULTICAST:
		return false;
	case RTN_LOCAL:
		return !nx_has6(nx, &rt->fib6_dst.addr, NX_SHOW);
	}
	return true;
}
EXPORT_SYMBOL_GPL(__vs_fib6_hidden);

/**
 * __vs_route_asked6 - prepare the answer which way packets to an address go
 * @net: network namespace
 * @by: the asking socket, a guest's
 * @fl6: the flow; its destination becomes that of a packet of the guest
 *
 * Return: 0, -EPERM, -ENODEV as for sending.
 */
int __vs_route_asked6(struct net *net, const struct sock *by, struct flowi6 *fl6)
{
	return __vs_flow6(net, by, fl6);
}
EXPORT_SYMBOL_GPL(__vs_route_asked6);

#endif
