/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_MOUNT_HELPER_H
#define VSERVER_MOUNT_HELPER_H

#include "conf.h"

/*
 * Whether the kernel alone cannot mount it: its source is a label or an image in a file, its type has to be found
 * out or has a program of the host, its disk is checked before.
 */
bool mount_needs_host(const struct mount_conf *m);

/* What vserver-mount mounts, as a detached mount: a descriptor, or -1 with a message printed. */
int mount_by_host(const char *guest, const struct mount_conf *m);

/* Why it could not mount that, as far as one can tell before; null: nothing. */
char *mount_ask_host(const struct mount_conf *m);

/* Whether a program of the host mounts this type. */
bool mount_has_program(const struct mount_conf *m);

#endif
