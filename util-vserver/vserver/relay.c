// SPDX-License-Identifier: GPL-2.0
/* The output of a guest's start and stop commands, as it comes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "relay.h"
#include "util.h"

/* Printable text and line ends pass; escape sequences and other controls do not. */
static void put_filtered(struct filter *f, const char *buf, ssize_t n)
{
	ssize_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = buf[i];

		if (f->state == 1) {
			/* Strings (titles and the like) go on to their own end. */
			f->state = strchr("]PX^_", c) && c ? 3 : c == '[' || c == '(' || c == ')' ? 2 : 0;
		} else if (f->state == 3) {
			if (c == 7 || c == '\n')
				f->state = 0;
			else if (c == 27)
				f->state = 1;
		} else if (f->state == 2) {
			if ((c >= '@' && c <= '~') || c == 7 || c == '\n')
				f->state = 0;
		} else if (c == 27) {
			f->state = 1;
		} else if (f->last == 0xc2 && c >= 0x80 && c < 0xa0) {
			/* One of the second set of control characters, in UTF-8. */
		} else if (c == '\n' || c == '\t' || (c >= 32 && c != 127 && c != 0xc2)) {
			if (f->last == 0xc2)
				putchar(0xc2);
			putchar(c);
		}
		f->last = c;
	}
}

void relay_copy(struct filter *f, int log)
{
	char buf[4096];
	ssize_t n;

	while (log >= 0 && (n = pread(log, buf, sizeof(buf), f->pos)) > 0) {
		f->pos += n;
		put_filtered(f, buf, n);
	}
	fflush(stdout);
}

void relay_trim(int log, off_t max)
{
	struct stat st;

	if (log < 0 || fstat(log, &st) || !S_ISREG(st.st_mode) || st.st_size <= max ||
	    st.st_blocks * 512 <= max)
		return;
	/* A hole in front rather than a shorter file: who appends does not notice. */
	fallocate(log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, st.st_size - max);
}

int relay_log(int log, pid_t pid, int *status)
{
	struct filter f = { 0 };
	struct pollfd p = { .events = POLLIN };
	struct stat st;
	pid_t done;

	/* The null device has no end to wait for. */
	if (log >= 0 && (fstat(log, &st) || !S_ISREG(st.st_mode)))
		log = -1;
	p.fd = syscall(SYS_pidfd_open, pid, 0);
	for (;;) {
		done = waitpid(pid, status, WNOHANG);
		if (!opt.silent && !opt.defaulttty)
			relay_copy(&f, log);
		if (done == pid || (done < 0 && errno != EINTR))
			break;
		if (interrupted)
			break;
		/* The end wakes at once; text is looked for ten times a second. */
		poll(&p, 1, 100);
	}
	if (p.fd >= 0)
		close(p.fd);
	return done == pid ? 0 : -1;
}
