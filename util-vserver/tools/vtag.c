// SPDX-License-Identifier: GPL-2.0
/* vtag: run a program whose files belong to a tag. */
#include <errno.h>

#include "chain.h"
#include "prog.h"

enum { OPT_CREATE = 1, OPT_MIGRATE, OPT_TAG, OPT_SILENT };

static const struct opt opts[] = {
	{ "create", 0, OPT_CREATE, NULL, "run PROG with the tag" },
	{ "migrate", 0, OPT_MIGRATE, NULL, "the same" },
	{ "tag", 0, OPT_TAG, "ID", "number or running guest" },
	{ "silent", 0, OPT_SILENT, NULL, "on a kernel without tags just run PROG" },
	{ "silentexist", 0, OPT_SILENT + 1, NULL, NULL },
	{ 0 }
};

static const char *const usage[] = { "{--create|--migrate} --tag ID [--silent] [--] PROG [ARG...]", NULL };

static const struct prog prog = {
	.name = "vtag",
	.summary = "Run a program whose files belong to a tag.",
	.usage = usage,
	.opts = opts,
	.notes =
"Files get it on file systems that are mounted with the option tag.\n"
"Exit status: that of PROG; 255 any error.\n",
	.error = 255,
	.wrapper = true,
};

int main(int argc, char **argv)
{
	const char *arg, *tag = NULL;
	bool given = false, silent = false;
	xid_t number;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_CREATE:
		case OPT_MIGRATE:
			given = true;
			break;
		case OPT_TAG:
			tag = arg;
			break;
		case OPT_SILENT:
			silent = true;
			break;
		}
	}
	argv = opt_rest();
	if (!given)
		fail_usage("neither --create nor --migrate given");
	if (!tag)
		fail_usage("no --tag given");
	if (!*argv)
		fail_usage("no program given");
	number = arg_xid(tag, true);
	if (number == VC_DYNAMIC_XID)
		fail("the tag must be a number from 0 to %u", VS_ID_MAX);
	if (vc_tag_migrate(number) < 0 && !(silent && errno == ENOSYS))
		fail("cannot take the tag %u: %s", number, vc_reason(VCMD_tag_migrate, errno));
	chain_exec(argv);
}
