/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_HASH_H
#define VS_UNIFY_HASH_H

/* The name of a file in the pool: SHA-256 of all that must agree and of its contents. */

#include "file.h"

#define HASH_SIZE	32
#define HASH_NAME	(2 * HASH_SIZE + 2 + 9 + 1)	/* aa/bb/REST-COUNTER */

/*
 * @mtime: the time of change is part of it. @held: ends early when somebody wants to write to the file.
 * SKIP_NONE, SKIP_CHANGED, SKIP_BUSY, or SKIP_ERROR and errno.
 */
enum skip hash_file(int fd, const struct meta *m, bool mtime, bool held, unsigned char digest[HASH_SIZE]);

void hash_name(const unsigned char digest[HASH_SIZE], unsigned int counter, char name[HASH_NAME]);

/* Whether @path (below the pool, without leading slash) could be of hash_name(). */
bool hash_is_name(const char *path);

#endif
