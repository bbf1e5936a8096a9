/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_NETWORK_H
#define _LINUX_VSERVER_NETWORK_H

#include <linux/cred.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/vserver/count.h>
#include <linux/vserver/object.h>
#include <uapi/vserver/network.h>

struct net;
struct net_device;
struct nx_owner;
struct seq_file;

/* One IPv4 entry; addresses in network order. */
struct nx_v4 {
	__be32	ip;
	__be32	ip2;		/* RANGE: last address, inclusive */
	__be32	mask;		/* ADDR: its network; MASK: what has to match */
	u16	type;		/* NXA_TYPE_ADDR, _MASK or _RANGE */
	u16	flags;
};

/* One IPv6 entry. */
struct nx_v6 {
	struct in6_addr	ip;
	struct in6_addr	mask;
	u32		prefix;
	u16		type;	/* NXA_TYPE_ADDR or _MASK */
	u16		flags;
};

/**
 * struct nx_set - the addresses of a network context
 * @rcu: freed after a grace period
 * @lback: what 127.0.0.1 means inside
 * @bcast: the broadcast address
 * @lback6: what ::1 means inside
 * @n4: IPv4 entries
 * @n6: IPv6 entries
 * @exact4: how many of @n4 are single addresses
 * @exact6: how many of @n6 are single addresses
 * @hint: the last choice of a source: what the route said, and the entry taken
 *	for it; both halves are written at once
 * @owners: how many members @owner has
 * @v4: entries in the order in which they were added; the first is the default source
 * @v6: likewise
 * @sorted4: the single addresses in host order, ascending
 * @sorted6: the single addresses, ascending
 * @owner: nodes of the index of all contexts' addresses; under its lock
 *
 * A set never changes once it can be seen: a change makes a new one and
 * replaces the pointer in the context. Everything is in one allocation.
 */
struct nx_set {
	struct rcu_head	rcu;
	__be32		lback;
	__be32		bcast;
	struct in6_addr	lback6;
	unsigned int	n4;
	unsigned int	n6;
	unsigned int	exact4;
	unsigned int	exact6;
	unsigned int	owners;
	u64		hint;
	struct nx_v4	*v4;
	struct nx_v6	*v6;
	u32		*sorted4;
	struct in6_addr	*sorted6;
	struct nx_owner	*owner;
};

/* What a membership test takes into account. */
#define NX_ENTRY	0x01	/* the entries */
#define NX_LBACK	0x02	/* the own loopback addresses */
#define NX_BCAST	0x04	/* the broadcast address and those of the entries */
#define NX_LOOPBACK	0x08	/* 127.0.0.1 and ::1, which stand for the own loopback */
#define NX_REMAP	0x10	/* loopback is remapped: no mask or range covers 127/8 or ::1 */

#define NX_OWN		(NX_ENTRY | NX_LBACK)
#define NX_BIND		(NX_ENTRY | NX_LBACK | NX_BCAST)
#define NX_SHOW		(NX_ENTRY | NX_LOOPBACK)

/**
 * struct nx_info - a network context
 * @obj: number, life, flags, network capabilities
 * @set: never NULL; written under nx_set_mutex, read under RCU
 * @shared: an address was at some time also another context's, so that port
 *	conflicts between contexts are possible; set once
 * @counts: what went through its sockets; per processor
 * @gone: the context is shutting down and its set does not change any more;
 *	under nx_set_mutex
 */
struct nx_info {
	struct vs_object	obj;
	struct nx_set __rcu	*set;
	struct vs_counts __percpu *counts;
	bool			shared;
	bool			gone;
};

extern struct vs_class nx_class;
/* The spectator of all sockets, network context 1. Not hashed, never freed. */
extern struct nx_info nx_watch;

static inline struct nx_info *nx_of(struct vs_object *obj)
{
	return obj ? container_of(obj, struct nx_info, obj) : NULL;
}

/* A reference; NULL is the host and needs none. */
static inline struct nx_info *get_nx_info(struct nx_info *nx)
{
	if (nx && nx != &nx_watch)
		refcount_inc(&nx->obj.usecnt);
	return nx;
}

static inline void put_nx_info(struct nx_info *nx)
{
	if (nx && nx != &nx_watch)
		vs_object_put(&nx->obj);
}

static inline u32 nx_id(const struct nx_info *nx)
{
	return nx ? nx->obj.id : VS_ID_HOST;
}

/* A real network context, neither host nor spectator. */
static inline bool nx_guest(const struct nx_info *nx)
{
	return nx && nx != &nx_watch;
}

static inline bool nx_flag(const struct nx_info *nx, u64 flag)
{
	return nx && (vs_flags(&nx->obj) & flag);
}

static inline bool nx_ncap(const struct nx_info *nx, u64 cap)
{
	return nx && (vs_caps(&nx->obj) & cap);
}

static inline struct nx_info *current_nx(void)
{
	return current_cred()->nx_info;
}

static inline struct nx_info *current_real_nx(void)
{
	return current_real_cred()->nx_info;
}

/* The flags of a new one, if nobody says otherwise. */
#ifdef CONFIG_VSERVER_AUTO_LBACK
#define NXF_AUTO_LBACK	(NXF_LBACK_REMAP | NXF_HIDE_LBACK)
#else
#define NXF_AUTO_LBACK	0
#endif
#ifdef CONFIG_VSERVER_AUTO_SINGLE
#define NXF_AUTO_SINGLE	NXF_SINGLE_IP
#else
#define NXF_AUTO_SINGLE	0
#endif

#define NXF_INIT_SET	(NXF_STATE_ADMIN | NXF_HIDE_NETIF | NXF_AUTO_LBACK | NXF_AUTO_SINGLE)

u32 task_nid(const struct task_struct *task);
struct nx_info *nx_create(u32 id, u64 flags);
int nx_migrate(struct nx_info *nx);
void nx_task_born(struct nx_info *nx);
void nx_task_exit(struct nx_info *nx);

/* inet.c: sets as such; no context, no locks */
struct nx_set *nx_set_alloc(unsigned int n4, unsigned int n6, unsigned int owners);
void nx_set_index(struct nx_set *set);
bool nx_v4_match(const struct nx_v4 *e, __be32 addr);
bool nx_v6_match(const struct nx_v6 *e, const struct in6_addr *addr);
bool nx_set_has4(const struct nx_set *set, __be32 addr, unsigned int ask);
bool nx_set_has6(const struct nx_set *set, const struct in6_addr *addr, unsigned int ask);
bool nx_sets_meet4(const struct nx_set *a, const struct nx_set *b);
bool nx_sets_meet6(const struct nx_set *a, const struct nx_set *b);
__be32 nx_default_lback(u32 id);
void nx_default_lback6(u32 id, struct in6_addr *addr);
unsigned int nx_range_prefixes(u32 first, u32 last, u32 *base, u8 *len);

/* net_addr.c: the set of a context */
int nx_set_init(struct nx_info *nx);
void nx_set_drop(struct nx_info *nx);
int nx_add4(struct nx_info *nx, const struct nx_v4 *e);
int nx_remove4(struct nx_info *nx, const struct nx_v4 *e);
int nx_clear4(struct nx_info *nx);
int nx_add6(struct nx_info *nx, const struct nx_v6 *e);
int nx_remove6(struct nx_info *nx, const struct nx_v6 *e);
int nx_clear6(struct nx_info *nx);
int nx_set_lback(struct nx_info *nx, __be32 addr);
int nx_set_bcast(struct nx_info *nx, __be32 addr);
bool nx_has4(const struct nx_info *nx, __be32 addr, unsigned int ask);
bool nx_has6(const struct nx_info *nx, const struct in6_addr *addr, unsigned int ask);
bool nx_has_v4(const struct nx_info *nx);
bool nx_has_v6(const struct nx_info *nx);

/* net_close.c */
void nx_close_lost(const struct nx_info *nx);

/* net_index.c: from an address to the contexts that own it */
unsigned int nx_owner_count(const struct nx_set *set);
void nx_index_replace(struct nx_info *nx, struct nx_set *new, struct nx_set *old);

/* hooks of the security module: net_sock.c, net_view.c */
int nx_socket_create(int family, int type, int protocol, int kern);
int nx_file_ioctl(unsigned int cmd);
bool nx_ifindex_hidden(const struct nx_info *nx, struct net *net, int ifindex);
bool nx_dev_hidden(const struct nx_info *nx, const struct net_device *dev);

#endif /* _LINUX_VSERVER_NETWORK_H */
