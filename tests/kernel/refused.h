/* SPDX-License-Identifier: GPL-2.0 */
/* Reads /proc/virtual/XID/denied; see kernel/vserver/refuse.c for its format. */
#ifndef VS_TEST_REFUSED_H
#define VS_TEST_REFUSED_H

#include "harness.h"

struct refused {
	unsigned long long	seq, number;
	double			time;
	unsigned int		count;
	char			kind[32], object[128], call[32], comm[80];
	int			error, pid;
};

static struct refused refused[64];
static int refused_lines;
static unsigned long long refused_total;

/* All lines; false if the file is not there or a line cannot be understood. */
static inline bool refused_read(unsigned int xid)
{
	static char text[16384];
	char path[64], *line, *save = NULL;

	snprintf(path, sizeof(path), "/proc/virtual/%u/denied", xid);
	refused_lines = 0;
	if (!read_file(path, text, sizeof(text)))
		return false;
	line = strtok_r(text, "\n", &save);
	if (!line || sscanf(line, "Refused:\t%llu", &refused_total) != 1)
		return false;
	while ((line = strtok_r(NULL, "\n", &save))) {
		struct refused *r = &refused[refused_lines++];

		if (refused_lines == 64 ||
		    sscanf(line, "%llu\t%lf\t%u\t%31s\t%llu\t%127s\t%d\t%31s\t%d\t%79[^\n]",
			   &r->seq, &r->time, &r->count, r->kind, &r->number, r->object, &r->error,
			   r->call, &r->pid, r->comm) != 10)
			return check(false, "a line of %s: %s", path, line);
	}
	return true;
}

/* The newest line of that kind, or null. */
static inline struct refused *refused_find(unsigned int xid, const char *kind)
{
	int i;

	if (!refused_read(xid))
		return NULL;
	for (i = refused_lines - 1; i >= 0; i--)
		if (!strcmp(refused[i].kind, kind))
			return &refused[i];
	return NULL;
}

/* Is the newest line of that kind this? @call: -1 is any. */
static inline bool check_refused(unsigned int xid, const char *kind, unsigned long long number,
				 const char *object, int error, long call)
{
	struct refused *r = refused_find(xid, kind);
	char want[32];

	snprintf(want, sizeof(want), "%d:%ld", (int)sizeof(long) * 8, call);
	if (!r)
		return check(false, "a line %s %llu %s: there is none", kind, number, object);
	return check(r->number == number && !strcmp(r->object, object) && r->error == error &&
		     (call < 0 || !strcmp(r->call, want)),
		     "a line: %s %llu %s, %s, call %s, wanted %llu %s %s", kind, r->number,
		     r->object, strerrorname_np(r->error), r->call, number, object, want);
}

#endif /* VS_TEST_REFUSED_H */
