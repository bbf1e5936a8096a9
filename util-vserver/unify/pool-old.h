/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_POOL_OLD_H
#define VS_UNIFY_POOL_OLD_H

/*
 * Files of a pool that older tools have named by digests of their own. What they named is found again by size,
 * owner and mode and compared byte for byte; once used, it gets the name of today. A pool in which nothing else is
 * left has a file POOL_FORMAT and is not searched any more.
 */

#include "pool.h"

#define POOL_FORMAT	".format"

void pool_old_load(struct pool *pool);
void pool_old_free(struct pool *pool);

/* Looks for the file @fd; true: found, @entry is it, and it now has the name @name. */
bool pool_old_take(struct pool *pool, int fd, const struct meta *m, const char *name, bool dry_run, int *entry);

#endif
