/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_PUMP_H
#define VSERVER_PUMP_H

#include "inside.h"

/*
 * A new terminal of the devpts that is mounted in the guest's /dev/pts below
 * @rootfd. @procfd: the caller's /proc/self/fd, opened outside. 0, -1 errno.
 */
int pty_open(int rootfd, int procfd, int *master, int *slave);

/*
 * Gives the new terminal size and settings of the caller's, to be called while
 * descriptors 0 to 2 are still the caller's. Without one on both sides it is
 * made to stay out of the way: no echo, no conversion of line ends.
 */
void pty_copy_settings(int slave);
void pty_copy_size(int fd);

/* Makes the terminal among descriptors 0 to 2 the controlling one. 0, -1 errno. */
int pty_control(const enum stdio_kind kind[3]);

/* Blocks the signals that inside_wait() will read; call before the fork. */
void pump_signals(void);
void pump_signals_end(void);

#endif
