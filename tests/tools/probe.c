// SPDX-License-Identifier: GPL-2.0
/*
 * One system call, its outcome in one word: "ok" or the errno's name. Static, so
 * that it runs in any guest; the suites copy it there.
 *
 *   probe kill PID SIGNAL          kill(2)
 *   probe ptrace PID               ptrace(2), PTRACE_ATTACH
 *   probe bind ADDRESS PORT        a TCP socket, bind(2) and listen(2)
 *   probe connect ADDRESS PORT     a TCP socket, connect(2)
 *   probe listen ADDRESS PORT      the same as bind, then accept for ever (prints "ok" first)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int outcome(long ret)
{
	puts(ret < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	return ret < 0;
}

static socklen_t parse(const char *address, const char *port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *six = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(atoi(port));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(atoi(port));
		return sizeof(*six);
	}
	fprintf(stderr, "probe: '%s' is no address\n", address);
	exit(2);
}

static int do_socket(const char *what, const char *address, const char *port)
{
	struct sockaddr_storage ss;
	socklen_t len = parse(address, port, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM, 0), one = 1, ret;

	if (fd < 0)
		return outcome(-1);
	if (!strcmp(what, "connect"))
		return outcome(connect(fd, (struct sockaddr *)&ss, len));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	ret = bind(fd, (struct sockaddr *)&ss, len);
	if (!ret)
		ret = listen(fd, 16);
	ret = outcome(ret);
	while (!ret && !strcmp(what, "listen"))
		close(accept(fd, NULL, NULL));
	return ret;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "kill"))
		return outcome(kill(atoi(argv[2]), atoi(argv[3])));
	if (argc == 3 && !strcmp(argv[1], "ptrace")) {
		long ret = ptrace(PTRACE_ATTACH, atoi(argv[2]), NULL, NULL);

		ret = outcome(ret);
		if (!ret && waitpid(atoi(argv[2]), NULL, __WALL) > 0)
			ptrace(PTRACE_DETACH, atoi(argv[2]), NULL, NULL);
		return ret;
	}
	if (argc == 4 && (!strcmp(argv[1], "bind") || !strcmp(argv[1], "connect") || !strcmp(argv[1], "listen")))
		return do_socket(argv[1], argv[2], argv[3]);
	fprintf(stderr, "usage: probe kill PID SIGNAL | ptrace PID | bind|connect|listen ADDRESS PORT\n");
	return 2;
}
