// SPDX-License-Identifier: GPL-2.0
/*
 * What goes through the sockets of a context is counted by family, and so is
 * what the tasks of a process context move.
 */
#include <sys/sendfile.h>
#include "network.h"

static char text[1 << 14];

struct counts {
	unsigned long long recv, recv_bytes, sent, sent_bytes, failed, failed_bytes;
};

/* A row of a cacct file. */
static struct counts counts(const char *path, const char *row)
{
	struct counts c = { 0 };
	const char *line;

	if (!check(read_file(path, text, sizeof(text)), "read %s", path))
		return c;
	line = strstr(text, row);
	if (!check(line && sscanf(line + strlen(row), " %llu/%llu %llu/%llu %llu/%llu", &c.recv,
				  &c.recv_bytes, &c.sent, &c.sent_bytes, &c.failed,
				  &c.failed_bytes) == 6, "a row %s", row))
		memset(&c, 0, sizeof(c));
	return c;
}

static int udp_pair[2];

/* In A: 3 datagrams of 100 bytes, two of them taken, one looked at; one fails. */
static void traffic(void *arg)
{
	char buf[100] = "";
	union addr a, to;
	socklen_t len = sizeof(a);
	int i, file, unix_fd[2];

	(void)arg;
	udp_pair[0] = bound("10.99.0.11", 0, SOCK_DGRAM);
	udp_pair[1] = bound("10.99.0.11", 0, SOCK_DGRAM);
	getsockname(udp_pair[1], &a.sa, &len);
	for (i = 0; i < 3; i++)
		check_is(err(sendto(udp_pair[0], buf, 100, 0, &a.sa, len)), 100, "send");
	check_is(err(recv(udp_pair[1], buf, 100, MSG_PEEK)), 100, "look");
	check_is(err(recv(udp_pair[1], buf, 100, 0)), 100, "receive");
	check_is(err(read(udp_pair[1], buf, 100)), 100, "read");
	len = addr_of(&to, "255.255.255.255", 9);
	check_is(err(sendto(udp_pair[0], buf, 77, 0, &to.sa, len)), -EACCES, "fail to send");
	check_is(err(socketpair(AF_UNIX, SOCK_STREAM, 0, unix_fd)), 0, "unix sockets");
	file = open("/proc/self/exe", O_RDONLY);
	check_is(err(sendfile(unix_fd[0], file, NULL, 64)), 64, "sendfile");
	check_is(err(write(unix_fd[0], buf, 36)), 36, "write");
	check_is(err(read(unix_fd[1], buf, 100)), 100, "read both");
}

static void counting(void)
{
	char path[64];
	struct counts before, c;

	snprintf(path, sizeof(path), "/proc/virtnet/%u/cacct", NID_A);
	before = counts(path, "INET:");
	in_net(NID_A, traffic, NULL);
	c = counts(path, "INET:");
	check_is(c.sent - before.sent, 3, "datagrams sent");
	check_is(c.sent_bytes - before.sent_bytes, 300, "bytes sent");
	check_is(c.recv - before.recv, 2, "datagrams received");
	check_is(c.recv_bytes - before.recv_bytes, 200, "bytes received");
	check_is(c.failed - before.failed, 1, "one failed");
	check_is(c.failed_bytes - before.failed_bytes, 77, "with its bytes");
	c = counts(path, "UNIX:");
	check_is(c.sent, 2, "unix: sent");
	check_is(c.sent_bytes, 100, "unix: bytes sent");
	check_is(c.recv_bytes, 100, "unix: bytes received");
	c = counts(path, "INET6:");
	check_is(c.sent, 0, "IPv6: nothing");
	snprintf(path, sizeof(path), "/proc/virtnet/%u/cacct", NID_B);
	c = counts(path, "INET:");
	check_is(c.sent, 0, "B: nothing");
}

/* By process context: what its tasks move, here through a socket of the host. */
static void task_traffic(void *arg)
{
	char c = 'x';

	check_is(err(write(*(int *)arg, &c, 1)), 1, "guest: write");
	check_is(err(write(*(int *)arg, &c, 1)), 1, "guest: write");
}

static void sock_stat(void)
{
	struct guest g = { .xid = 3017 };
	struct vcmd_sock_stat_v0 s = { .field = VS_SOCK_UNIX }, before;
	int fd[2];

	check(guest_start(&g), "a guest");
	check_is(vs(VCMD_sock_stat, g.xid, &s), 0, "sock_stat");
	before = s;
	check_is(err(socketpair(AF_UNIX, SOCK_STREAM, 0, fd)), 0, "sockets of the host");
	in_guest(&g, task_traffic, fd);
	s.field = VS_SOCK_UNIX;
	check_is(vs(VCMD_sock_stat, g.xid, &s), 0, "sock_stat");
	check_is(s.count[VS_SOCK_SENT] - before.count[VS_SOCK_SENT], 2, "messages sent");
	check_is(s.total[VS_SOCK_SENT] - before.total[VS_SOCK_SENT], 2, "bytes sent");
	check_is(s.count[VS_SOCK_RECEIVED], 0, "nothing received");
	s.field = VS_SOCK_INET;
	check_is(vs(VCMD_sock_stat, g.xid, &s), 0, "sock_stat of IPv4");
	check_is(s.count[VS_SOCK_SENT], 0, "nothing in IPv4");
	s.field = VS_SOCK_CLASSES;
	check_is(vs(VCMD_sock_stat, g.xid, &s), -EINVAL, "no such class");
	check_is(vs(VCMD_sock_stat, 4444, &s), -ESRCH, "no such context");
	guest_stop(&g);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	counting();
	sock_stat();
	return net_end();
}
