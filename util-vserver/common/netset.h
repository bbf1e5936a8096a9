/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_NETSET_H
#define VS_NETSET_H

/*
 * Addresses as naddress and chbind take them, changed together: what a
 * failing change has begun is undone. Mistakes and failures end the program.
 */

#include <vserver.h>

struct netset {
	struct netset_entry {
		struct vc_net_addr	addr;
		bool			any_length;	/* given without one */
	}	*entries;
	int	count;
};

/* An address or the name of an interface; a range; a network. */
void netset_ip(struct netset *set, const char *text);
void netset_range(struct netset *set, const char *text);
void netset_mask(struct netset *set, const char *text);

/* Broadcast and loopback address of the context. */
void netset_bcast(struct netset *set, const char *text);
void netset_lback(struct netset *set, const char *text);

/* Fails when the set has a broadcast or a loopback address. */
void netset_no_modifiers(const struct netset *set);

/* Prints "@what A B ..." */
void netset_announce(const struct netset *set, const char *what);

void netset_add(const struct netset *set, nid_t nid);
void netset_remove(const struct netset *set, nid_t nid);

/* Removes all that the context has, then adds. */
void netset_replace(const struct netset *set, nid_t nid);

#endif /* VS_NETSET_H */
