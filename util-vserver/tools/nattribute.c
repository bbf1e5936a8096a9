// SPDX-License-Identifier: GPL-2.0
/* nattribute: read and change the words of a network context. */
#include <errno.h>

#include "chain.h"
#include "out.h"
#include "prog.h"

#define STATUS_KERNEL	1

enum { OPT_SET = 1, OPT_GET, OPT_NID, OPT_NCAP, OPT_FLAG, OPT_SECURE, OPT_JSON };

static const struct opt opts[] = {
	{ "set", 's', OPT_SET, NULL, "change the words (default)" },
	{ "get", 'g', OPT_GET, NULL, "print them" },
	{ "nid", 0, OPT_NID, "ID", "number or running guest (default: self)" },
	{ "ncap", 0, OPT_NCAP, "LIST", "network capabilities" },
	{ "flag", 0, OPT_FLAG, "LIST", "network flags" },
	{ "secure", 0, OPT_SECURE, NULL, "first the secure preset" },
	{ "json", 0, OPT_JSON, NULL, "--get: machine-readable" },
	{ 0 }
};

static const char *const usage[] = {
	"[--nid ID] --get [--json]",
	"[--nid ID] [--set] [--secure] [--ncap|--flag LIST]... [-- PROG [ARG...]]",
	NULL
};

static const struct prog prog = {
	.name = "nattribute",
	.summary = "Read and change capabilities and flags of a network context.",
	.usage = usage,
	.opts = opts,
	.notes =
"A LIST is NAME,... with !NAME or ~NAME to clear, ^N for bit N, a number, all, none.\n"
"Exit status: 0, or that of PROG; 1 the kernel refused (nothing is changed then), 255 wrong usage.\n",
	.error = 255,
	.wrapper = true,
};

struct words {
	struct vc_net_caps	caps;
	struct vc_net_flags	flags;
};

static void read_words(nid_t nid, const char *name, struct words *w)
{
	if (vc_get_ncaps(nid, &w->caps) < 0)
		fail_with(STATUS_KERNEL, "cannot read the capabilities of network context %s: %s",
			  name, vc_reason(VCMD_get_ncaps, errno));
	if (vc_get_nflags(nid, &w->flags) < 0)
		fail_with(STATUS_KERNEL, "cannot read the flags of network context %s: %s", name,
			  vc_reason(VCMD_get_nflags, errno));
}

static void show(nid_t nid, const char *name, bool json)
{
	struct words w;

	read_words(nid, name, &w);
	if (nid == VC_SAMECTX)
		nid = vc_get_task_nid(0);
	out_start(json, false);
	out_u64("nid", NULL, nid);
	out_words("ncapabilities", "ncapabilities", VC_NCAP, w.caps.ncaps);
	out_words("nflags", "nflags", VC_NFLAG, w.flags.flagword);
	out_finish(STATUS_KERNEL);
}

/* The flags last: they may close the context for administration. */
static void set_words(nid_t nid, const char *name, const struct words *w)
{
	struct words old;
	const char *reason;

	read_words(nid, name, &old);
	if (w->caps.cmask && vc_set_ncaps(nid, &w->caps) < 0)
		fail_with(STATUS_KERNEL, "cannot change the capabilities of network context %s: %s",
			  name, vc_reason(VCMD_set_ncaps, errno));
	if (!w->flags.mask || !vc_set_nflags(nid, &w->flags))
		return;
	reason = vc_reason(VCMD_set_nflags, errno);
	vc_set_ncaps(nid, &old.caps);
	fail_with(STATUS_KERNEL, "cannot change the flags of network context %s: %s", name, reason);
}

int main(int argc, char **argv)
{
	bool get = false, set = false, json = false;
	struct words w = { 0 };
	const char *arg, *name = "self";
	char **rest;
	nid_t nid;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_SET:
			set = true;
			break;
		case OPT_GET:
			get = true;
			break;
		case OPT_NID:
			name = arg;
			break;
		case OPT_NCAP:
			arg_words(VC_NCAP, arg, &w.caps.ncaps, &w.caps.cmask);
			break;
		case OPT_FLAG:
			arg_words(VC_NFLAG, arg, &w.flags.flagword, &w.flags.mask);
			break;
		case OPT_SECURE:
			w.caps = (struct vc_net_caps){ VC_SECURE_NCAPS, UINT64_MAX };
			w.flags.flagword |= VC_SECURE_NFLAGS;
			w.flags.mask |= VC_SECURE_NFLAGS;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	rest = opt_rest();
	if (get && set)
		fail_usage("--get and --set exclude each other");
	if (get && (w.caps.cmask || w.flags.mask))
		fail_usage("--get takes no --ncap, --flag or --secure");
	if (get && *rest)
		fail_usage("--get takes no program");
	if (json && !get)
		fail_usage("--json goes with --get only");
	nid = arg_nid(name, false);
	if (get) {
		show(nid, name, json);
		return 0;
	}
	set_words(nid, name, &w);
	if (*rest)
		chain_exec(rest);
	return 0;
}
