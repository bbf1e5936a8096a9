// SPDX-License-Identifier: GPL-2.0
/* vserver NAME logs: what the guest's init has printed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"
#include "out.h"
#include "relay.h"

#define LINE_LIMIT	65536	/* bytes of a line that is passed on as one */

/*
 * The guest's root: of a running guest the one it sees, for what is mounted there. The
 * caller changes over for good; it only reads and prints from then on.
 */
static int open_root(const struct vc_guest *guest)
{
	if (guest->xid != VC_NOCTX && !geteuid()) {
		if (vc_enter_namespace(guest->xid, CLONE_NEWNS | CLONE_FS, 1))
			return failed(guest->name, "cannot enter its mounts: %s",
				      vc_reason(VCMD_enter_space, errno));
		return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return guest->vdir ? open(guest->vdir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* Where the last @lines lines begin. */
static off_t tail_of(int fd, off_t size, long lines)
{
	char buf[4096];
	off_t pos = size;
	ssize_t n;

	while (pos > 0) {
		off_t from = pos > (off_t)sizeof(buf) ? pos - (off_t)sizeof(buf) : 0;

		n = pread(fd, buf, pos - from, from);
		if (n <= 0)
			break;
		while (n-- > 0)
			if (buf[n] == '\n' && from + n + 1 != size && !--lines)
				return from + n + 1;
			else if (!buf[n])	/* cut off there */
				return from + n + 1;
		pos = from;
	}
	return 0;
}

/* The text as JSON: an object for each line, on a line of its own, for what never ends, too. */
struct json_log {
	struct filter	filter;
	const char	*guest;
	size_t		len;
	char		line[LINE_LIMIT + 1];
};

static void put_line(struct json_log *log)
{
	log->line[log->len] = 0;
	log->len = 0;
	out_start(true, false);
	out_str("guest", NULL, log->guest);
	out_str("text", NULL, log->line);
	out_finish(EX_FAIL);
}

static void put_json(struct filter *f, char c)
{
	struct json_log *log = (struct json_log *)f;

	/* A line without end is cut, between two characters of UTF-8 if that is what it holds. */
	if (c == '\n' || log->len == LINE_LIMIT || (log->len > LINE_LIMIT - 4 && (c & 0xc0) != 0x80))
		put_line(log);
	if (c != '\n')
		log->line[log->len++] = c;
}

struct log_options {
	bool	follow, old, json;
	long	lines;		/* -1: all */
};

static int log_options(struct log_options *o, int argc, char **argv)
{
	char *end;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-f") || !strcmp(argv[i], "--follow")) {
			o->follow = true;
		} else if (!strcmp(argv[i], "--old")) {
			o->old = true;
		} else if (!strcmp(argv[i], "--json")) {
			o->json = true;
		} else if (!strcmp(argv[i], "-n") && argv[i + 1]) {
			o->lines = strtol(argv[++i], &end, 10);
			if (*end || o->lines < 0)
				return cmd_usage("logs", "-n %s: not a number of lines", argv[i]);
		} else {
			return cmd_usage("logs", "unknown or incomplete argument '%s'", argv[i]);
		}
	}
	return 0;
}

/* The log from where the options say, in @filter; -1 with a message printed. */
static int open_log(const struct vc_guest *guest, const struct log_options *o, struct filter *filter)
{
	int root = open_root(guest), fd;
	struct stat st;
	char *path;

	if (root < 0)
		return -1;
	path = xprintf("%s%s", CONSOLE_LOG, o->old ? ".old" : "");
	fd = open_in_root(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	close(root);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return failed(guest->name, "there is no log %s in the guest: %s", path,
			      fd < 0 ? strerror(errno) : "not a file");
	free(path);
	filter->pos = !o->lines ? st.st_size : tail_of(fd, st.st_size, o->lines < 0 ? 1L << 40 : o->lines);
	return fd;
}

int cmd_logs(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	static struct json_log log;
	struct log_options o = { .lines = -1 };
	struct vc_ctx_stat stat;
	int fd;

	(void)id;
	if (log_options(&o, argc, argv))
		return EX_FAIL;
	fd = open_log(guest, &o, &log.filter);
	if (fd < 0)
		return EX_FAIL;
	log.guest = guest->name;
	log.filter.put = o.json ? put_json : NULL;
	out_one_line();
	relay_copy(&log.filter, fd);
	/* From here on no path is looked up: it would be one of the guest. */
	catch_signals();
	while (o.follow && !interrupted) {
		poll(NULL, 0, 200);
		relay_copy(&log.filter, fd);
		if (ferror(stdout) || guest->xid == VC_NOCTX || vc_ctx_stat(guest->xid, &stat))
			break;
	}
	relay_copy(&log.filter, fd);
	if (log.len)
		put_line(&log);
	close(fd);
	return ferror(stdout) ? EX_FAIL : 0;
}
