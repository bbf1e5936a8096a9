// SPDX-License-Identifier: GPL-2.0
/* /proc/virtual/XID/denied: addresses and questions that a network context refuses. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include "network.h"
#include "refused.h"

static struct guest a = { .xid = 1461 };

static void addresses(void *arg)
{
	union addr to;
	socklen_t len;
	int fd;

	check_is(made(bound("10.99.0.12", 700, SOCK_STREAM)), -EADDRNOTAVAIL, "bind to B's address");
	check_is(made(bound("fd99::12", 700, SOCK_DGRAM)), -EADDRNOTAVAIL, "for IPv6");
	fd = sock_for("10.99.0.11", SOCK_DGRAM);
	len = addr_of(&to, "10.99.0.11", 700);
	{
		/* A source is named beside the data. */
		char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = "";
		struct iovec io = { "x", 1 };
		struct msghdr m = { &to, len, &io, 1, control, sizeof(control), 0 };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		struct in_pktinfo info = { 0 };

		inet_pton(AF_INET, "10.99.0.12", &info.ipi_spec_dst);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		check_is(err(sendmsg(fd, &m, 0)), -EPERM, "send as B");
	}
	close(fd);
	check_is(made(bound("10.99.0.11", 700, SOCK_STREAM)), 0, "its own address is free");
}

static void question(void *arg)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
	} ask = { { sizeof(ask), RTM_GETRULE, NLM_F_REQUEST, 1, 0 }, { .rtm_family = AF_INET } };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[512];
	} answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	check(send(fd, &ask, sizeof(ask), 0) == sizeof(ask), "ask for a route");
	check(recv(fd, &answer, sizeof(answer), 0) > 0 && answer.h.nlmsg_type == NLMSG_ERROR, "an answer");
	check_is(answer.e.error, -EPERM, "it");
	close(fd);
}

static void loopback(void *arg)
{
	check_is(made(connected("127.0.0.1", 700, SOCK_DGRAM)), -EPERM, "the host's loopback");
	check_is(made(connected("::1", 700, SOCK_DGRAM)), -EPERM, "for IPv6");
}

struct both {
	unsigned int nid;
	void (*fn)(void *arg);
};

static void then_context(void *arg)
{
	in_guest(&a, ((struct both *)arg)->fn, NULL);
}

static void in_both(void (*fn)(void *arg))
{
	struct both both = { NID_A, fn };

	in_net(NID_A, then_context, &both);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return 1;
	check(guest_start(&a), "a guest starts");
	in_both(addresses);
	check(refused_read(a.xid) && refused_lines == 3, "three lines: %d", refused_lines);
	check(!strcmp(refused[0].kind, "bind") && !strcmp(refused[0].object, "10.99.0.12") &&
	      refused[0].error == EADDRNOTAVAIL, "bind %s", refused[0].object);
	check_refused(a.xid, "bind", 0, "fd99::12", EADDRNOTAVAIL, -1);
	check_refused(a.xid, "source", 0, "10.99.0.12", EPERM, -1);
	in_both(question);
	check_refused(a.xid, "netlink", RTM_GETRULE, "-", EPERM, -1);
	net_set_flags(NID_A, 0, NXF_LBACK_REMAP);
	in_both(loopback);
	check(refused_read(a.xid) && refused_lines >= 2 &&
	      !strcmp(refused[refused_lines - 2].object, "127.0.0.1") &&
	      !strcmp(refused[refused_lines - 2].kind, "connect"), "connect to 127.0.0.1");
	check_refused(a.xid, "connect", 0, "::1", EPERM, -1);
	guest_stop(&a);
	return net_end();
}
