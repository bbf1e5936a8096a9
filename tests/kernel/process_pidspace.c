// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that are pid namespaces, with the fakeinit flag and without: inside
 * there is a real process 1, and the host finds everybody by context.
 */
#include <dirent.h>
#include <linux/reboot.h>
#include <sys/mount.h>
#include "harness.h"

static char dir[] = "/tmp/vs-pid-XXXXXX";
static int up[2], down[2];

struct told {
	pid_t	child;		/* as the init sees it */
	char	done;
};

static long set_space(uint64_t mask)
{
	struct vcmd_space_mask_v2 space = { mask, 0 };

	return vs(VCMD_set_space, VS_ID_SELF, &space);
}

static long enter_space(unsigned int xid, uint64_t mask)
{
	struct vcmd_space_mask_v2 space = { mask, 0 };

	return vs(VCMD_enter_space, xid, &space);
}

static pid_t field(const char *path, const char *name)
{
	char buf[8192], *p;

	if (!read_file(path, buf, sizeof(buf)))
		return -1;
	p = strstr(buf, name);
	return p ? atoi(p + strlen(name)) : -1;
}

static void own_proc(void)
{
	char link[16] = "";
	int n = 0, most = 0;
	struct dirent *d;
	DIR *proc;

	if (chdir(dir))
		_exit(1);
	proc = opendir(".");
	while (proc && (d = readdir(proc)))
		if (atoi(d->d_name) > 0) {
			n++;
			most = atoi(d->d_name) > most ? atoi(d->d_name) : most;
		}
	if (proc)
		closedir(proc);
	check(n == 2 && most == 2, "/proc of the namespace lists 1 and 2 (%d, up to %d)", n, most);
	check(readlink("self", link, sizeof(link) - 1) == 1 && link[0] == '1', "self is 1 (%s)", link);
	check(field("1/status", "\nPid:\t") == 1 && field("1/status", "\nPPid:\t") == 0, "1 says it is 1");
	check(field("2/status", "\nPid:\t") == 2 && field("2/status", "\nPPid:\t") == 1, "2 is its child");
	check(field("1/status", "\nNSpid:\t") == 1, "there is one number for it");
	if (chdir("/"))
		_exit(1);
}

/* The middle task dies; its child reports who inherited it. */
static void orphan(void)
{
	pid_t told = 0;
	int fd[2];

	if (pipe(fd))
		_exit(1);
	if (!fork()) {
		pid_t self = getpid();

		if (!fork()) {
			wait_until(getppid() != self);
			told = getppid();
			if (write(fd[1], &told, sizeof(told)) != sizeof(told))
				_exit(1);
		}
		_exit(0);
	}
	if (read(fd[0], &told, sizeof(told)) != sizeof(told))
		_exit(1);
	check(told == 1, "orphans go to 1 (%d)", told);
	close(fd[0]);
	close(fd[1]);
}

/* The guest's init, in its pid namespace. */
static void init(pid_t outside)
{
	struct vcmd_ctx_flags_v0 end = { 0, VXF_STATE_SETUP | VXF_STATE_INIT };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	struct told told = { 0 };
	int ready[2];
	pid_t child;
	char c = 'r';

	setsid();
	if (pipe(ready) || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", dir, "proc", 0, NULL))
		_exit(1);
	vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps);
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &end), 0, "end the set-up as init");
	check(getpid() == 1 && syscall(SYS_gettid) == 1, "it is 1 (%d)", getpid());
	check(getppid() == 0, "without a parent (%d)", getppid());
	check_is(err(kill(1, 0)), 0, "1 is it");
	check(getsid(0) == 1 && getpgid(0) == 1 && getsid(1) == 1, "its session and group are 1");
	check_is(err(kill(outside, 0)), -ESRCH, "its number outside means nothing");
	child = fork();
	if (!child) {
		check(getpid() == 2 && getppid() == 1, "a child is 2, its parent 1 (%d, %d)", getpid(), getppid());
		check_is(err(kill(1, SIGKILL)), 0, "it may try to kill 1");
		check_is(err(kill(-1, SIGUSR1)), -ESRCH, "and all others, of which there are none");
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	check(child == 2, "fork says 2 (%d)", child);
	if (read(ready[0], &c, 1) != 1)
		_exit(1);
	own_proc();
	orphan();
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	told.child = child;
	if (write(up[1], &told, sizeof(told)) != sizeof(told) || read(down[0], &c, 1) != 1)
		_exit(1);
	check_is(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			     LINUX_REBOOT_CMD_RESTART, 0)), -EPERM, "reboot asks for the helper");
	told.done = 1;
	if (write(up[1], &told, sizeof(told)) != sizeof(told))
		_exit(1);
	for (;;)
		pause();
}

static void start(unsigned int xid, uint64_t flags)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | flags };
	int number[2];
	pid_t pid;

	if (pipe(number) || unshare(CLONE_NEWPID) || vs(VCMD_ctx_create, xid, &create) != (long)xid)
		_exit(1);
	check_is(set_space(CLONE_NEWPID), 0, "store the pid namespace");
	pid = fork();
	if (!pid) {
		if (read(number[0], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		init(pid);
	}
	if (write(number[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
}

/* A task of the host enters. */
static void entered(void *arg)
{
	unsigned int xid = *(unsigned int *)arg;
	pid_t pid;
	int fd[2];
	char c = 'x';

	check_is(enter_space(xid, CLONE_NEWPID), 0, "enter the pid namespace");
	if (pipe(fd))
		_exit(1);
	pid = fork();
	if (!pid) {
		check_is(vs(VCMD_ctx_migrate, xid, NULL), 0, "and the context");
		check(getpid() > 2, "with the next number there (%d)", getpid());
		check(getppid() == 0, "and no parent there (%d)", getppid());
		check_is(err(kill(1, 0)), 0, "it finds 1");
		check_is(err(kill(2, 0)), 0, "and 2");
		check(getpgid(1) == 1, "1 is the guest's");
		if (read(fd[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	check_is(vs(VCMD_task_xid, pid, NULL) ?: (long)xid, xid, "the host knows it by its own number");
	wait_until(vs(VCMD_task_xid, pid, NULL) == (long)xid);
	check_is(vs(VCMD_task_xid, pid, NULL), xid, "and sees it in the guest");
	if (write(fd[1], &c, 1) != 1)
		_exit(1);
	check(waitpid(pid, NULL, 0) == pid, "and waits for it");
}

static void other(void *arg)
{
	pid_t init = *(pid_t *)arg;

	check_is(err(kill(init, 0)), -ESRCH, "another guest does not find it by its number on the host");
	check_is(err(kill(2, 0)), -ESRCH, "nor by its own");
}

static void gone_with(unsigned int xid)
{
	struct vcmd_wait_exit_v0 gone = { 0 };

	check_is(vs(VCMD_wait_exit, xid, &gone), 0, "wait for its end");
	check(gone.exit_code == SIGKILL, "its init was killed (%x)", gone.exit_code);
}

static void guest(unsigned int xid, uint64_t flags)
{
	struct vcmd_ctx_kill_v0 kill1 = { 1, 0 }, one = { 0, SIGTERM };
	struct guest b = { .xid = 1873 };
	struct vcmd_vx_info_v0 info;
	struct told told = { 0 };
	char path[64];
	pid_t starter, waiter, child = 0;

	starter = fork();
	if (!starter) {
		start(xid, flags);
		_exit(0);
	}
	check(read(up[0], &told, sizeof(told)) == sizeof(told), "a guest with a pid namespace is up");
	waitpid(starter, NULL, 0);
	check_is(vs(VCMD_vx_info, xid, &info), 0, "vx_info");
	snprintf(path, sizeof(path), "/proc/%u/status", info.initpid);
	check(info.initpid > 1 && field(path, "\nVxID:\t") == (pid_t)xid,
	      "its init is known by the number on the host (%u)", info.initpid);
	snprintf(path, sizeof(path), "/proc/virtual/%u/status", xid);
	check(wait_until(field(path, "Tasks:\t") == 2), "two tasks are counted (%d)", field(path, "Tasks:\t"));
	check_is(err(kill(info.initpid, 0)), 0, "the host may signal it");
	check_is(vs(VCMD_ctx_kill, xid, &kill1), 0, "ctx_kill finds 1");
	check(guest_start(&b), "another guest starts");
	in_guest(&b, other, &info.initpid);
	guest_stop(&b);
	in_child(entered, &xid);

	/* The number of the child on the host. */
	snprintf(path, sizeof(path), "/proc/%u/task/%u/children", info.initpid, info.initpid);
	child = field(path, "");
	check(child > 2, "its child has a number there, too (%d)", child);
	one.pid = told.child;
	check_is(vs(VCMD_ctx_kill, xid, &one), -ESRCH, "ctx_kill takes numbers of the host");
	if (write(down[1], "x", 1) != 1)
		exit(1);
	check(read(up[0], &told, sizeof(told)) == sizeof(told) && told.done, "its init lives on after reboot");
	one = (struct vcmd_ctx_kill_v0){ child, SIGKILL };
	check_is(vs(VCMD_ctx_kill, xid, &one), 0, "by which it is killed");

	waiter = fork();
	if (!waiter) {
		gone_with(xid);
		_exit(0);
	}
	wait_until(sleeps_in_call(waiter));
	kill1.sig = SIGKILL;
	check_is(vs(VCMD_ctx_kill, xid, &kill1), 0, "the init can be killed from outside");
	waitpid(waiter, NULL, 0);
	check_is(vs(VCMD_vx_info, xid, &info), -ESRCH, "and with it the guest ends");
}

/* A pid namespace made inside a fakeinit guest: its 1 is not the guest's. */
static void nested(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 end = { 0, VXF_STATE_SETUP | VXF_STATE_INIT };
	struct vcmd_umask mask = { CLONE_NEWPID, ~0ULL };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	pid_t pid, inner;
	int status;

	check_is(vs(VCMD_ctx_create, 1874, &create), 1874, "create a guest with fakeinit");
	vs(VCMD_set_umask, VS_ID_SELF, &mask);
	vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps);
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &end), 0, "end the set-up as init");
	check(getpid() == 1, "it is 1");
	check_is(err(unshare(CLONE_NEWNET)), -EPERM, "it may not leave other namespaces");
	check_is(err(unshare(CLONE_NEWPID)), 0, "the mask lets it make a pid namespace");
	pid = fork();
	if (!pid) {
		check(getpid() == 1 && getppid() == 0, "there its child is 1, without a parent (%d, %d)",
		      getpid(), getppid());
		inner = fork();
		if (!inner) {
			check(getpid() == 2 && getppid() == 1, "whose child is 2");
			check_is(err(kill(1, SIGTERM)), 0, "1 is the inner one");
			_exit(0);
		}
		check(waitpid(inner, NULL, 0) == 2, "and waits for it");
		orphan();
		_exit(7);
	}
	check(pid > 1 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7,
	      "the outer one is 1 still, and was not reached");
	check(getpid() == 1, "and has its number");
}

/* Without a helper nobody can handle a reboot. */
static void set_helper(const char *path)
{
	int fd = open("/proc/sys/kernel/vshelper", O_WRONLY);

	check(fd >= 0 && write(fd, path, strlen(path)) > 0, "the helper is %s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(dir) || pipe(up) || pipe(down))
		return 1;
	set_helper("/none");
	guest(1871, 0);
	guest(1872, VXF_INFO_INIT);
	in_child(nested, NULL);
	set_helper("/sbin/vshelper");
	rmdir(dir);
	return test_end();
}
