/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small harness for tests of the system call and of isolation: TAP on
 * standard output, checks from any process of the test, and guests to test in.
 *
 *	host	the program itself, context 0
 *	A	a guest with a sleeping task, on which and from which things are tried
 *	B	a second guest, which nothing in A may reach
 */
#ifndef VS_TEST_HARNESS_H
#define VS_TEST_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vserver/context.h>
#include <vserver/network.h>
#include <vserver/space.h>

#ifndef __NR_vserver
#ifdef __i386__
#define __NR_vserver 273
#else
#define __NR_vserver 236
#endif
#endif

/* What `vattribute --secure` leaves a guest. */
#define TEST_BCAPS	0xb44c04ffULL

static struct {
	int	count;
	int	failed;
} *tap;

__attribute__((format(printf, 2, 3)))
static inline bool check(bool ok, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "%sok %d - ", ok ? "" : "not ",
		     __atomic_add_fetch(&tap->count, 1, __ATOMIC_SEQ_CST));
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(99);
	if (!ok)
		__atomic_add_fetch(&tap->failed, 1, __ATOMIC_SEQ_CST);
	return ok;
}

/* A result: a value, or a negative errno. */
static inline bool check_is(long got, long want, const char *what)
{
	if (got == want)
		return check(true, "%s: %s", what, want < 0 ? strerrorname_np(-want) : "as expected");
	return check(false, "%s: got %ld (%s), want %ld (%s)", what, got,
		     got < 0 ? strerrorname_np(-got) : "", want,
		     want < 0 ? strerrorname_np(-want) : "");
}

/* Turns the C library's convention into the kernel's. */
#define err(call) ({ long _r = (long)(call); _r == -1 ? -(long)errno : _r; })

static inline long vs(unsigned int cmd, unsigned int id, void *data)
{
	return err(syscall(__NR_vserver, cmd, id, data));
}

/* Whether programs of our size are the kernel's own, and it has no other entry for them. */
static inline bool kernel_is_native(void)
{
	struct utsname uts;

	return sizeof(long) == 8 || (!uname(&uts) && strcmp(uts.machine, "x86_64"));
}

static inline void test_begin(void)
{
	tap = mmap(NULL, sizeof(*tap), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tap == MAP_FAILED) {
		puts("Bail out! no memory");
		exit(1);
	}
}

static inline int test_end(void)
{
	printf("1..%d\n", tap->count);
	return tap->failed ? 1 : 0;
}

/* Run @fn in a child and wait; a child that dies is a failed check. */
static inline int in_child(void (*fn)(void *), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		fn(arg);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		check(false, "a child was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		check(false, "a child ended with status %d", WEXITSTATUS(status));
	return status;
}

struct guest {
	unsigned int	xid;
	uint64_t	flags;	/* beside STATE_ADMIN and STATE_INIT */
	uint64_t	bcaps;
	uint64_t	ccaps;
	uint64_t	umask;
	pid_t		pid;	/* of the sleeping task, which has executed a program */
};

/* In a child: make the guest's context with its words and end the set-up. */
static inline long guest_create(const struct guest *g)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | g->flags };
	struct vcmd_bcaps bcaps = { g->bcaps ?: TEST_BCAPS, ~0ULL };
	struct vcmd_ctx_caps_v1 ccaps = { g->ccaps, ~0ULL };
	struct vcmd_umask umask = { g->umask, ~0ULL };
	struct vcmd_ctx_flags_v0 endsetup = { 0, VXF_STATE_SETUP };
	long ret = vs(VCMD_ctx_create, g->xid, &create);

	if (ret != (long)g->xid)
		return ret;
	ret = vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps) ?: vs(VCMD_set_ccaps, VS_ID_SELF, &ccaps) ?:
	      vs(VCMD_set_umask, VS_ID_SELF, &umask);
	return ret ?: vs(VCMD_set_cflags, VS_ID_SELF, &endsetup);
}

/* Start a guest with one task that sleeps; true if that worked. */
static inline bool guest_start(struct guest *g)
{
	char buf[16] = "";
	int fd[2], out[2];

	if (pipe2(fd, O_CLOEXEC) || pipe2(out, 0))
		return false;
	g->pid = fork();
	if (!g->pid) {
		long ret = guest_create(g);

		setsid();
		if (ret) {
			dprintf(fd[1], "%ld", ret);
			_exit(1);
		}
		dup2(out[1], STDOUT_FILENO);
		execl("/proc/self/exe", "sleeper", "--sleep", NULL);
		execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	close(fd[1]);
	close(out[1]);
	/* The descriptor closes at exec, or brings an error. */
	if (read(fd[0], buf, sizeof(buf) - 1) > 0)
		check(false, "guest %u starts: %s", g->xid, strerrorname_np(-atoi(buf)));
	close(fd[0]);
	/* And the sleeper says when it runs. */
	if (read(out[0], buf, 1) != 1)
		buf[0] = 0;
	close(out[0]);
	return buf[0] == 's';
}

/* To be called first in main(): the sleeping task of a guest. */
static inline void test_sleeper(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--sleep")) {
		if (write(STDOUT_FILENO, "s", 1) != 1)
			_exit(1);
		close(STDOUT_FILENO);
		for (;;)
			pause();
	}
}

static inline void guest_stop(struct guest *g)
{
	struct vcmd_ctx_kill_v0 kill = { 0, SIGKILL };

	vs(VCMD_ctx_kill, g->xid, &kill);
	if (g->pid > 0)
		waitpid(g->pid, NULL, 0);
	g->pid = 0;
}

/* Run @fn as a task of the guest. */
struct in_guest {
	const struct guest *guest;
	void (*fn)(void *arg);
	void *arg;
};

static inline void __in_guest(void *data)
{
	struct in_guest *in = data;
	long ret = vs(VCMD_ctx_migrate, in->guest->xid, NULL);

	if (ret) {
		check(false, "enter guest %u: %s", in->guest->xid, strerrorname_np(-ret));
		return;
	}
	in->fn(in->arg);
}

static inline void in_guest(const struct guest *g, void (*fn)(void *), void *arg)
{
	struct in_guest in = { g, fn, arg };

	in_child(__in_guest, &in);
}

static inline bool alive(pid_t pid)
{
	return !kill(pid, 0);
}

/* Poll until @cond, for at most five seconds (fifty on a slow machine). */
#define wait_until(cond) ({					\
	int _n = 5000;						\
	while (!(cond) && _n--)					\
		usleep(10000);					\
	_n >= 0; })

/* The whole of a small file; false if it cannot be read. */
static inline bool read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = -1;

	if (fd >= 0) {
		while ((n = read(fd, buf + used, size - 1 - used)) > 0)
			used += n;
		close(fd);
	}
	buf[used] = '\0';
	return n == 0;
}

/* Does another process sleep in vserver(2)? */
static inline bool sleeps_in_call(pid_t pid)
{
	char path[64], buf[256];

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	return read_file(path, buf, sizeof(buf)) && atoi(buf) == __NR_vserver;
}

#endif /* VS_TEST_HARNESS_H */
