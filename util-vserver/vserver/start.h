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
	int		other;		/* in the task: the end that is not its own */
	pid_t		holder;		/* in its group until the first task is there, 0 */
	int		log;		/* the output of its init, -1 */
	bool		context;	/* it has made the contexts */
	bool		console;	/* its init gets a terminal that we carry */
	int		master;		/* of that terminal, -1 */
	int		exit_status;	/* of a start command that has ended, -1 */
	bool		told;		/* it has said which step failed */
};

/*
 * The part of start that happens in the new task: mounts, contexts, masks and
 * at last the guest's init. Tells over @s->sock what it did; never returns.
 */
void start_child(struct start *s) __attribute__((noreturn));

/* For --dry-run: what start_child() will do, one line per step. */
void start_child_show(const struct start *s);

/*
 * The step "context": makes the task that runs start_child() and follows it until the guest's init
 * runs. 0, or -1 with a message printed.
 */
int start_context(struct start *s);
void start_context_undo(struct start *s);

/* The child's reports. */
#define REPORT_CONSOLE	'C'	/* comes with the master of the terminal */
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

/* True when child @pid has ended; it is not reaped. */
bool child_ended(pid_t pid);

/* Signals the init of a context, then all of it. */
void signal_context(const char *guest, xid_t xid, int sig);

/* While a guest is waited for: on a terminal, how it goes. */
void progress_start(const struct vc_guest *guest, const struct guest_conf *conf);
void progress_end(void);

/* Stops a guest whose lock is held; exit code. */
int stop_locked(struct vc_guest *guest);
/* Takes down what a guest that ended by itself has left. */
int stop_remains(struct vc_guest *guest);

struct start_options {
	char	**rescue;	/* null: none */
	bool	rescue_init;
	bool	console;
};

/*
 * Starts a guest whose lock is held; exit code. With a console: *@s stays open for
 * start_console(), to be called without the lock.
 */
int start_locked(struct vc_guest *guest, const struct start_options *o, struct start *s);
int start_console(struct start *s);

#endif
