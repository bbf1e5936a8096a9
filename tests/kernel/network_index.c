// SPDX-License-Identifier: GPL-2.0
/*
 * Ports are found by context: what is a context's is found whoever else is on
 * the port, and came first; what is in no index, broadcast addresses, groups
 * and connections that have ended, is found as well. See network.h.
 */
#include <net/if.h>
#include "network.h"

#define PORT	8600
#define RANGE	"/proc/sys/net/ipv4/ip_local_port_range"
#define FEW	4

static int option, kind = SOCK_DGRAM;

static int one_more(const char *text, int port)
{
	union addr a;
	socklen_t len = addr_of(&a, text, port);
	int fd = sock_for(text, kind), one = 1, e = 0;

	if (option && setsockopt(fd, SOL_SOCKET, option, &one, sizeof(one)))
		e = -errno;
	if (!e && bind(fd, &a.sa, len))
		e = -errno;
	if (!e && kind == SOCK_STREAM && listen(fd, 4))
		e = -errno;
	if (!e)
		return fd;
	close(fd);
	return e;
}

static int opened(unsigned int nid, const char *text, int port, int with)
{
	option = with;
	return opened_in(nid, one_more, text, port);
}

static bool gets(int fd, const char *dest)
{
	int c = sock_for(dest, SOCK_DGRAM);
	union addr a;
	socklen_t len = addr_of(&a, dest, PORT);
	bool ok = sendto(c, "x", 1, 0, &a.sa, len) == 1 && arrives(fd, 3000);
	char x;

	if (ok)
		ok = recv(fd, &x, 1, 0) == 1;
	close(c);
	return ok;
}

/* The host's and a context's sockets on a port, in whatever order they come. */
static void orders(const char *any)
{
	bool v6 = strchr(any, ':');
	int a1 = opened(NID_A, any, PORT, SO_REUSEPORT), a2, b, h1, h2;

	h1 = opened(0, any, PORT, SO_REUSEPORT);
	b = opened(NID_B, any, PORT, 0);
	a2 = opened(NID_A, any, PORT, SO_REUSEPORT);
	h2 = opened(0, any, PORT, SO_REUSEPORT);
	check(a1 >= 0 && a2 >= 0 && b >= 0 && h1 >= 0 && h2 >= 0, "%s: A twice, the host twice, B", any);
	check_is(opened(0, any, PORT, 0), -EADDRINUSE, "the host: no third that does not agree");
	check_is(opened(NID_A, any, PORT, 0), -EADDRINUSE, "nor A");
	check_is(opened(NID_B, any, PORT, SO_REUSEPORT), -EADDRINUSE, "B: no second where the first does not agree");
	check_is(opened(0, v6 ? "fd99::1" : "10.99.0.1", PORT, 0), -EADDRINUSE, "the host: not on its address");
	check_is(opened(NID_A, v6 ? "fd99::11" : "10.99.0.11", PORT, 0), -EADDRINUSE, "A: not on its address");
	check_is(opened(0, v6 ? "fd99::11" : "10.99.0.11", PORT, 0), -EADDRINUSE, "the host: not on A's address");
	if (kind == SOCK_DGRAM) {
		check(gets(b, v6 ? "fd99::12" : "10.99.0.12"), "B gets what is B's");
		close(a1);
		close(h1);
		check(gets(a2, v6 ? "fd99::11" : "10.99.0.11"), "A what is A's");
		check(gets(h2, v6 ? "fd99::1" : "10.99.0.1"), "the host what is the host's");
	} else {
		close(a1);
		close(h1);
	}
	check_is(opened(NID_A, any, PORT, 0), -EADDRINUSE, "one of A's is still there");
	close(a2);
	check_is(made(opened(NID_A, any, PORT, 0)), 0, "now the port is free in A");
	close(b);
	check_is(made(opened(NID_B, any, PORT, 0)), 0, "and in B");
	check_is(opened(0, any, PORT, 0), -EADDRINUSE, "not for the host");
	close(h2);
	check_is(made(opened(0, any, PORT, 0)), 0, "but now");
}

/* Two contexts may bind to one broadcast address or group, not to one port there. */
static void common(const char *text, long agreed)
{
	int a = opened(NID_A, text, PORT, 0);

	check(a >= 0, "A binds %s", text);
	check_is(opened(NID_B, text, PORT, 0), -EADDRINUSE, "B cannot");
	check_is(opened(NID_B, text, PORT, SO_REUSEPORT), -EADDRINUSE, "whatever it asks for");
	check_is(opened(0, text, PORT, 0), -EADDRINUSE, "nor can the host");
	close(a);
	a = opened(NID_A, text, PORT, SO_REUSEADDR);
	check_is(made(opened(NID_B, text, PORT, SO_REUSEADDR)), agreed, "both with SO_REUSEADDR");
	close(a);
	check_is(made(opened(NID_B, text, PORT, 0)), 0, "it is free again");
}

/* Contexts that share A's address, one more with each step: A is still found itself. */
static void owners(void)
{
	unsigned int nid;
	int fd;

	for (nid = 3060; nid < 3066; nid++) {
		check(!net_make(nid, NXF_TEST) && !net_add4(nid, "10.99.0.11", "255.255.255.0") &&
		      !net_add6(nid, "fd99::11", 64), "context %u has A's addresses", nid);
		fd = opened(NID_A, "10.99.0.11", PORT, 0);
		check(fd >= 0, "A binds its address");
		check_is(opened(NID_A, "10.99.0.11", PORT, 0), -EADDRINUSE, "once");
		check_is(opened(nid, "10.99.0.11", PORT, 0), -EADDRINUSE, "before the other");
		close(fd);
		fd = opened(nid, "fd99::11", PORT, 0);
		check(fd >= 0, "the other binds A's IPv6 address");
		check_is(opened(nid, "fd99::11", PORT, 0), -EADDRINUSE, "once");
		check_is(opened(NID_A, "fd99::11", PORT, 0), -EADDRINUSE, "before A");
		close(fd);
	}
	while (--nid >= 3060)
		net_drop(nid);
}

/* With few ports to choose from each has all of them, and no more. */
static void choices(unsigned int nid, const char *name, const char *any, const char *own)
{
	bool taken[FEW] = { false };
	int fd[FEW], i, again = 0, beyond = 0;

	for (i = 0; i < FEW; i++) {
		union addr a;

		fd[i] = opened(nid, i % 2 ? any : own, 0, 0);
		local_name(fd[i], &a);
		if (fd[i] < 0 || addr_port(&a) < 40000 || addr_port(&a) >= 40000 + FEW) {
			beyond++;
			continue;
		}
		again += taken[addr_port(&a) - 40000];
		taken[addr_port(&a) - 40000] = true;
	}
	check(!again && !beyond, "%s: each port of the range once (%d, %d)", name, again, beyond);
	check_is(opened(nid, any, 0, 0), -EADDRINUSE, "and no more");
	check_is(opened(nid, own, 0, 0), -EADDRINUSE, "nor on the address");
	if (nid == NID_A) {
		choices(NID_B, "B, beside A", any, strchr(any, ':') ? "fd99::12" : "10.99.0.12");
		choices(0, "the host, beside A", any, strchr(any, ':') ? "fd99::1" : "10.99.0.1");
	}
	for (i = 0; i < FEW; i++)
		close(fd[i]);
}

/* The listener closes first: its end waits. */
static void ended(void)
{
	int l = opened(NID_A, "10.99.0.11", PORT, SO_REUSEADDR), c = connected("10.99.0.11", PORT, SOCK_STREAM);
	int s = accept(l, NULL, NULL);
	char x;

	check(l >= 0 && c >= 0 && s >= 0, "a connection to A");
	close(s);
	check_is(err(recv(c, &x, 1, 0)), 0, "A ends it");
	close(c);
	close(l);
	check_is(opened(NID_A, "10.99.0.11", PORT, 0), -EADDRINUSE, "the port waits for A");
	check_is(opened(NID_A, "0.0.0.0", PORT, 0), -EADDRINUSE, "as it does without contexts");
	check_is(made(opened(NID_A, "10.99.0.11", PORT, SO_REUSEADDR)), 0, "servers do not mind");
	check_is(made(opened(NID_B, "0.0.0.0", PORT, 0)), 0, "B has nothing to do with it");
	check_is(made(opened(0, "0.0.0.0", PORT, 0)), 0, "nor has the host");
	check_is(net_rem4(NID_A, "10.99.0.11", "255.255.255.0"), 0, "the address goes to B");
	check_is(net_add4(NID_B, "10.99.0.11", "255.255.255.0"), 0, "which gets it");
	check_is(made(opened(NID_B, "10.99.0.11", PORT, 0)), 0, "B: nothing waits on it any more");
	check_is(net_rem4(NID_B, "10.99.0.11", "255.255.255.0"), 0, "and back");
	check_is(net_add4(NID_A, "10.99.0.11", "255.255.255.0"), 0, "to A");
}

static int scoped(const char *text, int port)
{
	int fd = sock_for(text, kind);
	union addr a;
	socklen_t len = addr_of(&a, text, port);

	a.v6.sin6_scope_id = if_nametoindex("vst0");
	return bind(fd, &a.sa, len) ? -errno : fd;
}

/* An address of the link is an address like others, and needs its device like others. */
static void link_local(void)
{
	int fd;

	check(sh("ip -6 addr add fe80::99:11/64 dev vst0 nodad && ip -6 addr add fe80::99:1/64 dev vst0 nodad"),
	      "addresses of the link");
	check_is(opened_in(NID_A, scoped, "fe80::99:11", PORT), -EADDRNOTAVAIL, "A: not without having it");
	check_is(net_add6(NID_A, "fe80::99:11", 64), 0, "give it to A");
	fd = opened_in(NID_A, scoped, "fe80::99:11", PORT);
	check(fd >= 0, "A binds it");
	check_is(opened_in(NID_A, scoped, "fe80::99:1", PORT), -EADDRNOTAVAIL, "not the host's");
	check_is(opened_in(NID_B, scoped, "fe80::99:11", PORT), -EADDRNOTAVAIL, "B does not");
	check_is(opened(NID_A, "fe80::99:11", PORT + 1, 0), -EINVAL, "nor A without its device");
	close(fd);
	check_is(net_rem6(NID_A, "fe80::99:11", 64), 0, "take it");
}

int main(int argc, char **argv)
{
	char range[64] = "";
	int i;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	for (i = 0; i < 2; i++) {
		kind = i ? SOCK_STREAM : SOCK_DGRAM;
		orders("0.0.0.0");
		orders("::");
		owners();
	}
	kind = SOCK_DGRAM;
	common("10.99.0.255", -EADDRINUSE);
	check_is(net_set_caps(NID_A, NXC_MULTICAST) | net_set_caps(NID_B, NXC_MULTICAST), 0, "groups are allowed");
	common("224.1.2.3", 0);
	common("ff05::123", 0);
	link_local();
	kind = SOCK_STREAM;
	ended();
	check(read_file(RANGE, range, sizeof(range)) && sh("echo 40000 40003 > " RANGE), "few ports");
	for (i = 0; i < 2; i++) {
		kind = i ? SOCK_STREAM : SOCK_DGRAM;
		choices(NID_A, "A", "0.0.0.0", "10.99.0.11");
		choices(NID_A, "A", "::", "fd99::11");
	}
	i = open(RANGE, O_WRONLY);
	check(write(i, range, strlen(range)) > 0, "as before");
	close(i);
	return net_end();
}
