// SPDX-License-Identifier: GPL-2.0
/*
 * SOCK_DESTROY, as `ss -K` does it: a context closes its own sockets and finds
 * no others; the host likewise; the spectator, who sees all, closes none. What
 * a program was handed by another context stays that context's.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include "network.h"

struct asked {
	int		protocol;
	const char	*text;
	int		port;
	bool		user;	/* give up root first */
	long		ret;
};

static int other_udp(const char *text, int port)
{
	return bound(text, port, SOCK_DGRAM);
}

static void destroy(void *arg)
{
	struct asked *ask = arg;
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} q = {
		{ sizeof(q), SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
		{ .sdiag_family = strchr(ask->text, ':') ? AF_INET6 : AF_INET,
		  .sdiag_protocol = ask->protocol, .idiag_states = -1 },
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[512];
	} answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	inet_pton(q.r.sdiag_family, ask->text, q.r.id.idiag_src);
	q.r.id.idiag_sport = htons(ask->port);
	q.r.id.idiag_cookie[0] = q.r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	ask->ret = -EIO;
	if (ask->user && setresuid(65534, 65534, 65534))
		return;
	if (send(fd, &q, sizeof(q), 0) == sizeof(q) && arrives(fd, 3000) &&
	    recv(fd, &answer, sizeof(answer), 0) > 0 && answer.h.nlmsg_type == NLMSG_ERROR)
		ask->ret = answer.e.error;
	close(fd);
}

static struct asked *shared;

static long destroyed(unsigned int nid, int protocol, const char *text, int port, bool user)
{
	*shared = (struct asked){ protocol, text, port, user, -EIO };
	if (nid)
		in_net(nid, destroy, shared);
	else
		in_child(destroy, shared);
	return shared->ret;
}

static const char *name_of(int protocol, const char *text)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s %s", protocol == IPPROTO_TCP ? "TCP" : "UDP", text);
	return name;
}

static void kinds(int protocol, const char *mine, const char *hosts, int port)
{
	int (*make)(const char *, int) = protocol == IPPROTO_TCP ? listening : other_udp;
	int a = opened_in(NID_A, make, mine, port);
	int host = opened_in(0, make, hosts, port);
	int wild = opened_in(NID_A, make, strchr(mine, ':') ? "::" : "0.0.0.0", port + 1);

	check(a >= 0 && host >= 0 && wild >= 0, "%s: sockets", name_of(protocol, mine));
	check_is(destroyed(NID_B, protocol, mine, port, false), -ENOENT, "B finds none of A's");
	check_is(destroyed(NID_B, protocol, hosts, port, false), -ENOENT, "nor the host's");
	check_is(destroyed(NID_A, protocol, hosts, port, false), -ENOENT, "A finds none of the host's");
	check_is(destroyed(0, protocol, mine, port, false), -ENOENT, "the host none of A's");
	check_is(destroyed(1, protocol, mine, port, false), -EPERM, "the spectator may not close A's");
	check_is(destroyed(1, protocol, hosts, port, false), -EPERM, "nor the host's");
	check_is(destroyed(NID_A, protocol, mine, port, true), -EPERM, "A: not without a capability");
	check_is(waiting_error(a), 0, "A's is as it was");
	check_is(waiting_error(host), 0, "and the host's");
	check_is(destroyed(NID_A, protocol, mine, port, false), 0, "A closes its own");
	check_is(waiting_error(a), -ECONNABORTED, "which says so");
	check_is(destroyed(NID_A, protocol, mine, port + 1, false), 0, "and a wildcard");
	check_is(waiting_error(wild), -ECONNABORTED, "which says so");
	check_is(destroyed(0, protocol, hosts, port, false), 0, "the host closes its own");
	check_is(waiting_error(host), -ECONNABORTED, "which says so");
	close(a);
	close(host);
	close(wild);
}

/* In B: a socket of A that was handed over is still A's, and binds to A's addresses only. */
static void handed(void *arg)
{
	int fd = *(int *)arg;
	union addr a;

	check_is(err(bind(fd, &a.sa, addr_of(&a, "10.99.0.12", 8450))), -EADDRNOTAVAIL,
		 "B: a socket of A's does not take B's address");
	check_is(err(bind(fd, &a.sa, addr_of(&a, "10.99.0.11", 8450))), 0, "but A's");
	check_is(err(listen(fd, 1)), 0, "and listens");
	check_is(made(listening("10.99.0.12", 8450)), 0, "B: the port is free in B");
	check_is(destroyed(0, IPPROTO_TCP, "10.99.0.11", 8450, false), -ENOENT, "B: it does not find it");
}

static int unbound(const char *text, int port)
{
	return sock_for(text, SOCK_STREAM);
}

/* Other protocols with addresses of their own: no socket, no listing. */
static void others(void *arg)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	static const int families[] = { AF_INET, AF_INET6 };
	int i, j;

	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++)
			check_is(made(socket(families[i], types[j], IPPROTO_SCTP) < 0 ? -errno : 0),
				 types[j] == SOCK_STREAM ? -EPROTONOSUPPORT : -ESOCKTNOSUPPORT,
				 "A: SCTP");
	check_is(destroyed(0, IPPROTO_SCTP, "10.99.0.1", 8460, false), -ENOENT, "A: nor does sock_diag know any");
}

static int sctp(const char *text, int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
	union addr a;

	return fd < 0 || bind(fd, &a.sa, addr_of(&a, text, port)) || listen(fd, 1) ? -errno : fd;
}

int main(int argc, char **argv)
{
	int fd;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	kinds(IPPROTO_TCP, "10.99.0.11", "10.99.0.1", 8410);
	kinds(IPPROTO_TCP, "fd99::11", "fd99::1", 8420);
	kinds(IPPROTO_UDP, "10.99.0.11", "10.99.0.1", 8430);
	kinds(IPPROTO_UDP, "fd99::11", "fd99::1", 8440);
	fd = opened_in(NID_A, unbound, "0.0.0.0", 0);
	in_net(NID_B, handed, &fd);
	close(fd);
	fd = sctp("10.99.0.1", 8460);
	check(fd >= 0 || fd == -EPROTONOSUPPORT, "host: SCTP, if the kernel has it");
	in_net(NID_A, others, NULL);
	close(fd);
	return net_end();
}
