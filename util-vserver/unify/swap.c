// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vserver-files.h>

#include "prog.h"
#include "report.h"
#include "swap.h"

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

/* Makes @name, if it is still what @fd is, the file @newname of @tmpfd, which gets the old one. */
static enum skip exchange(int tmpfd, const char *newname, int dirfd, const char *name, int fd)
{
	if (!vc_swap_name(dirfd, name, tmpfd, newname, fd))
		return SKIP_NONE;
	return errno == ENOENT || errno == ESTALE ? SKIP_CHANGED : SKIP_ERROR;
}

/*
 * What came out of the guest's tree was changed before the exchange was done. It goes back to where @new is now; if
 * the guest has put something else there since, nobody wants it any more.
 */
static enum skip put_back(int tmpfd, const char *tmp, int dirfd, const char *name, int new)
{
	enum skip ret = exchange(tmpfd, tmp, dirfd, name, new);

	if (ret != SKIP_ERROR && !unlinkat(tmpfd, tmp, 0))
		return SKIP_CHANGED;
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

/* An exchange that did not happen: the name that was to be put in its place goes. */
static void forget(int tmpfd, const char *tmp)
{
	int saved = errno;

	unlinkat(tmpfd, tmp, 0);
	errno = saved;
}

enum skip swap_in(int tmpfd, int dirfd, const char *name, int fd, const struct meta *m, int new, bool hold,
		  uint64_t *freed)
{
	struct froze froze = { 0 };
	struct stat old;
	enum skip ret;
	char tmp[32];

	*freed = 0;
	swap_name(tmp);
	if (fstat(fd, &old))
		return SKIP_ERROR;
	ret = swap_freeze(fd, m, &froze);
	if (!ret && linkat(new, "", tmpfd, tmp, AT_EMPTY_PATH))
		ret = SKIP_ERROR;
	if (ret)
		goto thaw;
	/* The only name of @new could be written to in place until we made another one. */
	ret = file_unified(new) == 1 && (!hold || file_held(new)) ? exchange(tmpfd, tmp, dirfd, name, fd) :
	      SKIP_CHANGED;
	if (ret) {
		forget(tmpfd, tmp);
		goto thaw;
	}
	/* Whoever had found the old file before, and opens it only now, has got a copy in our place. */
	if (!is_inode(tmpfd, tmp, &old) || !untouched(fd, m)) {
		ret = put_back(tmpfd, tmp, dirfd, name, new);
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
	int new = openat(tmpfd, newname, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat old;
	enum skip ret;

	if (new < 0)
		return SKIP_ERROR;
	ret = fstat(fd, &old) ? SKIP_ERROR : exchange(tmpfd, newname, dirfd, name, fd);
	if (!ret && (!is_inode(tmpfd, newname, &old) || file_unified(fd) != 1))
		ret = put_back(tmpfd, newname, dirfd, name, new);
	else if (ret)
		forget(tmpfd, newname);
	else if (unlinkat(tmpfd, newname, 0))
		ret = SKIP_ERROR;
	close(new);
	return ret;
}
