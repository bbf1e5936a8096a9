/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network contexts to test in. All on one device, vst0:
 *
 *	host	10.99.0.1/24	fd99::1/64
 *	A	10.99.0.11	fd99::11	nid NID_A
 *	B	10.99.0.12	fd99::12	nid NID_B
 *
 * Contexts persist until net_end(); what runs in one is a child that migrates.
 */
#ifndef VS_TEST_NETWORK_H
#define VS_TEST_NETWORK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include "harness.h"

#define NID_A	3011
#define NID_B	3012

#define NXF_TEST (NXF_STATE_ADMIN | NXF_HIDE_NETIF | NXF_LBACK_REMAP | NXF_HIDE_LBACK | \
		  NXF_PERSISTENT)

union addr {
	struct sockaddr		sa;
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;
};

/* "10.0.0.1" or "::1"; returns the size, 0 if it is no address. */
static inline socklen_t addr_of(union addr *a, const char *text, int port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		return sizeof(a->v4);
	}
	if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		return sizeof(a->v6);
	}
	return 0;
}

static inline const char *addr_text(const union addr *a)
{
	static char text[INET6_ADDRSTRLEN];

	if (a->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &a->v4.sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &a->v6.sin6_addr, text, sizeof(text));
	return text;
}

static inline int addr_port(const union addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
}

static inline int sock_for(const char *text, int type)
{
	return socket(strchr(text, ':') ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
}

/* A bound socket, or a negative errno. */
static inline int bound(const char *text, int port, int type)
{
	union addr a;
	socklen_t len = addr_of(&a, text, port);
	int fd = sock_for(text, type), e;

	if (fd < 0)
		return -errno;
	if (bind(fd, &a.sa, len)) {
		e = -errno;
		close(fd);
		return e;
	}
	return fd;
}

/* As a server does it: connections that have ended do not count. */
static inline int listening(const char *text, int port)
{
	union addr a;
	socklen_t len = addr_of(&a, text, port);
	int fd = sock_for(text, SOCK_STREAM), one = 1, e;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, &a.sa, len) || listen(fd, 16)) {
		e = -errno;
		close(fd);
		return e;
	}
	return fd;
}

static inline int connected(const char *text, int port, int type)
{
	union addr a;
	socklen_t len = addr_of(&a, text, port);
	int fd = sock_for(text, type), e;

	if (fd < 0)
		return -errno;
	if (connect(fd, &a.sa, len)) {
		e = -errno;
		close(fd);
		return e;
	}
	return fd;
}

/* The result of making a descriptor, for check_is(): 0 if it worked. */
static inline long made(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static inline void local_name(int fd, union addr *a)
{
	socklen_t len = sizeof(*a);

	memset(a, 0, sizeof(*a));
	if (getsockname(fd, &a->sa, &len))
		a->sa.sa_family = AF_INET;
}

static inline void peer_name(int fd, union addr *a)
{
	socklen_t len = sizeof(*a);

	memset(a, 0, sizeof(*a));
	if (getpeername(fd, &a->sa, &len))
		a->sa.sa_family = AF_INET;
}

static inline void check_text(const char *got, const char *want, const char *what)
{
	check(!strcmp(got, want), "%s: %s%s%s", what, want, strcmp(got, want) ? ", got " : "",
	      strcmp(got, want) ? got : "");
}

/* Does something arrive at @fd within @ms? */
static inline bool arrives(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, ms) == 1;
}

struct in_net {
	unsigned int nid;
	void (*fn)(void *arg);
	void *arg;
};

static inline void __in_net(void *data)
{
	struct in_net *in = data;
	long ret = vs(VCMD_net_migrate, in->nid, NULL);

	/* Spectators get their number. */
	if (ret && ret != (long)in->nid) {
		check(false, "enter network context %u: %s", in->nid, strerrorname_np(-ret));
		return;
	}
	in->fn(in->arg);
}

/* Run @fn in a child in network context @nid. */
static inline void in_net(unsigned int nid, void (*fn)(void *), void *arg)
{
	struct in_net in = { nid, fn, arg };

	in_child(__in_net, &in);
}

struct net_create_args {
	unsigned int nid;
	uint64_t flags;
	long ret;
};

/* Create a persistent context from a child, so that the caller stays the host. */
static inline long net_make(unsigned int nid, uint64_t flags)
{
	struct vcmd_net_create create = { flags };
	int status;
	pid_t pid = fork();

	if (!pid) {
		long ret = vs(VCMD_net_create, nid, &create);

		_exit(ret == (long)nid ? 0 : -ret);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static inline long net_add4(unsigned int nid, const char *ip, const char *mask)
{
	struct vcmd_net_addr_ipv4_v2 add = { .type = NXA_TYPE_ADDR };

	inet_pton(AF_INET, ip, &add.ip);
	inet_pton(AF_INET, mask, &add.mask);
	return vs(VCMD_net_add_ipv4, nid, &add);
}

static inline long net_add6(unsigned int nid, const char *ip, int prefix)
{
	struct vcmd_net_addr_ipv6_v1 add = { .type = NXA_TYPE_ADDR, .prefix = prefix };

	inet_pton(AF_INET6, ip, &add.ip);
	return vs(VCMD_net_add_ipv6, nid, &add);
}

static inline long net_rem4(unsigned int nid, const char *ip, const char *mask)
{
	struct vcmd_net_addr_ipv4_v2 rem = { .type = NXA_TYPE_ADDR };

	inet_pton(AF_INET, ip, &rem.ip);
	inet_pton(AF_INET, mask, &rem.mask);
	return vs(VCMD_net_rem_ipv4, nid, &rem);
}

static inline long net_rem6(unsigned int nid, const char *ip, int prefix)
{
	struct vcmd_net_addr_ipv6_v1 rem = { .type = NXA_TYPE_ADDR, .prefix = prefix };

	inet_pton(AF_INET6, ip, &rem.ip);
	return vs(VCMD_net_remove_ipv6, nid, &rem);
}

static inline long net_set_flags(unsigned int nid, uint64_t flags, uint64_t mask)
{
	struct vcmd_net_flags_v0 f = { flags, mask };

	return vs(VCMD_set_nflags, nid, &f);
}

static inline long net_set_caps(unsigned int nid, uint64_t caps)
{
	struct vcmd_net_caps_v0 c = { caps, ~0ULL };

	return vs(VCMD_set_ncaps, nid, &c);
}

static inline void net_drop(unsigned int nid)
{
	char path[64];

	net_set_flags(nid, 0, NXF_PERSISTENT);
	snprintf(path, sizeof(path), "/proc/virtnet/%u", nid);
	check(wait_until(access(path, F_OK)), "network context %u ends", nid);
}

/*
 * A descriptor that @make opens in a context, as the host holds it: sockets
 * belong to where they were made. A negative errno if that failed.
 */
static inline int opened_in(unsigned int nid, int (*make)(const char *text, int port),
			    const char *text, int port)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	int pair[2], answer = -EIO, fd = -1;
	struct iovec iov = { &answer, sizeof(answer) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (!pid) {
		long ret = nid ? vs(VCMD_net_migrate, nid, NULL) : 0;

		answer = ret < 0 ? (int)ret : make(text, port);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &answer, sizeof(int));
		if (answer < 0)
			msg.msg_controllen = 0;
		_exit(sendmsg(pair[1], &msg, 0) < 0);
	}
	close(pair[1]);
	if (recvmsg(pair[0], &msg, MSG_CMSG_CLOEXEC) == sizeof(answer) && answer >= 0 &&
	    msg.msg_controllen)
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	close(pair[0]);
	waitpid(pid, NULL, 0);
	return answer < 0 ? answer : fd;
}

/* The error that waits on a socket, or 0. */
static inline int waiting_error(int fd)
{
	socklen_t len = sizeof(int);
	int e = -1;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len);
	return -e;
}

static inline bool sh(const char *command)
{
	return system(command) == 0;
}

static inline bool net_begin(void)
{
	test_begin();
	if (!check(sh("ip link add vst0 type dummy && ip link set vst0 up && "
		      "ip link set lo up && ip addr add 10.99.0.1/24 dev vst0 && "
		      "ip addr add 10.99.0.11/24 dev vst0 && ip addr add 10.99.0.12/24 dev vst0 && "
		      "ip addr add fd99::1/64 dev vst0 nodad && "
		      "ip addr add fd99::11/64 dev vst0 nodad && "
		      "ip addr add fd99::12/64 dev vst0 nodad"), "the addresses are there"))
		return false;
	return check_is(net_make(NID_A, NXF_TEST), 0, "create A") &&
	       check_is(net_make(NID_B, NXF_TEST), 0, "create B") &&
	       check_is(net_add4(NID_A, "10.99.0.11", "255.255.255.0"), 0, "A's address") &&
	       check_is(net_add4(NID_B, "10.99.0.12", "255.255.255.0"), 0, "B's address") &&
	       check_is(net_add6(NID_A, "fd99::11", 64), 0, "A's IPv6 address") &&
	       check_is(net_add6(NID_B, "fd99::12", 64), 0, "B's IPv6 address");
}

static inline int net_end(void)
{
	net_drop(NID_A);
	net_drop(NID_B);
	check(sh("ip link del vst0"), "the addresses go");
	return test_end();
}

/*
 * A server in a context: accepts on @text:@port and answers with the name of
 * its context and the peer's address, until it is stopped.
 */
struct server {
	pid_t pid;
	long ready;	/* 0, or what bind or listen said */
};

static inline void serve(int fd, const char *name)
{
	for (;;) {
		char line[128];
		union addr peer;
		socklen_t len = sizeof(peer);
		int c = accept(fd, &peer.sa, &len);

		if (c < 0)
			continue;
		snprintf(line, sizeof(line), "%s %s", name, addr_text(&peer));
		if (write(c, line, strlen(line)) < 0)
			_exit(1);
		close(c);
	}
}

static inline struct server server_start(unsigned int nid, const char *text, int port,
					 const char *name)
{
	struct server s = { 0, -EIO };
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return s;
	s.pid = fork();
	if (!s.pid) {
		long ret = nid ? vs(VCMD_net_migrate, nid, NULL) : 0;
		int l = ret < 0 ? (int)ret : listening(text, port);

		ret = l < 0 ? l : 0;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(fd[1], &ret, sizeof(ret)) != sizeof(ret) || ret)
			_exit(1);
		close(fd[1]);
		serve(l, name);
	}
	close(fd[1]);
	if (read(fd[0], &s.ready, sizeof(s.ready)) != sizeof(s.ready))
		s.ready = -EIO;
	close(fd[0]);
	return s;
}

static inline void server_stop(struct server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

/* Connect and read the answer; "-ECONNREFUSED" and the like where that fails. */
static inline const char *ask(const char *text, int port)
{
	static char answer[160];
	int fd = connected(text, port, SOCK_STREAM);
	ssize_t n;

	if (fd < 0) {
		snprintf(answer, sizeof(answer), "-%s", strerrorname_np(-fd));
		return answer;
	}
	n = read(fd, answer, sizeof(answer) - 1);
	answer[n > 0 ? n : 0] = '\0';
	close(fd);
	return answer;
}

#endif /* VS_TEST_NETWORK_H */
