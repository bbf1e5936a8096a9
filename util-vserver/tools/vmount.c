// SPDX-License-Identifier: GPL-2.0
/* vmount: one mount in several running guests. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prog.h"

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = {
	"GUEST... -- [-o OPTIONS] [-t TYPE] [--bind|--rbind] SOURCE PLACE", "GUEST... -- -a", NULL
};

static const struct prog prog = {
	.name = "vmount",
	.summary = "Mount something of the host in running guests, as `vserver GUEST mount` does.",
	.usage = usage,
	.opts = opts,
	.notes = "Exit status: 0 mounted in all, 1 not in all.\n",
	.error = 1,
	.wrapper = true,
};

static int mount_in(char *guest, char **args, int n)
{
	char **argv = must_alloc(calloc(n + 4, sizeof(*argv)));
	int status;
	pid_t pid;

	argv[0] = (char *)"vserver";
	argv[1] = guest;
	argv[2] = (char *)"mount";
	memcpy(argv + 3, args, n * sizeof(*args));
	pid = fork();
	if (!pid) {
		execv(VS_SBINDIR "/vserver", argv);
		fail("cannot run %s/vserver: %s", VS_SBINDIR, why());
	}
	free(argv);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("cannot fork: %s", why());
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int i, split = 0, bad = 0;
	const char *arg;

	for (i = 1; i < argc && !split; i++)
		if (!strcmp(argv[i], "--"))
			split = i;
	opt_start(&prog, split ? split : argc, argv);
	opt_next(&arg);
	if (split < 2 || split + 1 == argc)
		fail_usage("wanted: guests, `--`, and what is mounted where");
	for (i = 1; i < split; i++)
		bad |= mount_in(argv[i], argv + split + 1, argc - split - 1);
	return bad;
}
