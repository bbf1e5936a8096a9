/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_MOUNT_HELPER_H
#define VSERVER_MOUNT_HELPER_H

#include "conf.h"

/* Whether a program of the host mounts this type. */
bool mount_has_helper(const struct mount_conf *m);

/* What it mounts, as a detached mount: a descriptor, or -1 with a message printed. */
int mount_by_helper(const char *guest, const struct mount_conf *m);

/* Checks @device if the line wants that. 0, or -1 with a message printed. */
int mount_fsck(const char *guest, const struct mount_conf *m, const char *device);

#endif
