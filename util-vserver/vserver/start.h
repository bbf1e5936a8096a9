/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_START_H
#define VSERVER_START_H

#include "conf.h"

/* A start in progress. */
struct start {
	struct vc_guest	*guest;
	struct guest_conf conf;
	bool		rescue_init;
	pid_t		pid;		/* the guest's first task, 0: not yet */
	int		sock;		/* to it, -1 */
	int		log;		/* the output of its init, -1 */
	bool		context;	/* it has made the contexts */
	bool		told;		/* it has said which step failed */
};

/*
 * The part of start that happens in the new task: mounts, contexts, masks and
 * at last the guest's init. Tells over @s->sock what it did; never returns.
 */
void start_child(struct start *s) __attribute__((noreturn));

/* For --dry-run: what start_child() will do, one line per step. */
void start_child_show(const struct start *s);

/* The child's reports. */
#define REPORT_NAMED	'N'	/* the context exists and bears its name; waits for 'G' */
#define REPORT_ERROR	'E'	/* the exec failed, code and text say why */

struct start_report {
	char	what;
	int	code;
	char	text[256];
};

/*
 * Ends every task of @xid at once and waits until the context is gone.
 * 0, or -1 with a message printed.
 */
int kill_context(const char *guest, xid_t xid);

/*
 * Waits for the end of context @xid, at most @ms milliseconds (-1: for ever).
 * @until: also ends when child process @until has ended (0: none).
 * 1 it is gone, 0 it is not.
 */
int wait_context(xid_t xid, long long ms, pid_t until);

/* Stops a guest whose lock is held; exit code. */
int stop_locked(struct vc_guest *guest);
int start_locked(struct vc_guest *guest, char **rescue, bool rescue_init);

#endif
