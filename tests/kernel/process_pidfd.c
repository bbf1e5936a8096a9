// SPDX-License-Identifier: GPL-2.0
/*
 * A pidfd names a task without a number, and can be passed from one context to
 * another. Who holds one of a task elsewhere can wait for its end, no more.
 */
#include <linux/capability.h>
#include <poll.h>
#include <linux/sched.h>
#include <sys/uio.h>
#include "handles.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* process_madvise needs CAP_SYS_NICE. */
static struct guest a = { .xid = 1501, .bcaps = TEST_BCAPS | 1 << CAP_SYS_NICE }, b = { .xid = 1502 };
static int sock[2];	/* 0 the host's end, 1 the guest's */
static pid_t canary;
static int data;

static int pidfd_open_(pid_t pid)
{
	return syscall(SYS_pidfd_open, pid, 0);
}

static long sendsig(int fd, int sig, siginfo_t *info)
{
	return err(syscall(SYS_pidfd_send_signal, fd, sig, info, 0));
}

static long madvise_(int fd)
{
	struct iovec iov = { (void *)((uintptr_t)&data & ~4095UL), 4096 };

	return err(syscall(SYS_process_madvise, fd, &iov, 1L, MADV_COLD, 0));
}

/* What a handle of a task elsewhere is good for. */
static void useless(int fd, const char *whose)
{
	siginfo_t info = { .si_code = SI_QUEUE, .si_signo = SIGUSR1 };
	struct pollfd poll1 = { fd, POLLIN, 0 };
	char what[128];

#define WHAT(name)	(snprintf(what, sizeof(what), name " by a pidfd of %s", whose), what)
	check_is(sendsig(fd, 0, NULL), -ESRCH, WHAT("look for the task"));
	check_is(sendsig(fd, SIGKILL, NULL), -ESRCH, WHAT("kill"));
	check_is(sendsig(fd, SIGUSR1, &info), -ESRCH, WHAT("queue a signal"));
	check_is(err(syscall(SYS_pidfd_getfd, fd, 0, 0)), -EPERM, WHAT("take a descriptor"));
	check_is(madvise_(fd), -ESRCH, WHAT("process_madvise"));
	check_is(err(syscall(SYS_process_mrelease, fd, 0)), -ESRCH, WHAT("process_mrelease"));
	check_is(err(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG)), -ECHILD, WHAT("waitid"));
	check_is(err(syscall(SYS_setns, fd, CLONE_NEWUTS)), -EPERM, WHAT("setns"));
	check_is(fdinfo(fd, "Pid:\t"), 0, WHAT("Pid: in fdinfo"));
	check_is(fdinfo(fd, "NSpid:\t"), 0, WHAT("NSpid: in fdinfo"));
	check_is(poll(&poll1, 1, 0), 0, WHAT("poll"));
#undef WHAT
}

static void foreign(void *arg)
{
	const char *const *whose = arg;
	int i, fd;

	for (i = 0; i < 2; i++) {
		fd = recv_fd(sock[1]);
		check(fd >= 0, "a pidfd of %s comes in", whose[i]);
		useless(fd, whose[i]);
		close(fd);
	}
	/* The directory of a task in /proc serves as one, too. */
	fd = recv_fd(sock[1]);
	check(fd >= 0, "a directory of /proc comes in");
	check_is(sendsig(fd, SIGKILL, NULL), -ESRCH, "signal by it");
}

/* Its own tasks, which it names itself; the handle of one goes out. */
static void own(void *arg)
{
	const struct guest *g = arg;
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
	siginfo_t info = { 0 };
	int fd = -1, self = pidfd_open_(getpid()), theirs = pidfd_open_(g->pid);
	pid_t pid;

	check(theirs >= 0 && self >= 0, "pidfd_open of own tasks");
	check_is(sendsig(theirs, 0, NULL), 0, "signal a fellow");
	check_is(fdinfo(theirs, "Pid:\t"), g->pid, "its number is shown");
	check_is(madvise_(self), 4096, "process_madvise of oneself");
	check_is(err(syscall(SYS_process_mrelease, self, 0)), -EINVAL, "process_mrelease of who does not die");

	args.pidfd = (uintptr_t)&fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		pause();
		_exit(0);
	}
	check(pid > 0 && fd >= 0, "clone3 with a pidfd");
	check_is(fdinfo(fd, "Pid:\t"), pid, "of the child");
	check_is(sendsig(fd, SIGKILL, NULL), 0, "kill the child by it");
	check(!waitid(P_PIDFD, fd, &info, WEXITED) && info.si_pid == pid, "wait for it");
	check_is(fdinfo(fd, "Pid:\t"), -1, "and it has no number any more");
	check(send_fd(sock[1], theirs), "a pidfd goes out");
}

/* The end of a task elsewhere may be waited for. */
static void wait_end(void *arg)
{
	struct pollfd poll1 = { *(int *)arg, POLLIN, 0 };

	check(send_fd(sock[1], poll1.fd), "ready");
	check(poll(&poll1, 1, 5000) == 1 && (poll1.revents & POLLIN), "the end of a task elsewhere is seen");
	check_is(sendsig(poll1.fd, 0, NULL), -ESRCH, "nothing is left");
}

static void watch(void *arg)
{
	const int *fd = arg;

	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), VS_ID_WATCH, "become the spectator");
	check_is(fdinfo(fd[0], "Pid:\t"), a.pid, "the spectator sees whose a pidfd is");
	check_is(sendsig(fd[0], 0, NULL), -ESRCH, "and does not signal by it");
	check_is(err(syscall(SYS_pidfd_getfd, fd[0], 0, 0)), -EPERM, "nor takes a descriptor");
}

static void host(void)
{
	int fd = recv_fd(sock[0]), taken;
	char link[128] = "", path[64];

	check(fd >= 0, "a pidfd of A's comes to the host");
	check_is(fdinfo(fd, "Pid:\t"), a.pid, "which sees the number");
	check_is(sendsig(fd, 0, NULL), 0, "signals by it");
	taken = syscall(SYS_pidfd_getfd, fd, 0, 0);
	check(taken >= 0, "and takes a descriptor");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", taken);
	check(readlink(path, link, sizeof(link) - 1) > 0, "of %s", link);
	close(taken);
	in_child(watch, &fd);
	/* And back in, to where it came from and elsewhere. */
	close(fd);
}

static void back(void *arg)
{
	int fd = recv_fd(sock[1]);

	check_is(sendsig(fd, 0, NULL), 0, "a pidfd that the host made of A's task works in A");
	check_is(fdinfo(fd, "Pid:\t"), a.pid, "and shows the number");
	check(send_fd(sock[1], fd), "send it on");
}

static void second(void *arg)
{
	useless(recv_fd(sock[1]), "A, which A has sent,");
}

static void ending(void)
{
	pid_t pid = fork(), child;
	int fd, echo;

	if (!pid) {
		pause();
		_exit(0);
	}
	fd = pidfd_open_(pid);
	child = fork();
	if (!child) {
		in_guest(&a, wait_end, &fd);
		_exit(0);
	}
	echo = recv_fd(sock[0]);
	close(echo);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	waitpid(child, NULL, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	static const char *const from_a[] = { "the host", "B" }, *const from_b[] = { "the host", "A" };
	char path[64];
	int fd[3], i;

	test_sleeper(argc, argv);
	test_begin();
	canary = fork();
	if (!canary) {
		setsid();
		for (;;)
			pause();
	}
	check(guest_start(&a) && guest_start(&b) && !socketpair(AF_UNIX, SOCK_DGRAM, 0, sock),
	      "guests A and B start");
	snprintf(path, sizeof(path), "/proc/%d", canary);
	fd[0] = pidfd_open_(canary);
	fd[2] = open(path, O_RDONLY | O_DIRECTORY);
	for (i = 0; i < 2; i++) {
		fd[1] = pidfd_open_(i ? a.pid : b.pid);
		send_fd(sock[0], fd[0]);
		send_fd(sock[0], fd[1]);
		send_fd(sock[0], fd[2]);
		in_guest(i ? &b : &a, foreign, (void *)(i ? from_b : from_a));
		close(fd[1]);
	}
	in_guest(&a, own, &a);
	host();
	fd[1] = pidfd_open_(a.pid);
	send_fd(sock[0], fd[1]);
	in_guest(&a, back, NULL);
	close(fd[1]);
	fd[1] = recv_fd(sock[0]);
	send_fd(sock[0], fd[1]);
	in_guest(&b, second, NULL);
	ending();
	check(alive(canary) && alive(a.pid) && alive(b.pid), "nobody was hit");
	guest_stop(&a);
	guest_stop(&b);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	return test_end();
}
