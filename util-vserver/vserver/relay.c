// SPDX-License-Identifier: GPL-2.0
/* The output of a guest's start and stop commands, as it comes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "relay.h"
#include "util.h"

#define WATCH_MS	5000	/* in case the end of the guest was told by nobody */

static void put(struct filter *f, char c)
{
	if (f->put)
		f->put(f, c);
	else
		putchar(c);
}

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
				put(f, 0xc2);
			put(f, c);
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

/* False when the context is gone, also when there is a younger one of its number. */
static bool still_lives(xid_t xid, uint64_t *uptime)
{
	struct vc_virt_stat virt;
	struct vc_ctx_stat st;

	if (vc_ctx_stat(xid, &st) || !st.tasks || vc_virt_stat(xid, &virt) || virt.uptime < *uptime)
		return false;
	*uptime = virt.uptime;
	return true;
}

/*
 * Looks after a log while its guest runs, in a process that has nothing else: woken by what is written to
 * it, at most once a second. Its end is that of the context; stop wakes it by touching the file.
 */
int relay_watch(int log, off_t max, xid_t xid)
{
	char proc[32], events[4096];
	struct pollfd p = { .events = POLLIN };
	uint64_t uptime = 0;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return 0;
	}
	/* Twice, so that init reaps it; the lock must not be held by it either. */
	if (fork() || setsid() < 0 || dup2(log, 3) < 0 || close_range(4, ~0U, 0) || chdir("/"))
		_exit(0);
	reset_signals();
	prctl(PR_SET_NAME, "vserver-log");
	p.fd = open("/dev/null", O_RDWR);
	if (p.fd < 0 || dup2(p.fd, 0) < 0 || dup2(p.fd, 1) < 0 || dup2(p.fd, 2) < 0)
		_exit(1);
	close(p.fd);
	p.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", 3);
	if (p.fd < 0 || inotify_add_watch(p.fd, proc, IN_MODIFY | IN_ATTRIB) < 0)
		_exit(1);
	while (still_lives(xid, &uptime)) {
		if (poll(&p, 1, WATCH_MS) > 0 && read(p.fd, events, sizeof(events)) < 0 && errno != EAGAIN)
			break;
		relay_trim(3, max);
		/* A guest that writes all the time shall not keep it busy. */
		for (int i = 0; i < 10 && still_lives(xid, &uptime); i++)
			poll(NULL, 0, 100);
	}
	relay_trim(3, max);
	_exit(0);
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
