/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CGROUP_PLACE_H
#define VSERVER_CGROUP_PLACE_H

#include "conf.h"

/*
 * Where the control group of a guest goes when nobody has named a place. On a host
 * that runs systemd the tree is its, and each part belongs to one unit: a guest
 * started by hand gets a scope of its own, so that it is no part of its
 * administrator's session and does not end with it; one with a group that is
 * started by its unit gets a group below that.
 */

/*
 * Chooses conf->cgroup. A scope needs a process: *@holder is in the group until
 * place_release(). 0, or -1 with a message printed.
 */
int place_choose(const struct vc_guest *guest, struct guest_conf *conf, pid_t *holder);
void place_release(pid_t *holder);

/* The group that was chosen for a running guest (malloc'ed), or null: that of its configuration. */
char *place_of(const struct vc_guest *guest);
void place_forget(const struct vc_guest *guest);

#endif
