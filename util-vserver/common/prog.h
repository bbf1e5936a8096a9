/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_PROG_H
#define VS_PROG_H

/*
 * What every program does alike: one table of options that drives parsing,
 * usage and --help, and messages of the form `prog: sentence`.
 */

#include <stdbool.h>
#include <stdint.h>
#include <vserver.h>

struct opt {
	const char	*name;		/* long name; null ends the table */
	char		letter;		/* or 0 */
	int		id;		/* what opt_next() returns, above 0 */
	const char	*arg;		/* name of its argument, null: none */
	const char	*help;		/* null: accepted but not listed */
};

struct prog {
	const char		*name;
	const char		*summary;	/* one line */
	const char *const	*usage;		/* argument lines, null at the end */
	const struct opt	*opts;		/* --help and --version come by themselves */
	const char		*notes;		/* printed below the options, or null */
	int			error;		/* exit status of fail() */
	bool			wrapper;	/* options end at the first plain argument */
};

/* Begins to parse; a second call begins anew (for other tables). */
void opt_start(const struct prog *prog, int argc, char **argv);

/*
 * Next option and its argument, 0 at the end. Does not return for --help,
 * --version (status 0) and for mistakes (status prog->error).
 */
int opt_next(const char **arg);

/* What follows the options, null-terminated; `--` is taken away. */
char **opt_rest(void);

/* Name of the program that runs, for messages. */
const char *prog_name(void);

/* Prints `prog: text` to stderr. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, then exits with prog->error. */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The same with a status of its own. */
void fail_with(int status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* The same, and points to --help. */
void fail_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* errno in words. */
const char *why(void);

/* A number from an argument; fails by naming option, value and range. */
int64_t arg_number(const char *what, const char *text, int64_t min, int64_t max);

/* A context number from an argument, see vc_parse_id(). */
xid_t arg_xid(const char *text, bool honor_static);
nid_t arg_nid(const char *text, bool honor_static);

/* A list of words from an argument. */
void arg_words(vc_word_kind kind, const char *text, uint64_t *value, uint64_t *mask);

/* Memory or exit. */
void *must_alloc(void *p);

#endif /* VS_PROG_H */
