// SPDX-License-Identifier: GPL-2.0
/* Locks of files: /proc/locks, /proc/PID/fdinfo and F_GETLK tell of the own context only. */
#include <sys/file.h>
#include "harness.h"

static struct guest a = { .xid = 1731, .flags = VXF_INFO_INIT };
static struct guest b = { .xid = 1732 };
static char path[] = "/tmp/lock.XXXXXX";
static char buf[65536];
static ino_t ino;

/* Lines about the test's file: how many, and the pid in the last. */
static int lines(const char *file, long *pid)
{
	char want[32], *p;
	int n = 0;

	snprintf(want, sizeof(want), ":%lu ", (unsigned long)ino);
	if (!read_file(file, buf, sizeof(buf)))
		return -1;
	for (p = buf; (p = strstr(p, want)); p++, n++) {
		char *start = p;

		/* Back over "maj:min" to the number before it. */
		while (start > buf && start[-1] != ' ')
			start--;
		for (start--; start > buf && start[-1] != ' ';)
			start--;
		if (pid)
			*pid = strtol(start, NULL, 10);
	}
	return n;
}

static long take(int fd, int cmd, short type, off_t start)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 1 };

	return err(fcntl(fd, cmd, &fl));
}

static long who_holds(int fd, int cmd, off_t start)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1 };

	if (fcntl(fd, cmd, &fl))
		return -errno;
	return fl.l_type == F_UNLCK ? -ENOLCK : fl.l_pid;
}

/* Byte 0 POSIX, byte 1 of an open file description, and flock(); then tell and stay. */
static void hold(int *out, bool init)
{
	int fd = open(path, O_RDWR), other = open(path, O_RDWR), got[2];
	char info[64];
	long pid[2] = { 0 };

	if (take(fd, F_SETLK, F_WRLCK, 0) || take(fd, F_OFD_SETLK, F_WRLCK, 1) || flock(other, LOCK_EX))
		_exit(1);
	if (init) {
		snprintf(info, sizeof(info), "/proc/1/fdinfo/%d", fd);
		got[0] = lines(info, NULL);
		check(got[0] == 2 && strstr(buf, " WRITE 1 ") && strstr(buf, " WRITE -1 "),
		      "fdinfo: both locks, of 1 and of nobody (%s)", buf);
		snprintf(info, sizeof(info), "/proc/1/fdinfo/%d", other);
		got[1] = lines(info, &pid[1]);
		check(got[1] == 1 && pid[1] == 1, "fdinfo: the other, of 1 (%ld)", pid[1]);
	}
	if (write(out[1], "l", 1) != 1)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void foreign(void *arg)
{
	int fd = open(path, O_RDWR);

	check(lines("/proc/locks", NULL) == 0, "no line about them");
	check_is(take(fd, F_SETLK, F_WRLCK, 0), -EAGAIN, "but they hold");
	check_is(who_holds(fd, F_GETLK, 0), 0, "whoever has the first is not told");
	check_is(who_holds(fd, F_OFD_GETLK, 1), -1, "the second has no task anyway");
	close(fd);
}

static void waiter(void *arg)
{
	int fd = open(path, O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	take(fd, F_SETLKW, F_WRLCK, 0);
	pause();
}

static void own(void *arg)
{
	pid_t holder = *(pid_t *)arg;
	int fd = open(path, O_RDWR);
	long pid = -1;

	check(lines("/proc/locks", &pid) == 3, "three lines about its own (%s)", buf);
	check(!strstr(buf, "->"), "and none about one elsewhere that waits");
	check_is(who_holds(fd, F_GETLK, 0), holder, "who has the first");
	check_is(who_holds(fd, F_OFD_GETLK, 1), -1, "the second has no task");
	close(fd);
}

static pid_t start_holder(const struct guest *g, unsigned int flags)
{
	struct vcmd_ctx_migrate data = { flags };
	int out[2];
	pid_t pid;
	char c;

	if (pipe(out))
		return -1;
	pid = fork();
	if (!pid) {
		if (g && vs(VCMD_ctx_migrate, g->xid, &data))
			_exit(1);
		hold(out, flags);
	}
	close(out[1]);
	if (read(out[0], &c, 1) != 1)
		pid = -1;
	close(out[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void host(pid_t holder, bool waits)
{
	int fd = open(path, O_RDWR);
	long pid = -1;

	check(lines("/proc/locks", &pid) == 3 + waits, "the host sees all lines (%s)", buf);
	check(!waits || strstr(buf, "->"), "and who waits");
	check_is(who_holds(fd, F_GETLK, 0), holder, "and who holds");
	close(fd);
}

/* The init of A holds: inside it is 1, wherever the number stands. */
static void own_init(void *arg)
{
	int fd = open(path, O_RDWR);
	long pid = -1;

	check(lines("/proc/locks", &pid) == 3, "three lines about the init's");
	check(strstr(buf, "WRITE 1 ") != NULL, "with the number 1 (%s)", buf);
	check_is(who_holds(fd, F_GETLK, 0), 1, "F_GETLK says 1");
	close(fd);
}

/* What a flock() says after its task is gone is not what decides. */
static void orphan(void *arg)
{
	check(lines("/proc/locks", NULL) == 1, "a lock whose task is gone is still its context's");
}

static void foreign_orphan(void *arg)
{
	check(lines("/proc/locks", NULL) == 0, "and nobody else's");
}

static void orphaned(void)
{
	int out[2];
	pid_t pid, keeper = 0;

	if (pipe(out))
		return;
	pid = fork();
	if (!pid) {
		int fd;

		if (vs(VCMD_ctx_migrate, b.xid, NULL))
			_exit(1);
		fd = open(path, O_RDWR);
		if (flock(fd, LOCK_EX))
			_exit(1);
		keeper = fork();
		if (!keeper)
			for (;;)
				pause();
		_exit(write(out[1], "k", 1) != 1);
	}
	waitpid(pid, NULL, 0);
	in_guest(&b, orphan, NULL);
	in_guest(&a, foreign_orphan, NULL);
	close(out[0]);
	close(out[1]);
}

int main(int argc, char **argv)
{
	struct stat st;
	pid_t holder, other;
	int fd;

	test_sleeper(argc, argv);
	test_begin();
	fd = mkstemp(path);
	if (fd < 0 || fstat(fd, &st))
		return 1;
	ino = st.st_ino;
	chmod(path, 0666);
	check(guest_start(&a) && guest_start(&b), "guests A and B start");

	holder = start_holder(&a, 0);
	check(holder > 0, "a task of A holds three locks");
	host(holder, false);
	in_guest(&a, own, &holder);
	in_guest(&b, foreign, NULL);
	other = fork();
	if (!other)
		waiter(NULL);
	check(wait_until(lines("/proc/locks", NULL) == 4), "a task of the host waits for one");
	host(holder, true);
	in_guest(&a, own, &holder);
	in_guest(&b, foreign, NULL);
	end(other);
	end(holder);

	holder = start_holder(NULL, 0);
	check(holder > 0, "a task of the host holds them");
	in_guest(&a, foreign, NULL);
	end(holder);

	holder = start_holder(&a, VXM_SET_INIT);
	check(holder > 0, "the init of A holds them");
	host(holder, false);
	in_guest(&a, own_init, NULL);
	in_guest(&b, foreign, NULL);
	end(holder);

	orphaned();
	guest_stop(&a);
	guest_stop(&b);
	unlink(path);
	return test_end();
}
