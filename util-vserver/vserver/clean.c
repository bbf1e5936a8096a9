// SPDX-License-Identifier: GPL-2.0
/* What has to be left behind before a guest's program runs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

/* Nothing that a program inside could pass on to its children. */
static int drop_inheritable(void)
{
	cap_t caps = cap_get_proc(), none = cap_init();
	int ret = -1, differ;

	if (caps && none) {
		differ = cap_compare(caps, none);
		ret = differ < 0 ? -1 : 0;
		if (!ret && CAP_DIFFERS(differ, CAP_INHERITABLE))
			ret = cap_clear_flag(caps, CAP_INHERITABLE) || cap_set_proc(caps) ? -1 : 0;
	}
	cap_free(none);
	cap_free(caps);
	if (!ret)
		ret = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return ret;
}

int inside_clean(const char *guest, int keep)
{
	int first = 3;

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

int inside_enter(xid_t xid)
{
	sigset_t none;

	/* Until here a signal may only be noted, see start-task.c. */
	if (vc_ctx_migrate(xid, VXM_DEFAULT_SIGNALS))
		return -1;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
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
