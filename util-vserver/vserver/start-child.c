// SPDX-License-Identifier: GPL-2.0
/*
 * From a task of the host to the init of a guest, in the memory of the command that waits for it: what is
 * changed here is changed there, but for @s itself. Each step reports its own
 * failure; nothing has to be undone here, since the namespaces and contexts
 * live no longer than the task that made them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "cmd.h"
#include "inside.h"
#include "ulimits.h"
#include "mounts.h"
#include "netspace.h"
#include "out.h"
#include "prepare.h"
#include "pump.h"
#include "scripts.h"
#include "start.h"

struct child {
	struct start	*s;
	const char	*name;
	int		root;
	int		proc;
	int		log;
};

static int do_root(struct child *c)
{
	struct start *s = c->s;

	/* While it is the host's: for what cannot be done without. */
	if (s->console || s->conf.has_badness)
		c->proc = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->proc < 0 && (s->console || s->conf.has_badness))
		return failed(c->name, "cannot open /proc/self/fd: %s", strerror(errno));
	c->root = mounts_new_root(c->name, s->guest->vdir, &s->conf.fstab);
	return c->root < 0 ? -1 : 0;
}

/*
 * Before any namespace: the names of the group are those of the host. What is
 * stored of a cgroup namespace is what the guest may keep in order.
 */
static int do_group(struct child *c)
{
	const struct guest_conf *conf = &c->s->conf;

	if (!conf->cgroup)
		return 0;
	if (cgroup_join(c->name, conf->cgroup, conf->delegate))
		return -1;
	if (conf->delegate && unshare(CLONE_NEWCGROUP))
		return failed(c->name, "cannot make a cgroup namespace: %s", strerror(errno));
	return 0;
}

/* Kernel settings of the namespaces that were just made. */
static int do_sysctl(struct child *c)
{
	const struct strlist *list = &c->s->conf.sysctls;
	char *path, *eq, *p;
	size_t i;
	int fd, ret = 0;

	for (i = 0; i < list->n && !ret; i++) {
		eq = strchr(list->v[i], '=');
		path = xprintf("/proc/sys/%.*s", (int)(eq - list->v[i]), list->v[i]);
		for (p = path; *p; p++)
			if (*p == '.')
				*p = '/';
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write_all(fd, eq + 1, strlen(eq + 1)))
			ret = failed(c->name, "cannot write '%s' to %s: %s", eq + 1, path, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(path);
	}
	return ret;
}

static int do_mounts(struct child *c)
{
	const struct guest_conf *conf = &c->s->conf;

	if (mounts_fstab(c->name, c->root, &conf->fstab))
		return -1;
	/* By it a journal tells one run of the guest from the next. */
	return conf->style == STYLE_SYSTEMD ? mounts_boot_id(c->name, c->root) : 0;
}

/* What is made in the guest from here on is its own, and counts as such. */
static int do_tag(struct child *c)
{
	tag_t tag = c->s->conf.tag;

	if (vc_tag_migrate(tag))
		return failed(c->name, "cannot take the tag %u: %s", tag,
			      vc_reason(VCMD_tag_migrate, errno));
	return 0;
}

static int do_prepare(struct child *c)
{
	struct start *s = c->s;
	int status;

	if (prepare_files(c->name, c->root, &s->conf))
		return -1;
	c->log = prepare_log(c->name, c->root);
	if (c->log < 0)
		return -1;
	if (!s->conf.prepare.n)
		return 0;
	status = run_program(c->name, s->conf.prepare.v, NULL, s->guest->vdir);
	return status > 0 ? failed(c->name, "%s failed with status %d", s->conf.prepare.v[0], status) :
	       status;
}

static int do_scripts(struct child *c)
{
	return scripts_run(c->s->guest, "pre-start", c->s->guest->vdir);
}

static int do_netspace(struct child *c)
{
	const struct guest_conf *conf = &c->s->conf;

	if (!conf_net_space(conf))
		return 0;
	return netspace_enter(c->s->guest, conf) || netspace_configure(c->s->guest, conf) ? -1 : 0;
}

static int add_special(struct child *c, nid_t nid, const char *file, const char *text,
		       uint16_t modifier)
{
	struct vc_net_addr addr;
	struct vc_error err;

	if (!text)
		return 0;
	if (vc_parse_addr(text, &addr, &err))
		return failed(c->name, "%s/interfaces/%s: %s", c->s->guest->dir, file, err.text);
	addr.vna_type |= modifier;
	if (vc_net_add(nid, &addr))
		return failed(c->name, "cannot set %s %s of network context %u: %s", file, text, nid,
			      vc_reason(VCMD_net_add_ipv4, errno));
	return 0;
}

static int do_network(struct child *c)
{
	const struct guest_conf *conf = &c->s->conf;
	const struct iface_conf *iface;
	nid_t nid = conf->nid;

	if (nid == VC_NONID)
		return 0;
	if (vc_net_create(nid) == VC_NONID)
		return failed(c->name, "cannot create network context %u: %s", nid,
			      vc_reason(VCMD_net_create, errno));
	for (iface = conf->ifaces; iface < conf->ifaces + conf->n_ifaces; iface++)
		if (vc_net_add(nid, &iface->addr) && errno != EEXIST)
			return failed(c->name, "cannot add %s/%u to network context %u: %s (%s/%s/ip:%d)",
				      iface->text, iface->prefix, nid,
				      vc_reason(iface->v6 ? VCMD_net_add_ipv6 : VCMD_net_add_ipv4, errno),
				      c->s->guest->dir, iface->dir, 1);
	if (add_special(c, nid, "bcast", conf->bcast, NXA_MOD_BCAST) ||
	    add_special(c, nid, "lback", conf->lback, NXA_MOD_LBACK))
		return -1;
	if (vc_set_nflags(nid, &conf->nflags))
		return failed(c->name, "cannot set the network flags: %s",
			      vc_reason(VCMD_set_nflags, errno));
	if (vc_set_ncaps(nid, &conf->ncaps))
		return failed(c->name, "cannot set the network capabilities: %s",
			      vc_reason(VCMD_set_ncaps, errno));
	return mounts_fstab(c->name, c->root, &conf->remote);
}

static int do_pivot(struct child *c)
{
	umask(022);
	return mounts_enter_root(c->name, c->root);
}

static int do_context(struct child *c)
{
	struct vc_ctx_flags flags = { VXF_INIT_SET, 0 };
	xid_t xid = c->s->conf.xid;

	if (vc_ctx_create(xid, &flags) == VC_NOCTX)
		return failed(c->name, "cannot create context %u: %s", xid,
			      vc_reason(VCMD_ctx_create, errno));
	return 0;
}

static int do_spaces(struct child *c)
{
	unsigned long first = CLONE_NEWUTS | CLONE_NEWIPC | (c->s->conf.pid_space ? CLONE_NEWPID : 0) |
			      (c->s->conf.delegate ? CLONE_NEWCGROUP : 0) |
			      (conf_net_space(&c->s->conf) ? CLONE_NEWNET : 0);

	if (vc_set_namespace(VC_SAMECTX, first, 0) ||
	    vc_set_namespace(VC_SAMECTX, CLONE_NEWNS | CLONE_FS, 1))
		return failed(c->name, "cannot store the namespaces in the context: %s",
			      vc_reason(VCMD_set_space, errno));
	return 0;
}

static int set_name(struct child *c, vc_uts_type type, const char *text)
{
	if (vc_set_vhi_name(VC_SAMECTX, type, text, strlen(text)))
		return failed(c->name, "cannot set %s to '%s': %s", vc_vhi_field(type), text,
			      vc_reason(VCMD_set_vhi_name, errno));
	return 0;
}

static int do_names(struct child *c)
{
	struct start_report r = { .what = REPORT_NAMED };
	char mark[VHI_SIZE], go;
	unsigned int i;

	for (i = vcVHI_SYSNAME; i <= vcVHI_DOMAINNAME; i++)
		if (c->s->conf.uts[i] && set_name(c, i, c->s->conf.uts[i]))
			return -1;
	vc_guest_mark(c->s->guest->dir, mark);
	if (set_name(c, vcVHI_CONTEXT, mark))
		return -1;
	/* From now on the guest can be found. Its run file is written by the parent. */
	if (send_fd(c->s->sock, c->log, &r, sizeof(r)) || read(c->s->sock, &go, 1) != 1)
		return interrupted ? -1 : failed(c->name, "cannot go on: the starting command is gone");
	return 0;
}

static int do_masks(struct child *c)
{
	const struct guest_conf *conf = &c->s->conf;

	if (vc_set_ccaps(VC_SAMECTX, &conf->caps))
		return failed(c->name, "cannot set the capabilities: %s",
			      vc_reason(VCMD_set_ccaps, errno));
	if (vc_set_cflags(VC_SAMECTX, &conf->cflags))
		return failed(c->name, "cannot set the context flags: %s",
			      vc_reason(VCMD_set_cflags, errno));
	if (conf->umask.mask && vc_set_umask(VC_SAMECTX, &conf->umask))
		return failed(c->name, "cannot set the namespaces that may be unshared: %s",
			      vc_reason(VCMD_set_umask, errno));
	return 0;
}

/* The terminal of `start --console`: its master goes to the caller. */
static int make_console(struct child *c)
{
	struct start_report r = { .what = REPORT_CONSOLE };
	int master, slave;

	if (pty_open(c->root, c->proc, &master, &slave))
		return failed(c->name, "cannot get a terminal in the guest's /dev/pts: %s", strerror(errno));
	pty_copy_settings(slave);
	if (send_fd(c->s->sock, master, &r, sizeof(r)))
		return failed(c->name, "cannot pass the terminal: %s", strerror(errno));
	close(master);
	return slave;
}

static int do_process(struct child *c)
{
	const enum stdio_kind kind[3] = { STDIO_PTY, STDIO_PTY, STDIO_PTY };
	const struct guest_conf *conf = &c->s->conf;
	int null = c->s->console ? make_console(c) : prepare_null(c->name, c->root, -1);

	if (null < 0)
		return -1;
	if (c->s->console)
		c->log = null;
	if (limits_apply(c->name, conf, c->proc))
		return -1;
	if (conf->personality != VC_BAD_PERSONALITY && personality(conf->personality) < 0)
		return failed(c->name, "cannot set the personality: %s", strerror(errno));
	if (dup2(null, 0) < 0 || dup2(c->log, 1) < 0)
		return failed(c->name, "cannot set up the descriptors: %s", strerror(errno));
	fflush(NULL);
	/* Last, so that until here messages went to the caller. */
	if (dup2(c->log, 2) < 0)
		return -1;
	if (inside_clean(c->name, c->s->sock))
		return -1;
	return c->s->console ? pty_control(kind) : 0;
}

/* The words and the end of set-up in one call, as the kernel wants it. */
static int do_end_setup(struct child *c)
{
	struct vc_ctx_flags flags = { 0, VXF_STATE_SETUP };

	if (c->s->conf.real_init)
		flags.mask |= VXF_STATE_INIT;
	return vc_set_cflags(VC_SAMECTX, &flags);
}

static const struct {
	const char	*name;
	int		(*run)(struct child *c);
	const char	*what;
} steps[] = {
	{ "group", do_group, "its control group" },
	{ "root", do_root, "new mount, UTS and IPC namespaces, the root directory a mount of its own" },
	{ "mounts", do_mounts, "the fstab" },
	{ "tag", do_tag, "the tag of its files" },
	{ "prepare", do_prepare, "leftovers of the last run removed, log and run level written" },
	{ "scripts", do_scripts, "scripts/pre-start" },
	{ "netspace", do_netspace, "its network namespace with its addresses, if one is configured" },
	{ "sysctl", do_sysctl, "settings of its namespaces" },
	{ "network", do_network, "network context with its addresses, flags and capabilities" },
	{ "pivot", do_pivot, "the guest's root becomes /, the host's mounts go" },
	{ "context", do_context, "context in set-up" },
	{ "spaces", do_spaces, "UTS and IPC in space 0, mounts and root in space 1" },
	{ "names", do_names, "host name, context name, run file" },
	{ "masks", do_masks, "capabilities and flags" },
	{ "process", do_process, "null input, log, no descriptors, new session and keyring" },
};

void start_child(struct start *s)
{
	struct child c = { .s = s, .name = s->guest->name, .root = -1, .proc = -1, .log = -1 };
	struct start_report r = { .what = REPORT_ERROR };
	struct strlist *start = &s->conf.start;
	char **words;
	long long since;
	size_t i;
	int ret;

	close(s->other);
	/* The words stay those of the command. */
	words = xcalloc(start->n + 1, sizeof(*words));
	memcpy(words, start->v, start->n * sizeof(*words));
	start->v = words;
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		since = now_us();
		fault_point("child", steps[i].name);
		ret = interrupted ? -1 : steps[i].run(&c);
		/* The last one has given standard error to the guest. */
		if (i + 1 < sizeof(steps) / sizeof(*steps))
			debug_step(c.name, steps[i].name, steps[i].what, since);
		if (!ret)
			continue;
		snprintf(r.text, sizeof(r.text), "start failed at step '%s'", steps[i].name);
		send_fd(s->sock, -1, &r, sizeof(r));
		_exit(EX_FAIL);
	}
	s->sock = 3;
	conf_choose_rc(s->conf.start.v);
	if (inside_enter(VC_SAMECTX)) {
		snprintf(r.text, sizeof(r.text), "cannot take the default signals: %s",
			 vc_reason(VCMD_ctx_migrate, errno));
	} else if (do_end_setup(&c)) {
		snprintf(r.text, sizeof(r.text), "cannot end the set-up: %s",
			 vc_reason(VCMD_set_cflags, errno));
	} else {
		execve(s->conf.start.v[0], s->conf.start.v, s->conf.env.v);
		snprintf(r.text, sizeof(r.text), "cannot run %s in the guest: %s",
			 s->conf.start.v[0], strerror(errno));
	}
	send_fd(s->sock, -1, &r, sizeof(r));
	_exit(EX_FAIL);
}

void start_child_show(const struct start *s)
{
	size_t i;

	out_open_list("steps");
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		out_open(NULL);
		out_str("step", "  %-10s ", steps[i].name);
		out_str("what", "%s\n", steps[i].what);
		out_close();
	}
	out_close();
	out_text("  %-10s", "init");
	out_open_list("command");
	for (i = 0; i < s->conf.start.n; i++)
		out_str(NULL, " %s", s->conf.start.v[i]);
	out_close();
	out_text("\n");
}
