/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_CTXSTAT_H
#define VS_CTXSTAT_H

#include <stddef.h>
#include <stdint.h>
#include <vserver.h>

/* What a context uses: sums over its processes, from /proc and the kernel's own figures. */
struct ctxstat {
	xid_t		xid;
	uint64_t	proc, vsz, rss, utime, stime, uptime;	/* bytes, ms */
	char		*name, *dir;				/* or null */
};

/* One for the host and for each context, by number; exits with prog->error on failure. */
size_t ctxstat_read(struct ctxstat **list);
void ctxstat_free(struct ctxstat *list, size_t count);

/* 38.5M, 1h02m03; into @buf, which is returned. */
const char *ctxstat_size(uint64_t bytes, char buf[16]);
const char *ctxstat_time(uint64_t ms, char buf[32]);

#endif /* VS_CTXSTAT_H */
