/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_POOL_H
#define VS_UNIFY_POOL_H

/*
 * A pool: a directory of root's on the file system of the guests that holds one name for each file that may be
 * shared, aa/bb/REST-COUNTER by its digest. A second file of the same digest that cannot be shared with the first
 * (too many links, a damaged first one) has the next COUNTER. Pools of older tools have other names; their files
 * are found by what they are and get the new name when they are used.
 */

#include <sys/types.h>

#include "hash.h"

struct pool {
	char			*path;
	int			fd, tmpfd;
	dev_t			dev;
	ino_t			ino;
	bool			mtime;		/* is part of the digest */
	bool			trust;		/* the digest alone decides */
	struct pool_old		*old;		/* by size; names of older tools */
	size_t			n_old;
};

/*
 * The pool for files on @dev among the entries of @hashdir (directories or links to them). Null with a message
 * printed. @exclusive: nobody else works on it until pool_close().
 */
struct pool *pool_open(const char *hashdir, dev_t dev, bool exclusive);
/* Calls @run for each file system that has a pool. */
void pool_each(const char *hashdir, void (*run)(const char *hashdir, dev_t dev));

void pool_close(struct pool *pool);

/*
 * Opens the file of the pool that has the contents and attributes of @fd (@m, @digest). -1 and errno, ENOENT: there
 * is none, @name is what it would be called. @skip: so many are passed over, they were of no use.
 */
int pool_find(struct pool *pool, int fd, const struct meta *m, const unsigned char *digest, unsigned int *counter,
	      char name[HASH_NAME], bool dry_run);

/* Gives the frozen inode @fd that name. 0, or -1 and errno. */
int pool_add(struct pool *pool, int fd, const char *name);

/* Removes what nobody else uses. With @dry_run only tells. */
void pool_collect(struct pool *pool, bool dry_run);

#endif
