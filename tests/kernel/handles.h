/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors passed between contexts, and what they say of themselves. */
#ifndef VS_TEST_HANDLES_H
#define VS_TEST_HANDLES_H

#include <sys/socket.h>
#include "harness.h"

static inline bool send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = "", c = 'f';
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1;
}

/* -1 if none came. */
static inline int recv_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))] = "", c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(sock, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* The number behind @field in a file, or a negative errno. */
static inline long number_in(const char *path, const char *field)
{
	char buf[8192], *line;

	if (!read_file(path, buf, sizeof(buf)))
		return -ENOENT;
	line = strstr(buf, field);
	return line ? atol(line + strlen(field)) : -EINVAL;
}

static inline long fdinfo(int fd, const char *field)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return number_in(path, field);
}

/* Send credentials with number @pid, or leave them to the kernel; the number that arrives. */
static inline long send_creds(int out, int in, pid_t pid)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] = "", c = 'x';
	struct ucred cred = { pid, getuid(), getgid() };
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	int on = 1;

	setsockopt(in, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (pid) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_CREDENTIALS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(cred));
		memcpy(CMSG_DATA(cmsg), &cred, sizeof(cred));
	}
	if (sendmsg(out, &msg, 0) != 1)
		return -errno;
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	if (recvmsg(in, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -EBADMSG;
	memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(cred));
	return cred.pid;
}

/* The same to oneself. */
static inline long scm(pid_t pid)
{
	int fd[2];
	long ret;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
		return -errno;
	ret = send_creds(fd[0], fd[1], pid);
	close(fd[0]);
	close(fd[1]);
	return ret;
}

#endif /* VS_TEST_HANDLES_H */
