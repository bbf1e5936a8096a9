// SPDX-License-Identifier: GPL-2.0
/* What has to be left behind before a guest's program runs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Nothing that a program inside could pass on to its children. */
static int drop_inheritable(void)
{
	cap_t caps = cap_get_proc();
	int ret = -1;

	if (caps && !cap_clear_flag(caps, CAP_INHERITABLE))
		ret = cap_set_proc(caps);
	cap_free(caps);
	if (!ret)
		ret = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return ret;
}

int inside_clean(const char *guest, int keep)
{
	int first = 3;

	reset_signals();
	if (keep >= 0) {
		if (keep != 3 && dup3(keep, 3, O_CLOEXEC) < 0)
			return failed(guest, "cannot move a descriptor: %s", strerror(errno));
		first = 4;
	}
	if (close_range(first, ~0U, 0))
		return failed(guest, "cannot close descriptors: %s", strerror(errno));
	setsid();
	/* A kernel without keys has nothing to leave behind. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return failed(guest, "cannot make a session keyring: %s", strerror(errno));
	if (drop_inheritable())
		return failed(guest, "cannot drop inheritable capabilities: %s", strerror(errno));
	umask(022);
	return 0;
}

/* The program's file is a sealed one in memory already. */
static bool is_sealed(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

int inside_seal(char **argv)
{
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), mem = -1;
	struct stat st;
	off_t left;
	ssize_t n;

	if (exe < 0 || fstat(exe, &st))
		goto error;
	if (is_sealed(exe)) {
		close(exe);
		prctl(PR_SET_NAME, "vserver");
		return 0;
	}
	mem = memfd_create("vserver", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (mem < 0)
		goto error;
	for (left = st.st_size; left > 0; left -= n) {
		n = sendfile(mem, exe, NULL, left);
		if (n <= 0)
			goto error;
	}
	if (fcntl(mem, F_ADD_SEALS, SEALS))
		goto error;
	fexecve(mem, argv, environ);
error:
	failed(NULL, "cannot run from a sealed copy: %s", strerror(errno));
	if (exe >= 0)
		close(exe);
	if (mem >= 0)
		close(mem);
	return -1;
}

int send_fd(int sock, int fd, const void *data, size_t len)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

ssize_t recv_fd(int sock, int *fd, void *data, size_t len)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR && !interrupted);
	for (c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL; c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(fd, CMSG_DATA(c), sizeof(int));
	return n;
}
