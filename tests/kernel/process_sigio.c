// SPDX-License-Identifier: GPL-2.0
/*
 * Owners of files: whom SIGIO and SIGURG reach. What counts is who set the
 * owner, not who opened the file, and it is asked when the signal is sent,
 * often from an interrupt.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "harness.h"

#ifndef SIOCSPGRP
#define FIOSETOWN	0x8901
#define SIOCSPGRP	0x8902
#define FIOGETOWN	0x8903
#define SIOCGPGRP	0x8904
#endif

static struct guest a = { .xid = 1631 };
static struct guest b = { .xid = 1632 };

static struct {
	int	host_hits;
	int	a_hits;
	pid_t	a_pid;
} *shared;

static int pair[2];	/* sockets of the host that guests hold, too */
static int *hits;	/* the caller's own counter */

static void on_signal(int sig)
{
	__atomic_add_fetch(hits, 1, __ATOMIC_SEQ_CST);
}

static long ioctl_pid(int fd, unsigned int cmd, pid_t pid)
{
	return err(ioctl(fd, cmd, &pid));
}

/* In A: name somebody outside as the owner. */
static void foreign(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	struct f_owner_ex ex = { F_OWNER_PID, pid };

	check_is(err(fcntl(pair[0], F_SETOWN, pid)), -ESRCH, "F_SETOWN to a task outside");
	check_is(err(fcntl(pair[0], F_SETOWN, -pid)), -ESRCH, "F_SETOWN to a group outside");
	check_is(err(fcntl(pair[0], F_SETOWN_EX, &ex)), -ESRCH, "F_SETOWN_EX to a process");
	ex.type = F_OWNER_TID;
	check_is(err(fcntl(pair[0], F_SETOWN_EX, &ex)), -ESRCH, "F_SETOWN_EX to a thread");
	ex.type = F_OWNER_PGRP;
	check_is(err(fcntl(pair[0], F_SETOWN_EX, &ex)), -ESRCH, "F_SETOWN_EX to a group");
	check_is(ioctl_pid(pair[0], FIOSETOWN, pid), -ESRCH, "FIOSETOWN");
	check_is(ioctl_pid(pair[0], SIOCSPGRP, pid), -ESRCH, "SIOCSPGRP");
	check_is(err(fcntl(pair[0], F_SETOWN, 0)), 0, "no owner is always possible");
	check_is(err(fcntl(pair[0], F_SETOWN, getpid())), 0, "and the caller itself");
	check_is(err(fcntl(pair[0], F_GETOWN)), getpid(), "who is shown");
	check_is(err(fcntl(pair[0], F_SETOWN, a.pid)), 0, "and another task of the guest");
	check_is(err(fcntl(pair[0], F_GETOWN)), a.pid, "which is shown as well");
}

/* The owner set by the host is none of A's business. */
static void getters(void *arg)
{
	struct f_owner_ex ex = { -1, -1 };
	pid_t pid = -1;

	check_is(err(fcntl(pair[1], F_GETOWN)), 0, "F_GETOWN gives 0 for an owner outside");
	check_is(err(fcntl(pair[1], F_GETOWN_EX, &ex)), 0, "F_GETOWN_EX");
	check_is(ex.pid, 0, "gives 0");
	check_is(err(ioctl(pair[1], FIOGETOWN, &pid)), 0, "FIOGETOWN");
	check_is(pid, 0, "gives 0");
	pid = -1;
	check_is(err(ioctl(pair[1], SIOCGPGRP, &pid)), 0, "SIOCGPGRP");
	check_is(pid, 0, "gives 0");
}

static void own(const char *who, int fd, pid_t pid, int sig)
{
	check_is(err(fcntl(fd, F_SETOWN, pid)), 0, who);
	check_is(err(fcntl(fd, F_SETSIG, sig)), 0, "and the signal");
	check_is(err(fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK)), 0, "and O_ASYNC");
}

/* A task of A in a process group of the host: the number is visible, its other members are not A's. */
static void group_from_a(void *arg)
{
	char c;

	hits = &shared->a_hits;
	own("A sets the owner of the host's socket to its group", pair[0], -getpgrp(), SIGUSR1);
	check_is(write(pair[1], "x", 1), 1, "something comes");
	check(wait_until(shared->a_hits == 1), "A's task is signalled");
	check_is(shared->host_hits, 0, "the member on the host is not");
	check_is(read(pair[0], &c, 1), 1, "read it");
}

static void group_of_host(void *arg)
{
	char c;

	setpgid(0, 0);
	hits = &shared->host_hits;
	in_guest(&a, group_from_a, NULL);
	check_is(write(pair[1], "x", 1), 1, "something comes from the host");
	usleep(100000);
	check_is(shared->host_hits, 0, "what A has set reaches the host's task neither then");
	check_is(read(pair[0], &c, 1), 1, "read it");

	own("the host sets the same owner", pair[0], -getpgrp(), SIGUSR1);
	check_is(write(pair[1], "x", 1), 1, "something comes");
	check(wait_until(shared->host_hits == 1), "the host's task is signalled");
	check_is(read(pair[0], &c, 1), 1, "read it");
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
}

/* The descriptors of one connection; data comes in from a softirq. */
static bool connection(int fd[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(l, (void *)&sin, len) || listen(l, 1) || getsockname(l, (void *)&sin, &len))
		return false;
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd[0], (void *)&sin, len))
		return false;
	fd[1] = accept(l, NULL, NULL);
	close(l);
	return fd[1] >= 0;
}

static void urgent_from_a(void *arg)
{
	int *fd = arg;

	hits = &shared->a_hits;
	check_is(err(fcntl(fd[0], F_SETOWN, -getpgrp())), 0, "A sets the owner of a TCP socket");
	check_is(send(fd[1], "!", 1, MSG_OOB), 1, "urgent data comes");
	check(wait_until(shared->a_hits == 1), "A's task gets SIGURG");
	check_is(shared->host_hits, 0, "the host's does not");
}

static void urgent(void *arg)
{
	int fd[2];

	setpgid(0, 0);
	hits = &shared->host_hits;
	check(connection(fd), "a TCP connection of the host");
	in_guest(&a, urgent_from_a, fd);
	check_is(err(fcntl(fd[0], F_SETOWN, -getpgrp())), 0, "the host sets the same owner");
	check_is(send(fd[1], "!", 1, MSG_OOB), 1, "urgent data comes");
	check(wait_until(shared->host_hits == 1), "the host's task gets SIGURG");
}

/* The host may direct signals into a guest, as it may kill there. */
static void wait_in_a(void *arg)
{
	hits = &shared->a_hits;
	__atomic_store_n(&shared->a_pid, getpid(), __ATOMIC_SEQ_CST);
	check(wait_until(shared->a_hits == 1), "a task of A is signalled on the host's behalf");
}

static void host_to_a(void)
{
	pid_t pid = fork();
	char c;

	if (!pid) {
		in_guest(&a, wait_in_a, NULL);
		_exit(0);
	}
	check(wait_until(__atomic_load_n(&shared->a_pid, __ATOMIC_SEQ_CST)), "a task of A waits");
	own("the host names it as the owner", pair[0], shared->a_pid, SIGUSR1);
	check_is(write(pair[1], "x", 1), 1, "something comes");
	waitpid(pid, NULL, 0);
	check_is(read(pair[0], &c, 1), 1, "read it");
}

/* A task that set itself as the owner and then went to another context. */
static void moved(void *arg)
{
	char c;

	hits = &shared->a_hits;
	own("a task of the host owns a socket", pair[0], getpid(), SIGUSR1);
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "and enters A");
	check_is(write(pair[1], "x", 1), 1, "something comes");
	check(wait_until(shared->a_hits == 1), "it is still signalled: the host set it");
	check_is(read(pair[0], &c, 1), 1, "read it");
}

static void lease(void *arg)
{
	const int *fd = arg;
	char path[] = "/tmp/vs-lease";
	int file = open(path, O_CREAT | O_RDONLY, 0644);

	hits = &shared->a_hits;
	signal(SIGIO, on_signal);
	check_is(err(fcntl(file, F_SETLEASE, F_RDLCK)), 0, "A has a lease");
	check_is(write(fd[1], "l", 1), 1, "tell the host");
	check(wait_until(shared->a_hits == 1), "the host's open breaks it, and A is told");
	check_is(err(fcntl(file, F_SETLEASE, F_UNLCK)), 0, "give it up");
	unlink(path);
}

static void leases(void)
{
	int fd[2];
	pid_t pid;
	char c;

	if (pipe(fd))
		exit(1);
	pid = fork();
	if (!pid) {
		in_guest(&a, lease, fd);
		_exit(0);
	}
	check_is(read(fd[0], &c, 1), 1, "the lease is there");
	check_is(err(open("/tmp/vs-lease", O_WRONLY | O_NONBLOCK)), -EWOULDBLOCK, "the host opens the file");
	waitpid(pid, NULL, 0);
}

static void reset(void)
{
	shared->host_hits = 0;
	shared->a_hits = 0;
}

int main(int argc, char **argv)
{
	pid_t self = getpid();
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	test_sleeper(argc, argv);
	test_begin();
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	hits = &shared->host_hits;
	check(guest_start(&a) && guest_start(&b), "two guests run");
	check_is(err(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)), 0, "a pair of sockets");
	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGURG, &act, NULL);

	in_guest(&a, foreign, &self);
	in_guest(&a, foreign, &b.pid);
	check_is(err(fcntl(pair[0], F_GETOWN)), a.pid, "the host sees the owner that A has set");
	check_is(err(fcntl(pair[1], F_SETOWN, self)), 0, "the host sets itself as an owner");
	check_is(err(fcntl(pair[1], F_GETOWN)), self, "and sees that");
	in_guest(&a, getters, NULL);
	in_guest(&b, getters, NULL);
	fcntl(pair[1], F_SETOWN, 0);

	in_child(group_of_host, NULL);
	reset();
	in_child(urgent, NULL);
	reset();
	host_to_a();
	reset();
	in_child(moved, NULL);
	reset();
	leases();
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
