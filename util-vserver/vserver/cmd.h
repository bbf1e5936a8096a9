/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CMD_H
#define VSERVER_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <vserver.h>

/* Exit codes: never changed once released. */
#define EX_FAIL		1	/* bad options, or it did not work */
#define EX_REFUSED	2	/* unknown subcommand, delete refused */
#define EX_STOPPED	3	/* status of a stopped guest */
#define EX_NOGUEST	5	/* no such guest */
#define EX_CANNOT	126	/* exec: the command cannot be executed */
#define EX_NOTFOUND	127	/* exec: no such command */

/* What was said before NAME. */
struct options {
	bool	sync;
	bool	verbose;
	bool	silent;
	bool	debug;
	bool	defaulttty;
	bool	dry_run;
	bool	json;		/* what --dry-run tells */
	bool	from_inside;	/* the guest itself asked for its end */
};

extern struct options opt;

#define CMD_NEW		0x1	/* the guest need not exist */
#define CMD_HOST	0x2	/* no NAME: `vserver list` */
#define CMD_ROOT	0x4	/* only root can do it */
#define CMD_LATE	0x8	/* whether the guest runs is asked when its lock is held */

/* The one table of subcommands is in main.c. */
struct command {
	const char	*name;
	int		(*run)(const char *id, struct vc_guest *guest, int argc, char **argv);
	unsigned int	flags;
	const char	*args;
	const char	*help;
};

int cmd_addr(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_build(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_check(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_config(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_create(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_convert(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_delete(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_doctor(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_enter(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_exec(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_hashify(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_list(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_logs(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_mount(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_pause(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_ps(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_resume(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_top(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_umount(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_restart(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_condrestart(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_running(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_start(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_status(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_stop(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_suexec(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_unify(const char *id, struct vc_guest *guest, int argc, char **argv);
int cmd_why(const char *id, struct vc_guest *guest, int argc, char **argv);

/* Usage error of a subcommand: says what is wrong and how it is called; EX_FAIL. */
int cmd_usage(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
