// SPDX-License-Identifier: GPL-2.0
/* vserver-stat: one line per context, from /proc and the kernel's own figures. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctxstat.h"
#include "out.h"
#include "prog.h"

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

static struct ctxstat *lines;
static size_t line_count;

static void show(const struct ctxstat *l)
{
	char buf[32];

	out_open(NULL);
	out_u64("ctx", "%-5" PRIu64, l->xid);
	out_u64("processes", "%5" PRIu64, l->proc);
	out_text("%7s", ctxstat_size(l->vsz, buf));
	out_u64("vsz", NULL, l->vsz);
	out_text("%7s", ctxstat_size(l->rss, buf));
	out_u64("rss", NULL, l->rss);
	out_text("%10s", ctxstat_time(l->utime, buf));
	out_u64("user_ms", NULL, l->utime);
	out_text("%10s", ctxstat_time(l->stime, buf));
	out_u64("system_ms", NULL, l->stime);
	out_text("%10s", ctxstat_time(l->uptime, buf));
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

static uint64_t sort_value(const struct ctxstat *l)
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
	const struct ctxstat *a = va, *b = vb;
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
	line_count = ctxstat_read(&lines);
	qsort(lines, line_count, sizeof(*lines), compare);
	out_start(json, true);
	out_text("CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME\n");
	for (i = 0; i < line_count; i++)
		show(&lines[i]);
	out_finish(prog.error);
	ctxstat_free(lines, line_count);
	return 0;
}
