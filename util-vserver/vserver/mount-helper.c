// SPDX-License-Identifier: GPL-2.0
/*
 * What mounts need other programs for: mount.TYPE for file systems that are not mounted by the kernel alone (NFS, CIFS,
 * FUSE), and fsck. A helper mounts at a path, and a path below a guest could be led elsewhere; so it gets one that only
 * it sees, and what it mounted there is taken as a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inside.h"
#include "mount-helper.h"

#define FSCK_CORRECTED	1

/* Options for who reads an fstab. */
static const char *const for_mount[] = { "defaults", "auto", "noauto", "nofail", "nouser", "_netdev" };

/* What every guest has: not worth a look. */
static const char *const kernels_own[] = { "proc", "tmpfs", "devpts", "sysfs", "cgroup2", MOUNT_SELF };

/* /sbin/mount.TYPE where there is one, or null. */
static char *helper_of(const char *type)
{
	char *path;
	size_t i;

	if (!*type || strchr(type, '/'))
		return NULL;
	for (i = 0; i < sizeof(kernels_own) / sizeof(*kernels_own); i++)
		if (!strcmp(type, kernels_own[i]))
			return NULL;
	path = xprintf("/sbin/mount.%s", type);
	if (access(path, X_OK)) {
		free(path);
		path = NULL;
	}
	return path;
}

bool mount_has_helper(const struct mount_conf *m)
{
	char *path = helper_of(m->type);
	bool has = path;

	free(path);
	return has;
}

static char *helper_options(const struct mount_conf *m)
{
	char *text = xstrdup(m->options), *out = xcalloc(1, strlen(text) + 1), *word, *save;
	size_t i;

	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < sizeof(for_mount) / sizeof(*for_mount); i++)
			if (!strcmp(word, for_mount[i]))
				break;
		if (i < sizeof(for_mount) / sizeof(*for_mount) || !strncmp(word, "x-", 2) ||
		    !strncmp(word, "comment=", 8))
			continue;
		if (*out)
			strcat(out, ",");
		strcat(out, word);
	}
	free(text);
	return out;
}

/* In a child, with mounts of its own. A descriptor, or -1 with a message printed. */
static int mount_aside(const char *guest, const struct mount_conf *m)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	char *path = helper_of(m->type), *options = helper_options(m);
	char *place = xprintf("%s/mount", vc_rundir());
	char *argv[] = { path, m->source, place, *options ? (char *)"-o" : NULL, options, NULL };
	int status, fd;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", vc_rundir(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") ||
	    mkdir(place, 0700))
		return failed(guest, "cannot make a place for %s: %s (%s)", path, strerror(errno),
			      m->where);
	status = run_program(guest, argv, NULL, "/");
	if (status)
		return status < 0 ? -1 : failed(guest, "cannot mount %s on %s: %s ended with status %d (%s)",
						m->source, m->target, path, status, m->where);
	fd = open_tree(AT_FDCWD, place, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)))
		return failed(guest, "cannot mount %s on %s: %s (%s)", m->source, m->target,
			      strerror(errno), m->where);
	return fd;
}

int mount_by_helper(const char *guest, const struct mount_conf *m)
{
	int pair[2], fd = -1, status;
	char mark = 1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return failed(guest, "cannot make a socket: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		fd = mount_aside(guest, m);
		_exit(fd < 0 || send_fd(pair[1], fd, &mark, sizeof(mark)));
	}
	close(pair[1]);
	if (pid < 0)
		failed(guest, "cannot fork: %s", strerror(errno));
	else if (recv_fd(pair[0], &fd, &mark, sizeof(mark)) < 0)
		fd = -1;
	close(pair[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return fd;
}

int mount_fsck(const char *guest, const struct mount_conf *m, const char *device)
{
	char *argv[] = { (char *)"fsck", (char *)"-T", (char *)"-t", m->type, (char *)"-a",
			 (char *)device, NULL };
	struct stat st;
	int status;

	if (!m->pass || stat(device, &st) || !S_ISBLK(st.st_mode))
		return 0;
	verbose(guest, "fsck -a %s", device);
	status = run_program(guest, argv, NULL, "/");
	if (status < 0)
		return -1;
	if (status & ~FSCK_CORRECTED)
		return failed(guest, "cannot mount %s on %s: fsck ended with status %d (%s)", m->source,
			      m->target, status, m->where);
	return 0;
}
