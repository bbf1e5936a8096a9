// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME stop: asks the guest to end, waits on the kernel, insists, and
 * takes down what start put up. After an error it goes on: as much as
 * possible has to be gone in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
#include "pump.h"
#include "relay.h"
#include "run.h"
#include "scripts.h"
#include "start.h"

#define ALONE_MS	1000	/* an init without children this long has nothing to do */

/* A context that lives without tasks would outlast its guest. */
static void drop_persistent(const struct guest_conf *conf, xid_t xid)
{
	struct vc_ctx_flags flags = { 0, VXF_PERSISTENT };
	struct vc_net_flags nflags = { 0, NXF_PERSISTENT };

	if (conf->cflags.flagword & VXF_PERSISTENT)
		vc_set_cflags(xid, &flags);
	if (conf->nid != VC_NONID && conf->nflags.flagword & NXF_PERSISTENT)
		vc_set_nflags(conf->nid, &nflags);
}

/* The kernel need not tell its helper of an end that is being brought about. */
static void drop_helper(const struct guest_conf *conf, xid_t xid)
{
	struct vc_ctx_flags flags = { 0, VXF_SC_HELPER };

	if (conf->cflags.flagword & VXF_SC_HELPER)
		vc_set_cflags(xid, &flags);
}

/* Tasks that do not react are what an administrator wants to know about. */
static void count_tasks(const struct vc_guest *guest, const char *after)
{
	struct vc_ctx_stat st;

	if (!vc_ctx_stat(guest->xid, &st) && st.tasks)
		caution(guest->name, "%u task%s left %s", st.tasks, st.tasks == 1 ? "" : "s", after);
}

/* Runs the style's stop command inside; its end or that of the context, or the time-out. */
static int run_stop(struct vc_guest *guest, struct guest_conf *conf)
{
	struct inside in = { .guest = guest, .conf = conf, .argv = conf->stop.v,
			     .null_stdio = true };
	int gone, status;

	strlist_addf(&in.extra_env, "RUNLEVEL=%s", conf->stop_level ? conf->stop_level : "6");
	strlist_addf(&in.extra_env, "PREVLEVEL=%s", conf->level ? conf->level : "3");
	strlist_add(&in.extra_env, "INIT_VERSION=vserver");
	if (inside_spawn(&in)) {
		strlist_free(&in.extra_env);
		return 0;
	}
	strlist_free(&in.extra_env);
	pump_signals_end();
	gone = wait_context(guest->xid, conf->timeout * 1000LL, in.pid);
	if (!gone && !child_ended(in.pid))
		caution(guest->name, "%s is not done after %u s", conf->stop.v[0], conf->timeout);
	else
		waitpid(in.pid, &status, WNOHANG);
	return gone;
}

/*
 * Waits for an init that was told to shut down. A guest cannot switch itself
 * off, so many end up with init alone: then it is done too. 1 the context is
 * gone, 0 the init is alone or the time is up.
 */
static int wait_init(xid_t xid, long long ms)
{
	long long end = now_ms() + ms, alone = 0;
	struct vc_ctx_stat st;

	while (now_ms() < end) {
		if (wait_context(xid, 100, 0))
			return 1;
		if (vc_ctx_stat(xid, &st) || st.tasks > 1)
			alone = 0;
		else if (!alone)
			alone = now_ms();
		else if (now_ms() - alone >= ALONE_MS)
			break;
	}
	return 0;
}

/* Ends all tasks: asking, then the kill sequence. 0 or -1. */
static int end_tasks(struct vc_guest *guest, struct guest_conf *conf)
{
	bool asked = conf->stop.n || conf->stop_signal;
	int gone = 0;
	size_t i;

	/* It has shut its services down before it called: nobody is left to ask. */
	if (opt.from_inside)
		return kill_context(guest->name, guest->xid);
	if (conf->stop.n) {
		gone = run_stop(guest, conf);
	} else if (conf->stop_signal) {
		if (vc_ctx_kill(guest->xid, 1, conf->stop_signal))
			caution(guest->name, "cannot signal the guest's init: %s",
				vc_reason(VCMD_ctx_kill, errno));
		else
			gone = wait_init(guest->xid, conf->timeout * 1000LL);
	}
	if (gone)
		return 0;
	if (asked && opt.verbose)
		count_tasks(guest, "after the guest was asked to stop");
	drop_persistent(conf, guest->xid);
	for (i = 0; !gone && i < conf->killseq.n; i += 2) {
		int sig = atoi(conf->killseq.v[i]);
		long long ms = i + 1 < conf->killseq.n ? atoi(conf->killseq.v[i + 1]) * 1000LL : 100;

		signal_context(guest->name, guest->xid, sig);
		gone = wait_context(guest->xid, ms, 0);
	}
	return gone ? 0 : kill_context(guest->name, guest->xid);
}

/* The group has to be empty, which it is a moment after the last task. */
static void remove_group(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *group = cgroup_of(conf, guest);

	if (group)
		cgroup_remove(guest->name, group);
	place_forget(guest);
	free(group);
}

/* What the guest printed last may stay, as far as it may. */
static void trim_log(const struct vc_guest *guest, const struct guest_conf *conf)
{
	int root = guest->vdir ? open(guest->vdir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int fd = root < 0 ? -1 : open_in_root(root, CONSOLE_LOG, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);

	relay_trim(fd, conf->log_size);
	/* Who watches it finds that there is nothing left to watch. */
	if (fd >= 0)
		futimens(fd, NULL);
	if (fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
}

static int do_pre_stop(struct vc_guest *guest, struct guest_conf *conf)
{
	(void)conf;
	return scripts_run(guest, "pre-stop", guest->vdir);
}

static int do_thaw(struct vc_guest *guest, struct guest_conf *conf)
{
	/* A frozen task reacts to nothing but SIGKILL. */
	if (guest_thaw(guest, conf))
		caution(guest->name, "cannot resume it: %s", strerror(errno));
	return 0;
}

static int do_end_tasks(struct vc_guest *guest, struct guest_conf *conf)
{
	int ret;

	progress_start(guest, conf);
	drop_helper(conf, guest->xid);
	ret = end_tasks(guest, conf);
	progress_end();
	if (!ret)
		guest->xid = VC_NOCTX;
	return ret;
}

static int do_run_file(struct vc_guest *guest, struct guest_conf *conf)
{
	(void)conf;
	run_remove(guest);
	return 0;
}

static int do_post_stop(struct vc_guest *guest, struct guest_conf *conf)
{
	(void)conf;
	return scripts_run(guest, "post-stop", guest->vdir);
}

static int do_addresses(struct vc_guest *guest, struct guest_conf *conf)
{
	(void)conf;
	return hostnet_down(guest);
}

static int do_netspace(struct vc_guest *guest, struct guest_conf *conf)
{
	(void)conf;
	return netspace_down(guest);
}

static int do_leavings(struct vc_guest *guest, struct guest_conf *conf)
{
	remove_group(guest, conf);
	trim_log(guest, conf);
	return dlimits_down(guest, conf);
}

static int do_postpost_stop(struct vc_guest *guest, struct guest_conf *conf)
{
	(void)conf;
	return scripts_run(guest, "postpost-stop", guest->dir);
}

/* All of them, whatever fails, but for what needs a guest that is gone. */
static const struct {
	const char	*name;
	int		(*run)(struct vc_guest *guest, struct guest_conf *conf);
	bool		running;	/* only for a guest that runs */
	const char	*what;
} steps[] = {
	{ "thaw", do_thaw, true, "a paused guest goes on" },
	{ "pre-stop", do_pre_stop, true, "scripts/pre-stop" },
	{ "tasks", do_end_tasks, true, "the stop command or signal, then the kill sequence" },
	{ "run-file", do_run_file, false, "the run file" },
	{ "post-stop", do_post_stop, true, "scripts/post-stop" },
	{ "addresses", do_addresses, false, "addresses on the host's interfaces" },
	{ "netspace", do_netspace, false, "its network namespace" },
	{ "leavings", do_leavings, false, "its control group and disk limits, the end of its log" },
	{ "last", do_postpost_stop, true, "scripts/postpost-stop" },
};

#define N_STEPS	(sizeof(steps) / sizeof(*steps))

static int run_steps(struct vc_guest *guest, struct guest_conf *conf, bool running)
{
	int ret = 0, bad;
	long long since;
	size_t i;

	for (i = 0; i < N_STEPS; i++) {
		if (steps[i].running && !running)
			continue;
		verbose(guest->name, "%s: %s", steps[i].name, steps[i].what);
		since = now_us();
		fault_point("stop", steps[i].name);
		bad = steps[i].run(guest, conf);
		debug_step(guest->name, steps[i].name, steps[i].what, since);
		if (bad)
			ret = EX_FAIL;
		if (bad && steps[i].run == do_end_tasks)
			break;
	}
	return ret;
}

/* How the guest is asked to end. */
static void show_asking(const struct guest_conf *conf)
{
	size_t i;

	if (conf->stop.n) {
		out_text("  run %s", conf->stop.v[0]);
		out_open_list("command");
		for (i = 0; i < conf->stop.n; i++)
			out_str(NULL, NULL, conf->stop.v[i]);
		out_close();
	} else if (conf->stop_signal) {
		out_i64("signal", "  signal %" PRId64 " to the init", conf->stop_signal);
	} else {
		return;
	}
	out_u64("timeout", ", at most %" PRIu64 " s\n", conf->timeout);
}

static void show(const struct vc_guest *guest, const struct guest_conf *conf, bool running)
{
	size_t i;

	out_start(opt.json, false);
	out_str("guest", "%s: ", guest->name);
	out_bool("running", running);
	if (running)
		out_u64("context", "context %" PRIu64 "\n", guest->xid);
	else
		out_text("not running\n");
	out_open_list("steps");
	for (i = 0; i < N_STEPS; i++) {
		if (steps[i].running && !running)
			continue;
		out_open(NULL);
		out_str("step", "%-12s ", steps[i].name);
		out_str("what", "%s\n", steps[i].what);
		if (steps[i].run == do_end_tasks)
			show_asking(conf);
		out_close();
	}
	out_close();
	out_finish(EX_FAIL);
}

int stop_remains(struct vc_guest *guest)
{
	struct guest_conf conf;
	int ret;

	conf_read(guest, &conf, false);
	ret = run_steps(guest, &conf, false);
	conf_free(&conf);
	return ret;
}

int stop_locked(struct vc_guest *guest)
{
	bool bad, running = guest->xid != VC_NOCTX;
	struct guest_conf conf;
	int ret = 0;

	if (!running && !opt.dry_run) {
		caution(guest->name, "not running");
		return stop_remains(guest);
	}
	/* A configuration that is wrong by now must not keep a guest alive. */
	bad = conf_read(guest, &conf, false);
	bad |= conf_read_style(guest, &conf, NULL) != 0;
	if (bad) {
		caution(guest->name, "wrong configuration: ending the guest by signals");
		strlist_free(&conf.stop);
		conf.stop_signal = 0;
	}
	if (opt.dry_run)
		show(guest, &conf, running);
	else
		ret = run_steps(guest, &conf, true);
	conf_free(&conf);
	return ret;
}

/*
 * A guest that floods the machine with tasks must not keep its own end
 * waiting for the processor. What is started from here is scheduled as ever.
 */
static void stay_responsive(void)
{
	struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param))
		setpriority(PRIO_PROCESS, 0, -20);
}

static int no_arguments(const char *what, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--dry-run"))
			opt.dry_run = true;
		else if (!strcmp(argv[i], "--json") && !strcmp(what, "stop"))
			opt.json = true;
		else if (!strcmp(argv[i], "--debug"))
			opt.debug = true;
		else if (!strcmp(argv[i], "--sync"))
			opt.sync = true;
		else if (!strcmp(argv[i], "--from-inside"))
			opt.from_inside = true;
		else if (strcmp(argv[i], "--rescue-init"))
			return cmd_usage(what, "unknown argument '%s'", argv[i]);
	}
	if (opt.json && !opt.dry_run)
		return cmd_usage(what, "--json needs --dry-run");
	return 0;
}

int cmd_stop(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	int lock, ret = no_arguments("stop", argc, argv);
	char *key;

	(void)id;
	if (ret)
		return ret;
	catch_signals();
	stay_responsive();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	ret = stop_locked(guest);
	run_unlock(lock, key);
	free(key);
	return ret;
}

static int restart(struct vc_guest *guest, bool only_running)
{
	struct start_options o = { 0 };
	struct start s;
	int lock, ret = 0;
	char *key;

	catch_signals();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	if (guest->xid != VC_NOCTX || !only_running) {
		if (guest->xid != VC_NOCTX)
			ret = stop_locked(guest);
		/* Also after a stop that complained, as long as the guest is down. */
		if (guest->xid == VC_NOCTX && !interrupted)
			ret |= start_locked(guest, &o, &s);
	}
	run_unlock(lock, key);
	free(key);
	return ret ? EX_FAIL : 0;
}

int cmd_restart(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	int ret = no_arguments("restart", argc, argv);

	(void)id;
	return ret ? ret : restart(guest, false);
}

int cmd_condrestart(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	int ret = no_arguments("condrestart", argc, argv);

	(void)id;
	return ret ? ret : restart(guest, true);
}
