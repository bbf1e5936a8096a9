// SPDX-License-Identifier: GPL-2.0
/*
 * Who may have a port: the host and contexts beside each other, sockets that
 * agree to share one, contexts with a common address. See network.h.
 */
#include <linux/filter.h>
#include <netinet/tcp.h>
#include "network.h"

struct bind_case {
	const char *addr;
	int type;
	long want;	/* errno */
};

static void bind_port(void *arg)
{
	const struct bind_case *c = arg;
	char what[96];

	snprintf(what, sizeof(what), "%s to %s port 8082",
		 c->type == SOCK_STREAM ? "TCP" : "UDP", c->addr);
	check_is(made(c->type == SOCK_STREAM ? listening(c->addr, 8082) :
		      bound(c->addr, 8082, SOCK_DGRAM)), c->want, what);
}

static void bind_as(unsigned int nid, const char *addr, int type, long want)
{
	struct bind_case c = { addr, type, want };

	if (nid)
		in_net(nid, bind_port, &c);
	else
		bind_port(&c);
}

/* With one socket bound on the port, what can the others still have? */
static void conflicts(int type)
{
	int fd;

	fd = type == SOCK_STREAM ? listening("0.0.0.0", 8082) : bound("0.0.0.0", 8082, type);
	check(fd >= 0, "the host has the port on any address");
	bind_as(0, "0.0.0.0", type, -EADDRINUSE);
	bind_as(0, "10.99.0.1", type, -EADDRINUSE);
	bind_as(NID_A, "0.0.0.0", type, 0);
	bind_as(NID_A, "10.99.0.11", type, 0);
	bind_as(NID_A, "127.0.0.1", type, 0);
	bind_as(NID_A, "fd99::11", type, 0);
	close(fd);

	fd = type == SOCK_STREAM ? listening("10.99.0.11", 8082) : bound("10.99.0.11", 8082, type);
	check(fd >= 0, "the host has the port on A's address");
	bind_as(NID_A, "10.99.0.11", type, -EADDRINUSE);
	bind_as(NID_A, "0.0.0.0", type, -EADDRINUSE);
	bind_as(NID_A, "::", type, -EADDRINUSE);
	bind_as(NID_A, "fd99::11", type, 0);
	bind_as(NID_A, "127.0.0.1", type, 0);
	bind_as(NID_B, "0.0.0.0", type, 0);
	close(fd);
}

static void hold_port(void *arg)
{
	int *want = arg;	/* type, pipe to wait on, pipe to report to */
	char c;
	int fd = want[0] == SOCK_STREAM ? listening("0.0.0.0", 8082) :
					  bound("0.0.0.0", 8082, want[0]);

	check(fd >= 0, "A has the port on any address");
	if (write(want[2], "r", 1) != 1 || read(want[1], &c, 1) < 0)
		_exit(1);
}

static void conflicts_with_a(int type)
{
	int go[2], ready[2], args[3];
	struct in_net in = { NID_A, hold_port, args };
	pid_t pid;
	char c;

	if (pipe(go) || pipe(ready))
		return;
	args[0] = type;
	args[1] = go[0];
	args[2] = ready[1];
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__in_net(&in);
		_exit(0);
	}
	if (read(ready[0], &c, 1) == 1) {
		bind_as(0, "0.0.0.0", type, 0);
		bind_as(0, "::", type, 0);
		bind_as(0, "10.99.0.1", type, 0);
		bind_as(0, "10.99.0.11", type, -EADDRINUSE);
		bind_as(0, "127.11.195.1", type, -EADDRINUSE);
		bind_as(NID_A, "0.0.0.0", type, -EADDRINUSE);
		bind_as(NID_A, "10.99.0.11", type, -EADDRINUSE);
		bind_as(NID_B, "0.0.0.0", type, 0);
		bind_as(NID_B, "10.99.0.12", type, 0);
		bind_as(1, "0.0.0.0", type, 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(go[0]);
	close(go[1]);
	close(ready[0]);
	close(ready[1]);
}

static int reusing(const char *text, int port, int type, int option)
{
	union addr a;
	socklen_t len = addr_of(&a, text, port);
	int fd = sock_for(text, type), one = 1, e;

	if (setsockopt(fd, SOL_SOCKET, option, &one, sizeof(one)) || bind(fd, &a.sa, len) ||
	    (type == SOCK_STREAM && listen(fd, 1))) {
		e = -errno;
		close(fd);
		return e;
	}
	return fd;
}

struct reuse {
	const char *addr;
	int type, option;
	long want;
	const char *what;
};

static void reuse_one(void *arg)
{
	const struct reuse *r = arg;

	check_is(made(reusing(r->addr, 8083, r->type, r->option)), r->want, r->what);
}

/* Sharing a port takes agreement, and contexts never agree. */
static void sharing(void)
{
	static struct reuse tcp = { "10.99.0.11", SOCK_STREAM, SO_REUSEPORT, -EADDRINUSE,
				    "A joins the host's TCP group" };
	static struct reuse any = { "0.0.0.0", SOCK_STREAM, SO_REUSEPORT, -EADDRINUSE,
				    "A joins with a wildcard" };
	static struct reuse udp = { "10.99.0.11", SOCK_DGRAM, SO_REUSEPORT, -EADDRINUSE,
				    "A joins the host's UDP group" };
	static struct reuse addr = { "10.99.0.11", SOCK_DGRAM, SO_REUSEADDR, -EADDRINUSE,
				     "A shares the host's UDP port" };
	static struct reuse listen = { "10.99.0.11", SOCK_STREAM, SO_REUSEADDR, -EADDRINUSE,
				       "A listens where the host does" };
	int fd = reusing("10.99.0.11", 8083, SOCK_STREAM, SO_REUSEPORT);
	int fd2 = reusing("10.99.0.11", 8083, SOCK_STREAM, SO_REUSEPORT);
	int u = reusing("10.99.0.11", 8083, SOCK_DGRAM, SO_REUSEPORT);
	int v;

	check(fd >= 0 && fd2 >= 0 && u >= 0, "the host shares with itself");
	in_net(NID_A, reuse_one, &tcp);
	in_net(NID_A, reuse_one, &any);
	in_net(NID_A, reuse_one, &udp);
	close(fd);
	close(fd2);
	close(u);
	fd = reusing("10.99.0.11", 8083, SOCK_STREAM, SO_REUSEADDR);
	v = reusing("10.99.0.11", 8083, SOCK_DGRAM, SO_REUSEADDR);
	in_net(NID_A, reuse_one, &addr);
	in_net(NID_A, reuse_one, &listen);
	close(fd);
	close(v);
}

/* Of a group of sockets a program chooses one by number; a group is one context's. */
static int chosen(const char *text, int port)
{
	struct sock_filter second[] = { { BPF_RET | BPF_K, 0, 0, 1 } };
	struct sock_fprog prog = { 1, second };
	int fd = reusing(text, port, SOCK_DGRAM, SO_REUSEPORT);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)))
		return -errno;
	return fd;
}

static int member(const char *text, int port)
{
	return reusing(text, port, SOCK_DGRAM, SO_REUSEPORT);
}

static void check_group(const char *dest, int first, int second, const char *what)
{
	int fd = sock_for(dest, SOCK_DGRAM);
	union addr a;
	char x;

	check_is(err(sendto(fd, "x", 1, 0, &a.sa, addr_of(&a, dest, 8095))), 1, what);
	check(arrives(second, 3000) && recv(second, &x, 1, 0) == 1, "the second gets it");
	check(!arrives(first, 0), "and the first not");
	close(fd);
}

static void groups(void)
{
	int h1 = chosen("0.0.0.0", 8095), h2 = member("0.0.0.0", 8095);
	int a1 = opened_in(NID_A, chosen, "0.0.0.0", 8095), a2 = opened_in(NID_A, member, "0.0.0.0", 8095);
	int b1 = opened_in(NID_B, chosen, "0.0.0.0", 8095), b2 = opened_in(NID_B, member, "0.0.0.0", 8095);

	check(h1 >= 0 && h2 >= 0 && a1 >= 0 && a2 >= 0 && b1 >= 0 && b2 >= 0, "three groups of two");
	check_group("10.99.0.1", h1, h2, "to the host");
	check_group("10.99.0.11", a1, a2, "to A");
	check_group("10.99.0.12", b1, b2, "to B");
	check(!arrives(a1, 0) && !arrives(a2, 0) && !arrives(h1, 0) && !arrives(h2, 0),
	      "nobody gets more");
	close(a1);
	close(a2);
	check_group("10.99.0.11", h1, h2, "to A's address without A");
	close(h1);
	close(h2);
	close(b1);
	close(b2);
}

/* Two contexts with a common address do conflict there. */
static void shared_address(void)
{
	struct server a, c;

	check_is(net_make(3016, NXF_TEST), 0, "create C");
	check_is(net_add4(3016, "10.99.0.11", "255.255.255.0"), 0, "with A's address");
	a = server_start(NID_A, "0.0.0.0", 8089, "A");
	c = server_start(3016, "0.0.0.0", 8089, "C");
	check_is(a.ready, 0, "A has the port");
	check_is(c.ready, -EADDRINUSE, "so C has not");
	bind_as(3016, "0.0.0.0", SOCK_STREAM, 0);
	server_stop(&c);
	c = server_start(3016, "0.0.0.0", 8090, "C");
	check_is(c.ready, 0, "C has another port");
	check_text(ask("10.99.0.11", 8089), "A 10.99.0.1", "the common address, A's port");
	check_text(ask("10.99.0.11", 8090), "C 10.99.0.1", "the common address, C's port");
	server_stop(&a);
	server_stop(&c);
	net_drop(3016);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	conflicts(SOCK_STREAM);
	conflicts(SOCK_DGRAM);
	conflicts_with_a(SOCK_STREAM);
	conflicts_with_a(SOCK_DGRAM);
	sharing();
	groups();
	shared_address();
	return net_end();
}
