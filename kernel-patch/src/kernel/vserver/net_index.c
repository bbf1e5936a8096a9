// SPDX-License-Identifier: GPL-2.0
/*
 * From an address to the contexts that own it.
 *
 * A packet for a port on which a thousand guests listen with a wildcard must
 * find the right one without trying them all, so all entries of all contexts
 * are in one hash. Its key is a prefix: a single address is one of length 128,
 * IPv4 addresses count as mapped ones, a range is cut into prefixes. A look-up
 * tries each length that is in use, which in practice is one or two. Masks
 * with holes are not prefixes; they are on a list that is normally empty.
 */
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/inetdevice.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <net/ipv6.h>

#include "net_index.h"

#define NX_INDEX_BITS	12
#define NX_LENGTHS	129
#define NX_ODD		255
#define NX_MAPPED	96
#define NX_ALL		htonl(~0U)

/* Writers hold the lock, readers RCU. */
static DEFINE_SPINLOCK(nx_index_lock);
static struct hlist_head nx_index[1 << NX_INDEX_BITS];
static HLIST_HEAD(nx_odd);
static DECLARE_BITMAP(nx_lengths, NX_LENGTHS);
static unsigned int nx_length_users[NX_LENGTHS];

/* Only administrators choose keys, so a fast hash will do. */
static struct hlist_head *nx_bucket(const struct in6_addr *key, u8 len)
{
	u32 hash = (__force u32)(key->s6_addr32[0] ^ key->s6_addr32[2]) * 31 +
		   (__force u32)(key->s6_addr32[1] ^ key->s6_addr32[3]) + len;

	return &nx_index[hash_32(hash, NX_INDEX_BITS)];
}

static int mask_length(const struct in6_addr *mask)
{
	int i, len = 0;

	for (i = 0; i < 4; i++) {
		u32 m = ntohl(mask->s6_addr32[i]);

		if (len != 32 * i) {
			if (m)
				return -1;
			continue;
		}
		if (~m & (~m + 1))
			return -1;
		len += m ? 32 - __ffs(m) : 0;
	}
	return len;
}

static void set_owner(struct nx_owner *o, const struct in6_addr *ip, const struct in6_addr *mask)
{
	int i, len = mask_length(mask);

	for (i = 0; i < 4; i++)
		o->key.s6_addr32[i] = ip->s6_addr32[i] & mask->s6_addr32[i];
	o->mask = *mask;
	o->len = len < 0 ? NX_ODD : len;
}

static void set_owner4(struct nx_owner *o, __be32 ip, __be32 mask)
{
	struct in6_addr ip6, mask6;

	ipv6_addr_set_v4mapped(ip, &ip6);
	ipv6_addr_set(&mask6, NX_ALL, NX_ALL, NX_ALL, mask);
	set_owner(o, &ip6, &mask6);
}

/**
 * nx_owner_count - how many nodes a set needs in the index
 * @set: its entries are complete; the nodes need not be there yet
 */
unsigned int nx_owner_count(const struct nx_set *set)
{
	unsigned int i, n = 2;	/* the two loopback addresses */

	for (i = 0; i < set->n4; i++) {
		const struct nx_v4 *e = &set->v4[i];

		n += e->type == NXA_TYPE_RANGE ?
			nx_range_prefixes(ntohl(e->ip), ntohl(e->ip2), NULL, NULL) : 1;
	}
	return n + set->n6;
}

static void fill_owners(struct nx_info *nx, struct nx_set *set)
{
	static const struct in6_addr ones = { .s6_addr32 = { NX_ALL, NX_ALL, NX_ALL, NX_ALL } };
	struct nx_owner *o = set->owner;
	u32 base[64];
	u8 len[64];
	unsigned int i, j, n;

	set_owner4(o++, set->lback, NX_ALL);
	set_owner(o++, &set->lback6, &ones);
	for (i = 0; i < set->n4; i++) {
		const struct nx_v4 *e = &set->v4[i];

		if (e->type == NXA_TYPE_RANGE) {
			n = nx_range_prefixes(ntohl(e->ip), ntohl(e->ip2), base, len);
			for (j = 0; j < n; j++)
				set_owner4(o++, htonl(base[j]), inet_make_mask(len[j]));
		} else {
			set_owner4(o++, e->ip, e->type == NXA_TYPE_ADDR ? NX_ALL : e->mask);
		}
	}
	for (i = 0; i < set->n6; i++) {
		const struct nx_v6 *e = &set->v6[i];

		set_owner(o++, &e->ip, e->type == NXA_TYPE_ADDR ? &ones : &e->mask);
	}
	WARN_ON_ONCE(o - set->owner != set->owners);
	for (i = 0; i < set->owners; i++)
		set->owner[i].nx = nx;
}

static void insert_owners(struct nx_set *set)
{
	unsigned int i;

	for (i = 0; i < set->owners; i++) {
		struct nx_owner *o = &set->owner[i];

		if (o->len == NX_ODD) {
			hlist_add_head_rcu(&o->node, &nx_odd);
			continue;
		}
		hlist_add_head_rcu(&o->node, nx_bucket(&o->key, o->len));
		if (!nx_length_users[o->len]++)
			set_bit(o->len, nx_lengths);
	}
}

static void remove_owners(struct nx_set *set)
{
	unsigned int i;

	for (i = 0; i < set->owners; i++) {
		struct nx_owner *o = &set->owner[i];

		hlist_del_rcu(&o->node);
		if (o->len != NX_ODD && !--nx_length_users[o->len])
			clear_bit(o->len, nx_lengths);
	}
}

/* Ports can only collide between contexts that have an address in common. */
static void mark_shared(struct nx_info *nx, const struct nx_set *set)
{
	struct vs_object *obj;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&nx_class.ids, id, obj) {
		struct nx_info *other = nx_of(obj);
		const struct nx_set *theirs = rcu_dereference(other->set);

		/* A number is free before its last holder has left the index. */
		if (other->obj.id == nx->obj.id ||
		    (READ_ONCE(nx->shared) && READ_ONCE(other->shared)))
			continue;
		if (nx_sets_meet4(set, theirs) || nx_sets_meet6(set, theirs)) {
			WRITE_ONCE(nx->shared, true);
			WRITE_ONCE(other->shared, true);
		}
	}
	rcu_read_unlock();
}

/**
 * nx_index_replace - put the addresses of a context into the index
 * @nx: the context
 * @new: its new set, or NULL
 * @old: the set that is in the index now, or NULL; the caller frees it after
 *	a grace period
 *
 * An address that is in both sets is found at any time.
 *
 * Context: nx_set_mutex held.
 */
void nx_index_replace(struct nx_info *nx, struct nx_set *new, struct nx_set *old)
{
	if (new) {
		fill_owners(nx, new);
		mark_shared(nx, new);
	}
	spin_lock_bh(&nx_index_lock);
	if (new)
		insert_owners(new);
	if (old)
		remove_owners(old);
	spin_unlock_bh(&nx_index_lock);
}

/* Number, if it is the smallest above @after seen so far. */
static u32 better(const struct nx_owner *o, u32 after, u32 best)
{
	u32 id = o->nx->obj.id;

	return id > after && id < best ? id : best;
}

/**
 * __vs_owner6 - which context owns an address?
 * @addr: the address; IPv4 as a mapped one
 * @after: 0, or the answer of the last call to get the next owner
 *
 * Return: the smallest number above @after of a context that owns it, or 0.
 *
 * Context: RCU read side.
 */
u32 __vs_owner6(const struct in6_addr *addr, u32 after)
{
	u32 best = VS_ID_MAX + 1;
	struct nx_owner *o;
	int word;

	for (word = BITS_TO_LONGS(NX_LENGTHS) - 1; word >= 0; word--) {
		unsigned long bits = READ_ONCE(nx_lengths[word]);

		for (; bits; bits &= bits - 1) {
			unsigned int len = word * BITS_PER_LONG + __ffs(bits);
			struct in6_addr key = *addr;

			if (len != 128)
				ipv6_addr_prefix(&key, addr, len);
			hlist_for_each_entry_rcu(o, nx_bucket(&key, len), node)
				if (o->len == len && ipv6_addr_equal(&o->key, &key))
					best = better(o, after, best);
		}
	}
	if (unlikely(!hlist_empty(&nx_odd)))
		hlist_for_each_entry_rcu(o, &nx_odd, node)
			if (!ipv6_masked_addr_cmp(addr, &o->mask, &o->key))
				best = better(o, after, best);
	return best > VS_ID_MAX ? 0 : best;
}
EXPORT_SYMBOL_GPL(__vs_owner6);

/**
 * __vs_owner4 - which context owns an IPv4 address?
 * @addr: the address
 * @after: as for __vs_owner6()
 *
 * Context: RCU read side.
 */
u32 __vs_owner4(__be32 addr, u32 after)
{
	struct in6_addr mapped;

	ipv6_addr_set_v4mapped(addr, &mapped);
	return __vs_owner6(&mapped, after);
}
EXPORT_SYMBOL_GPL(__vs_owner4);
