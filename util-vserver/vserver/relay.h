/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_RELAY_H
#define VSERVER_RELAY_H

#include <sys/types.h>
#include <vserver.h>

#define LOG_NAME	"vserver-console.log"
#define CONSOLE_LOG	"/var/log/" LOG_NAME

/* A place in a guest's text, and what of it a terminal may not get. */
struct filter {
	off_t	pos;
	int	state;		/* 0 text, 1 after ESC, 2 in a sequence, 3 in a string */
	unsigned char last;
	void	(*put)(struct filter *f, char c);	/* null: to standard output */
};

/* Passes on what is new in @log, without escape sequences. */
void relay_copy(struct filter *f, int log);

/* Frees the beginning of a log beyond @max bytes; writers go on at its end. */
void relay_trim(int log, off_t max);

/*
 * Waits for child @pid and prints meanwhile what appears in file @log (-1:
 * nothing), without escape sequences: it is the guest's text on the
 * administrator's terminal. 0 and *@status, or -1 when interrupted.
 */
int relay_log(int log, pid_t pid, int *status);

/* A process that keeps a log at its size as long as context @xid has tasks. 0, or -1 and errno. */
int relay_watch(int log, off_t max, xid_t xid);

#endif
