// SPDX-License-Identifier: GPL-2.0
/* vpstree: pstree(1) for the processes of all contexts. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "prog.h"

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = { "[ARGUMENTS OF PSTREE...]", NULL };

static const struct prog prog = {
	.name = "vpstree",
	.summary = "Run pstree(1) for the processes of all contexts.",
	.usage = usage,
	.opts = opts,
	.notes = "Exit status: that of pstree; 255 any other error.\n",
	.error = 255,
	.wrapper = true,
};

int main(int argc, char **argv)
{
	const char *arg;

	/* All options but these two are for pstree. */
	opt_start(&prog, argc, argv);
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version")))
		opt_next(&arg);
	/* A spectator sees all processes, whatever the host may see. */
	if (vc_ctx_migrate(VS_ID_WATCH, 0) < 0)
		fail("cannot become a spectator: %s", vc_reason(VCMD_ctx_migrate, errno));
	argv[0] = "pstree";
	execvp(argv[0], argv);
	fail("cannot execute pstree: %s", why());
}
