// SPDX-License-Identifier: GPL-2.0
/* vpstree: pstree(1) for the processes of all contexts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctxname.h"
#include "out.h"
#include "procs.h"
#include "prog.h"

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = { "[ARGUMENTS OF PSTREE...]", "--json", NULL };

static const struct prog prog = {
	.name = "vpstree",
	.summary = "Run pstree(1) for the processes of all contexts.",
	.usage = usage,
	.opts = opts,
	.notes =
"--json shows the tree with the context of each process and takes no arguments of pstree.\n"
"Exit status: that of pstree; 255 any other error.\n",
	.error = 255,
	.wrapper = true,
};

/* By pid. */
static struct proc *list;
static int count;

static int is_pid(const void *key, const void *member)
{
	const struct proc *p = member;
	pid_t pid = *(const pid_t *)key;

	return pid < p->pid ? -1 : pid > p->pid;
}

static void show(const struct proc *p);

/* Those below @pid, with 0 also those whose parent is not there. */
static void children(pid_t pid)
{
	int i;

	for (i = 0; i < count; i++)
		if (list[i].ppid == pid ||
		    (!pid && !bsearch(&list[i].ppid, list, count, sizeof(*list), is_pid)))
			show(&list[i]);
}

static void show(const struct proc *p)
{
	char *name = p->xid == VC_NOCTX || p->xid < VS_ID_MIN ? NULL : ctx_name(p->xid, NULL);

	out_open(NULL);
	out_u64("pid", NULL, p->pid);
	if (p->xid != VC_NOCTX)
		out_u64("context", NULL, p->xid);
	if (name)
		out_str("name", NULL, name);
	out_str("command", NULL, p->command);
	out_open_list("children");
	children(p->pid);
	out_close();
	out_close();
	free(name);
}

static int print_json(void)
{
	count = procs_read(VC_NOCTX, &list);
	if (count < 0)
		fail("cannot read /proc: %s", why());
	out_start(true, true);
	children(0);
	out_finish(prog.error);
	procs_free(list, count);
	return 0;
}

int main(int argc, char **argv)
{
	const char *arg;

	/* All options but these are for pstree. */
	opt_start(&prog, argc, argv);
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version")))
		opt_next(&arg);
	/* A spectator sees all processes, whatever the host may see. */
	if (vc_ctx_migrate(VS_ID_WATCH, 0) < 0)
		fail("cannot become a spectator: %s", vc_reason(VCMD_ctx_migrate, errno));
	if (argc == 2 && !strcmp(argv[1], "--json"))
		return print_json();
	argv[0] = "pstree";
	execvp(argv[0], argv);
	fail("cannot execute pstree: %s", why());
}
