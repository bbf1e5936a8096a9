// SPDX-License-Identifier: GPL-2.0
/* vkill: send a signal into a context. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "prog.h"

enum { OPT_XID = 1, OPT_SIGNAL };

static const struct opt opts[] = {
	{ "xid", 'c', OPT_XID, "ID", "number or running guest (default: the context of each PID)" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "signal", 's', OPT_SIGNAL, "SIG", "number or name (default: TERM)" },
	{ 0 }
};

static const char *const usage[] = {
	"[-s SIG] --xid ID [PID...]",
	"[-s SIG] PID...",
	NULL
};

static const struct prog prog = {
	.name = "vkill",
	.summary = "Send a signal to processes of a context.",
	.usage = usage,
	.opts = opts,
	.notes =
"A PID is a number on the host; with --xid also 1 for the guest's init, 0 (or no PID) for all\n"
"processes and -1 (after --) for all but the init. SIG: e.g. 9, KILL, SIGHUP, RTMIN+4.\n"
"Exit status: 0; 1 something was not sent, 255 wrong usage (nothing was sent).\n",
	.error = 255,
};

static int realtime(const char *name)
{
	int base, sign = 0;
	long n = 0;
	char *end;

	if (!strncasecmp(name, "RTMIN", 5))
		base = SIGRTMIN, sign = 1;
	else if (!strncasecmp(name, "RTMAX", 5))
		base = SIGRTMAX, sign = -1;
	else
		return -1;
	name += 5;
	if (*name) {
		if (*name != (sign > 0 ? '+' : '-') || name[1] < '0' || name[1] > '9')
			return -1;
		n = strtol(name + 1, &end, 10);
		if (*end || n > SIGRTMAX - SIGRTMIN)
			return -1;
	}
	return base + sign * (int)n;
}

static int signal_of(const char *text)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3, *abbrev;
	char *end;
	long n;
	int sig;

	if (*text >= '0' && *text <= '9') {
		n = strtol(text, &end, 10);
		if (*end || n > SIGRTMAX)
			fail("'%s' is no signal: 0 to %d and names are legal", text, SIGRTMAX);
		return (int)n;
	}
	for (sig = 1; sig < SIGRTMIN; sig++) {
		abbrev = sigabbrev_np(sig);
		if (abbrev && !strcasecmp(abbrev, name))
			return sig;
	}
	if (!strcasecmp(name, "IOT"))
		return SIGABRT;
	if (!strcasecmp(name, "CLD"))
		return SIGCHLD;
	if (!strcasecmp(name, "IO"))
		return SIGIO;
	sig = realtime(name);
	if (sig < 0)
		fail("unknown signal '%s'; examples are 15, TERM, SIGKILL, RTMIN+4", text);
	return sig;
}

static bool send_one(const char *id, xid_t xid, pid_t pid, int sig)
{
	if (!id) {
		xid = vc_get_task_xid(pid);
		if (xid == VC_NOCTX) {
			complain("cannot find the context of process %d: %s", pid,
				 vc_reason(VCMD_task_xid, errno));
			return false;
		}
		if (xid == VS_ID_HOST) {
			complain("process %d is in no context: kill(1) is for the host", pid);
			return false;
		}
	}
	if (!vc_ctx_kill(xid, pid, sig))
		return true;
	if (pid == 0)
		complain("cannot send signal %d to context %s: %s", sig, id,
			 vc_reason(VCMD_ctx_kill, errno));
	else
		complain("cannot send signal %d to process %d: %s", sig, pid,
			 vc_reason(VCMD_ctx_kill, errno));
	return false;
}

int main(int argc, char **argv)
{
	const char *arg, *name = NULL;
	int id, sig = SIGTERM, i, count;
	xid_t xid = VC_NOCTX;
	bool good = true;
	pid_t *pids;
	char **rest;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (id == OPT_XID)
			name = arg;
		else
			sig = signal_of(arg);
	}
	rest = opt_rest();
	for (count = 0; rest[count]; count++)
		;
	if (!name && !count)
		fail_usage("neither a context nor a process given");
	pids = must_alloc(calloc(count + 1, sizeof(*pids)));
	/* All are read before the first signal goes out. */
	for (i = 0; i < count; i++)
		pids[i] = arg_number("process", rest[i], name ? -1 : 1, 1 << 22);
	if (name) {
		xid = arg_xid(name, false);
		if (!count)
			count = 1;
	}
	for (i = 0; i < count; i++)
		good &= send_one(name, xid, pids[i], sig);
	free(pids);
	return good ? 0 : 1;
}
