// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "out.h"
#include "prog.h"
#include "report.h"
#include "tree.h"

#define TICK_MS		200
#define BAR		30

struct report report;

static atomic_uint_fast64_t counts[COUNT_MAX], skips[SKIP_COUNT], bytes_read, bytes_saved, errors;
static atomic_uint_fast64_t total_files, total_bytes, last_tick;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct timespec began;
static bool bar_shown;

static const struct {
	const char *key, *text;
} names[COUNT_MAX] = {
	[COUNT_SEEN] = { "files", "files looked at" },
	[COUNT_LINKED] = { "linked", "linked" },
	[COUNT_ADDED] = { "added", "new in the pool" },
	[COUNT_COPIED] = { "copied", "copied" },
	[COUNT_DIRS] = { "directories", "directories" },
	[COUNT_OTHERS] = { "others", "links, devices and pipes" },
	[COUNT_KEPT] = { "kept", "were there before" },
	[COUNT_ADOPTED] = { "adopted", "taken over from an older pool" },
	[COUNT_REMOVED] = { "removed", "removed from the pool" },
};

static const char *const skip_keys[SKIP_COUNT] = {
	[SKIP_KIND] = "kind", [SKIP_SMALL] = "small", [SKIP_EXCLUDED] = "excluded",
	[SKIP_UNIFIED] = "unified", [SKIP_BUSY] = "busy", [SKIP_CHANGED] = "changed",
	[SKIP_SPECIAL] = "special", [SKIP_OTHER_FS] = "other_fs", [SKIP_DIFFERENT] = "different",
	[SKIP_ERROR] = "error",
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

void report_start(const char *title)
{
	clock_gettime(CLOCK_MONOTONIC, &began);
	report.progress = isatty(STDERR_FILENO) && !report.verbose;
	out_start(report.json, false);
	out_str("guest", NULL, title);
	out_bool("dry_run", report.dry_run);
}

/* With the lock held. */
static void clear_bar(void)
{
	if (bar_shown)
		fputs("\r\033[K", stderr);
	bar_shown = false;
}

static void draw_bar(void)
{
	uint64_t done = counts[COUNT_SEEN], all = total_files, read = bytes_read;
	uint64_t ms = now_ms() - (began.tv_sec * 1000ULL + began.tv_nsec / 1000000);
	char bar[BAR + 1];
	int i, full;

	if (!all || done > all)
		all = done;
	full = all ? done * BAR / all : 0;
	for (i = 0; i < BAR; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR] = 0;
	fprintf(stderr, "\r\033[K%s %3" PRIu64 " %%  %" PRIu64 " of %" PRIu64 " files  %" PRIu64 " MiB/s", bar,
		all ? done * 100 / all : 0, done, all, ms ? read * 1000 / ms >> 20 : 0);
	fflush(stderr);
	bar_shown = true;
}

static void tick(void)
{
	uint64_t now, last = last_tick;

	if (!report.progress)
		return;
	now = now_ms();
	if (now - last < TICK_MS || !atomic_compare_exchange_strong(&last_tick, &last, now))
		return;
	pthread_mutex_lock(&lock);
	draw_bar();
	pthread_mutex_unlock(&lock);
}

void report_add(enum count what, uint64_t n)
{
	counts[what] += n;
	if (what == COUNT_SEEN)
		tick();
}

uint64_t report_count(enum count what)
{
	return counts[what];
}

void report_bytes_read(uint64_t n)
{
	bytes_read += n;
	tick();
}

void report_saved(uint64_t bytes)
{
	bytes_saved += bytes;
}

void report_total(uint64_t files, uint64_t bytes)
{
	total_files = files;
	total_bytes = bytes;
}

static void line(const char *what, const char *path, const char *detail)
{
	char *shown = tree_printable(path);
	FILE *to = report.json ? stderr : stdout;

	pthread_mutex_lock(&lock);
	clear_bar();
	if (detail)
		fprintf(to, "%s %s (%s)\n", what, shown, detail);
	else
		fprintf(to, "%s %s\n", what, shown);
	pthread_mutex_unlock(&lock);
	free(shown);
}

void report_line(int level, const char *what, const char *path, const char *detail)
{
	if (report.verbose >= level)
		line(what, path, detail);
}

void report_skip(enum skip why, const char *path, const char *detail)
{
	skips[why]++;
	if (why == SKIP_KIND)
		return;
	report_line(why == SKIP_UNIFIED ? 3 : why == SKIP_EXCLUDED || why == SKIP_SMALL ? 2 : 1, "left",
		    path, detail ? detail : skip_text(why));
}

void report_error(const char *text, const char *path, int error)
{
	char *shown = tree_printable(path);

	errors++;
	pthread_mutex_lock(&lock);
	clear_bar();
	if (error)
		complain("%s %s: %s", text, shown, strerrordesc_np(error) ? strerrordesc_np(error) : "?");
	else
		complain("%s %s", text, shown);
	pthread_mutex_unlock(&lock);
	free(shown);
}

uint64_t report_errors(void)
{
	return errors;
}

int report_finish(void)
{
	char format[96];
	int i;

	pthread_mutex_lock(&lock);
	clear_bar();
	pthread_mutex_unlock(&lock);
	if (report.dry_run)
		out_text("Nothing was changed; this is what would have been done:\n");
	for (i = 0; i < COUNT_MAX; i++) {
		snprintf(format, sizeof(format), "%%12" PRIu64 "  %s\n", names[i].text);
		if (counts[i] || i == COUNT_SEEN)
			out_u64(names[i].key, format, counts[i]);
		else
			out_u64(names[i].key, NULL, 0);
	}
	out_open("left");
	for (i = SKIP_SMALL; i < SKIP_COUNT; i++) {
		snprintf(format, sizeof(format), "%%12" PRIu64 "  left: %s\n", skip_text(i));
		out_u64(skip_keys[i], skips[i] ? format : NULL, skips[i]);
	}
	out_close();
	out_u64("bytes_read", NULL, bytes_read);
	out_u64("bytes_saved", NULL, bytes_saved);
	out_text("%12" PRIu64 "  KiB saved\n", (uint64_t)(bytes_saved >> 10));
	out_u64("errors", errors ? "%12" PRIu64 "  failed\n" : NULL, errors);
	out_finish(1);
	return errors ? 1 : 0;
}
