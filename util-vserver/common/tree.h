/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_TREE_H
#define VS_TREE_H

/*
 * A tree of files that somebody else may be changing meanwhile: every step goes by the descriptor of the
 * directory above, no symbolic link is followed and no mount is crossed. Whoever owns the tree can make the walk
 * see old or new names, never names outside.
 */

#include <linux/stat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct statx;

/* A directory; it stays open as long as somebody has a reference. */
struct tree_dir {
	int		fd;
	atomic_int	refs;
	void		*data;		/* the visitor's, from enter() */
};

struct tree_file {
	struct tree_dir		*dir;	/* where it is */
	const char		*name;	/* its name there */
	const char		*path;	/* from the top, with a leading slash */
	const struct statx	*st;
	int			fd;	/* in enter(): the directory itself */
};

struct tree {
	/* Each name but directories. False: the walk ends. */
	bool	(*file)(const struct tree_file *f, void *arg);
	/*
	 * A directory, before what is in it; @data becomes the data of its tree_dir. False: what is in it is
	 * left out. Null: all are entered.
	 */
	bool	(*enter)(const struct tree_file *f, void **data, void *arg);
	/* A directory, after what is in it; called for all that were entered. May be null. */
	void	(*leave)(const char *path, const struct statx *st, void *data, void *arg);
	/* Something could not be looked at, @error is an errno. The walk goes on. */
	void	(*problem)(const char *path, int error, void *arg);
	unsigned int	mask;		/* what statx() shall find out, 0: STATX_BASIC_STATS */
	void		*data;		/* of the top directory */
	void		*arg;
};

/*
 * Walks all below the directory @topfd, which is not closed. Directories come and go as they are found, files of a
 * directory and its subdirectories in the order of the file system. True: to its end.
 */
bool tree_walk(const struct tree *t, int topfd);

struct tree_dir *tree_dir_get(struct tree_dir *dir);
void tree_dir_put(struct tree_dir *dir);

/* Opens a directory below @dirfd that is no link and no other mount. -1 and errno. */
int tree_open_dir(int dirfd, const char *name);

/* As many descriptors as root may have: deep trees take one per level. */
void tree_raise_limit(void);

/*
 * @path as it may be shown on a terminal: control characters and bytes that are not UTF-8 become \ooo. The answer
 * is malloc'ed.
 */
char *tree_printable(const char *path);

#endif /* VS_TREE_H */
