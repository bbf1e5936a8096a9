/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_MOUNTS_H
#define VSERVER_MOUNTS_H

#include "conf.h"

/*
 * A mount namespace of one's own with @vdir as its own mount, so that it can
 * become the root. A `/` line of @fstab is mounted there first. Returns a
 * descriptor of the new root directory, or -1 with a message printed.
 */
int mounts_new_root(const char *guest, const char *vdir, const struct mount_list *fstab);

/*
 * Mounts the lines of @fstab below directory @rootfd; no symbolic link of the
 * guest leads out of it. 0, or -1 with file and line in the message.
 */
int mounts_fstab(const char *guest, int rootfd, const struct mount_list *fstab);

/* Whether it shows a place of the host, rather than a file system. */
bool mounts_is_bind(const struct mount_conf *m);

/* A mount of @m that is nowhere yet: a descriptor, or -1 with a message printed. */
int mounts_make(const char *guest, const struct mount_conf *m);

/* What is wrong with its type, its options or its label, as far as one can tell without mounting it; null: nothing. */
char *mounts_object(const struct mount_conf *m);

/* Says that @m cannot be mounted, why and where it stands; -1. */
int mounts_report(const char *guest, const struct mount_conf *m, const char *what);

/* Puts it in its place below @rootfd. 0, or -1 with a message printed. */
int mounts_attach(const char *guest, const struct mount_conf *m, int rootfd, int fd);

/*
 * Gives the guest a number of this boot that is not the host's, with the file
 * system on its /run. 0, or -1 with a message printed.
 */
int mounts_boot_id(const char *guest, int rootfd);

/* Makes @rootfd the root directory and drops everything outside. 0, or -1. */
int mounts_enter_root(const char *guest, int rootfd);

/*
 * Makes all but @writable (null-terminated directories) read-only for the
 * caller and its children, with a fresh TMPDIR at @tmp: what a program does
 * wrong in a guest's tree cannot reach the host. 0, or -1.
 */
int mounts_sandbox(const char *guest, const char *const writable[], const char *tmp);

#endif
