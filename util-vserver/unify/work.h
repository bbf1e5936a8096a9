/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_WORK_H
#define VS_UNIFY_WORK_H

/* Files found by one walk, worked on by several threads. */

#include <stdbool.h>

#include "tree.h"

struct work_item {
	struct tree_dir	*dir;	/* the item's own reference */
	char		*path;	/* from the top of the tree, with a leading slash */
	const char	*name;	/* the end of it */
};

/* Starts @threads workers that call @run for each item; 0: one for each processor. */
void work_start(int threads, void (*run)(struct work_item *item, void *arg), void *arg);

/* Gives them a file; waits while they have enough to do. */
void work_add(const struct tree_file *f);

/* Waits until all is done. */
void work_finish(void);

#endif
