/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CONF_H
#define VSERVER_CONF_H

#include <vserver.h>

#include "util.h"

/* One directory below interfaces/. */
struct iface_conf {
	char		*dir;		/* relative to the configuration: interfaces/0 */
	struct vc_net_addr addr;
	bool		v6;
	unsigned int	prefix;
	char		*text;		/* address as printed, without prefix */
	char		*dev;		/* null with nodev */
	char		*dev_file;	/* where that stands */
	char		*label;		/* name of an alias, or null */
	char		*bcast;		/* null: computed */
	char		*peer;
	int		scope;		/* -1: the kernel's choice */
	bool		down;		/* leave the link as it is */
};

/* One line of an fstab. */
struct mount_conf {
	char	*where;			/* FILE:LINE */
	char	*source, *target, *type, *options;
};

struct mount_list {
	struct mount_conf *v;
	size_t	n;
};

enum init_style { STYLE_SYSV, STYLE_PLAIN, STYLE_RESCUE, STYLE_CUSTOM };

/* Everything that start, stop and enter need to know about a guest. */
struct guest_conf {
	xid_t		xid;
	nid_t		nid;		/* VC_NONID: no network context */
	struct iface_conf *ifaces;
	size_t		n_ifaces;
	char		*lback, *bcast;
	struct vc_net_flags nflags;
	struct vc_net_caps ncaps;
	struct vc_ctx_flags cflags;
	struct vc_ctx_caps caps;
	struct vc_umask	umask;
	char		*uts[vcVHI_DOMAINNAME + 1];
	struct mount_list fstab, remote;
	enum init_style	style;
	bool		real_init;	/* the start command becomes the guest's init */
	struct strlist	start, stop, prepare;
	struct strlist	env;		/* NAME=VALUE of the guest's init */
	char		*level, *stop_level;
	uint32_t	personality;	/* VC_BAD_PERSONALITY: unchanged */
	int		nice;
	bool		has_nice;
	unsigned int	timeout;	/* seconds for the stop command */
	struct strlist	killseq;	/* signal, seconds, signal ... */
};

/*
 * Reads the configuration of @guest. False settings are reported with file
 * and line and give -1; settings that this version knows but cannot do are
 * warned about with @warn.
 */
int conf_read(const struct vc_guest *guest, struct guest_conf *conf, bool warn);
void conf_free(struct guest_conf *conf);

/* What start and stop do by style; @rescue (null-terminated words) overrides. */
int conf_read_style(const struct vc_guest *guest, struct guest_conf *conf, char **rescue);

/* interfaces/, nflags, ncapabilities. */
int conf_read_net(const struct vc_guest *guest, struct guest_conf *conf);

/*
 * Some distributions keep the script of a sysv command elsewhere; to be
 * called where the guest's root is /.
 */
void conf_choose_rc(char **argv);

/* An fstab below @dir, added to @list. 1, 0 no such file, -1. */
int conf_read_fstab(const char *name, const char *dir, const char *file, struct mount_list *list);

/* What a guest without an fstab gets. */
extern const char default_fstab[];
void conf_default_fstab(struct mount_list *list);

/* First line of @file in the configuration directory, null when absent; *@bad is set on error. */
char *conf_text(const struct vc_guest *guest, const char *file, bool *bad);
bool conf_exists(const struct vc_guest *guest, const char *file);

/* All lines of @file: 1, 0 when absent, -1 with a message printed. */
int conf_lines(const struct vc_guest *guest, const char *file, struct strlist *list);

/* Number of the line of the first setting in @file, for messages. */
int conf_line_of(const char *dir, const char *file);

/* CONFDIR/.defaults */
const char *conf_defaults(void);

#endif
