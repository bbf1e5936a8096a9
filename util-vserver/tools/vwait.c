// SPDX-License-Identifier: GPL-2.0
/* vwait: wait until a context is gone. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "prog.h"

#define STATUS_KILLED	1
#define STATUS_TIMEOUT	2
#define STATUS_INTERNAL	126
#define STATUS_ERROR	127

enum { OPT_XID = 1, OPT_TIMEOUT, OPT_TERMINATE, OPT_STATUS_FD };

static const struct opt opts[] = {
	{ "xid", 'c', OPT_XID, "ID", "the context, instead of an argument" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "timeout", 't', OPT_TIMEOUT, "SECONDS", "wait no longer (may have a fraction)" },
	{ "terminate", 0, OPT_TERMINATE, NULL, "at the time-out kill its init, then all its processes" },
	{ "status-fd", 0, OPT_STATUS_FD, "N", "write one line about the end to descriptor N" },
	{ 0 }
};

static const char *const usage[] = { "[OPTION...] ID", NULL };

static const struct prog prog = {
	.name = "vwait",
	.summary = "Wait until a process context is gone.",
	.usage = usage,
	.opts = opts,
	.notes =
"Line and exit status:\n"
"  FINISHED STATUS [REBOOT]   0    it is gone; exit status of its init or last process (128+N:\n"
"                                  signal N) and the reboot command given inside, if any\n"
"  KILLED                     1    it was killed at the time-out\n"
"  TIMEOUT                    2    it is still there\n"
"  ??? CODE                   126  internal error\n"
"  ERROR ERRNO                127  it cannot be waited for\n",
	.error = STATUS_ERROR,
};

static int status_fd = -1;

static void finish(int status, const char *line)
{
	if (status_fd >= 0 && dprintf(status_fd, "%s\n", line) < 0)
		complain("cannot write to descriptor %d: %s", status_fd, why());
	exit(status);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * An alarm interrupts the wait. It repeats, because one that comes between
 * two calls would be lost.
 */
static void set_alarm(uint64_t ms)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval timer = {
		.it_value = { ms / 1000, ms % 1000 * 1000 },
		.it_interval = { 0, 50000 },
	};

	if (!ms)
		timer.it_value.tv_usec = 1;
	sigaction(SIGALRM, &act, NULL);
	if (setitimer(ITIMER_REAL, &timer, NULL) < 0) {
		complain("cannot set a timer: %s", why());
		finish(STATUS_INTERNAL, "??? 1");
	}
}

/*
 * True when the context is gone, false at @deadline (0: none). Who has @killed
 * it may come too late to be told of the end.
 */
static bool wait_until(xid_t xid, const char *name, uint64_t deadline, bool killed,
		       struct vc_exit *how)
{
	char line[32];
	uint64_t now;

	for (;;) {
		if (deadline) {
			now = now_ms();
			if (now >= deadline)
				return false;
			set_alarm(deadline - now);
		}
		if (!vc_wait_exit_status(xid, how) || (killed && errno == ESRCH))
			return true;
		if (errno == EINTR || errno == EAGAIN)
			continue;
		complain("cannot wait for context %s: %s", name, vc_reason(VCMD_wait_exit, errno));
		snprintf(line, sizeof(line), "ERROR %d", errno);
		finish(STATUS_ERROR, line);
	}
}

static const char *reboot_name(int32_t cmd)
{
	switch ((uint32_t)cmd) {
	case 0x01234567:
	case 0xa1b2c3d4:
		return " restart";
	case 0xcdef0123:
		return " halt";
	case 0x4321fedc:
		return " poweroff";
	case 0xd000fce2:
		return " swsusp";
	case 0xdeadbeef:
		return " oom";
	}
	return "";
}

static uint64_t milliseconds(const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= 0) || v > 1e9)
		fail("time-out '%s' is not a number of seconds from 0 to 1000000000", text);
	return (uint64_t)(v * 1000);
}

int main(int argc, char **argv)
{
	bool terminate = false, timed = false;
	uint64_t deadline = 0, timeout = 0;
	const char *arg, *name = NULL;
	struct vc_exit how = { 0 };
	char line[64], **rest;
	xid_t xid;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_XID:
			name = arg;
			break;
		case OPT_TIMEOUT:
			timeout = milliseconds(arg);
			timed = true;
			break;
		case OPT_TERMINATE:
			terminate = true;
			break;
		case OPT_STATUS_FD:
			status_fd = arg_number("descriptor", arg, 0, 1 << 20);
			break;
		}
	}
	rest = opt_rest();
	if (!name)
		name = *rest ? *rest++ : NULL;
	if (!name || *rest)
		fail_usage("exactly one context is needed");
	if (terminate && !timed)
		fail_usage("--terminate needs --timeout");
	xid = arg_xid(name, false);
	if (timed)
		deadline = now_ms() + timeout + !timeout;
	if (!wait_until(xid, name, deadline, false, &how)) {
		if (!terminate)
			finish(STATUS_TIMEOUT, "TIMEOUT");
		vc_ctx_kill(xid, 1, SIGKILL);
		vc_ctx_kill(xid, 0, SIGKILL);
		/* What sleeps in the kernel dies late: for ever is no answer. */
		if (!wait_until(xid, name, now_ms() + 10000, true, &how))
			finish(STATUS_TIMEOUT, "TIMEOUT");
		finish(STATUS_KILLED, "KILLED");
	}
	snprintf(line, sizeof(line), "FINISHED %d%s",
		 WIFSIGNALED(how.exit_code) ? 128 + WTERMSIG(how.exit_code) :
		 WEXITSTATUS(how.exit_code), reboot_name(how.reboot_cmd));
	finish(0, line);
}
