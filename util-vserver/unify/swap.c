// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prog.h"
#include "report.h"
#include "swap.h"

#define ROUNDS	16

void swap_name(char name[32])
{
	static atomic_uint next;

	snprintf(name, 32, "%d.%u", (int)getpid(), next++);
}

enum skip swap_freeze(int fd, const struct meta *m, struct froze *froze)
{
	struct meta now;
	bool same;
	int is = file_unified(fd);

	*froze = (struct froze){ .tag = VC_NOCTX };
	if (is < 0 || (!is && file_freeze(fd, &froze->tag)))
		return SKIP_ERROR;
	froze->is = !is;
	/* From here on nobody changes it in place; what was changed before is seen now. */
	if (meta_read(fd, &now))
		return SKIP_ERROR;
	same = meta_same(&now, m, true) && file_held(fd);
	meta_free(&now);
	return same ? SKIP_NONE : SKIP_CHANGED;
}

void swap_thaw(int fd, const struct froze *froze)
{
	int saved = errno;
	struct stat st;

	if (froze->is && !fstat(fd, &st) && st.st_nlink == 1)
		file_thaw(fd, froze->tag);
	errno = saved;
}

static bool is_inode(int dirfd, const char *name, const struct stat *st)
{
	struct stat now;

	return !fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) && now.st_ino == st->st_ino &&
	       now.st_dev == st->st_dev;
}

/*
 * What came out of the guest's tree is not what was expected: the guest was faster. It goes back, until what comes
 * out is what we have put there ourselves.
 */
static enum skip put_back(int tmpfd, const char *tmp, int dirfd, const char *name, struct stat put)
{
	struct stat out;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (fstatat(tmpfd, tmp, &out, AT_SYMLINK_NOFOLLOW))
			break;
		if (renameat2(tmpfd, tmp, dirfd, name, RENAME_EXCHANGE)) {
			/* It has removed the name since, and with it what it had there. */
			if (errno == ENOENT && !unlinkat(tmpfd, tmp, 0))
				return SKIP_CHANGED;
			break;
		}
		if (is_inode(tmpfd, tmp, &put)) {
			if (unlinkat(tmpfd, tmp, 0))
				break;
			return SKIP_CHANGED;
		}
		put = out;
	}
	report_error("cannot put back a file that was changed meanwhile; it is kept beside the pool as", tmp, errno);
	return SKIP_ERROR;
}

static bool untouched(int fd, const struct meta *m)
{
	struct meta now;
	bool same;

	if (file_unified(fd) != 1 || meta_read(fd, &now))
		return false;
	same = meta_same(&now, m, true) && file_held(fd);
	meta_free(&now);
	return same;
}

enum skip swap_in(int tmpfd, int dirfd, const char *name, int fd, const struct meta *m, int new, bool hold,
		  uint64_t *freed)
{
	struct froze froze = { 0 };
	struct stat old, put;
	enum skip ret;
	char tmp[32];
	int saved;

	*freed = 0;
	swap_name(tmp);
	if (fstat(new, &put) || fstat(fd, &old))
		return SKIP_ERROR;
	ret = swap_freeze(fd, m, &froze);
	if (!ret && linkat(new, "", tmpfd, tmp, AT_EMPTY_PATH))
		ret = SKIP_ERROR;
	if (ret)
		goto thaw;
	if (renameat2(tmpfd, tmp, dirfd, name, RENAME_EXCHANGE)) {
		ret = errno == ENOENT ? SKIP_CHANGED : SKIP_ERROR;
		saved = errno;
		unlinkat(tmpfd, tmp, 0);
		errno = saved;
		goto thaw;
	}
	/* The only name of @new could be written to in place until we made another one. */
	if (!is_inode(tmpfd, tmp, &old) || !untouched(fd, m) || file_unified(new) != 1 ||
	    (hold && !file_held(new))) {
		ret = put_back(tmpfd, tmp, dirfd, name, put);
		goto thaw;
	}
	if (unlinkat(tmpfd, tmp, 0))
		return SKIP_ERROR;
	if (!fstat(fd, &old) && !old.st_nlink)
		*freed = old.st_blocks * 512ULL;
	return SKIP_NONE;
thaw:
	swap_thaw(fd, &froze);
	return ret;
}

enum skip swap_any(int tmpfd, int dirfd, const char *name, int fd, const char *newname)
{
	struct stat old, put;

	if (fstat(fd, &old) || fstatat(tmpfd, newname, &put, AT_SYMLINK_NOFOLLOW))
		return SKIP_ERROR;
	if (renameat2(tmpfd, newname, dirfd, name, RENAME_EXCHANGE))
		return errno == ENOENT ? SKIP_CHANGED : SKIP_ERROR;
	if (!is_inode(tmpfd, newname, &old) || file_unified(fd) != 1)
		return put_back(tmpfd, newname, dirfd, name, put);
	return unlinkat(tmpfd, newname, 0) ? SKIP_ERROR : SKIP_NONE;
}
