/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_NET_INDEX_H
#define _VSERVER_NET_INDEX_H

#include <linux/in6.h>
#include <linux/list.h>

struct nx_info;

/*
 * The prefix of which ::1 becomes a member, one address for each context. It
 * is a unique local one, lives on the loopback device only and is refused
 * when it comes from outside.
 */
#define NX_LBACK6_0	0xfd6c6f6fU
#define NX_LBACK6_1	0x70626b00U
#define NX_LBACK6_LEN	64

static inline bool nx_is_lback6(const struct in6_addr *addr)
{
	return addr->s6_addr32[0] == htonl(NX_LBACK6_0) &&
	       addr->s6_addr32[1] == htonl(NX_LBACK6_1);
}

/**
 * struct nx_owner - one prefix of one context in the index
 * @node: in the hash, or in the list of masks with holes
 * @nx: whose it is; holds no reference, because the context takes its nodes
 *	out before it goes
 * @key: the prefix; IPv4 as a mapped address
 * @mask: only of masks with holes
 * @len: its length, or NX_ODD
 */
struct nx_owner {
	struct hlist_node	node;
	struct nx_info		*nx;
	struct in6_addr		key;
	struct in6_addr		mask;
	u8			len;
};

#endif /* _VSERVER_NET_INDEX_H */
