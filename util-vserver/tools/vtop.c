// SPDX-License-Identifier: GPL-2.0
/* vtop: what the host and the contexts use now, again and again. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "ctxstat.h"
#include "out.h"
#include "prog.h"

enum { OPT_BATCH = 1, OPT_COUNT, OPT_DELAY, OPT_JSON };

static const struct opt opts[] = {
	{ "batch", 'b', OPT_BATCH, NULL, "plain text without control codes, also to a file" },
	{ "count", 'n', OPT_COUNT, "N", "end after N tables (default: never; 1 with --json)" },
	{ "delay", 'd', OPT_DELAY, "SECONDS", "from one table to the next (3)" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable: bytes, milliseconds, tenths of a per cent" },
	{ 0 }
};

static const char *const usage[] = { "[-b] [-n N] [-d SECONDS] [--json]", NULL };

static const struct prog prog = {
	.name = "vtop",
	.summary = "Show again and again what the host (0) and the contexts use, the busiest first.",
	.usage = usage,
	.opts = opts,
	.notes =
"%CPU is the time used since the table before, 100 for one processor; in the first table since\n"
"a moment ago. RSS adds up what each process has, shared pages several times.\n"
"Exit status: 0; 1 any error.\n",
	.error = 1,
};

/* One line: the difference of two readings. */
struct line {
	const struct ctxstat	*now;
	uint64_t		permille;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static int busiest(const void *va, const void *vb)
{
	const struct line *a = va, *b = vb;

	if (a->permille != b->permille)
		return a->permille < b->permille ? 1 : -1;
	return a->now->xid < b->now->xid ? -1 : a->now->xid > b->now->xid;
}

/* A context that was not there has used all it has used since; one that lost processes nothing. */
static uint64_t used(const struct ctxstat *now, const struct ctxstat *old, size_t count)
{
	uint64_t time = now->utime + now->stime, before = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (old[i].xid == now->xid)
			before = old[i].utime + old[i].stime;
	return time > before ? time - before : 0;
}

static void show(const struct line *l)
{
	const struct ctxstat *c = l->now;
	char cpu[32], buf[32];

	out_open(NULL);
	out_u64("ctx", "%-5" PRIu64, c->xid);
	out_u64("processes", "%6" PRIu64, c->proc);
	snprintf(cpu, sizeof(cpu), "%" PRIu64 ".%u", l->permille / 10, (unsigned int)(l->permille % 10));
	out_text("%8s", cpu);
	out_u64("cpu_permille", NULL, l->permille);
	out_text("%9s", ctxstat_size(c->rss, buf));
	out_u64("rss", NULL, c->rss);
	out_text("%11s", ctxstat_time(c->uptime, buf));
	out_u64("uptime_ms", NULL, c->uptime);
	out_str("name", " %.40s\n", c->name ? c->name : "");
	out_close();
}

static void table(const struct ctxstat *now, size_t count, const struct ctxstat *old, size_t old_count,
		  uint64_t ms, size_t rows, bool json)
{
	struct line *lines = must_alloc(calloc(count, sizeof(*lines)));
	size_t i;

	for (i = 0; i < count; i++) {
		lines[i].now = &now[i];
		lines[i].permille = used(&now[i], old, old_count) * 1000 / (ms ? ms : 1);
	}
	qsort(lines, count, sizeof(*lines), busiest);
	out_start(json, true);
	out_text("CTX     PROC    %%CPU      RSS     UPTIME NAME\n");
	for (i = 0; i < count && i < rows; i++)
		show(&lines[i]);
	out_finish(prog.error);
	free(lines);
}

/* Lines of the terminal below the title. */
static size_t terminal_rows(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_row < 4)
		return 20;
	return ws.ws_row - 2;
}

static void pause_ms(uint64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void run(int64_t count, uint64_t delay, bool screen, bool json)
{
	struct ctxstat *old, *now;
	size_t old_count, now_count;
	uint64_t then, ms;
	int64_t n;

	then = clock_ms();
	old_count = ctxstat_read(&old);
	for (n = 0; !stop && (!count || n < count); n++) {
		pause_ms(n || delay < 500 ? delay : 500);
		if (stop)
			break;
		ms = clock_ms();
		now_count = ctxstat_read(&now);
		/* From the top, over what was there: no flicker. */
		if (screen)
			out_text("\033[H\033[J");
		else if (n && !json)
			out_text("\n");
		table(now, now_count, old, old_count, ms - then, screen ? terminal_rows() : SIZE_MAX, json);
		ctxstat_free(old, old_count);
		old = now;
		old_count = now_count;
		then = ms;
	}
	ctxstat_free(old, old_count);
}

int main(int argc, char **argv)
{
	const struct sigaction act = { .sa_handler = on_signal };
	bool json = false, batch = false;
	int64_t count = 0, delay = 3;
	const char *arg;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (id == OPT_JSON)
			json = true;
		else if (id == OPT_BATCH)
			batch = true;
		else if (id == OPT_COUNT)
			count = arg_number("--count", arg, 1, INT64_MAX);
		else if (id == OPT_DELAY)
			delay = arg_number("--delay", arg, 1, 3600);
	}
	if (*opt_rest())
		fail_usage("'%s': no argument is expected", *opt_rest());
	if (vc_get_version() < 0)
		fail("cannot read the contexts: %s", vc_reason(VCMD_get_version, errno));
	if (count > 1)
		out_one_line();
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	run(json && !count ? 1 : count, delay * 1000, !batch && !json && isatty(STDOUT_FILENO), json);
	return 0;
}
