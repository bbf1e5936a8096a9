// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of address sets: membership, overlap, loopback, ranges. */
#include <kunit/test.h>
#include <linux/inet.h>
#include <linux/slab.h>
#include <linux/vserver/lback6.h>
#include <linux/vserver/network.h>
#include <net/ipv6.h>

static __be32 ip4(struct kunit *test, const char *text)
{
	__be32 addr = 0;

	KUNIT_ASSERT_EQ(test, in4_pton(text, -1, (u8 *)&addr, -1, NULL), 1);
	return addr;
}

static struct in6_addr ip6(struct kunit *test, const char *text)
{
	struct in6_addr addr = {};

	KUNIT_ASSERT_EQ(test, in6_pton(text, -1, addr.s6_addr, -1, NULL), 1);
	return addr;
}

struct entry4 {
	u16		type;
	const char	*ip;
	const char	*ip2;
	const char	*mask;
};

struct entry6 {
	u16		type;
	const char	*ip;
	const char	*mask;
};

static struct nx_set *make_set(struct kunit *test, u32 id, const struct entry4 *v4, int n4,
			       const struct entry6 *v6, int n6)
{
	struct nx_set *set = nx_set_alloc(n4, n6, 0);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, set);
	set->lback = nx_default_lback(id);
	set->bcast = htonl(INADDR_BROADCAST);
	nx_default_lback6(id, &set->lback6);
	for (i = 0; i < n4; i++) {
		set->v4[i].type = v4[i].type;
		set->v4[i].ip = ip4(test, v4[i].ip);
		set->v4[i].ip2 = v4[i].ip2 ? ip4(test, v4[i].ip2) : 0;
		set->v4[i].mask = v4[i].mask ? ip4(test, v4[i].mask) : 0;
	}
	for (i = 0; i < n6; i++) {
		set->v6[i].type = v6[i].type;
		set->v6[i].ip = ip6(test, v6[i].ip);
		set->v6[i].mask = ip6(test, v6[i].mask);
	}
	nx_set_index(set);
	return set;
}

#define SET4(test, id, entries) \
	make_set(test, id, entries, ARRAY_SIZE(entries), NULL, 0)
#define SET6(test, id, entries) \
	make_set(test, id, NULL, 0, entries, ARRAY_SIZE(entries))

#define HAS4(test, set, text, ask) nx_set_has4(set, ip4(test, text), ask)

static bool has6(struct kunit *test, struct nx_set *set, const char *text, unsigned int ask)
{
	struct in6_addr addr = ip6(test, text);

	return nx_set_has6(set, &addr, ask);
}

static void single_test(struct kunit *test)
{
	static const struct entry4 entries[] = {
		{ NXA_TYPE_ADDR, "10.0.0.9", NULL, "255.255.255.0" },
		{ NXA_TYPE_ADDR, "10.0.0.5", NULL, "255.255.255.0" },
		{ NXA_TYPE_ADDR, "192.168.1.1", NULL, "255.255.255.255" },
	};
	struct nx_set *set = SET4(test, 5, entries);

	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.0.0.5", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.0.0.9", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "192.168.1.1", NX_ENTRY));
	/* The mask of a single address says its network, not what is covered. */
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "10.0.0.6", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "0.0.0.0", NX_BIND));
	/* Adding in any order keeps the first as it was given. */
	KUNIT_EXPECT_TRUE(test, set->v4[0].ip == ip4(test, "10.0.0.9"));
	kvfree(set);
}

static void broadcast_test(struct kunit *test)
{
	static const struct entry4 entries[] = {
		{ NXA_TYPE_ADDR, "10.0.0.5", NULL, "255.255.255.0" },
		{ NXA_TYPE_MASK, "10.1.0.0", NULL, "255.255.0.0" },
	};
	struct nx_set *set = SET4(test, 5, entries);

	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.0.0.255", NX_BIND));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "10.0.0.255", NX_OWN));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "255.255.255.255", NX_BIND));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "255.255.255.255", NX_SHOW));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "10.2.255.255", NX_BIND));
	kvfree(set);
}

static void mask_test(struct kunit *test)
{
	static const struct entry4 entries[] = {
		{ NXA_TYPE_MASK, "10.1.0.0", NULL, "255.255.0.0" },
		{ NXA_TYPE_MASK, "172.16.0.7", NULL, "255.240.0.255" },
	};
	static const struct entry4 any[] = { { NXA_TYPE_MASK, "0.0.0.0", NULL, "0.0.0.0" } };
	struct nx_set *set = SET4(test, 5, entries), *all = SET4(test, 6, any);

	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.1.0.0", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.1.255.255", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "10.2.0.0", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "172.31.99.7", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "172.31.99.8", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, all, "8.8.8.8", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, all, "127.0.0.1", NX_ENTRY));
	/* Even "everything" is not the host's loopback when that is remapped. */
	KUNIT_EXPECT_FALSE(test, HAS4(test, all, "127.0.0.1", NX_OWN | NX_REMAP));
	KUNIT_EXPECT_FALSE(test, HAS4(test, all, "127.0.5.1", NX_OWN | NX_REMAP));
	KUNIT_EXPECT_TRUE(test, HAS4(test, all, "127.0.6.1", NX_OWN | NX_REMAP));
	kvfree(set);
	kvfree(all);
}

static void range_test(struct kunit *test)
{
	/* In network order the ends would compare the other way round. */
	static const struct entry4 entries[] = {
		{ NXA_TYPE_RANGE, "10.0.1.250", "10.0.2.3", "0.0.0.0" },
	};
	struct nx_set *set = SET4(test, 5, entries);

	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "10.0.1.249", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.0.1.250", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.0.2.0", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "10.0.2.3", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "10.0.2.4", NX_ENTRY));
	kvfree(set);
}

static void loopback_test(struct kunit *test)
{
	struct nx_set *set = make_set(test, 0x1234, NULL, 0, NULL, 0);
	struct in6_addr own, other;

	KUNIT_EXPECT_TRUE(test, nx_default_lback(2) == ip4(test, "127.0.2.1"));
	KUNIT_EXPECT_TRUE(test, nx_default_lback(0x1234) == ip4(test, "127.18.52.1"));
	KUNIT_EXPECT_TRUE(test, nx_default_lback(65535) == ip4(test, "127.255.255.1"));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "127.18.52.1", NX_LBACK));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "127.18.52.1", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, HAS4(test, set, "127.0.0.1", NX_BIND));
	KUNIT_EXPECT_TRUE(test, HAS4(test, set, "127.0.0.1", NX_SHOW));

	nx_default_lback6(0x1234, &own);
	nx_default_lback6(0x1235, &other);
	KUNIT_EXPECT_TRUE(test, nx_is_lback6(&own));
	KUNIT_EXPECT_TRUE(test, nx_set_has6(set, &own, NX_LBACK));
	KUNIT_EXPECT_FALSE(test, nx_set_has6(set, &other, NX_BIND));
	KUNIT_EXPECT_FALSE(test, has6(test, set, "::1", NX_BIND));
	KUNIT_EXPECT_TRUE(test, has6(test, set, "::1", NX_SHOW));
	kvfree(set);
}

static void ipv6_test(struct kunit *test)
{
	static const struct entry6 entries[] = {
		{ NXA_TYPE_ADDR, "fd00::101", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ NXA_TYPE_ADDR, "2001:db8::5", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ NXA_TYPE_MASK, "2001:db8:1::", "ffff:ffff:ffff::" },
	};
	static const struct entry6 any[] = { { NXA_TYPE_MASK, "::", "::" } };
	static const struct entry4 v4[] = {
		{ NXA_TYPE_ADDR, "10.0.0.5", NULL, "255.255.255.0" },
	};
	struct nx_set *set = SET6(test, 5, entries), *all = SET6(test, 6, any);
	struct nx_set *mapped = SET4(test, 7, v4);

	KUNIT_EXPECT_TRUE(test, has6(test, set, "fd00::101", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, has6(test, set, "2001:db8::5", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, has6(test, set, "fd00::102", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, has6(test, set, "2001:db8:1:2::3", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, has6(test, set, "2001:db8:2::", NX_ENTRY));
	KUNIT_EXPECT_TRUE(test, has6(test, all, "::1", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, has6(test, all, "::1", NX_OWN | NX_REMAP));
	/* A mapped address is an IPv4 address, and no IPv6 mask covers it. */
	KUNIT_EXPECT_TRUE(test, has6(test, mapped, "::ffff:10.0.0.5", NX_ENTRY));
	KUNIT_EXPECT_FALSE(test, has6(test, all, "::ffff:10.0.0.5", NX_ENTRY));
	kvfree(set);
	kvfree(all);
	kvfree(mapped);
}

static void meet_test(struct kunit *test)
{
	static const struct entry4 one[] = { { NXA_TYPE_ADDR, "10.0.0.5", NULL, "255.255.255.0" } };
	static const struct entry4 two[] = { { NXA_TYPE_ADDR, "10.0.0.6", NULL, "255.255.255.0" } };
	static const struct entry4 net[] = {
		{ NXA_TYPE_MASK, "10.0.0.0", NULL, "255.255.255.248" },
	};
	static const struct entry4 far[] = { { NXA_TYPE_MASK, "10.0.1.0", NULL, "255.255.255.0" } };
	static const struct entry4 rng[] = {
		{ NXA_TYPE_RANGE, "10.0.0.6", "10.0.1.0", "0.0.0.0" },
	};
	struct nx_set *s1 = SET4(test, 2, one), *s2 = SET4(test, 3, two), *sn = SET4(test, 4, net);
	struct nx_set *sf = SET4(test, 5, far), *sr = SET4(test, 6, rng);
	struct { struct nx_set *a, *b; bool meet; } pairs[] = {
		{ s1, s2, false }, { s1, s1, true }, { s1, sn, true }, { s2, sn, true },
		{ s1, sf, false }, { sn, sf, false }, { s1, sr, false }, { s2, sr, true },
		{ sn, sr, true }, { sf, sr, true },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		KUNIT_EXPECT_EQ_MSG(test, nx_sets_meet4(pairs[i].a, pairs[i].b), pairs[i].meet,
				    "pair %d", i);
		KUNIT_EXPECT_EQ_MSG(test, nx_sets_meet4(pairs[i].b, pairs[i].a), pairs[i].meet,
				    "pair %d, exchanged", i);
		KUNIT_EXPECT_FALSE(test, nx_sets_meet6(pairs[i].a, pairs[i].b));
	}
	kvfree(s1);
	kvfree(s2);
	kvfree(sn);
	kvfree(sf);
	kvfree(sr);
}

/* The prefixes of a range cover it exactly, whatever its ends. */
static void prefixes_test(struct kunit *test)
{
	static const struct { u32 first, last, n; } cases[] = {
		{ 0, ~0U, 1 }, { 5, 5, 1 }, { 0, 0, 1 }, { ~0U, ~0U, 1 }, { 0, 1, 1 },
		{ 1, 2, 2 }, { 1, 0xfffffffe, 62 }, { 0x0a0001fa, 0x0a000203, 3 },
	};
	u32 base[64];
	u8 len[64];
	unsigned int i, j, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 at = cases[i].first;

		n = nx_range_prefixes(cases[i].first, cases[i].last, base, len);
		KUNIT_EXPECT_EQ(test, n, cases[i].n);
		KUNIT_EXPECT_EQ(test, n, nx_range_prefixes(cases[i].first, cases[i].last, NULL,
							   NULL));
		for (j = 0; j < n; j++) {
			KUNIT_EXPECT_EQ(test, base[j], at);
			KUNIT_EXPECT_EQ(test, base[j] & (u32)((1ULL << (32 - len[j])) - 1), 0);
			at += 1ULL << (32 - len[j]);
		}
		KUNIT_EXPECT_EQ(test, at, (u64)cases[i].last + 1);
	}
	KUNIT_EXPECT_EQ(test, nx_range_prefixes(6, 5, NULL, NULL), 0);
}

/* A thousand addresses: every one is found, its neighbours are not. */
static void many_test(struct kunit *test)
{
	struct nx_set *set = nx_set_alloc(1000, 1000, 0);
	unsigned int i, missing = 0, extra = 0;

	KUNIT_ASSERT_NOT_NULL(test, set);
	for (i = 0; i < 1000; i++) {
		set->v4[i].type = NXA_TYPE_ADDR;
		set->v4[i].ip = htonl(0x0a000000 + (i * 7919 % 1000) * 2);
		set->v6[i].type = NXA_TYPE_ADDR;
		set->v6[i].ip.s6_addr32[3] = htonl((i * 7919 % 1000) * 2 + 2);
	}
	nx_set_index(set);
	for (i = 0; i < 1000; i++) {
		struct in6_addr a6 = { .s6_addr32 = { 0, 0, 0, htonl(2 * i + 2) } };

		missing += !nx_set_has4(set, htonl(0x0a000000 + 2 * i), NX_ENTRY);
		extra += nx_set_has4(set, htonl(0x0a000001 + 2 * i), NX_ENTRY);
		missing += !nx_set_has6(set, &a6, NX_ENTRY);
		a6.s6_addr32[3] = htonl(2 * i + 3);
		extra += nx_set_has6(set, &a6, NX_ENTRY);
	}
	KUNIT_EXPECT_EQ(test, missing, 0);
	KUNIT_EXPECT_EQ(test, extra, 0);
	kvfree(set);
}

static struct kunit_case inet_cases[] = {
	KUNIT_CASE(single_test),
	KUNIT_CASE(broadcast_test),
	KUNIT_CASE(mask_test),
	KUNIT_CASE(range_test),
	KUNIT_CASE(loopback_test),
	KUNIT_CASE(ipv6_test),
	KUNIT_CASE(meet_test),
	KUNIT_CASE(prefixes_test),
	KUNIT_CASE(many_test),
	{}
};

static struct kunit_suite inet_suite = {
	.name		= "vserver_inet",
	.test_cases	= inet_cases,
};

kunit_test_suite(inet_suite);
