/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_CHAIN_H
#define VS_CHAIN_H

/* For programs that set something up and then become another program. */

#include <stdbool.h>
#include <vserver.h>

/* Numbers that are chosen when the caller names none. */
#define CHAIN_DYNAMIC_MIN	49152
#define CHAIN_DYNAMIC_MAX	65534

/* Becomes @argv; fails when it cannot be executed. */
void chain_exec(char **argv) __attribute__((noreturn));

/*
 * Splits off a child that goes on alone, in a session of its own and with
 * nothing to read; the parent exits, with status 0 once the child has
 * executed its program (or chain_release()d), else as the child exits.
 */
void chain_disconnect(void);
void chain_release(void);

/* Closes every descriptor above 2 except @keep (-1: none). */
void chain_closefd(int keep);

/*
 * Connects to the stream socket @path; chain_sync() later sends @msg, ends
 * writing and waits until the other side closes.
 */
int chain_connect(const char *path);
void chain_sync(int fd, const char *msg);

/*
 * Creates a context and moves in: @xid, or with VC_DYNAMIC_XID a free number
 * from the dynamic range. VC_NOCTX and errno on failure.
 */
xid_t chain_create_ctx(xid_t xid, const struct vc_ctx_flags *flags);
nid_t chain_create_net(nid_t nid);

/*
 * Becomes user @who of the file system the caller is in: a number, or a name
 * of /etc/passwd there, with the groups that its files tell. No name service
 * of the host is asked. A number without entry gets the group of that number.
 */
void chain_setuid(const char *who);

/*
 * Runs the rest of the program as a child on a fresh terminal taken from the
 * /dev/ptmx of the current root, joined to the caller's; the parent exits as
 * the child ends. Nothing happens when stdin is no terminal.
 */
void chain_terminal(void);

#endif /* VS_CHAIN_H */
