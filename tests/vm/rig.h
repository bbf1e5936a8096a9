/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rig inside the VM: what init.c (first program, mounts, network, tools)
 * and agent.c (runs the command, talks to the host side) share.
 *
 * The host side is relay.c. Both speak over three virtio-serial ports:
 *
 *   vs.io    bytes: standard input of the command inwards, its output outwards
 *   vs.err   bytes: its standard error, outwards
 *   vs.ctl   lines. Outwards: "hello", "beat", "exit STATUS OUT ERR" (bytes sent
 *            on vs.io and vs.err). Inwards: "size ROWS COLS", "eof BYTES" (end of
 *            the input, after so many bytes), "bye" (all output has arrived).
 */
#ifndef VS_RIG_H
#define VS_RIG_H

#include <stdbool.h>

#define RIG_DIR "/var/lib/vs-rig"
#define RIG_INIT "/sbin/vs-rig-init"

struct rig_config {
	char **argv;		/* the command */
	bool tty;		/* give it a terminal */
	bool persist;		/* the disk is kept: unmount it in order */
	char *init;		/* rig, systemd or sysvinit */
	char *term;		/* TERM of the caller */
	char *hostname;
};

/* util.c */
void rig_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Reads a whole file; returns a NUL-terminated buffer or NULL with errno. */
char *rig_read_file(const char *path, size_t *len);
/* Writes TEXT to PATH; 0, or -1 with errno. */
int rig_write_file(const char *path, const char *text);
/* Copies a file with its mode; 0, or -1 with errno. */
int rig_copy_file(const char *from, const char *to);
/* Copies a tree over another, keeping modes and links; 0, or -1 with errno (the first failure). */
int rig_copy_tree(const char *from, const char *to);
/* Loads DIR/config and DIR/command; 0, or -1 with errno. */
int rig_load_config(const char *dir, struct rig_config *cfg);

/* agent.c */
/* Runs the command of CFG, relays it, ends the machine. IS_INIT: we are PID 1. Does not return. */
void rig_agent(const struct rig_config *cfg, bool is_init) __attribute__((noreturn));

#endif
