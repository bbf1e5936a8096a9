// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vserver.h>
#include <vserver-files.h>

#include "file.h"
#include "prog.h"

#define UNIFIED		(VS_IATTR_IXUNLINK | VS_IATTR_IMMUTABLE)
#define SPECIAL		(STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE | STATX_ATTR_ENCRYPTED | STATX_ATTR_VERITY)
#define KEPT		(STATX_ATTR_COMPRESSED | STATX_ATTR_NODUMP | STATX_ATTR_DAX)
#define BLOCK		131072
#define XATTRS_MAX	1048576

const char *skip_text(enum skip why)
{
	static const char *const texts[SKIP_COUNT] = {
		[SKIP_NONE] = "none", [SKIP_KIND] = "not a regular file", [SKIP_SMALL] = "small",
		[SKIP_EXCLUDED] = "excluded", [SKIP_UNIFIED] = "already unified",
		[SKIP_BUSY] = "open for writing", [SKIP_CHANGED] = "changed meanwhile",
		[SKIP_SPECIAL] = "append-only, immutable or encrypted",
		[SKIP_OTHER_FS] = "on another file system", [SKIP_DIFFERENT] = "different",
		[SKIP_ERROR] = "failed",
	};

	return texts[why];
}

int file_open(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int path = syscall(SYS_openat2, dirfd, name, &how, sizeof(how)), fd, saved;
	char link[32];
	struct stat st;

	if (path < 0)
		return -1;
	if (fstat(path, &st) || !S_ISREG(st.st_mode)) {
		close(path);
		errno = EINVAL;
		return -1;
	}
	/* The host's own /proc: the tools never run inside. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NOATIME | O_NONBLOCK);
	saved = errno;
	close(path);
	errno = saved;
	return fd;
}

bool file_hold(int fd)
{
	return !fcntl(fd, F_SETLEASE, F_RDLCK);
}

bool file_held(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_RDLCK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends one attribute to @m. 0, or -1 and errno. */
static int add_xattr(int fd, struct meta *m, const char *name, size_t *size)
{
	size_t head = strlen(name) + 1, need;
	ssize_t len = fgetxattr(fd, name, NULL, 0);
	uint64_t stored = len;

	if (len < 0)
		return errno == ENODATA ? 0 : -1;
	need = m->xattrs_len + head + sizeof(stored) + len;
	if (need > *size) {
		*size = 2 * need;
		m->xattrs = must_alloc(realloc(m->xattrs, *size));
	}
	if (fgetxattr(fd, name, m->xattrs + m->xattrs_len + head + sizeof(stored), len) != len)
		return -1;
	memcpy(m->xattrs + m->xattrs_len, name, head);
	memcpy(m->xattrs + m->xattrs_len + head, &stored, sizeof(stored));
	m->xattrs_len = need;
	return 0;
}

static int read_xattrs(int fd, struct meta *m)
{
	ssize_t len = flistxattr(fd, NULL, 0);
	size_t n = 0, i, size = 0;
	char *list, **names, *p;
	int ret = 0;

	if (len <= 0)
		return len < 0 && errno != EOPNOTSUPP ? -1 : 0;
	if (len > XATTRS_MAX) {
		errno = E2BIG;
		return -1;
	}
	list = must_alloc(malloc(len));
	len = flistxattr(fd, list, len);
	if (len < 0) {
		free(list);
		return -1;
	}
	names = must_alloc(calloc(len + 1, sizeof(*names)));
	for (p = list; p < list + len; p += strlen(p) + 1)
		names[n++] = p;
	qsort(names, n, sizeof(*names), by_name);
	for (i = 0; i < n && !ret; i++)
		ret = add_xattr(fd, m, names[i], &size);
	free(names);
	free(list);
	return ret;
}

int meta_read(int fd, struct meta *m)
{
	memset(m, 0, sizeof(*m));
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &m->st) || read_xattrs(fd, m)) {
		meta_free(m);
		return -1;
	}
	return 0;
}

void meta_free(struct meta *m)
{
	free(m->xattrs);
	m->xattrs = NULL;
	m->xattrs_len = 0;
}

bool meta_same(const struct meta *a, const struct meta *b, bool mtime)
{
	const struct statx *s = &a->st, *t = &b->st;

	if (mtime && (s->stx_mtime.tv_sec != t->stx_mtime.tv_sec ||
		      s->stx_mtime.tv_nsec != t->stx_mtime.tv_nsec))
		return false;
	return s->stx_mode == t->stx_mode && s->stx_uid == t->stx_uid && s->stx_gid == t->stx_gid &&
	       s->stx_size == t->stx_size && (s->stx_attributes & KEPT) == (t->stx_attributes & KEPT) &&
	       a->xattrs_len == b->xattrs_len &&
	       (!a->xattrs_len || !memcmp(a->xattrs, b->xattrs, a->xattrs_len));
}

enum skip meta_skip(const struct meta *m)
{
	if (!S_ISREG(m->st.stx_mode))
		return SKIP_KIND;
	return m->st.stx_attributes & SPECIAL ? SKIP_SPECIAL : SKIP_NONE;
}

static ssize_t read_block(int fd, char *buf, off_t at)
{
	ssize_t n, got = 0;

	while (got < BLOCK) {
		n = pread(fd, buf + got, BLOCK - got, at + got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		got += n;
	}
	return got;
}

int file_same(int a, int b)
{
	char *buf = must_alloc(malloc(2 * BLOCK));
	ssize_t n, m;
	off_t at = 0;
	int ret;

	do {
		n = read_block(a, buf, at);
		m = n < 0 ? -1 : read_block(b, buf + BLOCK, at);
		ret = n < 0 || m < 0 ? -1 : n == m && !memcmp(buf, buf + BLOCK, n);
		at += BLOCK;
	} while (ret == 1 && n == BLOCK);
	free(buf);
	return ret;
}

int file_unified(int fd)
{
	uint32_t flags = 0, mask = 0;

	if (vc_fget_iattr(fd, NULL, &flags, &mask))
		return -1;
	return (flags & UNIFIED) == UNIFIED;
}

int file_freeze(int fd, xid_t *tag)
{
	uint32_t flags = 0, mask = VS_IATTR_TAG;

	*tag = VC_NOCTX;
	if (vc_fget_iattr(fd, tag, &flags, &mask))
		return -1;
	if ((mask & UNIFIED) != UNIFIED) {
		errno = EOPNOTSUPP;
		return -1;
	}
	/*
	 * Another guest's tag would keep the others from reading what is theirs as well. Where it cannot be changed
	 * there are no others: all that is on the file system has it.
	 */
	if (!(mask & VS_IATTR_TAG)) {
		*tag = VC_NOCTX;
	} else if (vc_fset_iattr(fd, 0, VS_IATTR_TAG, VS_IATTR_TAG)) {
		*tag = VC_NOCTX;
		if (errno != EINVAL)
			return -1;
	}
	return vc_fset_iattr(fd, VC_NOCTX, UNIFIED, UNIFIED);
}

int file_thaw(int fd, xid_t tag)
{
	int ret = vc_fset_iattr(fd, VC_NOCTX, 0, UNIFIED);

	return !ret && tag != VC_NOCTX ? vc_fset_iattr(fd, tag, VS_IATTR_TAG, VS_IATTR_TAG) : ret;
}

xid_t file_tag(int fd)
{
	uint32_t flags = 0, mask = VS_IATTR_TAG;
	xid_t tag = VC_NOCTX;

	if (vc_fget_iattr(fd, &tag, &flags, &mask) || !(mask & VS_IATTR_TAG))
		return VC_NOCTX;
	return tag;
}
