// SPDX-License-Identifier: GPL-2.0
/*
 * SCTP and other protocols that choose and compare addresses by code of their
 * own are not for guests. The host has SCTP here; what it hands to a guest stays
 * the host's, and nothing new comes of it. See network.h.
 */
#include "network.h"
#include <linux/sctp.h>

static int sctp(const char *text, int type)
{
	return socket(strchr(text, ':') ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, IPPROTO_SCTP);
}

static int sctp_listening(const char *text, int port, int type)
{
	int fd = sctp(text, type);
	union addr a;

	return fd < 0 || bind(fd, &a.sa, addr_of(&a, text, port)) || listen(fd, 4) ? -errno : fd;
}

static int sctp_connected(const char *text, int port)
{
	int fd = sctp(text, SOCK_STREAM);
	union addr a;

	return fd < 0 || connect(fd, &a.sa, addr_of(&a, text, port)) ? -errno : fd;
}

/* No socket of these, by any combination that the kernel would take. */
static void refused(void *arg)
{
	static const struct {
		int family, type, protocol;
		long want;
		const char *name;
	} cases[] = {
		{ AF_INET, SOCK_STREAM, IPPROTO_SCTP, -EPROTONOSUPPORT, "SCTP" },
		{ AF_INET6, SOCK_STREAM, IPPROTO_SCTP, -EPROTONOSUPPORT, "SCTP over IPv6" },
		{ AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, -ESOCKTNOSUPPORT, "one to many" },
		{ AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP, -ESOCKTNOSUPPORT, "one to many over IPv6" },
		{ AF_INET, SOCK_SEQPACKET, 0, -ESOCKTNOSUPPORT, "one to many by default" },
		{ AF_INET6, SOCK_SEQPACKET, 0, -ESOCKTNOSUPPORT, "the same over IPv6" },
		{ AF_INET, SOCK_DCCP, IPPROTO_DCCP, -ESOCKTNOSUPPORT, "DCCP" },
		{ AF_INET6, SOCK_DCCP, 0, -ESOCKTNOSUPPORT, "DCCP by default" },
		{ AF_INET, SOCK_DGRAM, 115, -EPROTONOSUPPORT, "L2TP" },
		{ AF_INET6, SOCK_DGRAM, 115, -EPROTONOSUPPORT, "L2TP over IPv6" },
		{ AF_INET, SOCK_STREAM, 256, -EPROTONOSUPPORT, "SMC by protocol" },
		{ AF_SMC, SOCK_STREAM, 0, -EAFNOSUPPORT, "SMC" },
		{ AF_KCM, SOCK_DGRAM, 0, -EAFNOSUPPORT, "KCM" },
		{ AF_PPPOX, SOCK_STREAM, 1, -EAFNOSUPPORT, "PPP over L2TP" },
	};
	unsigned int i;
	int pair[2];

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = socket(cases[i].family, cases[i].type, cases[i].protocol);
		char what[64];

		snprintf(what, sizeof(what), "no socket: %s", cases[i].name);
		check_is(made(fd < 0 ? -errno : fd), cases[i].want, what);
	}
	check_is(err(socketpair(AF_INET, SOCK_STREAM, IPPROTO_SCTP, pair)), -EPROTONOSUPPORT,
		 "no pair of them");
	check_is(err(access("/proc/net/sctp", F_OK)), -ENOENT, "no list of them");
}

static long mark_of(int fd)
{
	socklen_t len = sizeof(int);
	int mark = -1;

	return getsockopt(fd, SOL_SOCKET, SO_MARK, &mark, &len) ? -errno : mark;
}

/* In A, with descriptors of the host's. */
struct handed {
	int listener, many, unix_listener;
	int assoc;
};

static void with_listener(void *arg)
{
	struct handed *h = arg;
	int fd = accept(h->listener, NULL, NULL);
	union addr a;

	if (!check(fd >= 0, "A accepts from a listener of the host's"))
		return;
	check_is(mark_of(fd), 0, "and gets a socket of the host's");
	peer_name(fd, &a);
	check_text(addr_text(&a), "10.99.0.1", "with the host's peer");
	check(write(fd, "x", 1) == 1, "it can be used");
	close(fd);
	fd = accept(h->unix_listener, NULL, NULL);
	check(fd >= 0, "so with a unix socket");
	check_is(mark_of(fd), 0, "which is the host's");
	close(fd);
}

static void with_many(void *arg)
{
	struct handed *h = arg;
	sctp_peeloff_arg_t peel = { .associd = h->assoc };
	socklen_t len = sizeof(peel);

	check_is(err(getsockopt(h->many, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &peel, &len)),
		 -ESOCKTNOSUPPORT, "A makes no socket of an association of the host's");
}

static int own_socket(const char *text, int port)
{
	return sock_for(text, SOCK_DGRAM);
}

static void handed_over(void)
{
	struct {
		uint32_t n;
		sctp_assoc_t id[4];
	} ids;
	struct sockaddr_un { sa_family_t family; char path[108]; } name = { AF_UNIX, "\0vs-sctp" };
	struct handed h = {
		.listener = sctp_listening("10.99.0.1", 8470, SOCK_STREAM),
		.many = sctp_listening("10.99.0.1", 8471, SOCK_SEQPACKET),
		.unix_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	};
	int c = sctp_connected("10.99.0.1", 8470), c2 = sctp_connected("10.99.0.1", 8471), u, a;
	sctp_peeloff_arg_t peel;
	socklen_t len = sizeof(ids);
	char x;

	check(h.listener >= 0 && h.many >= 0 && c >= 0 && c2 >= 0, "the host talks SCTP");
	u = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(!bind(h.unix_listener, (struct sockaddr *)&name, 10) && !listen(h.unix_listener, 1) &&
	      !connect(u, (struct sockaddr *)&name, 10), "and by a unix socket");
	a = opened_in(NID_A, own_socket, "10.99.0.11", 0);
	check_is(mark_of(a), NID_A, "a socket of A's is known by its mark");
	in_net(NID_A, with_listener, &h);
	check(arrives(c, 3000) && recv(c, &x, 1, 0) == 1, "the host's other end hears it");
	check(write(c2, "x", 1) == 1 && arrives(h.many, 3000), "an association");
	check_is(err(getsockopt(h.many, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, &ids, &len)), 0, "its number");
	h.assoc = ids.id[0];
	in_net(NID_A, with_many, &h);
	peel.associd = h.assoc;
	len = sizeof(peel);
	check_is(made(err(getsockopt(h.many, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &peel, &len)) > 0 ?
		      0 : -errno), 0, "the host does");
	close(a);
	close(c);
	close(c2);
	close(u);
	close(h.listener);
	close(h.many);
	close(h.unix_listener);
}

/* A name on A's address: what the host has there is the host's, and only by SCTP. */
static void listeners(void)
{
	int host = sctp_listening("0.0.0.0", 8472, SOCK_STREAM), host6 = sctp_listening("::", 8473, SOCK_STREAM);
	struct server a = server_start(NID_A, "0.0.0.0", 8472, "A"), a6 = server_start(NID_A, "::", 8473, "A");
	int c, s;

	check(host >= 0 && host6 >= 0, "the host listens by SCTP on any address");
	check_is(a.ready ?: a6.ready, 0, "A by TCP on the same ports");
	c = sctp_connected("10.99.0.11", 8472);
	s = accept4(host, NULL, NULL, SOCK_NONBLOCK);
	check(c >= 0 && s >= 0, "SCTP to A's address reaches the host");
	close(c);
	close(s);
	c = sctp_connected("fd99::11", 8473);
	s = accept4(host6, NULL, NULL, SOCK_NONBLOCK);
	check(c >= 0 && s >= 0, "so in IPv6");
	close(c);
	close(s);
	check_text(ask("10.99.0.11", 8472), "A 10.99.0.1", "TCP reaches A");
	check_text(ask("fd99::11", 8473), "A fd99::11", "so in IPv6");
	server_stop(&a);
	server_stop(&a6);
	close(host);
	close(host6);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(made(sctp("0.0.0.0", SOCK_STREAM)) == 0 && !access("/proc/net/sctp/eps", F_OK),
	      "the kernel has SCTP");
	check(sh("sysctl -q kernel.vserver_socket_mark=1"), "sockets of guests are marked");
	in_net(NID_A, refused, NULL);
	in_net(NID_B, refused, NULL);
	handed_over();
	listeners();
	net_set_flags(NID_A, 0, NXF_HIDE_NETIF);
	in_net(NID_A, refused, NULL);
	check(sh("sysctl -q kernel.vserver_socket_mark=0"), "no marks");
	return net_end();
}
