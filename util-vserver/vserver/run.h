/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_RUN_H
#define VSERVER_RUN_H

#include <vserver.h>

/*
 * What is kept while a guest runs, all below the run directory:
 *
 *	NAME		its xid (the target of the configuration's link `run`)
 *	.lock/NAME	held while a command changes the guest; gone afterwards
 *	.cgroup/NAME	its control group, where a host with systemd has a place for it
 *	.net/NAME	addresses on host interfaces: `own|use DEVICE ADDRESS/PREFIX`
 */

/* File name for a guest below those directories (malloc'ed). */
char *run_key(const struct vc_guest *guest);

/*
 * Takes the lock of @key, waiting at most @seconds. Returns a descriptor for
 * run_unlock(), or -1 with a message printed.
 */
int run_lock(const char *guest, const char *key, unsigned int seconds);
void run_unlock(int fd, const char *key);

/* Locks the guest for start, stop, delete (300 s) and looks at its state anew. */
int run_lock_guest(struct vc_guest *guest, char **key);

/* Run file with @xid. 0, or -1 with a message printed. */
int run_write(const struct vc_guest *guest, xid_t xid);
void run_remove(const struct vc_guest *guest);

/*
 * The xid in which the guest runs, or VC_NOCTX. A run file that tells
 * otherwise is repaired: removed, or written again when it was lost.
 */
xid_t run_state(struct vc_guest *guest);

/* Path below the run directory, its directories made; -1 errno. */
int run_path(const char *sub, const char *key, char **path);

#endif
