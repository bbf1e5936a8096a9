/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_SPACES_H
#define VS_SPACES_H

/* The choice of namespaces, as vspace and `chcontext --spaces` take it. */

#include <stdbool.h>
#include <stdint.h>
#include "prog.h"

struct spaces {
	bool		given;
	uint64_t	mask;
};

/* Ids of the options; those of a program that includes them begin at _END. */
enum {
	SPACES_OPT_MASK = 1, SPACES_OPT_DEFAULT, SPACES_OPT_ADD, SPACES_OPT_DEL = SPACES_OPT_ADD + 10,
	SPACES_OPT_END = SPACES_OPT_DEL + 10,
};

#define SPACES_OPTS									\
	{ "mask", 'm', SPACES_OPT_MASK, "N", "SPACE: these bits" },			\
	{ "default", 0, SPACES_OPT_DEFAULT, NULL, "SPACE: the kernel's default ones" },	\
	{ "mount", 'M', SPACES_OPT_ADD + 0, NULL, "SPACE: mounts (--~mount: without; so for all)" }, \
	{ "fs", 'F', SPACES_OPT_ADD + 1, NULL, "SPACE: root, working directory, umask" }, \
	{ "ipc", 'I', SPACES_OPT_ADD + 2, NULL, "SPACE: System V IPC, POSIX queues" },	\
	{ "uts", 'U', SPACES_OPT_ADD + 3, NULL, "SPACE: host name" },			\
	{ "user", 'S', SPACES_OPT_ADD + 4, NULL, "SPACE: users" },			\
	{ "pid", 'P', SPACES_OPT_ADD + 5, NULL, "SPACE: process numbers" },		\
	{ "net", 'N', SPACES_OPT_ADD + 6, NULL, "SPACE: network stack" },		\
	{ "~mount", 0, SPACES_OPT_DEL + 0, NULL, NULL },				\
	{ "~fs", 0, SPACES_OPT_DEL + 1, NULL, NULL },					\
	{ "~ipc", 0, SPACES_OPT_DEL + 2, NULL, NULL },					\
	{ "~uts", 0, SPACES_OPT_DEL + 3, NULL, NULL },					\
	{ "~user", 0, SPACES_OPT_DEL + 4, NULL, NULL },					\
	{ "~pid", 0, SPACES_OPT_DEL + 5, NULL, NULL },					\
	{ "~net", 0, SPACES_OPT_DEL + 6, NULL, NULL }

/* Takes the option if it is one of them. */
bool spaces_opt(struct spaces *spaces, int id, const char *arg);

/* What was chosen, else the kernel's default. */
uint64_t spaces_mask(const struct spaces *spaces);

/*
 * Goes on in a child with new namespaces; the parent waits and exits as it does.
 */
void spaces_new(const struct spaces *spaces);

/* The same, but in the caller unless process numbers are among them. */
void spaces_unshare(const struct spaces *spaces);

/* After entering stored ones: process numbers count from the next child on. */
void spaces_fork_if_pid(const struct spaces *spaces);

#endif /* VS_SPACES_H */
