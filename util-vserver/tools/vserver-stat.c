// SPDX-License-Identifier: GPL-2.0
/* vserver-stat: one line per context, from /proc and the kernel's own figures. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctxname.h"
#include "out.h"
#include "prog.h"

/* /proc/PID/stat from its third field on: user and system time, those of children, sizes. */
#define STAT_FORMAT \
	" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d %*d %*d %*u %llu %lld"

enum { OPT_SORT = 1, OPT_FORMAT, OPT_JSON };

static const struct opt opts[] = {
	{ "sort", 0, OPT_SORT, "KEY", "ctx (default), proc, vsz, rss, utime, stime, uptime or name" },
	{ "format", 'O', OPT_FORMAT, "TEXT", NULL },
	{ "json", 0, OPT_JSON, NULL, "machine-readable: bytes and milliseconds" },
	{ 0 }
};

static const char *const usage[] = { "[--sort KEY] [--json]", NULL };

static const struct prog prog = {
	.name = "vserver-stat",
	.summary = "Show what the host (0) and the contexts use.",
	.usage = usage,
	.opts = opts,
	.notes =
"PROC counts processes; VSZ and RSS add up what each of them has, shared pages several times;\n"
"times include those of finished children. Largest first, except for ctx and name.\n"
"Exit status: 0; 1 any error.\n",
	.error = 1,
};

struct stat_line {
	xid_t		xid;
	uint64_t	proc, vsz, rss, utime, stime, uptime;	/* bytes, ms */
	char		*name, *dir;
};

static struct stat_line *lines;
static size_t line_count;
static long page_size, ticks;

/* There are few contexts, and tasks of one follow each other mostly. */
static struct stat_line *line_of(xid_t xid)
{
	static size_t last;
	size_t low = 0, high = line_count, mid;

	if (last < line_count && lines[last].xid == xid)
		return &lines[last];
	while (low < high) {
		mid = (low + high) / 2;
		if (lines[mid].xid < xid)
			low = mid + 1;
		else
			high = mid;
	}
	last = low;
	if (low < line_count && lines[low].xid == xid)
		return &lines[low];
	lines = must_alloc(reallocarray(lines, line_count + 1, sizeof(*lines)));
	memmove(&lines[low + 1], &lines[low], (line_count++ - low) * sizeof(*lines));
	lines[low] = (struct stat_line){ .xid = xid };
	return &lines[low];
}

static ssize_t read_small(int dir, const char *path, char *buf, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* A process that goes meanwhile is not counted. */
static void add_process(int proc, const char *pid)
{
	unsigned long long utime, stime, vsz;
	long long cutime, cstime, rss;
	struct stat_line *line;
	char path[32], buf[1024], *p;
	xid_t xid;

	snprintf(path, sizeof(path), "%s/stat", pid);
	if (read_small(proc, path, buf, sizeof(buf)) < 0)
		return;
	/* The command's name may contain anything, parentheses too. */
	p = strrchr(buf, ')');
	if (!p || sscanf(p + 1, STAT_FORMAT, &utime, &stime, &cutime, &cstime, &vsz, &rss) != 6)
		fail("cannot understand /proc/%s", path);
	xid = vc_get_task_xid(atoi(pid));
	if (xid == VC_NOCTX && errno == ESRCH)
		return;
	if (xid == VC_NOCTX)
		fail("cannot find the context of process %s: %s", pid,
		     vc_reason(VCMD_task_xid, errno));
	line = line_of(xid);
	line->proc++;
	line->vsz += vsz;
	line->rss += rss > 0 ? (uint64_t)rss * page_size : 0;
	line->utime += (utime + cutime) * 1000 / ticks;
	line->stime += (stime + cstime) * 1000 / ticks;
}

static void scan_processes(void)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc)
		fail("cannot read /proc: %s", why());
	while ((entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			add_process(dirfd(proc), entry->d_name);
	closedir(proc);
}

/* Contexts without a process count too: they may be persistent. */
static void scan_contexts(void)
{
	struct vc_error err;
	xid_t *xids;
	int i, count;

	count = vc_ctx_list(&xids, &err);
	if (count < 0)
		fail("%s", err.text);
	for (i = 0; i < count; i++)
		line_of(xids[i]);
	free(xids);
}

static uint64_t host_uptime(void)
{
	unsigned long long seconds = 0;
	unsigned int hundredths = 0;
	char buf[128];

	if (read_small(AT_FDCWD, "/proc/uptime", buf, sizeof(buf)) > 0)
		sscanf(buf, "%llu.%u", &seconds, &hundredths);
	return seconds * 1000 + hundredths * 10;
}

static void complete(struct stat_line *line)
{
	struct vc_virt_stat virt;

	if (line->xid == VS_ID_HOST || line->xid == VS_ID_WATCH) {
		line->uptime = host_uptime();
		line->name = strdup(line->xid ? "monitoring server" : "root server");
		return;
	}
	if (!vc_virt_stat(line->xid, &virt))
		line->uptime = virt.uptime / 1000000;
	line->name = ctx_name(line->xid, &line->dir);
}

/* 1.2G: at most four digits, one decimal unless it is 0. */
static const char *size_text(uint64_t bytes, char buf[16])
{
	static const char units[] = " KMGT";
	uint64_t whole = bytes, tenth = 0;
	int unit = 0;

	while (whole >= 1000 && units[unit + 1]) {
		tenth = whole % 1024 * 10 / 1024;
		whole /= 1024;
		unit++;
	}
	if (whole > 9999)
		whole = 9999;
	if (tenth)
		snprintf(buf, 16, "%u.%u%c", (unsigned int)whole, (unsigned int)tenth, units[unit]);
	else
		snprintf(buf, 16, "%u%c", (unsigned int)whole, units[unit]);
	return buf;
}

static const char *time_text(uint64_t ms, char buf[32])
{
	unsigned long long s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;

	if (!h)
		snprintf(buf, 32, "%llum%02llus%02u", m, s % 60, (unsigned int)(ms % 1000));
	else if (!d)
		snprintf(buf, 32, "%lluh%02llum%02llu", h, m % 60, s % 60);
	else if (d <= 999)
		snprintf(buf, 32, "%llud%02lluh%02llu", d, h % 24, m % 60);
	else
		snprintf(buf, 32, "%lluy%02llud%02llu", d / 365, d % 365, h % 24);
	return buf;
}

static void show(const struct stat_line *l)
{
	char buf[32];

	out_open(NULL);
	out_u64("ctx", "%-5" PRIu64, l->xid);
	out_u64("processes", "%5" PRIu64, l->proc);
	out_text("%7s", size_text(l->vsz, buf));
	out_u64("vsz", NULL, l->vsz);
	out_text("%7s", size_text(l->rss, buf));
	out_u64("rss", NULL, l->rss);
	out_text("%10s", time_text(l->utime, buf));
	out_u64("user_ms", NULL, l->utime);
	out_text("%10s", time_text(l->stime, buf));
	out_u64("system_ms", NULL, l->stime);
	out_text("%10s", time_text(l->uptime, buf));
	out_u64("uptime_ms", NULL, l->uptime);
	out_str("name", " %.20s\n", l->name ? l->name : "");
	if (l->dir)
		out_str("directory", NULL, l->dir);
	out_close();
}

static const char *const sort_keys[] = {
	"ctx", "proc", "vsz", "rss", "utime", "stime", "uptime", "name",
};

static int sort_key;

static uint64_t sort_value(const struct stat_line *l)
{
	switch (sort_key) {
	case 1:
		return l->proc;
	case 2:
		return l->vsz;
	case 3:
		return l->rss;
	case 4:
		return l->utime;
	case 5:
		return l->stime;
	case 6:
		return l->uptime;
	}
	return 0;
}

static int compare(const void *va, const void *vb)
{
	const struct stat_line *a = va, *b = vb;
	uint64_t x = sort_value(a), y = sort_value(b);
	int diff = x < y ? 1 : x > y ? -1 : 0;

	if (sort_key == 7)
		diff = strcmp(a->name ? a->name : "", b->name ? b->name : "");
	if (diff)
		return diff;
	return a->xid < b->xid ? -1 : a->xid > b->xid;
}

static int key_of(const char *text)
{
	int i;

	for (i = 0; i < (int)(sizeof(sort_keys) / sizeof(sort_keys[0])); i++)
		if (!strcasecmp(sort_keys[i], text))
			return i;
	fail_usage("unknown key '%s'; known are ctx, proc, vsz, rss, utime, stime, uptime, name", text);
}

int main(int argc, char **argv)
{
	bool json = false;
	const char *arg;
	size_t i;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		if (id == OPT_SORT)
			sort_key = key_of(arg);
		else if (id == OPT_JSON)
			json = true;
		/* -O was accepted and without effect in earlier versions. */
	}
	if (*opt_rest())
		fail_usage("'%s': no argument is expected", *opt_rest());
	if (vc_get_version() < 0)
		fail("cannot read the contexts: %s", vc_reason(VCMD_get_version, errno));
	page_size = sysconf(_SC_PAGESIZE);
	ticks = sysconf(_SC_CLK_TCK);
	scan_contexts();
	scan_processes();
	for (i = 0; i < line_count; i++)
		complete(&lines[i]);
	qsort(lines, line_count, sizeof(*lines), compare);
	out_start(json, true);
	out_text("CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME\n");
	for (i = 0; i < line_count; i++)
		show(&lines[i]);
	out_finish(prog.error);
	for (i = 0; i < line_count; i++) {
		free(lines[i].name);
		free(lines[i].dir);
	}
	free(lines);
	return 0;
}
