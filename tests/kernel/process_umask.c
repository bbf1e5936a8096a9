// SPDX-License-Identifier: GPL-2.0
/*
 * The unshare mask opens namespaces to root of a guest, kind by kind: to make
 * (unshare, clone3) and to join (setns by file and by pidfd). The warn mask
 * writes attempts to the kernel's log.
 */
#include <linux/sched.h>
#include <sys/klog.h>
#include "ccap.h"

static const struct kind {
	uint64_t flag;
	const char *name;
} kinds[] = {
	{ CLONE_NEWNS, "mnt" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWIPC, "ipc" },
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWPID, "pid" }, { CLONE_NEWNET, "net" },
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))
#define ALL (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	     CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME)

static struct guest a = { .xid = 1431 }, admin = { .xid = 1432, .bcaps = TEST_BCAPS | 1 << 21 };

/* In a child, so that the next try starts where this one did. */
static long one(long (*fn)(const struct kind *k), const struct kind *k)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(-fn(k));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -(long)WEXITSTATUS(status) : -EINTR;
}

static long try_unshare(const struct kind *k)
{
	return err(unshare(k->flag));
}

static long try_clone3(const struct kind *k)
{
	struct clone_args args = { .flags = k->flag, .exit_signal = SIGCHLD };
	long pid = err(syscall(SYS_clone3, &args, sizeof(args)));

	if (!pid)
		_exit(0);
	if (pid < 0)
		return pid;
	waitpid(pid, NULL, 0);
	return 0;
}

static long try_setns(const struct kind *k)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", k->name);
	fd = open(path, O_RDONLY);
	return fd < 0 ? -errno : err(setns(fd, 0));
}

struct try {
	uint64_t mask;
	int without;
	uid_t uid;
	const char *how;
};

static void each(void *arg)
{
	const struct try *t = arg;
	const struct kind *k;
	char what[128];
	long want;

	raw_without(t->without);
	if (t->uid && setresuid(t->uid, t->uid, t->uid))
		_exit(1);
	for (k = kinds; k < kinds + KINDS; k++) {
		want = (k->flag & t->mask) && t->without < 0 && !t->uid ? 0 : -EPERM;
		snprintf(what, sizeof(what), "%s, unshare %s", t->how, k->name);
		check_is(one(try_unshare, k), want, what);
		snprintf(what, sizeof(what), "%s, clone3 %s", t->how, k->name);
		check_is(one(try_clone3, k), want, what);
		/* One's own user namespace is never joined again. */
		snprintf(what, sizeof(what), "%s, setns %s", t->how, k->name);
		check_is(one(try_setns, k), k->flag == CLONE_NEWUSER ? -EINVAL : want, what);
	}
}

static void masks(void)
{
	const struct kind *k;
	struct try t;
	char how[64];

	give_umask(&a, 0);
	t = (struct try){ 0, -1, 0, "an empty mask" };
	in_own_ns(&a, each, &t);
	for (k = kinds; k < kinds + KINDS; k++) {
		give_umask(&a, k->flag);
		snprintf(how, sizeof(how), "mask %s", k->name);
		t = (struct try){ k->flag, -1, 0, how };
		in_own_ns(&a, each, &t);
	}
	give_umask(&a, ALL);
	t = (struct try){ ALL, -1, 0, "all" };
	in_own_ns(&a, each, &t);
	t = (struct try){ ALL, CAP_SYS_ADMIN, 0, "all, without sys_admin" };
	in_own_ns(&a, each, &t);
	t = (struct try){ ALL, -1, 1000, "all, a user" };
	in_own_ns(&a, each, &t);
	/* sys_admin in the bounding word is as good, but not for user namespaces. */
	give_umask(&admin, 0);
	t = (struct try){ ALL & ~(uint64_t)CLONE_NEWUSER, -1, 0, "sys_admin, no mask" };
	in_own_ns(&admin, each, &t);
}

static void together(void *arg)
{
	check_is(err(unshare(CLONE_NEWUTS | CLONE_NEWNET)), -EPERM,
		 "one that it has, one that not");
	check_is(err(unshare(CLONE_NEWUTS | CLONE_NEWIPC)), 0, "two that it has");
}

/* The namespaces of another task of the guest, by its pidfd. */
static void by_pidfd(void *arg)
{
	int up[2], fd, host = *(int *)arg;
	pid_t pid;
	char c;

	if (pipe(up))
		_exit(1);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUTS | CLONE_NEWIPC) || write(up[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	check(read(up[0], &c, 1) == 1, "a task with namespaces of its own");
	/* What entered from outside and has executed nothing is out of reach. */
	fd = syscall(SYS_pidfd_open, pid, 0);
	check(fd >= 0, "its pidfd");
	check_is(err(setns(fd, CLONE_NEWUTS)), -EPERM,
		 "its namespaces, before it executed a program");
	check_is(err(setns(host, CLONE_NEWUTS)), -EPERM,
		 "those of the host, by a pidfd from there");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void after_exec(void *arg)
{
	char path[64];
	int up[2], fd;
	pid_t pid;
	char c;

	if (pipe(up))
		_exit(1);
	pid = fork();
	if (!pid) {
		dup2(up[1], STDOUT_FILENO);
		if (!unshare(CLONE_NEWUTS | CLONE_NEWIPC))
			execl("/proc/self/exe", "sleeper", "--sleep", NULL);
		_exit(1);
	}
	check(read(up[0], &c, 1) == 1, "a task that executed a program");
	fd = syscall(SYS_pidfd_open, pid, 0);
	check_is(err(setns(fd, CLONE_NEWUTS | CLONE_NEWNET)), -EPERM, "by pidfd, one too many");
	check_is(err(setns(fd, CLONE_NEWUTS)), 0, "by pidfd, as the mask has it");
	close(fd);
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	fd = open(path, O_RDONLY);
	check_is(err(setns(fd, CLONE_NEWIPC)), 0, "by its file in /proc");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Joining a mount namespace takes its root: not from below another one. */
static void chrooted(void *arg)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY), host = *(int *)arg;

	check_is(err(setns(host, CLONE_NEWNS)), -EPERM, "the host's mount namespace");
	check_is(err(setns(fd, CLONE_NEWNS)), 0, "its own");
	if (chroot("/usr") || chdir("/"))
		_exit(1);
	check_is(err(setns(fd, CLONE_NEWNS)), -EPERM, "its own, from below a root");
	check_is(err(unshare(CLONE_NEWNS)), 0, "a new one");
	check(access("/usr/bin", F_OK) && !access("/bin", F_OK), "does not change the root");
}

static long write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long ret = fd < 0 ? -errno : err(write(fd, text, strlen(text)));

	close(fd);
	return ret < 0 ? ret : 0;
}

/* Root in a user namespace of a guest has what the guest has, and no more. */
static void inside_user(void *arg)
{
	check_is(err(unshare(CLONE_NEWUSER)), 0, "a user namespace");
	check_is(write_file("/proc/self/setgroups", "deny"), 0, "setgroups");
	check_is(write_file("/proc/self/uid_map", "0 0 1"), 0, "uid_map");
	check_is(write_file("/proc/self/gid_map", "0 0 1"), 0, "gid_map");
	check_is(err(unshare(CLONE_NEWNET)), -EPERM, "a kind that the mask has not");
	check_is(err(unshare(CLONE_NEWNS)), 0, "one that it has");
	check_is(err(mount("none", "/tmp", "tmpfs", 0, NULL)), -EPERM, "no mounts in it");
	check_is(err(unshare(CLONE_NEWUTS)), 0, "names");
	check_is(err(sethostname("inside", 6)), -EPERM, "not to be set");
	check_is(err(setresuid(0, 0, 0)), 0, "what the bounding word has it may");
}

static int lines(const char *want)
{
	static char log[1 << 19];
	int n = klogctl(3, log, sizeof(log) - 1), found = 0;
	char *at;

	if (n < 0)
		return n;
	log[n] = '\0';
	for (at = log; (at = strstr(at, want)); at++)
		found++;
	return found;
}

static void ask(void *arg)
{
	int i;

	for (i = 0; i < 100; i++)
		unshare(*(int *)arg);
}

static void warnings(void)
{
	struct vcmd_wmask wmask = { CLONE_NEWNET, ~0ULL };
	int net = CLONE_NEWNET, uts = CLONE_NEWUTS;
	char refused[96], granted[96];

	snprintf(refused, sizeof(refused), "namespaces %#lx, refused", (long)CLONE_NEWNET);
	snprintf(granted, sizeof(granted), "namespaces %#lx, granted", (long)CLONE_NEWUTS);
	give_umask(&a, CLONE_NEWUTS);
	check(lines("context 1431: ") == 0, "nothing was logged so far");
	check_is(vs(VCMD_set_wmask, a.xid, &wmask), 0, "log net");
	in_own_ns(&a, ask, &uts);
	check(lines("context 1431: ") == 0, "other kinds are not logged");
	in_own_ns(&a, ask, &net);
	check(lines(refused) >= 1 && lines(refused) <= 20,
	      "net is, not all of a hundred times (%d)",
	      lines(refused));
	wmask.wmask = CLONE_NEWUTS;
	check_is(vs(VCMD_set_wmask, a.xid, &wmask), 0, "log uts");
	check(wait_until((in_own_ns(&a, ask, &uts), lines(granted) >= 1)),
	      "what is granted is logged, too");
}

int main(int argc, char **argv)
{
	int self, mnt;

	test_sleeper(argc, argv);
	test_begin();
	self = syscall(SYS_pidfd_open, getpid(), 0);
	mnt = open("/proc/self/ns/mnt", O_RDONLY);
	check(guest_start(&a) && guest_start(&admin), "two guests start");
	masks();
	give_umask(&a, CLONE_NEWUTS | CLONE_NEWIPC);
	in_own_ns(&a, together, NULL);
	in_own_ns(&a, by_pidfd, &self);
	in_own_ns(&a, after_exec, NULL);
	give_umask(&a, CLONE_NEWNS);
	in_own_ns(&a, chrooted, &mnt);
	give_umask(&a, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS);
	in_own_ns(&a, inside_user, NULL);
	warnings();
	guest_stop(&a);
	guest_stop(&admin);
	return test_end();
}
