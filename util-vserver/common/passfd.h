/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_PASSFD_H
#define VS_PASSFD_H

#include <stddef.h>

/* Passes descriptor @fd (-1: none) over a socket with @len bytes of @data; 0 or -1. */
int send_fd(int sock, int fd, const void *data, size_t len);

#endif /* VS_PASSFD_H */
