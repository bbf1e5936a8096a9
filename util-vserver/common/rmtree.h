/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_RMTREE_H
#define VSERVER_RMTREE_H

/*
 * Removes directory @name below @dirfd with all that is in it. Symbolic links
 * are removed, never followed, and no other mount is entered (EBUSY).
 * 0, or -1 and errno.
 */
int rmtree_at(int dirfd, const char *name);
int rmtree(const char *path);

/*
 * Removes all that is not a directory below @dirfd, on the same mount, but @keep in it (null: all)
 * and closes @dirfd.
 */
int rmtree_files(int dirfd, const char *keep);

#endif
