// SPDX-License-Identifier: GPL-2.0
/* The recorded init: number 1 inside, father of orphans, source of the exit code. */
#include <dirent.h>
#include "harness.h"

static int up[2];	/* from inside to the test */
static int down[2];	/* and back */

struct told {
	pid_t	pid, ppid;
};

static void tell(const struct told *told)
{
	if (write(up[1], told, sizeof(*told)) != sizeof(*told))
		_exit(1);
}

static struct told hear(void)
{
	struct told told = { 0 };

	if (read(up[0], &told, sizeof(told)) != sizeof(told))
		check(false, "word from inside");
	return told;
}

/* The middle task dies; its child reports who inherited it. */
static void orphan(bool fakeinit)
{
	struct told told = { 0 };
	pid_t middle;
	int fd[2];

	if (pipe(fd))
		_exit(1);
	middle = fork();
	if (!middle) {
		pid_t self = getpid();

		if (!fork()) {
			wait_until(getppid() != self);
			told = (struct told){ getpid(), getppid() };
			if (write(fd[1], &told, sizeof(told)) != sizeof(told))
				_exit(1);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(middle, NULL, 0);
	check(read(fd[0], &told, sizeof(told)) == sizeof(told), "word from an orphan");
	close(fd[0]);
	close(fd[1]);
	check(told.ppid == getpid(), "an orphan goes to the guest's init (%d)", told.ppid);
	if (fakeinit)
		check(told.ppid == 1, "which is number 1");
	check(waitpid(told.pid, NULL, 0) == told.pid, "and can be waited for");
}

static void proc_of_init(pid_t real)
{
	char path[64], buf[4096], link[64] = "";
	bool one = false, other = false;
	DIR *dir = opendir("/proc");
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		one |= !strcmp(d->d_name, "1");
		other |= atoi(d->d_name) == real;
	}
	if (dir)
		closedir(dir);
	check(one && !other, "/proc lists 1 and not %d", real);
	check(readlink("/proc/self", link, sizeof(link) - 1) == 1 && link[0] == '1', "/proc/self is 1 (%s)", link);
	check(readlink("/proc/thread-self", link, sizeof(link) - 1) == 8 && !strcmp(link, "1/task/1"),
	      "/proc/thread-self is 1/task/1 (%s)", link);
	check(read_file("/proc/1/status", buf, sizeof(buf)), "read /proc/1/status");
	check(strstr(buf, "\nPid:\t1\n") && strstr(buf, "\nTgid:\t1\n") && strstr(buf, "\nPPid:\t0\n") &&
	      strstr(buf, "\nNSpid:\t1\n"), "it says 1, and no parent");
	check(read_file("/proc/1/stat", buf, sizeof(buf)) && !strncmp(buf, "1 (", 3), "so does stat");
	check(strstr(buf, ") R 0 ") != NULL, "with parent 0");
	check(access("/proc/1/task/1/stat", F_OK) == 0, "its thread is 1 as well");
	snprintf(path, sizeof(path), "/proc/%d", real);
	check_is(err(access(path, F_OK)), -ENOENT, "its real number is not there");
}

static void as_init(void *arg)
{
	struct guest g = { .xid = 1301, .flags = VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 init = { 0, VXF_STATE_INIT };
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 endsetup = { 0, VXF_STATE_SETUP };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	pid_t real = getpid(), child;
	char c;

	check_is(vs(VCMD_ctx_create, g.xid, &create), g.xid, "create with fakeinit");
	check(getpid() == real, "no translation without an init");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &init), 0, "choose oneself as init");
	check(getpid() == real, "no translation in set-up");
	vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps);
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &endsetup), 0, "end the set-up");
	check(getpid() == 1, "getpid is 1 (%d)", getpid());
	check(syscall(SYS_gettid) == 1, "gettid is 1");
	check(getppid() == 0, "getppid is 0 (%d)", getppid());
	check_is(err(kill(1, 0)), 0, "it can signal 1");
	check_is(err(kill(real, 0)), -ESRCH, "its real number does not exist");
	check(getpgid(0) == getpgid(1), "getpgid takes 1");
	proc_of_init(real);

	child = fork();
	if (!child) {
		check(getppid() == 1, "a child's parent is 1 (%d)", getppid());
		check_is(err(kill(1, 0)), 0, "a child can signal 1");
		check_is(err(kill(real, 0)), -ESRCH, "and not by the real number");
		check_is(err(kill(-1, 0)), -ESRCH, "kill(-1) spares the init");
		_exit(0);
	}
	check(child != 1 && waitpid(child, NULL, 0) == child, "a child has its own number");
	orphan(true);
	tell(&(struct told){ real, 0 });
	if (read(down[0], &c, 1) != 1)
		_exit(1);
	_exit(37);
}

static void seen_from_host(void)
{
	struct vcmd_vx_info_v0 info;
	struct vcmd_wait_exit_v0 gone = { 0 };
	struct vcmd_ctx_kill_v0 kill1 = { 1, 0 };
	struct told told;
	char path[64], buf[4096];
	pid_t pid, waiter;
	int status;

	pid = fork();
	if (!pid) {
		as_init(NULL);
		_exit(0);
	}
	told = hear();
	check(told.pid == pid, "the guest is up");
	check_is(vs(VCMD_vx_info, 1301, &info), 0, "vx_info");
	check((pid_t)info.initpid == pid, "the host knows its init by the real number");
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	snprintf(buf + 4000, 96, "\nPid:\t%d\n", pid);
	check(read_file(path, buf, 4000) && strstr(buf, buf + 4000), "and shows that in /proc");
	check(read_file("/proc/1/status", buf, sizeof(buf)) && strstr(buf, "VxID:\t0\n"),
	      "the host's 1 is the host's");
	check_is(vs(VCMD_ctx_kill, 1301, &kill1), 0, "ctx_kill with 1 finds the init");

	waiter = fork();
	if (!waiter) {
		check_is(vs(VCMD_wait_exit, 1301, &gone), 0, "wait for the end");
		check(gone.exit_code == 37 << 8, "the exit code is the init's (%x)", gone.exit_code);
		_exit(0);
	}
	wait_until(sleeps_in_call(waiter));
	if (write(down[1], "x", 1) != 1)
		exit(1);
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 37, "the host waits for it by real number");
	waitpid(waiter, NULL, 0);
}

/* An init without the fakeinit flag inherits, but has no special number. */
static void plain_init(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_ctx_flags_v0 end = { 0, VXF_STATE_SETUP | VXF_STATE_INIT };
	pid_t real = getpid();

	check_is(vs(VCMD_ctx_create, 1302, &create), 1302, "create without fakeinit");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &end), 0, "end the set-up as init");
	check(getpid() == real, "getpid is the real number");
	check_is(err(kill(1, 0)), -ESRCH, "there is no 1");
	check_is(err(access("/proc/1", F_OK)), -ENOENT, "nor in /proc");
	orphan(false);
}

/* With the flag and before an init is chosen, the host's shows through in /proc. */
static void no_init(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 end = { 0, VXF_STATE_SETUP };

	check_is(vs(VCMD_ctx_create, 1303, &create), 1303, "create with fakeinit");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &end), 0, "end the set-up without an init");
	check(access("/proc/1/stat", R_OK) == 0, "the host's init is to be seen");
	check_is(err(kill(1, 0)), -ESRCH, "but not to be signalled");
	check(access("/proc/1/cmdline", R_OK) == 0, "what ps shows is there");
	check_is(err(open("/proc/1/mem", O_RDONLY)), -ENOENT, "its memory is not");
	check_is(err(open("/proc/1/root/", O_RDONLY)), -ENOENT, "nor its root");
	check_is(err(open("/proc/1/mountinfo", O_RDONLY)), -ENOENT, "nor its mounts");
	check_is(err(open("/proc/1/fd", O_RDONLY)), -ENOENT, "nor its descriptors");
	check_is(err(open("/proc/1/environ", O_RDONLY)), -ENOENT, "nor its environment");
	check_is(err(open("/proc/1/task/1", O_RDONLY)), -ENOENT, "nor its threads");
	check_is(err(open("/proc/1/net/tcp", O_RDONLY)), -ENOENT, "nor its network");
}

static void by_migration(void *arg)
{
	struct guest *g = arg;
	struct vcmd_ctx_migrate init = { VXM_SET_INIT | VXM_SET_REAPER };

	check_is(vs(VCMD_ctx_migrate, g->xid, &init), 0, "enter and become init");
	check(getpid() == 1, "getpid is 1");
}

int main(int argc, char **argv)
{
	struct guest m = { .xid = 1304, .flags = VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 flags;

	test_sleeper(argc, argv);
	test_begin();
	if (pipe(up) || pipe(down))
		return 1;
	seen_from_host();
	in_child(plain_init, NULL);
	in_child(no_init, NULL);
	check(guest_start(&m), "a guest without init starts");
	in_child(by_migration, &m);
	check_is(vs(VCMD_get_cflags, m.xid, &flags), 0, "get_cflags");
	check(!(flags.flagword & VXF_STATE_INIT), "the choice was made once and for all");
	guest_stop(&m);
	return test_end();
}
