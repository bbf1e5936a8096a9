/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_NET_BOUND_H
#define _VSERVER_NET_BOUND_H

#include <linux/in6.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp_states.h>

/* On what a socket receives, as far as conflicts go. */
struct nx_bound {
	const struct nx_info	*nx;	/* NULL: host, spectator, TIME_WAIT */
	bool			wild;
	bool			v4;	/* can receive IPv4 */
	bool			v6;
	__be32			addr4;	/* unless wild */
	const struct in6_addr	*addr6;
};

static inline void nx_bound_of(const struct sock *sk, struct nx_bound *b)
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

#endif /* _VSERVER_NET_BOUND_H */
