// SPDX-License-Identifier: GPL-2.0
/*
 * What a network context gets to see: devices that carry one of its
 * addresses, those addresses, its own sockets, and nothing of what describes
 * the machine as a whole.
 */
#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/string.h>
#include <linux/vserver/context.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <linux/vserver/netview.h>
#include <linux/vserver/refuse.h>
#include <linux/wireless.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "net_map.h"

/* The context if something is hidden from it, else NULL. */
static const struct nx_info *nx_blind(const struct nx_info *nx)
{
	return nx_guest(nx) && nx_flag(nx, NXF_HIDE_NETIF) ? nx : NULL;
}

/* Members that are masks and ranges: walk the device's addresses. */
static bool nx_wide_on_dev(const struct nx_info *nx, const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	struct in_ifaddr *ifa;

	if (in_dev)
		in_dev_for_each_ifa_rcu(ifa, in_dev)
			if (nx_has4(nx, ifa->ifa_local, NX_SHOW))
				return true;
#if IS_ENABLED(CONFIG_IPV6)
	{
		struct inet6_dev *idev = __in6_dev_get(dev);
		struct inet6_ifaddr *ifa6;

		if (idev)
			list_for_each_entry_rcu(ifa6, &idev->addr_list, if_list)
				if (nx_has6(nx, &ifa6->addr, NX_SHOW))
					return true;
	}
#endif
	return false;
}

/* Is one of the context's addresses configured on the device? */
static bool nx_on_dev(const struct nx_info *nx, const struct net_device *dev)
{
	struct net *net = dev_net(dev);
	const struct nx_set *set;
	unsigned int i;

	if ((dev->flags & IFF_LOOPBACK) && nx_flag(nx, NXF_LBACK_REMAP))
		return true;
	set = rcu_dereference(nx->set);
	/* The context's addresses are fewer than those of a device that serves many. */
	for (i = 0; i < set->exact4; i++)
		if (__ip_dev_find(net, htonl(set->sorted4[i]), false) == dev)
			return true;
#if IS_ENABLED(CONFIG_IPV6)
	for (i = 0; i < set->exact6; i++)
		if (ipv6_chk_addr_and_flags(net, &set->sorted6[i], dev, false, 1, 0))
			return true;
#endif
	if (set->exact4 == set->n4 && set->exact6 == set->n6)
		return false;
	return nx_wide_on_dev(nx, dev);
}

/**
 * nx_dev_hidden - is a device not for a context's eyes?
 * @nx: any context, NULL the host
 * @dev: the device; NULL, something that has none, is hidden
 */
bool nx_dev_hidden(const struct nx_info *nx, const struct net_device *dev)
{
	bool hidden;

	if (!nx_blind(nx))
		return false;
	rcu_read_lock();
	hidden = !dev || !nx_on_dev(nx, dev);
	rcu_read_unlock();
	return hidden;
}

bool __vs_dev_hidden(const struct net_device *dev)
{
	return nx_dev_hidden(current_nx(), dev);
}
EXPORT_SYMBOL_GPL(__vs_dev_hidden);

bool __vs_dev_hidden_by(const struct sock *by, const struct net_device *dev)
{
	return nx_dev_hidden(by->sk_nx_info, dev);
}
EXPORT_SYMBOL_GPL(__vs_dev_hidden_by);

/* A device that does not exist is not hidden: the caller's own error fits. */
bool __vs_ifname_hidden(struct net *net, const char *name)
{
	struct net_device *dev;
	bool hidden;

	if (!nx_blind(current_nx()))
		return false;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, name);
	hidden = dev && __vs_dev_hidden(dev);
	rcu_read_unlock();
	return hidden;
}

/* The same by number. */
bool nx_ifindex_hidden(const struct nx_info *nx, struct net *net, int ifindex)
{
	struct net_device *dev;
	bool hidden;

	if (!ifindex || !nx_blind(nx))
		return false;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	hidden = dev && nx_dev_hidden(nx, dev);
	rcu_read_unlock();
	return hidden;
}

bool __vs_ifindex_hidden(struct net *net, int ifindex)
{
	return nx_ifindex_hidden(current_nx(), net, ifindex);
}
EXPORT_SYMBOL_GPL(__vs_ifindex_hidden);

bool __vs_addr4_hidden(__be32 addr)
{
	const struct nx_info *nx = nx_blind(current_nx());

	return nx && !nx_has4(nx, addr, NX_SHOW);
}

bool __vs_addr4_hidden_by(const struct sock *by, __be32 addr)
{
	const struct nx_info *nx = nx_blind(by->sk_nx_info);

	return nx && !nx_has4(nx, addr, NX_SHOW);
}

bool __vs_addr6_hidden(const struct in6_addr *addr)
{
	const struct nx_info *nx = nx_blind(current_nx());

	return nx && !nx_has6(nx, addr, NX_SHOW);
}
EXPORT_SYMBOL_GPL(__vs_addr6_hidden);

bool __vs_addr6_hidden_by(const struct sock *by, const struct in6_addr *addr)
{
	const struct nx_info *nx = nx_blind(by->sk_nx_info);

	return nx && !nx_has6(nx, addr, NX_SHOW);
}
EXPORT_SYMBOL_GPL(__vs_addr6_hidden_by);

__be32 __vs_view4(__be32 addr)
{
	const struct nx_info *nx = current_nx();

	return nx_guest(nx) ? __vs_show4(nx, addr) : addr;
}
EXPORT_SYMBOL_GPL(__vs_view4);

const struct in6_addr *__vs_view6(const struct in6_addr *addr)
{
	static const struct in6_addr mapped_loopback = {
		.s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 },
	};
	const struct nx_info *nx = current_nx();
	struct in6_addr shown = *addr;

	if (!nx_guest(nx))
		return addr;
	__vs_show6(nx, &shown);
	if (ipv6_addr_equal(&shown, addr))
		return addr;
	return ipv6_addr_v4mapped(addr) ? &mapped_loopback : &in6addr_loopback;
}
EXPORT_SYMBOL_GPL(__vs_view6);

const __be32 *__vs_view4_at(const __be32 *addr)
{
	static const __be32 loopback = htonl(INADDR_LOOPBACK);

	return __vs_view4(*addr) == *addr ? addr : &loopback;
}

static void diag_addr(const struct nx_info *nx, int family, __be32 *addr)
{
	struct in6_addr *addr6 = (struct in6_addr *)addr;

	if (family == AF_INET6 && ipv6_addr_v4mapped(addr6)) {
		addr += 3;
		family = AF_INET;
	}
	if (family == AF_INET && *addr == htonl(INADDR_LOOPBACK))
		nx_map_bind4(nx, addr);
	else if (family == AF_INET6 && ipv6_addr_loopback(addr6))
		nx_map_bind6(nx, addr6);
}

/* A guest names its loopback as lists do; without one of its own nothing changes. */
void __vs_diag_question(struct inet_diag_req_v2 *req)
{
	const struct nx_info *nx = current_nx();

	if (!nx_guest(nx) || !nx_flag(nx, NXF_LBACK_REMAP))
		return;
	diag_addr(nx, req->sdiag_family, req->id.idiag_src);
	diag_addr(nx, req->sdiag_family, req->id.idiag_dst);
}
EXPORT_SYMBOL_GPL(__vs_diag_question);

bool __vs_nid_own(u32 nid)
{
	return nx_id(current_nx()) == nid;
}

/*
 * Only families and protocols that a guest can have are listed to it; the
 * others do not know about contexts.
 */
bool __vs_diag_refused(int family, int protocol)
{
	if (!nx_guest(current_nx()))
		return false;
	switch (family) {
	case AF_UNIX:
	case AF_NETLINK:
	case AF_PACKET:
		return false;
	case AF_INET:
	case AF_INET6:
		return protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP &&
		       protocol != IPPROTO_UDP &&
		       protocol != IPPROTO_UDPLITE && protocol != IPPROTO_RAW;
	}
	return true;
}
EXPORT_SYMBOL_GPL(__vs_diag_refused);

/**
 * nx_file_ioctl - may the caller use a socket ioctl that knows no contexts?
 * @cmd: the ioctl
 *
 * Bridges, VLANs and wireless devices have lists of their own, which ask for
 * no capability.
 *
 * Return: 0, -EPERM.
 */
int nx_file_ioctl(unsigned int cmd)
{
	if (!nx_blind(current_nx()))
		return 0;
	switch (cmd) {
	case SIOCGIFBR:
	case SIOCSIFBR:
	case SIOCGIFVLAN:
	case SIOCSIFVLAN:
	case SIOCIWFIRST ... SIOCIWLAST:
		return vs_refuse(current_vx(), VS_REFUSED_IOCTL, cmd, -EPERM);
	}
	return 0;
}

static int nothing_to_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

/* Lists of both families; one route as of a packet that the guest sends itself. */
static bool nx_route_question(const struct nlmsghdr *nlh, u8 family, bool dump)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);

	if (family != PF_INET && family != PF_INET6)
		return false;
	if (dump)
		return true;
	return nlmsg_len(nlh) >= sizeof(*rtm) && !(rtm->rtm_flags & RTM_F_FIB_MATCH) &&
	       !nlmsg_find_attr(nlh, sizeof(*rtm), RTA_IIF);
}

/* Lists; one neighbour on a device, which is then the question. */
static bool nx_neigh_question(const struct nlmsghdr *nlh, u8 family, bool dump)
{
	const struct ndmsg *ndm = nlmsg_data(nlh);

	if (family != PF_UNSPEC && family != PF_INET && family != PF_INET6)
		return false;
	return dump || (nlmsg_len(nlh) >= sizeof(*ndm) && ndm->ndm_ifindex);
}

/**
 * __vs_rtnl_refused - a request to rtnetlink that cannot be answered in part
 * @skb: the request
 * @nlh: its header
 * @dump: a list is wanted
 * @err: the answer, if refused
 *
 * Links, addresses, routes and neighbours are filtered where they are listed. Of
 * all the rest, rules, queues, nexthop objects, there is nothing for a guest: a
 * list is empty and a single question is refused.
 *
 * Return: true if @err is the answer.
 */
bool __vs_rtnl_refused(struct sk_buff *skb, struct nlmsghdr *nlh, bool dump, int *err)
{
	struct netlink_dump_control c = { .dump = nothing_to_dump };
	u8 family = ((struct rtgenmsg *)nlmsg_data(nlh))->rtgen_family;

	if (!nx_blind(NETLINK_CB(skb).sk->sk_nx_info))
		return false;
	switch (nlh->nlmsg_type) {
	case RTM_GETLINK:
		if (family != PF_BRIDGE)
			return false;
		break;
	case RTM_GETADDR:
		if (family == PF_UNSPEC || family == PF_INET || family == PF_INET6)
			return false;
		break;
	case RTM_GETROUTE:
		if (nx_route_question(nlh, family, dump))
			return false;
		break;
	case RTM_GETNEIGH:
		if (nx_neigh_question(nlh, family, dump))
			return false;
		break;
	}
	*err = dump ? netlink_dump_start(sock_net(skb->sk)->rtnl, skb, nlh, &c) :
	       vs_refuse(current_vx(), VS_REFUSED_NETLINK, nlh->nlmsg_type, -EPERM);
	return true;
}

/* Does an address message carry an address of the context? */
static bool nx_addr_message(const struct nx_info *nx, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	const struct nlattr *attr;

	if (ifa->ifa_family == AF_INET) {
		attr = nlmsg_find_attr(nlh, sizeof(*ifa), IFA_LOCAL);
		return attr && nla_len(attr) == sizeof(__be32) &&
		       nx_has4(nx, nla_get_in_addr(attr), NX_SHOW);
	}
	if (ifa->ifa_family == AF_INET6) {
		struct in6_addr addr;

		attr = nlmsg_find_attr(nlh, sizeof(*ifa), IFA_LOCAL) ?:
		       nlmsg_find_attr(nlh, sizeof(*ifa), IFA_ADDRESS);
		if (!attr || nla_len(attr) != sizeof(addr))
			return false;
		addr = nla_get_in6_addr(attr);
		return nx_has6(nx, &addr, NX_SHOW);
	}
	return false;
}

static bool nx_index_seen(const struct nx_info *nx, struct net *net, int index)
{
	struct net_device *dev;
	bool seen;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, index);
	seen = dev && !nx_dev_hidden(nx, dev);
	rcu_read_unlock();
	return seen;
}

/* Routes to somewhere by a device that is seen; local ones are known by their address. */
static bool nx_route_message(const struct nx_info *nx, struct net *net, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	const struct nlattr *oif, *src;

	if (rtm->rtm_type != RTN_UNICAST || (rtm->rtm_flags & RTM_F_CLONED))
		return false;
	oif = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_OIF);
	if (!oif || nla_len(oif) != sizeof(u32) || !nx_index_seen(nx, net, nla_get_u32(oif)))
		return false;
	src = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_PREFSRC);
	if (!src)
		return true;
	if (rtm->rtm_family == AF_INET)
		return nla_len(src) == sizeof(__be32) &&
		       nx_has4(nx, nla_get_in_addr(src), NX_SHOW);
	return rtm->rtm_family == AF_INET6 && nla_len(src) == sizeof(struct in6_addr) &&
	       nx_has6(nx, nla_data(src), NX_SHOW);
}

/**
 * __vs_event_hidden - is a multicast message not for this receiver?
 * @sk: a guest's netlink socket
 * @skb: the message
 *
 * Guests hear of links, addresses, routes and neighbours they can see, and of
 * nothing else: no uevents, no audit log.
 *
 * Context: any.
 */
bool __vs_event_hidden(const struct sock *sk, const struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)skb->data;
	const struct nx_info *nx = sk->sk_nx_info;

	if (sk->sk_protocol != NETLINK_ROUTE || skb->len < NLMSG_HDRLEN)
		return true;
	if (!nx_blind(nx))
		return false;
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return skb->len < nlmsg_msg_size(sizeof(struct ifinfomsg)) ||
		       !nx_index_seen(nx, sock_net(sk),
				      ((struct ifinfomsg *)nlmsg_data(nlh))->ifi_index);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return skb->len < nlmsg_msg_size(sizeof(struct ifaddrmsg)) ||
		       !nx_addr_message(nx, nlh);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return skb->len < nlmsg_msg_size(sizeof(struct rtmsg)) ||
		       !nx_route_message(nx, sock_net(sk), nlh);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return skb->len < nlmsg_msg_size(sizeof(struct ndmsg)) ||
		       !nx_index_seen(nx, sock_net(sk),
				      ((struct ndmsg *)nlmsg_data(nlh))->ndm_ifindex);
	}
	return true;
}
