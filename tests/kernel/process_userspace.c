// SPDX-License-Identifier: GPL-2.0
/* User, time and cgroup namespaces stored in a context; the masks hold there, too. */
#include <linux/reboot.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "harness.h"

#define XID	1891
#define ROOT	100000		/* uid 0 of the guest, outside */
#define SECRET	"/tmp/vs-userspace"
#define SYSCTL	"/proc/sys/kernel/vshelper"

static int up[2], down[2];

static long set(uint64_t mask)
{
	struct vcmd_space_mask_v2 space = { mask, 0 };

	return vs(VCMD_set_space, VS_ID_SELF, &space);
}

static long enter(unsigned int xid, uint64_t mask)
{
	struct vcmd_space_mask_v2 space = { mask, 0 };

	return vs(VCMD_enter_space, xid, &space);
}

static ino_t ns(const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &st) ? 0 : st.st_ino;
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

static time_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* What root of the guest may in its user namespace: what the mask leaves. */
static void confined(void)
{
	char buf[64];

	check(getuid() == 0 && getgid() == 0, "it is root inside");
	check(read_file("/proc/self/uid_map", buf, sizeof(buf)) && strtoul(buf + 10, NULL, 10) == ROOT,
	      "and somebody else outside");
	check_is(err(open(SECRET, O_RDONLY)), -EACCES, "it cannot read what is root's outside");
	check_is(err(unshare(CLONE_NEWUTS)), -EPERM, "in its own user namespace, too, it may not unshare");
	check_is(err(mount("none", "/tmp", "tmpfs", 0, NULL)), -EPERM, "nor mount");
	check_is(err(setpriority(PRIO_PROCESS, 0, -5)), -EACCES, "nor raise its priority");
	check_is(err(chroot("/")), 0, "what the bounding word leaves it may");
	check_is(vs(VCMD_get_version, 0, NULL), -ENOSYS, "it cannot call");
	check_is(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			     LINUX_REBOOT_CMD_RESTART, 0)), 0, "its reboot reaches the helper");
}

static void guest(void)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_bcaps bcaps = { TEST_BCAPS & ~(1 << 23), ~0ULL };
	struct vcmd_ctx_flags_v0 end = { 0, VXF_STATE_SETUP };
	char c;

	check_is(vs(VCMD_ctx_create, XID, &create), XID, "create");
	if (unshare(CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWTIME) || !put("/proc/self/timens_offsets",
									     "monotonic 864000 0"))
		_exit(1);
	/* The host gives it its ids. */
	if (write(up[1], "m", 1) != 1 || read(down[0], &c, 1) != 1 || setresgid(0, 0, 0) || setresuid(0, 0, 0))
		_exit(1);
	check_is(vs(VCMD_ctx_migrate, 1, NULL), -EPERM, "in set-up and in a user namespace: no spectator");
	check_is(vs(VCMD_ctx_create, 1892, &create), -EPERM, "nor another context");
	check_is(set(0), 0, "store all");
	check_is(set(CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWTIME), 0, "store user, cgroup and time");
	check_is(vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps), 0, "bound the capabilities");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &end), 0, "end the set-up");
	confined();
	if (write(up[1], "r", 1) != 1)
		_exit(1);
	if (read(down[0], &c, 1) < 0)
		_exit(1);
	_exit(0);
}

static void *thread(void *arg)
{
	pause();
	return NULL;
}

static void with_thread(void *arg)
{
	pthread_t t;

	pthread_create(&t, NULL, thread, NULL);
	check_is(enter(XID, CLONE_NEWUSER), -EINVAL, "threads do not enter user");
	check_is(enter(XID, CLONE_NEWTIME), -EUSERS, "nor time");
	check_is(enter(XID, CLONE_NEWCGROUP), 0, "but cgroup");
}

static void enter_time(void *arg)
{
	time_t before = monotonic();
	ino_t time = ns("time"), cgroup = ns("cgroup");

	check_is(enter(XID, CLONE_NEWCGROUP), 0, "enter cgroup");
	check(ns("cgroup") != cgroup && ns("time") == time, "that and nothing else");
	check_is(enter(XID, CLONE_NEWTIME), 0, "enter time");
	check(ns("time") != time && ns("time_for_children") == ns("time"), "the caller and its children");
	check(monotonic() - before >= 864000, "the clock is the guest's (%ld)", (long)(monotonic() - before));
	check(fork() >= 0, "and fork works");
	if (getppid() != 1)
		wait(NULL);
}

static void enter_user(void *arg)
{
	ino_t user = ns("user");
	char buf[64];

	check_is(enter(XID, CLONE_NEWUSER), 0, "enter user");
	check(ns("user") != user, "it is another");
	check(getuid() == 0 && read_file("/proc/self/uid_map", buf, sizeof(buf)) &&
	      strtoul(buf + 10, NULL, 10) == ROOT, "the caller is who was stored");
	check_is(err(open(SECRET, O_RDONLY)), -EACCES, "and no more");
	check_is(vs(VCMD_task_xid, 0, NULL), -ENOSYS, "it cannot call any more");
}

static void enter_all(void *arg)
{
	struct vcmd_ctx_migrate user = { VXM_USER };
	int fd[2];
	pid_t pid;
	char c;

	if (pipe(fd))
		_exit(1);
	pid = fork();
	if (!pid) {
		check_is(vs(VCMD_ctx_migrate, XID, &user), 0, "enter the context and its user namespace at once");
		confined();
		c = 'd';
		if (write(fd[1], &c, 1) != 1)
			_exit(1);
		pause();
	}
	if (read(fd[0], &c, 1) != 1)
		_exit(1);
	check_is(vs(VCMD_task_xid, pid, NULL), XID, "the host sees it there");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void none_stored(void *arg)
{
	struct guest g = { .xid = 1893 };
	struct vcmd_ctx_migrate user = { VXM_USER };

	check(guest_start(&g), "a guest without a user namespace");
	check_is(vs(VCMD_ctx_migrate, g.xid, &user), -EINVAL, "cannot be entered with one");
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "who tried stays outside");
	guest_stop(&g);
}

/* In set-up everybody is trusted; a user's own user namespace is not. */
static void user_in_setup(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_bcaps bcaps;

	check_is(vs(VCMD_ctx_create, 1894, &create), 1894, "create");
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000) || unshare(CLONE_NEWUSER))
		check(false, "a user makes a user namespace: %s", strerrorname_np(errno));
	check_is(vs(VCMD_get_bcaps, VS_ID_SELF, &bcaps), -ENOSYS, "its root is nobody here");
}

int main(int argc, char **argv)
{
	char path[64], c, self[256] = "";
	struct vcmd_vx_info_v0 info;
	pid_t pid;

	if (getenv("VS_CMD"))
		return 0;
	test_sleeper(argc, argv);
	test_begin();
	if (pipe(up) || pipe(down) || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    !put(SYSCTL, self))
		return 1;
	close(open(SECRET, O_WRONLY | O_CREAT, 0600));
	pid = fork();
	if (!pid) {
		close(down[1]);
		guest();
	}
	check(read(up[0], &c, 1) == 1 && c == 'm', "a guest in set-up made its user namespace");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	check(put(path, "0 100000 65536"), "it gets user ids");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	check(put(path, "0 100000 65536"), "and group ids");
	if (write(down[1], "g", 1) != 1 || read(up[0], &c, 1) != 1)
		check(false, "the guest came up");
	check_is(enter(XID, CLONE_NEWIPC), 0, "what mask 0 stored can be entered");
	in_child(with_thread, NULL);
	in_child(enter_time, NULL);
	in_child(enter_user, NULL);
	in_child(enter_all, NULL);
	in_child(none_stored, NULL);
	in_child(user_in_setup, NULL);
	close(down[1]);
	waitpid(pid, NULL, 0);
	check(wait_until(vs(VCMD_vx_info, XID, &info) == -ESRCH), "it ends, with what it stored");
	put(SYSCTL, "/sbin/vshelper\n");
	unlink(SECRET);
	return test_end();
}
