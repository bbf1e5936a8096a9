// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME stop: asks the guest to end, waits on the kernel, insists, and
 * takes down what start put up. After an error it goes on: as much as
 * possible has to be gone in the end.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "hostnet.h"
#include "inside.h"
#include "pump.h"
#include "run.h"
#include "scripts.h"
#include "start.h"

#define KILL_MS		15000	/* a storm of tasks takes the kernel its time to end */
#define ALONE_MS	1000	/* an init without children this long has nothing to do */
#define TICK_US		50000

static void on_tick(int sig)
{
	(void)sig;
}

/*
 * vc_wait_exit() has no time-out and no second condition: a ticking timer
 * ends it from time to time, also when a tick came just before the call.
 */
static void tick(bool on)
{
	struct sigaction sa = { .sa_handler = on_tick };
	struct itimerval it = { { 0, on ? TICK_US : 0 }, { 0, on ? TICK_US : 0 } };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

static bool child_ended(pid_t pid)
{
	siginfo_t si = { 0 };

	return !waitid(P_PID, pid, &si, WEXITED | WNOHANG | WNOWAIT) && si.si_pid == pid;
}

int wait_context(xid_t xid, long long ms, pid_t until)
{
	long long end = now_ms() + ms;
	int gone = 0;

	tick(true);
	for (;;) {
		if (!vc_wait_exit(xid) || errno == ESRCH) {
			gone = 1;
			break;
		}
		if (errno != EINTR && errno != EAGAIN)
			break;
		if ((ms >= 0 && now_ms() >= end) || (until && child_ended(until)))
			break;
	}
	tick(false);
	return gone;
}

static void signal_context(const char *guest, xid_t xid, int sig)
{
	/* The init first: it may want to end its services in order. */
	vc_ctx_kill(xid, 1, sig);
	if (vc_ctx_kill(xid, 0, sig) && errno != ESRCH)
		caution(guest, "cannot send signal %d to context %u: %s", sig, xid,
			vc_reason(VCMD_ctx_kill, errno));
}

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

int kill_context(const char *guest, xid_t xid)
{
	struct vc_ctx_flags flags = { 0, VXF_PERSISTENT };
	long long end = now_ms() + KILL_MS;

	vc_set_cflags(xid, &flags);
	/* Again and again: a task may just have been forking. */
	do {
		signal_context(guest, xid, SIGKILL);
		if (wait_context(xid, 100, 0))
			return 0;
	} while (now_ms() < end);
	return failed(guest, "context %u still exists after SIGKILL", xid);
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
	bool asked = conf->stop.n || conf->real_init;
	int gone = 0;
	size_t i;

	if (conf->stop.n) {
		gone = run_stop(guest, conf);
	} else if (conf->real_init) {
		if (vc_ctx_kill(guest->xid, 1, SIGINT))
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

int stop_locked(struct vc_guest *guest)
{
	struct guest_conf conf;
	bool bad;
	int ret = 0;

	if (guest->xid == VC_NOCTX) {
		caution(guest->name, "not running");
		return hostnet_down(guest) ? EX_FAIL : 0;
	}
	/* A configuration that is wrong by now must not keep a guest alive. */
	bad = conf_read(guest, &conf, false);
	bad |= conf_read_style(guest, &conf, NULL) != 0;
	if (bad) {
		caution(guest->name, "wrong configuration: ending the guest by signals");
		strlist_free(&conf.stop);
		conf.real_init = false;
	}
	if (opt.dry_run) {
		printf("%s: context %u: %s%s, at most %u s, then the kill sequence\n", guest->name,
		       guest->xid, conf.stop.n ? "run " : "signal init",
		       conf.stop.n ? conf.stop.v[0] : "", conf.timeout);
		conf_free(&conf);
		return 0;
	}
	if (scripts_run(guest, "pre-stop", guest->vdir))
		ret = EX_FAIL;
	if (end_tasks(guest, &conf)) {
		conf_free(&conf);
		return EX_FAIL;
	}
	guest->xid = VC_NOCTX;
	run_remove(guest);
	if (scripts_run(guest, "post-stop", guest->vdir))
		ret = EX_FAIL;
	if (hostnet_down(guest))
		ret = EX_FAIL;
	if (scripts_run(guest, "postpost-stop", guest->dir))
		ret = EX_FAIL;
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
		else if (strcmp(argv[i], "--rescue-init"))
			return cmd_usage(what, "unknown argument '%s'", argv[i]);
	}
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
			ret |= start_locked(guest, NULL, false);
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
