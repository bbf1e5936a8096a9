// SPDX-License-Identifier: GPL-2.0
/* vserver NAME unify and hashify: the programs of the package, for this guest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"

static int become(const char *program, const char *id, int argc, char **argv)
{
	char *path = xprintf("%s/%s", package_dir(), program);
	char **args = xcalloc(argc + 4, sizeof(*args));
	int n = 0, i;

	args[n++] = (char *)program;
	if (opt.dry_run)
		args[n++] = (char *)"--dry-run";
	if (opt.verbose)
		args[n++] = (char *)"--verbose";
	for (i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = (char *)id;
	execv(path, args);
	failed(id, "cannot run %s: %s", path, strerror(errno));
	return EX_FAIL;
}

int cmd_unify(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	(void)id;
	return become("vunify", guest->dir, argc, argv);
}

int cmd_hashify(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	(void)id;
	return become("vhashify", guest->dir, argc, argv);
}
