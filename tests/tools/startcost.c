// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to start a guest, and the least that it could cost.
 *
 *   startcost init           the guest's init: writes the processor time it had at its first instruction, stays
 *   startcost ref ROOT       a mount namespace, the mounts of a guest without fstab, chroot, exec of ROOT's init
 *   startcost enter ROOT     chroot and exec of ROOT's startcost, which ends at once
 *   startcost true           ends at once
 *   startcost run CMD...     runs a command, prints its processor time in nanoseconds, that of its children too
 *
 * With scripts/vm --icount a nanosecond is an instruction.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int do_init(void)
{
	char text[32];
	struct timespec ts;
	int fd, n;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	n = snprintf(text, sizeof(text), "%lld\n", ts.tv_sec * 1000000000LL + ts.tv_nsec);
	fd = open("/cost.new", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, text, n) != n || rename("/cost.new", "/cost"))
		return 1;
	for (;;)
		pause();
}

static int fail(const char *what)
{
	fprintf(stderr, "startcost: %s: %s\n", what, strerror(errno));
	return 1;
}

static int do_ref(const char *root)
{
	char *const env[] = { "PATH=/bin:/usr/bin:/sbin:/usr/sbin", NULL };
	char *const argv[] = { "/startcost", "init", NULL };
	pid_t pid = fork();

	if (pid)
		return pid < 0;
	/* Else whoever reads our output waits for the end of the init. */
	if (!freopen("/dev/null", "w", stdout))
		return fail("/dev/null");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || chdir(root))
		return fail("namespace");
	if (mount("proc", "proc", "proc", 0, NULL) || mount("tmp", "tmp", "tmpfs", 0, "size=16m,mode=1777") ||
	    mount("devpts", "dev/pts", "devpts", 0, "gid=5,mode=620"))
		return fail("mount");
	if (chroot(".") || execve(argv[0], argv, env))
		return fail("exec");
	return 0;
}

static int do_enter(const char *root)
{
	if (chroot(root) || chdir("/"))
		return fail("chroot");
	execl("/startcost", "startcost", "true", NULL);
	return fail("exec");
}

static int do_run(char **argv)
{
	struct rusage ru;
	int status;
	pid_t pid = fork();

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid || status)
		return fail("run");
	printf("%lld\n", (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000000LL +
	       (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000LL);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "init"))
		return do_init();
	if (argc == 3 && !strcmp(argv[1], "ref"))
		return do_ref(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "enter"))
		return do_enter(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "true"))
		return 0;
	if (argc > 2 && !strcmp(argv[1], "run"))
		return do_run(argv + 2);
	fprintf(stderr, "startcost: init | ref ROOT | enter ROOT | true | run CMD...\n");
	return 2;
}
