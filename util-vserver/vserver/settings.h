/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_SETTINGS_H
#define VSERVER_SETTINGS_H

#include <stdio.h>
#include <vserver.h>

#include "util.h"

enum setting_kind {
	SET_TEXT,	/* the first line */
	SET_FLAG,	/* the file exists */
	SET_LIST,	/* one item per line */
	SET_ENV,	/* NAME=VALUE lines */
	SET_DATA,	/* used as it is */
	SET_EXEC,	/* a program or a shell script */
	SET_LINK,	/* a symbolic link */
};

#define IN_GUEST	0x1	/* below CONFDIR/NAME */
#define IN_DEFAULTS	0x2	/* below CONFDIR/.defaults */

/* One file of the configuration tree; all that knows about files reads the table of these. */
struct setting {
	const char	*path;		/* `*` stands for one name */
	enum setting_kind kind;
	unsigned int	where;
	const char	*value;		/* when absent; null: nothing */
	const char	*help;
	const char	*none;		/* why it has no effect here; null: it has */
};

extern const struct setting settings[];		/* a null path ends it */

/* The setting that @path is below a directory of kind @where; null: unknown. */
const struct setting *setting_find(const char *path, unsigned int where);

/* The path of the table nearest to @path (its own names put for `*`), or null; malloc'ed. */
char *setting_suggest(const char *path, unsigned int where);

/* True when @path is a directory that settings are in. */
bool setting_is_dir(const char *path, unsigned int where);

const char *setting_kind_name(enum setting_kind kind);

/* The nearest of @n words to @word, null when none is near. */
const char *nearest(const char *word, const char *const *words, size_t n);

/* For the manual and the tests: tab-separated lines. */
void settings_dump(FILE *to);

#endif
