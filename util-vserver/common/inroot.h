/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_INROOT_H
#define VS_INROOT_H

#include <sys/types.h>

/*
 * Opens @path below directory @rootfd as if that were the root directory:
 * absolute symbolic links stay inside, /proc links are refused.
 */
int open_in_root(int rootfd, const char *path, int flags, mode_t mode);

#endif /* VS_INROOT_H */
