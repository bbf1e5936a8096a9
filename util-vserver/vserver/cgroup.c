// SPDX-License-Identifier: GPL-2.0
/* The control groups (v2) of guests. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgroup-place.h"

#define USUAL_ROOT	"/sys/fs/cgroup"
#define LEAF		"vserver.enter"
#define FREEZE_MS	5000
#define MAX_GROUPS	"4096"	/* of a guest; it takes cgroup/cgroup.max.descendants for more */

const char *cgroup_root(void)
{
	static char *root;
	struct mntent *m;
	struct statfs fs;
	FILE *f;

	if (root)
		return root;
	/* The usual place; the kernel's list of mounts is long. */
	if (!statfs(USUAL_ROOT, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return root = xstrdup(USUAL_ROOT);
	f = setmntent("/proc/self/mounts", "re");
	while (f && !root && (m = getmntent(f)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			root = xstrdup(m->mnt_dir);
	if (f)
		endmntent(f);
	return root;
}

static char *path_of(const char *group, const char *file)
{
	return xprintf("%s/%s%s%s", cgroup_root(), group, file ? "/" : "", file ? file : "");
}

/* One value to one file; -1 and errno. */
static int put(const char *group, const char *file, const char *text)
{
	char *path = path_of(group, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = -1, saved;

	free(path);
	if (fd < 0)
		return -1;
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		ret = 0;
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

static char *get(const char *group, const char *file)
{
	char *path = path_of(group, file), buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : -1;

	free(path);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return NULL;
	buf[n] = 0;
	return xstrdup(buf);
}

/* Switches a controller (+name) on in every group from the top down to the one above @group. */
static int switch_on(const char *group, const char *word)
{
	char *path = xstrdup(group), *p;
	int ret = put(".", "cgroup.subtree_control", word);

	for (p = strchr(path, '/'); p && !ret; p = strchr(p + 1, '/')) {
		*p = 0;
		ret = put(path, "cgroup.subtree_control", word);
		*p = '/';
	}
	free(path);
	return ret;
}

/* The controller that a file belongs to; what is not a controller's is always there. */
static int enable(const char *guest, const char *group, const char *file)
{
	char *word = xprintf("+%.*s", (int)strcspn(file, "."), file);
	int ret = strcmp(word, "+cgroup") ? switch_on(group, word) : 0;

	if (ret)
		failed(guest, "cannot use the controller %s: %s", word + 1,
		       errno == ENOENT || errno == EINVAL ? "this kernel has none of that name" :
		       strerror(errno));
	free(word);
	return ret;
}

static int make_group(const char *group)
{
	char *path = path_of(group, NULL);
	int ret = make_path(path, 0755);

	free(path);
	return ret;
}

int cgroup_make(const char *guest, const struct guest_conf *conf)
{
	static const char * const shared[] = { "+cpu", "+io", "+memory", "+pids" };
	const struct cgroup_value *v;
	size_t i;

	if (!conf->cgroup)
		return 0;
	if (!cgroup_root())
		return failed(guest, "cannot make a control group: no cgroup2 is mounted");
	if (make_group(conf->cgroup))
		return failed(guest, "cannot make the control group %s: %s", conf->cgroup, strerror(errno));
	/* What a guest shares out it must have; what this kernel lacks it does without. */
	for (i = 0; conf->delegate && i < sizeof(shared) / sizeof(*shared); i++)
		switch_on(conf->cgroup, shared[i]);
	if (conf->delegate && put(conf->cgroup, "cgroup.max.descendants", MAX_GROUPS))
		return failed(guest, "cannot limit its control groups: %s", strerror(errno));
	for (v = conf->cgroup_values; v < conf->cgroup_values + conf->n_cgroup_values; v++) {
		if (enable(guest, conf->cgroup, v->file))
			return -1;
		if (put(conf->cgroup, v->file, v->value))
			return failed(guest, "cannot write '%s' to %s of its control group: %s (%s)", v->value,
				      v->file, strerror(errno), v->where);
	}
	return 0;
}

int cgroup_add(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return put(group, "cgroup.procs", text);
}

int cgroup_add_new(const char *group, pid_t pid)
{
	return make_group(group) ? -1 : cgroup_add(group, pid);
}

/* A group counts its own name, its dot and those below. */
static bool has_groups(const char *group)
{
	char *path = path_of(group, NULL);
	struct stat st;
	bool has = !stat(path, &st) && st.st_nlink > 2;

	free(path);
	return has;
}

int cgroup_take(const char *group, pid_t pid)
{
	char *leaf;
	int ret;

	/* Where groups below take part in sharing, none but they have tasks. */
	if (!has_groups(group))
		return cgroup_add(group, pid);
	leaf = xprintf("%s/%s", group, LEAF);
	ret = cgroup_add_new(leaf, pid);
	free(leaf);
	return ret;
}

int cgroup_join(const char *guest, const char *group, bool delegate)
{
	char *leaf = xprintf("%s/%s", group, LEAF);
	int ret = cgroup_take(group, 0);

	if (!ret && delegate)
		ret = make_group(leaf);
	free(leaf);
	return ret ? failed(guest, "cannot enter the control group %s: %s", group, strerror(errno)) : 0;
}

static void remove_below(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct strlist names = { 0 };
	struct stat st;
	char *sub;
	size_t i;

	if (fd >= 0)
		list_dir(fd, &names);
	for (i = 0; i < names.n; i++) {
		if (fstatat(fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
			continue;
		sub = xprintf("%s/%s", path, names.v[i]);
		remove_below(sub);
		rmdir(sub);
		free(sub);
	}
	strlist_free(&names);
	if (fd >= 0)
		close(fd);
}

/* Groups of units are systemd's to remove. */
static bool of_unit(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".scope") || !strcmp(dot, ".service"));
}

void cgroup_remove(const char *guest, const char *group)
{
	char *path, *slash;

	if (!group || !cgroup_root())
		return;
	path = path_of(group, NULL);
	remove_below(path);
	if (rmdir(path) && errno != ENOENT)
		caution(guest, "cannot remove the control group %s: %s", group, strerror(errno));
	/* The group above all guests, with the last of them. */
	slash = strrchr(path, '/');
	*slash = 0;
	if (strcmp(path, cgroup_root()) && !of_unit(path))
		rmdir(path);
	free(path);
}

char *cgroup_of(const struct guest_conf *conf, const struct vc_guest *guest)
{
	char *group, *path;
	bool there;

	if (!cgroup_root())
		return NULL;
	group = place_of(guest);
	if (!group)
		group = conf && conf->cgroup ? xstrdup(conf->cgroup) :
					       xprintf("vserver/%s", guest->name);
	path = path_of(group, "cgroup.freeze");
	there = !access(path, F_OK);
	free(path);
	if (there)
		return group;
	free(group);
	return NULL;
}

static bool has_line(const char *group, const char *line)
{
	char *text = get(group, "cgroup.events");
	bool has = text && strstr(text, line);

	free(text);
	return has;
}

bool cgroup_frozen(const char *group)
{
	char *text = get(group, "cgroup.freeze");
	bool frozen = text && *text == '1';

	free(text);
	return frozen;
}

int cgroup_freeze(const char *group, bool on)
{
	const char *wanted = on ? "frozen 1" : "frozen 0";
	long long end = now_ms() + FREEZE_MS;
	char *path, buf[256];
	struct pollfd p;

	if (put(group, "cgroup.freeze", on ? "1" : "0"))
		return -1;
	path = path_of(group, "cgroup.events");
	p.fd = open(path, O_RDONLY | O_CLOEXEC);
	p.events = POLLPRI;
	free(path);
	/* The file changes when the last task has stopped. */
	while (!has_line(group, wanted) && now_ms() < end && !interrupted)
		if (p.fd < 0 || pread(p.fd, buf, sizeof(buf), 0) < 0 || poll(&p, 1, 200) < 0)
			break;
	if (p.fd >= 0)
		close(p.fd);
	if (has_line(group, wanted))
		return 0;
	errno = ETIMEDOUT;
	return -1;
}
