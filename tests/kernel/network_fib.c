// SPDX-License-Identifier: GPL-2.0
/*
 * Routes and neighbours as a guest sees them: with the programs that people
 * use, ip(8), and in /proc/net. See network.h for the addresses; vst1 is a
 * device of the host, hidden from the guests.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include "network.h"

static char text[1 << 15];

/* The output of a command, in text. */
static const char *output(const char *command)
{
	FILE *f = popen(command, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		pclose(f);
	return text;
}

static void shows(const char *command, const char *want)
{
	check(strstr(output(command), want), "%s: shows %s", command, want);
}

static void hides(const char *command, const char *unwanted)
{
	check(!strstr(output(command), unwanted), "%s: hides %s", command, unwanted);
}

static void file_shows(const char *path, const char *want, bool shown)
{
	if (!check(read_file(path, text, sizeof(text)), "read %s", path))
		return;
	check(!!strstr(text, want) == shown, "%s %s %s", path, shown ? "shows" : "hides", want);
}

static void from_a(void *arg)
{
	(void)arg;
	shows("ip route", "10.99.0.0/24 dev vst0");
	shows("ip route", "10.99.78.0/24 via 10.99.0.99 dev vst0");
	hides("ip route", "src 10.99.0.1 ");
	hides("ip route", "vst1");
	hides("ip route", "10.99.79.0/24");
	shows("ip route show table local", "local 10.99.0.11 dev vst0");
	shows("ip route show table local", "local 127.0.0.1 dev lo");
	shows("ip route show table local", "broadcast 10.99.0.255 dev vst0");
	hides("ip route show table local", "10.99.0.12");
	hides("ip route show table local", "10.99.0.1 ");
	hides("ip route show table local", "10.99.4");
	hides("ip route show table all", "prohibit");
	shows("ip -6 route", "fd99::/64 dev vst0");
	hides("ip -6 route", "fd9b::");
	shows("ip -6 route show table local", "local fd99::11 dev vst0");
	shows("ip -6 route show table local", "local ::1 dev lo");
	hides("ip -6 route show table local", "fd99::12");
	hides("ip -6 route show table local", "fd99::1 ");
	hides("ip -6 route show table local", "fd6c:");
	check(!*output("ip rule"), "ip rule: none");

	shows("ip route get 10.99.0.77", "dev vst0 src 10.99.0.11");
	shows("ip route get 10.99.78.7", "via 10.99.0.99 dev vst0 src 10.99.0.11");
	shows("ip route get 127.0.0.1", "src 127.0.0.1");
	shows("ip route get 10.99.0.12", "src 10.99.0.11");
	shows("ip route get 10.99.0.77 from 10.99.0.12 2>&1", "Operation not permitted");
	shows("ip route get 10.99.4.7 2>&1", "unreachable");
	shows("ip route get 10.99.0.77 from 10.99.0.11 iif vst0 2>&1", "Operation not permitted");
	shows("ip route get fibmatch 10.99.0.77 2>&1", "Operation not permitted");
	shows("ip route get fd99::77", "dev vst0");
	shows("ip route get fd99::77", "src fd99::11");
	shows("ip route get fd9b::7 2>&1", "unreachable");

	shows("ip neigh", "10.99.0.88 dev vst0");
	hides("ip neigh", "10.99.4.88");
	shows("ip neigh get 10.99.0.88 dev vst0", "10.99.0.88");
	shows("ip neigh get 10.99.4.88 dev vst1 2>&1", "Cannot find device");
	shows("ip -6 neigh", "fd99::88 dev vst0");

	file_shows("/proc/net/route", "vst0\t0000630A", true);
	file_shows("/proc/net/route", "vst1", false);
	file_shows("/proc/net/arp", "10.99.0.88", true);
	file_shows("/proc/net/arp", "10.99.4.88", false);
	file_shows("/proc/net/fib_trie", "|-- 10.99.0.11\n", true);
	file_shows("/proc/net/fib_trie", "|-- 10.99.0.12\n", false);
	file_shows("/proc/net/fib_trie", "|-- 10.99.4.1\n", false);
	file_shows("/proc/net/fib_trie", "+--", false);
	file_shows("/proc/net/ipv6_route", "fd990000000000000000000000000011 80", true);
	file_shows("/proc/net/ipv6_route", "fd990000000000000000000000000012 80", false);
	file_shows("/proc/net/ipv6_route", "vst1", false);
	check_is(err(access("/proc/net/snmp", F_OK)), -ENOENT, "no /proc/net/snmp");
	check_is(err(access("/proc/net/igmp", F_OK)), -ENOENT, "no /proc/net/igmp");
}

static void from_b(void *arg)
{
	(void)arg;
	shows("ip route show table local", "local 10.99.0.12 dev vst0");
	hides("ip route show table local", "10.99.0.11");
	shows("ip route get 10.99.0.77", "src 10.99.0.12");
	shows("ip route get fd99::77", "src fd99::12");
}

static void from_host(void *arg)
{
	(void)arg;
	shows("ip route", "src 10.99.0.1");
	shows("ip route", "vst1");
	shows("ip route show table local", "10.99.0.12");
	shows("ip -6 route show table local", "fd99::12");
	shows("ip route get 10.99.0.77", "src 10.99.0.1");
	shows("ip rule", "lookup main");
	shows("ip neigh", "10.99.4.88");
	file_shows("/proc/net/fib_trie", "  +-- ", true);
	file_shows("/proc/net/route", "vst1", true);
}

static void open_view(void *arg)
{
	(void)arg;
	shows("ip route", "vst1");
	shows("ip route show table local", "10.99.0.12");
	shows("ip neigh", "10.99.4.88");
}

/* What A hears of routes: those by its device, without a foreign source. */
static void events(void *arg)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK,
				  .nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_NEIGH };
	int *p = arg, fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	char c;

	check_is(err(bind(fd, (struct sockaddr *)&nl, sizeof(nl))), 0, "A: listen for routes");
	if (write(p[1], "r", 1) != 1 || read(p[2], &c, 1) != 1)
		_exit(1);
	check(!arrives(fd, 300), "A: hears of no route that it does not see");
	if (write(p[1], "r", 1) != 1 || read(p[2], &c, 1) != 1)
		_exit(1);
	check(arrives(fd, 3000), "A: hears of one that it sees");
	close(fd);
}

static void run_events(void)
{
	int p[4], status;
	struct in_net in = { NID_A, events, p };
	pid_t pid;
	char c;

	if (pipe(p) || pipe(p + 2))
		return;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__in_net(&in);
		_exit(0);
	}
	check(read(p[0], &c, 1) == 1 &&
	      sh("ip route add 10.99.81.0/24 dev vst1 && ip addr add 10.99.0.31/24 dev vst0 && "
		 "ip addr add 10.99.82.1/24 dev vst0 && "
		 "ip neigh add 10.99.4.89 lladdr 2:0:0:0:0:9 dev vst1") &&
	      write(p[3], "g", 1) == 1, "host: routes of others");
	check(read(p[0], &c, 1) == 1 && sh("ip route add 10.99.83.0/24 dev vst0") &&
	      write(p[3], "g", 1) == 1, "host: a route by A's device");
	waitpid(pid, &status, 0);
	check(status == 0, "the listener ends");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("ip link add vst1 type dummy && ip link set vst1 up && "
		 "ip addr add 10.99.4.1/24 dev vst1 && ip addr add fd9b::1/64 dev vst1 nodad && "
		 "ip route add 10.99.78.0/24 via 10.99.0.99 dev vst0 && "
		 "ip route add 10.99.79.0/24 via 10.99.4.99 dev vst1 && "
		 "ip route add prohibit 10.99.84.0/24 && "
		 "ip link set vst0 arp on && ip link set vst1 arp on && "
		 "ip neigh add 10.99.0.88 lladdr 2:0:0:0:0:1 dev vst0 && "
		 "ip neigh add fd99::88 lladdr 2:0:0:0:0:1 dev vst0 && "
		 "ip neigh add 10.99.4.88 lladdr 2:0:0:0:0:2 dev vst1"), "routes and neighbours");
	in_child(from_host, NULL);
	in_net(NID_A, from_a, NULL);
	in_net(NID_B, from_b, NULL);
	run_events();
	net_set_flags(NID_A, 0, NXF_HIDE_NETIF);
	in_net(NID_A, open_view, NULL);
	check(sh("ip route del prohibit 10.99.84.0/24 && ip link del vst1"), "they go");
	return net_end();
}
