// SPDX-License-Identifier: GPL-2.0
/*
 * What a context costs: TCP streams and round trips from guest to guest beside
 * the same on the host, in turns within one run; and bind, connect and sending
 * with a thousand addresses in a context beside one, which may cost a second
 * look at the route.
 *
 * In a suite wall time swings, so the figures are only printed there. For the
 * promise, count instructions and hold them to the limits:
 *
 *	scripts/vm --icount --mount suites=build/suites -- /rig/suites/network/network_speed --gate
 */
#include <netinet/tcp.h>
#include "network.h"

#define ROUNDS	12
#define NID_ONE	3020
#define NID_LOT	3021
#define LOT	1000

static bool gate;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

/* Two connected sockets, the ends of which are in the two contexts. */
struct link {
	int a, b;
};

static int udp_at(const char *text, int port)
{
	return bound(text, port, SOCK_DGRAM);
}

static int tcp_to(const char *text, int port)
{
	return connected(text, port, SOCK_STREAM);
}

static bool link_tcp(struct link *l, unsigned int from, unsigned int to, const char *text, int port)
{
	int lst = opened_in(to, listening, text, port), one = 1;

	l->a = opened_in(from, tcp_to, text, port);
	l->b = lst < 0 ? lst : accept(lst, NULL, NULL);
	close(lst);
	setsockopt(l->a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(l->b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return l->a >= 0 && l->b >= 0;
}

static bool link_udp(struct link *l, unsigned int from, unsigned int to, const char *a,
		     const char *b, int port)
{
	union addr addr;

	l->a = opened_in(from, udp_at, a, port);
	l->b = opened_in(to, udp_at, b, port + 1);
	return l->a >= 0 && l->b >= 0 &&
	       !connect(l->a, &addr.sa, addr_of(&addr, b, port + 1)) &&
	       !connect(l->b, &addr.sa, addr_of(&addr, a, port));
}

/* One process holds both ends, so that no scheduler is measured. */
static double trips(const struct link *l, int n)
{
	double start = now();
	char c = 'x';

	while (n--)
		if (write(l->a, &c, 1) != 1 || read(l->b, &c, 1) != 1 ||
		    write(l->b, &c, 1) != 1 || read(l->a, &c, 1) != 1)
			return -1;
	return now() - start;
}

static double stream(const struct link *l, int n)
{
	static char buf[1 << 16];
	double start = now();

	while (n--) {
		ssize_t left = write(l->a, buf, sizeof(buf)), got;

		for (; left > 0; left -= got) {
			got = read(l->b, buf, left);
			if (got <= 0)
				return -1;
		}
	}
	return now() - start;
}

static void compare(const char *what, double (*run)(const struct link *, int), int n,
		    const struct link *host, const struct link *guest)
{
	double h = 1e18, g = 1e18, t;
	int i;

	run(host, n);
	run(guest, n);
	for (i = 0; i < ROUNDS; i++) {
		t = run(host, n);
		h = t < h ? t : h;
		t = run(guest, n);
		g = t < g ? t : g;
	}
	printf("# %-16s host %8.2f us, guest to guest %8.2f us, ratio %.4f\n", what, h / n, g / n,
	       h / g);
	fflush(stdout);
	check(h > 0 && g > 0 && (!gate || h / g >= 0.99), "%s: as fast as on the host", what);
}

static void links(void)
{
	struct link h, g;

	check(link_tcp(&h, 0, 0, "10.99.0.1", 28000) &&
	      link_tcp(&g, NID_A, NID_B, "10.99.0.12", 28001), "TCP connections");
	compare("TCP stream", stream, 200, &h, &g);
	compare("TCP round trip", trips, 500, &h, &g);
	close(h.a);
	close(h.b);
	close(g.a);
	close(g.b);
	check(link_udp(&h, 0, 0, "10.99.0.1", "10.99.0.1", 28100) &&
	      link_udp(&g, NID_A, NID_B, "10.99.0.11", "10.99.0.12", 28200), "UDP sockets");
	compare("UDP round trip", trips, 500, &h, &g);
	close(h.a);
	close(h.b);
	close(g.a);
	close(g.b);
}

/* What a server does all day, in the context where the caller is. */
static double calls(int kind)
{
	static int port = 30000;
	double best = 1e18, start, t;
	union addr to;
	socklen_t len = addr_of(&to, "10.99.0.1", 9);
	int i, n, fd;

	for (i = 0; i < ROUNDS; i++) {
		fd = sock_for("0.0.0.0", SOCK_DGRAM);
		start = now();
		for (n = 0; n < 50; n++) {
			if (kind == 0)
				close(bound("10.99.0.11", port++, SOCK_STREAM));
			else if (kind == 1)
				close(bound("0.0.0.0", port++, SOCK_DGRAM));
			else if (kind == 2)
				close(connected("10.99.0.1", 9, SOCK_DGRAM));
			else if (sendto(fd, "x", 1, 0, &to.sa, len) < 0)
				return -1;
		}
		t = now() - start;
		best = t < best ? t : best;
		close(fd);
		if (port > 60000)
			port = 30000;
	}
	return best / 50;
}

static const char * const kinds[] = { "TCP bind", "UDP bind", "UDP connect", "UDP send to" };
static double *took;

static void measure(void *arg)
{
	int i, at = *(int *)arg;

	for (i = 0; i < 4; i++)
		took[4 * at + i] = calls(i);
}

static void addresses(void)
{
	char text[40];
	int i, bad = 0, at[] = { 0, 1 };
	double start;

	took = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check_is(net_make(NID_ONE, NXF_TEST), 0, "a context with one address");
	check_is(net_make(NID_LOT, NXF_TEST), 0, "a context with many");
	check_is(net_add4(NID_ONE, "10.99.0.11", "255.255.255.0"), 0, "the address");
	check_is(net_add4(NID_LOT, "10.99.0.11", "255.255.255.0"), 0, "the address");
	start = now();
	for (i = 1; i < LOT; i++) {
		sprintf(text, "10.101.%d.%d", i / 250, i % 250 + 1);
		bad += net_add4(NID_LOT, text, "255.255.255.255") != 0;
	}
	check_is(bad, 0, "a thousand addresses");
	printf("# adding an address: %.1f us on average\n", (now() - start) / (LOT - 1));
	in_net(NID_ONE, measure, &at[0]);
	in_net(NID_LOT, measure, &at[1]);
	for (i = 0; i < 4; i++) {
		printf("# %-12s with one address %.2f us, with %d %.2f us\n", kinds[i], took[i], LOT,
		       took[4 + i]);
		check(took[i] > 0 && took[4 + i] > 0 && (!gate || took[4 + i] < took[i] * 1.2),
		      "%s: a thousand addresses cost no more than one", kinds[i]);
	}
	net_drop(NID_ONE);
	net_drop(NID_LOT);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	gate = argc == 2 && !strcmp(argv[1], "--gate");
	if (!net_begin())
		return test_end();
	links();
	addresses();
	return net_end();
}
