// SPDX-License-Identifier: GPL-2.0
/*
 * What a network context sees: sockets, devices, addresses, names, through
 * /proc, ioctls and netlink. See network.h for the addresses.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include "network.h"

static char text[1 << 16];

static bool file_has(const char *path, const char *what)
{
	return read_file(path, text, sizeof(text)) && strstr(text, what);
}

/* A listening TCP port in hex, as /proc/net shows it. */
static bool tcp_shows(int port)
{
	char hex[16];

	snprintf(hex, sizeof(hex), ":%04X ", port);
	return file_has("/proc/net/tcp", hex) || file_has("/proc/net/tcp6", hex);
}

static bool udp_shows(int port)
{
	char hex[16];

	snprintf(hex, sizeof(hex), ":%04X ", port);
	return file_has("/proc/net/udp", hex) || file_has("/proc/net/udp6", hex);
}

struct answers {
	int messages;
	int error;	/* of NLMSG_ERROR */
	bool found;	/* what the visitor looked for */
};

/* Send a request, walk the answers until the end. */
static struct answers netlink_ask(int protocol, void *req, size_t len,
				  bool (*visit)(struct nlmsghdr *n, void *arg), void *arg)
{
	struct answers a = { 0 };
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	bool dump = ((struct nlmsghdr *)req)->nlmsg_flags & NLM_F_DUMP, end = false;

	if (fd < 0 || sendto(fd, req, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
		a.error = -errno;
		end = true;
	}
	while (!end && arrives(fd, 3000)) {
		static char buf[1 << 15];
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		for (; n > 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE) {
				end = true;
				break;
			}
			if (h->nlmsg_type == NLMSG_ERROR) {
				a.error = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
				end = true;
				break;
			}
			a.messages++;
			if (visit && visit(h, arg))
				a.found = true;
			end = !dump;
		}
	}
	close(fd);
	return a;
}

static bool is_link(struct nlmsghdr *n, void *arg)
{
	struct ifinfomsg *i = NLMSG_DATA(n);

	return n->nlmsg_type == RTM_NEWLINK && (unsigned int)i->ifi_index == *(unsigned int *)arg;
}

static struct answers links(unsigned int index, int flags)
{
	struct {
		struct nlmsghdr n;
		struct ifinfomsg i;
	} req = {
		{ sizeof(req), RTM_GETLINK, NLM_F_REQUEST | flags, 1, 0 },
		{ .ifi_family = AF_UNSPEC, .ifi_index = flags ? 0 : index },
	};

	return netlink_ask(NETLINK_ROUTE, &req, sizeof(req), is_link, &index);
}

static bool is_addr(struct nlmsghdr *n, void *arg)
{
	struct ifaddrmsg *i = NLMSG_DATA(n);
	struct rtattr *r = IFA_RTA(i);
	int len = IFA_PAYLOAD(n);
	union addr want;
	const void *bytes;
	size_t size;

	addr_of(&want, arg, 0);
	bytes = want.sa.sa_family == AF_INET ? (void *)&want.v4.sin_addr : &want.v6.sin6_addr;
	size = want.sa.sa_family == AF_INET ? 4 : 16;
	for (; RTA_OK(r, len); r = RTA_NEXT(r, len))
		if (r->rta_type == IFA_ADDRESS && RTA_PAYLOAD(r) == size &&
		    !memcmp(RTA_DATA(r), bytes, size))
			return true;
	return false;
}

static bool addr_shows(const char *addr)
{
	struct {
		struct nlmsghdr n;
		struct ifaddrmsg i;
	} req = { { sizeof(req), RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 }, { 0 } };

	return netlink_ask(NETLINK_ROUTE, &req, sizeof(req), is_addr, (void *)addr).found;
}

static struct answers dump(int type, int family)
{
	struct {
		struct nlmsghdr n;
		struct rtmsg r;
	} req = { { sizeof(req), type, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		  { .rtm_family = family } };

	return netlink_ask(NETLINK_ROUTE, &req, sizeof(req), NULL, NULL);
}

static bool is_port(struct nlmsghdr *n, void *arg)
{
	struct inet_diag_msg *m = NLMSG_DATA(n);

	return ntohs(m->id.idiag_sport) == *(int *)arg;
}

static struct answers diag(int protocol, int port, const char *exact)
{
	struct {
		struct nlmsghdr n;
		struct inet_diag_req_v2 r;
	} req = {
		{ sizeof(req), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | (exact ? 0 : NLM_F_DUMP), 1, 0 },
		{ .sdiag_family = AF_INET, .sdiag_protocol = protocol, .idiag_states = -1 },
	};

	if (exact) {
		inet_pton(AF_INET, exact, req.r.id.idiag_src);
		req.r.id.idiag_sport = htons(port);
		req.r.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
		req.r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	}
	return netlink_ask(NETLINK_SOCK_DIAG, &req, sizeof(req), is_port, &port);
}

static long unix_bind(int fd, const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memcpy(a.sun_path + 1, name, strlen(name));
	return err(bind(fd, (struct sockaddr *)&a,
			offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

static long unix_connect(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long ret;

	memcpy(a.sun_path + 1, name, strlen(name));
	ret = err(connect(fd, (struct sockaddr *)&a,
			  offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
	close(fd);
	return ret;
}

static bool is_inode(struct nlmsghdr *n, void *arg)
{
	return ((struct unix_diag_msg *)NLMSG_DATA(n))->udiag_ino == *(uint32_t *)arg;
}

static struct answers unix_diag(uint32_t inode, bool exact)
{
	struct {
		struct nlmsghdr n;
		struct unix_diag_req r;
	} req = {
		{ sizeof(req), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | (exact ? 0 : NLM_F_DUMP), 1, 0 },
		{ .sdiag_family = AF_UNIX, .udiag_states = -1, .udiag_ino = exact ? inode : 0,
		  .udiag_cookie = { -1, -1 } },
	};

	return netlink_ask(NETLINK_SOCK_DIAG, &req, sizeof(req), is_inode, &inode);
}

/* Everything of the host that A must not find. */
struct host_side {
	unsigned int vst0, vst1, lo;
	int tcp, udp, unix_fd;
	uint32_t inode;
};

static void families(void)
{
	static const struct {
		int family, type, protocol;
		long want;
		const char *name;
	} cases[] = {
		{ AF_UNIX, SOCK_STREAM, 0, 0, "unix" },
		{ AF_INET, SOCK_STREAM, 0, 0, "IPv4 TCP" },
		{ AF_INET6, SOCK_DGRAM, 0, 0, "IPv6 UDP" },
		{ AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, 0, "UDP-Lite" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0, "rtnetlink" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, 0, "sock_diag" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, -EPROTONOSUPPORT, "generic netlink" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, -EPROTONOSUPPORT, "nfnetlink" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_CONNECTOR, -EPROTONOSUPPORT, "connector" },
		{ AF_INET, SOCK_STREAM, IPPROTO_MPTCP, 0, "MPTCP" },
		{ AF_INET, SOCK_DGRAM, IPPROTO_DCCP, -EPROTONOSUPPORT, "DCCP" },
		{ AF_INET, SOCK_STREAM, IPPROTO_SCTP, -EPROTONOSUPPORT, "SCTP" },
		{ AF_PACKET, SOCK_RAW, 0, -EPERM, "packet" },
		{ AF_VSOCK, SOCK_STREAM, 0, -EAFNOSUPPORT, "vsock" },
		{ AF_ALG, SOCK_SEQPACKET, 0, -EAFNOSUPPORT, "kernel crypto" },
		{ AF_CAN, SOCK_RAW, 0, -EAFNOSUPPORT, "CAN" },
		{ AF_TIPC, SOCK_STREAM, 0, -EAFNOSUPPORT, "TIPC" },
		{ AF_KEY, SOCK_RAW, 2, -EAFNOSUPPORT, "PF_KEY" },
		{ AF_BLUETOOTH, SOCK_RAW, 0, -EAFNOSUPPORT, "bluetooth" },
		{ AF_RDS, SOCK_SEQPACKET, 0, -EAFNOSUPPORT, "RDS" },
		{ AF_XDP, SOCK_RAW, 0, -EAFNOSUPPORT, "XDP" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = socket(cases[i].family, cases[i].type, cases[i].protocol);
		char what[64];

		snprintf(what, sizeof(what), "A: a socket of %s", cases[i].name);
		check_is(made(fd < 0 ? -errno : fd), cases[i].want, what);
	}
}

static void sockets(const struct host_side *h)
{
	int tcp = listening("0.0.0.0", 8110), udp = bound("10.99.0.11", 8111, SOCK_DGRAM);
	int lo = listening("127.0.0.1", 8112), own = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	fstat(own, &st);
	check_is(unix_bind(own, "vs-own"), 0, "A: bind an abstract name");
	check(tcp >= 0 && udp >= 0 && lo >= 0 && tcp_shows(8110) && udp_shows(8111),
	      "A: the own sockets are listed");
	check(!tcp_shows(8100), "A: the host's TCP socket is not");
	check(!udp_shows(8101), "A: the host's UDP socket is not");
	check(file_has("/proc/net/tcp", "0100007F:1FB0"), "A: the own loopback is 127.0.0.1");
	check(file_has("/proc/net/unix", "@vs-own"), "A: the own unix socket is listed");
	check(!strstr(text, "@vs-host"), "A: the host's is not");
	check(diag(IPPROTO_TCP, 8110, NULL).found, "A: sock_diag lists the own TCP socket");
	check(!diag(IPPROTO_TCP, 8100, NULL).found, "A: and not the host's");
	check(diag(IPPROTO_UDP, 8111, NULL).found, "A: sock_diag lists the own UDP socket");
	check(!diag(IPPROTO_UDP, 8101, NULL).found, "A: and not the host's");
	check(diag(IPPROTO_TCP, 8110, "10.99.0.11").found, "A: asks for the own TCP socket");
	check_is(diag(IPPROTO_TCP, 8100, "10.99.0.1").error, -ENOENT, "A: asks for the host's");
	check_is(diag(IPPROTO_UDP, 8101, "10.99.0.1").error, -ENOENT, "A: and for its UDP socket");
	check(unix_diag(st.st_ino, false).found, "A: sock_diag lists the own unix socket");
	check(!unix_diag(h->inode, false).found, "A: and not the host's");
	check_is(unix_diag(h->inode, true).error, -ENOENT, "A: asks for the host's");
	check_is(unix_connect("vs-host"), -ECONNREFUSED, "A: connect to the host's name");
	close(own);
	own = socket(AF_UNIX, SOCK_STREAM, 0);
	check_is(unix_bind(own, "vs-host"), 0, "A: has the same name itself");
	close(tcp);
	close(udp);
	close(lo);
	close(own);
}

static void devices(const struct host_side *h)
{
	struct ifreq ifr[16], r = { .ifr_name = "vst1" };
	struct ifconf conf = { .ifc_len = sizeof(ifr), .ifc_req = ifr };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;
	bool own = false, other = false, lo = false;

	check(links(h->vst0, NLM_F_DUMP).found, "A: the own device is listed");
	check(links(h->lo, NLM_F_DUMP).found, "A: the loopback device is listed");
	check(!links(h->vst1, NLM_F_DUMP).found, "A: the host's device is not");
	check(links(h->vst0, 0).found, "A: asks for the own device");
	check_is(links(h->vst1, 0).error, -ENODEV, "A: asks for the host's");
	check(addr_shows("10.99.0.11"), "A: the own address is listed");
	check(addr_shows("fd99::11"), "A: the own IPv6 address is listed");
	check(addr_shows("127.0.0.1"), "A: 127.0.0.1 is listed");
	check(!addr_shows("10.99.0.1") && !addr_shows("10.99.0.12"), "A: others' are not");
	check(!addr_shows("fd99::1") && !addr_shows("fd99::12"), "A: nor their IPv6 addresses");
	check(dump(RTM_GETROUTE, AF_INET).messages > 0, "A: routes, see network_fib");
	check_is(dump(RTM_GETRULE, AF_INET).messages, 0, "A: no rules");
	check_is(dump(RTM_GETQDISC, AF_UNSPEC).messages, 0, "A: no queues");

	check_is(err(ioctl(fd, SIOCGIFCONF, &conf)), 0, "A: SIOCGIFCONF");
	for (i = 0; i < conf.ifc_len / (int)sizeof(ifr[0]); i++) {
		struct sockaddr_in *sin = (struct sockaddr_in *)&ifr[i].ifr_addr;

		if (sin->sin_addr.s_addr == inet_addr("10.99.0.11"))
			own = true;
		else if (sin->sin_addr.s_addr == htonl(INADDR_LOOPBACK))
			lo = true;
		else
			other = true;
	}
	check(own && lo && !other, "A: SIOCGIFCONF lists the own addresses and no others");
	check_is(err(ioctl(fd, SIOCGIFFLAGS, &r)), -ENODEV, "A: flags of the host's device");
	check_is(err(ioctl(fd, SIOCGIFADDR, &r)), -ENODEV, "A: address of the host's device");
	check_is(err(ioctl(fd, SIOCGIFHWADDR, &r)), -ENODEV, "A: and its hardware address");
	r.ifr_ifindex = h->vst1;
	check_is(err(ioctl(fd, SIOCGIFNAME, &r)), -ENODEV, "A: name of the host's device");
	check_is(err(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "vst1", 5)), -ENODEV,
		 "A: bind to the host's device");
	memset(&r, 0, sizeof(r));
	strcpy(r.ifr_name, "vst0");
	check_is(err(ioctl(fd, SIOCGIFADDR, &r)), 0, "A: address of the own device");
	check(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr == inet_addr("10.99.0.11"),
	      "A: it is A's and not the host's");
	check(file_has("/proc/net/dev", "vst0:"), "A: /proc/net/dev lists the own device");
	check(!strstr(text, "vst1:"), "A: and not the host's");
	check(file_has("/proc/net/if_inet6", "fd990000000000000000000000000011"),
	      "A: /proc/net/if_inet6 lists the own address");
	check(!strstr(text, "fd990000000000000000000000000012"), "A: and not B's");
	check_is(err(access("/proc/net/snmp", F_OK)), -ENOENT, "A: no /proc/net/snmp");
	check_is(err(access("/proc/net/igmp", F_OK)), -ENOENT, "A: no /proc/net/igmp");
	check_is(err(access("/proc/net/tcp", R_OK)), 0, "A: but /proc/net/tcp");
	close(fd);
}

static void from_a(void *arg)
{
	families();
	sockets(arg);
	devices(arg);
}

static void from_b(void *arg)
{
	struct host_side *h = arg;

	check(!tcp_shows(8100) && !tcp_shows(8113), "B: sees neither the host's socket nor A's");
	check(!links(h->vst1, NLM_F_DUMP).found, "B: nor the host's device");
	check(addr_shows("fd99::12") && !addr_shows("fd99::11"), "B: sees its own addresses");
}

static void from_spectator(void *arg)
{
	struct host_side *h = arg;

	check(tcp_shows(8100), "spectator: sees the host's socket");
	check(tcp_shows(8113), "spectator: sees A's socket");
	check(links(h->vst1, NLM_F_DUMP).found, "spectator: sees all devices");
}

static void open_view(void *arg)
{
	struct host_side *h = arg;

	check(links(h->vst1, NLM_F_DUMP).found, "without hide_netif: the host's device");
	check(addr_shows("10.99.0.12"), "without hide_netif: B's address");
	check(!tcp_shows(8100), "without hide_netif: still not the host's sockets");
}

struct helper {
	int to[2], from[2];
};

/* Link events reach A for what it sees. */
static void events(void *arg)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK,
				  .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
					       RTMGRP_IPV4_ROUTE };
	struct sockaddr_nl ue = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int fd2 = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	struct helper *p = arg;
	char c;

	check_is(err(bind(fd, (struct sockaddr *)&nl, sizeof(nl))), 0, "A: listen for events");
	check_is(err(bind(fd2, (struct sockaddr *)&ue, sizeof(ue))), 0, "A: listen for uevents");
	if (write(p->from[1], "r", 1) != 1 || read(p->to[0], &c, 1) != 1)
		_exit(1);
	check(!arrives(fd, 300), "A: hears of nothing it cannot see");
	check(!arrives(fd2, 0), "A: and gets no uevents");
	if (write(p->from[1], "r", 1) != 1 || read(p->to[0], &c, 1) != 1)
		_exit(1);
	check(arrives(fd, 3000), "A: hears of its own device");
	close(fd);
	close(fd2);
}

static void hold_socket(void *arg)
{
	struct helper *p = arg;
	int fd = listening("0.0.0.0", 8113);
	char c;

	if (fd < 0 || write(p->from[1], "r", 1) != 1 || read(p->to[0], &c, 1) != 1)
		_exit(1);
}

static void run_events(void)
{
	struct helper p;
	struct in_net in = { NID_A, events, &p };
	int status;
	pid_t pid;
	char c;

	if (pipe(p.to) || pipe(p.from))
		return;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__in_net(&in);
		_exit(0);
	}
	check(read(p.from[0], &c, 1) == 1 &&
	      sh("ip link add vst2 type dummy && ip addr add 10.99.5.1/24 dev vst2 && "
		 "ip link set vst2 up && ip link set vst1 mtu 1400") && write(p.to[1], "g", 1) == 1,
	      "host: change other devices");
	check(read(p.from[0], &c, 1) == 1 && sh("ip link set vst0 mtu 1400") &&
	      write(p.to[1], "g", 1) == 1, "host: change A's device");
	waitpid(pid, &status, 0);
	check(status == 0, "the listener ends");
	check(sh("ip link del vst2"), "the device goes");
}

int main(int argc, char **argv)
{
	struct host_side h;
	struct helper p;
	struct in_net in = { NID_A, hold_socket, &p };
	struct stat st;
	pid_t pid;
	char c;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("ip link add vst1 type dummy && ip link set vst1 up && "
		 "ip addr add 10.99.4.1/24 dev vst1"), "a device of the host");
	h.vst0 = if_nametoindex("vst0");
	h.vst1 = if_nametoindex("vst1");
	h.lo = if_nametoindex("lo");
	h.tcp = listening("0.0.0.0", 8100);
	h.udp = bound("10.99.0.1", 8101, SOCK_DGRAM);
	h.unix_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	check(h.tcp >= 0 && h.udp >= 0 && !unix_bind(h.unix_fd, "vs-host") && !listen(h.unix_fd, 1),
	      "sockets of the host");
	fstat(h.unix_fd, &st);
	h.inode = st.st_ino;
	check_is(unix_connect("vs-host"), 0, "host: connect to its name");

	if (pipe(p.to) || pipe(p.from))
		return 1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__in_net(&in);
		_exit(0);
	}
	check(read(p.from[0], &c, 1) == 1, "a socket of A");
	check(tcp_shows(8100) && udp_shows(8101), "host: sees its own sockets");
	check(!tcp_shows(8113), "host: does not see A's");
	check(!diag(IPPROTO_TCP, 8113, NULL).found, "host: nor by sock_diag");
	check(links(h.vst1, NLM_F_DUMP).found && dump(RTM_GETROUTE, AF_INET).messages > 0,
	      "host: sees all devices and routes");
	in_net(NID_A, from_a, &h);
	in_net(NID_B, from_b, &h);
	in_net(1, from_spectator, &h);
	run_events();
	net_set_flags(NID_A, 0, NXF_HIDE_NETIF);
	in_net(NID_A, open_view, &h);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check(sh("ip link del vst1"), "the device goes");
	return net_end();
}
