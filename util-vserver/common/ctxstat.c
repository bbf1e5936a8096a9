// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctxname.h"
#include "ctxstat.h"
#include "prog.h"

/* /proc/PID/stat from its third field on: user and system time, those of children, sizes. */
#define STAT_FORMAT \
	" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d %*d %*d %*u %llu %lld"

static struct ctxstat *lines;
static size_t line_count;
static long page_size, ticks;

/* There are few contexts, and tasks of one follow each other mostly. */
static struct ctxstat *line_of(xid_t xid)
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
	lines[low] = (struct ctxstat){ .xid = xid };
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
	struct ctxstat *line;
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

static void complete(struct ctxstat *line)
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

size_t ctxstat_read(struct ctxstat **list)
{
	size_t i;

	page_size = sysconf(_SC_PAGESIZE);
	ticks = sysconf(_SC_CLK_TCK);
	lines = NULL;
	line_count = 0;
	scan_contexts();
	scan_processes();
	for (i = 0; i < line_count; i++)
		complete(&lines[i]);
	*list = lines;
	return line_count;
}

void ctxstat_free(struct ctxstat *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(list[i].name);
		free(list[i].dir);
	}
	free(list);
}

/* 1.2G: at most four digits, one decimal unless it is 0. */
const char *ctxstat_size(uint64_t bytes, char buf[16])
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

const char *ctxstat_time(uint64_t ms, char buf[32])
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
