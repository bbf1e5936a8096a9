// SPDX-License-Identifier: GPL-2.0
/*
 * Raw and ping sockets of a confined guest in A: who may have them, what they
 * may send, what they receive. See network.h for the addresses.
 */
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/ioctl.h>
#include "network.h"

#define RANGE	"/proc/sys/net/ipv4/ping_group_range"

static unsigned long buf_of_zeros[8];
static struct guest guest = { .xid = 3031 };

static unsigned short checksum(const void *data, size_t len)
{
	const unsigned short *p = data;
	unsigned int sum = 0;

	for (; len > 1; len -= 2)
		sum += *p++;
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

static void confine(void)
{
	check_is(vs(VCMD_ctx_migrate, guest.xid, NULL), 0, "enter the guest");
}

static long raw(int family, int protocol)
{
	return made(err(socket(family, SOCK_RAW | SOCK_CLOEXEC, protocol)));
}

static void without(void *arg)
{
	(void)arg;
	confine();
	check_is(raw(AF_INET, IPPROTO_ICMP), -EPERM, "without raw_icmp: ICMP");
	check_is(raw(AF_INET6, IPPROTO_ICMPV6), -EPERM, "without raw_icmp: ICMPv6");
	check_is(raw(AF_INET, IPPROTO_UDP), -EPERM, "without raw_icmp: UDP");
	check_is(raw(AF_INET, IPPROTO_RAW), -EPERM, "without raw_icmp: any");
	check_is(raw(AF_PACKET, 0), -EPERM, "without raw_icmp: packets");
}

/* An ICMP echo request; returns what sendto says. */
static long echo(int fd, const char *dest, int id)
{
	struct icmphdr h = { .type = ICMP_ECHO };
	union addr a;
	socklen_t len = addr_of(&a, dest, 0);

	h.un.echo.id = htons(id);
	h.checksum = checksum(&h, sizeof(h));
	return err(sendto(fd, &h, sizeof(h), 0, &a.sa, len));
}

/* The same with a header of one's own. */
static long forge(const char *source, const char *dest, const char *to, int protocol)
{
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
	} p = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = protocol },
		.icmp = { .type = ICMP_ECHO } };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), one = 1;
	union addr a;
	socklen_t len = addr_of(&a, to, 0);
	long ret;

	p.ip.tot_len = htons(sizeof(p));
	inet_pton(AF_INET, source, &p.ip.saddr);
	inet_pton(AF_INET, dest, &p.ip.daddr);
	p.icmp.checksum = checksum(&p.icmp, sizeof(p.icmp));
	if (setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)))
		return -errno;
	ret = err(sendto(fd, &p, sizeof(p), 0, &a.sa, len));
	close(fd);
	return ret;
}

static void with(void *arg)
{
	static char buf[512];
	union addr a;
	socklen_t len;
	int fd;

	(void)arg;
	confine();
	check_is(raw(AF_INET6, IPPROTO_ICMPV6), 0, "with raw_icmp: ICMPv6");
	check_is(raw(AF_INET, IPPROTO_UDP), -EPERM, "with raw_icmp: not UDP");
	check_is(raw(AF_INET, IPPROTO_RAW), -EPERM, "with raw_icmp: not any");
	fd = err(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	if (!check(fd >= 0, "with raw_icmp: ICMP"))
		return;
	check_is(echo(fd, "10.99.0.1", 7), 8, "ping the host");
	check(arrives(fd, 3000) && recv(fd, buf, sizeof(buf), 0) >= 28, "the answer arrives");
	check(((struct iphdr *)buf)->daddr == inet_addr("10.99.0.11"), "and is for A");
	while (arrives(fd, 50))
		if (recv(fd, buf, sizeof(buf), 0) < 0)
			break;
	len = addr_of(&a, "10.99.0.12", 0);
	check_is(err(bind(fd, &a.sa, len)), -EADDRNOTAVAIL, "bind to B's address");
	check_is(forge("10.99.0.11", "10.99.0.1", "10.99.0.1", IPPROTO_ICMP), 28,
		 "a header with the own source");
	check_is(forge("10.99.0.12", "10.99.0.1", "10.99.0.1", IPPROTO_ICMP), -EPERM,
		 "one with B's source");
	check_is(forge("10.99.0.1", "10.99.0.12", "10.99.0.12", IPPROTO_ICMP), -EPERM,
		 "one with the host's source");
	check_is(forge("10.99.0.11", "10.99.0.1", "10.99.0.1", IPPROTO_UDP), -EPERM,
		 "one with another protocol");
	check_is(forge("10.99.0.11", "127.0.0.1", "10.99.0.1", IPPROTO_ICMP), -EPERM,
		 "one for the host's loopback");
	close(fd);
}

/* What others say does not reach a raw socket of A. */
static void overhear(void *arg)
{
	int *pipes = arg;
	char c;
	int fd;

	confine();
	fd = err(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	if (write(pipes[1], "r", 1) != 1 || read(pipes[2], &c, 1) != 1)
		_exit(1);
	check(!arrives(fd, 200), "what others send does not reach A");
	if (write(pipes[1], "r", 1) != 1 || read(pipes[2], &c, 1) != 1)
		_exit(1);
	check(arrives(fd, 3000), "what is for A does");
}

/* B hears from the kernel that nobody listens; the message quotes B's packet. */
static void ask_nobody(void *arg)
{
	int fd = connected("10.99.0.1", 9, SOCK_DGRAM);
	char c;

	check_is(err(send(fd, "x", 1, 0)), 1, "B sends to where nobody is");
	check(arrives(fd, 3000), "B hears of it");
	check_is(err(recv(fd, &c, 1, MSG_DONTWAIT)), -ECONNREFUSED, "B: nobody");
	close(fd);
}

static void overhearing(void)
{
	int a[2], b[2], pipes[4], fd, status;
	struct in_net in = { NID_A, overhear, pipes };
	pid_t pid;
	char c;

	if (pipe(a) || pipe(b))
		return;
	pipes[1] = a[1];
	pipes[2] = b[0];
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__in_net(&in);
		_exit(0);
	}
	fd = err(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	check(read(a[0], &c, 1) == 1, "A listens");
	in_net(NID_B, ask_nobody, NULL);
	check(echo(fd, "10.99.0.1", 8) == 8 && echo(fd, "10.99.0.12", 8) == 8 && echo(fd, "127.0.0.1", 8) == 8 &&
	      write(b[1], "g", 1) == 1, "the host pings itself and B");
	check(read(a[0], &c, 1) == 1 && echo(fd, "10.99.0.11", 8) == 8 && write(b[1], "g", 1) == 1,
	      "the host pings A");
	waitpid(pid, &status, 0);
	check(status == 0, "the listener ends");
	close(fd);
}

static void ping_one(const char *dest)
{
	bool six = strchr(dest, ':');
	struct icmp6_hdr h6 = { .icmp6_type = ICMP6_ECHO_REQUEST };
	struct icmphdr h4 = { .type = ICMP_ECHO };
	union addr a;
	socklen_t len = addr_of(&a, dest, 0), alen = sizeof(a);
	int fd = err(socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, six ? IPPROTO_ICMPV6 : IPPROTO_ICMP));
	char buf[64], what[64];

	snprintf(what, sizeof(what), "ping socket: %s answers", dest);
	if (!check(fd >= 0, "a ping socket"))
		return;
	check_is(err(sendto(fd, six ? (void *)&h6 : (void *)&h4, 8, 0, &a.sa, len)), 8, "send");
	check(arrives(fd, 3000) && recvfrom(fd, buf, sizeof(buf), 0, &a.sa, &alen) == 8, "%s", what);
	check_text(addr_text(&a), dest, what);
	close(fd);
}

static void pings(void *arg)
{
	union addr a;
	socklen_t len = addr_of(&a, "10.99.0.12", 0);
	int fd;

	(void)arg;
	confine();
	ping_one("10.99.0.1");
	ping_one("127.0.0.1");
	ping_one("fd99::1");
	ping_one("::1");
	fd = err(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	check_is(err(bind(fd, &a.sa, len)), -EADDRNOTAVAIL, "ping socket: bind to B's address");
	close(fd);
	len = addr_of(&a, "fd99::12", 0);
	fd = err(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6));
	check_is(err(bind(fd, &a.sa, len)), -EADDRNOTAVAIL, "ping socket: and to its IPv6 address");
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	check_is(err(ioctl(fd, 0x8940, buf_of_zeros)), -EPERM, "the list of bridges");
	close(fd);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	if (!check(guest_start(&guest), "start a guest"))
		return test_end();
	in_net(NID_A, without, NULL);
	check_is(net_set_caps(NID_A, NXC_RAW_ICMP), 0, "give A raw_icmp");
	in_net(NID_A, with, NULL);
	overhearing();
	check(sh("echo 0 2147483647 > " RANGE),
	      "allow ping sockets");
	in_net(NID_A, pings, NULL);
	check(sh("echo 1 0 > " RANGE), "as before");
	guest_stop(&guest);
	return net_end();
}
