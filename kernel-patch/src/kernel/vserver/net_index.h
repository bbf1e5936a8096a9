/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_NET_INDEX_H
#define _VSERVER_NET_INDEX_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/types.h>

struct nx_info;

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
