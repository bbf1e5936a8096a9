/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_PREPARE_H
#define VSERVER_PREPARE_H

#include "conf.h"

/*
 * Files inside a guest that is about to start, all reached below @rootfd:
 * what an earlier run left in /var/run and /var/lock goes (sysv), the marks
 * of a forced check too (plain), and a run-level record is written.
 */
int prepare_files(const char *guest, int rootfd, const struct guest_conf *conf);

/*
 * An empty file for the output of the guest's init, or the guest's
 * /dev/null. Returns a descriptor, or -1 with a message printed.
 */
int prepare_log(const char *guest, int rootfd);

/*
 * The guest's own /dev/null, checked to be that. -1 with a message printed. @procfd: the caller's /proc/self/fd, opened
 * outside, by which what was checked is what is opened; -1 where nobody can change it, because the guest does not run.
 */
int prepare_null(const char *guest, int rootfd, int procfd);

#endif
