// SPDX-License-Identifier: GPL-2.0
/*
 * What a user may have is counted per context: a user of A who has used up
 * everything leaves the users with the same number in B and on the host theirs.
 */
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include "harness.h"

#define USER	31004

static struct guest a = { .xid = 1661 };
static struct guest b = { .xid = 1662 };

static void become_user(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		_exit(1);
}

static void limit(int what, rlim_t n)
{
	struct rlimit lim = { n, n };

	if (setrlimit(what, &lim))
		_exit(1);
}

static long setting(const char *path, long value)
{
	char buf[32] = "";
	long old = -1;
	int fd = open(path, O_RDWR);

	if (read(fd, buf, sizeof(buf) - 1) > 0)
		old = atol(buf);
	snprintf(buf, sizeof(buf), "%ld", value);
	check(pwrite(fd, buf, strlen(buf), 0) == (ssize_t)strlen(buf), "%s = %ld", path, value);
	close(fd);
	return old;
}

#define MOST	100
static pid_t started[MOST + 1];

/* Each takes one more of a thing: 0, or the errno at the limit. */
static long one_process(int i)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	started[i] = pid;
	return pid < 0 ? -errno : 0;
}

static long one_signal(int i)
{
	union sigval value = { .sival_int = i };

	return err(sigqueue(getpid(), SIGRTMIN, value));
}

static long one_inotify(int i)
{
	long ret = err(inotify_init1(0));

	return ret < 0 ? ret : 0;
}

static long one_watch(int i)
{
	static int fd = -1;
	char path[64];
	long ret;

	if (fd < 0)
		fd = inotify_init1(0);
	snprintf(path, sizeof(path), "/tmp/vs-accounts/%d", i);
	ret = err(inotify_add_watch(fd, path, IN_MODIFY));
	return ret < 0 ? ret : 0;
}

static long one_queue(int i)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	char name[32];
	long ret;

	snprintf(name, sizeof(name), "/vs-accounts-%d-%d", getpid(), i);
	ret = err(mq_open(name, O_CREAT | O_RDWR, 0600, &attr));
	mq_unlink(name);	/* it stays while it is open */
	return ret < 0 ? ret : 0;
}

static long one_pipe(int i)
{
	int fd[2];
	long ret;

	if (pipe(fd))
		return -errno;
	ret = err(fcntl(fd[0], F_SETPIPE_SZ, 1 << 19));
	return ret < 0 ? ret : 0;
}

static long one_epoll(int i)
{
	struct epoll_event ev = { .events = EPOLLIN };
	static int ep = -1;
	int fd[2];

	if (ep < 0)
		ep = epoll_create1(0);
	if (pipe(fd))
		return -errno;
	return err(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev));
}

static long one_lock(int i)
{
	int id = shmget(IPC_PRIVATE, 65536, IPC_CREAT | 0600);
	long ret = err(shmctl(id, SHM_LOCK, NULL));

	shmat(id, NULL, 0);	/* until the process ends */
	shmctl(id, IPC_RMID, NULL);
	return ret;
}

static void few_processes(void) { limit(RLIMIT_NPROC, 5); }

static void few_signals(void)
{
	sigset_t set;

	limit(RLIMIT_SIGPENDING, 5);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void few_queues(void) { limit(RLIMIT_MSGQUEUE, 5000); }
static void few_locks(void) { limit(RLIMIT_MEMLOCK, 3 * 65536); }
static void nothing(void) { }

static const struct thing {
	const char *name;
	void (*prepare)(void);
	long (*one)(int i);
	long full;
	int min, max;	/* how many there may be */
	const char *path;
	long value;
} things[] = {
	{ "processes", few_processes, one_process, -EAGAIN, 4, 4, NULL, 0 },
	{ "pending signals", few_signals, one_signal, -EAGAIN, 5, 5, NULL, 0 },
	{ "inotify instances", nothing, one_inotify, -EMFILE, 6, 6,
	  "/proc/sys/fs/inotify/max_user_instances", 6 },
	{ "inotify watches", nothing, one_watch, -ENOSPC, 4, 4,
	  "/proc/sys/fs/inotify/max_user_watches", 4 },
	{ "message queues", few_queues, one_queue, -EMFILE, 2, 12, NULL, 0 },
	{ "pipe pages", nothing, one_pipe, -EPERM, 3, 4, "/proc/sys/fs/pipe-user-pages-soft", 512 },
	{ "epoll entries", nothing, one_epoll, -ENOSPC, 5, 5, "/proc/sys/fs/epoll/max_user_watches", 5 },
	{ "locked segments", few_locks, one_lock, -ENOMEM, 3, 3, NULL, 0 },
};

struct use {
	const struct thing *thing;
	const char *who;
	int ready, go;	/* descriptors; -1: do not wait */
};

static void use_up(void *arg)
{
	struct use *use = arg;
	const struct thing *t = use->thing;
	long ret = 0;
	char c;
	int n = 0;

	become_user();
	t->prepare();
	while (n < MOST && !(ret = t->one(n)))
		n++;
	check(n >= t->min && n <= t->max, "%s: %s has %d", t->name, use->who, n);
	check_is(ret, t->full, t->name);
	if (use->ready >= 0 && (write(use->ready, "r", 1) != 1 || read(use->go, &c, 1) != 1))
		_exit(1);
	while (t->one == one_process && n--) {
		kill(started[n], SIGKILL);
		waitpid(started[n], NULL, 0);
	}
}

static void run(const struct guest *g, struct use *use)
{
	if (g)
		in_guest(g, use_up, use);
	else
		in_child(use_up, use);
}

static void thing(const struct thing *t)
{
	struct use hold = { .thing = t, .who = "the user of A" };
	struct use rest = { .thing = t, .ready = -1 };
	int ready[2], go[2];
	long old = 0;
	pid_t pid;
	char c;

	if (pipe(ready) || pipe(go))
		exit(1);
	if (t->path)
		old = setting(t->path, t->value);
	hold.ready = ready[1];
	hold.go = go[0];
	pid = fork();
	if (!pid) {
		run(&a, &hold);
		_exit(0);
	}
	check_is(read(ready[0], &c, 1), 1, "A holds all it may");
	rest.who = "the same user of B";
	run(&b, &rest);
	rest.who = "the same user of the host";
	run(NULL, &rest);
	if (write(go[1], "g", 1) != 1)
		exit(1);
	waitpid(pid, NULL, 0);
	rest.who = "the user of A, again";
	run(&a, &rest);
	if (t->path)
		setting(t->path, old);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
}

static void make_files(void)
{
	char path[64];
	int i;

	mkdir("/tmp/vs-accounts", 0755);
	for (i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "/tmp/vs-accounts/%d", i);
		close(open(path, O_CREAT | O_WRONLY, 0644));
	}
}

static void remove_files(void)
{
	char path[64];
	int i;

	for (i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "/tmp/vs-accounts/%d", i);
		unlink(path);
	}
	rmdir("/tmp/vs-accounts");
}

/* How many processes may the user start with this limit? */
struct room {
	int	limit, want;
	const char *what;
};

static void room(void *arg)
{
	struct room *r = arg;
	int n = 0;
	pid_t pids[16];

	become_user();
	limit(RLIMIT_NPROC, r->limit);
	while (n < 16 && (pids[n] = fork()) > 0)
		n++;
	if (n < 16 && !pids[n])
		for (;;)
			pause();
	check_is(n, r->want, r->what);
	while (n--) {
		kill(pids[n], SIGKILL);
		waitpid(pids[n], NULL, 0);
	}
}

/* Enter with a user's number: the process is counted inside from then on, and not outside. */
static void mover(void *arg)
{
	const int *fd = arg;
	char c;

	if (setresuid(USER, 0, 0))
		_exit(1);
	if (write(fd[1], "r", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "a process of the user enters A");
	if (write(fd[1], "r", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
	check_is(setresuid(0, 0, 0), 0, "and becomes root there");
	if (write(fd[1], "r", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
}

static void moving(void)
{
	struct room r = { .limit = 3 };
	int ready[2], go[2], fd[3];
	pid_t pid;
	char c;

	if (pipe(ready) || pipe(go))
		exit(1);
	fd[1] = ready[1];
	fd[2] = go[0];
	pid = fork();
	if (!pid) {
		in_child(mover, fd);
		_exit(0);
	}
	check_is(read(ready[0], &c, 1), 1, "a process of the user on the host");
	r.want = 1;
	r.what = "it counts on the host";
	in_child(room, &r);
	r.want = 2;
	r.what = "and not in A";
	in_guest(&a, room, &r);
	if (write(go[1], "g", 1) != 1 || read(ready[0], &c, 1) != 1)
		exit(1);
	r.want = 2;
	r.what = "it counts no more on the host";
	in_child(room, &r);
	r.want = 1;
	r.what = "but in A";
	in_guest(&a, room, &r);
	r.want = 2;
	r.what = "and not in B";
	in_guest(&b, room, &r);
	if (write(go[1], "g", 1) != 1 || read(ready[0], &c, 1) != 1)
		exit(1);
	r.want = 2;
	r.what = "as root it counts no more for the user of A";
	in_guest(&a, room, &r);
	if (write(go[1], "g", 1) != 1)
		exit(1);
	waitpid(pid, NULL, 0);
}

/* Root has no such limit, on a machine or in a guest. */
static void root_room(void *arg)
{
	int n;
	pid_t pid;

	limit(RLIMIT_NPROC, 1);
	for (n = 0; n < 3; n++) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid < 0)
			break;
	}
	while (wait(NULL) > 0)
		;
	check_is(n, 3, arg);
}

/* A group of the host in the hands of a guest: marks count for the group's maker, and come off there. */
static void watch_inside(void *arg)
{
	int wd[4], i;

	for (i = 0; i < 4; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/tmp/vs-accounts/%d", i);
		wd[i] = inotify_add_watch(*(int *)arg, path, IN_MODIFY);
	}
	check(wd[3] > 0, "A adds watches to a group of the host");
	for (i = 0; i < 2; i++)
		check_is(err(inotify_rm_watch(*(int *)arg, wd[i])), 0, "and removes one");
}

static void passed_group(void *arg)
{
	int fd, i = 0;
	long ret;

	become_user();
	fd = inotify_init1(0);
	check(fd >= 0, "a group of the user of the host");
	if (*(int *)arg < 0)
		return;
	while (i < 10) {
		char path[64];

		snprintf(path, sizeof(path), "/tmp/vs-accounts/%d", i);
		ret = err(inotify_add_watch(fd, path, IN_MODIFY));
		if (ret < 0)
			break;
		i++;
	}
	check_is(i, *(int *)arg, "watches that the user of the host may have");
}

static void group(void)
{
	long old = setting("/proc/sys/fs/inotify/max_user_watches", 4);
	int fd = inotify_init1(0), all = 4;

	in_guest(&a, watch_inside, &fd);
	check(inotify_add_watch(fd, "/tmp/vs-accounts/8", IN_MODIFY) > 0 &&
	      inotify_add_watch(fd, "/tmp/vs-accounts/9", IN_MODIFY) > 0, "two are left for the host's root");
	check_is(err(inotify_add_watch(fd, "/tmp/vs-accounts/7", IN_MODIFY)), -ENOSPC, "and no more");
	close(fd);
	fd = inotify_init1(0);
	check(inotify_add_watch(fd, "/tmp/vs-accounts/7", IN_MODIFY) > 0, "all come back");
	close(fd);
	in_child(passed_group, &all);
	setting("/proc/sys/fs/inotify/max_user_watches", old);
}

int main(int argc, char **argv)
{
	unsigned int i;

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "two guests run");
	make_files();
	for (i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		thing(&things[i]);
	moving();
	in_guest(&a, root_room, "root of A starts processes beyond its limit");
	in_child(root_room, "as root of the host does");
	group();
	remove_files();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
