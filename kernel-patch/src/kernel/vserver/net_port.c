// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a port: with a thousand guests on one, a bind looks at its own
 * context's sockets, the host's, and those of the contexts that own the
 * address, and passes all others by.
 *
 * The chain of a port begins with what is the host's; what is a guest's comes
 * behind and is also in a hash by chain and context. Chain and hash change
 * under the lock of the chain; a hash entry has a lock of its own inside,
 * because entries of several chains share it.
 */
#include <linux/hash.h>
#include <linux/memblock.h>
#include <linux/spinlock.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <net/addrconf.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/route.h>
#include <net/sock_reuseport.h>
#include <net/udp.h>

#include "net_bound.h"

static struct inet_bind_hashbucket *nx_tcp_ports __ro_after_init;
static struct inet_bind_hashbucket *nx_udp_ports __ro_after_init;
static unsigned int nx_ports_bits __ro_after_init;

static struct inet_bind_hashbucket *nx_port_entry(struct inet_bind_hashbucket *table,
						  const void *head, u32 nid)
{
	return &table[hash_long((unsigned long)head ^ vs_salt(nid), nx_ports_bits)];
}

/* The numbers of contexts, besides its own, with which a socket can conflict. */
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

/* Can more than its owners be bound to an address: a broadcast or a group? */
static bool nx_common_addr(const struct sock *sk, const struct nx_bound *b)
{
	if (sk->sk_type != SOCK_DGRAM)
		return false;
	if (!b->v4)
		return ipv6_addr_is_multicast(b->addr6);
	return ipv4_is_multicast(b->addr4) || ipv4_is_lbcast(b->addr4) ||
	       inet_addr_type(sock_net(sk), b->addr4) == RTN_BROADCAST;
}

static void nx_rivals_of(const struct sock *sk, const struct nx_bound *b, struct nx_rivals *r)
{
	u32 own = nx_id(b->nx), nid = 0;
	bool owned = false;

	r->all = false;
	r->n = 0;
	if (b->wild) {
		r->all = b->nx && READ_ONCE(b->nx->shared);
		return;
	}
	rcu_read_lock();
	while (!r->all) {
		nid = b->v4 ? __vs_owner4(b->addr4, nid) : __vs_owner6(b->addr6, nid);
		if (!nid)
			break;
		if (nid == own)
			owned = true;
		else
			nx_rivals_add(r, nid);
	}
	rcu_read_unlock();
	/* Who else has such an address is in no index. */
	if ((b->nx && !owned) || nx_common_addr(sk, b))
		r->all = true;
}

/**
 * __vs_tb_add - enter a new bind bucket of a guest
 * @tb: the bucket, first in its chain; its number is set
 * @head: the chain, locked
 */
void __vs_tb_add(struct inet_bind_bucket *tb, struct inet_bind_hashbucket *head)
{
	struct inet_bind_hashbucket *entry = nx_port_entry(nx_tcp_ports, head, tb->nid);
	struct inet_bind_bucket *host, *last = NULL;

	hlist_del(&tb->node);
	inet_bind_bucket_for_each(host, &head->chain) {
		if (host->nid)
			break;
		last = host;
	}
	if (last)
		hlist_add_behind(&tb->node, &last->node);
	else
		hlist_add_head(&tb->node, &head->chain);

	tb->nid_head = head;
	spin_lock(&entry->lock);
	hlist_add_head(&tb->nid_node, &entry->chain);
	spin_unlock(&entry->lock);
}

/* @tb is a guest's and about to be freed; its chain is locked. */
void __vs_tb_del(struct inet_bind_bucket *tb)
{
	struct inet_bind_hashbucket *entry = nx_port_entry(nx_tcp_ports, tb->nid_head, tb->nid);

	spin_lock(&entry->lock);
	hlist_del(&tb->nid_node);
	spin_unlock(&entry->lock);
}

/**
 * __vs_tb_find - the bind bucket of a guest
 * @head: the chain of the port, locked, so that what is found stays
 * @net: the network namespace
 * @nid: number of the context
 * @port: the port
 * @l3mdev: the routing domain
 *
 * Return: the bucket or NULL.
 */
struct inet_bind_bucket *__vs_tb_find(const struct inet_bind_hashbucket *head,
				      const struct net *net, u32 nid, int port, int l3mdev)
{
	struct inet_bind_hashbucket *entry = nx_port_entry(nx_tcp_ports, head, nid);
	struct inet_bind_bucket *tb;

	spin_lock(&entry->lock);
	hlist_for_each_entry(tb, &entry->chain, nid_node)
		if (tb->nid == nid && tb->nid_head == head &&
		    inet_bind_bucket_match(tb, net, port, l3mdev))
			break;
	spin_unlock(&entry->lock);
	return tb;
}

/* As the stack's own test, but that no SO_REUSEPORT counts. */
static bool nx_reuse_conflict(const struct sock *sk, const struct sock *sk2)
{
	int dev2 = READ_ONCE(sk2->sk_bound_dev_if);

	if (sk->sk_bound_dev_if && dev2 && sk->sk_bound_dev_if != dev2)
		return false;
	return !sk->sk_reuse || !sk2->sk_reuse || sk2->sk_state == TCP_LISTEN;
}

static bool nx_bucket_conflict(const struct sock *sk, const struct inet_bind_bucket *tb)
{
	struct sock *sk2;

	sk_for_each_bound(sk2, &tb->owners)
		if (nx_reuse_conflict(sk, sk2) && __vs_ports_meet(sk, sk2))
			return true;
	return false;
}

/**
 * __vs_bind_conflict - is a port taken by a socket of another context?
 * @sk: the socket that wants it
 * @head: the hash bucket of the port, locked
 * @port: the port
 * @l3mdev: the routing domain of @sk
 *
 * Context: softirq off.
 */
bool __vs_bind_conflict(const struct sock *sk, struct inet_bind_hashbucket *head, int port,
			int l3mdev)
{
	u32 own = vs_tb_nid(sk);
	struct inet_bind_bucket *tb;
	struct nx_rivals r;
	struct nx_bound b;
	int i;

	nx_bound_of(sk, &b);
	nx_rivals_of(sk, &b, &r);
	inet_bind_bucket_for_each(tb, &head->chain) {
		if (tb->nid && !r.all)
			break;
		if (tb->nid != own && inet_bind_bucket_match(tb, sock_net(sk), port, l3mdev) &&
		    nx_bucket_conflict(sk, tb))
			return true;
	}
	for (i = 0; i < r.n && !r.all; i++) {
		tb = __vs_tb_find(head, sock_net(sk), r.nid[i], port, l3mdev);
		if (tb && nx_bucket_conflict(sk, tb))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_GPL(__vs_bind_conflict);

static struct udp_hslot *nx_udp_slot(const struct sock *sk)
{
	return udp_hashslot(sk->sk_prot->h.udp_table, sock_net(sk), udp_sk(sk)->udp_port_hash);
}

/**
 * __vs_udp_add_node - enter a UDP socket that has got a port
 * @sk: the socket; its port is set
 * @slot: the chain of the port, locked
 *
 * IPv6 sockets with SO_REUSEPORT come behind the others of their side, as
 * sk_add_node_rcu() has it.
 */
void __vs_udp_add_node(struct sock *sk, struct udp_hslot *slot)
{
	bool late = sk->sk_reuseport && sk->sk_family == AF_INET6;
	struct inet_bind_hashbucket *entry;
	u32 nid = vs_tb_nid(sk);
	struct sock *host, *last = NULL;

	if (nid || late)
		sk_for_each(host, &slot->head) {
			if (vs_tb_nid(host))
				break;
			last = host;
		}
	sock_hold(sk);
	if (nid && late)
		hlist_add_tail_rcu(&sk->sk_node, &slot->head);
	else if (last)
		hlist_add_behind_rcu(&sk->sk_node, &last->sk_node);
	else
		hlist_add_head_rcu(&sk->sk_node, &slot->head);
	if (!nid)
		return;
	entry = nx_port_entry(nx_udp_ports, slot, nid);
	spin_lock(&entry->lock);
	hlist_add_head(&sk->sk_bind2_node, &entry->chain);
	spin_unlock(&entry->lock);
}

/* @sk leaves the chain of its port, which is locked. */
void __vs_udp_del_node(struct sock *sk)
{
	struct inet_bind_hashbucket *entry;

	if (hlist_unhashed(&sk->sk_bind2_node))
		return;
	entry = nx_port_entry(nx_udp_ports, nx_udp_slot(sk), vs_tb_nid(sk));
	spin_lock(&entry->lock);
	hlist_del_init(&sk->sk_bind2_node);
	spin_unlock(&entry->lock);
}

/* A question: may a socket have a port, or which ports of a chain may it not have? */
struct nx_udp_bind {
	struct sock	*sk;
	struct udp_hslot *slot;
	kuid_t		uid;
	unsigned long	*bitmap;	/* NULL: one port */
	unsigned int	log;
	u16		num;
};

/* Compare with one socket. 0 or 1: the answer to the question; -1: go on. */
static int nx_udp_compare(const struct nx_udp_bind *q, struct sock *sk2)
{
	struct sock *sk = q->sk;
	bool foreign = vs_nid(sk) != vs_nid(sk2);
	int dev2 = READ_ONCE(sk2->sk_bound_dev_if);

	if (sk == sk2 || !net_eq(sock_net(sk), sock_net(sk2)) ||
	    (!q->bitmap && udp_sk(sk2)->udp_port_hash != q->num) ||
	    (sk->sk_reuse && sk2->sk_reuse && !foreign) ||
	    (sk->sk_bound_dev_if && dev2 && sk->sk_bound_dev_if != dev2) ||
	    !inet_rcv_saddr_equal(sk, sk2, true))
		return -1;
	if (!foreign && sk->sk_reuseport && sk2->sk_reuseport &&
	    !rcu_access_pointer(sk->sk_reuseport_cb) && uid_eq(q->uid, sock_i_uid(sk2)))
		return q->bitmap ? -1 : 0;
	if (!q->bitmap)
		return 1;
	__set_bit(udp_sk(sk2)->udp_port_hash >> q->log, q->bitmap);
	return -1;
}

static int nx_udp_ask_context(const struct nx_udp_bind *q, u32 nid)
{
	struct inet_bind_hashbucket *entry = nx_port_entry(nx_udp_ports, q->slot, nid);
	struct sock *sk2;
	int ret = -1;

	spin_lock(&entry->lock);
	hlist_for_each_entry(sk2, &entry->chain, sk_bind2_node) {
		if (vs_nid(sk2) != nid || nx_udp_slot(sk2) != q->slot)
			continue;
		ret = nx_udp_compare(q, sk2);
		if (ret >= 0)
			break;
	}
	spin_unlock(&entry->lock);
	return ret;
}

/**
 * __vs_udp_inuse - is a UDP port taken?
 * @sk: the socket that wants it
 * @num: the port, unless @bitmap is given
 * @slot: the chain of the port, locked
 * @bitmap: gets a bit for each port of the chain that is taken
 * @log: what to shift a port by for @bitmap
 *
 * Context: softirq off.
 *
 * Return: 0 or 1.
 */
int __vs_udp_inuse(struct sock *sk, u16 num, struct udp_hslot *slot, unsigned long *bitmap,
		   unsigned int log)
{
	struct nx_udp_bind q = { .sk = sk, .slot = slot, .uid = sock_i_uid(sk), .num = num,
				 .bitmap = bitmap, .log = log };
	u32 own = vs_tb_nid(sk);
	struct nx_rivals r;
	struct nx_bound b;
	struct sock *sk2;
	int i, ret;

	nx_bound_of(sk, &b);
	nx_rivals_of(sk, &b, &r);
	sk_for_each(sk2, &slot->head) {
		if (vs_tb_nid(sk2) && !r.all)
			break;
		ret = nx_udp_compare(&q, sk2);
		if (ret >= 0)
			return ret;
	}
	if (r.all)
		return 0;
	ret = own ? nx_udp_ask_context(&q, own) : -1;
	for (i = 0; ret < 0 && i < r.n; i++)
		ret = nx_udp_ask_context(&q, r.nid[i]);
	return ret > 0;
}

/**
 * __vs_bind_wide - must a bind look beyond the sockets on its address?
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

static struct inet_bind_hashbucket * __init nx_ports_alloc(const char *name)
{
	struct inet_bind_hashbucket *table;
	unsigned int i;

	table = alloc_large_system_hash(name, sizeof(*table), 0, 17, 0, &nx_ports_bits, NULL,
					1 << 10, 1 << 16);
	for (i = 0; i < 1U << nx_ports_bits; i++) {
		spin_lock_init(&table[i].lock);
		INIT_HLIST_HEAD(&table[i].chain);
	}
	return table;
}

static int __init nx_ports_init(void)
{
	nx_tcp_ports = nx_ports_alloc("VServer TCP ports");
	nx_udp_ports = nx_ports_alloc("VServer UDP ports");
	return 0;
}
core_initcall(nx_ports_init);
