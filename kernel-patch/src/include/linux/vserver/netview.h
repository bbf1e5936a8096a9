/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_NETVIEW_H
#define _LINUX_VSERVER_NETVIEW_H

/*
 * Hooks of what a network context gets to see of devices, addresses and
 * netlink. Those without a socket ask the caller, those with "_by" ask the
 * socket on whose behalf an answer is made. Macros when off.
 */

#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/vserver/inet.h>

struct dir_context;
struct fib6_info;
struct fib_info;
struct file;
struct inet_diag_req_v2;
struct nlmsghdr;
struct proc_dir_entry;

#ifdef CONFIG_VSERVER

bool __vs_dev_hidden(const struct net_device *dev);
bool __vs_dev_hidden_by(const struct sock *by, const struct net_device *dev);
bool __vs_ifname_hidden(struct net *net, const char *name);
bool __vs_ifindex_hidden(struct net *net, int ifindex);
bool __vs_addr4_hidden(__be32 addr);
bool __vs_addr4_hidden_by(const struct sock *by, __be32 addr);
bool __vs_addr6_hidden(const struct in6_addr *addr);
bool __vs_addr6_hidden_by(const struct sock *by, const struct in6_addr *addr);
__be32 __vs_view4(__be32 addr);
const struct in6_addr *__vs_view6(const struct in6_addr *addr);
const __be32 *__vs_view4_at(const __be32 *addr);
void __vs_diag_question(struct inet_diag_req_v2 *req);
bool __vs_rtnl_refused(struct sk_buff *skb, struct nlmsghdr *nlh, bool dump, int *err);
bool __vs_event_hidden(const struct sock *sk, const struct sk_buff *skb);
bool __vs_diag_refused(int family, int protocol);
bool __vs_nid_own(u32 nid);
bool __vs_blind(void);
bool __vs_blind_by(const struct sock *by);
bool __vs_fib4_hidden(const struct sock *by, const struct fib_info *fi, u8 type, __be32 dst);
bool __vs_fib6_hidden(const struct sock *by, const struct fib6_info *rt);
int __vs_route_asked4(struct net *net, const struct sock *by, struct flowi4 *fl4);
int __vs_route_asked6(struct net *net, const struct sock *by, struct flowi6 *fl6);
int __vs_route_saddr6(struct net *net, const struct net_device *dev,
		      const struct in6_addr *daddr, struct in6_addr *saddr);
bool __vs_proc_net_hidden(const char *name, int len);
int __vs_proc_net_readdir(struct file *file, struct dir_context *ctx, struct proc_dir_entry *de);

#define vs_dev_hidden(dev) \
	(static_branch_unlikely(&vs_active) && __vs_dev_hidden(dev))
#define vs_dev_hidden_by(by, dev) \
	(static_branch_unlikely(&vs_active) && __vs_dev_hidden_by(by, dev))
#define vs_ifname_hidden(net, name) \
	(static_branch_unlikely(&vs_active) && __vs_ifname_hidden(net, name))
#define vs_ifindex_hidden(net, ifindex) \
	(static_branch_unlikely(&vs_active) && __vs_ifindex_hidden(net, ifindex))
#define vs_addr4_hidden(addr) \
	(static_branch_unlikely(&vs_active) && __vs_addr4_hidden(addr))
/* The name of an address of a device; none, if it is hidden. */
#define vs_ifa_label(ifa) \
	(vs_addr4_hidden((ifa)->ifa_local) ? "" : (ifa)->ifa_label)
/* The first address of a list that is not hidden; the caller holds the RTNL. */
static inline struct in_ifaddr *vs_ifa_visible(struct in_ifaddr *ifa)
{
	while (ifa && vs_addr4_hidden(ifa->ifa_local))
		ifa = rtnl_dereference(ifa->ifa_next);
	return ifa;
}

/* The addresses of a device that are not hidden. */
#define vs_for_each_ifa_rtnl(ifa, in_dev) \
	for ((ifa) = vs_ifa_visible(rtnl_dereference((in_dev)->ifa_list)); (ifa); \
	     (ifa) = vs_ifa_visible(rtnl_dereference((ifa)->ifa_next)))
#define vs_addr4_hidden_by(by, addr) \
	(static_branch_unlikely(&vs_active) && __vs_addr4_hidden_by(by, addr))
#define vs_addr6_hidden(addr) \
	(static_branch_unlikely(&vs_active) && __vs_addr6_hidden(addr))
#define vs_addr6_hidden_by(by, addr) \
	(static_branch_unlikely(&vs_active) && __vs_addr6_hidden_by(by, addr))
#define vs_fill_ifaddr6(skb, ifa, args) \
	(vs_addr6_hidden_by((skb)->sk, &(ifa)->addr) ? 0 : inet6_fill_ifaddr(skb, ifa, args))
/* An address in a listing as the caller is to see it. */
#define vs_view4(addr) \
	(static_branch_unlikely(&vs_active) ? __vs_view4(addr) : (addr))
#define vs_view6(addr) \
	(static_branch_unlikely(&vs_active) ? __vs_view6(addr) : (addr))
/* The same in place, and the way back: addresses in a question to sock_diag. */
#define vs_view4_at(addr) \
	(static_branch_unlikely(&vs_active) ? __vs_view4_at(addr) : (addr))
#define vs_diag_question(req) \
	do { if (static_branch_unlikely(&vs_active)) __vs_diag_question(req); } while (0)
/* Is something hidden from the caller at all? */
#define vs_blind() \
	(static_branch_unlikely(&vs_active) && __vs_blind())
#define vs_blind_by(by) \
	(static_branch_unlikely(&vs_active) && __vs_blind_by(by))
/* A route; @by may be NULL for the caller. */
#define vs_fib4_hidden(by, fi, type, dst) \
	(static_branch_unlikely(&vs_active) && __vs_fib4_hidden(by, fi, type, dst))
#define vs_fib6_hidden(by, rt) \
	(static_branch_unlikely(&vs_active) && __vs_fib6_hidden(by, rt))
/* All routes of a leaf of the trie; @fa is for the walk. */
#define vs_leaf4_hidden(fa, leaf, dst) ({					\
	bool _hidden = vs_blind();						\
	if (_hidden)								\
		hlist_for_each_entry_rcu(fa, leaf, fa_list)			\
			if (!vs_fib4_hidden(NULL, (fa)->fa_info, (fa)->fa_type, dst)) { \
				_hidden = false;				\
				break;						\
			}							\
	_hidden; })
/* The preferred source of a route, as far as the asking socket may know it. */
#define vs_prefsrc4(skb, addr) \
	((skb)->sk && vs_addr4_hidden_by((skb)->sk, addr) ? 0 : (addr))
#define vs_prefsrc6_hidden(skb, dest, addr) \
	((dest) ? vs_addr6_hidden(addr) : \
	 (skb)->sk && vs_addr6_hidden_by((skb)->sk, addr))
/* "Which way to...?": from the asking socket's addresses. */
#define vs_route_asked4(net, by, fl4) \
	(vs_nx(by) ? __vs_route_asked4(net, by, fl4) : 0)
#define vs_route_asked6(net, by, fl6) \
	(vs_nx(by) ? __vs_route_asked6(net, by, fl6) : 0)
#define vs_route_saddr6(net, dev, daddr, saddr, expr) \
	(vs_blind() ? __vs_route_saddr6(net, dev, daddr, saddr) : (expr))
/* A request about what cannot be shown in part: answered with nothing. */
#define vs_rtnl_refused(skb, nlh, dump, err) \
	(static_branch_unlikely(&vs_active) && __vs_rtnl_refused(skb, nlh, dump, err))
/* Is a multicast message not for this receiver? */
#define vs_event_hidden(sk, skb) \
	(vs_nx(sk) && __vs_event_hidden(sk, skb))
/* Sockets of this kind are listed without regard to contexts. */
#define vs_diag_refused(family, protocol) \
	(static_branch_unlikely(&vs_active) && __vs_diag_refused(family, protocol))
/* Is @sk of the caller's own context? */
#define vs_sk_own(sk) \
	(!static_branch_unlikely(&vs_active) || __vs_nid_own(vs_nid(sk)))
/* /proc/net has names that a guest cannot look up. */
#define vs_proc_net_hidden(dentry) \
	(static_branch_unlikely(&vs_active) && \
	 __vs_proc_net_hidden((dentry)->d_name.name, (dentry)->d_name.len))
#define vs_proc_net_readdir(file, ctx, de) \
	(static_branch_unlikely(&vs_active) ? __vs_proc_net_readdir(file, ctx, de) : \
	 proc_readdir_de(file, ctx, de))

#else

#define vs_dev_hidden(dev)			false
#define vs_dev_hidden_by(by, dev)		false
#define vs_ifname_hidden(net, name)		false
#define vs_ifindex_hidden(net, ifindex)		false
#define vs_addr4_hidden(addr)			false
#define vs_ifa_label(ifa)			((ifa)->ifa_label)
#define vs_for_each_ifa_rtnl(ifa, in_dev)	in_dev_for_each_ifa_rtnl(ifa, in_dev)
#define vs_addr4_hidden_by(by, addr)		false
#define vs_addr6_hidden(addr)			false
#define vs_addr6_hidden_by(by, addr)		false
#define vs_fill_ifaddr6(skb, ifa, args)		inet6_fill_ifaddr(skb, ifa, args)
#define vs_view4(addr)				(addr)
#define vs_view6(addr)				(addr)
#define vs_view4_at(addr)			(addr)
#define vs_diag_question(req)			do { } while (0)
#define vs_blind()				false
#define vs_blind_by(by)				false
#define vs_fib4_hidden(by, fi, type, dst)	false
#define vs_fib6_hidden(by, rt)			false
#define vs_leaf4_hidden(fa, leaf, dst)		false
#define vs_prefsrc4(skb, addr)			(addr)
#define vs_prefsrc6_hidden(skb, dest, addr)	false
#define vs_route_asked4(net, by, fl4)		0
#define vs_route_asked6(net, by, fl6)		0
#define vs_route_saddr6(net, dev, daddr, saddr, expr) (expr)
#define vs_rtnl_refused(skb, nlh, dump, err)	false
#define vs_event_hidden(sk, skb)		false
#define vs_diag_refused(family, protocol)	false
#define vs_sk_own(sk)				true
#define vs_proc_net_hidden(dentry)		false
#define vs_proc_net_readdir(file, ctx, de)	proc_readdir_de(file, ctx, de)

#endif

#endif /* _LINUX_VSERVER_NETVIEW_H */
