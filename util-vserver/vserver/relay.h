/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_RELAY_H
#define VSERVER_RELAY_H

#include <sys/types.h>

#define CONSOLE_LOG	"/var/log/vserver-console.log"

/*
 * Waits for child @pid and prints meanwhile what appears in file @log (-1:
 * nothing), without escape sequences: it is the guest's text on the
 * administrator's terminal. 0 and *@status, or -1 when interrupted.
 */
int relay_log(int log, pid_t pid, int *status);

#endif
