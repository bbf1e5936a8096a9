// SPDX-License-Identifier: GPL-2.0
/*
 * The loopback of a guest: a service of the host that listens on all addresses
 * is not there, for it might believe whoever comes from 127.0.0.1. On the guest's
 * other addresses it is, as long as the guest leaves them to it.
 */
#include "network.h"

#define PORT	4741

static const char *const wild[] = { "0.0.0.0", "::" };
static const char *const loop[] = { "127.0.0.1", "::1" };
static const char *const own[] = { "10.99.0.11", "fd99::11" };

/* Ask a UDP service; 0 if it answers, or what the kernel says. */
static long ask_udp(const char *addr)
{
	int fd = connected(addr, PORT, SOCK_DGRAM);
	struct pollfd p = { fd, POLLIN };
	char c;

	if (fd < 0)
		return fd;
	if (send(fd, "?", 1, 0) != 1)
		return -errno;
	if (poll(&p, 1, 5000) != 1) {
		close(fd);
		return -ETIMEDOUT;
	}
	return err(recv(fd, &c, 1, 0)) == 1 ? close(fd) : -errno;
}

/* Everything that asks is answered; connections wait in the queue. */
static void answer_udp(const int *udp)
{
	struct pollfd p[2] = { { udp[0], POLLIN }, { udp[1], POLLIN } };
	union addr from;
	socklen_t len;
	int i;
	char c;

	for (;;) {
		poll(p, 2, -1);
		for (i = 0; i < 2; i++) {
			len = sizeof(from);
			if ((p[i].revents & POLLIN) && recvfrom(udp[i], &c, 1, 0, &from.sa, &len) == 1)
				sendto(udp[i], "!", 1, 0, &from.sa, len);
		}
	}
}

static void closed(void *arg)
{
	int i;

	for (i = 0; i < 2; i++) {
		check_is(made(connected(loop[i], PORT, SOCK_STREAM)), -ECONNREFUSED, loop[i]);
		check_is(ask_udp(loop[i]), -ECONNREFUSED, "by UDP");
	}
	check_is(made(connected("127.3.2.1", PORT, SOCK_STREAM)), -ECONNREFUSED, "another name of it");
	check_is(made(connected("::ffff:127.0.0.1", PORT, SOCK_STREAM)), -ECONNREFUSED, "mapped");
}

/* Its own services are. */
static void inside(void *arg)
{
	int udp[2], tcp[2], i;
	pid_t pid;

	for (i = 0; i < 2; i++)
		check_is(made(connected(own[i], PORT, SOCK_STREAM)), 0, "A on its address: the host's service");
	closed(NULL);
	for (i = 0; i < 2; i++) {
		tcp[i] = listening(loop[i], PORT);
		udp[i] = bound(loop[i], PORT, SOCK_DGRAM);
		check(tcp[i] >= 0 && udp[i] >= 0, "A listens on %s", loop[i]);
	}
	pid = fork();
	if (!pid)
		answer_udp(udp);
	for (i = 0; i < 2; i++) {
		check_is(made(connected(loop[i], PORT, SOCK_STREAM)), 0, "and is there");
		check_is(ask_udp(loop[i]), 0, "by UDP");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	int udp[2], tcp[2], one = 1, i;
	union addr a;
	socklen_t len;
	pid_t pid;

	if (!net_begin())
		return net_end();
	for (i = 0; i < 2; i++) {
		len = addr_of(&a, wild[i], PORT);
		tcp[i] = sock_for(wild[i], SOCK_STREAM);
		udp[i] = sock_for(wild[i], SOCK_DGRAM);
		if (i) {
			setsockopt(tcp[i], IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
			setsockopt(udp[i], IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		}
		check(!bind(tcp[i], &a.sa, len) && !listen(tcp[i], 64) && !bind(udp[i], &a.sa, len),
		      "the host listens on %s", wild[i]);
	}
	pid = fork();
	if (!pid) {
		close(tcp[0]);
		close(tcp[1]);
		answer_udp(udp);
	}
	in_net(NID_A, inside, NULL);
	in_net(NID_B, closed, NULL);
	for (i = 0; i < 2; i++) {
		check_is(made(connected(loop[i], PORT, SOCK_STREAM)), 0, "host: its own loopback");
		check_is(ask_udp(loop[i]), 0, "host: by UDP");
	}
	check_is(made(connected("127.3.2.1", PORT, SOCK_STREAM)), 0, "host: another address of it");

	/* One socket for both kinds. */
	close(tcp[0]);
	close(tcp[1]);
	tcp[1] = listening("::", PORT);
	check(tcp[1] >= 0, "the host listens with one socket");
	in_net(NID_A, closed, NULL);
	check_is(made(connected("127.0.0.1", PORT, SOCK_STREAM)), 0, "host: IPv4 by it");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return net_end();
}
