// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netset.h"
#include "prog.h"

#define MODIFIERS	(NXA_MOD_BCAST | NXA_MOD_LBACK)

static void append(struct netset *set, const struct vc_net_addr *addr, bool any_length)
{
	set->entries = must_alloc(reallocarray(set->entries, set->count + 1,
					       sizeof(*set->entries)));
	set->entries[set->count++] = (struct netset_entry){ *addr, any_length };
}

/* Addresses have a dot or a colon where names of interfaces, which may have both too, exist. */
static void parse(const char *text, struct vc_net_addr *addr)
{
	struct vc_error err;

	if (!vc_parse_addr(text, addr, &err))
		return;
	if (if_nametoindex(text)) {
		if (!vc_iface_addr(text, addr, &err))
			return;
	} else if (!strpbrk(text, ".:/")) {
		fail("'%s' is neither an address nor an interface", text);
	}
	fail("%s", err.text);
}

void netset_ip(struct netset *set, const char *text)
{
	struct vc_net_addr addr;

	parse(text, &addr);
	append(set, &addr, !strchr(text, '/') && !if_nametoindex(text));
}

void netset_range(struct netset *set, const char *text)
{
	struct vc_net_addr addr;
	struct vc_error err;

	if (vc_parse_range(text, &addr, &err) < 0)
		fail("%s", err.text);
	append(set, &addr, !strchr(text, '/'));
}

void netset_mask(struct netset *set, const char *text)
{
	struct vc_net_addr addr;
	struct vc_error err;

	if (vc_parse_mask(text, &addr, &err) < 0)
		fail("%s", err.text);
	append(set, &addr, false);
}

static void modifier(struct netset *set, const char *text, uint16_t bit, const char *what)
{
	struct vc_net_addr addr;

	parse(text, &addr);
	if (addr.vna_type & NXA_TYPE_IPV6)
		fail("'%s': a %s address is IPv4", text, what);
	addr.vna_type = NXA_TYPE_IPV4 | NXA_TYPE_ADDR | bit;
	append(set, &addr, false);
}

void netset_bcast(struct netset *set, const char *text)
{
	struct vc_net_addr addr;

	/* Of an interface: the last address of its network. */
	if (if_nametoindex(text)) {
		parse(text, &addr);
		addr.vna_v4_ip.s_addr |= ~addr.vna_v4_mask.s_addr;
		addr.vna_type = NXA_TYPE_IPV4 | NXA_TYPE_ADDR | NXA_MOD_BCAST;
		append(set, &addr, false);
		return;
	}
	modifier(set, text, NXA_MOD_BCAST, "broadcast");
}

void netset_lback(struct netset *set, const char *text)
{
	modifier(set, text, NXA_MOD_LBACK, "loopback");
}

void netset_no_modifiers(const struct netset *set)
{
	int i;

	for (i = 0; i < set->count; i++)
		if (set->entries[i].addr.vna_type & MODIFIERS)
			fail_usage("a broadcast or loopback address can be set, not removed");
}

void netset_announce(const struct netset *set, const char *what)
{
	char buf[VC_ADDR_TEXT];
	int i;

	if (!set->count)
		return;
	printf("%s", what);
	for (i = 0; i < set->count; i++)
		printf(" %s", vc_print_addr(&set->entries[i].addr, buf));
	printf("\n");
	fflush(stdout);
}

static void undo_add(const struct netset *set, int count, nid_t nid)
{
	while (count--)
		if (!(set->entries[count].addr.vna_type & MODIFIERS))
			vc_net_remove(nid, &set->entries[count].addr);
}

/* 0, or the sentence in @err; then nothing of @set is left. */
static int add_all(const struct netset *set, nid_t nid, struct vc_error *err)
{
	const struct vc_net_addr *addr;
	char buf[VC_ADDR_TEXT];
	uint32_t cmd;
	int i;

	for (i = 0; i < set->count; i++) {
		addr = &set->entries[i].addr;
		if (!vc_net_add(nid, addr))
			continue;
		cmd = addr->vna_type & NXA_TYPE_IPV6 ? VCMD_net_add_ipv6 : VCMD_net_add_ipv4;
		vc_error_call(err, cmd, "cannot add %s", vc_print_addr(addr, buf));
		undo_add(set, i, nid);
		return -1;
	}
	return 0;
}

void netset_add(const struct netset *set, nid_t nid)
{
	struct vc_error err;

	if (add_all(set, nid, &err) < 0)
		fail("%s", err.text);
}

/* The context's entries from @from on, in order: at the end of its list. */
static void restore(nid_t nid, const struct vc_net_addr *list, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (vc_net_add(nid, &list[i]) < 0)
			complain("cannot put back what was there: %s",
				 vc_reason(VCMD_net_add_ipv4, errno));
}

static void remove_everything(nid_t nid)
{
	struct vc_net_addr all = { .vna_type = NXA_TYPE_ANY };

	if (vc_net_remove(nid, &all) < 0)
		fail("cannot remove the addresses: %s", vc_reason(VCMD_net_rem_ipv4, errno));
}

static int read_list(nid_t nid, struct vc_net_addr **list)
{
	struct vc_error err;
	int count = vc_net_addresses(nid, list, &err);

	if (count < 0)
		fail("%s", err.text);
	return count;
}

static bool same_entry(const struct vc_net_addr *have, const struct netset_entry *want)
{
	const struct vc_net_addr *addr = &want->addr;
	size_t size = addr->vna_type & NXA_TYPE_IPV6 ? sizeof(struct in6_addr) :
		      sizeof(struct in_addr);

	if (have->vna_type != addr->vna_type ||
	    memcmp(&have->vna_v6_ip, &addr->vna_v6_ip, size))
		return false;
	if (addr->vna_type & NXA_TYPE_RANGE &&
	    memcmp(&have->vna_v6_ip2, &addr->vna_v6_ip2, size))
		return false;
	if (want->any_length)
		return true;
	/* A single IPv6 address is told apart by the length alone. */
	if (addr->vna_type & NXA_TYPE_IPV6 && addr->vna_type & NXA_TYPE_ADDR)
		return have->vna_prefix == addr->vna_prefix;
	return !memcmp(&have->vna_v6_mask, &addr->vna_v6_mask, size);
}

/*
 * Sockets on an address that is taken away are closed, so what stays must not
 * be taken away for a moment. That works if the result, what is there and is
 * wanted and after it what is new, is in the order asked for; the kernel has a
 * list for each family. Fills @add with what is new and marks in @keep what stays.
 */
static bool only_appends(const struct netset *set, const struct vc_net_addr *list, int count,
			 struct netset *add, bool *keep)
{
	bool added[2] = { false, false };
	int last[2] = { -1, -1 };
	int i, j;

	for (i = 0; i < set->count; i++) {
		struct netset_entry e = { set->entries[i].addr, false };
		int family = !!(e.addr.vna_type & NXA_TYPE_IPV6);
		bool special = e.addr.vna_type & MODIFIERS;

		for (j = 0; j < count && (keep[j] || !same_entry(&list[j], &e)); j++)
			;
		if (j == count || special) {
			append(add, &e.addr, false);
			added[family] |= !special;
			continue;
		}
		if (added[family] || j < last[family])
			return false;
		keep[j] = true;
		last[family] = j;
	}
	return true;
}

void netset_replace(const struct netset *set, nid_t nid)
{
	struct netset add = { 0 };
	struct vc_net_addr *old;
	struct vc_error err;
	int i, count = read_list(nid, &old);
	bool *keep = must_alloc(calloc(count + 1, sizeof(*keep)));

	if (only_appends(set, old, count, &add, keep)) {
		if (add_all(&add, nid, &err) < 0)
			fail("%s", err.text);
		for (i = 0; i < count; i++)
			if (!keep[i] && vc_net_remove(nid, &old[i]) < 0)
				fail("cannot remove the addresses: %s",
				     vc_reason(VCMD_net_rem_ipv4, errno));
	} else {
		remove_everything(nid);
		if (add_all(set, nid, &err) < 0) {
			restore(nid, old, count);
			fail("%s", err.text);
		}
	}
	free(add.entries);
	free(keep);
	free(old);
}

/* Entries are removed as the kernel has them, so all are looked up first. */
void netset_remove(const struct netset *set, nid_t nid)
{
	struct vc_net_addr *list, *found;
	char buf[VC_ADDR_TEXT];
	int i, j, count = read_list(nid, &list);

	found = must_alloc(calloc(set->count + 1, sizeof(*found)));
	for (i = 0; i < set->count; i++) {
		for (j = 0; j < count && !same_entry(&list[j], &set->entries[i]); j++)
			;
		if (j == count)
			fail("cannot remove %s: the network context does not have it",
			     vc_print_addr(&set->entries[i].addr, buf));
		found[i] = list[j];
		memmove(&list[j], &list[j + 1], (--count - j) * sizeof(*list));
	}
	for (i = 0; i < set->count; i++) {
		if (!vc_net_remove(nid, &found[i]))
			continue;
		complain("cannot remove %s: %s", vc_print_addr(&found[i], buf),
			 vc_reason(VCMD_net_rem_ipv4, errno));
		restore(nid, found, i);
		exit(255);
	}
	free(found);
	free(list);
}
