// SPDX-License-Identifier: GPL-2.0
/* exec-cd: run a program in a directory that is looked up below the current one. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "chain.h"
#include "inroot.h"
#include "prog.h"

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = { "DIR PROG [ARG...]", NULL };

static const struct prog prog = {
	.name = "exec-cd",
	.summary = "Run a program of the host in a directory of the tree that begins here.",
	.usage = usage,
	.opts = opts,
	.notes =
"DIR is looked up as if the current directory were /: no symbolic link leads out of it.\n"
"PROG then runs in that directory, with the root directory of the caller.\n"
"Exit status: that of PROG; 255 any error.\n",
	.error = 255,
	.wrapper = true,
};

int main(int argc, char **argv)
{
	const char *arg;
	char **rest;
	int root, dir;

	opt_start(&prog, argc, argv);
	opt_next(&arg);
	rest = opt_rest();
	if (!rest[0] || !rest[1])
		fail_usage("wanted: a directory and a program");
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	dir = root < 0 ? -1 : open_in_root(root, rest[0], O_PATH | O_DIRECTORY, 0);
	if (dir < 0 || fchdir(dir))
		fail("cannot change to %s below the current directory: %s", rest[0], why());
	chain_exec(rest + 1);
}
