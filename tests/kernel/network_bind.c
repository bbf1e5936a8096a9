// SPDX-License-Identifier: GPL-2.0
/*
 * What a network context may bind to and connect to, from which address its
 * packets come, and who gets a connection. See network.h for the addresses.
 */
#include <netinet/tcp.h>
#include "network.h"

static int ports = 20000;

struct bind_case {
	const char *addr;
	int type;
	long want;	/* errno */
	const char *shown;
};

static void bind_cases(void *arg)
{
	static const struct bind_case cases[] = {
		{ "0.0.0.0", SOCK_STREAM, 0, "0.0.0.0" },
		{ "10.99.0.11", SOCK_STREAM, 0, "10.99.0.11" },
		{ "10.99.0.11", SOCK_DGRAM, 0, "10.99.0.11" },
		{ "127.0.0.1", SOCK_STREAM, 0, "127.0.0.1" },
		{ "127.11.195.1", SOCK_STREAM, 0, "127.0.0.1" },
		{ "127.0.0.2", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "127.11.196.1", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "10.99.0.1", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "10.99.0.12", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "10.99.0.12", SOCK_DGRAM, -EADDRNOTAVAIL, NULL },
		{ "192.0.2.1", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "224.0.0.251", SOCK_DGRAM, -EADDRNOTAVAIL, NULL },
		{ "10.99.0.255", SOCK_DGRAM, 0, "10.99.0.255" },
		{ "::", SOCK_STREAM, 0, "::" },
		{ "::1", SOCK_STREAM, 0, "::1" },
		{ "::1", SOCK_DGRAM, 0, "::1" },
		{ "fd6c:6f6f:7062:6b00::bc3", SOCK_STREAM, 0, "::1" },
		{ "fd6c:6f6f:7062:6b00::bc4", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "fd99::11", SOCK_STREAM, 0, "fd99::11" },
		{ "fd99::1", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "fd99::12", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
		{ "fd99::12", SOCK_DGRAM, -EADDRNOTAVAIL, NULL },
		{ "ff02::fb", SOCK_DGRAM, -EADDRNOTAVAIL, NULL },
		{ "::ffff:10.99.0.11", SOCK_STREAM, 0, "::ffff:10.99.0.11" },
		{ "::ffff:127.0.0.1", SOCK_STREAM, 0, "::ffff:127.0.0.1" },
		{ "::ffff:10.99.0.12", SOCK_STREAM, -EADDRNOTAVAIL, NULL },
	};
	unsigned int i;

	(void)arg;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bind_case *c = &cases[i];
		char what[96];
		union addr a;
		int fd = bound(c->addr, ports++, c->type);

		snprintf(what, sizeof(what), "A: bind %s to %s",
			 c->type == SOCK_STREAM ? "TCP" : "UDP", c->addr);
		check_is(fd < 0 ? fd : 0, c->want, what);
		if (fd < 0)
			continue;
		local_name(fd, &a);
		if (c->shown)
			check_text(addr_text(&a), c->shown, what);
		close(fd);
	}
}

/* Nothing that lets a program bind to what the machine lacks opens another's address. */
static void bind_tricks(void *arg)
{
	static const int options[][2] = {
		{ IPPROTO_IP, IP_FREEBIND }, { SOL_SOCKET, SO_REUSEADDR },
		{ SOL_SOCKET, SO_REUSEPORT }, { IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT },
	};
	unsigned int i;
	int one = 1;

	(void)arg;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		union addr a;
		socklen_t len = addr_of(&a, "10.99.0.12", ports++);
		int fd = sock_for("10.99.0.12", SOCK_STREAM);

		check_is(err(setsockopt(fd, options[i][0], options[i][1], &one, sizeof(one))), 0,
			 "A: set an option");
		check_is(err(bind(fd, &a.sa, len)), -EADDRNOTAVAIL, "A: and bind to B's address");
		close(fd);
	}
	check_is(err(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)) >= 0, 1,
		 "A: with all capabilities a raw socket");
}

static void source_of(const char *dest, int type, const char *want, const char *who)
{
	char what[96];
	union addr a;
	int fd = connected(dest, ports++, type);

	snprintf(what, sizeof(what), "%s: source for %s", who, dest);
	if (fd < 0) {
		check_is(fd, 0, what);
		return;
	}
	local_name(fd, &a);
	check_text(addr_text(&a), want, what);
	close(fd);
}

static void sources_a(void *arg)
{
	union addr a;
	int fd;

	(void)arg;
	source_of("10.99.0.1", SOCK_DGRAM, "10.99.0.11", "A");
	source_of("10.99.0.12", SOCK_DGRAM, "10.99.0.11", "A");
	source_of("10.99.0.11", SOCK_DGRAM, "10.99.0.11", "A");
	source_of("10.99.0.77", SOCK_DGRAM, "10.99.0.11", "A");
	source_of("127.0.0.1", SOCK_DGRAM, "127.0.0.1", "A");
	source_of("fd99::1", SOCK_DGRAM, "fd99::11", "A");
	source_of("fd99::12", SOCK_DGRAM, "fd99::11", "A");
	source_of("fd99::77", SOCK_DGRAM, "fd99::11", "A");
	source_of("::ffff:10.99.0.1", SOCK_DGRAM, "::ffff:10.99.0.11", "A");
	source_of("::1", SOCK_DGRAM, "::1", "A");
	check_is(made(connected("fd6c:6f6f:7062:6b00::bc4", 9, SOCK_DGRAM)), -EPERM,
		 "A: B's IPv6 loopback");
	fd = connected("127.9.9.9", 9, SOCK_DGRAM);
	peer_name(fd, &a);
	check_text(addr_text(&a), "127.0.0.1", "A: all of 127/8 is the own loopback");
	close(fd);
	fd = connected("0.0.0.0", 9, SOCK_DGRAM);
	peer_name(fd, &a);
	check_text(addr_text(&a), "127.0.0.1", "A: this host is the own loopback");
	close(fd);
	fd = connected("::", 9, SOCK_DGRAM);
	peer_name(fd, &a);
	check_text(addr_text(&a), "fd99::11", "A: this host in IPv6 is the first address");
	close(fd);
}

/* A source chosen with each datagram. */
static long send_from(const char *dest, const char *source)
{
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = "";
	struct iovec iov = { "x", 1 };
	union addr to, from;
	struct msghdr msg = {
		.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
	};
	struct cmsghdr *c;
	int fd = sock_for(dest, SOCK_DGRAM);
	long ret;

	msg.msg_namelen = addr_of(&to, dest, 9);
	addr_of(&from, source, 0);
	if (from.sa.sa_family == AF_INET) {
		msg.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
		((struct in_pktinfo *)CMSG_DATA(c))->ipi_spec_dst = from.v4.sin_addr;
	} else {
		msg.msg_controllen = CMSG_SPACE(sizeof(struct in6_pktinfo));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
		((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr = from.v6.sin6_addr;
	}
	ret = err(sendmsg(fd, &msg, 0));
	close(fd);
	return ret;
}

static void packet_info(void *arg)
{
	(void)arg;
	check_is(send_from("10.99.0.1", "10.99.0.11"), 1, "A: send from the own address");
	check_is(send_from("10.99.0.1", "10.99.0.12"), -EPERM, "A: send from B's address");
	check_is(send_from("10.99.0.1", "10.99.0.1"), -EPERM, "A: send from the host's address");
	check_is(send_from("fd99::1", "fd99::11"), 1, "A: IPv6: send from the own address");
	check_is(send_from("fd99::1", "fd99::12"), -EPERM, "A: IPv6: send from B's address");
	check_is(send_from("fd99::1", "fd99::1"), -EPERM, "A: IPv6: send from the host's address");
}

static void ask_all(void *arg)
{
	const char *who = arg;
	int own = who[0] == 'A';

	check_text(ask("10.99.0.11", 8080), own ? "A 10.99.0.11" : "A 10.99.0.12",
		   own ? "A: ask A" : "B: ask A");
	check_text(ask("10.99.0.12", 8080), own ? "B 10.99.0.11" : "B 10.99.0.12",
		   own ? "A: ask B" : "B: ask B");
	check_text(ask("10.99.0.1", 8080), own ? "host 10.99.0.11" : "host 10.99.0.12",
		   own ? "A: ask the host" : "B: ask the host");
	check_text(ask("127.0.0.1", 8080), own ? "A 127.0.0.1" : "B 127.0.0.1",
		   own ? "A: ask the loopback" : "B: ask the loopback");
}

static void same_port(void)
{
	struct server h = server_start(0, "0.0.0.0", 8080, "host");
	struct server a = server_start(NID_A, "0.0.0.0", 8080, "A");
	struct server b = server_start(NID_B, "0.0.0.0", 8080, "B");

	check_is(h.ready, 0, "the host listens on any address");
	check_is(a.ready, 0, "A listens on the same port");
	check_is(b.ready, 0, "B listens on the same port");
	check_text(ask("10.99.0.1", 8080), "host 10.99.0.1", "host: ask the host");
	check_text(ask("127.0.0.1", 8080), "host 127.0.0.1", "host: ask the loopback");
	check_text(ask("10.99.0.11", 8080), "A 10.99.0.1", "host: ask A");
	check_text(ask("10.99.0.12", 8080), "B 10.99.0.1", "host: ask B");
	in_net(NID_A, ask_all, "A");
	in_net(NID_B, ask_all, "B");
	server_stop(&a);
	check_text(ask("10.99.0.11", 8080), "host 10.99.0.1", "without A its address is the host's");
	server_stop(&h);
	check_text(ask("10.99.0.11", 8080), "-ECONNREFUSED", "without both it is nobody's");
	check_text(ask("10.99.0.12", 8080), "B 10.99.0.1", "B still answers");
	server_stop(&b);

	/* The other order: guests first. */
	a = server_start(NID_A, "0.0.0.0", 8080, "A");
	h = server_start(0, "0.0.0.0", 8080, "host");
	check_is(h.ready, 0, "the host listens after A");
	check_text(ask("10.99.0.11", 8080), "A 10.99.0.1", "and A still wins on its address");
	server_stop(&h);
	server_stop(&a);
}

static void ask_loopback6(void *arg)
{
	const char *who = arg;

	check_text(ask("::1", 8081), who[0] == 'A' ? "A ::1" : "B ::1",
		   who[0] == 'A' ? "A: ask the IPv6 loopback" : "B: ask the IPv6 loopback");
}

static void same_port6(void)
{
	struct server h = server_start(0, "::", 8081, "host");
	struct server a = server_start(NID_A, "::", 8081, "A");
	struct server b = server_start(NID_B, "::", 8081, "B");

	check_is(h.ready, 0, "IPv6: the host listens on any address");
	check_is(a.ready, 0, "IPv6: A listens on the same port");
	check_is(b.ready, 0, "IPv6: B listens on the same port");
	check_text(ask("fd99::1", 8081), "host fd99::1", "IPv6: ask the host");
	check_text(ask("::1", 8081), "host ::1", "IPv6: ask the host's loopback");
	check_text(ask("fd99::11", 8081), "A fd99::11", "IPv6: ask A");
	check_text(ask("fd99::12", 8081), "B fd99::12", "IPv6: ask B");
	in_net(NID_A, ask_loopback6, "A");
	in_net(NID_B, ask_loopback6, "B");
	check(!strncmp(ask("fd6c:6f6f:7062:6b00::bc3", 8081), "A ", 2),
	      "the host can ask a guest's loopback");
	check_text(ask("127.11.195.1", 8081), "A ::ffff:127.0.0.1", "and that of IPv4");
	/* The same sockets for IPv4. */
	check_text(ask("10.99.0.1", 8081), "host ::ffff:10.99.0.1", "IPv6 socket: ask the host");
	check_text(ask("10.99.0.11", 8081), "A ::ffff:10.99.0.1", "IPv6 socket: ask A");
	check_text(ask("10.99.0.12", 8081), "B ::ffff:10.99.0.1", "IPv6 socket: ask B");
	server_stop(&h);
	server_stop(&a);
	server_stop(&b);
}

static void single_ip(void *arg)
{
	union addr a;
	int fd = bound("0.0.0.0", 8085, SOCK_STREAM);

	(void)arg;
	local_name(fd, &a);
	check_text(addr_text(&a), "10.99.0.11", "single_ip: any address is the first");
	close(fd);
	source_of("10.99.0.12", SOCK_DGRAM, "10.99.0.11", "single_ip");
}

static void no_remap(void *arg)
{
	(void)arg;
	check_is(made(bound("127.0.0.1", 8086, SOCK_STREAM)), -EADDRNOTAVAIL,
		 "no remapping: bind to the loopback");
	check_is(made(connected("127.0.0.1", 8086, SOCK_DGRAM)), -EPERM,
		 "no remapping: connect to the loopback");
	check_is(made(connected("::1", 8086, SOCK_DGRAM)), -EPERM,
		 "no remapping: connect to the IPv6 loopback");
	check_is(made(connected("10.99.0.1", 8086, SOCK_DGRAM)), 0,
		 "no remapping: connect to an address");
}

static void lback_allow(void *arg)
{
	(void)arg;
	check_text(ask("127.0.0.1", 8087), "host 127.0.0.1", "lback_allow: the host's loopback");
}

static void no_address(void *arg)
{
	(void)arg;
	check_is(made(bound("::1", 8088, SOCK_STREAM)), 0, "empty: the IPv6 loopback is there");
	check_is(made(listening("::", 8088)), 0, "empty: listen on ::, as servers do by default");
	check_is(made(bound("fd99::1", 8088, SOCK_STREAM)), -EADDRNOTAVAIL, "empty: no IPv6 address");
	check_is(made(connected("fd99::1", 8088, SOCK_DGRAM)), -EADDRNOTAVAIL, "empty: no way out by IPv6");
	check_is(made(connected("10.99.0.1", 8088, SOCK_DGRAM)), -EPERM, "empty: no way out");
	check_is(made(connected("127.0.0.1", 8088, SOCK_DGRAM)), 0, "empty: only the loopback");
}

static void own_loopback6(void *arg)
{
	(void)arg;
	check_text(ask("::1", 8089), "empty ::1", "empty: who listens on :: is reached by the own ::1");
}

static void nothing(void *arg)
{
	(void)arg;
	check_is(err(socket(AF_INET, SOCK_STREAM, 0)), -EAFNOSUPPORT, "no loopback: no IPv4");
	check_is(err(socket(AF_INET6, SOCK_STREAM, 0)), -EAFNOSUPPORT, "no loopback: no IPv6");
	check_is(made(socket(AF_UNIX, SOCK_STREAM, 0)), 0, "no loopback: unix sockets");
}

static void other_words(void)
{
	struct server h;

	net_set_flags(NID_A, NXF_SINGLE_IP, NXF_SINGLE_IP);
	in_net(NID_A, single_ip, NULL);
	net_set_flags(NID_A, 0, NXF_SINGLE_IP | NXF_LBACK_REMAP);
	in_net(NID_A, no_remap, NULL);
	h = server_start(0, "127.0.0.1", 8087, "host");
	net_set_flags(NID_A, NXF_LBACK_ALLOW, NXF_LBACK_ALLOW);
	in_net(NID_A, lback_allow, NULL);
	server_stop(&h);
	net_set_flags(NID_A, NXF_LBACK_REMAP, NXF_LBACK_REMAP | NXF_LBACK_ALLOW);

	check_is(net_make(3015, NXF_TEST), 0, "create one without addresses");
	in_net(3015, no_address, NULL);
	h = server_start(3015, "::", 8089, "empty");
	in_net(3015, own_loopback6, NULL);
	check_is(made(connected("fd99::1", 8089, SOCK_STREAM)), -ECONNREFUSED, "empty: :: is no address of the host");
	check_is(made(connected("::1", 8089, SOCK_STREAM)), -ECONNREFUSED, "empty: nor its loopback");
	server_stop(&h);
	net_set_flags(3015, 0, NXF_LBACK_REMAP);
	in_net(3015, nothing, NULL);
	net_drop(3015);
}

/* A socket stays where it was made, an accepted one is the listener's. */
static void migration(void *arg)
{
	int fd = sock_for("10.99.0.12", SOCK_STREAM);
	union addr a;
	socklen_t len = addr_of(&a, "10.99.0.12", ports++);

	(void)arg;
	check_is(vs(VCMD_net_migrate, NID_B, NULL), 0, "move from A to B");
	check_is(err(bind(fd, &a.sa, len)), -EADDRNOTAVAIL, "A's socket is still A's");
	close(fd);
	check_is(made(bound("10.99.0.12", ports++, SOCK_STREAM)), 0, "a new one is B's");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	in_net(NID_A, bind_cases, NULL);
	in_net(NID_A, bind_tricks, NULL);
	in_net(NID_A, sources_a, NULL);
	in_net(NID_A, packet_info, NULL);
	same_port();
	same_port6();
	other_words();
	in_net(NID_A, migration, NULL);
	return net_end();
}
