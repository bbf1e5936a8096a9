// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what with which address: protocol by kind of address by call, for
 * the host, a guest and a second guest, each with its exact result. The tables
 * are what is promised; the program makes the cases. See network.h for the
 * addresses. "Other" is, for a guest, the other guest, for the host a guest.
 */
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include "network.h"

enum protocol { TCP, MPTCP, UDP, UDPLITE, PING, RAW, PROTOCOLS };

static const char * const protocol_name[PROTOCOLS] = {
	"TCP", "MPTCP", "UDP", "UDP-Lite", "ping", "raw",
};

enum who { HOST, A, B, WHOS };

static const char * const who_name[WHOS] = { "host", "A", "B" };

/* The columns of the tables. */
enum { GUEST, OF_HOST };

struct kind {
	const char *name;
	const char *addr[WHOS];
	/* Results, of a guest and of the host: */
	long bind[2];
	long ping_bind[2];	/* which knows neither broadcast nor multicast */
	long freebind[2];
	long stream[2];		/* connect with TCP and MPTCP, nobody listens */
	long dgram[2];		/* connect and send to */
	long source[2];		/* send from, with packet information */
};

#define BOTH(x)	{ x, x }
#define NOADDR	(-EADDRNOTAVAIL)
#define REFUSED	(-ECONNREFUSED)
#define UNREACH	(-ENETUNREACH)

static const struct kind kinds4[] = {
	{ "any", { "0.0.0.0", "0.0.0.0", "0.0.0.0" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "loopback", { "127.0.0.1", "127.0.0.1", "127.0.0.1" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "own", { "10.99.0.1", "10.99.0.11", "10.99.0.12" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "other", { "10.99.0.11", "10.99.0.12", "10.99.0.11" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "host's", { "10.99.0.1", "10.99.0.1", "10.99.0.1" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "nobody's", { "192.0.2.1", "192.0.2.1", "192.0.2.1" },
	  BOTH(NOADDR), BOTH(NOADDR), { NOADDR, 0 }, BOTH(UNREACH), BOTH(UNREACH),
	  { -EPERM, UNREACH } },
	{ "own loopback by number", { "127.0.0.1", "127.11.195.1", "127.11.196.1" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	/* Whatever of 127/8 a guest talks to, it is its own. */
	{ "other's loopback", { "127.11.195.1", "127.11.196.1", "127.11.195.1" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "127.0.0.2", { "127.0.0.2", "127.0.0.2", "127.0.0.2" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	/* Without a source, which guests always have, there is no way for the host. */
	{ "limited broadcast", { "255.255.255.255", "255.255.255.255", "255.255.255.255" },
	  BOTH(0), BOTH(NOADDR), BOTH(0), BOTH(UNREACH), { -EACCES, UNREACH },
	  { -EPERM, -EINVAL } },
	{ "own broadcast", { "10.99.0.255", "10.99.0.255", "10.99.0.255" },
	  BOTH(0), BOTH(NOADDR), BOTH(0), BOTH(UNREACH), BOTH(-EACCES), { -EPERM, UNREACH } },
	{ "multicast", { "224.0.0.251", "224.0.0.251", "224.0.0.251" },
	  { NOADDR, 0 }, BOTH(NOADDR), { NOADDR, 0 }, BOTH(UNREACH), { 0, UNREACH },
	  { -EPERM, -EINVAL } },
};

#define LBACK6	"fd6c:6f6f:7062:6b00::"

static const struct kind kinds6[] = {
	{ "any", { "::", "::", "::" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "loopback", { "::1", "::1", "::1" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "own", { "fd99::1", "fd99::11", "fd99::12" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "other", { "fd99::11", "fd99::12", "fd99::11" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "host's", { "fd99::1", "fd99::1", "fd99::1" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "nobody's", { "2001:db8::1", "2001:db8::1", "2001:db8::1" },
	  BOTH(NOADDR), BOTH(NOADDR), { NOADDR, 0 }, BOTH(UNREACH), BOTH(UNREACH),
	  BOTH(-EINVAL) },
	/* No device has it, so that it cannot be named in packet information. */
	{ "own loopback by number", { "::1", LBACK6 "bc3", LBACK6 "bc4" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), { -EINVAL, 0 } },
	{ "other's loopback", { LBACK6 "bc3", LBACK6 "bc4", LBACK6 "bc3" },
	  BOTH(NOADDR), BOTH(NOADDR), { NOADDR, 0 }, { -EPERM, REFUSED }, { -EPERM, 0 },
	  BOTH(-EINVAL) },
	{ "multicast", { "ff05::fb", "ff05::fb", "ff05::fb" },
	  { NOADDR, 0 }, { NOADDR, -EINVAL }, { NOADDR, 0 }, BOTH(UNREACH), BOTH(0),
	  BOTH(-EINVAL) },
};

/* IPv4 by an IPv6 socket; ping and raw have no such thing. */
static const struct kind mapped[] = {
	{ "mapped own", { "::ffff:10.99.0.1", "::ffff:10.99.0.11", "::ffff:10.99.0.12" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "mapped loopback", { "::ffff:127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.1" },
	  BOTH(0), BOTH(0), BOTH(0), BOTH(REFUSED), BOTH(0), BOTH(0) },
	{ "mapped other", { "::ffff:10.99.0.11", "::ffff:10.99.0.12", "::ffff:10.99.0.11" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "mapped host's", { "::ffff:10.99.0.1", "::ffff:10.99.0.1", "::ffff:10.99.0.1" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
	{ "mapped 127.0.0.2", { "::ffff:127.0.0.2", "::ffff:127.0.0.2", "::ffff:127.0.0.2" },
	  { NOADDR, 0 }, { NOADDR, 0 }, { NOADDR, 0 }, BOTH(REFUSED), BOTH(0), { -EPERM, 0 } },
};

static int new_socket(enum protocol p, bool v6)
{
	int family = v6 ? AF_INET6 : AF_INET, icmp = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	switch (p) {
	case TCP:
		return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case MPTCP:
		return socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	case UDP:
		return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	case UDPLITE:
		return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDPLITE);
	case PING:
		return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, icmp);
	case RAW:
		return socket(family, SOCK_RAW | SOCK_CLOEXEC, icmp);
	default:
		return -1;
	}
}

/* What ping and raw sockets take for a message: an echo request. */
static size_t echo(char *buf, bool v6)
{
	memset(buf, 0, 8);
	buf[0] = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	return 8;
}

struct tried {
	enum who who;
	enum protocol p;
	bool v6;
	const struct kind *k;
	const char *call;
};

/* Where the stack treats a protocol apart, whoever asks. */
static long expected(const struct tried *t, const long *want)
{
	bool host = t->who == HOST, v6_multicast = t->v6 && !strcmp(t->k->name, "multicast");
	long w = want[host ? OF_HOST : GUEST];

	/* Streams cannot be bound to a group. */
	if (host && v6_multicast && t->p <= MPTCP && !strncmp(t->call, "bind", 4))
		return -EINVAL;
	/* Ping over IPv6 does not look at the source in packet information, ... */
	if (t->p == PING && t->v6 && w == -EPERM && !strcmp(t->call, "send from"))
		return 0;
	/* ... nor does "any" mean the loopback to it. */
	if (host && t->p == PING && t->v6 && t->k == kinds6 && !strcmp(t->call, "send to"))
		return UNREACH;
	return w;
}

static void result(const struct tried *t, long got, const long *table)
{
	long want = expected(t, table);
	char what[128];

	snprintf(what, sizeof(what), "%s: %s/%s %s %s", who_name[t->who], protocol_name[t->p],
		 t->v6 ? "IPv6" : "IPv4", t->call, t->k->name);
	check_is(got > 0 ? 0 : got, want, what);
}

static void try_bind(struct tried *t, int option, const long *want)
{
	static int port = 21000;
	int fd = new_socket(t->p, t->v6), one = 1, level = t->v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	union addr a;
	socklen_t len = addr_of(&a, t->k->addr[t->who], t->p < PING ? port++ : 0);

	if (option)
		check_is(err(setsockopt(fd, level, option, &one, sizeof(one))), 0, "an option");
	result(t, err(bind(fd, &a.sa, len)), want);
	close(fd);
}

static void try_connect(struct tried *t, const long *want)
{
	int fd = new_socket(t->p, t->v6);
	union addr a;
	socklen_t len = addr_of(&a, t->k->addr[t->who], 9);

	result(t, err(connect(fd, &a.sa, len)), want);
	close(fd);
}

static void try_send(struct tried *t, int flags, const long *want)
{
	int fd = new_socket(t->p, t->v6);
	char buf[8] = "x";
	size_t size = t->p >= PING ? echo(buf, t->v6) : 1;
	union addr a;
	socklen_t len = addr_of(&a, t->k->addr[t->who], t->p >= PING ? 0 : 9);

	result(t, err(sendto(fd, buf, size, flags, &a.sa, len)),
	       want);
	close(fd);
}

/* To the host, with a source in the control message. */
static void try_source(struct tried *t, const long *want)
{
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = "", buf[8] = "x";
	struct iovec iov = { buf, t->p >= PING ? echo(buf, t->v6) : 1 };
	union addr to, from;
	struct msghdr msg = {
		.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	bool is_mapped = t->k >= mapped && t->k < mapped + sizeof(mapped) / sizeof(mapped[0]);
	int fd = new_socket(t->p, t->v6);

	msg.msg_namelen = addr_of(&to, is_mapped ? "::ffff:10.99.0.1" :
				  t->v6 ? "fd99::1" : "10.99.0.1", t->p >= PING ? 0 : 9);
	addr_of(&from, t->k->addr[t->who], 0);
	if (t->v6) {
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
		((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr = from.v6.sin6_addr;
	} else {
		msg.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
		((struct in_pktinfo *)CMSG_DATA(c))->ipi_spec_dst = from.v4.sin_addr;
	}
	result(t, err(sendmsg(fd, &msg, 0)), want);
	close(fd);
}

#define CALL(t, name, run) do { (t)->call = name; run; } while (0)

static void try_kind(struct tried *t)
{
	const struct kind *k = t->k;
	const long *bound = t->p == PING ? k->ping_bind : k->bind;
	bool own_mapped = k >= mapped && k < mapped + sizeof(mapped) / sizeof(mapped[0]);

	if (own_mapped && t->p >= PING)
		return;
	CALL(t, "bind", try_bind(t, 0, bound));
	if (t->p < PING) {
		CALL(t, "bind with FREEBIND",
		     try_bind(t, t->v6 ? IPV6_FREEBIND : IP_FREEBIND, k->freebind));
		CALL(t, "bind with TRANSPARENT",
		     try_bind(t, t->v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, k->freebind));
	}
	if (t->p == TCP || t->p == MPTCP) {
		CALL(t, "connect", try_connect(t, k->stream));
		if (t->p == TCP)
			CALL(t, "send with FASTOPEN",
			     try_send(t, MSG_FASTOPEN | MSG_NOSIGNAL, k->stream));
		return;
	}
	CALL(t, "connect", try_connect(t, k->dgram));
	CALL(t, "send to", try_send(t, 0, k->dgram));
	CALL(t, "send from", try_source(t, k->source));
}

static void try_all(void *arg)
{
	struct tried t = { .who = *(enum who *)arg };
	unsigned int i;

	for (t.p = 0; t.p < PROTOCOLS; t.p++) {
		t.v6 = false;
		for (i = 0; i < sizeof(kinds4) / sizeof(kinds4[0]); i++) {
			t.k = &kinds4[i];
			try_kind(&t);
		}
		t.v6 = true;
		for (i = 0; i < sizeof(kinds6) / sizeof(kinds6[0]); i++) {
			t.k = &kinds6[i];
			try_kind(&t);
		}
		for (i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++) {
			t.k = &mapped[i];
			try_kind(&t);
		}
	}
}

int main(int argc, char **argv)
{
	enum who who;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range"), "ping for all");
	for (who = HOST; who < WHOS; who++) {
		if (who == HOST)
			in_child(try_all, &who);
		else
			in_net(who == A ? NID_A : NID_B, try_all, &who);
	}
	return net_end();
}
