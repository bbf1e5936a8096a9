// SPDX-License-Identifier: GPL-2.0
/* chbind: run a program in a network context, made for it if need be. */
#include <errno.h>
#include <stdio.h>

#include "chain.h"
#include "netset.h"
#include "prog.h"

enum {
	OPT_NID = 1, OPT_IP, OPT_RANGE, OPT_MASK, OPT_BCAST, OPT_LBACK, OPT_FLAG, OPT_NCAP, OPT_SECURE,
	OPT_DISCONNECT, OPT_SILENT,
};

static const struct opt opts[] = {
	{ "nid", 0, OPT_NID, "ID", "number or running guest (default: a free number)" },
	{ "ip", 0, OPT_IP, "A[/M]|IFACE", "one address, or that of an interface; 0.0.0.0 and :: mean all" },
	{ "range", 0, OPT_RANGE, "A-B[/M]", "the addresses from A to B (IPv4)" },
	{ "mask", 0, OPT_MASK, "A/M", "all addresses of a network" },
	{ "bcast", 0, OPT_BCAST, "A|IFACE", "the broadcast address (IPv4)" },
	{ "lback", 0, OPT_LBACK, "A", "the loopback address (IPv4)" },
	{ "flag", 0, OPT_FLAG, "LIST", "network flags" },
	{ "ncap", 0, OPT_NCAP, "LIST", "network capabilities" },
	{ "secure", 0, OPT_SECURE, NULL, "begin with the secure preset" },
	{ "disconnect", 0, OPT_DISCONNECT, NULL, "run PROG in the background, in a session of its own" },
	{ "silent", 0, OPT_SILENT, NULL, "do not tell what is done" },
	{ 0 }
};

static const char *const usage[] = { "[OPTION...] [--] PROG [ARG...]", NULL };

static const struct prog prog = {
	.name = "chbind",
	.summary = "Run a program in a network context; one that does not exist is created.",
	.usage = usage,
	.opts = opts,
	.notes =
"Of a context that exists the addresses, flags and capabilities stay as they are.\n"
"Exit status: that of PROG; 255 any error.\n",
	.error = 255,
	.wrapper = true,
};

static struct {
	const char		*id;
	struct netset		set;
	struct vc_net_flags	flags;
	struct vc_net_caps	caps;
	bool			disconnect, silent;
} want;

static void parse(int argc, char **argv)
{
	const char *arg;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_NID:
			want.id = arg;
			break;
		case OPT_IP:
			netset_ip(&want.set, arg);
			break;
		case OPT_RANGE:
			netset_range(&want.set, arg);
			break;
		case OPT_MASK:
			netset_mask(&want.set, arg);
			break;
		case OPT_BCAST:
			netset_bcast(&want.set, arg);
			break;
		case OPT_LBACK:
			netset_lback(&want.set, arg);
			break;
		case OPT_FLAG:
			arg_words(VC_NFLAG, arg, &want.flags.flagword, &want.flags.mask);
			break;
		case OPT_NCAP:
			arg_words(VC_NCAP, arg, &want.caps.ncaps, &want.caps.cmask);
			break;
		case OPT_SECURE:
			want.caps.ncaps |= VC_SECURE_NCAPS & ~want.caps.cmask;
			want.caps.cmask = UINT64_MAX;
			want.flags.flagword |= VC_SECURE_NFLAGS & ~want.flags.mask;
			want.flags.mask |= VC_SECURE_NFLAGS;
			break;
		case OPT_DISCONNECT:
			want.disconnect = true;
			break;
		case OPT_SILENT:
			want.silent = true;
			break;
		}
	}
}

/* This process is alone in the new context: a failure, which ends it, ends that too. */
static void set_up(nid_t nid)
{
	if (!want.silent) {
		printf("New network context is %u\n", nid);
		fflush(stdout);
	}
	if (want.caps.cmask && vc_set_ncaps(nid, &want.caps) < 0)
		fail("cannot set the capabilities of network context %u: %s", nid,
		     vc_reason(VCMD_set_ncaps, errno));
	if (!want.silent)
		netset_announce(&want.set, "Adding");
	netset_add(&want.set, nid);
	if (want.flags.mask && vc_set_nflags(nid, &want.flags) < 0)
		fail("cannot set the flags of network context %u: %s", nid,
		     vc_reason(VCMD_set_nflags, errno));
}

int main(int argc, char **argv)
{
	nid_t nid = VC_DYNAMIC_NID, got = VC_NONID;
	char **rest;

	parse(argc, argv);
	rest = opt_rest();
	if (!*rest)
		fail_usage("no program given");
	if (want.id)
		nid = arg_nid(want.id, true);
	if (nid == VS_ID_HOST || nid == VC_SAMECTX)
		fail("'%s' is no network context that can be entered", want.id);
	if (want.disconnect)
		chain_disconnect();
	if (nid != VS_ID_WATCH) {
		got = chain_create_net(nid);
		if (got == VC_NONID && errno != EEXIST && nid == VC_DYNAMIC_NID)
			fail("cannot create a network context: %s", vc_reason(VCMD_net_create, errno));
		if (got == VC_NONID && errno != EEXIST)
			fail("cannot create network context %u: %s", nid,
			     vc_reason(VCMD_net_create, errno));
	}
	if (got != VC_NONID)
		set_up(got);
	else if (vc_net_migrate(nid) < 0)
		fail("cannot enter network context %u: %s", nid,
		     vc_reason(VCMD_net_migrate, errno));
	chain_exec(rest);
}
