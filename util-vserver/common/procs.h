/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_PROCS_H
#define VS_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vserver.h>

/* A task group leader, as /proc shows it to the host. */
struct proc {
	pid_t	pid, ppid, vpid;	/* vpid: its number in its innermost pid space */
	xid_t	xid;
	uid_t	uid;
	char	state;
	int	threads, nice;
	uint64_t vsz, rss;		/* bytes */
	uint64_t ticks;			/* processor time so far, in clock ticks */
	uint64_t start;			/* ticks since boot */
	char	*command;		/* arguments, else [name]; controls replaced */
};

/* All processes of context @xid (VC_NOCTX: of all), by pid; malloc'ed. -1 errno. */
int procs_read(xid_t xid, struct proc **list);
void procs_free(struct proc *list, int n);

#endif
