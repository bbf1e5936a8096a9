/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_INET_H
#define _LINUX_VSERVER_INET_H

/*
 * Hooks in the network stack. A socket belongs to the network context of the
 * credentials that created it; kernel sockets belong to none, what a listener
 * produces belongs to the listener's. skc_nid is the number (also in request
 * and TIME_WAIT sockets), sk_nx_info the context (full sockets of guests only,
 * with a reference). Everything that may run in softirq asks the socket;
 * what shows things to a caller asks the caller.
 *
 * Macros when off, so that the stack compiles to what it would be without us.
 */

#include <linux/types.h>

struct flowi4;
struct flowi6;
struct in6_addr;
struct inet_bind_bucket;
struct inet_bind_hashbucket;
struct iphdr;
struct ipv6hdr;
struct dst_entry;
struct net;
struct net_device;
struct nx_info;
struct rtable;
struct sk_buff;
struct sock;
struct sockaddr;
struct udp_hslot;

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

void __vs_sk_alloc(struct sock *sk);
void __vs_sk_get(struct sock *sk);
void __vs_sk_put(struct sock *sk);
void __vs_sk_inherit(struct sock *sk, const struct sock *from);
bool __vs_nid_seen(u32 nid);
bool __vs_raw_icmp(struct net *net, int protocol);

int __vs_bind_addr(struct sock *sk, struct sockaddr *addr, int len);
int __vs_connect_addr(struct sock *sk, struct sockaddr *addr, int len);
int __vs_bound(const struct sock *sk);
int __vs_port_lost(struct sock *sk);
bool __vs_ulp_refused(const char *name);
int __vs_connected(struct sock *sk, int err, int flags);
__be32 __vs_show4(const struct nx_info *nx, __be32 addr);
void __vs_show6(const struct nx_info *nx, struct in6_addr *addr);

u32 __vs_owner4(__be32 addr, u32 after);
u32 __vs_owner6(const struct in6_addr *addr, u32 after);
bool __vs_wild_takes4(const struct sock *sk, __be32 addr);
bool __vs_wild_takes6(const struct sock *sk, const struct in6_addr *addr);
bool __vs_ports_meet(const struct sock *sk, const struct sock *sk2);
bool __vs_bind_conflict(const struct sock *sk, struct inet_bind_hashbucket *head, int port,
			int l3mdev);
bool __vs_bind_wide(const struct sock *sk);
void __vs_tb_add(struct inet_bind_bucket *tb, struct inet_bind_hashbucket *head);
void __vs_tb_del(struct inet_bind_bucket *tb);
struct inet_bind_bucket *__vs_tb_find(const struct inet_bind_hashbucket *head,
				      const struct net *net, u32 nid, int port, int l3mdev);
void __vs_udp_add_node(struct sock *sk, struct udp_hslot *slot);
void __vs_udp_del_node(struct sock *sk);
int __vs_udp_inuse(struct sock *sk, u16 num, struct udp_hslot *slot, unsigned long *bitmap,
		   unsigned int log);

struct rtable *__vs_route_output4(struct net *net, struct flowi4 *fl4, const struct sock *sk);
int __vs_flow6(struct net *net, const struct sock *sk, struct flowi6 *fl6);
int __vs_saddr6(struct net *net, const struct sock *sk, struct dst_entry *dst,
		struct flowi6 *fl6);
bool __vs_source_route_refused(void);
bool __vs_addr_foreign(const struct sock *sk, int family, const void *addr);
void __vs_count_sent(const struct sock *sk, int result, size_t left);
void __vs_count_received(const struct sock *sk, int result);
bool __vs_raw_refused4(const struct sock *sk, const struct iphdr *iph, const struct flowi4 *fl4);
bool __vs_raw_refused6(const struct sock *sk, const struct ipv6hdr *iph, const struct flowi6 *fl6);

#define vs_nid(sk)	((sk)->__sk_common.skc_nid)
#define vs_nx(sk)	(static_branch_unlikely(&vs_active) ? (sk)->sk_nx_info : NULL)

/* A socket is made by the caller, copied, freed, or takes over another's context. */
#define vs_sk_alloc(sk, kern) \
	do { if (static_branch_unlikely(&vs_active) && !(kern)) __vs_sk_alloc(sk); } while (0)
#define vs_sk_get(sk) \
	do { if (vs_nx(sk)) __vs_sk_get(sk); } while (0)
#define vs_sk_put(sk) \
	do { if (vs_nx(sk)) __vs_sk_put(sk); } while (0)
#define vs_sk_inherit(sk, from) \
	do { if (static_branch_unlikely(&vs_active)) __vs_sk_inherit(sk, from); } while (0)
/* A new socket that accept gave to the caller is of the listener's context. */
#define vs_accepted(sk, from) \
	do { if (vs_sk_foreign(sk, from)) __vs_sk_inherit(sk, from); } while (0)
/* The small forms of a socket keep the number only. */
#define vs_nid_copy(to, from) \
	do { (to)->__sk_common.skc_nid = vs_nid(from); } while (0)
#define vs_tw_nid_copy(tw, from) \
	do { (tw)->__tw_common.skc_nid = vs_nid(from); } while (0)

/* May the caller see @sk in a listing? Or @by, on whose behalf a listing is made? */
#define vs_sk_seen(sk) \
	(!static_branch_unlikely(&vs_active) || __vs_nid_seen(vs_nid(sk)))
#define vs_sk_seen_by(by, sk) \
	(!static_branch_unlikely(&vs_active) || vs_nid(by) == vs_nid(sk) || vs_nid(by) == 1)
/* Are two sockets of different contexts? */
#define vs_sk_foreign(sk, sk2) \
	(static_branch_unlikely(&vs_active) && vs_nid(sk) != vs_nid(sk2))

/* May the caller make a raw socket without CAP_NET_RAW? */
#define vs_raw_icmp(net, protocol) \
	(static_branch_unlikely(&vs_active) && __vs_raw_icmp(net, protocol))

/* Translate and check the address given to bind or connect; 0 or an error. */
#define vs_bind_addr(sk, addr, len) \
	(vs_nx(sk) ? __vs_bind_addr(sk, addr, len) : 0)
#define vs_connect_addr(sk, addr, len) \
	(vs_nx(sk) ? __vs_connect_addr(sk, addr, len) : 0)
/* The port is taken, the connection is on its way: is the address still the context's? */
#define vs_bound(sk) \
	(vs_nx(sk) ? __vs_bound(sk) : 0)
#define vs_connected(sk, err, flags) \
	(vs_nx(sk) ? __vs_connected(sk, err, flags) : (err))
/* It has got a port long after its address: is that still the context's? */
#define vs_port_lost(sk) \
	(vs_nx(sk) ? __vs_port_lost(sk) : 0)
/* What is put above TCP, by name. */
#define vs_ulp_refused(sk, name) \
	(vs_nx(sk) && __vs_ulp_refused(name))
/* IPv6 flow labels are the context's of the socket that made them. */
#define vs_label_init(fl, sk)		do { (fl)->nid = vs_nid(sk); } while (0)
#define vs_label_foreign(fl, sk)	((fl)->nid != vs_nid(sk))
/* An address of the socket as its owner is to see it. */
#define vs_show4(sk, addr) \
	(vs_nx(sk) ? __vs_show4((sk)->sk_nx_info, addr) : (addr))
#define vs_show6(sk, addr) \
	do { if (vs_nx(sk)) __vs_show6((sk)->sk_nx_info, addr); } while (0)

/*
 * Demultiplexing. Wildcard sockets of guests are in buckets of their own; a
 * packet for an address with an owner looks there before it looks at the
 * host's. The score functions compare the bound address: for a guest's
 * wildcard "equal" means that the destination is in the guest's set, and it
 * never equals the wildcard of the host's stage.
 */
#define vs_salt(nid)	((nid) < 2 ? 0 : (nid) * 0x61c88647U)
#define vs_wild(sk) \
	(static_branch_unlikely(&vs_active) && !(sk)->sk_rcv_saddr && (sk)->sk_nx_info)
#define vs_wild_hash(sk, hash) \
	(vs_wild(sk) ? (hash) ^ vs_salt(vs_nid(sk)) : (hash))
#define vs_rcv4_differs(sk, addr) \
	(vs_wild(sk) ? !(addr) || !__vs_wild_takes4(sk, addr) : (sk)->sk_rcv_saddr != (addr))
#define vs_rcv6_differs(sk, addr) \
	(vs_wild(sk) && !ipv6_addr_v4mapped(&(sk)->sk_v6_rcv_saddr) ? \
	 ipv6_addr_any(addr) || !__vs_wild_takes6(sk, addr) : \
	 !ipv6_addr_equal(&(sk)->sk_v6_rcv_saddr, addr))
#define vs_for_each_owner4(nid, addr) \
	for (u32 nid = static_branch_unlikely(&vs_active) ? __vs_owner4(addr, 0) : 0; nid; \
	     nid = __vs_owner4(addr, nid))
#define vs_for_each_owner6(nid, addr) \
	for (u32 nid = static_branch_unlikely(&vs_active) ? __vs_owner6(addr, 0) : 0; nid; \
	     nid = __vs_owner6(addr, nid))
/*
 * Is a destination none of the socket's context? For raw, ping and multicast,
 * bound or not: they are walked anyway, and stay open when an address goes.
 */
#define vs_wild_refuses4(sk, addr) \
	(vs_nx(sk) && !__vs_wild_takes4(sk, addr))
#define vs_wild_refuses6(sk, addr) \
	(vs_nx(sk) && !__vs_wild_takes6(sk, addr))

/*
 * Port conflicts. Bind buckets are per context, the spectator counting as
 * host; what crosses contexts is asked apart.
 */
#define vs_tb_nid(sk)		(vs_nid(sk) < 2 ? 0 : vs_nid(sk))
#define vs_tb_init(tb, sk)	do { (tb)->nid = vs_tb_nid(sk); } while (0)
#define vs_tb_match(tb, sk)	((tb)->nid == vs_tb_nid(sk))
#define vs_bind_hash(sk, hash)	((hash) ^ vs_salt(vs_nid(sk)))
/* Those of the port come and go: the host's first in the chain, guests' also in a hash. */
#define vs_tb_add(tb, sk, head)							\
	do {									\
		vs_tb_init(tb, sk);						\
		if ((tb)->nid)							\
			__vs_tb_add(tb, head);					\
	} while (0)
#define vs_tb_del(tb) \
	do { if ((tb)->nid) __vs_tb_del(tb); } while (0)
#define vs_tb_host(node_) ({							\
	struct inet_bind_bucket *_tb =						\
		hlist_entry_safe(node_, struct inet_bind_bucket, node);		\
	_tb && _tb->nid ? NULL : _tb; })
/* Those of the port that are of the socket's context. */
#define vs_tb_for_each(tb, head, sk, port, l3mdev)				\
	for (tb = vs_tb_nid(sk) ?						\
		  __vs_tb_find(head, sock_net(sk), vs_tb_nid(sk), port, l3mdev) : \
		  vs_tb_host((head)->chain.first);				\
	     tb; tb = (tb)->nid ? NULL : vs_tb_host((tb)->node.next))
#define vs_udp_add_node(sk, slot)						\
	do {									\
		if (static_branch_unlikely(&vs_active))				\
			__vs_udp_add_node(sk, slot);				\
		else								\
			sk_add_node_rcu(sk, &(slot)->head);			\
	} while (0)
#define vs_udp_del_node(sk) \
	do { if (static_branch_unlikely(&vs_active)) __vs_udp_del_node(sk); } while (0)
#define vs_udp_inuse(sk, num, slot, bitmap, log) \
	__vs_udp_inuse(sk, num, (struct udp_hslot *)(slot), bitmap, log)
#define vs_bind_conflict(sk, head, port, l3mdev) \
	(static_branch_unlikely(&vs_active) && __vs_bind_conflict(sk, head, port, l3mdev))
#define vs_ports_meet(sk, sk2)	__vs_ports_meet(sk, sk2)
/* Must all sockets on the port be looked at? */
#define vs_bind_wide(sk) \
	(static_branch_unlikely(&vs_active) && __vs_bind_wide(sk))
#define vs_any_guest()	static_branch_unlikely(&vs_active)

/* Routes: destination and source as the context allows, or an error. */
#define vs_route_output4(net, fl4, sk) \
	((sk) && vs_nx(sk) ? __vs_route_output4(net, fl4, sk) : __ip_route_output_key(net, fl4))
#define vs_flow6(net, sk, fl6) \
	((sk) && vs_nx(sk) ? __vs_flow6(net, sk, fl6) : 0)
#define vs_saddr6(net, sk, dst, fl6) \
	((sk) && vs_nx(sk) ? __vs_saddr6(net, sk, dst, fl6) : -ENOENT)
/* Did the route change the destination @addr? */
#define vs_dest_moved(sk, fl4, addr) \
	(vs_nx(sk) && (fl4)->daddr != (addr))
/* Options that send a packet by way of other hosts, whose last address nobody checks. */
#define vs_source_route_refused() \
	(static_branch_unlikely(&vs_active) && __vs_source_route_refused())
/* An address, IPv4 or IPv6, that is not to be told or used for a socket. */
#define vs_addr_foreign(sk, family, addr) \
	(vs_nx(sk) && __vs_addr_foreign(sk, family, addr))
/* A header made by the user: its addresses and protocol must be the socket's. */
#define vs_raw_refused4(sk, iph, fl4) \
	(vs_nx(sk) && __vs_raw_refused4(sk, iph, fl4))
#define vs_raw_refused6(sk, iph, fl6) \
	(vs_nx(sk) && __vs_raw_refused6(sk, iph, fl6))

/* What a process sends and receives: @expr gives the number of bytes or an error. */
#define vs_sent(sk, left, expr) ({			\
	int _sent = (expr);				\
	if (static_branch_unlikely(&vs_active))		\
		__vs_count_sent(sk, _sent, left);	\
	_sent; })
#define vs_received(sk, flags, expr) ({			\
	int _got = (expr);				\
	if (static_branch_unlikely(&vs_active) && !((flags) & MSG_PEEK)) \
		__vs_count_received(sk, _got);		\
	_got; })

#else

#define vs_sk_alloc(sk, kern)			do { } while (0)
#define vs_sk_get(sk)				do { } while (0)
#define vs_sk_put(sk)				do { } while (0)
#define vs_sk_inherit(sk, from)			do { } while (0)
#define vs_accepted(sk, from)			do { } while (0)
#define vs_nid_copy(to, from)			do { } while (0)
#define vs_tw_nid_copy(tw, from)		do { } while (0)
#define vs_sk_seen(sk)				true
#define vs_sk_seen_by(by, sk)			true
#define vs_sk_foreign(sk, sk2)			false
#define vs_raw_icmp(net, protocol)		false
#define vs_bind_addr(sk, addr, len)		0
#define vs_connect_addr(sk, addr, len)		0
#define vs_bound(sk)				0
#define vs_connected(sk, err, flags)		(err)
#define vs_port_lost(sk)			0
#define vs_ulp_refused(sk, name)		false
#define vs_label_init(fl, sk)			do { } while (0)
#define vs_label_foreign(fl, sk)		false
#define vs_show4(sk, addr)			(addr)
#define vs_show6(sk, addr)			do { } while (0)
#define vs_salt(nid)				0
#define vs_wild_hash(sk, hash)			(hash)
#define vs_rcv4_differs(sk, addr)		((sk)->sk_rcv_saddr != (addr))
#define vs_rcv6_differs(sk, addr)		(!ipv6_addr_equal(&(sk)->sk_v6_rcv_saddr, addr))
#define vs_for_each_owner4(nid, addr)		for (u32 nid = 0; nid; )
#define vs_for_each_owner6(nid, addr)		for (u32 nid = 0; nid; )
#define vs_wild_refuses4(sk, addr)		false
#define vs_wild_refuses6(sk, addr)		false
#define vs_tb_init(tb, sk)			do { } while (0)
#define vs_tb_match(tb, sk)			true
#define vs_bind_hash(sk, hash)			(hash)
#define vs_tb_add(tb, sk, head)			do { } while (0)
#define vs_tb_del(tb)				do { } while (0)
#define vs_tb_for_each(tb, head, sk, port, l3mdev) \
	inet_bind_bucket_for_each(tb, &(head)->chain)
#define vs_udp_add_node(sk, slot)		sk_add_node_rcu(sk, &(slot)->head)
#define vs_udp_del_node(sk)			do { } while (0)
#define vs_udp_inuse(sk, num, slot, bitmap, log) 0
#define vs_bind_conflict(sk, head, port, l3mdev) false
#define vs_ports_meet(sk, sk2)			false
#define vs_bind_wide(sk)			false
#define vs_any_guest()				false
#define vs_route_output4(net, fl4, sk)		__ip_route_output_key(net, fl4)
#define vs_flow6(net, sk, fl6)			0
#define vs_saddr6(net, sk, dst, fl6)		(-ENOENT)
#define vs_dest_moved(sk, fl4, addr)		false
#define vs_raw_refused4(sk, iph, fl4)		false
#define vs_raw_refused6(sk, iph, fl6)		false
#define vs_source_route_refused()		false
#define vs_addr_foreign(sk, family, addr)	false
#define vs_sent(sk, left, expr)			(expr)
#define vs_received(sk, flags, expr)		(expr)

#endif

#include <linux/vserver/netview.h>

#endif /* _LINUX_VSERVER_INET_H */
