/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_SWAP_H
#define VS_UNIFY_SWAP_H

/*
 * Puts another inode in the place of a guest's file. The new name is made in a directory that the guest cannot
 * reach and exchanged with the old one in one step of the file system, which the kernel takes only if the old one is
 * still there (vc_swap_name): at any time, also after a power cut, the name leads to the old file or to the new one,
 * and what the guest puts there meanwhile stays. What comes out is looked at before it is thrown away; when it was
 * touched meanwhile it is put back.
 */

#include "file.h"

/*
 * @fd is the file @name in @dirfd, held (file_hold) and read as @m; @new is an inode with the same contents and
 * attributes, frozen; with @hold it is held, too. @tmpfd is the directory on the same mount. SKIP_NONE: done, @freed
 * are the bytes that nobody uses any more. SKIP_CHANGED: all is as before. SKIP_ERROR and errno: as before, or a
 * message tells what is left.
 */
enum skip swap_in(int tmpfd, int dirfd, const char *name, int fd, const struct meta *m, int new, bool hold,
		  uint64_t *freed);

/* The same for an old file that is neither held nor compared, but unified: it cannot change as long as it is. */
enum skip swap_any(int tmpfd, int dirfd, const char *name, int fd, const char *newname);

/* What a file was before. */
struct froze {
	bool	is;		/* it was not frozen */
	xid_t	tag;		/* whose it was, see file_freeze() */
};

/* Makes it immutable and looks again whether it is what @m says. */
enum skip swap_freeze(int fd, const struct meta *m, struct froze *froze);

/* Takes that back, but not from a file that has another name: that would be somebody else's. Keeps errno. */
void swap_thaw(int fd, const struct froze *froze);

/* A name for @tmpfd that nobody else uses. */
void swap_name(char name[32]);

#endif
