// SPDX-License-Identifier: GPL-2.0
/* A terminal of its own for what runs inside, joined to the caller's. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"

static struct termios saved;
static volatile sig_atomic_t resized, ended, child_gone;

static void restore(void)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		resized = 1;
	else if (sig == SIGCHLD)
		child_gone = 1;
	else
		ended = sig;
}

/*
 * The guest owns its /dev: only the real multiplexer will do, not a pipe or
 * a file that a guest put there.
 */
static int open_master(void)
{
	struct stat st;
	int fd, zero = 0;

	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		fail("cannot open /dev/ptmx of the guest: %s", why());
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2))
		fail("/dev/ptmx of the guest is not the terminal multiplexer");
	if (ioctl(fd, TIOCSPTLCK, &zero) < 0)
		fail("cannot unlock the guest's terminal: %s", why());
	return fd;
}

static int open_slave(int master)
{
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		fail("cannot open the guest's terminal: %s", why());
	return fd;
}

static bool write_all(int fd, const char *buf, ssize_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (len) {
		n = write(fd, buf, len);
		if (n < 0 && errno == EAGAIN && poll(&pfd, 1, -1) >= 0)
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		buf += n;
		len -= n;
	}
	return true;
}

/* Copies what is there; false when the side is at its end. */
static bool copy(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	return n > 0 && write_all(to, buf, n);
}

static void window_size(int master)
{
	struct winsize ws;

	if (!ioctl(STDIN_FILENO, TIOCGWINSZ, &ws))
		ioctl(master, TIOCSWINSZ, &ws);
}

static void relay(int master, pid_t child)
{
	struct pollfd fds[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = master, .events = POLLIN },
	};
	int n;

	for (;;) {
		if (resized) {
			resized = 0;
			window_size(master);
		}
		if (ended) {
			kill(child, SIGHUP);
			ended = 0;
		}
		/*
		 * What the child started may hold the terminal for ever: when it
		 * is gone only what is there already is copied. The time-out is
		 * for a signal between the test and the call.
		 */
		n = poll(fds, 2, child_gone ? 0 : 500);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (child_gone && !fds[1].revents))
			return;
		if (fds[0].revents && !copy(STDIN_FILENO, master))
			fds[0].fd = -1;
		/* EIO: nobody holds the other end any more. */
		if (fds[1].revents && !copy(master, STDOUT_FILENO))
			return;
	}
}

void chain_terminal(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct termios raw;
	int master, slave;
	pid_t child;

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return;
	master = open_master();
	slave = open_slave(master);
	tcsetattr(slave, TCSANOW, &saved);
	window_size(master);
	child = fork();
	if (child < 0)
		fail("cannot fork: %s", why());
	if (!child) {
		close(master);
		if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
			fail("cannot take the guest's terminal: %s", why());
		if (dup2(slave, 0) < 0 || dup2(slave, 1) < 0 || dup2(slave, 2) < 0)
			fail("cannot use the guest's terminal: %s", why());
		if (slave > 2)
			close(slave);
		return;
	}
	close(slave);
	sigaction(SIGWINCH, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGCHLD, &act, NULL);
	raw = saved;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	atexit(restore);
	relay(master, child);
	restore();
	vc_exitLikeProcess(child, 255);
}
