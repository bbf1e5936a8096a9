// SPDX-License-Identifier: GPL-2.0
/*
 * MPTCP: the kernel makes the sockets below a connection, some of them in a
 * worker. They are the context's, as are the addresses that are announced.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include "network.h"

#ifndef MPTCP_INFO
#define MPTCP_INFO 1
#endif
#define SOL_MPTCP_	284

/* The beginning of struct mptcp_info. */
struct info {
	uint8_t subflows, signals, signals_accepted, subflows_max, signal_max, accepted_max;
};

static int mptcp(const char *text)
{
	return socket(strchr(text, ':') ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
		      IPPROTO_MPTCP);
}

static int mp_listening(const char *text, int port)
{
	int fd = mptcp(text), one = 1;
	union addr a;
	socklen_t len = addr_of(&a, text, port);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, &a.sa, len) || listen(fd, 8) ? -errno : fd;
}

static int mp_connected(const char *text, int port)
{
	int fd = mptcp(text);
	union addr a;
	socklen_t len = addr_of(&a, text, port);

	if (fd < 0)
		return -errno;
	return connect(fd, &a.sa, len) ? -errno : fd;
}

/* The peer of a new connection to @lst from a socket that A makes. */
static void check_source(int lst, const char *dest, int port, const char *want, const char *what)
{
	int c = opened_in(NID_A, mp_connected, dest, port), s;
	union addr a;

	if (!check(c >= 0, "%s: %s", what, c < 0 ? strerrorname_np(-c) : "connected"))
		return;
	s = accept(lst, NULL, NULL);
	peer_name(s, &a);
	check_text(addr_text(&a), want, what);
	close(s);
	close(c);
}

static int subflows(int fd)
{
	struct info i = { 0 };
	socklen_t len = sizeof(i);

	if (getsockopt(fd, SOL_MPTCP_, MPTCP_INFO, &i, &len))
		return -errno;
	return i.subflows;
}

static bool listed(int port)
{
	struct {
		struct nlmsghdr n;
		struct inet_diag_req_v2 r;
		struct nlattr a;
		uint32_t protocol;
	} req = {
		{ sizeof(req), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		{ .sdiag_family = AF_INET, .idiag_states = -1 },
		{ sizeof(req.a) + 4, INET_DIAG_REQ_PROTOCOL }, IPPROTO_MPTCP,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	bool found = false, end = false;
	static char buf[1 << 15];

	if (send(fd, &req, sizeof(req), 0) < 0)
		end = true;
	while (!end && arrives(fd, 3000)) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		for (; n > 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			struct inet_diag_msg *m = NLMSG_DATA(h);

			end |= h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
			found |= !end && ntohs(m->id.idiag_sport) == port;
		}
	}
	close(fd);
	return found;
}

static void check_listed(void *arg)
{
	const char *who = arg;

	check_is(listed(25200), who[0] == 'A', "sock_diag of MPTCP: A's listener");
	check_is(listed(25100), who[0] == 'h', "sock_diag of MPTCP: the host's end");
}

static long unreach(void)
{
	return opened_in(NID_A, mp_connected, "10.99.0.12", 25009);
}

int main(int argc, char **argv)
{
	int lst, host, c, s, wild6, only;
	union addr a;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("sysctl -q net.mptcp.enabled=1"), "MPTCP is on");

	/* Bind: as TCP, and the socket below is the context's. */
	check_is(opened_in(NID_A, mp_listening, "10.99.0.12", 25000), -EADDRNOTAVAIL,
		 "A: listen on B's address");
	host = mp_listening("0.0.0.0", 25000);
	lst = opened_in(NID_A, mp_listening, "0.0.0.0", 25000);
	s = opened_in(NID_B, mp_listening, "0.0.0.0", 25000);
	check(host >= 0 && lst >= 0 && s >= 0, "host, A and B listen on the same port");
	close(s);
	c = mp_connected("10.99.0.11", 25000);
	s = accept4(lst, NULL, NULL, SOCK_NONBLOCK);
	check(c >= 0 && s >= 0, "A's address leads to A");
	close(c);
	close(s);
	c = mp_connected("10.99.0.1", 25000);
	check(c >= 0 && accept4(host, NULL, NULL, SOCK_NONBLOCK) >= 0,
	      "the host's address leads to the host");
	close(c);
	check_is(unreach(), -ECONNREFUSED, "nobody listens at B");

	/* Connect: from the own address. */
	check_source(host, "10.99.0.1", 25000, "10.99.0.11", "A: source");
	wild6 = mp_listening("::", 25001);
	check_source(wild6, "fd99::1", 25001, "fd99::11", "A: IPv6 source");
	c = opened_in(NID_A, mp_connected, "127.0.0.1", 25000);
	s = accept(lst, NULL, NULL);
	check(c >= 0 && s >= 0, "A: the own loopback");
	peer_name(s, &a);
	check_text(addr_text(&a), "127.0.0.1", "A: under its usual name");
	close(c);
	close(s);

	/* Addresses for more subflows: B's and A's second. Only the latter may be used. */
	check(sh("ip addr add 10.99.0.21/24 dev vst0"), "a second address");
	check_is(net_add4(NID_A, "10.99.0.21", "255.255.255.0"), 0, "for A");
	if (!sh("ip mptcp limits set subflow 4 add_addr_accepted 4 && "
		"ip mptcp endpoint add 10.99.0.12 dev vst0 subflow && "
		"ip mptcp endpoint add 10.99.0.1 dev vst0 subflow")) {
		check(false, "ip mptcp");
		return net_end();
	}
	close(host);
	host = mp_listening("10.99.0.1", 25100);
	c = opened_in(NID_A, mp_connected, "10.99.0.1", 25100);
	s = accept(host, NULL, NULL);
	check(write(c, "x", 1) == 1 && arrives(s, 3000), "a connection of A");
	usleep(300000);
	check_is(subflows(c), 0, "no subflow from B's or the host's address");
	close(c);
	close(s);
	check(sh("ip mptcp endpoint add 10.99.0.21 dev vst0 subflow"), "A's second address");
	c = opened_in(NID_A, mp_connected, "10.99.0.1", 25100);
	s = accept(host, NULL, NULL);
	check(write(c, "x", 1) == 1 && arrives(s, 3000), "a connection of A");
	check(wait_until(subflows(c) == 1), "one subflow, from A's second address");
	only = opened_in(NID_A, mp_listening, "10.99.0.11", 25200);
	check(only >= 0, "A listens");
	in_net(NID_A, check_listed, "A");
	in_net(NID_B, check_listed, "B");
	in_child(check_listed, "host");
	close(only);
	/* The subflow belongs to A: without its address it goes, the connection stays. */
	check_is(net_make(3016, NXF_TEST), 0, "another context");
	check_is(net_add4(3016, "10.99.0.21", "255.255.255.0"), 0, "with the same address");
	net_drop(3016);
	close(c);
	close(s);
	check(sh("ip mptcp endpoint flush && ip mptcp limits set subflow 2 add_addr_accepted 0"),
	      "no endpoints");

	/* Announcing: the host's endpoint is not told by a connection of A. */
	check(sh("ip mptcp limits set subflow 4 add_addr_accepted 4 && "
		 "ip mptcp endpoint add 10.99.0.12 dev vst0 signal"), "B's address to announce");
	c = mp_connected("10.99.0.11", 25000);
	s = accept(lst, NULL, NULL);
	check(write(s, "x", 1) == 1 && arrives(c, 3000), "a connection to A");
	usleep(300000);
	{
		struct info i = { 0 };
		socklen_t len = sizeof(i);

		check_is(err(getsockopt(s, SOL_MPTCP_, MPTCP_INFO, &i, &len)), 0, "ask A's end");
		check_is(i.signals, 0, "A's end announces nothing");
	}
	check(sh("ip mptcp endpoint flush && ip mptcp limits set subflow 2 add_addr_accepted 0"),
	      "no endpoints");
	close(c);
	close(s);
	close(lst);
	close(host);
	close(wild6);
	return net_end();
}
