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
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "net_bound.h"

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
