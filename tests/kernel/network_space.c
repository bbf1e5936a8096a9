// SPDX-License-Identifier: GPL-2.0
/*
 * A network namespace with a network context inside: the namespace has its own
 * devices, and the context its set of addresses there. The same addresses as
 * in the first namespace lead nowhere else.
 */
#include "network.h"

#define NID_N	3018

static void inside(void *arg)
{
	struct server s, n;
	int a;

	(void)arg;
	if (!check_is(err(unshare(CLONE_NEWNET)), 0, "a namespace of its own"))
		return;
	check(sh("ip link set lo up && ip link add vsn0 type dummy && ip link set vsn0 up && "
		 "ip addr add 10.99.0.1/24 dev vsn0 && ip addr add 10.99.0.11/24 dev vsn0 && "
		 "ip addr add fd99::11/64 dev vsn0 nodad"), "devices in it");
	/* The namespace's host listens, and the context in it. */
	n = server_start(0, "0.0.0.0", 27000, "namespace");
	s = server_start(NID_N, "0.0.0.0", 27000, "N");
	check_is(n.ready, 0, "the namespace listens");
	check_is(s.ready, 0, "the context in it listens");
	check_text(ask("10.99.0.1", 27000), "namespace 10.99.0.1", "ask the namespace");
	check_text(ask("10.99.0.11", 27000), "N 10.99.0.1", "ask the context");
	check_is(opened_in(NID_N, listening, "10.99.0.1", 27001), -EADDRNOTAVAIL,
		 "the context: bind to what it has not");
	a = opened_in(NID_N, listening, "::1", 27002);
	check(a >= 0, "the context: its own IPv6 loopback");
	check_is(made(connected("::1", 27002, SOCK_STREAM)), -ECONNREFUSED,
		 "the namespace's is another");
	check_is(made(opened_in(NID_N, listening, "127.0.0.1", 27002)), 0,
		 "the context: its own loopback");
	/* A lives in the first namespace: its addresses are here too, its sockets not. */
	check_is(made(opened_in(NID_A, listening, "10.99.0.11", 27000)), -EADDRINUSE,
		 "two contexts with one address: as ever");
	server_stop(&s);
	check_is(net_rem4(NID_N, "10.99.0.11", "255.255.255.0"), 0, "take its address");
	check_is(opened_in(NID_N, listening, "10.99.0.11", 27003), -EADDRNOTAVAIL,
		 "it has it no more");
	server_stop(&n);
	close(a);
}

int main(int argc, char **argv)
{
	struct server a;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check_is(net_make(NID_N, NXF_TEST), 0, "a context for the namespace");
	check_is(net_add4(NID_N, "10.99.0.11", "255.255.255.0"), 0, "an address that A has too");
	check_is(net_add6(NID_N, "fd99::11", 64), 0, "and in IPv6");
	a = server_start(NID_A, "0.0.0.0", 27000, "A");
	check_is(a.ready, 0, "A listens outside");
	in_child(inside, NULL);
	check_text(ask("10.99.0.11", 27000), "A 10.99.0.1", "outside it is A");
	server_stop(&a);
	net_drop(NID_N);
	return net_end();
}
