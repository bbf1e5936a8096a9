/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_INSIDE_H
#define VSERVER_INSIDE_H

#include "conf.h"
#include "passfd.h"

/* A user as the guest's own files describe him. */
struct guest_user {
	uid_t	uid;
	gid_t	gid;
	char	*name, *home, *shell;
	gid_t	*groups;
	int	n_groups;
};

/*
 * Looks @who (name or number) up in /etc/passwd and /etc/group below @rootfd;
 * the host's name service is not asked. User 0 exists in every guest, and a
 * number without entry stands for itself. 0, or -1 with a message printed.
 */
int user_lookup(const char *guest, int rootfd, const char *who, struct guest_user *user);
void user_free(struct guest_user *user);

/* What descriptors 0 to 2 are inside. */
enum stdio_kind {
	STDIO_PASS,	/* the caller's own: pipes and sockets */
	STDIO_PTY,	/* a terminal of the guest, for terminals */
	STDIO_NULL,	/* the guest's null device */
	STDIO_PIPE,	/* a pipe that is pumped from or to the caller's file */
};

/* What is run inside. */
struct inside {
	const struct vc_guest *guest;
	const struct guest_conf *conf;
	const char	*who;		/* user; null: root */
	char		**argv;		/* null: a login shell */
	char		*shell;		/* configured login shell or null */
	struct strlist	extra_env;	/* NAME=VALUE added at the end */
	bool		want_pty;	/* all of stdio becomes a terminal */
	bool		null_stdio;	/* all of stdio becomes /dev/null */

	pid_t		pid;		/* result: the task, a child of the caller */
	int		master;		/* result: pty master, or -1 */
	enum stdio_kind	kind[3];
	int		inner[3];	/* the guest's ends of pipes, or -1 */
	int		pump[3];	/* result: ours, or -1 */
};

/*
 * Starts a task in the guest with a clean environment, no descriptors beside
 * 0 to 2, its own session and nothing of the host's terminal. Returns once it
 * runs the program: 0, else the exit code for the caller with a message printed.
 */
int inside_spawn(struct inside *in);

/* Waits for it, carrying its input and output. Returns its status as exit code. */
int inside_wait(struct inside *in);

/* True while the guest is paused; its tasks cannot run, nor can new ones. */
bool guest_paused(const struct vc_guest *guest, const struct guest_conf *conf);
int guest_thaw(const struct vc_guest *guest, const struct guest_conf *conf);

/* Both. */
int inside_run(struct inside *in);

/*
 * Makes the caller fit for running a guest's code: no
 * descriptors beside 0 to 2 and @keep (-1: none; moved to 3), a new session
 * and session keyring, no inheritable capabilities, umask 022. 0 or -1.
 */
int inside_clean(const char *guest, int keep);

/* Moves the caller into the context, if it is not there yet: default signals, none blocked. 0, or -1 and errno. */
int inside_enter(xid_t xid);

/* What send_fd() sent: bytes received (0: the end, -1: errno); *@fd is -1 when none came. */
ssize_t recv_fd(int sock, int *fd, void *data, size_t len);

#endif
