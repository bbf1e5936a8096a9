// SPDX-License-Identifier: GPL-2.0
/*
 * reboot(2) in a guest, the helper, and what it is told of a context's two ends.
 * The helper is this program.
 */
#include <linux/kexec.h>
#include <linux/reboot.h>
#include "harness.h"

#define LOG	"/tmp/vs-helper.log"
#define HOLD	"/tmp/vs-helper.hold"	/* as long as it exists the helper stays */
#define FAIL	"/tmp/vs-helper.fail"	/* if it exists the helper fails */
#define SYSCTL	"/proc/sys/kernel/vshelper"

extern char **environ;

static char self[256];

/* Says what it was given, in one line. */
static int helper(int argc, char **argv)
{
	char line[2048];
	int fd = open(LOG, O_WRONLY | O_APPEND | O_CREAT, 0600), i, n = 0;

	for (i = 1; i < argc; i++)
		n += snprintf(line + n, sizeof(line) - n, "%s ", argv[i]);
	for (i = 0; environ[i]; i++)
		n += snprintf(line + n, sizeof(line) - n, "%s ", environ[i]);
	n += snprintf(line + n, sizeof(line) - n, "xid=%ld nid=%ld uid=%d\n",
		      vs(VCMD_task_xid, 0, NULL), vs(VCMD_task_nid, 0, NULL), getuid());
	if (write(fd, line, n) != n)
		return 2;
	wait_until(access(HOLD, F_OK));
	if (write(fd, "end\n", 4) != 4)
		return 2;
	return access(FAIL, F_OK) ? 0 : 1;
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

static int lines(const char *word)
{
	char buf[16384], *p = buf;
	int n = 0;

	if (!read_file(LOG, buf, sizeof(buf)))
		return 0;
	while ((p = strstr(p, word)))
		n++, p++;
	return n;
}

/* Wait until the helper has ended, and compare what it said. */
static void said(const char *want, const char *what)
{
	char buf[16384];

	wait_until(lines("end\n"));
	read_file(LOG, buf, sizeof(buf));
	buf[strcspn(buf, "\n")] = 0;
	check(!strncmp(buf, want, strlen(want)) && !strcmp(buf + strlen(want), "xid=0 nid=0 uid=0"),
	      "%s (%s)", what, buf);
	unlink(LOG);
}

static long do_reboot(unsigned int cmd)
{
	return err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, "arg"));
}

/* The helper has said its word, and is perhaps not quite gone yet. */
static long next_reboot(unsigned int cmd)
{
	long ret;

	wait_until((ret = do_reboot(cmd)) != -EAGAIN);
	return ret;
}

static void sysctl_in_guest(void *arg)
{
	char buf[64];

	check_is(err(open(SYSCTL, O_WRONLY)), -ENOENT, "a guest does not find the helper");
	check_is(err(truncate(SYSCTL, 0)), -ENOENT, "nor by truncate");
	check(!read_file(SYSCTL, buf, sizeof(buf)) || strcmp(buf, "none\n"), "it is what it was");
}

#define ENV	"HOME=/ TERM=linux PATH=/sbin:/usr/sbin:/bin:/usr/bin "

static void each_action(void *arg)
{
	static const struct {
		unsigned int	cmd;
		const char	*name;
	} acts[] = {
		{ LINUX_REBOOT_CMD_RESTART, "restart" }, { LINUX_REBOOT_CMD_HALT, "halt" },
		{ LINUX_REBOOT_CMD_POWER_OFF, "poweroff" }, { LINUX_REBOOT_CMD_SW_SUSPEND, "swsusp" },
	};
	const struct guest *g = arg;
	char want[512];
	size_t i;

	for (i = 0; i < 4; i++) {
		check_is(next_reboot(acts[i].cmd), 0, acts[i].name);
		snprintf(want, sizeof(want), "%s %u " ENV "VS_CMD=%08x VS_UID=0 VS_PID=%d ",
			 acts[i].name, g->xid, acts[i].cmd, getpid());
		said(want, "the helper gets its arguments and environment, outside");
	}
	check_is(do_reboot(LINUX_REBOOT_CMD_RESTART2), 0, "restart with a command: nothing");
	check_is(do_reboot(LINUX_REBOOT_CMD_CAD_ON), 0, "ctrl-alt-del on: nothing");
	check_is(do_reboot(LINUX_REBOOT_CMD_CAD_OFF), 0, "ctrl-alt-del off: nothing");
	check_is(do_reboot(LINUX_REBOOT_CMD_KEXEC), 0, "kexec: nothing");
	check_is(do_reboot(0x12345678), 0, "a command that does not exist: nothing");
	check_is(err(syscall(SYS_reboot, 1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_HALT, 0)), -EINVAL,
		 "the first magic number is wrong");
	check_is(err(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, 1, LINUX_REBOOT_CMD_HALT, 0)), -EINVAL,
		 "the second magic number is wrong");
	check(!lines("\n"), "the helper was not called for any of them");
	check_is(err(syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_DEFAULT)), -EPERM, "kexec_load");
#ifdef SYS_kexec_file_load
	check_is(err(syscall(SYS_kexec_file_load, -1, -1, 0UL, "", KEXEC_FILE_NO_INITRAMFS)), -EPERM,
		 "kexec_file_load");
#endif
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	check_is(do_reboot(LINUX_REBOOT_CMD_HALT), -EPERM, "a user inside cannot reboot");
	check(!lines("\n"), "nor call the helper");
}

static void not_allowed(void *arg)
{
	check_is(do_reboot(LINUX_REBOOT_CMD_HALT), -EPERM, "nor root where the bounding word lacks sys_boot");
	check_is(do_reboot(LINUX_REBOOT_CMD_CAD_OFF), -EPERM, "whatever the command");
}

static void in_userns(void *arg)
{
	if (unshare(CLONE_NEWUSER))
		check(false, "unshare a user namespace: %s", strerrorname_np(errno));
	check_is(do_reboot(LINUX_REBOOT_CMD_HALT), -EPERM, "nor root of a user namespace made inside");
}

static void gone_with(void *arg)
{
	const struct guest *g = arg;
	struct vcmd_wait_exit_v0 gone = { 0 };

	check_is(vs(VCMD_wait_exit, g->xid, &gone), 0, "wait for its end");
	check((unsigned int)gone.reboot_cmd == LINUX_REBOOT_CMD_SW_SUSPEND,
	      "the last command is reported (%x)", gone.reboot_cmd);
}

static void actions(void)
{
	struct guest g = { .xid = 1801 }, no = { .xid = 1802, .bcaps = TEST_BCAPS & ~(1 << 22) };
	struct guest ns = { .xid = 1803, .bcaps = TEST_BCAPS | 1 << 21, .umask = CLONE_NEWUSER };
	pid_t waiter;

	check(guest_start(&g) && guest_start(&no) && guest_start(&ns), "three guests start");
	in_guest(&g, sysctl_in_guest, NULL);
	in_guest(&g, each_action, &g);
	in_guest(&no, not_allowed, NULL);
	in_guest(&ns, in_userns, NULL);
	check(alive(g.pid), "the guest runs on");
	waiter = fork();
	if (!waiter) {
		gone_with(&g);
		_exit(0);
	}
	wait_until(sleeps_in_call(waiter));
	guest_stop(&g);
	guest_stop(&no);
	guest_stop(&ns);
	waitpid(waiter, NULL, 0);
}

static void one(void *arg)
{
	check_is(do_reboot(LINUX_REBOOT_CMD_HALT), (long)arg, "halt");
}

static void another(void *arg)
{
	check_is(next_reboot(LINUX_REBOOT_CMD_HALT), 0, "halt");
}

static void busy(void)
{
	struct guest a = { .xid = 1804 }, b = { .xid = 1805 };

	check(guest_start(&a) && guest_start(&b), "two guests start");
	put(HOLD, "");
	in_guest(&a, one, (void *)0);
	in_guest(&a, one, (void *)-EAGAIN);
	check(true, "^ a helper for the same guest is at work");
	in_guest(&b, one, (void *)0);
	check(true, "^ which is no concern of another guest");
	unlink(HOLD);
	check(wait_until(lines("end\n") == 2), "both end");
	in_guest(&a, another, NULL);
	check(wait_until(lines("end\n") == 3), "then the next may come");
	unlink(LOG);
	guest_stop(&a);
	guest_stop(&b);
}

static void hammer(void *arg)
{
	int i;

	for (i = 0; i < 4; i++)
		if (!fork())
			for (;;)
				do_reboot(LINUX_REBOOT_CMD_RESTART);
	pause();
}

static void storm(void)
{
	struct guest g = { .xid = 1806 };
	pid_t pid;

	check(guest_start(&g), "a guest starts");
	pid = fork();
	if (!pid) {
		if (!vs(VCMD_ctx_migrate, g.xid, NULL))
			hammer(NULL);
		_exit(1);
	}
	wait_until(lines("end\n") == 5);
	usleep(500000);
	check(lines("end\n") == 5, "a guest that reboots all the time gets the helper five times a minute (%d)",
	      lines("end\n"));
	guest_stop(&g);
	waitpid(pid, NULL, 0);
	unlink(LOG);
}

static void missing(void)
{
	struct guest g = { .xid = 1807, .flags = VXF_REBOOT_KILL };
	static const char * const bad[] = { "/nonexistent\n", "\n", "/etc/passwd\n", "/\n" };
	size_t i;

	check(guest_start(&g), "a guest starts");
	for (i = 0; i < 4; i++) {
		put(SYSCTL, bad[i]);
		in_guest(&g, one, (void *)-EPERM);
	}
	check(alive(g.pid), "^ without a helper nothing happens");
	put(SYSCTL, self);
	guest_stop(&g);
}

static void kill_all(void *arg)
{
	int i;

	for (i = 0; i < 3; i++)
		if (!fork()) {
			signal(SIGTERM, SIG_IGN);
			for (;;)
				pause();
		}
	do_reboot(LINUX_REBOOT_CMD_POWER_OFF);
	for (;;)
		pause();
}

static void reboot_kill(void)
{
	struct guest g = { .xid = 1808, .flags = VXF_REBOOT_KILL };
	struct vcmd_vx_info_v0 info;
	int status;
	pid_t pid;

	check(guest_start(&g), "a guest with reboot_kill starts");
	pid = fork();
	if (!pid) {
		if (!vs(VCMD_ctx_migrate, g.xid, NULL))
			kill_all(NULL);
		_exit(1);
	}
	check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "the one who called is killed");
	check(waitpid(g.pid, &status, 0) == g.pid && WTERMSIG(status) == SIGKILL, "and the rest");
	check(wait_until(vs(VCMD_vx_info, g.xid, &info) == -ESRCH), "the guest is gone");
	check(wait_until(lines("end\n") == 1) && lines("poweroff 1808 ") == 1, "the helper was told");
	unlink(LOG);
}

/* In a child: a context or network context that calls the helper at both ends. */
static void create(void *arg)
{
	struct vcmd_ctx_create ctx = { VXF_INIT_SET | VXF_SC_HELPER };
	struct vcmd_net_create net = { NXF_STATE_ADMIN | NXF_SC_HELPER };
	long want = (long)arg;

	if (want == 1809 || want == -1809)
		check_is(vs(VCMD_ctx_create, 1809, &ctx), want > 0 ? want : -ENOEXEC, "create");
	else
		check_is(vs(VCMD_net_create, 1810, &net), want > 0 ? want : -ENOEXEC, "create");
	if (want > 0)
		return;
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "where the helper fails the caller stays outside");
	check_is(vs(VCMD_task_nid, 0, NULL), 0, "in both respects");
}

static void ends(void)
{
	struct vcmd_ctx_flags_v0 flags;
	struct vcmd_net_flags_v0 nflags;

	put(FAIL, "");
	in_child(create, (void *)-1809);
	said("startup 1809 " ENV "VS_CMD=00000001 ", "startup");
	in_child(create, (void *)-1810);
	said("netup 1810 " ENV "VS_CMD=00000003 ", "netup");
	check(wait_until(vs(VCMD_get_cflags, 1809, &flags) == -ESRCH), "the context is not there");
	check(wait_until(vs(VCMD_get_nflags, 1810, &nflags) == -ESRCH), "nor the network context");
	usleep(200000);
	check(!lines("\n"), "of its end the helper is not told");
	unlink(FAIL);
	in_child(create, (void *)1810);
	check(wait_until(lines("end\n") == 2) && lines("netup 1810 " ENV "VS_CMD=00000003 ") == 1 &&
	      lines("netdown 1810 " ENV "VS_CMD=00000004 ") == 1, "netup and netdown");
	unlink(LOG);
}

static void waits(void *arg)
{
	struct vcmd_wait_exit_v0 gone;

	check_is(vs(VCMD_wait_exit, 1809, &gone), 0, "wait for the end");
	check(lines("end\n") == 2, "it comes after the helper's (%d)", lines("end\n"));
}

static void shutdown_call(void)
{
	struct vcmd_ctx_create ctx = { VXF_INIT_SET | VXF_SC_HELPER };
	int up[2];
	pid_t pid, waiter;
	char c;

	if (pipe(up))
		exit(1);
	pid = fork();
	if (!pid) {
		check_is(vs(VCMD_ctx_create, 1809, &ctx), 1809, "create with sc_helper");
		if (write(up[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	if (read(up[0], &c, 1) != 1)
		exit(1);
	waiter = fork();
	if (!waiter) {
		waits(NULL);
		_exit(0);
	}
	wait_until(sleeps_in_call(waiter));
	put(HOLD, "");
	kill(pid, SIGKILL);
	check(waitpid(pid, NULL, 0) == pid, "the last task is gone while the helper is still at work");
	check(wait_until(lines("shutdown 1809 " ENV "VS_CMD=00000002 ") == 1), "shutdown");
	usleep(100000);
	check(waitpid(waiter, NULL, WNOHANG) == 0, "who waits for the end waits for the helper");
	unlink(HOLD);
	waitpid(waiter, NULL, 0);
	unlink(LOG);
}

int main(int argc, char **argv)
{
	char buf[256];
	struct stat st;

	if (getenv("VS_CMD"))
		return helper(argc, argv);
	test_sleeper(argc, argv);
	test_begin();
	unlink(LOG);
	unlink(HOLD);
	unlink(FAIL);
	check(read_file(SYSCTL, buf, sizeof(buf)) && !strcmp(buf, "/sbin/vshelper\n"), "the default helper");
	check(!stat(SYSCTL, &st) && (st.st_mode & 07777) == 0644, "its mode");
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || !put(SYSCTL, self))
		return 1;
	actions();
	busy();
	storm();
	missing();
	reboot_kill();
	ends();
	shutdown_call();
	put(SYSCTL, "/sbin/vshelper\n");
	unlink(LOG);
	return test_end();
}
