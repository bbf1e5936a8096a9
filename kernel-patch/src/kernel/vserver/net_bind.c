// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: which sockets may receive what, and which therefore cannot have the
 * same port.
 *
 * A wildcard of the host never conflicts with a guest: on the guest's
 * addresses the guest wins, everywhere else the host. Otherwise two sockets
 * of different contexts conflict if there is an address on which both would
 * receive; SO_REUSEPORT does not help, it never reaches across contexts.
 */
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp_states.h>

/**
 * __vs_wild_takes4 - does a guest's wildcard socket receive on an address?
 * @sk: a socket of a guest that is bound to no address
 * @addr: destination of a packet
 *
 * Context: any.
 */
bool __vs_wild_takes4(const struct sock *sk, __be32 addr)
{
	const struct nx_info *nx = sk->sk_nx_info;

	if (nx_has4(nx, addr, NX_BIND))
		return true;
	return ipv4_is_multicast(addr) && nx_ncap(nx, NXC_MULTICAST);
}
EXPORT_SYMBOL_GPL(__vs_wild_takes4);

/**
 * __vs_wild_takes6 - does a guest's wildcard socket receive on an address?
 * @sk: a socket of a guest that is bound to no address
 * @addr: destination of a packet
 *
 * Context: any.
 */
bool __vs_wild_takes6(const struct sock *sk, const struct in6_addr *addr)
{
	const struct nx_info *nx = sk->sk_nx_info;

	if (nx_has6(nx, addr, NX_OWN))
		return true;
	return ipv6_addr_is_multicast(addr) && nx_ncap(nx, NXC_MULTICAST);
}
EXPORT_SYMBOL_GPL(__vs_wild_takes6);

/* On what a socket receives, as far as conflicts go. */
struct nx_bound {
	const struct nx_info	*nx;	/* NULL: host, spectator, TIME_WAIT */
	bool			wild;
	bool			v4;	/* can receive IPv4 */
	bool			v6;
	__be32			addr4;	/* unless wild */
	const struct in6_addr	*addr6;
};

static void nx_bound_of(const struct sock *sk, struct nx_bound *b)
{
	bool full = sk->sk_state != TCP_TIME_WAIT && sk->sk_state != TCP_NEW_SYN_RECV;

	b->nx = full ? sk->sk_nx_info : NULL;
	b->addr4 = sk->sk_rcv_saddr;
	b->v4 = true;
	b->v6 = false;
	b->wild = !b->addr4;
#if IS_ENABLED(CONFIG_IPV6)
	b->addr6 = &sk->sk_v6_rcv_saddr;
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(b->addr6)) {
		b->wild = ipv6_addr_any(b->addr6);
		b->v6 = true;
		b->v4 = b->wild && !ipv6_only_sock(sk);
	}
#endif
}

static bool nx_multicast(const struct nx_bound *b)
{
	return !b->wild && (b->v6 ? ipv6_addr_is_multicast(b->addr6) :
				    ipv4_is_multicast(b->addr4));
}

static bool nx_wild_meets(const struct nx_bound *w, const struct nx_bound *b)
{
	if (b->v4 && w->v4 && nx_has4(w->nx, b->addr4, NX_BIND))
		return true;
	return b->v6 && w->v6 && nx_has6(w->nx, b->addr6, NX_OWN);
}

static bool nx_both_wild_meet(const struct nx_bound *a, const struct nx_bound *b)
{
	const struct nx_set *x, *y;
	bool meet;

	if (!READ_ONCE(a->nx->shared) || !READ_ONCE(b->nx->shared))
		return false;
	rcu_read_lock();
	x = rcu_dereference(a->nx->set);
	y = rcu_dereference(b->nx->set);
	meet = (a->v4 && b->v4 && nx_sets_meet4(x, y)) ||
	       (a->v6 && b->v6 && nx_sets_meet6(x, y));
	rcu_read_unlock();
	return meet;
}

/**
 * __vs_ports_meet - is there an address on which both would receive?
 * @sk: a socket
 * @sk2: a socket of another context, may be in TIME_WAIT
 *
 * Context: any.
 */
bool __vs_ports_meet(const struct sock *sk, const struct sock *sk2)
{
	struct nx_bound a, b;

	nx_bound_of(sk, &a);
	nx_bound_of(sk2, &b);
	/* Many may listen to one group if all agree. */
	if (nx_multicast(&a) && sk->sk_reuse && sk2->sk_reuse)
		return false;
	if (!a.wild && !b.wild)
		return (a.v4 && b.v4 && a.addr4 == b.addr4) ||
		       (a.v6 && b.v6 && ipv6_addr_equal(a.addr6, b.addr6));
	/* Host and spectator know no sets: any address will do. */
	if (!a.nx && !b.nx)
		return (a.v4 && b.v4) || (a.v6 && b.v6);
	if ((a.wild && !a.nx) || (b.wild && !b.nx))
		return false;
	if (a.wild && b.wild)
		return nx_both_wild_meet(&a, &b);
	return a.wild ? nx_wild_meets(&a, &b) : nx_wild_meets(&b, &a);
}
EXPORT_SYMBOL_GPL(__vs_ports_meet);

/* The numbers whose buckets matter for a socket; others cannot conflict. */
struct nx_rivals {
	bool	all;	/* its set meets others': look at everybody */
	u32	nid[4];
	int	n;
};

static void nx_rivals_add(struct nx_rivals *r, u32 nid)
{
	if (r->n == ARRAY_SIZE(r->nid))
		r->all = true;
	else
		r->nid[r->n++] = nid;
}

static void nx_rivals_of(const struct nx_bound *b, struct nx_rivals *r)
{
	u32 nid;

	r->all = false;
	r->n = 0;
	if (b->nx)
		nx_rivals_add(r, VS_ID_HOST);
	if (b->wild) {
		if (b->nx && READ_ONCE(b->nx->shared))
			r->all = true;
		return;
	}
	rcu_read_lock();
	if (b->v4)
		for (nid = __vs_owner4(b->addr4, 0); nid; nid = __vs_owner4(b->addr4, nid))
			nx_rivals_add(r, nid);
	else
		for (nid = __vs_owner6(b->addr6, 0); nid; nid = __vs_owner6(b->addr6, nid))
			nx_rivals_add(r, nid);
	rcu_read_unlock();
}

static bool nx_rival(const struct nx_rivals *r, u32 nid)
{
	int i;

	for (i = 0; i < r->n; i++)
		if (r->nid[i] == nid)
			return true;
	return r->all;
}

/* As the stack's own test, but that no SO_REUSEPORT counts. */
static bool nx_reuse_conflict(const struct sock *sk, const struct sock *sk2)
{
	int dev2 = READ_ONCE(sk2->sk_bound_dev_if);

	if (sk->sk_bound_dev_if && dev2 && sk->sk_bound_dev_if != dev2)
		return false;
	return !sk->sk_reuse || !sk2->sk_reuse || sk2->sk_state == TCP_LISTEN;
}

/**
 * __vs_bind_conflict - is a port taken by a socket of another context?
 * @sk: the socket that wants it
 * @head: the hash bucket of the port, locked
 * @port: the port
 * @l3mdev: the routing domain of @sk
 *
 * With a thousand guests on one port the chain has a thousand buckets, but
 * only those that can conflict are looked into: none of other guests, as
 * long as no address is in two contexts.
 *
 * Context: softirq off.
 */
bool __vs_bind_conflict(const struct sock *sk, struct inet_bind_hashbucket *head, int port,
			int l3mdev)
{
	struct inet_bind_bucket *tb;
	struct nx_rivals r;
	struct nx_bound b;
	struct sock *sk2;

	nx_bound_of(sk, &b);
	nx_rivals_of(&b, &r);
	if (!r.n && !r.all)
		return false;
	inet_bind_bucket_for_each(tb, &head->chain) {
		if (tb->nid == vs_tb_nid(sk) || !nx_rival(&r, tb->nid) ||
		    !inet_bind_bucket_match(tb, sock_net(sk), port, l3mdev))
			continue;
		sk_for_each_bound(sk2, &tb->owners)
			if (nx_reuse_conflict(sk, sk2) && __vs_ports_meet(sk, sk2))
				return true;
	}
	return false;
}
EXPORT_SYMBOL_GPL(__vs_bind_conflict);

/**
 * __vs_bind_wide - must a bind look at all sockets on the port?
 * @sk: a UDP socket that is bound to an address
 *
 * The hash by address and port, which the stack takes for a shortcut, does
 * not have the wildcards of guests where it looks for them.
 */
bool __vs_bind_wide(const struct sock *sk)
{
	struct nx_bound b;
	u32 nid;

	nx_bound_of(sk, &b);
	if (b.nx || b.wild)
		return true;
	rcu_read_lock();
	nid = b.v4 ? __vs_owner4(b.addr4, 0) : __vs_owner6(b.addr6, 0);
	rcu_read_unlock();
	return nid;
}
