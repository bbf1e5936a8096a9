// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of addresses: is an address a member, do two sets meet?
 *
 * Single addresses are kept sorted beside the list of entries, so that a
 * context with a thousand of them answers as fast as one with ten. Masks and
 * ranges are few and are walked. Nothing here knows contexts or takes locks.
 */
#include <linux/inet.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vserver/lback6.h>
#include <linux/vserver/network.h>
#include <net/ipv6.h>

#include "net_index.h"

/**
 * nx_set_alloc - allocate a set
 * @n4: IPv4 entries
 * @n6: IPv6 entries
 * @owners: nodes for the index
 *
 * Return: a zeroed set whose arrays are in place, or NULL.
 */
struct nx_set *nx_set_alloc(unsigned int n4, unsigned int n6, unsigned int owners)
{
	size_t size, v4, v6, s4, s6;
	struct nx_set *set;

	/* The node has pointers, so it goes first; the others need four bytes. */
	size = ALIGN(sizeof(*set), sizeof(void *));
	v4 = size_add(size, size_mul(owners, sizeof(struct nx_owner)));
	v6 = size_add(v4, size_mul(n4, sizeof(struct nx_v4)));
	s4 = size_add(v6, size_mul(n6, sizeof(struct nx_v6)));
	s6 = size_add(s4, size_mul(n4, sizeof(u32)));
	set = kvzalloc(size_add(s6, size_mul(n6, sizeof(struct in6_addr))), GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	set->n4 = n4;
	set->n6 = n6;
	set->owners = owners;
	set->owner = (void *)set + size;
	set->v4 = (void *)set + v4;
	set->v6 = (void *)set + v6;
	set->sorted4 = (void *)set + s4;
	set->sorted6 = (void *)set + s6;
	return set;
}

static int cmp4(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static int cmp6(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct in6_addr));
}

/**
 * nx_set_index - sort the single addresses
 * @set: its entries are complete
 */
void nx_set_index(struct nx_set *set)
{
	unsigned int i;

	set->exact4 = 0;
	for (i = 0; i < set->n4; i++)
		if (set->v4[i].type == NXA_TYPE_ADDR)
			set->sorted4[set->exact4++] = ntohl(set->v4[i].ip);
	sort(set->sorted4, set->exact4, sizeof(u32), cmp4, NULL);

	set->exact6 = 0;
	for (i = 0; i < set->n6; i++)
		if (set->v6[i].type == NXA_TYPE_ADDR)
			set->sorted6[set->exact6++] = set->v6[i].ip;
	sort(set->sorted6, set->exact6, sizeof(struct in6_addr), cmp6, NULL);
}

/**
 * nx_v4_match - does an entry cover an address?
 * @e: the entry
 * @addr: the address
 */
bool nx_v4_match(const struct nx_v4 *e, __be32 addr)
{
	switch (e->type) {
	case NXA_TYPE_ADDR:
		return e->ip == addr;
	case NXA_TYPE_MASK:
		return !((e->ip ^ addr) & e->mask);
	case NXA_TYPE_RANGE:
		return ntohl(e->ip) <= ntohl(addr) && ntohl(addr) <= ntohl(e->ip2);
	}
	return false;
}

/**
 * nx_v6_match - does an entry cover an address?
 * @e: the entry
 * @addr: the address
 */
bool nx_v6_match(const struct nx_v6 *e, const struct in6_addr *addr)
{
	switch (e->type) {
	case NXA_TYPE_ADDR:
		return ipv6_addr_equal(&e->ip, addr);
	case NXA_TYPE_MASK:
		return !ipv6_masked_addr_cmp(&e->ip, &e->mask, addr);
	}
	return false;
}

static bool has_sorted4(const struct nx_set *set, u32 addr)
{
	unsigned int low = 0, high = set->exact4;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (set->sorted4[mid] == addr)
			return true;
		if (set->sorted4[mid] < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool has_sorted6(const struct nx_set *set, const struct in6_addr *addr)
{
	unsigned int low = 0, high = set->exact6;

	while (low < high) {
		unsigned int mid = (low + high) / 2;
		int c = memcmp(&set->sorted6[mid], addr, sizeof(*addr));

		if (!c)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* 255.255.255.255 is the limited broadcast whatever the entries say. */
static bool has_bcast(const struct nx_set *set, __be32 addr)
{
	unsigned int i;

	if (addr == set->bcast)
		return true;
	for (i = 0; i < set->n4; i++) {
		const struct nx_v4 *e = &set->v4[i];

		if (e->type == NXA_TYPE_ADDR && (e->ip | ~e->mask) == addr)
			return true;
	}
	return false;
}

/**
 * nx_set_has4 - is an IPv4 address in a set?
 * @set: the set
 * @addr: the address
 * @ask: NX_ bits, what counts
 */
bool nx_set_has4(const struct nx_set *set, __be32 addr, unsigned int ask)
{
	unsigned int i;

	if ((ask & NX_LBACK) && addr == set->lback)
		return true;
	if ((ask & NX_LOOPBACK) && addr == htonl(INADDR_LOOPBACK))
		return true;
	if (ask & NX_ENTRY) {
		if (has_sorted4(set, ntohl(addr)))
			return true;
		if (set->exact4 != set->n4 &&
		    !((ask & NX_REMAP) && ipv4_is_loopback(addr))) {
			for (i = 0; i < set->n4; i++)
				if (nx_v4_match(&set->v4[i], addr))
					return true;
		}
	}
	return (ask & NX_BCAST) && has_bcast(set, addr);
}

/**
 * nx_set_has6 - is an IPv6 address in a set?
 * @set: the set
 * @addr: the address; a mapped IPv4 address is looked up as such
 * @ask: NX_ bits, what counts
 */
bool nx_set_has6(const struct nx_set *set, const struct in6_addr *addr, unsigned int ask)
{
	unsigned int i;

	if (ipv6_addr_v4mapped(addr))
		return nx_set_has4(set, addr->s6_addr32[3], ask);
	if ((ask & NX_LBACK) && ipv6_addr_equal(addr, &set->lback6))
		return true;
	if ((ask & NX_LOOPBACK) && ipv6_addr_loopback(addr))
		return true;
	if (!(ask & NX_ENTRY))
		return false;
	if (has_sorted6(set, addr))
		return true;
	if (set->exact6 == set->n6)
		return false;
	if ((ask & NX_REMAP) && (ipv6_addr_loopback(addr) || nx_is_lback6(addr)))
		return false;
	for (i = 0; i < set->n6; i++)
		if (nx_v6_match(&set->v6[i], addr))
			return true;
	return false;
}

/* First and last address of an entry whose addresses are contiguous. */
static bool v4_span(const struct nx_v4 *e, u32 *first, u32 *last)
{
	u32 mask = ntohl(e->mask);

	if (e->type == NXA_TYPE_RANGE) {
		*first = ntohl(e->ip);
		*last = ntohl(e->ip2);
		return true;
	}
	if (e->type == NXA_TYPE_ADDR)
		mask = ~0U;
	*first = ntohl(e->ip) & mask;
	*last = *first | ~mask;
	return !(~mask & (~mask + 1));
}

static bool v4_entries_meet(const struct nx_v4 *a, const struct nx_v4 *b)
{
	u32 a1, a2, b1, b2;

	if (a->type == NXA_TYPE_ADDR)
		return nx_v4_match(b, a->ip);
	if (b->type == NXA_TYPE_ADDR)
		return nx_v4_match(a, b->ip);
	if (a->type == NXA_TYPE_MASK && b->type == NXA_TYPE_MASK)
		return !((a->ip ^ b->ip) & a->mask & b->mask);
	/* A range and a mask with holes: say yes, which at worst costs time. */
	if (!v4_span(a, &a1, &a2) || !v4_span(b, &b1, &b2))
		return true;
	return a1 <= b2 && b1 <= a2;
}

static bool v6_entries_meet(const struct nx_v6 *a, const struct nx_v6 *b)
{
	int i;

	for (i = 0; i < 4; i++)
		if ((a->ip.s6_addr32[i] ^ b->ip.s6_addr32[i]) &
		    a->mask.s6_addr32[i] & b->mask.s6_addr32[i])
			return false;
	return true;
}

static bool exact4_in(const struct nx_set *a, const struct nx_set *b)
{
	unsigned int i;

	for (i = 0; i < a->exact4; i++)
		if (nx_set_has4(b, htonl(a->sorted4[i]), NX_OWN))
			return true;
	return nx_set_has4(b, a->lback, NX_OWN | NX_REMAP);
}

/**
 * nx_sets_meet4 - is there an IPv4 address in both sets?
 * @a: one set
 * @b: the other
 *
 * Symmetric. May say yes of a range and a mask with holes that do not meet.
 */
bool nx_sets_meet4(const struct nx_set *a, const struct nx_set *b)
{
	unsigned int i, j;

	if (exact4_in(a, b) || exact4_in(b, a))
		return true;
	if (a->exact4 == a->n4 || b->exact4 == b->n4)
		return false;
	for (i = 0; i < a->n4; i++) {
		if (a->v4[i].type == NXA_TYPE_ADDR)
			continue;
		for (j = 0; j < b->n4; j++)
			if (v4_entries_meet(&a->v4[i], &b->v4[j]))
				return true;
	}
	return false;
}

static bool exact6_in(const struct nx_set *a, const struct nx_set *b)
{
	unsigned int i;

	for (i = 0; i < a->exact6; i++)
		if (nx_set_has6(b, &a->sorted6[i], NX_OWN))
			return true;
	return false;
}

/**
 * nx_sets_meet6 - is there an IPv6 address in both sets?
 * @a: one set
 * @b: the other
 */
bool nx_sets_meet6(const struct nx_set *a, const struct nx_set *b)
{
	unsigned int i, j;

	if (exact6_in(a, b) || exact6_in(b, a))
		return true;
	if (a->exact6 == a->n6 || b->exact6 == b->n6)
		return false;
	for (i = 0; i < a->n6; i++) {
		if (a->v6[i].type == NXA_TYPE_ADDR)
			continue;
		for (j = 0; j < b->n6; j++)
			if (v6_entries_meet(&a->v6[i], &b->v6[j]))
				return true;
	}
	return false;
}

/**
 * nx_default_lback - what 127.0.0.1 means in a new context
 * @id: its number
 *
 * Return: 127.x.y.1, x and y the two bytes of the number.
 */
__be32 nx_default_lback(u32 id)
{
	return htonl(INADDR_LOOPBACK ^ ((id & 0xffff) << 8));
}

/**
 * nx_default_lback6 - what ::1 means in a context
 * @id: its number
 * @addr: the answer, an address of the prefix that is set apart for this
 */
void nx_default_lback6(u32 id, struct in6_addr *addr)
{
	addr->s6_addr32[0] = htonl(NX_LBACK6_0);
	addr->s6_addr32[1] = htonl(NX_LBACK6_1);
	addr->s6_addr32[2] = 0;
	addr->s6_addr32[3] = htonl(id);
}

/**
 * nx_range_prefixes - write a range of addresses as prefixes
 * @first: first address, host order
 * @last: last address, inclusive
 * @base: where the prefixes go, or NULL; 62 are enough
 * @len: where their lengths go, or NULL
 *
 * Return: how many there are; 0 if the range is empty.
 */
unsigned int nx_range_prefixes(u32 first, u32 last, u32 *base, u8 *len)
{
	u64 at = first, end = (u64)last + 1;
	unsigned int n = 0;

	while (at < end) {
		/* The largest block that starts here and does not reach too far. */
		unsigned int bits = at ? __ffs64(at) : 32;

		while (bits && at + (1ULL << bits) > end)
			bits--;
		if (base) {
			base[n] = at;
			len[n] = 32 - bits;
		}
		n++;
		at += 1ULL << bits;
	}
	return n;
}
