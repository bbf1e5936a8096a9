// SPDX-License-Identifier: GPL-2.0
/* vlimit: the limits of a context. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chain.h"
#include "out.h"
#include "prog.h"

enum {
	OPT_XID = 1, OPT_ALL, OPT_NUMBERS, OPT_DECIMAL, OPT_MIN, OPT_SOFT, OPT_HARD, OPT_DIR,
	OPT_MISSINGOK, OPT_JSON, OPT_RES = 1000,	/* beyond all letters */
};

#define KINDS	VXL_NR

#define RES(name, id)	{ name, 0, OPT_RES + (id), "VALUE", NULL }

static const struct opt opts[] = {
	{ "xid", 'c', OPT_XID, "ID", "number or running guest (default: self)" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "all", 'a', OPT_ALL, NULL, "print all limits there are" },
	{ "numbers", 'n', OPT_NUMBERS, NULL, "-a: numbers instead of names" },
	{ "decimal", 'd', OPT_DECIMAL, NULL, "-a: decimal instead of hexadecimal values" },
	{ "json", 0, OPT_JSON, NULL, "-a: machine-readable" },
	{ "minimum", 'M', OPT_MIN, NULL, "the next option sets the minimum," },
	{ "soft", 'S', OPT_SOFT, NULL, "... the soft limit," },
	{ "hard", 'H', OPT_HARD, NULL, "... the hard limit (default); they may be combined" },
	{ "nproc", 0, OPT_RES + VXL_NPROC, "VALUE", "tasks; or another name, or a number, see below" },
	{ "dir", 0, OPT_DIR, "DIR", "set those for which DIR has a file RES, RES.min, RES.soft or RES.hard" },
	{ "missingok", 0, OPT_MISSINGOK, NULL, "no error when there is no DIR" },
	RES("cpu", 0), RES("fsize", 1), RES("data", 2), RES("stack", 3), RES("core", 4),
	RES("rss", 5), RES("nofile", 7), RES("memlock", 8), RES("as", 9), RES("locks", 10),
	RES("sigpending", 11), RES("msgqueue", 12), RES("nice", 13), RES("rtprio", 14),
	RES("rttime", 15), RES("nsock", 16), RES("openfd", 17), RES("anon", 18), RES("shmem", 19),
	RES("semary", 20), RES("nsems", 21), RES("dentry", 22), RES("mapped", 23),
	RES("0", 0), RES("1", 1), RES("2", 2), RES("3", 3), RES("4", 4), RES("5", 5), RES("6", 6),
	RES("7", 7), RES("8", 8), RES("9", 9), RES("10", 10), RES("11", 11), RES("12", 12),
	RES("13", 13), RES("14", 14), RES("15", 15), RES("16", 16), RES("17", 17), RES("18", 18),
	RES("19", 19), RES("20", 20), RES("21", 21), RES("22", 22), RES("23", 23),
	{ 0 }
};

static const char *const usage[] = {
	"[--xid ID] -a [-n] [-d] [--json]",
	"[--xid ID] {[-M] [-S] [-H] --RES VALUE}... [--dir DIR [--missingok]] [--] [PROG...]",
	NULL
};

static const struct prog prog = {
	.name = "vlimit",
	.summary = "Print and set the limits of a process context.",
	.usage = usage,
	.opts = opts,
	.notes =
"RES: nproc (tasks), nofile (open files), msgqueue (bytes of POSIX message queues) and shmem (pages\n"
"of SysV shared memory) are what this kernel enforces; setting another is an error.\n"
"VALUE: inf, or a number with k, m (1000, 1000000) or K, M (1024, 1048576).\n"
"The command line is stronger than --dir.\n"
"Exit status: 0, or that of PROG; 255 any error, and then no limit is changed.\n",
	.error = 255,
	.wrapper = true,
};

enum { MIN = 1, SOFT = 2, HARD = 4 };

/* What is wanted; VC_LIM_KEEP: nothing. */
static struct vc_rlimit want[KINDS];

static const char *limit_text(int id)
{
	static char number[12];

	if (vc_limit_name(id))
		return vc_limit_name(id);
	snprintf(number, sizeof(number), "%d", id);
	return number;
}

static void take(int id, int which, const char *text, bool weak)
{
	vc_limit_t *const slot[] = { &want[id].min, &want[id].soft, &want[id].hard };
	vc_limit_t value;
	int i;

	if (!vc_parseLimit(text, &value))
		fail("the limit '%s' of %s is neither inf nor a number with k, m, K or M", text,
		     limit_text(id));
	for (i = 0; i < 3; i++)
		if ((which & (1 << i)) && !(weak && *slot[i] != VC_LIM_KEEP))
			*slot[i] = value;
}

/* The particular file is stronger than the general one. */
static void take_file(const char *dir, int id, const char *suffix, int which)
{
	struct vc_error err;
	char name[32], *text;
	int rc;

	snprintf(name, sizeof(name), "%s%s", limit_text(id), suffix);
	rc = vc_cfg_scalar(dir, name, &text, &err);
	if (rc < 0)
		fail("%s", err.text);
	if (rc)
		take(id, which, text, true);
	free(text);
}

static void take_dir(const char *dir, bool missingok)
{
	struct stat st;
	int id;

	if (stat(dir, &st) < 0) {
		if (errno == ENOENT && missingok)
			return;
		fail("cannot read the directory %s: %s", dir, why());
	}
	for (id = 0; id < VXL_NR; id++) {
		take_file(dir, id, ".min", MIN);
		take_file(dir, id, ".soft", SOFT);
		take_file(dir, id, ".hard", HARD);
		take_file(dir, id, "", MIN | SOFT | HARD);
	}
}

static void print_value(const char *key, int width, bool there, vc_limit_t value, bool decimal)
{
	char text[32];

	if (!there)
		strcpy(text, "N/A");
	else if (value == VC_LIM_INFINITY)
		strcpy(text, "inf");
	else
		snprintf(text, sizeof(text), decimal ? "%" PRIu64 : "0x%" PRIx64, value);
	out_text("  ");
	out_str(key, NULL, text);
	out_text("%-*s", width, text);
}

static void show(xid_t xid, const char *id_text, bool numbers, bool decimal, bool json)
{
	struct vc_rlimit_mask mask;
	struct vc_rlimit lim;
	uint32_t any;
	char name[16];
	int id;

	if (vc_get_rlimit_mask(xid, &mask) < 0)
		fail("cannot ask which limits there are: %s", vc_reason(VCMD_get_rlimit_mask, errno));
	any = mask.min | mask.soft | mask.hard;
	out_start(json, false);
	for (id = 0; id < KINDS; id++) {
		if (!(any & (1U << id)))
			continue;
		if (vc_get_rlimit(xid, id, &lim) < 0)
			fail("cannot read the limit %s of context %s: %s", limit_text(id), id_text,
			     vc_reason(VCMD_get_rlimit, errno));
		if (numbers)
			snprintf(name, sizeof(name), "%d", id);
		else
			snprintf(name, sizeof(name), "%s", limit_text(id));
		out_open(name);
		out_text("%-8s", name);
		print_value("minimum", 18, mask.min & (1U << id), lim.min, decimal);
		/* The mask speaks of the hard limit only; both can be set. */
		print_value("soft", 18, mask.hard & (1U << id), lim.soft, decimal);
		print_value("hard", 0, mask.hard & (1U << id), lim.hard, decimal);
		out_text("\n");
		out_close();
	}
	out_finish(prog.error);
}

static bool wanted(int id)
{
	return want[id].min != VC_LIM_KEEP || want[id].soft != VC_LIM_KEEP ||
	       want[id].hard != VC_LIM_KEEP;
}

static void change(xid_t xid, const char *id_text)
{
	struct vc_rlimit old[KINDS];
	const char *reason;
	int id, i;

	for (id = 0; id < KINDS; id++) {
		if (!wanted(id))
			continue;
		if (!vc_get_rlimit(xid, id, &old[id]) && !vc_set_rlimit(xid, id, &want[id]))
			continue;
		reason = errno == EINVAL ? "the kernel does not enforce it" :
					   vc_reason(VCMD_set_rlimit, errno);
		for (i = 0; i < id; i++)
			if (wanted(i))
				vc_set_rlimit(xid, i, &old[i]);
		fail("cannot set the limit %s of context %s: %s", limit_text(id), id_text, reason);
	}
}

int main(int argc, char **argv)
{
	bool all = false, numbers = false, decimal = false, json = false, missingok = false;
	const char *arg, *name = "self", *dir = NULL;
	int opt, which = 0, i, sets = 0;
	char **rest;
	xid_t xid;

	for (i = 0; i < KINDS; i++)
		want[i] = (struct vc_rlimit){ VC_LIM_KEEP, VC_LIM_KEEP, VC_LIM_KEEP };
	opt_start(&prog, argc, argv);
	while ((opt = opt_next(&arg))) {
		switch (opt) {
		case OPT_XID:
			name = arg;
			break;
		case OPT_ALL:
			all = true;
			break;
		case OPT_NUMBERS:
			numbers = true;
			break;
		case OPT_DECIMAL:
			decimal = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		case OPT_MIN:
			which |= MIN;
			break;
		case OPT_SOFT:
			which |= SOFT;
			break;
		case OPT_HARD:
			which |= HARD;
			break;
		case OPT_DIR:
			dir = arg;
			break;
		case OPT_MISSINGOK:
			missingok = true;
			break;
		default:
			take(opt - OPT_RES, which ? which : HARD, arg, false);
			which = 0;
			sets++;
		}
	}
	rest = opt_rest();
	if (which)
		fail_usage("-M, -S and -H need a limit after them");
	if ((numbers || decimal || json) && !all)
		fail_usage("-n, -d and --json go with -a only");
	if (missingok && !dir)
		fail_usage("--missingok goes with --dir only");
	if (!all && !sets && !dir)
		fail_usage("nothing to do: give -a, a limit or --dir");
	if (all && (sets || dir || *rest))
		fail_usage("-a excludes limits, --dir and PROG");
	if (dir)
		take_dir(dir, missingok);
	xid = arg_xid(name, false);
	if (all) {
		show(xid, name, numbers, decimal, json);
		return 0;
	}
	change(xid, name);
	if (*rest)
		chain_exec(rest);
	return 0;
}
