// SPDX-License-Identifier: GPL-2.0
/* Processes of contexts, read from the host's /proc. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procs.h"
#include "prog.h"

static ssize_t read_entry(int dir, const char *file, char *buf, size_t size)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = 0;
	return n;
}

/* What a guest wrote must not reach a terminal as it is. */
static void clean(char *text, ssize_t len)
{
	ssize_t i;

	for (i = 0; i < len; i++)
		if (!text[i])
			text[i] = ' ';
		else if (iscntrl((unsigned char)text[i]) || (unsigned char)text[i] >= 0x80)
			text[i] = '?';
	while (len && text[len - 1] == ' ')
		text[--len] = 0;
}

static int parse_stat(char *text, struct proc *p, char *name, size_t size)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long utime, stime, vsize;
	long rss;

	if (!open || !close || close < open)
		return -1;
	snprintf(name, size, "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d"
		   " %d %d %*d %llu %llu %ld",
		   &p->state, &p->ppid, &utime, &stime, &p->nice, &p->threads,
		   (unsigned long long *)&p->start, &vsize, &rss) != 9)
		return -1;
	p->ticks = utime + stime;
	p->vsz = vsize;
	p->rss = (uint64_t)rss * sysconf(_SC_PAGESIZE);
	return 0;
}

static pid_t innermost(char *status, pid_t pid)
{
	char *line = strstr(status, "\nNSpid:"), *end, *last;

	if (!line)
		return pid;
	line += 7;
	end = line + strcspn(line, "\n");
	*end = 0;
	last = strrchr(line, '\t');
	return last ? atoi(last + 1) : pid;
}

static int read_one(int proc, struct proc *p)
{
	char buf[4096], name[64], path[16];
	struct stat st;
	ssize_t n;
	int dir;

	snprintf(path, sizeof(path), "%d", p->pid);
	dir = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	if (fstat(dir, &st) || read_entry(dir, "stat", buf, sizeof(buf)) <= 0 ||
	    parse_stat(buf, p, name, sizeof(name))) {
		close(dir);
		return -1;
	}
	p->uid = st.st_uid;
	read_entry(dir, "status", buf, sizeof(buf));
	p->vpid = innermost(buf, p->pid);
	n = read_entry(dir, "cmdline", buf, sizeof(buf));
	close(dir);
	if (n <= 0)
		n = snprintf(buf, sizeof(buf), "[%s]", name);
	clean(buf, n);
	p->command = must_alloc(strdup(buf));
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int procs_read(xid_t xid, struct proc **list)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	struct proc p;
	int n = 0;

	*list = NULL;
	if (!dir)
		return -1;
	while ((e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		memset(&p, 0, sizeof(p));
		p.pid = atoi(e->d_name);
		p.xid = vc_get_task_xid(p.pid);
		if ((xid != VC_NOCTX && p.xid != xid) || read_one(dirfd(dir), &p))
			continue;
		if (!(n & 63))
			*list = must_alloc(reallocarray(*list, n + 64, sizeof(p)));
		(*list)[n++] = p;
	}
	closedir(dir);
	if (n)
		qsort(*list, n, sizeof(**list), by_pid);
	return n;
}

void procs_free(struct proc *list, int n)
{
	int i;

	for (i = 0; i < n; i++)
		free(list[i].command);
	free(list);
}
