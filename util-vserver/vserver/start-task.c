// SPDX-License-Identifier: GPL-2.0
/* The step of start that makes the guest's first task and follows it until its init runs. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup-place.h"
#include "cmd.h"
#include "hostdev.h"
#include "inside.h"
#include "present.h"
#include "pump.h"
#include "rlimits.h"
#include "run.h"
#include "scripts.h"
#include "start.h"

#define END_MS		2000
#define STACK_SIZE	262144

/* Its tun and tap devices, which only a task of the host can give away. */
static int give_devices(struct start *s)
{
	const struct iface_conf *iface;

	if (s->conf.nid == VC_NONID || conf_net_space(&s->conf))
		return 0;
	for (iface = s->conf.ifaces; iface < s->conf.ifaces + s->conf.n_ifaces; iface++)
		if (iface->dev && !iface->shared && (iface->make == DEV_TUN || iface->make == DEV_TAP) &&
		    hostdev_give(s->guest, iface, s->conf.nid))
			return -1;
	return 0;
}

/* Follows the child until its init runs. */
static int follow(struct start *s)
{
	const char *name = s->guest->name;
	struct start_report r;
	int fd, ret = 0;
	ssize_t n;

	while ((n = recv_fd(s->sock, &fd, &r, sizeof(r))) > 0) {
		r.text[sizeof(r.text) - 1] = 0;
		if (r.what == REPORT_ERROR) {
			ret = failed(name, "%s", r.text);
			s->told = true;
			continue;
		}
		if (r.what == REPORT_CONSOLE) {
			s->master = fd;
			continue;
		}
		s->log = fd;
		s->context = true;
		place_release(&s->holder);
		s->guest->xid = s->conf.xid;
		fault_point("start", "named");
		if (run_write(s->guest, s->conf.xid) || rlimits_apply(s->guest, s->conf.xid) ||
		    give_devices(s))
			return -1;
		fault_point("start", "written");
		if (send(s->sock, "G", 1, MSG_NOSIGNAL) < 0)
			return failed(name, "cannot go on: the new task is gone");
	}
	if (n < 0)
		return interrupted ? -1 : failed(name, "cannot hear from the new task: %s",
						 strerror(errno));
	if (!ret && !s->context)
		ret = failed(name, "the new task ended without a word");
	return ret;
}

static int run_child(void *start)
{
	start_child(start);
}

/*
 * The child lives in our memory until its exec, as that of vfork() does: copying it, and faulting all of
 * it in again, is a tenth of a start. It is sound because only one of us runs at a time: we wait
 * for its report, and it waits for our answer. What it changes of @child is not seen here, nor are its
 * descriptors; for the guest its memory is out of reach, since the kernel lets nobody there look at a task
 * that has entered and not executed a program yet.
 */
static pid_t first_task(struct start *child)
{
	/* There already, which is cheaper than a mapping; the deepest use is rmtree.c's, some 100 KiB. */
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	int flags = SIGCHLD | CLONE_VM | (child->conf.pid_space ? CLONE_NEWPID : 0);

	/* The kernel gives all who share memory one score. */
	if (child->conf.has_badness)
		flags &= ~CLONE_VM;
	return clone(run_child, stack + STACK_SIZE, flags, child);
}

/*
 * Ends the first task of a start that failed. While it runs, that must not be in the middle of a change to
 * our memory: it looks for the signal between its steps. When it waits for us, or in the kernel for
 * something that does not come, it can be killed.
 */
static void end_child(struct start *s)
{
	int status, i;

	if (interrupted) {
		kill(s->pid, SIGTERM);
		for (i = 0; i < END_MS / 10; i++) {
			if (waitpid(s->pid, &status, WNOHANG)) {
				s->pid = 0;
				return;
			}
			sleep_ms(10);
		}
	}
	kill(s->pid, SIGKILL);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
}

int start_context(struct start *s)
{
	struct start child = *s;
	sigset_t ours, before;
	int pair[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return failed(s->guest->name, "cannot make a socket: %s", strerror(errno));
	fflush(NULL);
	if (s->console)
		pump_signals();
	/* Others would wake us while the child runs, and errno is its, too. */
	sigfillset(&ours);
	sigdelset(&ours, SIGINT);
	sigdelset(&ours, SIGTERM);
	sigdelset(&ours, SIGHUP);
	sigprocmask(SIG_BLOCK, &ours, &before);
	child.sock = pair[1];
	child.other = pair[0];
	s->sock = pair[0];
	s->pid = first_task(&child);
	if (s->pid < 0)
		failed(s->guest->name, "cannot make a task: %s", strerror(errno));
	close(pair[1]);
	ret = s->pid < 0 ? -1 : follow(s);
	if (s->pid < 0)
		s->pid = 0;
	else if (ret)
		end_child(s);
	sigprocmask(SIG_SETMASK, &before, NULL);
	/* Scripts that it ran may have changed the configuration. */
	if (s->conf.prepare.n || scripts_any(s->guest))
		present_forget();
	return ret;
}

void start_context_undo(struct start *s)
{
	int status;

	if (s->context)
		kill_context(s->guest->name, s->conf.xid);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	/* Also the run file: it was written for this context. */
	if (s->context)
		run_remove(s->guest);
	s->guest->xid = VC_NOCTX;
}
