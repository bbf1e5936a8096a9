// SPDX-License-Identifier: GPL-2.0
/*
 * Ways that a sender names: routing headers of IPv6 through each door there is,
 * options in an IPv4 header that the user made, packets that a host forwards
 * and that ask routers to look at them. See network.h.
 */
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include "network.h"
#include <linux/in6.h>

/* By way of the host's loopback: segment routing, and as mobile nodes do it. */
static const unsigned char segments[24] = { 0, 2, 4, 0, 0, 0, 0, 0, [23] = 1 };
static const unsigned char home[24] = { 0, 2, 2, 1, 0, 0, 0, 0, [23] = 1 };

static long sticky(const unsigned char *header)
{
	int fd = sock_for("::", SOCK_DGRAM);
	long ret = err(setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, header, header ? 24 : 0));

	close(fd);
	return ret;
}

/* The header as an item of ancillary data. */
static size_t item(char *control, int type, const unsigned char *header)
{
	struct cmsghdr *c = (struct cmsghdr *)control;

	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(24);
	memcpy(CMSG_DATA(c), header, 24);
	return CMSG_SPACE(24);
}

static long beside(int type, const unsigned char *header, bool raw)
{
	char control[CMSG_SPACE(24)] __attribute__((aligned(8))) = "", echo[8] = { ICMP6_ECHO_REQUEST };
	struct iovec iov = { echo, sizeof(echo) };
	union addr to;
	struct msghdr msg = {
		.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = item(control, type, header),
	};
	int fd = raw ? socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) : sock_for("::", SOCK_DGRAM);
	long ret;

	msg.msg_namelen = addr_of(&to, "fd99::1", raw ? 0 : 9);
	ret = err(sendmsg(fd, &msg, 0));
	close(fd);
	return ret;
}

/* The older way to set what is sticky: a list of items. */
static long list(const unsigned char *header)
{
	char control[CMSG_SPACE(24)] __attribute__((aligned(8))) = "";
	int fd = sock_for("::", SOCK_STREAM);
	long ret = err(setsockopt(fd, IPPROTO_IPV6, IPV6_2292PKTOPTIONS, control,
				  item(control, IPV6_RTHDR, header)));

	close(fd);
	return ret;
}

/* Options can be tied to a flow label. */
static long label(const unsigned char *header)
{
	struct {
		struct in6_flowlabel_req req;
		char control[CMSG_SPACE(24)] __attribute__((aligned(8)));
	} l = { .req = { .flr_action = IPV6_FL_A_GET, .flr_share = IPV6_FL_S_EXCL,
			 .flr_flags = IPV6_FL_F_CREATE } };
	int fd = sock_for("::", SOCK_DGRAM);
	long ret;

	inet_pton(AF_INET6, "fd99::1", &l.req.flr_dst);
	item(l.control, IPV6_RTHDR, header);
	ret = err(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &l, sizeof(l)));
	close(fd);
	return ret;
}

static void routing_headers(void *arg)
{
	long set = arg ? -EINVAL : 0;

	check_is(sticky(segments), set, "segment routing, sticky");
	check_is(sticky(NULL), 0, "none");
	check_is(beside(IPV6_RTHDR, segments, false), -EINVAL,
		 "segment routing beside the data is nobody's");
	/* These need a kernel with IPV6_MIP6, as distributions have it. */
	check_is(sticky(home), set, "to a mobile node, sticky");
	check_is(beside(IPV6_RTHDR, home, false), arg ? -EINVAL : 8, "beside a datagram");
	check_is(beside(IPV6_2292RTHDR, home, false), arg ? -EINVAL : 8, "by the older name");
	check_is(beside(IPV6_RTHDR, home, true), arg ? -EINVAL : 8, "beside a raw packet");
	/* The kernel reads these in its own layout, whatever the program's. */
	if (sizeof(long) == 8) {
		check_is(list(home), set, "in a list of options");
		check_is(label(home), set, "with a flow label");
	}
}

/* Echo to @dest with options in the header, which are not the user's to check. */
static long send_options(const unsigned char *options, size_t size)
{
	struct {
		struct iphdr ip;
		unsigned char rest[20];
	} p = { .ip = { .version = 4, .ihl = 5 + size / 4, .ttl = 9, .protocol = IPPROTO_ICMP } };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), one = 1;
	size_t len = sizeof(p.ip) + size + 8;
	union addr to;
	socklen_t tolen = addr_of(&to, "10.99.0.1", 0);
	long ret;

	setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one));
	p.ip.saddr = inet_addr("10.99.0.11");
	p.ip.daddr = to.v4.sin_addr.s_addr;
	memcpy(p.rest, options, size);
	p.rest[size] = ICMP_ECHO;
	ret = err(sendto(fd, &p, len, 0, &to.sa, tolen));
	close(fd);
	return ret == (long)len ? 0 : ret;
}

static void header_options(void *arg)
{
	static const unsigned char none[4] = { IPOPT_NOP, IPOPT_NOP, IPOPT_NOP, IPOPT_EOL };
	static const unsigned char record[8] = { IPOPT_NOP, IPOPT_RR, 7, 4 };
	static const unsigned char loose[12] = { IPOPT_NOP, IPOPT_LSRR, 7, 4, 127, 0, 0, 1 };
	static const unsigned char strict[12] = { IPOPT_NOP, IPOPT_SSRR, 7, 4, 127, 0, 0, 1 };
	static const unsigned char behind[12] = { IPOPT_RR, 3, 4, IPOPT_LSRR, 7, 4, 127, 0, 0, 1 };
	static const unsigned char broken[4] = { IPOPT_RR, 0, IPOPT_LSRR, 3 };
	static const unsigned char cut[4] = { IPOPT_NOP, IPOPT_NOP, IPOPT_NOP, IPOPT_RR };
	static const unsigned char after_end[8] = { IPOPT_EOL, IPOPT_LSRR, 7, 4, 127, 0, 0, 1 };
	long refused = arg ? -EPERM : 0;

	check_is(send_options(none, 0), 0, "a header without options");
	check_is(send_options(none, 4), 0, "with options that say nothing");
	check_is(send_options(record, 8), 0, "with a record of the route");
	check_is(send_options(loose, 12), refused, "with a loose route");
	check_is(send_options(strict, 12), refused, "with a strict route");
	check_is(send_options(behind, 12), refused, "with a route behind another option");
	check_is(send_options(broken, 4), refused, "with an option without length");
	check_is(send_options(cut, 4), refused, "with an option that is cut off");
	check_is(send_options(after_end, 8), 0, "what is behind the end does not count");
}

static int alert_socket(const char *text, int port)
{
	bool v6 = strchr(text, ':');
	int fd = v6 ? socket(AF_INET6, SOCK_RAW, IPPROTO_RAW) :
		      socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), on = v6 ? 0 : 1;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  v6 ? IPV6_ROUTER_ALERT : IP_ROUTER_ALERT, &on, sizeof(on)) ? -errno : fd;
}

#define NEXT	"ip netns exec vsnext "

/* From a machine behind the host to one beyond it, with the option "router alert". */
static void router_alerts(void)
{
	static const unsigned char alert4[4] = { 148, 4, 0, 0 };
	static const unsigned char alert6[8] = { 0, 0, 5, 2, 0, 0, 1, 0 };
	struct icmphdr echo4 = { .type = ICMP_ECHO };
	struct icmp6_hdr echo6 = { .icmp6_type = ICMP6_ECHO_REQUEST };
	int a4 = opened_in(NID_A, alert_socket, "0.0.0.0", 0);
	int a6 = opened_in(NID_A, alert_socket, "::", 0), ns, own, host4, host6, out4, out6;
	union addr to4, to6;

	check(a4 >= 0 && a6 >= 0, "A: sockets for router alerts");
	if (!check(sh("ip netns add vsnext && ip link add vst3 type veth peer name eth0 netns vsnext && "
		      "ip addr add 10.98.0.1/24 dev vst3 && ip addr add fd98::1/64 dev vst3 nodad && "
		      "ip link set vst3 up && " NEXT "ip addr add 10.98.0.2/24 dev eth0 && "
		      NEXT "ip addr add fd98::2/64 dev eth0 nodad && " NEXT "ip link set eth0 up && "
		      NEXT "ip route add default via 10.98.0.1 && "
		      NEXT "ip -6 route add default via fd98::1 && "
		      "sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"),
		   "the host forwards for a network behind it"))
		return;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ns = open("/run/netns/vsnext", O_RDONLY | O_CLOEXEC);
	check_is(err(setns(ns, CLONE_NEWNET)), 0, "go there");
	out4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	out6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	check_is(err(setns(own, CLONE_NEWNET)), 0, "and back");
	check_is(err(setsockopt(out4, IPPROTO_IP, IP_OPTIONS, alert4, 4)), 0, "the option");
	check_is(err(setsockopt(out6, IPPROTO_IPV6, IPV6_HOPOPTS, alert6, 8)), 0, "and of IPv6");
	addr_of(&to4, "10.99.0.77", 0);
	addr_of(&to6, "fd99::77", 0);

	check_is(err(sendto(out4, &echo4, 8, 0, &to4.sa, sizeof(to4.v4))), 8, "a packet to forward");
	check_is(err(sendto(out6, &echo6, 8, 0, &to6.sa, sizeof(to6.v6))), 8, "and of IPv6");
	check(!arrives(a4, 300), "A does not get what is forwarded");
	check(!arrives(a6, 0), "nor IPv6");
	host4 = alert_socket("0.0.0.0", 0);
	host6 = alert_socket("::", 0);
	check_is(err(sendto(out4, &echo4, 8, 0, &to4.sa, sizeof(to4.v4))), 8, "another one");
	check_is(err(sendto(out6, &echo6, 8, 0, &to6.sa, sizeof(to6.v6))), 8, "and of IPv6");
	check(arrives(host4, 3000), "the host does");
	check(arrives(host6, 3000), "and IPv6");
	check(!arrives(a4, 100) && !arrives(a6, 0), "still not A");
	close(a4);
	close(a6);
	close(host4);
	close(host6);
	close(out4);
	close(out6);
	close(ns);
	close(own);
	check(sh("sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 && "
		 "ip link del vst3 && ip netns del vsnext && umount /run/netns"), "it goes");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	in_child(routing_headers, NULL);
	in_net(NID_A, routing_headers, "guest");
	in_net(NID_B, routing_headers, "guest");
	in_child(header_options, NULL);
	in_net(NID_A, header_options, "guest");
	router_alerts();
	return net_end();
}
