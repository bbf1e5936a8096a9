// SPDX-License-Identifier: GPL-2.0
/*
 * Who gets a datagram: replies, the loopback, broadcasts, groups. See network.h.
 */
#include "network.h"

static void udp_echo(void *arg)
{
	int *pipe_fd = arg;
	union addr from;
	socklen_t len = sizeof(from);
	char buf[8], line[80];
	int fd = bound("0.0.0.0", 8084, SOCK_DGRAM);
	ssize_t n;

	if (fd < 0 || write(pipe_fd[1], "r", 1) != 1)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((n = recvfrom(fd, buf, sizeof(buf), 0, &from.sa, &len)) >= 0) {
		snprintf(line, sizeof(line), "%.1s %s", n ? buf : "", addr_text(&from));
		sendto(fd, line, strlen(line), 0, &from.sa, len);
		len = sizeof(from);
	}
}

static const char *ask_udp(const char *text, const char *what)
{
	static char line[80];
	union addr to, from;
	socklen_t len = addr_of(&to, text, 8084), flen = sizeof(from);
	int fd = sock_for(text, SOCK_DGRAM);
	ssize_t n = -1;

	/* Unconnected: the reply's sender is checked too. */
	if (sendto(fd, what, 1, 0, &to.sa, len) == 1 && arrives(fd, 3000))
		n = recvfrom(fd, line, sizeof(line) - 1, 0, &from.sa, &flen);
	close(fd);
	if (n < 0)
		return "";
	line[n] = '\0';
	snprintf(line + n, sizeof(line) - n, " %s", addr_text(&from));
	return line;
}

static void udp_inside(void *arg)
{
	(void)arg;
	check_text(ask_udp("127.0.0.1", "i"), "i 127.0.0.1 127.0.0.1", "A: UDP over the loopback");
	check_text(ask_udp("10.99.0.11", "i"), "i 10.99.0.11 10.99.0.11", "A: UDP to itself");
	check_text(ask_udp("10.99.0.1", "i"), "i 10.99.0.11 10.99.0.1", "A: UDP to the host");
}

static void udp_delivery(void)
{
	int ready[2][2];
	pid_t pid[2];
	char c;
	int i;

	for (i = 0; i < 2; i++) {
		struct in_net in = { NID_A, udp_echo, ready[i] };

		if (pipe(ready[i]))
			return;
		pid[i] = fork();
		if (!pid[i]) {
			if (i)
				__in_net(&in);
			else
				udp_echo(ready[i]);
			_exit(1);
		}
		check(read(ready[i][0], &c, 1) == 1, "UDP: %s has the port", i ? "A" : "the host");
	}
	check_text(ask_udp("10.99.0.11", "x"), "x 10.99.0.1 10.99.0.11", "UDP: host to A");
	check_text(ask_udp("10.99.0.1", "x"), "x 10.99.0.1 10.99.0.1", "UDP: host to itself");
	in_net(NID_A, udp_inside, NULL);
	for (i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
		close(ready[i][0]);
		close(ready[i][1]);
	}
}

struct talk {
	int to[2], from[2];
};

static bool say(const struct talk *t, bool child)
{
	return write(child ? t->from[1] : t->to[1], "x", 1) == 1;
}

static bool hear(const struct talk *t, bool child)
{
	char c;

	return read(child ? t->to[0] : t->from[0], &c, 1) == 1;
}

static long send_group(const char *dest)
{
	struct in_addr out;
	union addr a;
	socklen_t len = addr_of(&a, dest, 8091);
	int fd = sock_for(dest, SOCK_DGRAM), one = 1;
	long ret;

	inet_pton(AF_INET, "10.99.0.1", &out);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out));
	ret = err(sendto(fd, "x", 1, 0, &a.sa, len));
	close(fd);
	return ret;
}

static void member_of_group(void *arg)
{
	const struct talk *t = arg;
	struct ip_mreq join;
	int fd = bound("0.0.0.0", 8091, SOCK_DGRAM);
	char c;

	inet_pton(AF_INET, "239.9.9.9", &join.imr_multiaddr);
	inet_pton(AF_INET, "10.99.0.11", &join.imr_interface);
	check_is(err(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof(join))), 0,
		 "A: join a group");
	say(t, true);
	hear(t, true);
	check(!arrives(fd, 200), "A: nothing of the group without the capability");
	say(t, true);
	check(hear(t, true) && arrives(fd, 3000) && recv(fd, &c, 1, 0) == 1,
	      "A: the broadcast of its network");
	check_is(made(bound("239.9.9.9", 8091, SOCK_DGRAM)), -EADDRNOTAVAIL, "A: bind to the group");
	say(t, true);
	check(hear(t, true) && arrives(fd, 3000) && recv(fd, &c, 1, 0) == 1,
	      "A: with the capability what the group says");
	check_is(made(bound("239.9.9.9", 8092, SOCK_DGRAM)), 0, "A: with it bind to the group");
}

/* Multicast needs a capability, the broadcast of the own network does not. */
static void groups(void)
{
	struct talk t;
	struct in_net in = { NID_A, member_of_group, &t };
	int status;
	pid_t pid;

	if (pipe(t.to) || pipe(t.from))
		return;
	check(sh("ip link set vst0 multicast on && ip route add 239.0.0.0/8 dev vst0"),
	      "a route for groups");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__in_net(&in);
		_exit(0);
	}
	hear(&t, false);
	check_is(send_group("239.9.9.9"), 1, "the host talks to the group");
	say(&t, false);
	hear(&t, false);
	check_is(send_group("10.99.0.255"), 1, "the host talks to everybody");
	say(&t, false);
	hear(&t, false);
	net_set_caps(NID_A, NXC_MULTICAST);
	check_is(send_group("239.9.9.9"), 1, "the host talks to the group again");
	say(&t, false);
	waitpid(pid, &status, 0);
	check(status == 0, "the member ends");
	net_set_caps(NID_A, 0);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	udp_delivery();
	groups();
	return net_end();
}
