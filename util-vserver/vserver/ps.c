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
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "inside.h"
#include "out.h"
#include "procs.h"

#define FIRST_MS	500	/* what the first list tells about, where nobody waits for it at a terminal */

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
	for (i = 0; i < n; i++) {
		out_open(NULL);
		row(guest, &list[i], width);
		out_close();
	}
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

/* What of one processor @ticks are. */
static void show_load(uint64_t ticks, double seconds, int width)
{
	double share = seconds > 0 ? 100.0 * ticks / sysconf(_SC_CLK_TCK) / seconds : 0;

	out_text("%*.1f", width, share);
	out_u64("cpu_permille", NULL, share * 10 + 0.5);
}

/* One list of processes and when it was read. */
struct reading {
	struct proc	*list;
	int		n;
	long long	ms;
};

static void take(struct reading *r, xid_t xid)
{
	r->n = procs_read(xid, &r->list);
	if (r->n < 0)
		r->n = 0;
	r->ms = now_ms();
}

/* Clears the terminal and tells how many processes fit. */
static int clear(int rows)
{
	struct winsize ws = { .ws_row = 24 };

	out_text("\033[H\033[J");
	ioctl(1, TIOCGWINSZ, &ws);
	return ws.ws_row > 4 && rows > ws.ws_row - 4 ? ws.ws_row - 4 : rows;
}

static void screen(const struct vc_guest *guest, const struct reading *now, const struct reading *before, bool json)
{
	struct load *loads = xcalloc(now->n, sizeof(*loads));
	double seconds = before->ms ? (now->ms - before->ms) / 1000.0 : 0;
	int i, rows = now->n, width = columns() - 6;
	uint64_t all = 0;

	for (i = 0; i < now->n; i++) {
		loads[i].p = &now->list[i];
		loads[i].used = before->ms ? used(&now->list[i], before->list, before->n) : 0;
		all += loads[i].used;
	}
	qsort(loads, now->n, sizeof(*loads), by_load);
	out_start(json, false);
	if (!json && isatty(1))
		rows = clear(rows);
	out_u64("time", NULL, time(NULL));
	out_str("guest", "%s: ", guest->name);
	out_u64("context", NULL, guest->xid);
	out_text("%d process%s, ", now->n, now->n == 1 ? "" : "es");
	show_load(all, seconds, 0);
	out_text(" %% of a processor\n\n  %%CPU" TITLE);
	out_open_list("processes");
	for (i = 0; i < rows; i++) {
		out_open(NULL);
		show_load(loads[i].used, seconds, 6);
		row(guest, loads[i].p, width > 10 ? width : 10);
		out_close();
	}
	out_close();
	out_finish(EX_FAIL);
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

struct top_options {
	long	rounds, delay;
	bool	json;
};

/* @at_once: the first list, too, though there is none before it to compare with. */
static void rounds(struct vc_guest *guest, const struct top_options *o, bool at_once)
{
	struct reading before = { 0 }, now;
	long left = o->rounds;

	if (!at_once) {
		take(&before, guest->xid);
		if (enough(o->delay < FIRST_MS ? o->delay : FIRST_MS))
			left = 0;
	}
	while (left && vc_guest_update(guest) != VC_NOCTX) {
		take(&now, guest->xid);
		screen(guest, &now, &before, o->json);
		procs_free(before.list, before.n);
		before = now;
		if ((left > 0 && !--left) || enough(o->delay))
			break;
	}
	procs_free(before.list, before.n);
}

static int top_options(struct top_options *o, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-n") && argv[i + 1] && atol(argv[i + 1]) > 0)
			o->rounds = atol(argv[++i]);
		else if (!strcmp(argv[i], "-d") && argv[i + 1] && atof(argv[i + 1]) >= 0.1)
			o->delay = 1000 * atof(argv[++i]);
		else if (!strcmp(argv[i], "--json"))
			o->json = true;
		else
			return cmd_usage("top", "unknown or incomplete argument '%s'", argv[i]);
	}
	if (!o->rounds)
		o->rounds = isatty(1) && !o->json ? -1 : 1;
	return 0;
}

int cmd_top(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct top_options o = { .delay = 2000 };
	struct termios saved, raw;
	bool tty;

	(void)id;
	if (top_options(&o, argc, argv))
		return EX_FAIL;
	if (guest->xid == VC_NOCTX)
		return not_running(guest);
	if (o.rounds != 1)
		out_one_line();
	catch_signals();
	tty = !o.json && isatty(0) && isatty(1) && !tcgetattr(0, &saved);
	if (tty) {
		raw = saved;
		raw.c_lflag &= ~(ICANON | ECHO);
		tcsetattr(0, TCSANOW, &raw);
	}
	rounds(guest, &o, tty);
	if (tty)
		tcsetattr(0, TCSANOW, &saved);
	return 0;
}
