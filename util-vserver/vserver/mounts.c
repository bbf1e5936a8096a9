// SPDX-License-Identifier: GPL-2.0
/*
 * Mounts of a guest, made with descriptors: a mount is first built detached
 * and then put in a place that was looked up below the guest's root, so that
 * a symbolic link in the guest cannot direct it elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mount-helper.h"
#include "mounts.h"

#define NO_OPTIONS	"a bind mount takes no options of a file system"

/* Mount options that are no options of the file system. */
static const struct {
	const char	*name;
	uint64_t	set, clear;
	const char	*sb;		/* given to the file system as well */
} attributes[] = {
	{ "defaults" }, { "auto" }, { "nouser" }, { "async" }, { "nofail" }, { "_netdev" },
	{ "ro", MOUNT_ATTR_RDONLY, 0, "ro" }, { "rw", 0, MOUNT_ATTR_RDONLY, NULL },
	{ "nosuid", MOUNT_ATTR_NOSUID }, { "suid", 0, MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV }, { "dev", 0, MOUNT_ATTR_NODEV },
	{ "noexec", MOUNT_ATTR_NOEXEC }, { "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ "relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME }, { "diratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "bind" }, { "rbind" },
	{ "sync", 0, 0, "sync" }, { "dirsync", 0, 0, "dirsync" },
	{ "lazytime", 0, 0, "lazytime" },
};

/* One option: true when it is one of the mount, not of the file system. */
static bool mount_option(const char *word, struct mount_attr *attr, const char **sb)
{
	size_t i;

	*sb = NULL;
	if (!strncmp(word, "x-", 2) || !strncmp(word, "comment=", 8))
		return true;
	for (i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		if (*word != *attributes[i].name || strcmp(word, attributes[i].name))
			continue;
		attr->attr_clr = (attr->attr_clr & ~attributes[i].set) | attributes[i].clear;
		attr->attr_set = (attr->attr_set & ~attributes[i].clear) | attributes[i].set;
		*sb = attributes[i].sb;
		return true;
	}
	return false;
}

int mounts_report(const char *guest, const struct mount_conf *m, const char *what)
{
	return failed(guest, "cannot mount %s on %s: %s (%s)", m->source, m->target, what, m->where);
}

/* What the file system itself says about its failure, else the errno. */
static char *reason_of(int fsfd)
{
	int saved = errno;
	char text[512];
	ssize_t n = fsfd >= 0 ? read(fsfd, text, sizeof(text) - 1) : -1;

	if (fsfd < 0 && saved == ENODEV)
		return xstrdup("this kernel has no such file system");
	if (n < 3)
		return xstrdup(strerror(saved));
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return xstrdup(text + 2);
}

/* Gives those of the file system to @fsfd and those of the mount to @attr. 0, or -1 and errno. */
static int set_options(int fsfd, const struct mount_conf *m, struct mount_attr *attr)
{
	char *options = xstrdup(m->options), *rest = options, *word, *eq;
	const char *sb;
	int err = 0;

	while (!err && (word = mount_next_option(&rest))) {
		if (mount_option(word, attr, &sb)) {
			if (sb)
				err = fsconfig(fsfd, FSCONFIG_SET_FLAG, sb, NULL, 0);
			continue;
		}
		eq = strchr(word, '=');
		if (eq)
			*eq++ = 0;
		/* Quotes keep a comma in a value, and are no part of it. */
		if (eq && *eq == '"' && eq[1] && eq[strlen(eq) - 1] == '"') {
			eq[strlen(eq) - 1] = 0;
			eq++;
		}
		err = fsconfig(fsfd, eq ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, word, eq, 0);
	}
	free(options);
	return err;
}

/* A detached mount of @m, or -1 with a message printed. */
static int make_fs(const char *guest, const struct mount_conf *m)
{
	struct mount_attr attr = { 0 };
	int fsfd, fd = -1;
	char *why;

	if (mount_needs_host(m))
		return mount_by_host(guest, m);
	fsfd = fsopen(m->type, FSOPEN_CLOEXEC);
	if (fsfd >= 0 && !fsconfig(fsfd, FSCONFIG_SET_STRING, "source", m->source, 0) &&
	    !set_options(fsfd, m, &attr) && !fsconfig(fsfd, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fsfd, FSMOUNT_CLOEXEC, attr.attr_set);
	if (fd < 0) {
		why = reason_of(fsfd);
		mounts_report(guest, m, why);
		free(why);
	}
	if (fsfd >= 0)
		close(fsfd);
	return fd;
}

/* A detached copy of a place of the host. */
static int make_bind(const char *guest, const struct mount_conf *m)
{
	bool deep = mount_has(m, "rbind") || !strcmp(m->type, "rbind");
	char *options = xstrdup(m->options), *rest = options, *word;
	struct mount_attr attr = { 0 };
	const char *sb;
	int fd, err;

	fd = open_tree(AT_FDCWD, m->source,
		       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (deep ? AT_RECURSIVE : 0));
	err = fd < 0;
	while (!err && (word = mount_next_option(&rest))) {
		if (mount_option(word, &attr, &sb))
			continue;
		close(fd);
		fd = mounts_report(guest, m, NO_OPTIONS);
		goto out;
	}
	/* Else what is mounted in it later would appear on the host, whose mounts are often shared. */
	attr.propagation = MS_PRIVATE;
	if (!err)
		err = mount_setattr(fd, "", AT_EMPTY_PATH | (deep ? AT_RECURSIVE : 0), &attr,
				    sizeof(attr));
	if (err) {
		mounts_report(guest, m, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
out:
	free(options);
	return fd;
}

static int make_mount(const char *guest, const struct mount_conf *m)
{
	return mounts_is_bind(m) ? make_bind(guest, m) : make_fs(guest, m);
}

bool mounts_is_bind(const struct mount_conf *m)
{
	return mount_has(m, "bind") || mount_has(m, "rbind") || !strcmp(m->type, "bind") ||
	       !strcmp(m->type, "rbind");
}

/* Whether all options of @m are those of a mount. */
static bool is_plain(const struct mount_conf *m)
{
	char *options = xstrdup(m->options), *rest = options, *word;
	struct mount_attr attr = { 0 };
	const char *sb;
	bool plain = true;

	while (plain && (word = mount_next_option(&rest)))
		plain = mount_option(word, &attr, &sb);
	free(options);
	return plain;
}

char *mounts_object(const struct mount_conf *m)
{
	struct mount_attr attr = { 0 };
	char *why = NULL;
	int fsfd;

	if (mounts_is_bind(m) || !strcmp(m->type, MOUNT_SELF))
		return is_plain(m) ? NULL : xstrdup(NO_OPTIONS);
	/* Its options are for that program to judge. */
	if (mount_has_program(m))
		return NULL;
	if (mount_needs_host(m))
		return mount_ask_host(m);
	fsfd = fsopen(m->type, FSOPEN_CLOEXEC);
	if ((fsfd < 0 || set_options(fsfd, m, &attr)) && errno != EPERM)
		why = reason_of(fsfd);
	if (fsfd >= 0)
		close(fsfd);
	return why;
}

/* A detached copy of the guest's own directory. */
static int make_self(const char *guest, const struct mount_conf *m, int place)
{
	char *options = xstrdup(m->options), *rest = options, *word;
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	const char *sb;
	int fd = open_tree(place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	while ((word = mount_next_option(&rest)))
		mount_option(word, &attr, &sb);
	if (fd >= 0 && mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr))) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		mounts_report(guest, m, strerror(errno));
	free(options);
	return fd;
}

int mounts_make(const char *guest, const struct mount_conf *m)
{
	return make_mount(guest, m);
}

/* The place of a mount; x-mount.mkdir makes its directory, not those above. */
static int open_place(const struct mount_conf *m, int rootfd)
{
	/* A directory, unless one file is bound over another. */
	int dirs = mount_has(m, "bind") ? 0 : O_DIRECTORY, fd, dir;
	char *path, *name;

	fd = open_in_root(rootfd, m->target, O_PATH | dirs, 0);
	if (fd >= 0 || errno != ENOENT || !mount_has(m, "x-mount.mkdir"))
		return fd;
	path = xstrdup(m->target);
	name = strrchr(path, '/');
	*name++ = 0;
	dir = open_in_root(rootfd, *path ? path : "/", O_PATH | O_DIRECTORY, 0);
	if (dir >= 0) {
		if (!mkdirat(dir, name, 0755) || errno == EEXIST)
			fd = open_in_root(rootfd, m->target, O_PATH | O_DIRECTORY, 0);
		close(dir);
	}
	free(path);
	return fd;
}

/* @made: a detached mount, or -1: it is made once its place was found. */
static int attach(const char *guest, const struct mount_conf *m, int rootfd, int made)
{
	int fd, place, flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH, ret = 0;

	place = open_place(m, rootfd);
	if (place < 0)
		return mounts_report(guest, m, strerror(errno));
	if (made < 0 && !strcmp(m->type, MOUNT_SELF))
		fd = make_self(guest, m, place);
	else
		fd = made < 0 ? make_mount(guest, m) : made;
	if (fd < 0) {
		ret = -1;
		goto out;
	}
	if (move_mount(fd, "", place, "", flags))
		ret = mounts_report(guest, m, strerror(errno));
	if (made < 0)
		close(fd);
out:
	if (place >= 0)
		close(place);
	return ret;
}

int mounts_attach(const char *guest, const struct mount_conf *m, int rootfd, int fd)
{
	return attach(guest, m, rootfd, fd);
}

int mounts_fstab(const char *guest, int rootfd, const struct mount_list *fstab)
{
	const struct mount_conf *m;

	for (m = fstab->v; m < fstab->v + fstab->n; m++) {
		if (!strcmp(m->target, "/") || mount_has(m, "noauto"))
			continue;
		if (interrupted)
			return -1;
		if (attach(guest, m, rootfd, -1) && !mount_has(m, "nofail"))
			return -1;
	}
	return 0;
}

int mounts_boot_id(const char *guest, int rootfd)
{
	static const char name[] = ".boot-id";
	const struct mount_conf m = {
		.where = "number of the guest's boot", .source = "/run/.boot-id",
		.target = "/proc/sys/kernel/random/boot_id", .type = MOUNT_SELF, .options = "bind",
	};
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY, .propagation = MS_PRIVATE };
	int run = open_in_root(rootfd, "/run", O_RDONLY | O_DIRECTORY, 0), fd = -1, tree = -1;
	uint8_t b[16];
	char text[40];
	int ret;

	if (run >= 0 && getrandom(b, sizeof(b), 0) == sizeof(b))
		fd = openat(run, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (fd >= 0) {
		b[6] = (b[6] & 0x0f) | 0x40;
		b[8] = (b[8] & 0x3f) | 0x80;
		snprintf(text, sizeof(text), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
			 "%02x%02x%02x%02x%02x%02x\n", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
			 b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
		if (!write_all(fd, text, strlen(text)))
			tree = open_tree(run, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
					 AT_SYMLINK_NOFOLLOW);
	}
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &ro, sizeof(ro)))
		ret = mounts_report(guest, &m, strerror(errno));
	else
		ret = mounts_attach(guest, &m, rootfd, tree);
	/* Mounted it stays; a file without a name cannot be mounted. */
	if (fd >= 0)
		unlinkat(run, name, 0);
	if (tree >= 0)
		close(tree);
	if (fd >= 0)
		close(fd);
	if (run >= 0)
		close(run);
	return ret;
}

int mounts_new_root(const char *guest, const char *vdir, const struct mount_list *fstab)
{
	const struct mount_conf *m;
	int fd;

	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC))
		return failed(guest, "cannot make namespaces: %s", strerror(errno));
	/* Else every mount below would appear on the host, whose / is often shared. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return failed(guest, "cannot make mounts private: %s", strerror(errno));
	for (m = fstab->v; m < fstab->v + fstab->n; m++) {
		if (strcmp(m->target, "/") || mount_has(m, "noauto"))
			continue;
		fd = make_mount(guest, m);
		if (fd < 0)
			return -1;
		if (move_mount(fd, "", AT_FDCWD, vdir, MOVE_MOUNT_F_EMPTY_PATH)) {
			mounts_report(guest, m, strerror(errno));
			close(fd);
			return -1;
		}
		close(fd);
	}
	/* The root must be a mount of its own; what the host mounted below comes along. */
	fd = open_tree(AT_FDCWD, vdir, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (fd >= 0 && move_mount(fd, "", AT_FDCWD, vdir, MOVE_MOUNT_F_EMPTY_PATH)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		return failed(guest, "cannot bind %s on itself: %s", vdir, strerror(errno));
	return fd;
}

int mounts_enter_root(const char *guest, int rootfd)
{
	int ret;

	if (fchdir(rootfd))
		return failed(guest, "cannot change to the root directory: %s", strerror(errno));
	ret = syscall(SYS_pivot_root, ".", ".");
	if (!ret) {
		/* The old root lies on top of the new one now. */
		ret = umount2(".", MNT_DETACH);
	} else if (errno == EINVAL) {
		/* The host runs from its initramfs, which cannot be pivoted away. */
		ret = move_mount(rootfd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
		if (!ret)
			ret = fchdir(rootfd) || chroot(".");
	}
	if (ret || chdir("/"))
		return failed(guest, "cannot change the root directory: %s", strerror(errno));
	return 0;
}

int mounts_sandbox(const char *guest, const char *const writable[], const char *tmp)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	int fd[8], i, n = 0, ret = -1;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return failed(guest, "cannot make a mount namespace: %s", strerror(errno));
	for (i = 0; writable[i] && n < 8; i++) {
		fd[n] = open_tree(AT_FDCWD, writable[i],
				  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		if (fd[n++] < 0)
			goto out;
	}
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &ro, sizeof(ro)))
		goto out;
	for (i = 0; i < n; i++)
		if (move_mount(fd[i], "", AT_FDCWD, writable[i], MOVE_MOUNT_F_EMPTY_PATH))
			goto out;
	if (mount("tmpfs", tmp, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700"))
		goto out;
	ret = 0;
out:
	if (ret)
		failed(guest, "cannot protect the host's files: %s", strerror(errno));
	for (i = 0; i < n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return ret;
}
