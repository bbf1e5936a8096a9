/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_REPORT_H
#define VS_UNIFY_REPORT_H

/*
 * What was done, said while it is done (--verbose, a progress bar on terminals) and in the end, as text or JSON.
 * All of it may be called by several threads.
 */

#include <stdbool.h>
#include <stdint.h>

#include "file.h"

enum count {
	COUNT_SEEN,		/* regular files looked at */
	COUNT_LINKED,		/* became a link to an inode that others use */
	COUNT_ADDED,		/* can be shared from now on */
	COUNT_COPIED,
	COUNT_DIRS,
	COUNT_OTHERS,		/* links, devices, pipes */
	COUNT_KEPT,		/* were there before */
	COUNT_ADOPTED,		/* from a pool of older tools */
	COUNT_REMOVED,		/* from the pool */
	COUNT_MAX
};

struct report {
	int	verbose;	/* as often as -v was given */
	bool	dry_run, json, progress;
};

extern struct report report;

/* The options that all have. */
void report_start(const char *title);

void report_add(enum count what, uint64_t n);
void report_bytes_read(uint64_t n);
void report_saved(uint64_t bytes);
void report_skip(enum skip why, const char *path, const char *detail);
uint64_t report_count(enum count what);

/* For the bar: how much there is to do. */
void report_total(uint64_t files, uint64_t bytes);

/* Tells `prog: PATH: TEXT: errno` and counts a failure. */
void report_error(const char *text, const char *path, int error);
uint64_t report_errors(void);

/* A line for people who want to know more, from @level times -v on. */
void report_line(int level, const char *what, const char *path, const char *detail);

/* Prints the sum; 0, or 1 if something failed. Standard output that cannot be written ends the program with 1. */
int report_finish(void);

#endif
