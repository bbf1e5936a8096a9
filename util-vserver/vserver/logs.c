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
#include "relay.h"

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

int cmd_logs(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	bool follow = false, old = false;
	struct filter filter = { 0 };
	long lines = -1;
	struct vc_ctx_stat stat;
	struct stat st;
	int i, root, fd;
	char *path, *end;

	(void)id;
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-f") || !strcmp(argv[i], "--follow")) {
			follow = true;
		} else if (!strcmp(argv[i], "--old")) {
			old = true;
		} else if (!strcmp(argv[i], "-n") && argv[i + 1]) {
			lines = strtol(argv[++i], &end, 10);
			if (*end || lines < 0)
				return cmd_usage("logs", "-n %s: not a number of lines", argv[i]);
		} else {
			return cmd_usage("logs", "unknown or incomplete argument '%s'", argv[i]);
		}
	}
	root = open_root(guest);
	if (root < 0)
		return EX_FAIL;
	path = xprintf("%s%s", CONSOLE_LOG, old ? ".old" : "");
	fd = open_in_root(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -failed(guest->name, "there is no log %s in the guest: %s", path,
			       fd < 0 ? strerror(errno) : "not a file");
	filter.pos = lines < 0 ? tail_of(fd, st.st_size, 1L << 40) : lines ? tail_of(fd, st.st_size, lines) :
		     st.st_size;
	relay_copy(&filter, fd);
	/* From here on no path is looked up: it would be one of the guest. */
	catch_signals();
	while (follow && !interrupted) {
		poll(NULL, 0, 200);
		relay_copy(&filter, fd);
		if (ferror(stdout) || guest->xid == VC_NOCTX || vc_ctx_stat(guest->xid, &stat))
			break;
	}
	relay_copy(&filter, fd);
	free(path);
	close(fd);
	close(root);
	return ferror(stdout) ? EX_FAIL : 0;
}
