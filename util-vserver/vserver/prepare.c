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

/* The run level as who -r and runlevel(8) read it; wanting it is no reason to fail. */
static void write_runlevel(const char *guest, int rootfd, const char *level)
{
	struct utmp rec = { .ut_type = RUN_LVL, .ut_user = "runlevel", .ut_line = "~",
			    .ut_id = "~~" };
	int fd = open_in_root(rootfd, "/var/run/utmp", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
			      0664);
	struct timeval tv;

	if (fd < 0)
		return;
	gettimeofday(&tv, NULL);
	rec.ut_tv.tv_sec = tv.tv_sec;
	rec.ut_tv.tv_usec = tv.tv_usec;
	rec.ut_pid = level[0] + 'N' * 256;
	if (write_all(fd, &rec, sizeof(rec)))
		caution(guest, "cannot write the run level: %s", strerror(errno));
	close(fd);
}

static int clean_dir(const char *guest, int rootfd, const char *path)
{
	int fd = open_in_root(rootfd, path, O_RDONLY | O_DIRECTORY, 0);
	int ret;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		       failed(guest, "cannot open %s in the guest: %s", path, strerror(errno));
	ret = rmtree_files(fd);
	if (ret)
		failed(guest, "cannot remove the files below %s in the guest: %s", path,
		       strerror(errno));
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
	int dirfd = openat(rootfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd, ret = 0;

	if (dirfd < 0)
		return failed(guest, "cannot open the root directory: %s", strerror(errno));
	if (conf->style == STYLE_SYSV || conf->style == STYLE_CUSTOM) {
		ret = clean_dir(guest, dirfd, "/var/run") | clean_dir(guest, dirfd, "/var/lock");
		if (!ret)
			write_runlevel(guest, dirfd, conf->level ? conf->level : "3");
	} else if (conf->style == STYLE_PLAIN) {
		ret = remove_in_root(guest, dirfd, ".autofsck") |
		      remove_in_root(guest, dirfd, "forcefsck");
		fd = openat(dirfd, "fastboot",
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd >= 0)
			close(fd);
	}
	close(dirfd);
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

int prepare_log(const char *guest, int rootfd, int procfd)
{
	int dir = open_in_root(rootfd, "/var/log", O_RDONLY | O_DIRECTORY, 0), fd = -1;
	const char *name = strrchr(CONSOLE_LOG, '/') + 1;
	char *old;

	if (dir >= 0) {
		/* The last run's text is what explains why there has to be another. */
		old = xprintf("%s.old", name);
		if (renameat(dir, name, dir, old))
			unlinkat(dir, name, 0);
		free(old);
		/* Appending: several services write to it at once. */
		fd = openat(dir, name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0640);
		close(dir);
	}
	return fd >= 0 ? fd : prepare_null(guest, rootfd, procfd);
}
