/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CONF_H
#define VSERVER_CONF_H

#include <vserver.h>

#include "util.h"

enum dev_kind { DEV_FOUND, DEV_VLAN, DEV_TUN, DEV_TAP };

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
	enum dev_kind	make;		/* the device is made at start */
	unsigned int	vlan;		/* number of a VLAN, whose parent is before the dot */
	bool		shared;		/* tun, tap: not the guest's alone, stays at stop */
	long		uid, gid;	/* who may open it, -1: root */
	int		linktype;	/* ARPHRD_*, -1: as it is */
};

/* One directory below netns/interfaces. */
struct link_conf {
	char		*where;		/* the directory, for messages */
	char		*host;		/* host's end of a veth, or what a macvlan or ipvlan is on */
	char		*guest;		/* name inside */
	char		*type;
};

/* One line of an fstab. */
struct mount_conf {
	char	*where;			/* FILE:LINE */
	char	*source, *target, *type, *options;
	bool	pass;			/* check its file system before */
};

/* A type: the directory over itself, so that it is a mount. */
#define MOUNT_SELF	"self"

struct mount_list {
	struct mount_conf *v;
	size_t	n;
};

enum init_style {
	STYLE_SYSV, STYLE_PLAIN, STYLE_SYSTEMD, STYLE_OTHER, STYLE_RESCUE,
	STYLE_CUSTOM,		/* an empty file: the configured commands and nothing else */
};

/* Process limits: value for setrlimit(2), by number of the resource. */
struct ulimit_conf {
	bool		set;
	uint64_t	soft, hard;
};

/* A file of the guest's control group. */
struct cgroup_value {
	char		*file, *value, *where;
};

/* Everything that start, stop and enter need to know about a guest. */
struct guest_conf {
	xid_t		xid;
	nid_t		nid;		/* VC_NONID: no network context */
	tag_t		tag;		/* of its files */
	struct iface_conf *ifaces;
	size_t		n_ifaces;
	char		*lback, *bcast;
	char		*netns;		/* name of its network namespace, null: the host's */
	bool		netns_shared;	/* which others have made */
	xid_t		net_of;		/* the context whose network it shares, VC_NOCTX: none */
	struct link_conf *links;
	size_t		n_links;
	struct vc_net_flags nflags;
	struct vc_net_caps ncaps;
	struct vc_ctx_flags cflags;
	struct vc_ctx_caps caps;
	struct vc_umask	umask;
	char		*uts[vcVHI_DOMAINNAME + 1];
	struct mount_list fstab, remote;
	enum init_style	style;
	bool		real_init;	/* the start command becomes the guest's init */
	const char	*style_name;	/* null: STYLE_CUSTOM */
	char		*style_from;	/* file, or how it was found out */
	int		stop_signal;	/* to the init; 0: none */
	bool		pid_space;	/* the init is process 1 of a pid namespace */
	struct strlist	start, stop, prepare, start_sync;
	bool		sync;		/* start_sync at each start */
	unsigned long	log_size;	/* bytes of init's output that are kept */
	bool		log_watch;	/* also while it runs: it is configured */
	struct strlist	env;		/* NAME=VALUE of the guest's init */
	char		*level, *stop_level;
	uint32_t	personality;	/* VC_BAD_PERSONALITY: unchanged */
	int		nice;
	bool		has_nice;
	int		badness;	/* OOM score adjustment */
	bool		has_badness;
	int		ioprio;		/* for ioprio_set(2), 0: unchanged */
	struct ulimit_conf ulimits[16];
	struct strlist	sysctls;	/* NAME=VALUE */
	bool		cgroup_named;	/* its place was configured */
	bool		delegate;	/* it keeps the groups below its own */
	char		*cgroup;	/* group below the mount point, null: none */
	struct cgroup_value *cgroup_values;
	size_t		n_cgroup_values;
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

/* Names of the styles, for messages (malloc'ed); what the guest's files speak for, or null. */
char *conf_style_names(void);
bool conf_style_known(const char *name);
const char *conf_detect_style(const struct vc_guest *guest);

/* ulimits/, ionice/, badness, sysctl/, cgroup/, cpuset/. */
int conf_read_limits(const struct vc_guest *guest, struct guest_conf *conf);

/* interfaces/, nflags, ncapabilities. */
int conf_read_net(const struct vc_guest *guest, struct guest_conf *conf);

/* The preset systemd, limits and control group; mounts in the order that they are made. */
int conf_systemd(const struct vc_guest *guest, struct guest_conf *conf);
void conf_systemd_mounts(struct mount_list *fstab);

/* What is mounted at start beyond the fstab that was read. */
void conf_complete_mounts(const struct vc_guest *guest, struct guest_conf *conf);

/* spaces/net, netns/; and whether the guest's network is not the host's. */
int conf_read_netns(const struct vc_guest *guest, struct guest_conf *conf);
void conf_free_netns(struct guest_conf *conf);
bool conf_net_space(const struct guest_conf *conf);

/* True when the guest is in no network context: it is not wanted, or has a network of its own. */
bool conf_no_nid(const struct vc_guest *guest, const struct guest_conf *conf);

/*
 * Some distributions keep the script of a sysv command elsewhere; to be
 * called where the guest's root is /.
 */
void conf_choose_rc(char **argv);

/* The end of the option at @option: a comma that is not in double quotes, or that of the text. */
const char *mount_option_end(const char *option);

/* Takes the first option off *@rest, a text that is changed by it; null: there is none. */
char *mount_next_option(char **rest);

/* Whether @option, without a value, is one of its options. */
bool mount_has(const struct mount_conf *m, const char *option);

/* An fstab below @dir, added to @list. 1, 0 no such file, -1. */
int conf_read_fstab(const char *name, const char *dir, const char *file, struct mount_list *list);

/* What a guest without an fstab gets. */
extern const char default_fstab[];

/* First line of @file in the configuration directory, null when absent; *@bad is set on error. */
char *conf_text(const struct vc_guest *guest, const char *file, bool *bad);
bool conf_exists(const struct vc_guest *guest, const char *file);

/* All lines of @file: 1, 0 when absent, -1 with a message printed. */
int conf_lines(const struct vc_guest *guest, const char *file, struct strlist *list);
int conf_lines_of(const char *name, const char *dir, const char *file, struct strlist *list);

/* The same from .defaults when the guest has none. */
char *conf_text_default(const struct vc_guest *guest, const char *file, bool *bad);

/* Subdirectories (@dirs) or files of DIR/@sub, sorted; none when it is absent. */
void conf_dir(const char *dir, const char *sub, bool dirs, struct strlist *names);

/* Number of the line of the first setting in @file, for messages. */
int conf_line_of(const char *dir, const char *file);

/* CONFDIR/.defaults */
const char *conf_defaults(void);

#endif
