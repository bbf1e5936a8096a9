// SPDX-License-Identifier: GPL-2.0
/*
 * What socket options could open: devices by whichever option names one,
 * groups, source routes, headers made by the user, IPv6 only, the error queue.
 * A second device of the host, vst1, is hidden from A; see network.h.
 */
#include <time.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include "network.h"

static unsigned int vst0, vst1;

static long send_with(bool v6, int level, int option, const void *value, socklen_t size)
{
	int fd = sock_for(v6 ? "::" : "0.0.0.0", SOCK_DGRAM);
	union addr to;
	socklen_t len = addr_of(&to, v6 ? "fd99::1" : "10.99.0.1", 9);
	long ret = err(setsockopt(fd, level, option, value, size));

	if (!ret)
		ret = err(sendto(fd, "x", 1, 0, &to.sa, len));
	close(fd);
	return ret;
}

/* To a group, or another address that needs a device, with the device chosen there. */
static long send_scoped(const char *dest, int option, int index)
{
	int fd = sock_for(dest, SOCK_DGRAM);
	union addr to;
	socklen_t len = addr_of(&to, dest, 9);
	struct ip_mreqn m = { .imr_ifindex = index };
	long ret = 0;

	if (option == IP_MULTICAST_IF)
		ret = err(setsockopt(fd, IPPROTO_IP, option, &m, sizeof(m)));
	else if (option == IPV6_MULTICAST_IF)
		ret = err(setsockopt(fd, IPPROTO_IPV6, option, &index, sizeof(index)));
	else
		to.v6.sin6_scope_id = index;
	if (!ret)
		ret = err(sendto(fd, "x", 1, 0, &to.sa, len));
	close(fd);
	return ret;
}

/* To a group, with the device known by an address, which becomes the source. */
static long send_from(const char *dest, const char *text)
{
	int fd = sock_for(dest, SOCK_DGRAM);
	union addr to;
	socklen_t len = addr_of(&to, dest, 9);
	struct in_addr from;
	long ret;

	inet_pton(AF_INET, text, &from);
	ret = err(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof(from)));
	if (!ret)
		ret = err(sendto(fd, "x", 1, 0, &to.sa, len));
	close(fd);
	return ret;
}

/* The device in the packet information. */
static long send_by(bool v6, int index)
{
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = "";
	struct iovec iov = { "x", 1 };
	union addr to;
	struct msghdr msg = {
		.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd = sock_for(v6 ? "::" : "0.0.0.0", SOCK_DGRAM);
	long ret;

	msg.msg_namelen = addr_of(&to, v6 ? "fd99::1" : "10.99.0.1", 9);
	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	if (v6) {
		c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
		((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = index;
	} else {
		msg.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
		c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
		((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = index;
	}
	ret = err(sendmsg(fd, &msg, 0));
	close(fd);
	return ret;
}

static void devices(void *arg)
{
	bool guest = arg;
	int be0 = htonl(vst0), be1 = htonl(vst1);
	/* What the host gets: IPv4 finds the way there whatever the device. */
	long hidden = guest ? -ENODEV : 1;

	check_is(send_with(false, SOL_SOCKET, SO_BINDTODEVICE, "vst0", 5), 1, "SO_BINDTODEVICE");
	check_is(send_with(false, SOL_SOCKET, SO_BINDTODEVICE, "vst1", 5), hidden,
		 "SO_BINDTODEVICE, hidden");
	check_is(send_with(false, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 1,
		 "SO_BINDTODEVICE, loopback");
	check_is(send_with(false, SOL_SOCKET, SO_BINDTODEVICE, "none", 5), -ENODEV,
		 "SO_BINDTODEVICE, none");
	check_is(send_with(false, SOL_SOCKET, SO_BINDTOIFINDEX, &vst0, sizeof(int)), 1,
		 "SO_BINDTOIFINDEX");
	check_is(send_with(false, SOL_SOCKET, SO_BINDTOIFINDEX, &vst1, sizeof(int)), hidden,
		 "SO_BINDTOIFINDEX, hidden");
	check_is(send_with(false, IPPROTO_IP, IP_UNICAST_IF, &be0, sizeof(int)), 1,
		 "IP_UNICAST_IF");
	check_is(send_with(false, IPPROTO_IP, IP_UNICAST_IF, &be1, sizeof(int)), hidden,
		 "IP_UNICAST_IF, hidden");
	check_is(send_with(true, IPPROTO_IPV6, IPV6_UNICAST_IF, &be0, sizeof(int)), 1,
		 "IPV6_UNICAST_IF");
	check_is(send_with(true, IPPROTO_IPV6, IPV6_UNICAST_IF, &be1, sizeof(int)),
		 guest ? -ENODEV : -ENETUNREACH, "IPV6_UNICAST_IF, hidden");
	check_is(send_by(false, vst0), 1, "IP_PKTINFO");
	check_is(send_by(false, vst1), hidden, "IP_PKTINFO, hidden");
	check_is(send_by(true, vst0), 1, "IPV6_PKTINFO");
	check_is(send_by(true, vst1), guest ? -ENODEV : -ENETUNREACH, "IPV6_PKTINFO, hidden");
	check_is(send_scoped("224.1.2.3", IP_MULTICAST_IF, vst0), 1, "IP_MULTICAST_IF");
	check_is(send_scoped("224.1.2.3", IP_MULTICAST_IF, vst1), hidden,
		 "IP_MULTICAST_IF, hidden");
	check_is(send_from("224.1.2.3", "10.99.0.11"), 1, "IP_MULTICAST_IF by A's address");
	check_is(send_from("224.1.2.3", "10.99.0.12"), guest ? -EPERM : 1,
		 "IP_MULTICAST_IF by B's address");
	check_is(send_from("224.1.2.3", "10.99.4.1"), hidden,
		 "IP_MULTICAST_IF by an address of a hidden device");
	check_is(send_scoped("ff02::123", IPV6_MULTICAST_IF, vst0), 1, "IPV6_MULTICAST_IF");
	check_is(send_scoped("ff02::123", IPV6_MULTICAST_IF, vst1), hidden,
		 "IPV6_MULTICAST_IF, hidden");
	check_is(send_scoped("ff02::123", 0, vst0), 1, "scope of the destination");
	check_is(send_scoped("ff02::123", 0, vst1), hidden, "scope of the destination, hidden");
	check_is(send_scoped("fe80::1", 0, vst1), hidden, "link-local, hidden");
}

static long join(const char *group, const char *addr, int index)
{
	union addr a;
	long ret;
	int fd;

	addr_of(&a, group, 0);
	fd = sock_for(group, SOCK_DGRAM);
	if (a.sa.sa_family == AF_INET) {
		struct ip_mreqn m = { .imr_multiaddr = a.v4.sin_addr, .imr_ifindex = index };

		if (addr)
			inet_pton(AF_INET, addr, &m.imr_address);
		ret = err(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)));
	} else {
		struct ipv6_mreq m = { .ipv6mr_multiaddr = a.v6.sin6_addr,
				       .ipv6mr_interface = index };

		ret = err(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof(m)));
	}
	close(fd);
	return ret;
}

static long join_any(const char *group, int index)
{
	struct group_req g = { .gr_interface = index };
	union addr a;
	socklen_t len = addr_of(&a, group, 0);
	int fd = sock_for(group, SOCK_DGRAM);
	long ret;

	memcpy(&g.gr_group, &a, len);
	ret = err(setsockopt(fd, len == sizeof(a.v4) ? IPPROTO_IP : IPPROTO_IPV6,
			     MCAST_JOIN_GROUP, &g, sizeof(g)));
	close(fd);
	return ret;
}

/* The same for one source only. */
static long join_source(const char *group, const char *source, int index)
{
	struct group_source_req g = { .gsr_interface = index };
	int fd = sock_for(group, SOCK_DGRAM);
	union addr a, s;
	socklen_t len = addr_of(&a, group, 0);
	long ret;

	addr_of(&s, source, 0);
	memcpy(&g.gsr_group, &a, len);
	memcpy(&g.gsr_source, &s, len);
	ret = err(setsockopt(fd, len == sizeof(a.v4) ? IPPROTO_IP : IPPROTO_IPV6,
			     MCAST_JOIN_SOURCE_GROUP, &g, sizeof(g)));
	close(fd);
	return ret;
}

static long join_source_old(const char *device)
{
	struct ip_mreq_source m;
	int fd = sock_for("0.0.0.0", SOCK_DGRAM);
	long ret;

	inet_pton(AF_INET, "232.1.2.3", &m.imr_multiaddr);
	inet_pton(AF_INET, "10.99.0.77", &m.imr_sourceaddr);
	inet_pton(AF_INET, device, &m.imr_interface);
	ret = err(setsockopt(fd, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &m, sizeof(m)));
	close(fd);
	return ret;
}

static void groups(void *arg)
{
	long hidden = arg ? -ENODEV : 0;

	check_is(join_source("232.1.2.3", "10.99.0.77", vst0), 0, "a group from one source");
	check_is(join_source("232.1.2.3", "10.99.0.77", vst1), hidden, "from one source, hidden");
	check_is(join_source("ff3e::123", "fd99::77", vst0), 0, "from one source in IPv6");
	check_is(join_source("ff3e::123", "fd99::77", vst1), hidden,
		 "from one source in IPv6, hidden");
	check_is(join_source_old("10.99.0.11"), 0, "IP_ADD_SOURCE_MEMBERSHIP");
	check_is(join_source_old("10.99.4.1"), hidden, "IP_ADD_SOURCE_MEMBERSHIP, hidden");

	check_is(join("224.1.2.3", NULL, vst0), 0, "join by number");
	check_is(join("224.1.2.3", NULL, vst1), hidden, "join by number, hidden");
	check_is(join("224.1.2.3", "10.99.0.11", 0), 0, "join by address");
	check_is(join("224.1.2.3", "10.99.4.1", 0), hidden, "join by address, hidden");
	check_is(join("ff02::123", NULL, vst0), 0, "join in IPv6");
	check_is(join("ff02::123", NULL, vst1), hidden, "join in IPv6, hidden");
	check_is(join_any("224.1.2.3", vst0), 0, "MCAST_JOIN_GROUP");
	check_is(join_any("224.1.2.3", vst1), hidden, "MCAST_JOIN_GROUP, hidden");
	check_is(join_any("ff02::123", vst0), 0, "MCAST_JOIN_GROUP in IPv6");
	check_is(join_any("ff02::123", vst1), hidden, "MCAST_JOIN_GROUP in IPv6, hidden");
}

/* Members of a group, bound to any address and to the group. */
static int member(const char *text, int port)
{
	struct ip_mreqn m = { .imr_ifindex = vst0 };
	int fd = bound(text, port, SOCK_DGRAM);

	inet_pton(AF_INET, "224.1.2.3", &m.imr_multiaddr);
	if (fd >= 0 && setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)))
		return -errno;
	return fd;
}

static void multicast(void)
{
	struct ip_mreqn m = { .imr_ifindex = vst0 };
	int wild, group, other, host = sock_for("0.0.0.0", SOCK_DGRAM);
	union addr to;
	socklen_t len = addr_of(&to, "224.1.2.3", 24000);
	char c;

	setsockopt(host, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m));
	wild = opened_in(NID_A, member, "0.0.0.0", 24000);
	check(wild >= 0, "A: member of a group");
	check_is(err(sendto(host, "x", 1, 0, &to.sa, len)), 1, "host: send to the group");
	check(!arrives(wild, 200), "A: without the capability nothing arrives");
	check_is(opened_in(NID_A, member, "224.1.2.3", 24001), -EADDRNOTAVAIL,
		 "A: nor can it bind to the group");
	check_is(net_set_caps(NID_A, NXC_MULTICAST), 0, "give A the capability");
	check_is(err(sendto(host, "x", 1, 0, &to.sa, len)), 1, "host: send to the group");
	check(arrives(wild, 3000), "A: it arrives");
	other = opened_in(NID_B, member, "0.0.0.0", 24000);
	check_is(err(sendto(host, "x", 1, 0, &to.sa, len)), 1, "host: send to the group");
	check(!arrives(other, 200), "B: not for B, which has no capability");
	group = opened_in(NID_A, member, "224.1.2.3", 24001);
	check(group >= 0, "A: binds to the group");
	len = addr_of(&to, "224.1.2.3", 24001);
	check_is(err(sendto(host, "x", 1, 0, &to.sa, len)), 1, "host: send to it");
	check(arrives(group, 3000), "A: it arrives");
	check_is(net_set_caps(NID_A, 0), 0, "take the capability");
	check_is(err(recv(group, &c, 1, MSG_DONTWAIT)), 1, "A: what came before");
	check_is(err(sendto(host, "x", 1, 0, &to.sa, len)), 1, "host: send to it");
	check(!arrives(group, 200), "A: nothing arrives any more");
	close(wild);
	close(group);
	close(other);
	close(host);
}

/* By way of the own loopback to the host's: loose and strict. */
static void source_routes(void *arg)
{
	unsigned char loose[12] = { IPOPT_NOP, IPOPT_LSRR, 11, 4, 127, 0, 0, 1, 10, 99, 0, 1 };
	unsigned char strict[12] = { IPOPT_NOP, IPOPT_SSRR, 11, 4, 127, 0, 0, 1, 10, 99, 0, 1 };
	unsigned char record[12] = { IPOPT_NOP, IPOPT_RR, 11, 4 };
	long want = arg ? -EINVAL : 0;
	int fd = sock_for("0.0.0.0", SOCK_DGRAM);

	check_is(err(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, loose, 12)), want, "a loose route");
	check_is(err(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, strict, 12)), want, "a strict route");
	check_is(err(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, record, 12)), 0, "record the route");
	close(fd);
}

static long send_header(const char *source, const char *dest)
{
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
	} p = { .ip = { .version = 4, .ihl = 5, .ttl = 9, .protocol = IPPROTO_ICMP },
		.icmp = { .type = ICMP_ECHO } };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	union addr to;
	socklen_t len = addr_of(&to, dest, 0);
	long ret;

	p.ip.saddr = inet_addr(source);
	p.ip.daddr = to.v4.sin_addr.s_addr;
	p.ip.tot_len = htons(sizeof(p));
	ret = err(sendto(fd, &p, sizeof(p), 0, &to.sa, len));
	close(fd);
	return ret == sizeof(p) ? 0 : ret;
}

static long send_header6(const char *source)
{
	struct {
		struct ip6_hdr ip;
		char rest[8];
	} p = { .ip.ip6_vfc = 0x60, .ip.ip6_nxt = IPPROTO_NONE, .ip.ip6_hlim = 9 };
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	union addr to;
	socklen_t len = addr_of(&to, "fd99::1", 0);
	long ret;

	inet_pton(AF_INET6, source, &p.ip.ip6_src);
	p.ip.ip6_dst = to.v6.sin6_addr;
	p.ip.ip6_plen = htons(sizeof(p.rest));
	ret = err(sendto(fd, &p, sizeof(p), 0, &to.sa, len));
	close(fd);
	return ret == sizeof(p) ? 0 : ret;
}

static void headers(void *arg)
{
	long foreign = arg ? -EPERM : 0;

	check_is(send_header("10.99.0.11", "10.99.0.1"), 0, "header: A's address");
	check_is(send_header("10.99.0.12", "10.99.0.1"), foreign, "header: B's address");
	check_is(send_header("10.99.0.1", "10.99.0.1"), foreign, "header: the host's");
	check_is(send_header("192.0.2.1", "10.99.0.1"), foreign, "header: nobody's");
	check_is(send_header("127.0.0.1", "10.99.0.1"), foreign, "header: the host's loopback");
	check_is(send_header("10.99.0.255", "10.99.0.1"), foreign, "header: a broadcast");
	check_is(send_header6("fd99::11"), 0, "header: A's IPv6 address");
	check_is(send_header6("fd99::12"), foreign, "header: B's IPv6 address");
	check_is(send_header6("fd99::1"), foreign, "header: the host's IPv6 address");
	check_is(send_header6("::1"), foreign, "header: the host's IPv6 loopback");
}

/* The error for a datagram to the own loopback: who sent it, what it was for. */
static void error_queue(const char *dest, const char *want)
{
	char control[256], buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	union addr to, name;
	struct msghdr msg = {
		.msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	socklen_t len = addr_of(&to, dest, 9);
	int fd = sock_for(dest, SOCK_DGRAM), one = 1;
	struct pollfd p = { fd, 0, 0 };
	bool v6 = len == sizeof(to.v6);
	struct cmsghdr *c;

	setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &one,
		   sizeof(one));
	check_is(err(sendto(fd, "x", 1, 0, &to.sa, len)), 1, dest);
	poll(&p, 1, 3000);
	check_is(err(recvmsg(fd, &msg, MSG_ERRQUEUE)), 1, "the error is there");
	check_text(addr_text(&name), want, "it names where the packet went");
	c = CMSG_FIRSTHDR(&msg);
	if (check(c && msg.msg_namelen, "and who sent it")) {
		struct sock_extended_err *e = (struct sock_extended_err *)CMSG_DATA(c);

		check_is(e->ee_errno, ECONNREFUSED, "nobody listens");
		memset(&name, 0, sizeof(name));
		memcpy(&name, SO_EE_OFFENDER(e), len);
		check_text(addr_text(&name), want, "the offender");
	}
	close(fd);
}

static void errors(void *arg)
{
	(void)arg;
	error_queue("127.0.0.1", "127.0.0.1");
	error_queue("10.99.0.11", "10.99.0.11");
	error_queue("::1", "::1");
	error_queue("fd99::11", "fd99::11");
}

static int only6(const char *text, int port)
{
	int fd = sock_for("::", SOCK_STREAM), one = 1;
	union addr a;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return bind(fd, &a.sa, addr_of(&a, text, port)) || listen(fd, 1) ? -errno : fd;
}

static void v6only(void)
{
	int a = opened_in(NID_A, only6, "::", 24100), b;

	check(a >= 0, "A: IPv6 only");
	check_is(made(connected("fd99::11", 24100, SOCK_STREAM)), 0, "it has IPv6");
	check_is(made(connected("10.99.0.11", 24100, SOCK_STREAM)), -ECONNREFUSED, "not IPv4");
	b = opened_in(NID_A, listening, "0.0.0.0", 24100);
	check(b >= 0, "A: IPv4 beside it");
	check_is(opened_in(NID_A, listening, "::", 24100), -EADDRINUSE, "A: not both again");
	check_is(made(connected("10.99.0.11", 24100, SOCK_STREAM)), 0, "now it has IPv4");
	close(a);
	close(b);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("ip link add vst1 type dummy && ip link set vst1 up && "
		 "ip addr add 10.99.4.1/24 dev vst1 && ip addr add fd9b::1/64 dev vst1 nodad"),
	      "a device of the host");
	vst0 = if_nametoindex("vst0");
	vst1 = if_nametoindex("vst1");
	in_child(devices, NULL);
	in_net(NID_A, devices, "guest");
	in_child(groups, NULL);
	in_net(NID_A, groups, "guest");
	multicast();
	in_child(source_routes, NULL);
	in_net(NID_A, source_routes, "guest");
	in_child(headers, NULL);
	in_net(NID_A, headers, "guest");
	in_net(NID_A, errors, NULL);
	v6only();
	check(sh("ip link del vst1"), "the device goes");
	return net_end();
}
