// SPDX-License-Identifier: GPL-2.0
/*
 * Mounts that need more than the kernel: labels, images in files, types that are found out, mount.TYPE for file
 * systems like NFS, CIFS and FUSE, and fsck. libmount knows how; a program of its own is linked with it, which mounts
 * at a path that only it sees. What it mounted there is taken as a descriptor, so that no path below a guest is asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "inside.h"
#include "mount-helper.h"
#include "mounts.h"

#define HELPER		VS_PKGLIBDIR "/vserver-mount"
#define HELPER_SOCKET	3
#define TEXT_MAX	1024

/* What every guest has: not worth a look. */
static const char *const kernels_own[] = { "proc", "tmpfs", "devpts", "sysfs", "cgroup2", MOUNT_SELF };

static const char *const tags[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=" };

/* Those that make a device of a file. */
static const char *const loop_options[] = { "loop", "offset", "sizelimit" };

static bool is_kernels_own(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(kernels_own) / sizeof(*kernels_own); i++)
		if (!strcmp(type, kernels_own[i]))
			return true;
	return false;
}

static bool is_tag(const char *source)
{
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (!strncmp(source, tags[i], strlen(tags[i])))
			return true;
	return false;
}

static bool wants_loop(const char *options)
{
	size_t i, len;
	const char *p;

	for (p = options; *p; p = mount_option_end(p), p += *p == ',') {
		for (i = 0; i < sizeof(loop_options) / sizeof(*loop_options); i++) {
			len = strlen(loop_options[i]);
			if (!strncmp(p, loop_options[i], len) && strchr(",=", p[len]))
				return true;
		}
	}
	return false;
}

/* /sbin/mount.TYPE; of a type like fuse.sshfs the first part may have one, too. */
bool mount_has_program(const struct mount_conf *m)
{
	size_t base = strcspn(m->type, ".");
	char *path;
	bool has;

	if (!*m->type || strchr(m->type, '/') || is_kernels_own(m->type))
		return false;
	path = xprintf("/sbin/mount.%s", m->type);
	has = !access(path, X_OK);
	if (!has && m->type[base]) {
		path[strlen("/sbin/mount.") + base] = 0;
		has = !access(path, X_OK);
	}
	free(path);
	return has;
}

bool mount_needs_host(const struct mount_conf *m)
{
	struct stat st;

	if (is_kernels_own(m->type))
		return false;
	if (is_tag(m->source) || !strcmp(m->type, "auto") || wants_loop(m->options) || mount_has_program(m))
		return true;
	return *m->source == '/' && !stat(m->source, &st) &&
	       (S_ISREG(st.st_mode) || (m->pass && S_ISBLK(st.st_mode)));
}

/* In a child: becomes the program, with nothing of ours but its end of the socket. */
static void become_helper(int sock, char *const argv[])
{
	char *const env[] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		(char *)"LC_ALL=C.UTF-8", NULL
	};
	char *text;

	reset_signals();
	/* Its loop device and its mount go with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sock != HELPER_SOCKET)
		dup2(sock, HELPER_SOCKET);
	else
		fcntl(sock, F_SETFD, 0);
	close_range(HELPER_SOCKET + 1, ~0U, 0);
	if (!chdir("/"))
		execve(argv[0], argv, env);
	text = xprintf("cannot run %s: %s", argv[0], strerror(errno));
	send_fd(HELPER_SOCKET, -1, text, strlen(text));
	_exit(EX_CANNOT);
}

/* What it answered: true when there was a reason to refuse, which is in @text. */
static bool hear(pid_t pid, int sock, int *fd, char *text)
{
	ssize_t n;
	int status = 0;

	fault_point("mount", "asked");
	n = recv_fd(sock, fd, text, TEXT_MAX - 1);
	if (n < 0)
		kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (interrupted)
			kill(pid, SIGTERM);
	fault_point("mount", "made");
	text[n > 0 ? n : 0] = 0;
	if (n > 0)
		return *text;
	if (interrupted)
		snprintf(text, TEXT_MAX, "interrupted");
	else
		snprintf(text, TEXT_MAX, "%s ended with status %d", HELPER,
			 WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return true;
}

/* Runs vserver-mount [@option] for @m. As hear(). */
static bool run_helper(const struct mount_conf *m, const char *option, int *fd, char *text)
{
	char *argv[] = { (char *)HELPER, (char *)option, m->source, m->type, m->options, NULL };
	int pair[2];
	bool refused = true;
	pid_t pid;

	*fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		snprintf(text, TEXT_MAX, "cannot make a socket: %s", strerror(errno));
		return true;
	}
	fflush(NULL);
	pid = fork();
	if (!pid)
		become_helper(pair[1], argv);
	close(pair[1]);
	if (pid < 0)
		snprintf(text, TEXT_MAX, "cannot fork: %s", strerror(errno));
	else
		refused = hear(pid, pair[0], fd, text);
	close(pair[0]);
	return refused;
}

int mount_by_host(const char *guest, const struct mount_conf *m)
{
	const char *option = m->pass ? "--fsck" : "--mount";
	char text[TEXT_MAX];
	int fd;

	verbose(guest, "%s %s %s %s %s", HELPER, option, m->source, m->type, m->options);
	if (run_helper(m, option, &fd, text))
		return mounts_report(guest, m, text);
	return fd < 0 ? mounts_report(guest, m, strerror(EMFILE)) : fd;
}

char *mount_ask_host(const struct mount_conf *m)
{
	char text[TEXT_MAX];
	int fd;

	return run_helper(m, "--check", &fd, text) ? xstrdup(text) : NULL;
}
