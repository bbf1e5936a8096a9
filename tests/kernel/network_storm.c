// SPDX-License-Identifier: GPL-2.0
/*
 * A storm on the addresses of four contexts: workers move between contexts and
 * the host and bind, listen, connect, accept, send and close there, with TCP
 * and UDP, IPv4 and IPv6, one port or few for all; one takes addresses away and
 * gives them back, another makes and ends contexts. Each result must be one
 * that the race allows. What is a context's stays there: a socket never ends
 * up on an address that its context cannot have. In the end no port, no
 * context and no socket is left.
 *
 * VS_STORM is the number of operations. Native only: the races are the
 * kernel's, whatever the size of a pointer.
 */
#include <fcntl.h>
#include "network.h"

#define NIDS	4
#define FIRST	3031
#define WORKERS	6
#define SHORT	20000
#define PORT	8300
#define PORTS	3
#define OPEN	8

enum { BIND, LISTEN, CONNECT, ACCEPT, SEND, RECEIVE, NAME, MIGRATE, ADD, REMOVE, MAKE, END, KINDS };

/* What may come out beside success; reads and accepts do not wait. */
static const struct {
	const char	*name;
	int		may[10];
} kinds[KINDS] = {
	[BIND]		= { "bind", { EADDRINUSE, EADDRNOTAVAIL, EINVAL } },
	[LISTEN]	= { "listen", { EADDRINUSE, EADDRNOTAVAIL, EINVAL } },
	/* EPERM: no address to send from; EAGAIN: no port on one that is lost; the rest was on its way. */
	[CONNECT]	= { "connect", { EINPROGRESS, ECONNREFUSED, EADDRNOTAVAIL, ECONNABORTED,
					 ECONNRESET, EPERM, EALREADY, EISCONN, EPIPE, EAGAIN } },
	[ACCEPT]	= { "accept", { EAGAIN, EINVAL, ECONNABORTED } },
	[SEND]		= { "send", { EAGAIN, EPIPE, ECONNRESET, ECONNREFUSED, ECONNABORTED, ENOTCONN,
				      EPERM, EDESTADDRREQ } },
	[RECEIVE]	= { "receive", { EAGAIN, ENOTCONN, ECONNRESET, ECONNREFUSED, ECONNABORTED } },
	[NAME]		= { "getsockname" },
	[MIGRATE]	= { "migrate", { ESRCH, EFAULT } },
	[ADD]		= { "add an address", { ESRCH, EEXIST } },
	[REMOVE]	= { "remove an address", { ESRCH, EADDRNOTAVAIL } },
	[MAKE]		= { "make a context", { EEXIST, EBUSY } },
	[END]		= { "end a context", { ESRCH } },
};

static struct {
	long	left;
	long	done[KINDS], good[KINDS];
	long	odd, stray;
	int	odd_kind, odd_error;
} *shared;

static unsigned long long state;

static unsigned int rnd(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % n;
}

static bool go_on(void)
{
	return __atomic_sub_fetch(&shared->left, 1, __ATOMIC_RELAXED) > 0;
}

static long tell(int kind, long ret)
{
	int i;

	__atomic_add_fetch(&shared->done[kind], 1, __ATOMIC_RELAXED);
	if (ret >= 0) {
		__atomic_add_fetch(&shared->good[kind], 1, __ATOMIC_RELAXED);
		return ret;
	}
	for (i = 0; i < 10; i++)
		if (kinds[kind].may[i] == -ret)
			return ret;
	if (!__atomic_fetch_add(&shared->odd, 1, __ATOMIC_RELAXED)) {
		shared->odd_kind = kind;
		shared->odd_error = -ret;
	}
	return ret;
}

/* Address @which (0, 1) of context number @i. */
static void address(char *text, int i, int which, bool v6)
{
	sprintf(text, v6 ? "fd98::%d" : "10.98.0.%d", 10 * (i + 1) + which);
}

/* Somewhere to bind or connect to: own, another's, all, loopback. */
static socklen_t somewhere(union addr *a, bool v6, bool to, int in)
{
	char text[40];

	switch (rnd(4)) {
	case 0:
		strcpy(text, v6 ? "::" : "0.0.0.0");
		break;
	case 1:
		strcpy(text, v6 ? "::1" : "127.0.0.1");
		break;
	default:
		address(text, in >= 0 && rnd(3) ? in : (int)rnd(NIDS), rnd(2), v6);
	}
	return addr_of(a, text, to || rnd(4) ? PORT + rnd(PORTS) : 0);
}

/* On what context number @i may be: its addresses, the loopback, nothing. */
static bool belongs(const union addr *a, int i)
{
	char text[40];
	int which;

	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr)) {
		union addr v4 = { .v4 = { .sin_family = AF_INET } };

		memcpy(&v4.v4.sin_addr, &a->v6.sin6_addr.s6_addr[12], 4);
		return belongs(&v4, i);
	}
	strcpy(text, addr_text(a));
	if (!strcmp(text, "0.0.0.0") || !strcmp(text, "::") || !strcmp(text, "127.0.0.1") ||
	    !strcmp(text, "::1"))
		return true;
	for (which = 0; which < 2; which++) {
		char own[40];

		address(own, i, which, a->sa.sa_family == AF_INET6);
		if (!strcmp(text, own))
			return true;
	}
	return false;
}

static void use(int *fds, int in)
{
	int *fd = &fds[rnd(OPEN)], i;
	bool v6 = rnd(2);
	union addr a;
	socklen_t len;
	char buf[64] = "storm";
	int n, one = 1;

	switch (rnd(10)) {
	case 0:
	case 1:
		len = somewhere(&a, v6, false, in);
		n = socket(a.sa.sa_family, (rnd(3) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (n < 0)
			break;
		if (rnd(2))
			setsockopt(n, SOL_SOCKET, rnd(3) ? SO_REUSEADDR : SO_REUSEPORT, &one, sizeof(one));
		/* What the host closes leaves nothing that waits, so that its ports are free in the end. */
		if (in < 0)
			setsockopt(n, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
		/* With port 0: an address and no port until one is needed. */
		if (!rnd(3))
			setsockopt(n, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
		if (rnd(2))
			setsockopt(n, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		if (*fd >= 0)
			close(*fd);
		*fd = n;
		if (rnd(4) && tell(BIND, err(bind(n, &a.sa, len))) < 0)
			break;
		if (rnd(4))
			listen(n, 8);
		break;
	case 2:
		n = listen(*fd, 8);
		if (*fd >= 0 && !(n < 0 && errno == EOPNOTSUPP))
			tell(LISTEN, err(n));
		break;
	case 3:
	case 4:
		len = sizeof(a);
		if (*fd < 0 || getsockname(*fd, &a.sa, &len))
			break;
		len = somewhere(&a, a.sa.sa_family == AF_INET6, true, in);
		n = connect(*fd, &a.sa, len);
		/* What was wanted beforehand, a listener's state, is no result of a race. */
		if (!(n < 0 && (errno == EISCONN || errno == EINVAL || errno == ENETUNREACH)))
			tell(CONNECT, err(n));
		break;
	case 5:
		/* On all that listen, so that some have something to accept. */
		for (i = 0; i < OPEN; i++) {
			n = accept4(fds[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
			if (n < 0 && (errno == EOPNOTSUPP || errno == EBADF))
				continue;
			tell(ACCEPT, err(n));
			if (n >= 0) {
				if (*fd >= 0)
					close(*fd);
				*fd = n;
			}
		}
		break;
	case 6:
		if (*fd >= 0)
			tell(SEND, err(send(*fd, buf, sizeof(buf), MSG_NOSIGNAL)));
		break;
	case 7:
		if (*fd >= 0)
			tell(RECEIVE, err(recv(*fd, buf, sizeof(buf), 0)));
		break;
	case 8:
		len = sizeof(a);
		if (*fd < 0 || tell(NAME, err(getsockname(*fd, &a.sa, &len))) < 0)
			break;
		if (in >= 0 && !belongs(&a, in))
			__atomic_add_fetch(&shared->stray, 1, __ATOMIC_RELAXED);
		break;
	case 9:
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

/* A life in one context: whoever has entered stays. */
static void live(void)
{
	int fd[OPEN], i, in = (int)rnd(NIDS + 1) - 1, steps = 50 + rnd(200);

	for (i = 0; i < OPEN; i++)
		fd[i] = -1;
	/* Some sockets are the host's, and stay so. */
	for (i = 0; i < 4; i++)
		use(fd, -1);
	for (i = 0; i < OPEN; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
	if (in >= 0 && tell(MIGRATE, vs(VCMD_net_migrate, FIRST + in, NULL)) < 0)
		return;
	while (steps-- && go_on())
		use(fd, in);
	/* What is open is closed by the end, in no order. */
}

static void worker(void)
{
	while (go_on()) {
		pid_t pid = fork();

		if (!pid) {
			state = (unsigned long long)getpid() * 2862933555777941757ULL + 12345;
			live();
			_exit(0);
		}
		rnd(2);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static void changer(void)
{
	char text[40];

	while (go_on()) {
		int i = rnd(NIDS), which = rnd(2);
		bool v6 = rnd(2);
		long ret;

		address(text, i, which, v6);
		if (rnd(2)) {
			ret = v6 ? net_add6(FIRST + i, text, 64) : net_add4(FIRST + i, text, "255.255.255.0");
			tell(ADD, ret);
		} else {
			ret = v6 ? net_rem6(FIRST + i, text, 64) : net_rem4(FIRST + i, text, "255.255.255.0");
			tell(REMOVE, ret);
		}
		usleep(rnd(3000));
	}
}

/* The last context comes and goes. */
static void maker(void)
{
	while (go_on()) {
		char text[40];

		tell(MAKE, net_make(FIRST + NIDS - 1, NXF_TEST));
		address(text, NIDS - 1, 0, false);
		tell(ADD, net_add4(FIRST + NIDS - 1, text, "255.255.255.0"));
		usleep(rnd(20000));
		tell(END, net_set_flags(FIRST + NIDS - 1, 0, NXF_PERSISTENT));
		usleep(rnd(5000));
	}
}

static pid_t start(void (*fn)(void))
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		state = (unsigned long long)getpid() * 2862933555777941757ULL + time(NULL);
		fn();
		_exit(0);
	}
	return pid;
}

int main(int argc, char **argv)
{
	const char *wanted = getenv("VS_STORM");
	long ops = wanted && atol(wanted) > 0 ? atol(wanted) : SHORT;
	pid_t pids[WORKERS + 2];
	int i, which, status, bad = 0, left = 0;
	char text[80];

	test_sleeper(argc, argv);
	test_begin();
	check(sh("ip link add vst1 type dummy && ip link set vst1 up && ip link set lo up"), "a device");
	for (i = 0; i < NIDS; i++) {
		check_is(net_make(FIRST + i, NXF_TEST), 0, "a context");
		for (which = 0; which < 4; which++) {
			char cmd[160];
			bool v6 = which & 2;

			address(text, i, which & 1, v6);
			sprintf(cmd, "ip addr add %s/%d dev vst1%s", text, v6 ? 64 : 24, v6 ? " nodad" : "");
			bad += !sh(cmd);
			bad += (v6 ? net_add6(FIRST + i, text, 64) :
				     net_add4(FIRST + i, text, "255.255.255.0")) != 0;
		}
	}
	check_is(bad, 0, "their addresses");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared->left = ops;
	for (i = 0; i < WORKERS; i++)
		pids[i] = start(worker);
	pids[i++] = start(changer);
	pids[i] = start(maker);
	for (bad = i = 0; i < WORKERS + 2; i++)
		bad += waitpid(pids[i], &status, 0) != pids[i] || status;
	check_is(bad, 0, "all workers come to their end");
	check(!shared->odd, "every result is one that may be: %ld are not%s%s %s", shared->odd,
	      shared->odd ? "; the first: " : "", shared->odd ? kinds[shared->odd_kind].name : "",
	      shared->odd ? strerrorname_np(shared->odd_error) : "");
	check_is(shared->stray, 0, "no socket was on an address of another context");
	for (i = 0; i < KINDS; i++) {
		printf("# %-18s %8ld, %ld succeeded\n", kinds[i].name, shared->done[i], shared->good[i]);
		if (ops >= SHORT)
			check(shared->good[i] > 0, "some succeed: %s", kinds[i].name);
	}

	for (i = 0; i < NIDS; i++)
		net_set_flags(FIRST + i, 0, NXF_PERSISTENT);
	for (i = 0; i < NIDS; i++) {
		sprintf(text, "/proc/virtnet/%d", FIRST + i);
		left += !wait_until(access(text, F_OK));
	}
	check_is(left, 0, "all contexts end");
	/* The host may now have each of the ports, which nobody holds. */
	for (bad = i = 0; i < PORTS; i++) {
		bad += !wait_until(made(listening("::", PORT + i)) == 0);
		bad += !wait_until(made(bound("::", PORT + i, SOCK_DGRAM)) == 0);
	}
	check_is(bad, 0, "all ports are free");
	check(sh("ip link del vst1"), "the device goes");
	return test_end();
}
