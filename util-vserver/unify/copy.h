/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_COPY_H
#define VS_UNIFY_COPY_H

/* Copies with owner, mode, times, extended attributes (ACL and capabilities among them) and holes. */

#include <stdbool.h>
#include <sys/stat.h>
#include <vserver.h>

#include "file.h"

/*
 * The regular file @fd as @name, which must not exist yet; blocks are shared where the file system can.
 * @xid: its tag, VC_NOCTX for none. @durable: it is on the disk before it gets the name. 0, or -1 and errno with
 * nothing left.
 */
int copy_file(int fd, int dirfd, const char *name, xid_t xid, bool durable);

/* A symbolic link, device, pipe or socket. 0, or -1 and errno with nothing left. */
int copy_other(int fromfd, const struct statx *st, int dirfd, const char *name, xid_t xid);

/* Owner, mode, extended attributes and at last times of @m to @fd. 0, or -1 and errno. */
int copy_meta(const struct meta *m, int fd, xid_t xid);

#endif
