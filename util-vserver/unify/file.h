/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_FILE_H
#define VS_UNIFY_FILE_H

/*
 * One regular file of a guest that may run meanwhile and be hostile: held so that its contents stay, all that must
 * agree before it may share an inode with another, and the attributes of a unified file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <vserver.h>

/* What two files must have in common beside their contents. */
struct meta {
	struct statx	st;
	char		*xattrs;	/* names, lengths and values, sorted */
	size_t		xattrs_len;
};

/* Why a file is left as it is; 0 is none. */
enum skip {
	SKIP_NONE,
	SKIP_KIND,		/* no regular file */
	SKIP_SMALL,
	SKIP_EXCLUDED,
	SKIP_UNIFIED,		/* it is already */
	SKIP_BUSY,		/* somebody has it open for writing */
	SKIP_CHANGED,		/* changed while we worked on it */
	SKIP_SPECIAL,		/* append-only, immutable, encrypted */
	SKIP_OTHER_FS,
	SKIP_DIFFERENT,		/* from that of the same name elsewhere */
	SKIP_ERROR,		/* errno says why */
	SKIP_COUNT
};

const char *skip_text(enum skip why);

/*
 * Opens @name in @dirfd for reading if it is a regular file on the mount of @dirfd; devices and pipes are never
 * opened. -1 and errno, EINVAL for other kinds.
 */
int file_open(int dirfd, const char *name);

/*
 * Keeps everybody from opening the file for writing until @fd is closed or the system's lease-break-time is over.
 * False: somebody has it open (errno EAGAIN), or the file system knows no leases. SIGIO must be ignored.
 */
bool file_hold(int fd);

/* Whether nobody has asked for the file since. */
bool file_held(int fd);

/* Reads what is there now. 0, or -1 and errno. */
int meta_read(int fd, struct meta *m);
void meta_free(struct meta *m);

/* Whether owner, mode, size, extended attributes (and with @mtime the time of change) agree. */
bool meta_same(const struct meta *a, const struct meta *b, bool mtime);

/* A file that unification leaves alone for what it is. */
enum skip meta_skip(const struct meta *m);

/* Contents from the beginning; 1 the same, 0 not, -1 and errno. */
int file_same(int a, int b);

/* Whether it is immutable but may be unlinked. -1 and errno where there is no such thing. */
int file_unified(int fd);

/* The tag it is charged to, VC_NOCTX where there are none. */
xid_t file_tag(int fd);

/* Makes it so and nobody's in terms of tags; @tag: whose it was, VC_NOCTX if that is no matter. 0, or -1 and errno. */
int file_freeze(int fd, xid_t *tag);

/* Takes it back, for @tag. 0, or -1 and errno. */
int file_thaw(int fd, xid_t tag);

#endif
