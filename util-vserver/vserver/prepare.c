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
 * file and removing another are what takes the file system most time. Nobody else has a name for
 * it, and it is no device or the like, whose opening could have effects. -1: it is not.
 */
static int find_own(int dir, const char *name, mode_t mode, struct stat *st)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (!fstat(fd, st) && st->st_mode == (S_IFREG | mode) && st->st_nlink == 1 && !st->st_uid && !st->st_gid)
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

static int clean_run(const char *guest, int rootfd, int procfd, const char *level)
{
	int dir = open_in_root(rootfd, RUN_DIR, O_RDONLY | O_DIRECTORY, 0), found, fd = -1, ret;
	struct stat st;

	found = dir >= 0 ? find_own(dir, UTMP, 0644, &st) : -1;
	if (found >= 0) {
		fd = reopen_fd(procfd, found, O_WRONLY | (st.st_size > (off_t)sizeof(struct utmp) ? O_TRUNC : 0));
		close(found);
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

int prepare_files(const char *guest, int rootfd, int procfd, const struct guest_conf *conf)
{
	int fd, ret = 0;

	if (conf->style == STYLE_SYSV || conf->style == STYLE_CUSTOM) {
		ret = clean_run(guest, rootfd, procfd, conf->level ? conf->level : "3");
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

int prepare_null(const char *guest, int rootfd, int procfd)
{
	struct stat st;
	int fd, null = -1;

	/* Looked at before it is opened: opening some devices has effects. */
	fd = open_in_root(rootfd, "/dev/null", O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 || fstat(fd, &st)) {
		failed(guest, "cannot open /dev/null in the guest: %s", strerror(errno));
	} else if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		failed(guest, "cannot use /dev/null in the guest: it is not the null device");
	} else {
		null = reopen_fd(procfd, fd, O_RDWR | O_NOCTTY);
		if (null < 0)
			failed(guest, "cannot open /dev/null in the guest: %s", strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return null;
}

/* The last run's log becomes the old one, and the file of that takes the new text. */
static int swap_logs(int dir, int procfd, const char *name, const char *old)
{
	struct stat a, b;
	int found = find_own(dir, old, 0640, &b), last, fd = -1;

	if (found < 0)
		return -1;
	last = find_own(dir, name, 0640, &a);
	if (last >= 0 && !a.st_size && !b.st_size) {
		fd = reopen_fd(procfd, last, O_RDWR | O_APPEND);
	} else if (last >= 0 && !renameat2(dir, name, dir, old, RENAME_EXCHANGE)) {
		fd = reopen_fd(procfd, found, O_RDWR | O_APPEND | (b.st_size ? O_TRUNC : 0));
		/* One that cannot be written (chattr) is no longer in the way of a new one. */
		if (fd < 0)
			unlinkat(dir, name, 0);
	}
	if (last >= 0)
		close(last);
	close(found);
	return fd;
}

int prepare_log(const char *guest, int rootfd, int procfd)
{
	int dir = open_in_root(rootfd, "/var/log", O_RDONLY | O_DIRECTORY, 0), fd = -1;
	static const char old[] = LOG_NAME ".old";

	if (dir >= 0) {
		/* The last run's text is what explains why there has to be another. */
		fd = swap_logs(dir, procfd, LOG_NAME, old);
		if (fd < 0 && renameat(dir, LOG_NAME, dir, old))
			unlinkat(dir, LOG_NAME, 0);
		/* Appending: several services write to it at once. */
		if (fd < 0)
			fd = openat(dir, LOG_NAME, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				    0640);
		close(dir);
	}
	return fd >= 0 ? fd : prepare_null(guest, rootfd, procfd);
}
