// SPDX-License-Identifier: GPL-2.0
/*
 * The barrier: a directory that no context passes, on whatever way it comes
 * there; the host, the spectator and a guest in set-up do.
 */
#include "files.h"

static struct guest a = { .xid = 1831 };

static struct {
	char	bar[128];	/* the directory with the barrier */
	char	root[160];	/* a guest's root in it */
	char	secret[160];	/* a file in it */
	int	dir;		/* open below the barrier: a leak */
	int	path;		/* the barrier itself, O_PATH */

} t;

static long opens(int dirfd, const char *path, int flags)
{
	int fd = openat(dirfd, path, flags, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Every name of the directory and of what is in it. */
static void from_outside(void *arg)
{
	struct open_how { uint64_t flags, mode, resolve; } how = { .flags = O_RDONLY };
	char path[200];
	struct stat st;

	check_is(opens(AT_FDCWD, t.bar, O_RDONLY | O_DIRECTORY), -EACCES, "open it");
	check_is(opens(AT_FDCWD, t.secret, O_RDONLY), -EACCES, "open what is in it");
	check_is(opens(AT_FDCWD, t.secret, O_PATH), -EACCES, "also as a path");
	check_is(err(stat(t.secret, &st)), -EACCES, "or look at it");
	check_is(err(chdir(t.bar)), -EACCES, "go there");
	check_is(err(chroot(t.bar)), -EACCES, "make it the root");
	check_is(err(access(t.bar, X_OK)), -EACCES, "ask");
	snprintf(path, sizeof(path), "%s/new", t.bar);
	check_is(opens(AT_FDCWD, path, O_CREAT | O_WRONLY), -EACCES, "make a file");
	check_is(err(mkdir(path, 0700)), -EACCES, "or a directory");
	check_is(err(symlink("x", path)), -EACCES, "or a link");
	check_is(err(rename(t.secret, path)), -EACCES, "move something");
	check_is(err(link(t.secret, path)), -EACCES, "link something");
	check_is(err(unlink(t.secret)), -EACCES, "take something away");
	check_is(opens(AT_FDCWD, t.bar, O_TMPFILE | O_RDWR), -EACCES, "a file without a name");
	check_is(err(syscall(SYS_openat2, AT_FDCWD, t.secret, &how, sizeof(how))), -EACCES, "openat2");
	check_is(err(stat(t.bar, &st)), 0, "the directory itself may be looked at");
	check_is(opens(AT_FDCWD, t.bar, O_PATH), 0, "and held");
}

/* From a place below, as one who has left its root. */
static void from_below(void *arg)
{
	char path[64];

	check_is(err(fchdir(t.dir)), 0, "a directory below the barrier was left open");
	check_is(opens(AT_FDCWD, ".", O_RDONLY), 0, "which is readable");
	check_is(opens(AT_FDCWD, "..", O_RDONLY | O_DIRECTORY), -EACCES, "open ..");
	check_is(opens(AT_FDCWD, "../secret", O_RDONLY), -EACCES, "or what is there");
	check_is(opens(t.dir, "../../..", O_RDONLY), -EACCES, "or go on upwards");
	check_is(opens(AT_FDCWD, "../root/in", O_RDONLY), -EACCES, "or back again");
	check_is(err(chdir("..")), -EACCES, "change to ..");
	check_is(err(chroot("..")), -EACCES, "chroot to ..");
	check_is(opens(t.path, "secret", O_RDONLY), -EACCES, "start at a held path");
	check_is(opens(t.path, ".", O_RDONLY), -EACCES, "open a held path");
	check_is(opens(t.path, "../file", O_RDONLY), -EACCES, "go through it");
	check_is(err(fchdir(t.path)), -EACCES, "fchdir to a held path");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", t.path);
	check_is(opens(AT_FDCWD, path, O_RDONLY), -EACCES, "open it by its magic link");
	check_is(err(chdir(path)), -EACCES, "chdir by it");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/secret", t.path);
	check_is(opens(AT_FDCWD, path, O_RDONLY), -EACCES, "go on from it");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/..", t.dir);
	check_is(opens(AT_FDCWD, path, O_RDONLY), -EACCES, "and from one below");
	check_is(opens(AT_FDCWD, "/proc/self/cwd/../secret", O_RDONLY), -EACCES, "from the working directory");
	check_is(err(chmod("../secret", 0777)), -EACCES, "nor the mode of what is in it");
}

/* The classic way out of chroot. */
static void chroot_escape(void *arg)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	check_is(err(chroot("sub")), 0, "a second chroot");
	check_is(err(fchdir(fd)), 0, "and back to the first root");
	for (int i = 0; i < 8; i++) {
		if (chdir("..")) {
			check_is(-errno, -EACCES, "upwards ends at the barrier");
			break;
		}
		if (i == 7)
			check(false, "upwards ends at the barrier");
	}
	check_is(opens(AT_FDCWD, "../secret", O_RDONLY), -EACCES, "the secret is out of reach");
}

static void in_root(void *arg)
{
	check(!chdir(t.root) && !chroot("."), "a root below the barrier");
	in_guest(&a, chroot_escape, NULL);
}

static void spectator(void *arg)
{
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), 1, "become a spectator");
	check_is(opens(AT_FDCWD, t.bar, O_RDONLY), 0, "it passes");
	check_is(opens(AT_FDCWD, t.secret, O_RDONLY), 0, "and reads");
}

static void in_setup(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET };
	struct vcmd_ctx_flags_v0 endsetup = { 0, VXF_STATE_SETUP };

	check_is(vs(VCMD_ctx_create, 1832, &create), 1832, "create a guest");
	check_is(opens(AT_FDCWD, t.secret, O_RDONLY), 0, "in set-up one passes");
	check_is(vs(VCMD_set_cflags, VS_ID_SELF, &endsetup), 0, "the set-up ends");
	check_is(opens(AT_FDCWD, t.secret, O_RDONLY), -EACCES, "and with it that");
}

static void attacks(void *arg)
{
	int flags = 0;

	check_is(err(ioctl(t.dir, FS_IOC_GETFLAGS, &flags)), 0, "flags of a directory below");
	check_is(err(chmod(t.bar, 0777)), 0, "its mode is no part of it");
	check_is(opens(AT_FDCWD, t.bar, O_RDONLY), -EACCES, "it stays");
	check_is(attr_set(t.bar, 0, VS_IATTR_BARRIER), -ENOSYS, "a guest cannot take it away");
}

static void test(struct fs *fs)
{
	char path[200];

	snprintf(t.bar, sizeof(t.bar), "%s/bar", fs->dir);
	snprintf(t.root, sizeof(t.root), "%s/root", t.bar);
	snprintf(t.secret, sizeof(t.secret), "%s/secret", t.bar);
	snprintf(path, sizeof(path), "%s/sub", t.root);
	check(!mkdir(t.bar, 0755) && !mkdir(t.root, 0755) && !mkdir(path, 0755) &&
	      write_file(t.secret, "secret"), "%s: a tree", fs->type);
	snprintf(path, sizeof(path), "%s/in", t.root);
	write_file(path, "in");
	write_file(in_fs(fs, "file"), "file");
	t.dir = open(t.root, O_RDONLY | O_DIRECTORY);
	t.path = open(t.bar, O_PATH);
	check_is(attr_set(t.bar, VS_IATTR_BARRIER, VS_IATTR_BARRIER), 0, "set the barrier");
	check_is(opens(AT_FDCWD, t.bar, O_RDONLY), 0, "the host passes");
	check_is(opens(AT_FDCWD, t.secret, O_RDONLY), 0, "and reads");
	in_child(spectator, NULL);
	in_child(in_setup, NULL);
	in_guest(&a, from_outside, NULL);
	in_guest(&a, from_below, NULL);
	in_child(in_root, NULL);
	in_guest(&a, attacks, NULL);
	check_is(attr_set(t.bar, 0, VS_IATTR_BARRIER), 0, "clear the barrier");
	close(t.dir);
	close(t.path);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a), "guest A starts");
	on_all(test);
	guest_stop(&a);
	return test_end();
}
