// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that come and go while sockets are open. What A has on an address
 * that is taken away is closed, and nothing else; the address is then free for
 * B. The second address of A is 10.99.0.21 and fd99::21.
 */
#include <netinet/ip_icmp.h>
#include "network.h"

#define V4	"10.99.0.21"
#define V6	"fd99::21"
#define MASK	"255.255.255.0"

/* Bound to an address, without a port. */
static int portless(const char *text, int type)
{
	int fd = sock_for(text, type), one = 1;
	union addr a;

	return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) ||
	       bind(fd, &a.sa, addr_of(&a, text, 0)) ? -errno : fd;
}

static int tcp_portless(const char *text, int port)
{
	return portless(text, SOCK_STREAM);
}

static int udp_portless(const char *text, int port)
{
	return portless(text, SOCK_DGRAM);
}

static int tcp_bound(const char *text, int port)
{
	return bound(text, port, SOCK_STREAM);
}

static int udp_bound(const char *text, int port)
{
	return bound(text, port, SOCK_DGRAM);
}

static int raw_bound(const char *text, int port)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	union addr a;

	return bind(fd, &a.sa, addr_of(&a, text, port)) ? -errno : fd;
}

static int mptcp_listening(const char *text, int port)
{
	int fd = socket(strchr(text, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	union addr a;

	return bind(fd, &a.sa, addr_of(&a, text, port)) || listen(fd, 4) ? -errno : fd;
}

/* Bound to @text, connected to the server of the host at @port. */
static int tcp_from(const char *text, int port)
{
	int fd = bound(text, 0, SOCK_STREAM);
	union addr a;
	socklen_t len = addr_of(&a, strchr(text, ':') ? "fd99::1" : "10.99.0.1", port);

	return fd < 0 || !connect(fd, &a.sa, len) ? fd : -errno;
}

static int udp_from(const char *text, int port)
{
	int fd = bound(text, 0, SOCK_DGRAM);
	union addr a;
	socklen_t len = addr_of(&a, strchr(text, ':') ? "fd99::1" : "10.99.0.1", port);

	return fd < 0 || !connect(fd, &a.sa, len) ? fd : -errno;
}

/* Bound to @text, connected to @port and disconnected: the address stays, the port goes. */
static int tcp_back(const char *text, int port)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = tcp_from(text, port);

	return fd < 0 || !connect(fd, &none, sizeof(none)) ? fd : -errno;
}

static long give(bool v6, unsigned int nid)
{
	return v6 ? net_add6(nid, V6, 64) : net_add4(nid, V4, MASK);
}

static long take(bool v6, unsigned int nid)
{
	return v6 ? net_rem6(nid, V6, 64) : net_rem4(nid, V4, MASK);
}

static long nonblocking_accept(int fd)
{
	return made(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) < 0 ? -errno : 0);
}

static long read_end(int fd)
{
	char c;

	return arrives(fd, 3000) ? err(recv(fd, &c, 1, MSG_DONTWAIT)) : -ETIMEDOUT;
}

static int port = 23000;

static void connections(bool v6)
{
	const char *gone = v6 ? V6 : V4, *stays = v6 ? "fd99::11" : "10.99.0.11";
	int lst = opened_in(NID_A, listening, gone, ++port);
	int wild = opened_in(NID_A, listening, v6 ? "::" : "0.0.0.0", port + 1000);
	int mine = opened_in(0, listening, v6 ? "fd99::1" : "10.99.0.1", port + 2000);
	int c_lst, c_wild, c_stays, c_queue, s_lst, s_wild, s_stays, out, s_out;
	union addr a;
	char x = 'x';

	check(lst >= 0 && wild >= 0 && mine >= 0, "servers listen");
	c_lst = connected(gone, port, SOCK_STREAM);
	s_lst = accept(lst, NULL, NULL);
	c_queue = connected(gone, port, SOCK_STREAM);
	c_wild = connected(gone, port + 1000, SOCK_STREAM);
	s_wild = accept(wild, NULL, NULL);
	c_stays = connected(stays, port + 1000, SOCK_STREAM);
	s_stays = accept(wild, NULL, NULL);
	out = opened_in(NID_A, tcp_from, gone, port + 2000);
	s_out = accept(mine, NULL, NULL);
	check(s_lst >= 0 && s_wild >= 0 && s_stays >= 0 && s_out >= 0 && c_queue >= 0 && out >= 0,
	      "connections are there");

	check_is(take(v6, NID_A), 0, "take the address");
	check_is(read_end(c_lst), -ECONNRESET, "a connection to it: the peer is reset");
	check_is(read_end(c_queue), -ECONNRESET, "one that waits to be accepted too");
	check_is(read_end(c_wild), -ECONNRESET, "one that came by a wildcard too");
	check_is(read_end(s_out), -ECONNRESET, "one that A has made too");
	check_is(waiting_error(s_lst), -ECONNABORTED, "A's end says why");
	check_is(waiting_error(s_wild), -ECONNABORTED, "the one of the wildcard too");
	check_is(waiting_error(out), -ECONNABORTED, "and the one that A has made");
	check_is(err(send(out, &x, 1, MSG_NOSIGNAL)), -EPIPE, "nothing can be sent");
	check_is(waiting_error(lst), -ECONNABORTED, "the listener says why");
	check_is(nonblocking_accept(lst), -EINVAL, "and does not listen");
	check_is(made(connected(gone, port, SOCK_STREAM)), -ECONNREFUSED, "nobody is there");
	check_is(made(connected(gone, port + 1000, SOCK_STREAM)), -ECONNREFUSED,
		 "nor by the wildcard");

	check_is(err(send(c_stays, &x, 1, 0)), 1, "the other connection lives");
	check_is(read_end(s_stays), 1, "in both directions");
	c_queue = connected(stays, port + 1000, SOCK_STREAM);
	check(c_queue >= 0, "the wildcard still listens on what is left");
	check_is(err(listen(lst, 1)), 0, "the listener listens again");
	local_name(lst, &a);
	check(addr_port(&a) != port && strcmp(addr_text(&a), gone), "but not there");

	check_is(give(v6, NID_B), 0, "give the address to B");
	s_lst = opened_in(NID_B, listening, gone, port);
	check(s_lst >= 0, "B listens there");
	check_is(take(v6, NID_B), 0, "take it from B");
	check_is(give(v6, NID_A), 0, "give it back");
	check_is(made(opened_in(NID_A, listening, gone, port)), 0, "A listens there again");
	close(lst);
	close(wild);
	close(mine);
}

static void bound_only(bool v6)
{
	const char *gone = v6 ? V6 : V4;
	int tcp = opened_in(NID_A, tcp_bound, gone, ++port);
	int udp = opened_in(NID_A, udp_bound, gone, port);
	int wild = opened_in(NID_A, udp_bound, v6 ? "::" : "0.0.0.0", port + 1000);
	int con = opened_in(NID_A, udp_from, gone, 9), b, host;
	union addr a, to;
	socklen_t len;
	char x = 'x';

	check(tcp >= 0 && udp >= 0 && wild >= 0 && con >= 0, "sockets are bound");
	check_is(take(v6, NID_A), 0, "take the address");
	check_is(waiting_error(tcp), -ECONNABORTED, "TCP, bound only: closed");
	check_is(waiting_error(udp), -ECONNABORTED, "UDP: closed");
	check_is(waiting_error(con), -ECONNABORTED, "UDP, connected: closed");
	check_is(waiting_error(wild), 0, "UDP, a wildcard: stays");
	local_name(tcp, &a);
	check_text(addr_text(&a), v6 ? "::" : "0.0.0.0", "TCP: bound to nothing");
	check_is(addr_port(&a), 0, "TCP: no port");
	local_name(udp, &a);
	check_text(addr_text(&a), v6 ? "::" : "0.0.0.0", "UDP: bound to nothing");
	check_is(addr_port(&a), 0, "UDP: no port");

	/* It is B's now, and so is what comes for it. */
	check_is(give(v6, NID_B), 0, "give the address to B");
	b = opened_in(NID_B, udp_bound, gone, port);
	check(b >= 0, "B binds the same port");
	len = addr_of(&to, gone, port);
	host = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check_is(err(sendto(host, &x, 1, 0, &to.sa, len)), 1, "send there");
	check(arrives(b, 3000), "B receives");
	check(!arrives(udp, 100), "A does not");
	len = addr_of(&to, gone, port + 1000);
	check_is(err(sendto(host, &x, 1, 0, &to.sa, len)), 1, "send to A's wildcard there");
	check(!arrives(wild, 200), "A does not receive");

	/* The program can go on: from an address that it has. */
	len = addr_of(&to, v6 ? "fd99::1" : "10.99.0.1", 9);
	check_is(err(connect(con, &to.sa, len)), 0, "A connects again");
	local_name(con, &a);
	check_text(addr_text(&a), v6 ? "fd99::11" : "10.99.0.11", "from what is left");
	len = addr_of(&to, v6 ? "fd99::11" : "10.99.0.11", port);
	check_is(err(bind(udp, &to.sa, len)), 0, "A binds again");
	len = addr_of(&to, gone, port);
	check_is(err(bind(tcp, &to.sa, len)), -EADDRNOTAVAIL, "not to what it lost");
	check_is(take(v6, NID_B), 0, "take it from B");
	check_is(give(v6, NID_A), 0, "give it back");
	close(tcp);
	close(udp);
	close(wild);
	close(con);
	close(b);
	close(host);
}

static void raw_and_mptcp(void)
{
	struct icmphdr echo = { .type = ICMP_ECHO, .checksum = htons(0xf7ff) };
	int raw = opened_in(NID_A, raw_bound, V4, 0), m, c, s;
	union addr to;
	socklen_t len = addr_of(&to, "10.99.0.1", 0);

	check_is(err(sendto(raw, &echo, sizeof(echo), 0, &to.sa, len)), sizeof(echo),
		 "a raw socket sends from the address");
	check(arrives(raw, 3000), "and receives");
	m = opened_in(NID_A, mptcp_listening, V4, ++port);
	c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	len = addr_of(&to, V4, port);
	check_is(err(connect(c, &to.sa, len)), 0, "an MPTCP connection");
	s = accept(m, NULL, NULL);
	while (recv(raw, &echo, sizeof(echo), MSG_DONTWAIT) > 0)
		;

	check_is(take(false, NID_A), 0, "take the address");
	check_is(read_end(c), -ECONNRESET, "MPTCP: the peer is reset");
	check_is(waiting_error(m), -ECONNABORTED, "MPTCP: the listener says why");
	check_is(nonblocking_accept(m), -EINVAL, "MPTCP: and does not listen");
	len = addr_of(&to, "10.99.0.1", 0);
	check_is(err(sendto(raw, &echo, sizeof(echo), 0, &to.sa, len)), -EPERM,
		 "the raw socket sends no more");
	check(sh("ping -c 1 -W 1 -I 10.99.0.1 " V4 " >/dev/null"), "the host pings the address");
	check(!arrives(raw, 100), "the raw socket hears nothing of it");
	check_is(give(false, NID_A), 0, "give it back");
	check_is(err(listen(m, 1)), 0, "MPTCP: the listener listens again");
	local_name(m, &to);
	check(addr_port(&to) != port, "MPTCP: but not there");
	m = opened_in(NID_A, mptcp_listening, V4, port);
	check(m >= 0, "MPTCP: the address and port are free");
	close(raw);
	close(m);
	close(c);
	close(s);
}

static void loopback_moves(void)
{
	struct vcmd_net_addr_ipv4_v2 lback = { .type = NXA_TYPE_ADDR | NXA_MOD_LBACK };
	int udp = opened_in(NID_A, udp_bound, "127.0.0.1", ++port);

	inet_pton(AF_INET, "127.7.7.7", &lback.ip);
	check_is(vs(VCMD_net_add_ipv4, NID_A, &lback), 0, "another loopback for A");
	check_is(waiting_error(udp), -ECONNABORTED, "what was on the old one is closed");
	close(udp);
	udp = opened_in(NID_A, udp_bound, "127.0.0.1", port);
	check(udp >= 0, "A binds its loopback again");
	close(udp);
	inet_pton(AF_INET, "127.11.195.1", &lback.ip);
	check_is(vs(VCMD_net_add_ipv4, NID_A, &lback), 0, "back to the first");
}

/* Bind and connect as fast as possible; keep what works for a while. */
static void busy(void *arg)
{
	int kept[16], n = 0, i;

	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(kept, -1, sizeof(kept));
	for (;;) {
		for (i = 0; i < 4; i++) {
			int fd = i == 0 ? udp_bound(V4, 0) : i == 1 ? udp_from(V4, 9) :
				 i == 2 ? tcp_from(V4, 23900) : listening(V4, 0);

			if (kept[n] >= 0)
				close(kept[n]);
			kept[n] = fd;
			n = (n + 1) % 16;
		}
	}
}

static char text[1 << 16];

/* As the spectator: sockets of A on the address, other than connections that ended. */
static void nothing_left(void *arg)
{
	static const char * const files[] = { "/proc/net/tcp", "/proc/net/udp" };
	unsigned int i;

	(void)arg;
	for (i = 0; i < 2; i++) {
		const char *line;
		int found = 0;

		check(read_file(files[i], text, sizeof(text)), "read %s", files[i]);
		for (line = text; (line = strstr(line, ": 1500630A:")); line++)
			found++;
		check_is(found, 0, files[i]);
	}
}

static void storm(void)
{
	struct in_net in = { NID_A, busy, NULL };
	int lst = listening("10.99.0.1", 23900), i, bad = 0;
	pid_t pid[2], server = fork();

	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			close(accept(lst, NULL, NULL));
	}
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			__in_net(&in);
			_exit(0);
		}
	}
	for (i = 0; i < 150; i++) {
		bad += take(false, NID_A) != 0;
		usleep(1000);
		bad += give(false, NID_A) != 0;
		usleep(3000);
	}
	check_is(bad, 0, "take and give the address 150 times");
	check_is(take(false, NID_A), 0, "and take it");
	/* The sockets are still open. */
	for (i = 0; i < 2; i++)
		kill(pid[i], SIGSTOP);
	in_net(1, nothing_left, NULL);
	for (i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(lst);
	check_is(give(false, NID_A), 0, "give it back");
}

static void check_portless(int fd, const char *what)
{
	union addr a;

	local_name(fd, &a);
	check_is(addr_port(&a), 0, what);
}

/* A socket without a port is in no hash, and found when it asks for one. */
static void without_port(bool v6)
{
	const char *gone = v6 ? V6 : V4;
	int srv = opened_in(0, listening, v6 ? "fd99::1" : "10.99.0.1", ++port), b;
	int good = opened_in(NID_A, tcp_portless, gone, 0);
	int tcp = opened_in(NID_A, tcp_portless, gone, 0);
	int back = opened_in(NID_A, tcp_back, gone, port);
	int out = opened_in(NID_A, tcp_portless, gone, 0);
	int udp = opened_in(NID_A, udp_portless, gone, 0);
	int con = opened_in(NID_A, udp_portless, gone, 0);
	union addr to;
	socklen_t len = addr_of(&to, v6 ? "fd99::1" : "10.99.0.1", port);

	check(srv >= 0 && good >= 0 && tcp >= 0 && back >= 0 && out >= 0 && udp >= 0 && con >= 0,
	      "sockets with an address and without a port");
	check_portless(tcp, "TCP: no port");
	check_portless(udp, "UDP: no port");
	check_is(err(listen(good, 1)), 0, "one listens");
	check_is(take(v6, NID_A), 0, "take the address");
	check_is(waiting_error(good), -ECONNABORTED, "which is closed");
	check_is(err(listen(tcp, 1)), -EADDRNOTAVAIL, "TCP: it cannot listen any more");
	check_portless(tcp, "and holds no port");
	check_is(err(listen(back, 1)), -EADDRNOTAVAIL, "TCP, disconnected: nor this one");
	check_is(err(connect(out, &to.sa, len)), -EPERM, "TCP: nor connect");
	check_is(err(sendto(udp, "x", 1, 0, &to.sa, len)), -EAGAIN, "UDP: it cannot send");
	check_portless(udp, "and holds no port");
	check_is(err(connect(con, &to.sa, len)), -EAGAIN, "UDP: nor connect");
	check_portless(con, "and holds no port");
	check_is(give(v6, NID_B), 0, "give the address to B");
	check_is(err(listen(tcp, 1)), -EADDRNOTAVAIL, "TCP: nor when it is B's");
	b = opened_in(NID_B, tcp_portless, gone, 0);
	check_is(err(listen(b, 1)), 0, "B listens there");
	check_is(take(v6, NID_B), 0, "take it from B");
	check_is(give(v6, NID_A), 0, "give it back");
	check_is(err(listen(tcp, 1)), 0, "TCP: now it listens");
	check_is(err(sendto(udp, "x", 1, 0, &to.sa, len)), 1, "UDP: now it sends");
	close(srv);
	close(good);
	close(tcp);
	close(back);
	close(out);
	close(udp);
	close(con);
	close(b);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("ip addr add " V4 "/24 dev vst0 && ip addr add " V6 "/64 dev vst0 nodad"),
	      "a second address");
	check_is(give(false, NID_A), 0, "for A");
	check_is(give(true, NID_A), 0, "and in IPv6");
	connections(false);
	connections(true);
	bound_only(false);
	bound_only(true);
	raw_and_mptcp();
	loopback_moves();
	without_port(false);
	without_port(true);
	storm();
	return net_end();
}
