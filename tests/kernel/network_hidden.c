// SPDX-License-Identifier: GPL-2.0
/*
 * What is kept where few look: routes that the kernel learned, flow labels, what
 * can be put above TCP, and the own loopback under its usual name in options and
 * in questions about sockets. See network.h.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/udp.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include "network.h"
#include <linux/in6.h>

static char text[1 << 15];

static bool output_has(const char *command, const char *want)
{
	FILE *f = popen(command, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		pclose(f);
	return strstr(text, want);
}

/* A router far away says that packets to @dest must be smaller. */
static void learn(const char *dest)
{
	struct {
		struct icmphdr icmp;
		struct iphdr ip;
		struct udphdr udp;
	} p4 = { .icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED },
		 .ip = { .version = 4, .ihl = 5, .protocol = IPPROTO_UDP } };
	struct {
		struct icmp6_hdr icmp;
		struct ip6_hdr ip;
		struct udphdr udp;
	} p6 = { .icmp = { .icmp6_type = ICMP6_PACKET_TOO_BIG, .icmp6_mtu = htonl(1300) },
		 .ip = { .ip6_vfc = 0x60, .ip6_nxt = IPPROTO_UDP, .ip6_plen = htons(8) } };
	bool v6 = strchr(dest, ':');
	int fd = bound(v6 ? "fd99::1" : "10.99.0.1", 0, SOCK_DGRAM);
	int raw = v6 ? socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) :
		       socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	unsigned short *word = (unsigned short *)&p4;
	unsigned int i, sum = 0;
	union addr to, self;
	socklen_t len = addr_of(&to, dest, 9);

	check_is(err(connect(fd, &to.sa, len)), 0, "host: a conversation");
	local_name(fd, &self);
	p4.icmp.un.frag.mtu = htons(1300);
	p4.ip.saddr = self.v4.sin_addr.s_addr;
	p4.ip.daddr = to.v4.sin_addr.s_addr;
	p4.udp.source = p6.udp.source = v6 ? self.v6.sin6_port : self.v4.sin_port;
	p4.udp.dest = p6.udp.dest = htons(9);
	for (i = 0; i < sizeof(p4) / 2; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	p4.icmp.checksum = ~(sum + (sum >> 16));
	p6.ip.ip6_src = self.v6.sin6_addr;
	p6.ip.ip6_dst = to.v6.sin6_addr;
	if (v6)
		self.v6.sin6_port = 0;
	check(sendto(raw, v6 ? (void *)&p6 : &p4, v6 ? sizeof(p6) : sizeof(p4), 0, &self.sa, len) > 0,
	      "a router answers");
	/* The answer is taken in when the softirq runs, and only while the socket is there. */
	check(arrives(fd, 5000), "and the sender learns of it");
	close(raw);
	close(fd);
}

#define CACHE4	"ip route show cache"
#define CACHE6	"ip -6 route show cache"

/* A dump as older programs ask for it: routes and exceptions in one. */
static bool dumped(int family, const char *dest)
{
	struct {
		struct nlmsghdr n;
		unsigned char rtm[12];
	} req = { { sizeof(req), 26, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 }, { family } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	unsigned char bytes[16];
	bool found = false, end = false;

	inet_pton(family, dest, bytes);
	if (send(fd, &req, sizeof(req), 0) < 0)
		end = true;
	while (!end && arrives(fd, 3000)) {
		ssize_t n = recv(fd, text, sizeof(text), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)text;

		found |= n > 0 && memmem(text, n, bytes, family == AF_INET ? 4 : 16);
		for (; n > 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
			end |= h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
	}
	close(fd);
	return found;
}

static void exceptions_shown(void *arg)
{
	const char *who = arg;
	bool shown = who[0] == 'h';

	check(output_has(CACHE4, "10.99.0.77") == shown, "%s: %s: %d", who, CACHE4, shown);
	check(output_has(CACHE6, "fd99::77") == shown, "%s: %s: %d", who, CACHE6, shown);
	check(dumped(AF_INET, "10.99.0.77") == shown, "%s: in a dump: %d", who, shown);
	check(dumped(AF_INET6, "fd99::77") == shown, "%s: in a dump of IPv6: %d", who, shown);
}

static void exceptions(void)
{
	learn("10.99.0.77");
	learn("fd99::77");
	exceptions_shown("host");
	in_net(NID_A, exceptions_shown, "A");
	net_set_flags(NID_A, 0, NXF_HIDE_NETIF);
	in_net(NID_A, exceptions_shown, "host's view in A");
	net_set_flags(NID_A, NXF_HIDE_NETIF, NXF_HIDE_NETIF);
}

static long flow_label(int fd, unsigned int number, int share, int flags)
{
	struct in6_flowlabel_req req = {
		.flr_label = htonl(number), .flr_action = IPV6_FL_A_GET, .flr_share = share,
		.flr_flags = flags,
	};

	inet_pton(AF_INET6, "fd99::1", &req.flr_dst);
	return err(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &req, sizeof(req)));
}

static void flow_labels_in(void *arg)
{
	int fd = sock_for("::", SOCK_DGRAM), fd2 = sock_for("::", SOCK_DGRAM);

	check_is(flow_label(fd, 0x10001, IPV6_FL_S_ANY, 0), -EPERM, "a label that the host shares with all");
	check_is(flow_label(fd, 0x10002, IPV6_FL_S_USER, 0), -EPERM, "one of its user 0");
	check_is(flow_label(fd, 0x10001, IPV6_FL_S_ANY, IPV6_FL_F_CREATE), -EPERM, "nor make it");
	check_is(flow_label(fd, 0x10003, IPV6_FL_S_ANY, 0), -ENOENT, "one that nobody has");
	check_is(flow_label(fd, 0x10003, IPV6_FL_S_USER, IPV6_FL_F_CREATE), 0, "make one");
	check_is(flow_label(fd2, 0x10003, IPV6_FL_S_USER, 0), 0, "and share it inside");
	close(fd);
	close(fd2);
}

static void flow_labels(void)
{
	int fd = sock_for("::", SOCK_DGRAM), fd2 = sock_for("::", SOCK_DGRAM);

	check_is(flow_label(fd, 0x10001, IPV6_FL_S_ANY, IPV6_FL_F_CREATE), 0, "host: a label for all");
	check_is(flow_label(fd, 0x10002, IPV6_FL_S_USER, IPV6_FL_F_CREATE), 0, "host: one for user 0");
	check_is(flow_label(fd2, 0x10001, IPV6_FL_S_ANY, 0), 0, "host: shared with itself");
	check_is(flow_label(fd2, 0x10002, IPV6_FL_S_USER, 0), 0, "host: and the other");
	in_net(NID_A, flow_labels_in, NULL);
	close(fd);
	close(fd2);
}

/* What can be put above a connection of TCP. */
static void above_tcp(void *arg)
{
	int lst = listening("127.0.0.1", 8480), fd = connected("127.0.0.1", 8480, SOCK_STREAM);

	check_is(err(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "espintcp", 8)), arg ? -ENOENT : 0,
		 "IPsec above TCP");
	close(fd);
	fd = connected("127.0.0.1", 8480, SOCK_STREAM);
	check_is(err(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "smc", 3)), -ENOENT, "SMC above TCP");
	check_is(err(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "mptcp", 5)), -EOPNOTSUPP,
		 "MPTCP is not for users");
	check_is(err(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3)), 0, "TLS above TCP");
	close(fd);
	close(lst);
}

/* An address among the ancillary data, as text; "" if there is none. */
static const char *item_of(struct msghdr *msg, int level, int type, size_t offset)
{
	static char name[INET6_ADDRSTRLEN];
	struct cmsghdr *c;

	name[0] = '\0';
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == level && c->cmsg_type == type)
			inet_ntop(level == IPPROTO_IP ? AF_INET : AF_INET6, CMSG_DATA(c) + offset,
				  name, sizeof(name));
	return name;
}

static void names_of_datagram(const char *addr)
{
	static const int options6[] = { IPV6_RECVORIGDSTADDR, IPV6_2292PKTINFO, IPV6_RECVPKTINFO };
	static const int options4[] = { IP_RECVORIGDSTADDR, IP_PKTINFO };
	bool v6 = strchr(addr, ':');
	char control[256], buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd = bound(addr, 8481, SOCK_DGRAM), out = sock_for(addr, SOCK_DGRAM), one = 1, i;
	union addr to;
	socklen_t len = addr_of(&to, addr, 8481);

	for (i = 0; i < (v6 ? 3 : 2); i++)
		check_is(err(setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
					v6 ? options6[i] : options4[i], &one, sizeof(one))), 0,
			 "an option");
	check(sendto(out, "x", 1, 0, &to.sa, len) == 1 && arrives(fd, 3000) &&
	      recvmsg(fd, &msg, 0) == 1, "a datagram to %s", addr);
	if (v6) {
		check_text(item_of(&msg, IPPROTO_IPV6, IPV6_ORIGDSTADDR,
				   offsetof(struct sockaddr_in6, sin6_addr)), addr, "original destination");
		check_text(item_of(&msg, IPPROTO_IPV6, IPV6_2292PKTINFO, 0), addr, "old information");
		check_text(item_of(&msg, IPPROTO_IPV6, IPV6_PKTINFO, 0), addr, "information");
	} else {
		check_text(item_of(&msg, IPPROTO_IP, IP_ORIGDSTADDR,
				   offsetof(struct sockaddr_in, sin_addr)), addr, "original destination");
		check_text(item_of(&msg, IPPROTO_IP, IP_PKTINFO,
				   offsetof(struct in_pktinfo, ipi_addr)), addr, "information");
		check_text(item_of(&msg, IPPROTO_IP, IP_PKTINFO,
				   offsetof(struct in_pktinfo, ipi_spec_dst)), addr, "its source");
	}
	close(fd);
	close(out);
}

/* The same of a connection, by way of an option that is read. */
static void names_of_stream(const char *addr)
{
	bool v6 = strchr(addr, ':');
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP, one = 1;
	int lst = listening(addr, 8482), c = connected(addr, 8482, SOCK_STREAM);
	int s = accept(lst, NULL, NULL);
	char control[256];
	socklen_t len = sizeof(control);
	struct msghdr msg = { .msg_control = control };

	check_is(err(setsockopt(s, level, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &one, sizeof(one))), 0,
		 "an option");
	if (v6)
		check_is(err(setsockopt(s, level, IPV6_2292PKTINFO, &one, sizeof(one))), 0, "and the old one");
	check_is(err(getsockopt(s, level, v6 ? IPV6_2292PKTOPTIONS : IP_PKTOPTIONS, control, &len)), 0,
		 "what is known of a connection");
	msg.msg_controllen = len;
	/* That of IPv6 has the kernel's layout whatever the program's. */
	if (v6 && sizeof(long) == 8) {
		check_text(item_of(&msg, level, IPV6_PKTINFO, 0), addr, "its address");
		check_text(item_of(&msg, level, IPV6_2292PKTINFO, 0), addr, "in the old form");
	} else if (!v6) {
		check_text(item_of(&msg, level, IP_PKTINFO, offsetof(struct in_pktinfo, ipi_addr)), addr,
			   "its address");
		check_text(item_of(&msg, level, IP_PKTINFO, offsetof(struct in_pktinfo, ipi_spec_dst)),
			   addr, "and its source");
	}
	close(lst);
	close(c);
	close(s);
}

/* ss -K and ss with conditions, on connections over the own loopback. */
static void questions(const char *addr)
{
	const char *name = strchr(addr, ':') ? "[::1]" : addr;
	int lst = listening(addr, 8483), c = connected(addr, 8483, SOCK_STREAM);
	int udp = bound(addr, 8484, SOCK_DGRAM);
	char command[96], shown[64];

	snprintf(shown, sizeof(shown), "%s:8483", name);
	snprintf(command, sizeof(command), "ss -Htn dst %s", name);
	check(lst >= 0 && c >= 0 && udp >= 0 && output_has(command, shown), "%s: shows %s", command, shown);
	snprintf(command, sizeof(command), "ss -Hltn src %s", name);
	check(output_has(command, shown), "%s: shows %s", command, shown);
	snprintf(command, sizeof(command), "ss -Hlun src %s", name);
	check(output_has(command, ":8484"), "%s: shows it", command);
	snprintf(command, sizeof(command), "ss -HKtn dst %s dport = 8483", name);
	check(output_has(command, shown), "%s: closes it", command);
	check_is(waiting_error(c), -ECONNABORTED, "it is closed");
	snprintf(command, sizeof(command), "ss -HKlun src %s sport = 8484", name);
	check(output_has(command, ":8484"), "%s: closes it", command);
	check_is(waiting_error(udp), -ECONNABORTED, "it is closed");
	close(lst);
	close(c);
	close(udp);
}

static void loopback(void *arg)
{
	names_of_datagram("127.0.0.1");
	names_of_datagram("::1");
	names_of_stream("127.0.0.1");
	names_of_stream("::1");
	questions("127.0.0.1");
	questions("::1");
}

/* Fast open decides on the source when the first data is written, or before. */
static void fast_open(void *arg)
{
	static const char * const dest[] = { "10.99.0.1", "fd99::1" }, * const want[] = {
		"host 10.99.0.11", "host fd99::11" };
	char answer[64];
	int i, one = 1;

	for (i = 0; i < 2; i++) {
		int fd = sock_for(dest[i], SOCK_STREAM);
		union addr a;
		ssize_t n;

		check_is(err(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one))), 0,
			 "fast open");
		check_is(err(connect(fd, &a.sa, addr_of(&a, dest[i], 8485 + i))), 0, "connect");
		check_is(err(send(fd, "x", 1, MSG_NOSIGNAL)), 1, "write");
		n = arrives(fd, 3000) ? recv(fd, answer, sizeof(answer) - 1, 0) : 0;
		answer[n > 0 ? n : 0] = '\0';
		check_text(answer, want[i], "the source");
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct server s4, s6;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	exceptions();
	flow_labels();
	in_child(above_tcp, NULL);
	in_net(NID_A, above_tcp, "guest");
	in_child(loopback, NULL);
	in_net(NID_A, loopback, NULL);
	in_net(NID_B, loopback, NULL);
	s4 = server_start(0, "10.99.0.1", 8485, "host");
	s6 = server_start(0, "fd99::1", 8486, "host");
	check_is(s4.ready ?: s6.ready, 0, "the host listens");
	in_net(NID_A, fast_open, NULL);
	server_stop(&s4);
	server_stop(&s6);
	return net_end();
}
