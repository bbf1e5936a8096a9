/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_EXCLUDE_H
#define VS_UNIFY_EXCLUDE_H

/*
 * Which files of a guest are left alone: one shell pattern per line, compared with the path from the guest's root.
 * The first match decides; + includes, ~ skips altogether (vcopy does not even copy), - or nothing excludes.
 */

#include <stdbool.h>
#include <stddef.h>

enum verdict { UNIFY_IT, COPY_IT, SKIP_IT };

struct exclude {
	struct exclude_rule {
		char		*pattern;
		enum verdict	verdict;
	} *rules;
	size_t	n;
	char	**plain;	/* paths of copied files, sorted; asked after the rules */
	size_t	n_plain;
};

/* Adds the lines of a file of the host. 0, or -1 with a message printed. */
int exclude_read(struct exclude *list, const char *path);
void exclude_add(struct exclude *list, const char *pattern, enum verdict verdict);
enum verdict exclude_verdict(const struct exclude *list, const char *path);
void exclude_free(struct exclude *list);

/*
 * Adds what the guest's dpkg calls configuration files, from its database below @rootfd, which is not trusted.
 * The number of files, 0 where there is no database, -1 with a message printed.
 */
int exclude_conffiles(struct exclude *list, int rootfd);

#endif
