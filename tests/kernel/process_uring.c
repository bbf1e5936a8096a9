// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring does things later, by other threads, for whoever holds the ring. In a
 * guest all of them are the guest; in foreign hands a ring is of no use.
 */
#include <dirent.h>
#include "handles.h"
#include "ring.h"

static struct guest a = { .xid = 1601 }, b = { .xid = 1602 };
static pid_t canary;
static int sock[2];

/* The context of each thread of the caller: how many, and are all of @xid? */
static int threads(unsigned int xid, int *others)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *d;
	char path[300];
	int n = 0;

	*others = 0;
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", d->d_name);
		n++;
		if (number_in(path, "\nVxID:\t") != (long)xid)
			(*others)++;
	}
	if (dir)
		closedir(dir);
	return n;
}

/* The number of tasks that the context has. */
static int members(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/virtual/%u/status", a.xid);
	return number_in(path, "Tasks:\t");
}

/* What a guest may not, it may not through a ring either, whoever does the work. */
static void refused(struct ring *r, unsigned int flags, const char *how)
{
	struct io_uring_sqe sqe;
	char path[64], what[128];
	int n, others;

#define WHAT(name)	(snprintf(what, sizeof(what), "%s: " name, how), what)
	sqe = ring_open("/proc/sys/kernel/pid_max", O_WRONLY);
	sqe.flags = flags;
	check_is(ring_do(r, &sqe), -EACCES, WHAT("open a sysctl for writing"));
	snprintf(path, sizeof(path), "/proc/%d/status", canary);
	sqe = ring_open(path, O_RDONLY);
	sqe.flags = flags;
	check_is(ring_do(r, &sqe), -ENOENT, WHAT("open a host's task in /proc"));
	sqe = ring_open("/dev/console", O_RDWR | O_NOCTTY);
	sqe.flags = flags;
	check_is(ring_do(r, &sqe), -EPERM, WHAT("open the console"));
	sqe = ring_open("/dev/null", O_RDWR);
	sqe.flags = flags;
	check(ring_do(r, &sqe) >= 0, "%s: open /dev/null", how);
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_SOCKET, .fd = AF_VSOCK, .off = SOCK_STREAM, .flags = flags };
	check_is(ring_do(r, &sqe), -EAFNOSUPPORT, WHAT("a socket that is not for guests"));
	sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_FSETXATTR, .fd = STDIN_FILENO, .flags = flags,
		.addr = (uintptr_t)"trusted.x", .addr2 = (uintptr_t)"x", .len = 1,
	};
	check_is(ring_do(r, &sqe), -EPERM, WHAT("an attribute that asks for SYS_ADMIN"));
	n = threads(a.xid, &others);
	check(!others, "%s: all %d threads are in the guest", how, n);
#undef WHAT
}

static void inside(void *arg)
{
	struct ring r, s, t, disabled;
	int before, n, others;
	long ret;

	before = members();
	check_is(ring_make(&r, 0, 0), 0, "a guest makes a ring");
	refused(&r, 0, "at once");
	refused(&r, IOSQE_ASYNC, "by a worker");
	n = threads(a.xid, &others);
	check(n > 1 && members() > before, "the workers are counted in the guest (%d)", n);

	before = members();
	check_is(ring_make(&s, IORING_SETUP_SQPOLL, 0), 0, "a ring with a thread of its own");
	check(members() == before + 1, "the thread is counted in the guest");
	refused(&s, 0, "by the polling thread");
	refused(&s, IOSQE_ASYNC, "by a worker of the polling thread");
	before = members();
	ret = ring_make(&t, IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ, s.fd);
	check_is(ret, 0, "another ring on the same thread");
	check(members() == before, "no thread more");
	refused(&t, 0, "by the shared thread");
	check_is(ring_make(&disabled, IORING_SETUP_R_DISABLED, 0), 0, "a ring to be enabled");
	check_is(ring_register(disabled.fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0), 0, "enable it");
	ring_close(&t);
	ring_close(&s);
}

/* Held by somebody else: the descriptor is all that one has. */
static void elsewhere(struct ring *theirs, const char *who)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_MSG_RING, .fd = theirs->fd, .len = 7, .off = 8 };
	struct ring own, attached;
	char what[128];
	int fds[1] = { -1 };

#define WHAT(name)	(snprintf(what, sizeof(what), "%s: " name, who), what)
	check_is(ring_enter(theirs->fd, 1, 0), -EPERM, WHAT("enter"));
	check_is(ring_enter(theirs->fd, 0, 0), -EPERM, WHAT("enter for nothing"));
	check_is(ring_register(theirs->fd, IORING_REGISTER_FILES, fds, 1), -EPERM, WHAT("register files"));
	check_is(ring_register(theirs->fd, IORING_REGISTER_PERSONALITY, NULL, 0), -EPERM,
		 WHAT("register a personality"));
	check_is(ring_register(theirs->fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0), -EPERM, WHAT("enable"));
	check_is(ring_map(theirs) ? 0 : -errno, -EPERM, WHAT("map"));
	check_is(ring_make(&own, 0, 0), 0, WHAT("an own ring"));
	check_is(ring_do(&own, &sqe), -EPERM, WHAT("send it a message"));
	sqe.flags = IOSQE_ASYNC;
	check_is(ring_do(&own, &sqe), -EPERM, WHAT("the same by a worker"));
	check_is(ring_make(&attached, IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ, theirs->fd), 0,
		 WHAT("ask for its thread"));
	check(attached.fd >= 0 && fdinfo(attached.fd, "SqThread:\t") != fdinfo(theirs->fd, "SqThread:\t"),
	      "%s: and get another", who);
	ring_close(&attached);
	ring_close(&own);
#undef WHAT
}

static void in_b(void *arg)
{
	struct ring theirs = *(struct ring *)arg;

	elsewhere(&theirs, "guest B");
}

static void pass_out(void *arg)
{
	struct ring *r = arg;

	check_is(ring_make(r, IORING_SETUP_SQPOLL, 0), 0, "A makes a ring");
	r->p.resv[0] = getpid();
	if (write(sock[1], r, sizeof(*r)) != sizeof(*r))
		_exit(1);
	/* It stays for as long as the others try. */
	if (read(sock[1], r, 1) != 1)
		_exit(1);
}

/* A unix socket does not pass rings; a fork does, and the host may take descriptors. */
static void passed(void)
{
	struct ring r, own;
	int pidfd;
	pid_t pid = fork();

	if (!pid) {
		in_guest(&a, pass_out, &r);
		_exit(0);
	}
	if (read(sock[0], &r, sizeof(r)) != sizeof(r))
		exit(1);
	pidfd = syscall(SYS_pidfd_open, r.p.resv[0], 0);
	r.fd = syscall(SYS_pidfd_getfd, pidfd, r.fd, 0);
	check(r.fd >= 0, "the host takes A's ring");
	own = r;
	elsewhere(&own, "host");
	in_guest(&b, in_b, &r);
	if (write(sock[0], "x", 1) != 1)
		exit(1);
	waitpid(pid, NULL, 0);
	close(r.fd);
	close(pidfd);
	/* And in: a ring of the host's. */
	check_is(ring_make(&own, IORING_SETUP_SQPOLL, 0), 0, "the host makes a ring");
	in_guest(&b, in_b, &own);
	ring_close(&own);
}

/*
 * Workers started before the entry must not do what is asked for after it. The
 * mapping of the host's ring stays until exec, and the ring's own fate is told
 * by the refused entry.
 */
static void enter_with_workers(void *arg)
{
	struct io_uring_sqe sqe = ring_open("/dev/null", O_RDONLY);
	struct ring before, after;
	int n, others;

	sqe.flags = IOSQE_ASYNC;
	check_is(ring_make(&before, 0, 0), 0, "on the host: a ring");
	check(ring_do(&before, &sqe) >= 0, "used by a worker");
	n = threads(0, &others);
	check(n > 1 && !others, "on the host there are %d threads", n);
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "enter A");
	check_is(ring_enter(before.fd, 0, 0), -EPERM, "the old ring stays outside");
	check(wait_until((n = threads(a.xid, &others)) == 1) && !others, "the workers are gone (%d)", n);
	check_is(ring_make(&after, 0, 0), 0, "in A: a new ring");
	refused(&after, IOSQE_ASYNC, "after entry, by a worker");
}

/* The same for a network context alone. */
static void enter_network(void *arg)
{
	struct io_uring_sqe sqe = ring_open("/dev/null", O_RDONLY);
	struct ring before;
	int n, others;

	sqe.flags = IOSQE_ASYNC;
	check_is(ring_make(&before, 0, 0), 0, "on the host: a ring");
	check(ring_do(&before, &sqe) >= 0, "used by a worker");
	check_is(vs(VCMD_net_create, 1603, NULL), 1603, "make a network context");
	check_is(ring_enter(before.fd, 0, 0), -EPERM, "the old ring stays outside");
	check(wait_until((n = threads(0, &others)) == 1) && !others, "the workers are gone (%d)", n);
}

/* A personality is credentials kept in the ring; it keeps the context, too. */
static void personality(void *arg)
{
	struct io_uring_sqe sqe = ring_open("/dev/console", O_RDWR | O_NOCTTY);
	struct ring r;
	long id;

	check_is(ring_make(&r, 0, 0), 0, "a ring");
	id = ring_register(r.fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	check(id > 0, "register root of the guest as a personality (%ld)", id);
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	sqe.personality = id;
	check_is(ring_do(&r, &sqe), -EPERM, "as root of the guest: the console");
	sqe.flags = IOSQE_ASYNC;
	check_is(ring_do(&r, &sqe), -EPERM, "the same by a worker");
	sqe = ring_open("/proc/sys/kernel/pid_max", O_WRONLY);
	sqe.personality = id;
	check_is(ring_do(&r, &sqe), -EACCES, "a sysctl");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	canary = fork();
	if (!canary) {
		setsid();
		for (;;)
			pause();
	}
	check(guest_start(&a) && guest_start(&b) && !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock),
	      "guests A and B start");
	in_guest(&a, inside, NULL);
	passed();
	in_child(enter_with_workers, NULL);
	in_child(enter_network, NULL);
	in_guest(&a, personality, NULL);
	check(alive(canary), "the host's task lives");
	guest_stop(&a);
	guest_stop(&b);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	return test_end();
}
