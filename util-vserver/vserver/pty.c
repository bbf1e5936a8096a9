// SPDX-License-Identifier: GPL-2.0
/* Terminals in guests. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "pump.h"

int pty_open(int rootfd, int procfd, int *master, int *slave)
{
	int fd = open_in_root(rootfd, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW, 0), unlock = 0, saved;
	struct statfs fs;
	struct stat st;

	*master = *slave = -1;
	if (fd < 0)
		return -1;
	/* The multiplexer of a real devpts and nothing that only bears its name. */
	if (fstatfs(fd, &fs) || fstat(fd, &st))
		goto error;
	if (fs.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2)) {
		errno = ENOTTY;
		goto error;
	}
	*master = reopen_fd(procfd, fd, O_RDWR | O_NOCTTY);
	if (*master < 0 || ioctl(*master, TIOCSPTLCK, &unlock))
		goto error;
	/* By the master, not by a path that could lead elsewhere. */
	*slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0)
		goto error;
	close(fd);
	return 0;
error:
	saved = errno;
	if (*master >= 0)
		close(*master);
	close(fd);
	*master = -1;
	errno = saved;
	return -1;
}

void pty_copy_size(int fd)
{
	struct winsize ws;
	int i;

	for (i = 0; i < 3; i++) {
		if (!ioctl(i, TIOCGWINSZ, &ws)) {
			ioctl(fd, TIOCSWINSZ, &ws);
			return;
		}
	}
}

void pty_copy_settings(int slave)
{
	struct termios t;

	pty_copy_size(slave);
	if (isatty(0) && isatty(1) && !tcgetattr(0, &t)) {
		tcsetattr(slave, TCSANOW, &t);
	} else if (!tcgetattr(slave, &t)) {
		t.c_lflag &= ~(ECHO | ECHONL);
		t.c_oflag &= ~OPOST;
		tcsetattr(slave, TCSANOW, &t);
	}
}

int pty_control(const enum stdio_kind kind[3])
{
	int i;

	for (i = 0; i < 3; i++)
		if (kind[i] == STDIO_PTY)
			return ioctl(i, TIOCSCTTY, 0);
	return 0;
}
