// SPDX-License-Identifier: GPL-2.0
/* Waiting for the end of a context, and bringing it about. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "start.h"

#define KILL_MS		15000	/* a storm of tasks takes the kernel its time to end */
#define TICK_US		50000
#define SHORT_MS	500

static void on_tick(int sig)
{
	(void)sig;
}

/*
 * vc_wait_exit() has no time-out and no second condition: a ticking timer ends it from time to time, also
 * when a tick came just before the call. A short wait is over with the first tick.
 */
static void tick(long long ms)
{
	long first = ms > 0 && ms < SHORT_MS ? ms * 1000 : TICK_US;
	struct sigaction sa = { .sa_handler = on_tick };
	struct itimerval it = { { 0, TICK_US }, { 0, first } };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

static void no_tick(void)
{
	struct itimerval it = { 0 };

	setitimer(ITIMER_REAL, &it, NULL);
}

bool child_ended(pid_t pid)
{
	siginfo_t si = { 0 };

	return !waitid(P_PID, pid, &si, WEXITED | WNOHANG | WNOWAIT) && si.si_pid == pid;
}

/* On a terminal: who is still there and how long it may last, once a second. */
static struct {
	const char	*guest;
	xid_t		xid;
	long long	begin, shown;
	unsigned int	seconds;	/* that the whole may last */
	bool		line;
} progress;

void progress_start(const struct vc_guest *guest, const struct guest_conf *conf)
{
	size_t i;

	progress.guest = isatty(2) && !opt.silent ? guest->name : NULL;
	progress.xid = guest->xid;
	progress.begin = progress.shown = now_ms();
	progress.seconds = conf->stop.n || conf->stop_signal ? conf->timeout : 0;
	for (i = 1; i < conf->killseq.n; i += 2)
		progress.seconds += atoi(conf->killseq.v[i]);
}

static void progress_show(void)
{
	struct vc_ctx_stat st;
	long long now = now_ms();

	if (!progress.guest || now - progress.shown < 1000 || vc_ctx_stat(progress.xid, &st))
		return;
	progress.shown = now;
	progress.line = true;
	fprintf(stderr, "\r\033[Kvserver: %s: stopping, %u process%s left, %lld of at most %u s",
		progress.guest, st.tasks, st.tasks == 1 ? "" : "es", (now - progress.begin) / 1000,
		progress.seconds);
	fflush(stderr);
}

void progress_end(void)
{
	if (progress.line)
		fputs("\r\033[K", stderr);
	progress.guest = NULL;
	progress.line = false;
}

int wait_context(xid_t xid, long long ms, pid_t until)
{
	struct sigaction sa = { .sa_handler = on_tick }, old;
	long long end = now_ms() + ms;
	int gone = 0;

	/* Its end is told by a signal; should that come too early, by the timer. */
	if (until)
		sigaction(SIGCHLD, &sa, &old);
	tick(ms);
	for (;;) {
		if (!vc_wait_exit(xid) || errno == ESRCH) {
			gone = 1;
			break;
		}
		if (errno != EINTR && errno != EAGAIN)
			break;
		progress_show();
		if ((ms >= 0 && now_ms() >= end) || (until && child_ended(until)))
			break;
	}
	no_tick();
	if (until)
		sigaction(SIGCHLD, &old, NULL);
	return gone;
}

void signal_context(const char *guest, xid_t xid, int sig)
{
	/* The init first: it may want to end its services in order. */
	vc_ctx_kill(xid, 1, sig);
	if (vc_ctx_kill(xid, 0, sig) && errno != ESRCH)
		caution(guest, "cannot send signal %d to context %u: %s", sig, xid,
			vc_reason(VCMD_ctx_kill, errno));
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
