// SPDX-License-Identifier: GPL-2.0
/*
 * A thousand network contexts, each listening on the same port of any
 * address: every connection reaches the right one. What connecting and binding
 * take with one and with a thousand is printed.
 */
#include <sys/resource.h>
#include "network.h"

#define MANY	1000
#define FIRST	4000
#define PORT	8200
#define METER	3999

static int tcp[MANY], udp[MANY];

static void address(int i, char *text)
{
	sprintf(text, "10.100.%d.%d", i / 250, i % 250 + 1);
}

static void address6(int i, char *text)
{
	sprintf(text, "fd9a::%x", i + 1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

/* In a child, which ends up a member of the last: descriptors stay with it. */
static long open_one(int i)
{
	struct vcmd_net_create create = { NXF_TEST };
	char text[40], text6[40];
	long ret;

	address(i, text);
	address6(i, text6);
	ret = vs(VCMD_net_create, FIRST + i, &create);
	if (ret != FIRST + i)
		return ret;
	ret = net_add4(FIRST + i, text, "255.255.255.255") ?: net_add6(FIRST + i, text6, 128);
	if (ret)
		return ret;
	tcp[i] = listening("::", PORT);
	udp[i] = bound("0.0.0.0", PORT, SOCK_DGRAM);
	return tcp[i] < 0 ? tcp[i] : udp[i] < 0 ? udp[i] : 0;
}

/* Microseconds of the fastest of some connects to @text. */
static double connect_time(const char *text, int fd)
{
	double best = 1e9;
	int n;

	for (n = 0; n < 40; n++) {
		double start = now(), took;
		int c = connected(text, PORT, SOCK_STREAM);

		took = now() - start;
		if (c < 0)
			return -1;
		close(c);
		close(accept(fd, NULL, NULL));
		if (took < best)
			best = took;
	}
	return best;
}

/* Binds to the port that all listen on, by the host and by one more context. */
static const struct {
	unsigned int	nid;
	const char	*text;
	int		type;
	const char	*name;
} binds[] = {
	{ 1, "127.0.0.1", SOCK_STREAM, "host, TCP 127.0.0.1" },
	{ 1, "0.0.0.0", SOCK_STREAM, "host, TCP 0.0.0.0" },
	{ 1, "::", SOCK_STREAM, "host, TCP ::" },
	{ 1, "127.0.0.1", SOCK_DGRAM, "host, UDP 127.0.0.1" },
	{ 1, "0.0.0.0", SOCK_DGRAM, "host, UDP 0.0.0.0" },
	{ 1, "::", SOCK_DGRAM, "host, UDP ::" },
	{ METER, "10.100.200.1", SOCK_STREAM, "guest, TCP address" },
	{ METER, "fd9a::f001", SOCK_STREAM, "guest, TCP IPv6 address" },
	{ METER, "0.0.0.0", SOCK_STREAM, "guest, TCP 0.0.0.0" },
	{ METER, "::", SOCK_STREAM, "guest, TCP ::" },
	{ METER, "10.100.200.1", SOCK_DGRAM, "guest, UDP address" },
	{ METER, "fd9a::f001", SOCK_DGRAM, "guest, UDP IPv6 address" },
	{ METER, "0.0.0.0", SOCK_DGRAM, "guest, UDP 0.0.0.0" },
	{ METER, "::", SOCK_DGRAM, "guest, UDP ::" },
};

#define BINDS ((int)(sizeof(binds) / sizeof(binds[0])))

static double bind_time(int i)
{
	double best = 1e9;
	union addr a;
	socklen_t len = addr_of(&a, binds[i].text, PORT);
	int n;

	vs(VCMD_net_migrate, binds[i].nid, NULL);
	for (n = 0; n < 40; n++) {
		int fd = sock_for(binds[i].text, binds[i].type);
		double start = now(), took;
		int ret = bind(fd, &a.sa, len);

		took = now() - start;
		close(fd);
		if (ret)
			return -1;
		if (took < best)
			best = took;
	}
	return best;
}

static bool reaches(const char *text, int i)
{
	int c = connected(text, PORT, SOCK_STREAM), s = -1;

	if (c >= 0 && arrives(tcp[i], 2000))
		s = accept(tcp[i], NULL, NULL);
	close(c);
	close(s);
	return s >= 0;
}

static bool reaches_udp(const char *text, int i)
{
	union addr a;
	socklen_t len = addr_of(&a, text, PORT);
	int c = sock_for(text, SOCK_DGRAM);
	bool ok = sendto(c, "x", 1, 0, &a.sa, len) == 1 && arrives(udp[i], 2000);
	char buf;

	if (ok)
		ok = recv(udp[i], &buf, 1, 0) == 1;
	close(c);
	return ok;
}

static void all(void *arg)
{
	struct rlimit files = { 8192, 8192 };
	double one, many, bind_one[BINDS], bind_many[BINDS];
	char text[40];
	int i, wrong = 0, wrong6 = 0, wrong_udp = 0;
	long ret = 0;

	(void)arg;
	setrlimit(RLIMIT_NOFILE, &files);
	ret = open_one(0);
	check_is(ret, 0, "the first context listens");
	if (ret)
		return;
	/* The host connects, so that only the look-up of the listener counts. */
	address(0, text);
	vs(VCMD_net_migrate, 1, NULL);
	one = connect_time(text, tcp[0]);
	for (i = 0; i < BINDS; i++)
		bind_one[i] = bind_time(i);
	for (i = 1; i < MANY && !ret; i++)
		ret = open_one(i);
	check_is(ret, 0, "a thousand contexts listen");
	vs(VCMD_net_migrate, 1, NULL);
	address(MANY - 1, text);
	many = connect_time(text, tcp[MANY - 1]);
	for (i = 0; i < BINDS; i++)
		bind_many[i] = bind_time(i);
	printf("# connect: %.1f us with one, %.1f us with %d\n", one, many, MANY);
	for (i = 0; i < BINDS; i++)
		printf("# bind, %s: %.2f and %.2f us\n", binds[i].name, bind_one[i], bind_many[i]);
	fflush(stdout);
	check(one > 0 && many > 0, "connections with one context and with a thousand");
	for (i = 0; i < BINDS; i++)
		check(bind_one[i] > 0 && bind_many[i] > 0, "binds with one and with a thousand, %s",
		      binds[i].name);
	vs(VCMD_net_migrate, 1, NULL);

	for (i = 0; i < MANY; i += 7) {
		address(i, text);
		wrong += !reaches(text, i);
		wrong_udp += !reaches_udp(text, i);
		address6(i, text);
		wrong6 += !reaches(text, i);
	}
	check_is(wrong, 0, "every connection reaches the right one");
	check_is(wrong6, 0, "every IPv6 connection too");
	check_is(wrong_udp, 0, "every datagram too");
}

int main(int argc, char **argv)
{
	int i, left = 0;

	test_sleeper(argc, argv);
	test_begin();
	check(sh("ip link set lo up && ip route add local 10.100.0.0/16 dev lo && "
		 "ip -6 route add local fd9a::/64 dev lo && "
		 "ip -6 addr add fd9a::f001/128 dev lo"), "the addresses are local");
	check(!net_make(METER, NXF_TEST) && !net_add4(METER, "10.100.200.1", "255.255.255.255") &&
	      !net_add6(METER, "fd9a::f001", 128), "one more context, to measure in");
	in_child(all, NULL);
	net_drop(METER);
	for (i = 0; i < MANY; i++)
		net_set_flags(FIRST + i, 0, NXF_PERSISTENT);
	for (i = 0; i < MANY; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/virtnet/%d", FIRST + i);
		left += !wait_until(access(path, F_OK));
	}
	check_is(left, 0, "all contexts end");
	check(sh("ip route del local 10.100.0.0/16 dev lo && ip -6 route del local fd9a::/64 dev lo && "
		 "ip -6 addr del fd9a::f001/128 dev lo"),
	      "the addresses go");
	return test_end();
}
