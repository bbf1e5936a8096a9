// SPDX-License-Identifier: GPL-2.0
/*
 * Removing trees that somebody else may be changing meanwhile: every step
 * goes through the descriptor of the directory above.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rmtree.h"

/* Each level holds a descriptor; what lies deeper is moved up to the top first. */
#define DEPTH_MAX	64

struct job {
	int		top;
	bool		keep_dirs;
	const char	*keep;		/* a name in the top directory, null */
	unsigned long	moved;
};

static int open_dir(int dirfd, const char *name)
{
	/* NO_XDEV: another mount is not ours to empty, and gives EXDEV. */
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
}

static int empty(struct job *job, int fd, int depth);

/* A directory below @fd, which is at @depth. */
static int remove_dir(struct job *job, int fd, const char *name, int depth)
{
	char up[64];
	int child;

	if (depth >= DEPTH_MAX) {
		if (job->keep_dirs)
			return 0;
		snprintf(up, sizeof(up), ".removing.%lu", job->moved++);
		return renameat(fd, name, job->top, up);
	}
	child = open_dir(fd, name);
	if (child < 0) {
		if (errno == EXDEV)
			errno = EBUSY;
		return job->keep_dirs && errno == EBUSY ? 0 : -1;
	}
	if (empty(job, child, depth + 1))
		return -1;
	return job->keep_dirs ? 0 : unlinkat(fd, name, AT_REMOVEDIR);
}

static int remove_entry(struct job *job, int fd, const char *name, int depth)
{
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	return S_ISDIR(st.st_mode) ? remove_dir(job, fd, name, depth) : unlinkat(fd, name, 0);
}

/* The entries of a directory, without the 32 KiB that opendir() takes: there may be one at each level. */
struct reader {
	int	fd;
	ssize_t	size, at;
	char	buf[1024] __attribute__((aligned(8)));
};

/* Null at the end (errno 0) or on failure. */
static const struct dirent64 *next_entry(struct reader *r)
{
	const struct dirent64 *e;

	if (r->at == r->size) {
		errno = 0;
		r->at = 0;
		r->size = getdents64(r->fd, r->buf, sizeof(r->buf));
		if (r->size <= 0) {
			r->size = 0;
			return NULL;
		}
	}
	e = (const struct dirent64 *)(r->buf + r->at);
	r->at += e->d_reclen;
	return e;
}

/* Empties the directory @fd, which was just opened, and closes it. */
static int empty(struct job *job, int fd, int depth)
{
	struct reader r = { .fd = fd };
	const struct dirent64 *e;
	unsigned long before;
	int ret = 0, saved;

	do {
		before = job->moved;
		while (!ret && (e = next_entry(&r))) {
			if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
			    (!depth && job->keep && !strcmp(e->d_name, job->keep)))
				continue;
			ret = remove_entry(job, fd, e->d_name, depth);
			if (ret && errno == ENOENT)
				ret = 0;	/* somebody else was faster */
		}
		if (!ret && errno && errno != ENOENT)
			ret = -1;
		/* What was moved up lies in the top directory: once more. */
	} while (!ret && !depth && job->moved != before && !lseek(fd, 0, SEEK_SET));
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

int rmtree_at(int dirfd, const char *name)
{
	struct job job = { 0 };

	job.top = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (job.top < 0)
		return errno == ENOENT ? 0 : -1;
	if (empty(&job, job.top, 0))
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

int rmtree(const char *path)
{
	return rmtree_at(AT_FDCWD, path);
}

int rmtree_files(int dirfd, const char *keep)
{
	struct job job = { .top = dirfd, .keep_dirs = true, .keep = keep };

	return empty(&job, dirfd, 0);
}
