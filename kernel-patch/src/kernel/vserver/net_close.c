// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets on an address that was taken from their context.
 *
 * They are closed with ECONNABORTED: a connection with a reset to the peer, a
 * listener with all that waits to be accepted; a datagram socket, or one that
 * is only bound, loses its address and its port, and the program may bind
 * again. A wildcard stays what it is, it just does not receive there any more;
 * what it has begun to send from there (MSG_MORE) is dropped.
 * Raw and ping sockets are not touched: each packet, either way, is compared
 * with the set of the moment.
 *
 * A bind or connect that is under way compares once more after it has taken
 * its port (vs_bound, vs_connected), so either it sees the new set or the
 * walk here sees the socket.
 */
#include <linux/rcupdate.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/udp.h>
#include <net/udplite.h>

#include "net_map.h"
#ifdef CONFIG_MPTCP
#include "../../net/mptcp/protocol.h"
#endif

/* Is the local address of @sk, which may be a small one, not the context's? */
static bool addr_lost(const struct nx_info *nx, const struct sock *sk)
{
	bool loopback;
	__be32 addr;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		struct in6_addr addr6 = sk->sk_v6_rcv_saddr;

		loopback = ipv6_addr_loopback(&addr6) ||
			   (ipv6_addr_v4mapped(&addr6) && ipv4_is_loopback(addr6.s6_addr32[3]));
		return nx_map_bind6(nx, &addr6) &&
		       !(loopback && nx_flag(nx, NXF_LBACK_ALLOW));
	}
#endif
	addr = sk->sk_rcv_saddr;
	loopback = ipv4_is_loopback(addr);
	return nx_map_bind4(nx, &addr) && !(loopback && nx_flag(nx, NXF_LBACK_ALLOW));
}

/* A datagram that is not complete has its source already. */
static bool cork_lost(const struct nx_info *nx, const struct sock *sk)
{
	const struct flowi *fl = &inet_sk(sk)->cork.fl;
	bool loopback = false;

	if (sk->sk_protocol != IPPROTO_UDP && sk->sk_protocol != IPPROTO_UDPLITE)
		return false;
	switch (READ_ONCE(udp_sk(sk)->pending)) {
	case AF_INET:
		loopback = ipv4_is_loopback(fl->u.ip4.saddr);
		if (nx_has4(nx, fl->u.ip4.saddr, NX_BIND))
			return false;
		break;
#if IS_ENABLED(CONFIG_IPV6)
	case AF_INET6:
		loopback = ipv6_addr_loopback(&fl->u.ip6.saddr);
		if (nx_has6(nx, &fl->u.ip6.saddr, NX_BIND))
			return false;
		break;
#endif
	default:
		return false;
	}
	return !(loopback && nx_flag(nx, NXF_LBACK_ALLOW));
}

/**
 * __vs_bound - is what a socket was bound to still its context's?
 * @sk: a guest's socket, locked, that has its port
 *
 * Return: 0, -EADDRNOTAVAIL the address was taken away meanwhile.
 */
int __vs_bound(const struct sock *sk)
{
	return addr_lost(sk->sk_nx_info, sk) ? -EADDRNOTAVAIL : 0;
}
EXPORT_SYMBOL_GPL(__vs_bound);

/**
 * __vs_port_lost - is the address of a socket still its context's?
 * @sk: a guest's socket, locked, that has got its port just now
 *
 * It was bound before and had none, so that nobody found it when its address
 * was taken away.
 *
 * Return: 0, -EADDRNOTAVAIL and the port is free again.
 */
int __vs_port_lost(struct sock *sk)
{
	if (!addr_lost(sk->sk_nx_info, sk))
		return 0;
	if (sk->sk_prot->put_port)
		sk->sk_prot->put_port(sk);
	return -EADDRNOTAVAIL;
}

/**
 * __vs_connected - is the source of a connection still its context's?
 * @sk: a guest's socket, in the state in which its connect function left it
 * @err: what that function said
 * @flags: of the file
 *
 * Return: @err, or -EADDRNOTAVAIL and the socket is not connected.
 */
int __vs_connected(struct sock *sk, int err, int flags)
{
	if (err < 0 || !addr_lost(sk->sk_nx_info, sk))
		return err;
	sk->sk_prot->disconnect(sk, flags);
	return -EADDRNOTAVAIL;
}
EXPORT_SYMBOL_GPL(__vs_connected);

/* Sockets cannot be closed under the lock of the hash in which they are found. */
#define NX_BATCH	32

struct nx_batch {
	const struct nx_info	*nx;
	struct sock		*sk[NX_BATCH];
	int			n;
};

/* Keep @sk for closing; false if there is no room. */
static bool batch_add(struct nx_batch *b, struct sock *sk)
{
	bool full = sk->sk_state != TCP_TIME_WAIT && sk->sk_state != TCP_NEW_SYN_RECV;

	if (full ? sk->sk_nx_info != b->nx : vs_nid(sk) != b->nx->obj.id)
		return true;
	if (!addr_lost(b->nx, sk) && !(full && cork_lost(b->nx, sk)))
		return true;
	if (b->n == NX_BATCH)
		return false;
	if (refcount_inc_not_zero(&sk->sk_refcnt))
		b->sk[b->n++] = sk;
	return true;
}

/* Take port and address from a socket that is not connected and does not listen. */
static void unbind(struct sock *sk)
{
	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE) {
		if (inet_sk(sk)->inet_num && sk->sk_prot->put_port) {
			sk->sk_err = ECONNABORTED;
			sk_error_report(sk);
			sk->sk_prot->put_port(sk);
		}
		inet_sk(sk)->inet_sport = 0;
		inet_reset_saddr(sk);
	}
	release_sock(sk);
}

/* The listener of an MPTCP socket is stopped by way of that, which holds its state. */
static bool stop_mptcp(struct sock *ssk)
{
#ifdef CONFIG_MPTCP
	struct sock *sk = NULL;

	lock_sock(ssk);
	if (sk_is_mptcp(ssk) && ssk->sk_state == TCP_LISTEN) {
		sk = mptcp_subflow_ctx(ssk)->conn;
		sock_hold(sk);
	}
	release_sock(ssk);
	if (!sk)
		return false;
	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN) {
		sk->sk_prot->disconnect(sk, 0);
		sk->sk_err = ECONNABORTED;
		sk_error_report(sk);
	}
	release_sock(sk);
	sock_put(sk);
	return true;
#else
	return false;
#endif
}

static void drop_cork(struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (udp_sk(sk)->pending == AF_INET6) {
		udp_sk(sk)->len = 0;
		WRITE_ONCE(udp_sk(sk)->pending, 0);
		ip6_flush_pending_frames(sk);
		return;
	}
#endif
	udp_flush_pending_frames(sk);
}

static void close_sock(const struct nx_info *nx, struct sock *sk)
{
	if (!sk_fullsock(sk)) {
		tcp_abort(sk, ECONNABORTED);
		return;
	}
	lock_sock(sk);
	if (cork_lost(nx, sk))
		drop_cork(sk);
	if (addr_lost(nx, sk)) {
		/* What was bound shall not stay bound, and may be bound anew. */
		sk->sk_userlocks &= ~(SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK);
		release_sock(sk);
		if (sk->sk_protocol == IPPROTO_TCP) {
			if (!stop_mptcp(sk))
				tcp_abort(sk, ECONNABORTED);
			unbind(sk);
		} else {
			udp_abort(sk, ECONNABORTED);
		}
	} else {
		release_sock(sk);
	}
}

static bool batch_close(struct nx_batch *b)
{
	bool again = b->n == NX_BATCH;

	while (b->n) {
		struct sock *sk = b->sk[--b->n];

		close_sock(b->nx, sk);
		sock_gen_put(sk);
	}
	cond_resched();
	return again;
}

/* Bound, listening and connected sockets all have a bind bucket. */
static void close_bound(struct nx_batch *b, struct inet_hashinfo *hinfo)
{
	struct inet_bind_bucket *tb;
	unsigned int i;
	struct sock *sk;

	for (i = 0; i < hinfo->bhash_size; i++) {
		struct inet_bind_hashbucket *head = &hinfo->bhash[i];

		if (hlist_empty(&head->chain))
			continue;
		do {
			spin_lock_bh(&head->lock);
			inet_bind_bucket_for_each(tb, &head->chain) {
				if (tb->nid != b->nx->obj.id)
					continue;
				sk_for_each_bound(sk, &tb->owners)
					if (!batch_add(b, sk))
						break;
			}
			spin_unlock_bh(&head->lock);
		} while (batch_close(b));
	}
}

/* Connections that a listener is about to get have none yet. */
static void close_requests(struct nx_batch *b, struct inet_hashinfo *hinfo)
{
	struct hlist_nulls_node *node;
	unsigned int i;
	struct sock *sk;

	for (i = 0; i <= hinfo->ehash_mask; i++) {
		struct inet_ehash_bucket *head = &hinfo->ehash[i];
		spinlock_t *lock = inet_ehash_lockp(hinfo, i);

		if (hlist_nulls_empty(&head->chain))
			continue;
		do {
			spin_lock_bh(lock);
			sk_nulls_for_each(sk, node, &head->chain)
				if (!batch_add(b, sk))
					break;
			spin_unlock_bh(lock);
		} while (batch_close(b));
	}
}

static void close_udp(struct nx_batch *b, struct udp_table *table)
{
	unsigned int i;
	struct sock *sk;

	for (i = 0; i <= table->mask; i++) {
		struct udp_hslot *slot = &table->hash[i];

		if (hlist_empty(&slot->head))
			continue;
		do {
			spin_lock_bh(&slot->lock);
			sk_for_each(sk, &slot->head)
				if (!batch_add(b, sk))
					break;
			spin_unlock_bh(&slot->lock);
		} while (batch_close(b));
	}
}

/**
 * nx_close_lost - close the sockets whose address is not the context's any more
 * @nx: the context; its set has lost something
 *
 * Context: may sleep; nx_set_mutex not held, because closing calls into the
 * stack.
 */
void nx_close_lost(const struct nx_info *nx)
{
	struct nx_batch b = { .nx = nx };
	struct net *net;

	/* Whoever receives with the old set has put its socket into a hash by then. */
	synchronize_rcu();
	close_bound(&b, &tcp_hashinfo);
	close_requests(&b, &tcp_hashinfo);
	down_read(&net_rwsem);
	for_each_net(net)
		if (net->ipv4.tcp_death_row.hashinfo != &tcp_hashinfo)
			close_requests(&b, net->ipv4.tcp_death_row.hashinfo);
	up_read(&net_rwsem);
	close_udp(&b, &udp_table);
	close_udp(&b, &udplite_table);
}
