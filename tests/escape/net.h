/* SPDX-License-Identifier: GPL-2.0 */
/* Group F: the network stack that all share. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sockaddr_in in4(const char *addr, int port)
{
	struct sockaddr_in sin = { AF_INET, htons(port) };

	inet_pton(AF_INET, addr, &sin.sin_addr);
	return sin;
}

static struct sockaddr_in6 in6(const char *addr, int port)
{
	struct sockaddr_in6 sin6 = { AF_INET6, htons(port) };

	inet_pton(AF_INET6, addr, &sin6.sin6_addr);
	return sin6;
}

/* Bind a socket of this kind, with an option set before. */
static long bind4(const char *addr, int type, int protocol, int level, int option)
{
	struct sockaddr_in sin = in4(addr, 7777);
	int s = socket(AF_INET, type, protocol), on = 1;
	long ret;

	if (s < 0)
		return -errno;
	if (option)
		setsockopt(s, level, option, &on, sizeof(on));
	ret = ERR(bind(s, (void *)&sin, sizeof(sin)));
	close(s);
	return ret;
}

static long bind6(const char *addr, int type)
{
	struct sockaddr_in6 sin6 = in6(addr, 7777);
	int s = socket(AF_INET6, type, 0);
	long ret = s < 0 ? -errno : ERR(bind(s, (void *)&sin6, sizeof(sin6)));

	close(s);
	return ret;
}

static long bind_address(const char *addr)
{
	return ALL_ARE(-EADDRNOTAVAIL, bind4(addr, SOCK_STREAM, 0, 0, 0), bind4(addr, SOCK_DGRAM, 0, 0, 0),
		       bind4(addr, SOCK_STREAM, IPPROTO_MPTCP, 0, 0),
		       bind4(addr, SOCK_STREAM, 0, IPPROTO_IP, IP_FREEBIND),
		       bind4(addr, SOCK_DGRAM, 0, IPPROTO_IP, IP_TRANSPARENT),
		       bind4(addr, SOCK_STREAM, 0, SOL_SOCKET, SO_REUSEPORT));
}

static long bind_others(void)
{
	return ALL_ARE(-EADDRNOTAVAIL, bind_address(prey.host_addr), bind_address(prey.guest_addr),
		       bind_address("127.5.5.5"), bind_address("8.8.8.8"));
}

/* This guest has no IPv6 address but its loopback. */
static long bind_six(void)
{
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "::ffff:%s", prey.host_addr);
	return ALL_ARE(-EADDRNOTAVAIL, bind6(mapped, SOCK_STREAM), bind6("fd20::1", SOCK_DGRAM),
		       bind6("fd20::1", SOCK_STREAM), bind6("2001:db8::1", SOCK_STREAM));
}

static long other_protocols(void)
{
	long sctp = bind4(prey.host_addr, SOCK_STREAM, 132, 0, 0);
	long dccp = bind4(prey.host_addr, 6, 33, 0, 0);

	return sctp < 0 && dccp < 0 ? 0 : 1;
}

static long bind_device(void)
{
	int s = socket(AF_INET, SOCK_STREAM, 0);

	return ERR(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
}

/* Share the port of a listener, as a task of the same user may. */
static long join_listener(const char *addr, int type)
{
	struct sockaddr_in sin = in4(addr, prey.port);
	int s = socket(AF_INET, type, 0), on = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return ERR(bind(s, (void *)&sin, sizeof(sin)));
}

static long join_listeners(void)
{
	return ALL_ARE(-EADDRNOTAVAIL, join_listener(prey.host_addr, SOCK_STREAM),
		       join_listener(prey.host_addr, SOCK_DGRAM), join_listener(prey.guest_addr, SOCK_STREAM));
}

/* Its own set is free; the host's connections must go on to the host, which looks after each case. */
static long listen_any(void)
{
	struct sockaddr_in sin = in4("0.0.0.0", prey.port);
	int s = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(u, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(s, (void *)&sin, sizeof(sin)) || bind(u, (void *)&sin, sizeof(sin)))
		return -errno;
	if (listen(s, 10))
		return -errno;
	/* They stay while the host looks: whoever comes here is answered by the wrong one. */
	if (!fork()) {
		alarm(5);
		for (;;) {
			int c = accept(s, NULL, NULL);

			if (write(c, "evil", 4) != 4)
				close(c);
			close(c);
		}
	}
	return 0;
}

static long connect_loopback(const char *addr)
{
	struct sockaddr_in sin = in4(addr, prey.port);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	return ERR(connect(s, (void *)&sin, sizeof(sin)));
}

static long connect_loopbacks(void)
{
	return ALL_ARE(-ECONNREFUSED, connect_loopback("127.0.0.1"), connect_loopback("127.0.0.53"));
}

static long connect_loopback6(void)
{
	struct sockaddr_in6 sin6 = in6("::1", prey.port);
	int s = socket(AF_INET6, SOCK_STREAM, 0);

	return s < 0 ? -errno : ERR(connect(s, (void *)&sin6, sizeof(sin6)));
}

static long raw_sockets(void)
{
	return ALL_ARE(-EPERM, ERR(socket(AF_INET, SOCK_RAW, IPPROTO_TCP)),
		       ERR(socket(AF_INET, SOCK_RAW, IPPROTO_UDP)), ERR(socket(AF_INET, SOCK_RAW, IPPROTO_RAW)));
}

static long packet_sockets(void)
{
	return ALL_ARE(-EAFNOSUPPORT, ERR(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))),
		       ERR(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP))));
}

/* The answer of rtnetlink to an attempt to change something. */
static long rtnl(int type, int flags)
{
	struct {
		struct nlmsghdr h;
		char body[64];
	} req = { { sizeof(req), type, NLM_F_REQUEST | NLM_F_ACK | flags, 1, 0 }, "" };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr err;
		char rest[256];
	} answer;
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	req.body[0] = AF_INET;
	if (send(s, &req, sizeof(req), 0) < 0 || recv(s, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.h.nlmsg_type == NLMSG_ERROR ? answer.err.error : 1;
}

static long change_network(void)
{
	return ALL_ARE(-EPERM, rtnl(RTM_NEWADDR, NLM_F_CREATE), rtnl(RTM_DELADDR, 0),
		       rtnl(RTM_NEWROUTE, NLM_F_CREATE), rtnl(RTM_DELROUTE, 0), rtnl(RTM_NEWLINK, NLM_F_CREATE),
		       rtnl(RTM_DELLINK, 0), rtnl(RTM_NEWNEIGH, NLM_F_CREATE), rtnl(RTM_NEWRULE, NLM_F_CREATE),
		       rtnl(RTM_NEWQDISC, NLM_F_CREATE), rtnl(RTM_SETLINK, 0));
}

static long change_by_ioctl(void)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	return ALL_ARE(-EPERM, ERR(ioctl(s, SIOCSIFFLAGS, &ifr)), ERR(ioctl(s, SIOCSIFADDR, &ifr)),
		       ERR(ioctl(s, SIOCSIFMTU, &ifr)), ERR(ioctl(s, SIOCSIFNAME, &ifr)),
		       ERR(ioctl(s, SIOCADDRT, &ifr)));
}

/* Firewall, security associations, the network of the kernel's other parts. */
static long other_netlink(void)
{
	return ALL_ARE(-EPROTONOSUPPORT, ERR(socket(AF_NETLINK, SOCK_RAW, 12)),
		       ERR(socket(AF_NETLINK, SOCK_RAW, 6)), ERR(socket(AF_NETLINK, SOCK_RAW, 16)),
		       ERR(socket(AF_NETLINK, SOCK_RAW, 11)));
}

#define NET_ATTEMPTS \
	{ "F01", "bind addresses of others", bind_others, "EADDRNOTAVAIL" }, \
	{ "F01", "IPv6 and mapped addresses", bind_six, "EADDRNOTAVAIL" }, \
	{ "F01", "SCTP and DCCP", other_protocols, "0" }, \
	{ "F01", "bind to a device", bind_device, "0|ENODEV|EPERM" }, \
	{ "F04", "connect to 127.0.0.1 of the host", connect_loopbacks, "ECONNREFUSED" }, \
	{ "F04", "connect to ::1 of the host", connect_loopback6, "ECONNREFUSED" }, \
	{ "F02", "join the listeners of others", join_listeners, "EADDRNOTAVAIL" }, \
	{ "F02", "listen on all addresses", listen_any, "0" }, \
	{ "F06", "raw sockets", raw_sockets, "EPERM" }, \
	{ "F06", "packet sockets", packet_sockets, "EAFNOSUPPORT|EPERM" }, \
	{ "F07", "change the network", change_network, "EPERM" }, \
	{ "F07", "change it by ioctl", change_by_ioctl, "EPERM" }, \
	{ "F07", "firewall and others", other_netlink, "EPROTONOSUPPORT" }
