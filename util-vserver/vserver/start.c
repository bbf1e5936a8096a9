// SPDX-License-Identifier: GPL-2.0
/* vserver NAME start: a list of steps, each with its undo. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "cmd.h"
#include "dlimits.h"
#include "hostnet.h"
#include "inside.h"
#include "netspace.h"
#include "out.h"
#include "cgroup-place.h"
#include "present.h"
#include "pump.h"
#include "relay.h"
#include "run.h"
#include "scripts.h"
#include "start.h"

#define SETTLE_MS	300

static int do_init_scripts(struct start *s)
{
	return scripts_run(s->guest, "initialize", s->guest->dir) ||
	       scripts_run(s->guest, "prepre-start", s->guest->dir);
}

static int do_addresses(struct start *s)
{
	/* In a network of its own they are inside; what the last run left goes in any case. */
	return conf_net_space(&s->conf) ? hostnet_down(s->guest) : hostnet_up(s->guest, &s->conf);
}

static int do_netspace(struct start *s)
{
	return netspace_up(s->guest, &s->conf);
}

static void undo_netspace(struct start *s)
{
	netspace_down(s->guest);
}

static void undo_addresses(struct start *s)
{
	hostnet_down(s->guest);
}

static int do_dlimits(struct start *s)
{
	return dlimits_up(s->guest, &s->conf);
}

static void undo_dlimits(struct start *s)
{
	dlimits_down(s->guest, &s->conf);
}

static int do_cgroup(struct start *s)
{
	if (place_choose(s->guest, &s->conf, &s->holder))
		return -1;
	/* What a start that was killed left may hold other values. */
	if (s->conf.cgroup && !s->holder)
		cgroup_remove(s->guest->name, s->conf.cgroup);
	return cgroup_make(s->guest->name, &s->conf);
}

static void undo_cgroup(struct start *s)
{
	place_release(&s->holder);
	cgroup_remove(s->guest->name, s->conf.cgroup);
	place_forget(s->guest);
}

/* True for styles whose start command ends when the services run. */
static bool waits(const struct start *s)
{
	return !s->conf.real_init && s->conf.style != STYLE_RESCUE;
}

static void tell_status(const struct start *s, int status)
{
	const char *name = s->guest->name;

	if (WIFSIGNALED(status))
		caution(name, "%s was ended by signal %d", s->conf.start.v[0], WTERMSIG(status));
	else if (WEXITSTATUS(status))
		caution(name, "%s ended with status %d; `vserver %s logs` shows what it said",
			s->conf.start.v[0], WEXITSTATUS(status), name);
}

/*
 * Services that cannot live tend to end a moment after the command that started them:
 * a guest is up when there is somebody left after that moment.
 */
static int settle(struct start *s)
{
	const char *name = s->guest->name;
	struct vc_ctx_stat st;

	if (!vc_ctx_stat(s->conf.xid, &st) && st.tasks && !wait_context(s->conf.xid, SETTLE_MS, 0))
		return 0;
	if (interrupted)
		return -1;
	return failed(name, "%s left no process behind; `vserver %s logs` shows what it said",
		      s->conf.start.v[0], name);
}

/* The size of the log is watched where apps/init/logsize asks for it. */
static void watch_log(struct start *s)
{
	struct stat st;
	int status;

	if (!s->conf.log_watch || s->log < 0 || fstat(s->log, &st) || !S_ISREG(st.st_mode))
		return;
	fflush(NULL);
	status = relay_watch(s->log, s->conf.log_size, s->conf.xid);
	if (status)
		caution(s->guest->name, "cannot watch the size of its log: %s", strerror(errno));
}

static int do_services(struct start *s)
{
	const char *name = s->guest->name;
	int status = 0;

	/* The console shows the rest, without the lock. */
	if (s->console)
		return 0;
	if (waits(s)) {
		if (relay_log(s->log, s->pid, &status))
			return -1;
		s->pid = 0;
		tell_status(s, status);
	} else {
		if (s->conf.style != STYLE_RESCUE)
			wait_context(s->conf.xid, SETTLE_MS, s->pid);
		if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
			s->pid = 0;
			return failed(name, "%s ended at once; `vserver %s logs` shows what it said",
				      s->conf.start.v[0], name);
		}
		watch_log(s);
		return 0;
	}
	relay_trim(s->log, s->conf.log_size);
	if (settle(s))
		return -1;
	watch_log(s);
	return 0;
}

/* Waits for what the administrator calls up and running. */
static int do_sync(struct start *s)
{
	struct inside in = { .guest = s->guest, .conf = &s->conf, .argv = s->conf.start_sync.v,
			     .null_stdio = true };
	int code;

	if (!s->conf.start_sync.n || s->console || !(opt.sync || s->conf.sync))
		return 0;
	code = inside_run(&in);
	pump_signals_end();
	return code ? failed(s->guest->name, "%s ended with status %d", s->conf.start_sync.v[0], code) : 0;
}

static int do_post_scripts(struct start *s)
{
	return scripts_run(s->guest, "post-start", s->guest->vdir);
}

static const struct {
	const char	*name;
	int		(*run)(struct start *s);
	void		(*undo)(struct start *s);
	const char	*what;
} steps[] = {
	{ "scripts", do_init_scripts, NULL, "scripts/initialize and prepre-start" },
	{ "addresses", do_addresses, undo_addresses, "addresses on the host's interfaces" },
	{ "dlimits", do_dlimits, undo_dlimits, "disk limits of its files" },
	{ "netspace", do_netspace, undo_netspace, "its network namespace, if one is configured" },
	{ "cgroup", do_cgroup, undo_cgroup, "its control group, if one is configured" },
	{ "context", start_context, start_context_undo, "a task that becomes the guest's first:" },
	{ "services", do_services, NULL, "wait for the start command" },
	{ "sync", do_sync, NULL, "apps/init/cmd.start-sync, with --sync or apps/init/sync" },
	{ "post", do_post_scripts, NULL, "scripts/post-start" },
};

#define N_STEPS	(sizeof(steps) / sizeof(*steps))

static void show_addresses(const struct start *s)
{
	const struct iface_conf *iface;

	out_open_list("addresses");
	for (iface = s->conf.ifaces; iface < s->conf.ifaces + s->conf.n_ifaces; iface++) {
		out_open(NULL);
		out_str("address", "  %s", iface->text);
		out_u64("prefix", "/%" PRIu64, iface->prefix);
		out_text(" on %s\n", iface->dev ? iface->dev : "no device");
		if (iface->dev)
			out_str("device", NULL, iface->dev);
		out_close();
	}
	out_close();
}

/* What a start would do: nothing for a guest that runs, of which the caller has told. */
static void show(const struct start *s, bool running)
{
	size_t i;

	out_start(opt.json, false);
	out_str("guest", running ? NULL : "%s: ", s->guest->name);
	out_bool("running", running);
	out_u64("context", running ? NULL : "context %" PRIu64, running ? s->guest->xid : s->conf.xid);
	if (!running && s->conf.nid != VC_NONID)
		out_u64("network_context", ", network context %" PRIu64, s->conf.nid);
	if (!running)
		out_text("\n");
	out_open_list("steps");
	for (i = 0; !running && i < N_STEPS; i++) {
		out_open(NULL);
		out_str("step", "%-12s ", steps[i].name);
		out_str("what", "%s\n", steps[i].what);
		if (steps[i].run == start_context)
			start_child_show(s);
		if (steps[i].run == do_addresses)
			show_addresses(s);
		out_close();
	}
	out_close();
	out_finish(EX_FAIL);
}

static int check(struct start *s)
{
	struct vc_guest *guest = s->guest;

	if (!guest->vdir)
		return failed(guest->name, "cannot find the root directory %s/vdir", guest->dir);
	if (s->conf.xid == VC_NOCTX)
		return failed(guest->name, "no context number: write one from %u to %u into %s/context",
			      VS_ID_MIN, VS_ID_MAX, guest->dir);
	conf_complete_mounts(guest, &s->conf);
	if (opt.dry_run)
		return 0;
	if (vc_get_version() < 0)
		return failed(guest->name, "cannot start: %s", vc_reason(VCMD_get_version, errno));
	return 0;
}

static int run_steps(struct start *s)
{
	long long since;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < N_STEPS; i++) {
		verbose(s->guest->name, "%s: %s", steps[i].name, steps[i].what);
		since = now_us();
		fault_point("start", steps[i].name);
		ret = steps[i].run(s);
		debug_step(s->guest->name, steps[i].name, steps[i].what, since);
		if (!ret && interrupted)
			ret = failed(s->guest->name, "interrupted by signal %d", (int)interrupted);
		if (ret && !s->told)
			failed(s->guest->name, "start failed at step '%s'", steps[i].name);
	}
	/* @i is one beyond the step that failed: its own undo is tried too. */
	while (ret && i-- > 0) {
		fault_point("undo", steps[i].name);
		if (steps[i].undo)
			steps[i].undo(s);
	}
	return ret;
}

static void close_start(struct start *s)
{
	if (s->sock >= 0)
		close(s->sock);
	if (s->log >= 0)
		close(s->log);
	if (s->master >= 0)
		close(s->master);
	conf_free(&s->conf);
}

int start_locked(struct vc_guest *guest, const struct start_options *o, struct start *s)
{
	int ret;

	*s = (struct start){ .guest = guest, .sock = -1, .log = -1, .master = -1, .console = o->console };
	if (guest->xid != VC_NOCTX) {
		caution(guest->name, "already running in context %u", guest->xid);
		s->console = false;
		if (opt.json)
			show(s, true);
		return 0;
	}
	present_start();
	ret = conf_read(guest, &s->conf, true);
	if (!ret)
		ret = conf_read_style(guest, &s->conf, o->rescue);
	if (!ret)
		ret = check(s);
	s->conf.real_init |= o->rescue_init;
	if (!ret && opt.dry_run)
		show(s, false);
	else if (!ret)
		ret = run_steps(s);
	present_end();
	if (ret)
		s->console = false;
	if (!s->console || opt.dry_run)
		close_start(s);
	return ret ? EX_FAIL : 0;
}

/* Carries the terminal of the guest's first task until it ends; its exit code. */
int start_console(struct start *s)
{
	struct inside in = { .guest = s->guest, .conf = &s->conf, .pid = s->pid, .master = s->master,
			     .kind = { STDIO_PTY, STDIO_PTY, STDIO_PTY }, .pump = { -1, -1, -1 } };
	int code;

	reset_signals();
	pump_signals();
	code = inside_wait(&in);
	pump_signals_end();
	s->master = -1;
	/* Services that it started are given their moment. */
	wait_context(s->conf.xid, SETTLE_MS, 0);
	close_start(s);
	return code;
}

static int parse_start(struct start_options *o, int argc, char **argv)
{
	static char *none[1] = { NULL };
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--rescue"))
			o->rescue = none;
		else if (!strcmp(argv[i], "--rescue-init"))
			o->rescue_init = true;
		else if (!strcmp(argv[i], "--console"))
			o->console = true;
		else if (!strcmp(argv[i], "--sync"))
			opt.sync = true;
		else if (!strcmp(argv[i], "--debug"))
			opt.debug = true;
		else if (!strcmp(argv[i], "--dry-run"))
			opt.dry_run = true;
		else if (!strcmp(argv[i], "--json"))
			opt.json = true;
		else if (*argv[i] == '-' || !o->rescue)
			return cmd_usage("start", "unknown argument '%s'", argv[i]);
		else
			break;
	}
	if (i < argc)
		o->rescue = argv + i;
	if (o->rescue_init && !o->rescue)
		return cmd_usage("start", "--rescue-init needs --rescue");
	if (opt.json && !opt.dry_run)
		return cmd_usage("start", "--json needs --dry-run");
	return 0;
}

int cmd_start(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct start_options o = { 0 };
	struct start s;
	int lock, ret;
	char *key;

	(void)id;
	ret = parse_start(&o, argc, argv);
	if (ret)
		return ret;
	if (opt.dry_run) {
		vc_guest_update(guest);
		return start_locked(guest, &o, &s);
	}
	catch_signals();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	ret = start_locked(guest, &o, &s);
	run_unlock(lock, key);
	free(key);
	if (!ret && s.console) {
		ret = start_console(&s);
		lock = run_lock_guest(guest, &key);
		if (lock >= 0 && guest->xid == VC_NOCTX)
			stop_remains(guest);
		run_unlock(lock, key);
		free(key);
	}
	return ret;
}
