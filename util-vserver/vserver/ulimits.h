/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_ULIMITS_H
#define VSERVER_ULIMITS_H

#include "conf.h"

/*
 * Gives the caller the guest's process limits, nice level, IO priority and OOM score
 * adjustment. @procfd: its /proc/self/fd. 0, or -1 with a message printed.
 */
int limits_apply(const char *guest, const struct guest_conf *conf, int procfd);

#endif
