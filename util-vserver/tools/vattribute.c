// SPDX-License-Identifier: GPL-2.0
/* vattribute: read and change the words of a process context. */
#include <errno.h>
#include <unistd.h>

#include "chain.h"
#include "out.h"
#include "prog.h"

#define STATUS_KERNEL	1

enum { OPT_SET = 1, OPT_GET, OPT_XID, OPT_BCAP, OPT_CCAP, OPT_FLAG, OPT_UMASK, OPT_SECURE, OPT_JSON };

static const struct opt opts[] = {
	{ "set", 's', OPT_SET, NULL, "change the words (default)" },
	{ "get", 'g', OPT_GET, NULL, "print them" },
	{ "xid", 0, OPT_XID, "ID", "number or running guest (default: self)" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "bcap", 0, OPT_BCAP, "LIST", "POSIX capabilities the context may have" },
	{ "ccap", 0, OPT_CCAP, "LIST", "context capabilities" },
	{ "flag", 0, OPT_FLAG, "LIST", "context flags" },
	{ "umask", 0, OPT_UMASK, "LIST", "namespaces the context may create" },
	{ "secure", 0, OPT_SECURE, NULL, "first the secure preset" },
	{ "json", 0, OPT_JSON, NULL, "--get: machine-readable" },
	{ 0 }
};

static const char *const usage[] = {
	"[--xid ID] --get [--json]",
	"[--xid ID] [--set] [--secure] [--bcap|--ccap|--flag|--umask LIST]... [-- PROG [ARG...]]",
	NULL
};

static const struct prog prog = {
	.name = "vattribute",
	.summary = "Read and change capabilities and flags of a process context.",
	.usage = usage,
	.opts = opts,
	.notes =
"A LIST is NAME,... with !NAME or ~NAME to clear, ^N for bit N, a number, all, none.\n"
"Exit status: 0, or that of PROG; 1 the kernel refused (nothing is changed then), 255 wrong usage.\n",
	.error = 255,
	.wrapper = true,
};

struct words {
	struct vc_ctx_caps	caps;
	struct vc_ctx_flags	flags;
	struct vc_umask		umask;
};

static void add_secure(struct words *w)
{
	w->caps.bcaps = vc_get_securebcaps();
	w->caps.bmask = UINT64_MAX;
	w->caps.ccaps = VC_SECURE_CCAPS;
	w->caps.cmask = UINT64_MAX;
	w->flags.flagword |= VC_SECURE_CFLAGS;
	w->flags.mask |= VC_SECURE_CFLAGS;
}

static void read_words(xid_t xid, const char *name, struct words *w)
{
	if (vc_get_ccaps(xid, &w->caps) < 0)
		fail_with(STATUS_KERNEL, "cannot read the capabilities of context %s: %s", name,
			  vc_reason(VCMD_get_ccaps, errno));
	if (vc_get_cflags(xid, &w->flags) < 0)
		fail_with(STATUS_KERNEL, "cannot read the flags of context %s: %s", name,
			  vc_reason(VCMD_get_cflags, errno));
	if (vc_get_umask(xid, &w->umask) < 0)
		fail_with(STATUS_KERNEL, "cannot read the umask of context %s: %s", name,
			  vc_reason(VCMD_get_umask, errno));
}

static void show(xid_t xid, const char *name, bool json)
{
	struct words w;

	read_words(xid, name, &w);
	if (xid == VC_SAMECTX)
		xid = vc_get_task_xid(0);
	out_start(json, false);
	out_u64("xid", NULL, xid);
	out_words("bcapabilities", "bcapabilities", VC_BCAP, w.caps.bcaps);
	out_words("ccapabilities", "ccapabilities", VC_CCAP, w.caps.ccaps);
	out_words("flags", "flags", VC_CFLAG, w.flags.flagword);
	out_words("umask", "umask", VC_UMASK, w.umask.umask);
	out_finish(STATUS_KERNEL);
}

/*
 * The flags come last: they may end the set-up, and then nothing can be
 * changed from inside any more. What was changed before a failure is put back.
 */
static void set_words(xid_t xid, const char *name, const struct words *w)
{
	struct words old;
	const char *what, *reason;

	read_words(xid, name, &old);
	if (vc_set_ccaps(xid, &w->caps) < 0) {
		what = "capabilities";
		reason = vc_reason(VCMD_set_ccaps, errno);
	} else if (w->umask.mask && vc_set_umask(xid, &w->umask) < 0) {
		what = "umask";
		reason = vc_reason(VCMD_set_umask, errno);
	} else if (w->flags.mask && vc_set_cflags(xid, &w->flags) < 0) {
		what = "flags";
		reason = vc_reason(VCMD_set_cflags, errno);
	} else {
		return;
	}
	vc_set_umask(xid, &old.umask);
	vc_set_ccaps(xid, &old.caps);
	fail_with(STATUS_KERNEL, "cannot change the %s of context %s: %s", what, name, reason);
}

int main(int argc, char **argv)
{
	bool get = false, set = false, json = false;
	struct words w = { 0 };
	const char *arg, *name = "self";
	xid_t xid = VC_SAMECTX;
	char **rest;
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
		case OPT_XID:
			name = arg;
			break;
		case OPT_BCAP:
			arg_words(VC_BCAP, arg, &w.caps.bcaps, &w.caps.bmask);
			break;
		case OPT_CCAP:
			arg_words(VC_CCAP, arg, &w.caps.ccaps, &w.caps.cmask);
			break;
		case OPT_FLAG:
			arg_words(VC_CFLAG, arg, &w.flags.flagword, &w.flags.mask);
			break;
		case OPT_UMASK:
			arg_words(VC_UMASK, arg, &w.umask.umask, &w.umask.mask);
			break;
		case OPT_SECURE:
			add_secure(&w);
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	rest = opt_rest();
	if (get && set)
		fail_usage("--get and --set exclude each other");
	if (get && (w.caps.bmask || w.caps.cmask || w.flags.mask || w.umask.mask))
		fail_usage("--get takes no --bcap, --ccap, --flag, --umask or --secure");
	if (get && *rest)
		fail_usage("--get takes no program");
	if (json && !get)
		fail_usage("--json goes with --get only");
	xid = arg_xid(name, false);
	if (get) {
		show(xid, name, json);
		return 0;
	}
	set_words(xid, name, &w);
	if (*rest)
		chain_exec(rest);
	return 0;
}
