// SPDX-License-Identifier: GPL-2.0
/*
 * What root inside a guest can get hold of when somebody enters:
 *
 *	snoop SECONDS
 *
 * Looks at every task that appears, as fast as it can, and says at the end
 * how many would not be looked at (closed), how many were seen running a
 * program from outside, and what could be done with them: lines `WHAT: N`.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned int closed, seen, written, descriptors, roots, traced, memory;
static struct stat root;

/* Something open that is neither a terminal nor a pipe, or has a number above 2. */
static void look_at_fds(const char *pid)
{
	char path[64], link[256];
	struct dirent *e;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		n = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = 0;
		/* The socket over which it tells that the program could not be run. */
		if (!strcmp(e->d_name, "3") && !strncmp(link, "socket:", 7))
			continue;
		if (e->d_name[0] > '2' || e->d_name[1]) {
			descriptors++;
			printf("# descriptor %s of %s is %s\n", e->d_name, pid, link);
		}
	}
	if (dir)
		closedir(dir);
}

/* A task that still runs a program from outside. */
static void look_at(const char *pid)
{
	char path[64], link[256];
	struct stat st;
	int fd, status;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0 && (errno == EACCES || errno == EPERM))
		closed++;
	if (n <= 0)
		return;
	link[n] = 0;
	if (!strncmp(link, "/bin/", 5) || !strncmp(link, "/usr/local/bin/snoop", 20))
		return;
	seen++;
	fd = open(path, O_WRONLY | O_APPEND);
	if (fd < 0)
		fd = open(path, O_RDWR);
	if (fd >= 0) {
		if (write(fd, "#!/bin/sh\n", 10) > 0 || !ftruncate(fd, 0)) {
			written++;
			printf("# wrote to %s of %s\n", link, pid);
		}
		close(fd);
	}
	look_at_fds(pid);
	snprintf(path, sizeof(path), "/proc/%s/root", pid);
	if (!stat(path, &st) && (st.st_dev != root.st_dev || st.st_ino != root.st_ino)) {
		roots++;
		printf("# reached another root through %s\n", pid);
	}
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDWR);
	if (fd >= 0) {
		memory++;
		close(fd);
	}
	if (!ptrace(PTRACE_SEIZE, atoi(pid), 0, 0)) {
		/* It may be running the guest's program by now. */
		snprintf(path, sizeof(path), "/proc/%s/exe", pid);
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = 0;
		if (strncmp(link, "/bin/", 5))
			traced++;
		ptrace(PTRACE_INTERRUPT, atoi(pid), 0, 0);
		waitpid(atoi(pid), &status, __WALL);
		ptrace(PTRACE_DETACH, atoi(pid), 0, 0);
	}
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 5);
	struct dirent *e;
	DIR *dir;

	if (stat("/", &root))
		return 1;
	while (time(NULL) < end) {
		dir = opendir("/proc");
		while (dir && (e = readdir(dir)))
			if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
			    atoi(e->d_name) != getpid() && strcmp(e->d_name, "1"))
				look_at(e->d_name);
		if (dir)
			closedir(dir);
	}
	printf("closed: %u\nseen: %u\nwritten: %u\ndescriptors: %u\nroots: %u\nmemory: %u\ntraced: %u\n", closed,
	       seen, written, descriptors, roots, memory, traced);
	return 0;
}
