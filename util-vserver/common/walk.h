/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_WALK_H
#define VS_WALK_H

/* Files as they are given to a program, with what is below them if asked. */

#include <stdbool.h>

struct walk {
	bool	recurse;	/* into directories */
	bool	one_fs;		/* not into other file systems */
	bool	all;		/* names that begin with a dot as well */
	bool	dir_itself;	/* without recursion, not what is in a directory */
	/* The file and how to call it for people; false: it failed. */
	bool	(*visit)(const char *path, void *arg);
	void	*arg;
};

/*
 * Visits @path; of a directory its files first and then its subdirectories,
 * each sorted by name. Symbolic links are not followed. False when a visit
 * failed or a directory could not be read, which is told to stderr.
 */
bool walk(const struct walk *walk, const char *path);

#endif /* VS_WALK_H */
