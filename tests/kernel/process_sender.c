// SPDX-License-Identifier: GPL-2.0
/*
 * Who has sent this? A signal or a message from outside has the number 0 in a
 * guest; the host is told the real one.
 */
#include <sys/signalfd.h>
#include <sys/un.h>
#include "handles.h"

static struct guest a = { .xid = 1511 }, b = { .xid = 1512 },
	admin = { .xid = 1513, .bcaps = TEST_BCAPS | 1ULL << 21 /* SYS_ADMIN */ };
static int sock[2];
static pid_t canary;
static char path[64];

static void block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* The sender of the next @sig, or a negative errno. */
static long sender(int sig, siginfo_t *info)
{
	struct timespec wait = { 5, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	memset(info, 0, sizeof(*info));
	info->si_pid = -1;
	return sigtimedwait(&set, info, &wait) == sig ? info->si_pid : -errno;
}

static void receiver(void *arg)
{
	pid_t self = getpid();
	struct signalfd_siginfo sfd;
	siginfo_t info;
	sigset_t set;
	int fd;

	block();
	if (write(sock[1], &self, sizeof(self)) != sizeof(self))
		_exit(1);
	check_is(sender(SIGUSR1, &info), 0, "kill of the host's is from 0");
	check(info.si_code == SI_USER && info.si_uid == getuid(), "with the user");
	check_is(sender(SIGUSR2, &info), 0, "tgkill of the host's is from 0");
	check_is(sender(SIGRTMIN, &info), 0, "so is sigqueue");
	check(info.si_code == SI_QUEUE && info.si_value.sival_int == 42, "which keeps its value");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	fd = signalfd(-1, &set, 0);
	if (write(sock[1], &self, sizeof(self)) != sizeof(self))
		_exit(1);
	check(read(fd, &sfd, sizeof(sfd)) == sizeof(sfd) && sfd.ssi_pid == 0, "a signalfd says 0 as well");
	/* Fellows and oneself have numbers. */
	check_is(err(kill(self, SIGUSR1)), 0, "signal oneself");
	check_is(sender(SIGUSR1, &info), self, "that is from oneself");
	if (!fork()) {
		kill(self, SIGUSR2);
		_exit(0);
	}
	check(sender(SIGUSR2, &info) > 0 && waitpid(-1, NULL, 0) == info.si_pid, "from a child by its number");
}

static void signals(void)
{
	union sigval value = { .sival_int = 42 };
	pid_t pid = 0, child = fork();

	if (!child) {
		in_guest(&a, receiver, NULL);
		_exit(0);
	}
	if (read(sock[0], &pid, sizeof(pid)) != sizeof(pid))
		exit(1);
	kill(pid, SIGUSR1);
	syscall(SYS_tgkill, pid, pid, SIGUSR2);
	sigqueue(pid, SIGRTMIN, value);
	if (read(sock[0], &pid, sizeof(pid)) != sizeof(pid))
		exit(1);
	kill(pid, SIGUSR1);
	waitpid(child, NULL, 0);
}

/* A child that has entered, and its parent outside. */
static void enter_and_die(void *arg)
{
	if (vs(VCMD_ctx_migrate, a.xid, NULL))
		_exit(1);
	_exit(5);
}

static void parent_outside(void)
{
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (!pid)
		enter_and_die(NULL);
	check_is(sender(SIGCHLD, &info), pid, "SIGCHLD of a child in a guest is from its number");
	check(waitpid(pid, NULL, 0) == pid, "wait finds it");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A parent that has entered, and its child outside. */
static void parent_inside(void *arg)
{
	siginfo_t info;
	sigset_t set;
	int fd[2];
	pid_t pid;
	char c;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe(fd))
		_exit(1);
	pid = fork();
	if (!pid) {
		if (read(fd[0], &c, 1) != 1)
			_exit(1);
		_exit(6);
	}
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "a parent enters");
	check_is(err(kill(pid, 0)), -ESRCH, "its child stays outside");
	if (write(fd[1], "x", 1) != 1)
		_exit(1);
	check_is(sender(SIGCHLD, &info), pid, "it is told who died");
	check(waitpid(pid, NULL, 0) == pid, "and can reap it");
}

static long peer_of(int fd)
{
	struct ucred cred = { -1, -1, -1 };
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) ? -errno : cred.pid;
}

static int connect_to(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		check(false, "connect: %m");
	return fd;
}

/* The pid in the credentials of the message that waits. */
static long creds_in(int fd)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] = "", c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct ucred cred;

	if (recvmsg(fd, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -EBADMSG;
	memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(cred));
	return cred.pid;
}

static void client(void *arg)
{
	int fd = connect_to(), on = 1;

	check_is(peer_of(fd), 0, "the listener outside has no number");
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (write(fd, "x", 1) != 1)
		_exit(1);
	check_is(creds_in(fd), 0, "nor has the sender of a message");
}

static void messages(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd, on = 1;
	pid_t child;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&sun, sizeof(sun)) || listen(listener, 1))
		check(false, "listen: %m");
	chmod(path, 0777);
	child = fork();
	if (!child) {
		in_guest(&a, client, NULL);
		_exit(0);
	}
	fd = accept(listener, NULL, NULL);
	check(peer_of(fd) > 0, "the host sees its client's number");
	check(creds_in(fd) > 0, "and that of the sender of a message");
	if (write(fd, "x", 1) != 1)
		exit(1);
	waitpid(child, NULL, 0);
	close(fd);
	close(listener);
	unlink(path);
}

/* With CAP_SYS_ADMIN one may name others as the sender, but only one's own. */
static void forge(void *arg)
{
	check_is(scm(admin.pid), admin.pid, "send in the name of a fellow");
	check_is(scm(canary), -ESRCH, "not in that of a task of the host");
	check_is(scm(b.pid), -ESRCH, "nor of another guest's");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	snprintf(path, sizeof(path), "/var/tmp/vs-sender-%d", getpid());
	canary = fork();
	if (!canary) {
		setsid();
		for (;;)
			pause();
	}
	check(guest_start(&a) && guest_start(&b) && guest_start(&admin) &&
	      !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock), "three guests start");
	signals();
	parent_outside();
	in_child(parent_inside, NULL);
	messages();
	in_guest(&admin, forge, NULL);
	guest_stop(&a);
	guest_stop(&b);
	guest_stop(&admin);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	return test_end();
}
