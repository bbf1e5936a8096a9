// SPDX-License-Identifier: GPL-2.0
/* vspace: create, store and enter the namespaces of a context. */
#include <errno.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"
#include "spaces.h"

enum {
	OPT_NEW = SPACES_OPT_END, OPT_ENTER, OPT_SET, OPT_INDEX,
};

static const struct opt opts[] = {
	{ "new", 'n', OPT_NEW, NULL, "run PROG in new namespaces and wait for it" },
	{ "enter", 'e', OPT_ENTER, "ID", "run PROG in the namespaces stored in a context" },
	{ "set", 's', OPT_SET, NULL, "store the own namespaces in the own context" },
	{ "index", 'i', OPT_INDEX, "N", "slot of the context, 0 or 1 (default: 0)" },
	SPACES_OPTS,
	{ 0 }
};

static const char *const usage[] = {
	"--new [SPACE...] [--] PROG [ARG...]",
	"--enter ID [SPACE...] [--index N] [--] PROG [ARG...]",
	"--set [SPACE...] [--index N] [-- PROG [ARG...]]",
	NULL
};

static const struct prog prog = {
	.name = "vspace",
	.summary = "Create, store and enter the namespaces of a process context.",
	.usage = usage,
	.opts = opts,
	.notes =
"Without a SPACE: the kernel's default ones. SPACEs add up from left to right.\n"
"Exit status: 0, or that of PROG; 255 any error.\n",
	.error = 255,
	.wrapper = true,
};

int main(int argc, char **argv)
{
	struct spaces spaces = { 0 };
	const char *arg, *from = NULL;
	uint32_t index = 0;
	int id, mode = 0;
	char **rest;
	xid_t xid;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (spaces_opt(&spaces, id, arg))
			continue;
		if (id == OPT_INDEX) {
			index = arg_number("index", arg, 0, VS_SPACES - 1);
			continue;
		}
		if (mode && mode != id)
			fail_usage("--new, --enter and --set exclude each other");
		mode = id;
		if (id == OPT_ENTER)
			from = arg;
	}
	rest = opt_rest();
	if (!mode)
		fail_usage("one of --new, --enter and --set is needed");
	if (mode != OPT_SET && !*rest)
		fail_usage("no program given");
	switch (mode) {
	case OPT_NEW:
		spaces_new(&spaces);
		break;
	case OPT_ENTER:
		xid = arg_xid(from, false);
		if (vc_enter_namespace(xid, spaces_mask(&spaces), index) < 0)
			fail("cannot enter the spaces of context %s: %s", from,
			     vc_reason(VCMD_enter_space, errno));
		spaces_fork_if_pid(&spaces);
		break;
	case OPT_SET:
		if (vc_set_namespace(VC_SAMECTX, spaces_mask(&spaces), index) < 0)
			fail("cannot store the spaces in the own context: %s",
			     vc_reason(VCMD_set_space, errno));
		break;
	}
	if (*rest)
		chain_exec(rest);
	return 0;
}
