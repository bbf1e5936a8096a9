// SPDX-License-Identifier: GPL-2.0
/* Run files and locks. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "start.h"
#include "util.h"

#define LOCK_SECONDS	300

char *run_key(const struct vc_guest *guest)
{
	size_t len = strlen(vc_confdir());
	char *key, *p;

	if (!strncmp(guest->dir, vc_confdir(), len) && guest->dir[len] == '/' &&
	    !strchr(guest->dir + len + 1, '/'))
		return xstrdup(guest->dir + len + 1);

	/* A directory elsewhere: its whole path, so that no two guests share a lock. */
	key = xprintf("+%s", guest->dir);
	for (p = key; *p; p++)
		if (*p == '/')
			*p = '+';
	return key;
}

int run_path(const char *sub, const char *key, char **path)
{
	char *dir = xprintf("%s/%s", vc_rundir(), sub);
	int ret = make_path(dir, 0700);

	*path = ret ? NULL : xprintf("%s/%s", dir, key);
	free(dir);
	return ret;
}

/* True when @fd still has its name, which it loses to nobody but who held the lock before us. */
static bool is_linked(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_nlink;
}

static int open_lock(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int run_lock(const char *guest, const char *key, unsigned int seconds)
{
	long long end = now_ms() + seconds * 1000LL;
	bool told = false;
	char *path = xprintf("%s/.lock/%s", vc_rundir(), key);
	int fd;

	for (;;) {
		fd = open_lock(path);
		if (fd < 0 && errno == ENOENT) {
			free(path);
			if (run_path(".lock", key, &path))
				return failed(guest, "cannot make %s/.lock: %s", vc_rundir(), strerror(errno));
			fd = open_lock(path);
		}
		if (fd < 0) {
			failed(guest, "cannot open lock %s: %s", path, strerror(errno));
			break;
		}
		if (!flock(fd, LOCK_EX | LOCK_NB) && is_linked(fd))
			break;
		close(fd);
		fd = -1;
		if (interrupted)
			break;
		if (now_ms() >= end) {
			failed(guest, "cannot lock %s: another command holds it for more than %u seconds",
			       path, seconds);
			break;
		}
		if (!told && now_ms() > end - seconds * 1000LL + 1000)
			told = !caution(guest, "waiting for another command to finish");
		sleep_ms(20);
	}
	free(path);
	return fd;
}

void run_unlock(int fd, const char *key)
{
	char *path;

	if (fd < 0)
		return;
	/* Removed while held: whoever waits sees that and makes a new one. */
	path = xprintf("%s/.lock/%s", vc_rundir(), key);
	unlink(path);
	free(path);
	close(fd);
}

/*
 * A guest that is still being set up though nobody else has the lock: its start was
 * killed, and its first task is about to end for want of an answer. Until it has, it
 * would pass for a running guest.
 */
static void end_unfinished(struct vc_guest *guest)
{
	struct vc_ctx_flags flags;

	if (guest->xid == VC_NOCTX || vc_get_cflags(guest->xid, &flags) ||
	    !(flags.flagword & VXF_STATE_SETUP))
		return;
	caution(guest->name, "ending what a start that was killed has left in context %u", guest->xid);
	if (kill_context(guest->name, guest->xid))
		return;
	run_remove(guest);
	guest->run_there = false;
	guest->xid = VC_NOCTX;
}

int run_lock_guest(struct vc_guest *guest, char **key)
{
	int fd;

	*key = run_key(guest);
	fd = run_lock(guest->name, *key, LOCK_SECONDS);
	if (fd >= 0)
		run_state(guest);
	return fd;
}

/* Where the run file is: what the link says, else below the run directory. */
static char *run_file(const struct vc_guest *guest)
{
	char *key, *path;

	if (guest->runfile)
		return xstrdup(guest->runfile);
	key = run_key(guest);
	path = xprintf("%s/%s", vc_rundir(), key);
	free(key);
	return path;
}

int run_write(const struct vc_guest *guest, xid_t xid)
{
	char *path = run_file(guest), *text = xprintf("%u\n", xid), *slash;
	int ret = 0;

	slash = strrchr(path, '/');
	*slash = 0;
	if (make_path(path, 0755))
		ret = failed(guest->name, "cannot make %s: %s", path, strerror(errno));
	*slash = '/';
	if (!ret && write_file_at(AT_FDCWD, path, text))
		ret = failed(guest->name, "cannot write %s: %s", path, strerror(errno));
	free(text);
	free(path);
	return ret;
}

void run_remove(const struct vc_guest *guest)
{
	char *path = run_file(guest);

	if (unlink(path) && errno != ENOENT)
		caution(guest->name, "cannot remove %s: %s", path, strerror(errno));
	free(path);
}

xid_t run_state(struct vc_guest *guest)
{
	char *path = run_file(guest);
	bool there;

	vc_guest_update(guest);
	end_unfinished(guest);
	/* Without a link the library looks where only the administrator would have put one. */
	there = guest->runfile ? guest->run_there : !access(path, F_OK);
	if (guest->xid != VC_NOCTX) {
		if (!there && !run_write(guest, guest->xid))
			caution(guest->name, "run file %s was lost, written again", path);
	} else if (there) {
		caution(guest->name, "removing stale run file %s", path);
		run_remove(guest);
	}
	free(path);
	return guest->xid;
}
