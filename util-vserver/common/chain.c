// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"

/* Held by the child of chain_disconnect(): closes when it executes its program. */
static int release_fd = -1;

void chain_exec(char **argv)
{
	execvp(argv[0], argv);
	fail("cannot execute %s: %s", argv[0], why());
}

/* At exit, thus not at exec: this end was none that the parent may leave alone. */
static void tell_failure(void)
{
	ssize_t n;

	if (release_fd >= 0) {
		n = write(release_fd, "!", 1);
		(void)n;
	}
}

void chain_disconnect(void)
{
	int ends[2], fd, status;
	char byte;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("cannot create a pipe: %s", why());
	pid = fork();
	if (pid < 0)
		fail("cannot fork: %s", why());
	if (pid) {
		close(ends[1]);
		do {
			n = read(ends[0], &byte, 1);
		} while (n < 0 && errno == EINTR);
		/* Silence is success, or a death by signal. */
		if (waitpid(pid, &status, n == 1 ? 0 : WNOHANG) == pid)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		_exit(0);
	}
	close(ends[0]);
	release_fd = ends[1];
	atexit(tell_failure);
	if (setsid() < 0)
		fail("cannot create a session: %s", why());
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, 0) < 0)
		fail("cannot read from /dev/null: %s", why());
	close(fd);
}

void chain_release(void)
{
	if (release_fd >= 0)
		close(release_fd);
	release_fd = -1;
}

void chain_closefd(int keep)
{
	int low = keep < release_fd ? keep : release_fd;
	int high = keep < release_fd ? release_fd : keep;
	int from = 3;

	if (low >= from) {
		if (low > from && close_range(from, low - 1, 0) < 0)
			goto failed;
		from = low + 1;
	}
	if (high >= from) {
		if (high > from && close_range(from, high - 1, 0) < 0)
			goto failed;
		from = high + 1;
	}
	if (!close_range(from, ~0U, 0))
		return;
failed:
	fail("cannot close descriptors: %s", why());
}

int chain_connect(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		fail("the socket's path '%s' is longer than %zu bytes", path, sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		fail("cannot connect to the socket %s: %s", path, why());
	return fd;
}

void chain_sync(int fd, const char *msg)
{
	size_t len = strlen(msg);
	char buf[64];
	ssize_t n;

	while (len) {
		n = send(fd, msg, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail("cannot send to the sync socket: %s", why());
		msg += n;
		len -= n;
	}
	if (shutdown(fd, SHUT_WR) < 0)
		fail("cannot end the message to the sync socket: %s", why());
	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		fail("cannot wait for the sync socket: %s", why());
	close(fd);
}

static xid_t create_ctx(uint32_t id, const void *flags)
{
	return vc_ctx_create(id, flags);
}

static nid_t create_net(uint32_t id, const void *flags)
{
	(void)flags;
	return vc_net_create(id);
}

/* Tries the range from a random place on, so that two callers seldom meet. */
static uint32_t create_free(uint32_t (*create)(uint32_t id, const void *flags), const void *flags)
{
	const uint32_t count = CHAIN_DYNAMIC_MAX - CHAIN_DYNAMIC_MIN + 1;
	uint32_t start = 0, i, id;

	if (getrandom(&start, sizeof(start), 0) < 0)
		start = getpid();
	start %= count;
	for (i = 0; i < count; i++) {
		id = create(CHAIN_DYNAMIC_MIN + (start + i) % count, flags);
		if (id != VC_NOCTX || (errno != EEXIST && errno != EBUSY))
			return id;
	}
	return VC_NOCTX;
}

xid_t chain_create_ctx(xid_t xid, const struct vc_ctx_flags *flags)
{
	return xid == VC_DYNAMIC_XID ? create_free(create_ctx, flags) : vc_ctx_create(xid, flags);
}

nid_t chain_create_net(nid_t nid)
{
	return nid == VC_DYNAMIC_NID ? create_free(create_net, NULL) : vc_net_create(nid);
}
