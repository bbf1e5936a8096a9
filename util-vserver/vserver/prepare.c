// SPDX-License-Identifier: GPL-2.0
/* Files inside a guest, as they must be when its init starts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>
#include <utmp.h>

#include "prepare.h"
#include "relay.h"
#include "rmtree.h"

#define RUN_DIR		"/var/run"
#define LOCK_DIR	"/var/lock"
#define UTMP		"utmp"

/*
 * A file that the last run left, if it is as a new one would be: then it is used again, for making a
 * file and removing another are what takes the file system most time. Nobody else has a name for it. It is
 * looked at before it is opened: opening some devices has effects. -1: it is not.
 */
static int open_own(int dir, const char *name, mode_t mode, int flags, struct stat *st)
{
	struct stat seen;
	int fd;

	if (fstatat(dir, name, &seen, AT_SYMLINK_NOFOLLOW) || seen.st_mode != (S_IFREG | mode))
		return -1;
	fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!fstat(fd, st) && st->st_mode == seen.st_mode && st->st_nlink == 1 && !st->st_uid && !st->st_gid)
		return fd;
	close(fd);
	return -1;
}

/* The run level as who -r and runlevel(8) read it; wanting it is no reason to fail. */
static void write_runlevel(const char *guest, int fd, const char *level)
{
	struct utmp rec = { .ut_type = RUN_LVL, .ut_user = "runlevel", .ut_line = "~",
			    .ut_id = "~~" };
	struct timeval tv;

	gettimeofday(&tv, NULL);
	rec.ut_tv.tv_sec = tv.tv_sec;
	rec.ut_tv.tv_usec = tv.tv_usec;
	rec.ut_pid = level[0] + 'N' * 256;
	if (write_all(fd, &rec, sizeof(rec)))
		caution(guest, "cannot write the run level: %s", strerror(errno));
}

static int clean_dir(const char *guest, const char *path, int fd, const char *keep)
{
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		       failed(guest, "cannot open %s in the guest: %s", path, strerror(errno));
	if (rmtree_files(fd, keep))
		return failed(guest, "cannot remove the files below %s in the guest: %s", path,
			      strerror(errno));
	return 0;
}

static int clean_run(const char *guest, int rootfd, const char *level)
{
	int dir = open_in_root(rootfd, RUN_DIR, O_RDONLY | O_DIRECTORY, 0), fd, ret;
	struct stat st;

	fd = dir >= 0 ? open_own(dir, UTMP, 0644, O_WRONLY, &st) : -1;
	if (fd >= 0 && st.st_size > (off_t)sizeof(struct utmp) && ftruncate(fd, 0)) {
		close(fd);
		fd = -1;
	}
	ret = clean_dir(guest, RUN_DIR, dir, fd >= 0 ? UTMP : NULL);
	dir = open_in_root(rootfd, LOCK_DIR, O_RDONLY | O_DIRECTORY, 0);
	ret |= clean_dir(guest, LOCK_DIR, dir, NULL);
	if (!ret && fd < 0)
		fd = open_in_root(rootfd, RUN_DIR "/" UTMP, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0664);
	if (!ret && fd >= 0)
		write_runlevel(guest, fd, level);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int remove_in_root(const char *guest, int rootfd, const char *name)
{
	if (unlinkat(rootfd, name, 0) && errno != ENOENT && errno != EISDIR)
		return failed(guest, "cannot remove /%s in the guest: %s", name, strerror(errno));
	return 0;
}

int prepare_files(const char *guest, int rootfd, const struct guest_conf *conf)
{
	int fd, ret = 0;

	if (conf->style == STYLE_SYSV || conf->style == STYLE_CUSTOM) {
		ret = clean_run(guest, rootfd, conf->level ? conf->level : "3");
	} else if (conf->style == STYLE_PLAIN) {
		ret = remove_in_root(guest, rootfd, ".autofsck") |
		      remove_in_root(guest, rootfd, "forcefsck");
		fd = openat(rootfd, "fastboot",
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd >= 0)
			close(fd);
	}
	return ret;
}

static bool is_null(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int prepare_null(const char *guest, int rootfd, int procfd)
{
	static const char path[] = "/dev/null";
	int seen, null = -1;

	/* Looked at before it is opened: opening some devices has effects. */
	seen = open_in_root(rootfd, path, O_PATH | O_NOFOLLOW, 0);
	if (is_null(seen))
		null = procfd >= 0 ? reopen_fd(procfd, seen, O_RDWR | O_NOCTTY) :
		       open_in_root(rootfd, path, O_RDWR | O_NOFOLLOW | O_NOCTTY, 0);
	if (seen < 0 || (null < 0 && is_null(seen))) {
		failed(guest, "cannot open /dev/null in the guest: %s", strerror(errno));
	} else if (!is_null(null)) {
		failed(guest, "cannot use /dev/null in the guest: it is not the null device");
		if (null >= 0)
			close(null);
		null = -1;
	}
	if (seen >= 0)
		close(seen);
	return null;
}

/* The last run's log becomes the old one, and the file of that takes the new text. */
static int swap_logs(int dir, const char *name, const char *old)
{
	const int flags = O_RDWR | O_APPEND;
	struct stat a, b;
	int last, fd;

	last = open_own(dir, name, 0640, flags, &a);
	if (last < 0)
		return -1;
	/* Neither has said anything. */
	if (!a.st_size && !fstatat(dir, old, &b, AT_SYMLINK_NOFOLLOW) && S_ISREG(b.st_mode) && !b.st_size) {
		fcntl(last, F_SETFL, O_APPEND);
		return last;
	}
	close(last);
	fd = open_own(dir, old, 0640, flags, &b);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFL, O_APPEND);
	if ((b.st_size && ftruncate(fd, 0)) || renameat2(dir, name, dir, old, RENAME_EXCHANGE)) {
		close(fd);
		return -1;
	}
	return fd;
}

int prepare_log(const char *guest, int rootfd)
{
	int dir = open_in_root(rootfd, "/var/log", O_RDONLY | O_DIRECTORY, 0), fd = -1;
	static const char old[] = LOG_NAME ".old";

	if (dir >= 0) {
		/* The last run's text is what explains why there has to be another. */
		fd = swap_logs(dir, LOG_NAME, old);
		if (fd < 0 && renameat(dir, LOG_NAME, dir, old))
			unlinkat(dir, LOG_NAME, 0);
		/* Appending: several services write to it at once. */
		if (fd < 0)
			fd = openat(dir, LOG_NAME, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				    0640);
		close(dir);
	}
	return fd >= 0 ? fd : prepare_null(guest, rootfd, -1);
}
