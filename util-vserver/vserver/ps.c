// SPDX-License-Identifier: GPL-2.0
/* vserver NAME ps and top: the processes of one guest, seen from the host. */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cmd.h"
#include "inside.h"
#include "out.h"
#include "procs.h"

/* Users by the guest's own names. */
static char *user_name(const struct vc_guest *guest, uid_t uid)
{
	int root = guest->vdir ? open(guest->vdir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	char number[16], *name;
	struct guest_user user = { 0 };

	snprintf(number, sizeof(number), "%u", uid);
	if (root < 0 || user_lookup(guest->name, root, number, &user))
		name = xstrdup(number);
	else
		name = xstrdup(user.name);
	user_free(&user);
	if (root >= 0)
		close(root);
	return name;
}

static char *print_time(uint64_t ticks)
{
	uint64_t s = ticks / sysconf(_SC_CLK_TCK);

	return xprintf("%" PRIu64 ":%02u", s / 60, (unsigned int)(s % 60));
}

static int not_running(const struct vc_guest *guest)
{
	return -failed(guest->name, "not running");
}

static void row(const struct vc_guest *guest, const struct proc *p, int width)
{
	char *user = user_name(guest, p->uid), *time = print_time(p->ticks);

	out_open(NULL);
	out_u64("pid", "%7" PRIu64, p->pid);
	out_str("user", " %-10.10s", user);
	out_text(" %c", p->state);
	out_u64("vsz", NULL, p->vsz);
	out_u64("rss", NULL, p->rss);
	out_text(" %8" PRIu64 " %8" PRIu64, p->vsz / 1024, p->rss / 1024);
	out_i64("nice", " %3" PRId64, p->nice);
	out_u64("threads", " %4" PRIu64, p->threads);
	out_str("time", " %8s", time);
	out_text(" %.*s\n", width, p->command);
	out_str("command", NULL, p->command);
	out_close();
	free(user);
	free(time);
}

static int columns(void)
{
	struct winsize ws;

	if (!isatty(1) || ioctl(1, TIOCGWINSZ, &ws) || ws.ws_col < 80)
		return isatty(1) ? 24 : 4096;
	return ws.ws_col - 56;
}

#define TITLE	"    PID USER       S      VSZ      RSS  NI  THR     TIME COMMAND\n"

int cmd_ps(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	int i, n, width = columns();
	struct proc *list;

	(void)id;
	if (argc > 1 && !json)
		return cmd_usage("ps", "unknown argument '%s'", argv[1]);
	if (guest->xid == VC_NOCTX)
		return not_running(guest);
	n = procs_read(guest->xid, &list);
	if (n < 0)
		return -failed(guest->name, "cannot read /proc");
	out_start(json, true);
	out_text(TITLE);
	for (i = 0; i < n; i++)
		row(guest, &list[i], width);
	out_finish(EX_FAIL);
	procs_free(list, n);
	return 0;
}

/* Processor time of @p since the list before. */
static uint64_t used(const struct proc *p, const struct proc *before, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (before[i].pid == p->pid && before[i].start == p->start)
			return p->ticks - before[i].ticks;
	return p->ticks;
}

struct load {
	const struct proc *p;
	uint64_t	used;
};

static int by_load(const void *a, const void *b)
{
	const struct load *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return x->p->rss < y->p->rss ? 1 : x->p->rss > y->p->rss ? -1 : 0;
}

static void screen(const struct vc_guest *guest, const struct proc *list, int n,
		   const struct proc *before, int n_before, double seconds)
{
	struct load *loads = xcalloc(n, sizeof(*loads));
	struct winsize ws = { .ws_row = 24 };
	int i, rows = n, width = columns() - 6;
	uint64_t all = 0;

	for (i = 0; i < n; i++) {
		loads[i].p = &list[i];
		loads[i].used = before ? used(&list[i], before, n_before) : 0;
		all += loads[i].used;
	}
	qsort(loads, n, sizeof(*loads), by_load);
	if (isatty(1)) {
		fputs("\033[H\033[J", stdout);
		ioctl(1, TIOCGWINSZ, &ws);
		if (ws.ws_row > 4 && rows > ws.ws_row - 4)
			rows = ws.ws_row - 4;
	}
	printf("%s: %d process%s, %.1f %% of a processor\n\n  %%CPU" TITLE, guest->name, n,
	       n == 1 ? "" : "es", seconds ? 100.0 * all / sysconf(_SC_CLK_TCK) / seconds : 0.0);
	for (i = 0; i < rows; i++) {
		printf("%6.1f", seconds ? 100.0 * loads[i].used / sysconf(_SC_CLK_TCK) / seconds : 0.0);
		row(guest, loads[i].p, width > 10 ? width : 10);
	}
	fflush(stdout);
	free(loads);
}

/* Waits; true when the user has enough. */
static bool enough(unsigned int ms)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	char c = 0;

	if (!isatty(0)) {
		sleep_ms(ms);
		return interrupted;
	}
	return poll(&p, 1, ms) < 0 || interrupted ||
	       (p.revents && (read(0, &c, 1) <= 0 || c == 'q' || c == 'Q'));
}

int cmd_top(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	long rounds = isatty(1) ? -1 : 1, delay = 2000;
	struct proc *list, *before = NULL;
	struct termios saved, raw;
	bool tty = isatty(0) && isatty(1) && !tcgetattr(0, &saved);
	int i, n, n_before = 0;
	long long then = 0, now;

	(void)id;
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-n") && argv[i + 1] && atol(argv[i + 1]) > 0)
			rounds = atol(argv[++i]);
		else if (!strcmp(argv[i], "-d") && argv[i + 1] && atof(argv[i + 1]) >= 0.1)
			delay = 1000 * atof(argv[++i]);
		else
			return cmd_usage("top", "unknown or incomplete argument '%s'", argv[i]);
	}
	if (guest->xid == VC_NOCTX)
		return not_running(guest);
	catch_signals();
	if (tty) {
		raw = saved;
		raw.c_lflag &= ~(ICANON | ECHO);
		tcsetattr(0, TCSANOW, &raw);
	}
	while (vc_guest_update(guest) != VC_NOCTX) {
		n = procs_read(guest->xid, &list);
		now = now_ms();
		screen(guest, list, n < 0 ? 0 : n, before, n_before, then ? (now - then) / 1000.0 : 0);
		procs_free(before, n_before);
		before = list;
		n_before = n;
		then = now;
		if ((rounds > 0 && !--rounds) || enough(delay))
			break;
	}
	procs_free(before, n_before);
	if (tty)
		tcsetattr(0, TCSANOW, &saved);
	return 0;
}
