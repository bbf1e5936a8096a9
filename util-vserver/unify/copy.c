// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vserver-files.h>

#include "copy.h"
#include "prog.h"
#include "swap.h"

#define BLOCK	1048576

/* By read and write, where the kernel cannot copy between two files. */
static ssize_t copy_by_hand(int from, int to, off_t at, size_t len)
{
	size_t size = len < BLOCK ? len : BLOCK;
	char *buf = must_alloc(malloc(size));
	ssize_t n = pread(from, buf, size, at), done = 0, w;

	while (done < n) {
		w = pwrite(to, buf + done, n - done, at + done);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			done = -1;
			break;
		}
		done += w;
	}
	free(buf);
	return n < 0 ? -1 : done;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
	loff_t in, out;
	ssize_t n;

	while (at < end) {
		in = at;
		out = at;
		n = copy_file_range(from, &in, to, &out, end - at, 0);
		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
			n = copy_by_hand(from, to, at, end - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;	/* it got shorter */
		at += n;
	}
	return 0;
}

/* Contents up to @size, holes as holes. */
static int copy_data(int from, int to, off_t size)
{
	off_t data = 0, hole;

	if (!size || !ioctl(to, FICLONE, from))
		return 0;
	while (data < size) {
		data = lseek(from, data, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			return -1;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			return -1;
		if (hole > size)
			hole = size;
		if (copy_range(from, to, data, hole))
			return -1;
		data = hole;
	}
	return ftruncate(to, size);
}

static int set_xattrs(const struct meta *m, int fd)
{
	const char *p = m->xattrs, *end = p + m->xattrs_len, *name;
	uint64_t len;

	while (p < end) {
		name = p;
		p += strlen(p) + 1;
		memcpy(&len, p, sizeof(len));
		p += sizeof(len);
		if (fsetxattr(fd, name, p, len, 0))
			return -1;
		p += len;
	}
	return 0;
}

static int set_tag(int fd, xid_t xid)
{
	return xid == VC_NOCTX ? 0 : vc_fset_iattr(fd, xid, VS_IATTR_TAG, VS_IATTR_TAG);
}

int copy_meta(const struct meta *m, int fd, xid_t xid)
{
	const struct statx *st = &m->st;
	const struct timespec times[2] = {
		{ st->stx_atime.tv_sec, st->stx_atime.tv_nsec },
		{ st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec },
	};

	/* A change of owner takes capabilities and setuid bits away: first. */
	if (((st->stx_uid || st->stx_gid) && fchown(fd, st->stx_uid, st->stx_gid)) ||
	    fchmod(fd, st->stx_mode & 07777) || set_xattrs(m, fd) || set_tag(fd, xid))
		return -1;
	return futimens(fd, times);
}

int copy_file(int fd, int dirfd, const char *name, xid_t xid, bool durable)
{
	int to = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), saved, ret = -1;
	struct meta m;

	if (to < 0)
		return -1;
	if (!meta_read(fd, &m)) {
		ret = copy_data(fd, to, m.st.stx_size) || copy_meta(&m, to, xid) || (durable && fsync(to)) ? -1 : 0;
		saved = errno;
		meta_free(&m);
		errno = saved;
	}
	saved = errno;
	if (close(to) && !ret) {
		saved = errno;
		ret = -1;
	}
	if (ret)
		unlinkat(dirfd, name, 0);
	errno = saved;
	return ret;
}

static int make_other(int fromfd, const struct statx *st, int dirfd, const char *name)
{
	char target[PATH_MAX + 1];
	ssize_t len;

	if (!S_ISLNK(st->stx_mode))
		return mknodat(dirfd, name, (st->stx_mode & S_IFMT) | 0600,
			       makedev(st->stx_rdev_major, st->stx_rdev_minor));
	len = readlinkat(fromfd, name, target, sizeof(target) - 1);
	if (len < 0)
		return -1;
	target[len] = 0;
	return symlinkat(target, dirfd, name);
}

/* A name has no descriptor that the call takes; the directory is ours alone. */
static int set_tag_at(int dirfd, const char *name, xid_t xid)
{
	if (xid == VC_NOCTX)
		return 0;
	return fchdir(dirfd) ? -1 : vc_set_iattr(name, xid, VS_IATTR_TAG, VS_IATTR_TAG);
}

int copy_other(int fromfd, const struct statx *st, int dirfd, const char *name, xid_t xid)
{
	const struct timespec times[2] = {
		{ st->stx_atime.tv_sec, st->stx_atime.tv_nsec },
		{ st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec },
	};
	int saved;

	if (make_other(fromfd, st, dirfd, name))
		return -1;
	if (((st->stx_uid || st->stx_gid) &&
	     fchownat(dirfd, name, st->stx_uid, st->stx_gid, AT_SYMLINK_NOFOLLOW)) ||
	    (!S_ISLNK(st->stx_mode) && fchmodat(dirfd, name, st->stx_mode & 07777, 0)) ||
	    set_tag_at(dirfd, name, xid) || utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW)) {
		saved = errno;
		unlinkat(dirfd, name, 0);
		errno = saved;
		return -1;
	}
	return 0;
}
