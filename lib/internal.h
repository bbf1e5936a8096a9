/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_LIB_INTERNAL_H
#define VS_LIB_INTERNAL_H

/* Shared by the files of the library; nothing of this is exported. */

#include <stdio.h>
#include <vserver.h>

#ifndef VS_CONFDIR
#define VS_CONFDIR	"/etc/vservers"
#endif
#ifndef VS_RUNDIR
#define VS_RUNDIR	"/run/vservers"
#endif
#ifndef VS_VDIRBASE
#define VS_VDIRBASE	"/vservers"
#endif

/* A file of the configuration longer than this is refused. */
#define CFG_MAX		1048576

/* A name and what it stands for; a null name ends a table. */
struct word {
	const char	*name;
	uint64_t	value;
};

struct word_table {
	const char		*title;		/* "ccap" */
	const char		*prefix;	/* "VXC_" */
	const struct word	*words;		/* by value, the preferred name first */
};

const struct word_table *word_table(vc_word_kind kind);

/* The word called @str (@len bytes, prefix allowed), null if unknown. */
const struct word *word_find(const struct word_table *table, const char *str, size_t len);

/* The first name of the lowest known bits of *@v, which are cleared. */
const char *word_lowest(const struct word_table *table, uint64_t *v);

/*
 * One list, see vc_parse_words(). Returns 0, or -1 with *@bad and *@badlen
 * telling the element; then nothing was changed.
 */
int word_list(const struct word_table *table, const char *str, size_t len, uint64_t *value,
	      uint64_t *mask, const char **bad, size_t *badlen);

/* malloc'ed printf; null without memory. */
char *str_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Decimal digits only, up to @max. */
bool str_number(const char *str, uint64_t max, uint64_t *value);

/* A file of a configuration directory: @name below @dirfd (or AT_FDCWD), or DIR/NAME when that is -1. */
struct cfg_file {
	int		dirfd;
	const char	*dir;		/* for messages too */
	const char	*name;
	bool		*there;		/* is set to whether there is such a file, null */
};

/*
 * Calls @line for every setting in @file, with its number; a result other
 * than 0 ends the walk. Returns the last result, 1 when there is no such
 * file, -1 and *@err when it cannot be read.
 */
typedef int (*cfg_line_fn)(void *arg, const struct cfg_file *file, unsigned int nr, char *line,
			   struct vc_error *err);
int cfg_walk(const struct cfg_file *file, cfg_line_fn line, void *arg, struct vc_error *err);

/* As vc_cfg_scalar() and vc_cfg_number(). */
int cfg_scalar(const struct cfg_file *file, char **value, struct vc_error *err);
int cfg_number(const struct cfg_file *file, uint64_t min, uint64_t max, uint64_t *value, struct vc_error *err);

#endif /* VS_LIB_INTERNAL_H */
