// SPDX-License-Identifier: GPL-2.0
/* Parents: what one is told whose child is the init of a guest, and which children nobody gets. */
#include <pthread.h>
#include <sys/ptrace.h>
#include "harness.h"

static void told(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 init = { 0, VXF_STATE_INIT | VXF_STATE_SETUP };
	struct timespec wait = { 5, 0 };
	unsigned long message = 0;
	siginfo_t info = { 0 };
	int status;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	check_is(vs(VCMD_ctx_create, 1312, &create), 1312, "create with fakeinit");
	pid = fork();
	if (!pid) {
		if (!vs(VCMD_set_cflags, VS_ID_SELF, &init))
			execl("/proc/self/exe", "stop", "--stop", NULL);
		_exit(1);
	}
	check(sigtimedwait(&set, &info, &wait) == SIGCHLD && info.si_code == CLD_STOPPED && info.si_pid == 1,
	      "SIGCHLD of a stopped init is from 1 (%d)", info.si_pid);
	check(waitpid(-1, &status, WUNTRACED) == 1 && WIFSTOPPED(status), "wait returns 1");
	check_is(err(waitpid(pid, &status, WNOHANG)), -ECHILD, "wait does not know the number that fork returned");
	check_is(err(ptrace(PTRACE_SEIZE, 1, 0, PTRACE_O_TRACEEXEC)), 0, "trace 1");
	check_is(err(kill(1, SIGCONT)), 0, "continue 1");
	for (;;) {
		if (waitpid(1, &status, __WALL) != 1)
			break;
		if (!WIFSTOPPED(status) || status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			break;
		ptrace(PTRACE_CONT, 1, 0, status >> 16 ? 0 : WSTOPSIG(status) == SIGCONT ? SIGCONT : 0);
	}
	check(!ptrace(PTRACE_GETEVENTMSG, 1, 0, &message) && message == 1, "the message of its exec is 1 (%lu)",
	      message);
	ptrace(PTRACE_DETACH, 1, 0, 0);
	/* The stops before may have left one. */
	while (sigtimedwait(&set, &info, &wait) == SIGCHLD && info.si_code != CLD_EXITED)
		;
	/* Who is dead is nobody's init: the number is the one that fork returned. */
	check(info.si_code == CLD_EXITED && info.si_pid == pid, "SIGCHLD of its end is from %d (%d)", pid, info.si_pid);
	check_is(err(waitpid(1, &status, WNOHANG)), -ECHILD, "wait does not know 1 any more");
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 9, "but the number that fork returned");
}

static long sibling(void)
{
	long pid = err(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));

	if (!pid)
		_exit(0);
	return pid;
}

static void *thread(void *arg)
{
	*(pid_t *)arg = getppid();
	return NULL;
}

/* Children of a parent that did not make them, and may be elsewhere. */
static void siblings(void *arg)
{
	int fd[2], status;
	long pid = 0;
	pthread_t t;
	pid_t ppid;

	check_is(sibling(), -EINVAL, "a parent outside gets no child");
	check_is(-pthread_create(&t, NULL, thread, &ppid), 0, "a thread is none");
	pthread_join(t, NULL);
	if (pipe(fd))
		_exit(1);
	if (!fork()) {
		pid = sibling();
		_exit(write(fd[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	check(read(fd[0], &pid, sizeof(pid)) == sizeof(pid) && pid > 0 && waitpid(pid, &status, 0) == pid,
	      "a parent in the guest does (%ld)", pid);
	wait(NULL);
}

static void host_siblings(void)
{
	int fd[2];
	long pid = 0;

	if (pipe(fd))
		_exit(1);
	if (!fork()) {
		pid = sibling();
		_exit(write(fd[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	check(read(fd[0], &pid, sizeof(pid)) == sizeof(pid) && waitpid(pid, NULL, 0) == pid,
	      "host: a child of one's parent");
	wait(NULL);
}

int main(int argc, char **argv)
{
	struct guest a = { .xid = 1313 };

	if (argc == 2 && !strcmp(argv[1], "--exit"))
		_exit(9);
	if (argc == 2 && !strcmp(argv[1], "--stop")) {
		raise(SIGSTOP);
		execl("/proc/self/exe", "exit", "--exit", NULL);
		_exit(1);
	}
	test_sleeper(argc, argv);
	test_begin();
	in_child(told, NULL);
	check(guest_start(&a), "a guest starts");
	in_guest(&a, siblings, NULL);
	host_siblings();
	guest_stop(&a);
	return test_end();
}
