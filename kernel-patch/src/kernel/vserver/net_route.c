// SPDX-License-Identifier: GPL-2.0
/*
 * From which address a guest's packet goes.
 *
 * A source that the program chose must be the context's. Without one the
 * choice of the route is taken if it is the context's, else the first entry
 * in the same network that the route accepts, else the first entry at all.
 */
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <linux/vserver/refuse.h>
#include <net/addrconf.h>
#include <net/inet_sock.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "net_map.h"

/* How many entries of the same network are offered to the route. */
#define NX_TRIES	4

/*
 * TCP names its peer once, when it connects. From then on, and for what a
 * listener answers, the addresses are those of the connection: a peer at
 * 127.0.0.1 is then the host, which may talk to a guest's loopback.
 */
static bool is_settled(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_state != TCP_CLOSE;
}

static struct rtable *try_source(struct net *net, struct flowi4 *fl4, const struct flowi4 *wanted,
				 __be32 source)
{
	*fl4 = *wanted;
	fl4->saddr = source;
	return __ip_route_output_key(net, fl4);
}

/* The entries that may serve for a route whose own choice is @choice; all, or the first. */
static int pick_sources(const struct nx_info *nx, __be32 choice, __be32 *source, bool all)
{
	struct nx_set *set;
	unsigned int i;
	__be32 first = 0;
	u64 hint;
	int n = 0;

	rcu_read_lock();
	set = rcu_dereference(nx->set);
	/* The same answer as last time, without the search; the set does not change. */
	hint = IS_ENABLED(CONFIG_64BIT) && !all ? READ_ONCE(set->hint) : 0;
	if (hint && hint >> 32 == (__force u32)choice) {
		source[n++] = (__force __be32)(u32)hint;
		goto out;
	}
	for (i = 0; i < set->n4 && n < NX_TRIES; i++) {
		const struct nx_v4 *e = &set->v4[i];

		if (e->type != NXA_TYPE_ADDR)
			continue;
		if (!first)
			first = e->ip;
		if (!((e->ip ^ choice) & e->mask))
			source[n++] = e->ip;
	}
	if (first && (!n || source[0] != first))
		source[n++] = first;
	if (IS_ENABLED(CONFIG_64BIT) && n)
		WRITE_ONCE(set->hint, (u64)(__force u32)choice << 32 | (__force u32)source[0]);
out:
	rcu_read_unlock();
	return n;
}

/* With one address there is nothing to choose. */
static __be32 only_source(const struct nx_info *nx)
{
	const struct nx_set *set;
	__be32 only = 0;

	rcu_read_lock();
	set = rcu_dereference(nx->set);
	if (set->n4 == 1 && set->exact4 == 1)
		only = set->v4[0].ip;
	rcu_read_unlock();
	return only;
}

/* For sets of masks and ranges: a member that is configured on the device. */
static __be32 configured_source(const struct nx_info *nx, struct net_device *dev)
{
	struct in_device *in_dev;
	struct in_ifaddr *ifa;
	__be32 found = 0;

	rcu_read_lock();
	in_dev = __in_dev_get_rcu(dev);
	if (in_dev)
		in_dev_for_each_ifa_rcu(ifa, in_dev)
			if (nx_has4(nx, ifa->ifa_local, NX_ENTRY)) {
				found = ifa->ifa_local;
				break;
			}
	rcu_read_unlock();
	return found;
}

/**
 * __vs_route_output4 - find a route for a guest's packet
 * @net: network namespace
 * @fl4: the flow; destination and source are filled in or replaced
 * @sk: the guest's socket
 *
 * Return: the route, or an ERR_PTR: -EPERM the source is not the context's,
 * the context has no address to send from, or the destination is a loopback
 * that is not for it; -ENODEV the device is hidden from it; otherwise what the
 * route look-up says.
 *
 * Context: any in which a route look-up is allowed.
 */
struct rtable *__vs_route_output4(struct net *net, struct flowi4 *fl4, const struct sock *sk)
{
	const struct nx_info *nx = sk->sk_nx_info;
	__be32 source[NX_TRIES + 1];
	struct flowi4 wanted;
	struct rtable *rt;
	__be32 choice;
	int i, n, err;

	if (is_settled(sk)) {
		if (fl4->saddr)
			return __ip_route_output_key(net, fl4);
	} else {
		err = nx_map_dest4(nx, &fl4->daddr);
		if (err)
			return ERR_PTR(err);
		/* Whoever names a device, and in whichever way, must see it. */
		if (fl4->flowi4_oif && nx_ifindex_hidden(nx, net, fl4->flowi4_oif))
			return ERR_PTR(-ENODEV);
	}
	if (fl4->saddr) {
		if (fl4->saddr == htonl(INADDR_LOOPBACK))
			nx_map_bind4(nx, &fl4->saddr);
		if (!nx_has4(nx, fl4->saddr, NX_OWN) &&
		    !(ipv4_is_loopback(fl4->saddr) && nx_flag(nx, NXF_LBACK_ALLOW)))
			return ERR_PTR(vs_refuse_addr4(VS_REFUSED_SOURCE, fl4->saddr, -EPERM));
		return __ip_route_output_key(net, fl4);
	}
	if (ipv4_is_loopback(fl4->daddr) && nx_has4(nx, fl4->daddr, NX_LBACK)) {
		fl4->saddr = fl4->daddr;
		return __ip_route_output_key(net, fl4);
	}
	if (nx_flag(nx, NXF_SINGLE_IP)) {
		if (nx_map_bind4(nx, &fl4->saddr) || !fl4->saddr)
			return ERR_PTR(-EPERM);
		return __ip_route_output_key(net, fl4);
	}

	if (!ipv4_is_loopback(fl4->daddr)) {
		fl4->saddr = only_source(nx);
		if (fl4->saddr)
			return __ip_route_output_key(net, fl4);
	}

	wanted = *fl4;
	rt = __ip_route_output_key(net, fl4);
	if (IS_ERR(rt))
		return rt;
	if (nx_has4(nx, fl4->saddr, NX_ENTRY) ||
	    (ipv4_is_loopback(fl4->daddr) && nx_flag(nx, NXF_LBACK_ALLOW)))
		return rt;
	choice = fl4->saddr;
	n = pick_sources(nx, choice, source, false);
	if (!n) {
		source[0] = configured_source(nx, rt->dst.dev);
		n = source[0] ? 1 : 0;
	}
	ip_rt_put(rt);
	rt = n ? try_source(net, fl4, &wanted, source[0]) : ERR_PTR(-EPERM);
	if (!n || !IS_ERR(rt))
		return rt;
	n = pick_sources(nx, choice, source, true);
	for (i = 0; i < n && IS_ERR(rt); i++)
		rt = try_source(net, fl4, &wanted, source[i]);
	return rt;
}
EXPORT_SYMBOL_GPL(__vs_route_output4);

/* As in IP_OPTIONS: a way that the user names, or what cannot be understood. */
static bool has_source_route(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1), *end = (const u8 *)iph + iph->ihl * 4;

	while (opt < end && *opt != IPOPT_END) {
		if (*opt == IPOPT_NOOP) {
			opt++;
			continue;
		}
		if (*opt == IPOPT_LSRR || *opt == IPOPT_SSRR || opt + 1 == end || opt[1] < 2)
			return true;
		opt += opt[1];
	}
	return false;
}

/**
 * __vs_raw_refused4 - may a guest not send this header?
 * @sk: the guest's raw socket
 * @iph: the header it made
 * @fl4: the flow by which the packet was routed
 *
 * The capability to use raw ICMP must not become one to send anything from
 * anywhere to where the route does not go.
 */
bool __vs_raw_refused4(const struct sock *sk, const struct iphdr *iph, const struct flowi4 *fl4)
{
	if (iph->daddr != fl4->daddr || !nx_has4(sk->sk_nx_info, iph->saddr, NX_OWN) ||
	    has_source_route(iph))
		return true;
	return inet_sk(sk)->inet_num != IPPROTO_RAW && iph->protocol != inet_sk(sk)->inet_num;
}

#if IS_ENABLED(CONFIG_IPV6)

/**
 * __vs_flow6 - destination and source of a guest's flow
 * @net: network namespace
 * @sk: the guest's socket
 * @fl6: the flow; the destination is translated, a source that is given is
 *	checked
 *
 * Return: 0, -EPERM or -ENODEV as __vs_route_output4().
 */
int __vs_flow6(struct net *net, const struct sock *sk, struct flowi6 *fl6)
{
	const struct nx_info *nx = sk->sk_nx_info;
	int err;

	if (is_settled(sk))
		return 0;
	err = nx_map_dest6(nx, &fl6->daddr);
	if (!err && fl6->flowi6_oif && nx_ifindex_hidden(nx, net, fl6->flowi6_oif))
		err = -ENODEV;
	if (err || ipv6_addr_any(&fl6->saddr))
		return err;
	if (ipv6_addr_loopback(&fl6->saddr))
		nx_map_bind6(nx, &fl6->saddr);
	if (nx_has6(nx, &fl6->saddr, NX_OWN) ||
	    (ipv6_addr_v4mapped(&fl6->saddr) && !fl6->saddr.s6_addr32[3]))
		return 0;
	return ipv6_addr_loopback(&fl6->saddr) && nx_flag(nx, NXF_LBACK_ALLOW) ? 0 :
	       vs_refuse_addr6(VS_REFUSED_SOURCE, &fl6->saddr, -EPERM);
}
EXPORT_SYMBOL_GPL(__vs_flow6);

/* Longer common prefix is better, the right scope better still. */
static int rate6(const struct in6_addr *source, const struct in6_addr *daddr)
{
	int score = ipv6_addr_diff(source, daddr);

	if (__ipv6_addr_src_scope(ipv6_addr_type(source)) >=
	    __ipv6_addr_src_scope(ipv6_addr_type(daddr)))
		score += 256;
	return score;
}

static bool configured_source6(const struct nx_info *nx, struct net_device *dev,
			       struct in6_addr *saddr)
{
	struct inet6_ifaddr *ifa;
	struct inet6_dev *idev;
	bool found = false;

	idev = __in6_dev_get(dev);
	if (!idev)
		return false;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list) {
		if (ifa->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
			continue;
		if (nx_has6(nx, &ifa->addr, NX_ENTRY)) {
			*saddr = ifa->addr;
			found = true;
			break;
		}
	}
	return found;
}

static int choose_source6(struct net *net, const struct nx_info *nx, struct net_device *dev,
			  struct flowi6 *fl6)
{
	const struct nx_set *set;
	int best = -1, score;
	unsigned int i;

	if (ipv6_addr_loopback(&fl6->daddr))
		return -ENOENT;
	if (nx_has6(nx, &fl6->daddr, NX_LBACK) && !ipv6_addr_v4mapped(&fl6->daddr)) {
		fl6->saddr = fl6->daddr;
		return 0;
	}
	rcu_read_lock();
	set = rcu_dereference(nx->set);
	for (i = 0; i < set->n6; i++) {
		const struct in6_addr *ip = &set->v6[i].ip;

		if (set->v6[i].type != NXA_TYPE_ADDR)
			continue;
		score = rate6(ip, &fl6->daddr);
		if (score <= best || !ipv6_chk_addr(net, ip, NULL, 0))
			continue;
		best = score;
		fl6->saddr = *ip;
	}
	if (best < 0 && dev && configured_source6(nx, dev, &fl6->saddr))
		best = 0;
	rcu_read_unlock();
	return best < 0 ? -EADDRNOTAVAIL : 0;
}

/**
 * __vs_saddr6 - choose the source of a guest's flow
 * @net: network namespace
 * @sk: the guest's socket
 * @dst: the route, may be an erroneous one
 * @fl6: the flow; its source is filled in
 *
 * Return: 0, -EADDRNOTAVAIL the context has no address for it, -ENOENT the
 * stack's own choice is right.
 */
int __vs_saddr6(struct net *net, const struct sock *sk, struct dst_entry *dst,
		struct flowi6 *fl6)
{
	return choose_source6(net, sk->sk_nx_info, dst->dev, fl6);
}
EXPORT_SYMBOL_GPL(__vs_saddr6);

/**
 * __vs_route_saddr6 - the source that the caller, in a guest, would send from
 * @net: network namespace
 * @dev: the device of the route
 * @daddr: where to
 * @saddr: the answer
 *
 * Return: 0, -EADDRNOTAVAIL there is none to tell.
 */
int __vs_route_saddr6(struct net *net, const struct net_device *dev,
		      const struct in6_addr *daddr, struct in6_addr *saddr)
{
	struct flowi6 fl6 = { .daddr = *daddr };

	if (choose_source6(net, current_nx(), (struct net_device *)dev, &fl6))
		return -EADDRNOTAVAIL;
	__vs_show6(current_nx(), &fl6.saddr);
	*saddr = fl6.saddr;
	return 0;
}
EXPORT_SYMBOL_GPL(__vs_route_saddr6);

/**
 * __vs_raw_refused6 - may a guest not send this header?
 * @sk: the guest's raw socket
 * @iph: the header it made
 * @fl6: the flow by which the packet was routed
 */
bool __vs_raw_refused6(const struct sock *sk, const struct ipv6hdr *iph, const struct flowi6 *fl6)
{
	if (!ipv6_addr_equal(&iph->daddr, &fl6->daddr) ||
	    !nx_has6(sk->sk_nx_info, &iph->saddr, NX_OWN))
		return true;
	return inet_sk(sk)->inet_num != IPPROTO_RAW && iph->nexthdr != inet_sk(sk)->inet_num;
}
EXPORT_SYMBOL_GPL(__vs_raw_refused6);

#endif
