/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CGROUP_H
#define VSERVER_CGROUP_H

#include "conf.h"

/*
 * Control groups (v2) of guests. A guest has one when its configuration or the common
 * one asks for it, or once it was paused.
 */

/* Where the one tree is mounted; null: nowhere. */
const char *cgroup_root(void);

/* Makes the group of @conf with the values of its files. 0, or -1 with a message printed. */
int cgroup_make(const char *guest, const struct guest_conf *conf);

/*
 * Moves the caller in; a group that has groups below gets a leaf for it. With
 * @delegate a leaf is made right after, so that later ones are kept out of the group
 * itself, which the guest will share out. 0, or -1 with a message printed.
 */
int cgroup_join(const char *guest, const char *group, bool delegate);

/* Removes an empty group and what is below it; a group that is in use stays. */
void cgroup_remove(const char *guest, const char *group);

/* The group a running guest's tasks are in, if it is one of ours (malloc'ed), or null. */
char *cgroup_of(const struct guest_conf *conf, const struct vc_guest *guest);

/* Freezes or thaws all of a group and waits for it. 0, or -1 and errno. */
int cgroup_freeze(const char *group, bool on);
bool cgroup_frozen(const char *group);

/* Moves task @pid (0: the caller) into @group, which the second makes. 0, or -1 and errno. */
int cgroup_add(const char *group, pid_t pid);
int cgroup_add_new(const char *group, pid_t pid);

/* The same for a guest's group: when that has groups below, into a leaf of it. */
int cgroup_take(const char *group, pid_t pid);

#endif
