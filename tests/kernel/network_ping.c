// SPDX-License-Identifier: GPL-2.0
/*
 * What is delivered by walking lists: ping sockets by identifier, raw ICMPv6,
 * groups of IPv6. Each finds its own, as TCP and UDP find it by hash. See
 * network.h for the addresses.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <net/if.h>
#include "network.h"

#define IDENT	4242

static int ping_with(const char *text, int ident, bool reuse)
{
	bool v6 = strchr(text, ':');
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC,
			v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP), one = reuse, e;
	union addr a;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &a.sa, addr_of(&a, text, ident))) {
		e = -errno;
		close(fd);
		return e;
	}
	return fd;
}

static int ping_alone(const char *text, int ident)
{
	return ping_with(text, ident, false);
}

static int ping_shared(const char *text, int ident)
{
	return ping_with(text, ident, true);
}

static long echo(int fd, const char *dest)
{
	struct icmphdr h4 = { .type = ICMP_ECHO };
	struct icmp6_hdr h6 = { .icmp6_type = ICMP6_ECHO_REQUEST };
	union addr to;
	socklen_t len = addr_of(&to, dest, 0);

	return err(sendto(fd, strchr(dest, ':') ? (void *)&h6 : (void *)&h4, 8, 0, &to.sa, len));
}

static bool quiet(const int *fd, int n, int but)
{
	int i;

	for (i = 0; i < n; i++)
		if (i != but && arrives(fd[i], 0))
			return false;
	return true;
}

/* Host, A and B with one identifier: each gets the answers to its own questions. */
static void each_its_own(int (*make)(const char *, int), bool v6, const char *what)
{
	const char *any = v6 ? "::" : "0.0.0.0", *host = v6 ? "fd99::1" : "10.99.0.1";
	const char *dest[3] = { host, host, host };
	int fd[3], i;
	char buf[64];

	/* The host's comes last, where a walk meets it first. */
	fd[1] = opened_in(NID_A, make, any, IDENT);
	fd[2] = opened_in(NID_B, make, any, IDENT);
	fd[0] = make(any, IDENT);
	check(fd[0] >= 0 && fd[1] >= 0 && fd[2] >= 0, "%s: host, A and B have one identifier", what);
	for (i = 0; i < 3; i++) {
		check_is(echo(fd[i], dest[i]), 8, what);
		check(arrives(fd[i], 3000) && quiet(fd, 3, i) && recv(fd[i], buf, sizeof(buf), 0) == 8,
		      "%s: the answer is for number %d", what, i);
	}
	close(fd[1]);
	fd[1] = -1;
	/* Without A's, what comes for A's address is the host's. */
	check_is(echo(fd[2], v6 ? "fd99::11" : "10.99.0.11"), 8, what);
	check(arrives(fd[2], 3000) && quiet(fd, 3, 2), "%s: B hears A's address", what);
	close(fd[0]);
	close(fd[2]);
}

/* Who is in whose way. */
static void identifiers(bool v6)
{
	const char *any = v6 ? "::" : "0.0.0.0", *own = v6 ? "fd99::11" : "10.99.0.11";
	int a = opened_in(NID_A, ping_alone, any, IDENT), host, b;

	check(a >= 0, "A has an identifier");
	check_is(opened_in(NID_A, ping_alone, any, IDENT), -EADDRINUSE, "A: not twice");
	check_is(opened_in(NID_A, ping_shared, any, IDENT), -EADDRINUSE, "A: not where one does not agree");
	host = ping_alone(any, IDENT);
	b = opened_in(NID_B, ping_alone, any, IDENT);
	check(host >= 0 && b >= 0, "host and B have it too");
	close(host);
	check_is(ping_with(own, IDENT, false), -EADDRINUSE, "the host does not on A's address");
	close(a);
	a = opened_in(NID_A, ping_shared, any, IDENT);
	check_is(ping_with(own, IDENT, true), -EADDRINUSE, "nor if both agree");
	host = opened_in(NID_A, ping_shared, own, IDENT);
	check(a >= 0 && host >= 0, "A shares with itself");
	close(host);
	close(a);
	close(b);
}

/* Identifiers that the kernel chooses: all of B's are no matter for A. */
static void chosen(void)
{
	int fd = opened_in(NID_A, ping_alone, "0.0.0.0", 0), b;
	union addr a;

	local_name(fd, &a);
	b = opened_in(NID_B, ping_alone, "0.0.0.0", addr_port(&a));
	check(fd >= 0 && b >= 0, "what the kernel chose for A is free in B");
	close(fd);
	close(b);
}

static int raw6(const char *text, int port)
{
	return err(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
}

static void raw_icmp6(void)
{
	int a = opened_in(NID_A, raw6, "::", 0), host = raw6("::", 0);

	check(a >= 0, "A: raw ICMPv6");
	check_is(echo(host, "fd99::1"), 8, "the host pings itself");
	check_is(echo(host, "fd99::12"), 8, "and B");
	check_is(echo(host, "::1"), 8, "and its loopback");
	check_is(echo(host, "fd6c:6f6f:7062:6b00::bc4"), 8, "and B's");
	check(!arrives(a, 200), "nothing of it reaches A");
	check_is(echo(host, "fd99::11"), 8, "the host pings A");
	check(arrives(a, 3000), "A hears it");
	close(a);
	close(host);
}

static int shared_udp(const char *text, int port)
{
	int fd = sock_for(text, SOCK_DGRAM), one = 1;
	union addr a;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	       bind(fd, &a.sa, addr_of(&a, text, port)) ? -errno : fd;
}

static int member6(const char *text, int port)
{
	struct ipv6_mreq m = { .ipv6mr_interface = if_nametoindex("vst0") };
	int fd = shared_udp(text, port);

	inet_pton(AF_INET6, "ff05::99", &m.ipv6mr_multiaddr);
	return fd < 0 || !setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof(m)) ? fd : -errno;
}

static void say(int fd, int port)
{
	union addr to;
	socklen_t len = addr_of(&to, "ff05::99", port);

	check_is(err(sendto(fd, "x", 1, 0, &to.sa, len)), 1, "the host says something to a group");
}

static void groups6(void)
{
	int host = sock_for("::", SOCK_DGRAM), index = if_nametoindex("vst0"), a, b, group, i;
	int many[12];
	char x;

	setsockopt(host, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index));
	a = opened_in(NID_A, member6, "::", 8098);
	b = opened_in(NID_B, member6, "::", 8098);
	check(a >= 0 && b >= 0, "A and B are members");
	say(host, 8098);
	check(!arrives(a, 200) && !arrives(b, 0), "without the capability nothing arrives");
	check_is(opened_in(NID_A, member6, "ff05::99", 8099), -EADDRNOTAVAIL, "A: nor can it bind to it");
	check_is(net_set_caps(NID_A, NXC_MULTICAST), 0, "give A the capability");
	say(host, 8098);
	check(arrives(a, 3000) && recv(a, &x, 1, 0) == 1 && !arrives(b, 100), "A gets it, B does not");
	group = opened_in(NID_A, member6, "ff05::99", 8099);
	say(host, 8099);
	check(group >= 0 && arrives(group, 3000), "A: bound to the group");
	/* With more than ten on a port the kernel would look by address. */
	for (i = 0; i < 12; i++)
		check((many[i] = opened_in(NID_A, shared_udp, "::", 8098)) >= 0, "one more socket");
	say(host, 8098);
	check(arrives(a, 3000) && recv(a, &x, 1, 0) == 1 && !arrives(b, 100),
	      "A gets it among many, B does not");
	for (i = 0; i < 12; i++)
		close(many[i]);
	check_is(net_set_caps(NID_A, 0), 0, "take the capability");
	say(host, 8098);
	check(!arrives(a, 200), "A gets nothing any more");
	close(host);
	close(a);
	close(b);
	close(group);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range"), "ping for all");
	each_its_own(ping_alone, false, "ping");
	each_its_own(ping_alone, true, "IPv6 ping");
	each_its_own(ping_shared, false, "ping that shares");
	each_its_own(ping_shared, true, "IPv6 ping that shares");
	identifiers(false);
	identifiers(true);
	chosen();
	raw_icmp6();
	groups6();
	check(sh("echo 1 0 > /proc/sys/net/ipv4/ping_group_range"), "as before");
	return net_end();
}
