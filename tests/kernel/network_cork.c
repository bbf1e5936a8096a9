// SPDX-License-Identifier: GPL-2.0
/*
 * A datagram that is not complete (MSG_MORE, UDP_CORK) when its source is taken from the context is never sent; one
 * from another address of the same context is. The second address of A is 10.99.0.21 and fd99::21.
 */
#include <netinet/ip.h>
#include <netinet/udp.h>
#include "network.h"

#define V4	"10.99.0.21"
#define V6	"fd99::21"

enum kind { BOUND, WILDCARD, CORKED };

static const char *const names[] = { "bound, MSG_MORE", "a wildcard that is told its source", "bound, UDP_CORK" };
static bool v6;

static int udp_bound(const char *text, int port)
{
	return bound(text, port, SOCK_DGRAM);
}

static const char *host_addr(void)
{
	return v6 ? "fd99::1" : "10.99.0.1";
}

static long give(void)
{
	return v6 ? net_add6(NID_A, V6, 64) : net_add4(NID_A, V4, "255.255.255.0");
}

static long take(void)
{
	return v6 ? net_rem6(NID_A, V6, 64) : net_rem4(NID_A, V4, "255.255.255.0");
}

/* Begins a datagram from the second address. */
static long begin(int fd, enum kind kind, const union addr *to, socklen_t len)
{
	struct in_pktinfo info4 = { };
	struct in6_pktinfo info6 = { };
	char control[CMSG_SPACE(sizeof(info6))] = "";
	struct iovec iov = { "a", 1 };
	struct msghdr msg = { .msg_name = (void *)&to->sa, .msg_namelen = len, .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (struct cmsghdr *)control;
	int one = 1;

	if (kind == CORKED && setsockopt(fd, IPPROTO_UDP, UDP_CORK, &one, sizeof(one)))
		return -errno;
	if (kind == WILDCARD) {
		msg.msg_control = control;
		msg.msg_controllen = v6 ? CMSG_SPACE(sizeof(info6)) : CMSG_SPACE(sizeof(info4));
		c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
		c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
		c->cmsg_len = v6 ? CMSG_LEN(sizeof(info6)) : CMSG_LEN(sizeof(info4));
		inet_pton(AF_INET, V4, &info4.ipi_spec_dst);
		inet_pton(AF_INET6, V6, &info6.ipi6_addr);
		memcpy(CMSG_DATA(c), v6 ? (void *)&info6 : &info4, v6 ? sizeof(info6) : sizeof(info4));
	}
	return err(sendmsg(fd, &msg, kind == CORKED ? 0 : MSG_MORE));
}

/* What waits at @fd, and whether one of it came from the second address. */
static int received(int fd, bool *from_gone)
{
	union addr from;
	socklen_t len = sizeof(from);
	char buf[8];
	int n = 0;

	*from_gone = false;
	for (; arrives(fd, n ? 200 : 3000) && recvfrom(fd, buf, sizeof(buf), 0, &from.sa, &len) >= 0; n++) {
		*from_gone |= !strcmp(addr_text(&from), v6 ? V6 : V4);
		len = sizeof(from);
	}
	return n;
}

static void one_kind(enum kind kind, bool taken)
{
	static int port = 24500;
	int host = bound(host_addr(), ++port, SOCK_DGRAM), none = 0, error;
	int fd = opened_in(NID_A, udp_bound, kind == WILDCARD ? v6 ? "::" : "0.0.0.0" : v6 ? V6 : V4, 0);
	int other = opened_in(NID_A, udp_bound, v6 ? "fd99::11" : "10.99.0.11", 0);
	socklen_t len = sizeof(error), to_len;
	bool from_gone;
	union addr to;

	printf("# %s, %s\n", v6 ? "IPv6" : "IPv4", names[kind]);
	fflush(stdout);
	to_len = addr_of(&to, host_addr(), port);
	check(host >= 0 && fd >= 0 && other >= 0, "sockets");
	check_is(begin(fd, kind, &to, to_len), 1, "begin a datagram");
	check_is(err(sendto(other, "a", 1, MSG_MORE, &to.sa, to_len)), 1, "and one from another address");
	if (taken)
		check_is(take(), 0, "take the address");
	if (kind == CORKED)
		check_is(err(setsockopt(fd, IPPROTO_UDP, UDP_CORK, &none, sizeof(none))), 0, "no UDP_CORK any more");
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (kind != CORKED || taken)
		check_is(err(sendto(fd, "b", 1, 0, &to.sa, to_len)), 1, "send the rest");
	check_is(err(sendto(other, "b", 1, 0, &to.sa, to_len)), 1, "and that of the other");
	check_is(received(host, &from_gone), 2, "two datagrams arrive");
	check(from_gone == !taken, taken ? "none from the address that was taken" : "one from the second address");
	if (taken)
		check_is(give(), 0, "give it back");
	close(host);
	close(fd);
	close(other);
}

static void all_kinds(void)
{
	for (enum kind kind = BOUND; kind <= CORKED; kind++) {
		one_kind(kind, false);
		one_kind(kind, true);
	}
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("ip addr add " V4 "/24 dev vst0 && ip addr add " V6 "/64 dev vst0 nodad"), "a second address");
	for (int i = 0; i < 2; i++) {
		v6 = i;
		check_is(give(), 0, "for A");
		all_kinds();
	}
	return net_end();
}
