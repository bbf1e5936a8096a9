// SPDX-License-Identifier: GPL-2.0
/*
 * chroot-sh: small changes to the files of a guest, whose root is the current directory. Every path is looked
 * up below it by the kernel, so that no link in the guest, of /proc either, leads to a file of the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inroot.h"
#include "prog.h"

static const struct opt opts[] = { { 0 } };
static const char *const usage[] = {
	"cat FILE", "append FILE", "truncate FILE", "testfile FILE", "rm FILE...", "mkdir DIR...",
	"chmod MODE FILE...", "link TARGET FILE", "mv FROM TO", "realpath FILE...", NULL
};

static const struct prog prog = {
	.name = "chroot-sh",
	.summary = "Change files of the tree that begins in the current directory, and of no other.",
	.usage = usage,
	.opts = opts,
	.notes =
"append and truncate write their standard input; link makes a symbolic link.\n"
"Exit status: 0; 1 it failed, or testfile: there is none.\n",
	.error = 1,
	.wrapper = true,
};

static int root;

static void failed_on(const char *what, const char *path)
{
	fail("cannot %s %s: %s", what, path, why());
}

/* The directory of @path, and in *@last its last name. */
static int parent_of(const char *what, const char *path, const char **last)
{
	char *copy = must_alloc(strdup(path)), *slash;
	int fd;

	while ((slash = strrchr(copy, '/')) && !slash[1] && slash != copy)
		*slash = 0;
	slash = strrchr(copy, '/');
	*last = must_alloc(strdup(slash ? slash + 1 : copy));
	if (slash)
		*slash = 0;
	fd = open_in_root(root, slash && *copy ? copy : "/", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		failed_on(what, path);
	if (!**last || !strcmp(*last, ".") || !strcmp(*last, ".."))
		fail("cannot %s %s: it has no name", what, path);
	free(copy);
	return fd;
}

/* A regular file; opening anything else could wait, or do something. */
static int open_file(const char *what, const char *path, int flags)
{
	int fd = open_in_root(root, path, flags | O_NONBLOCK | O_NOCTTY, 0644);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		failed_on(what, path);
	if (!S_ISREG(st.st_mode))
		fail("cannot %s %s: not a regular file", what, path);
	return fd;
}

static void copy(int from, int to, const char *path)
{
	char buf[65536], *p;
	ssize_t n, m;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		for (p = buf; n > 0; p += m, n -= m) {
			m = write(to, p, n);
			if (m <= 0)
				failed_on("write", path);
		}
	if (n < 0)
		failed_on("read", path);
}

static void do_cat(char **a)
{
	copy(open_file("read", a[0], O_RDONLY), 1, a[0]);
}

static void do_append(char **a)
{
	copy(0, open_file("append to", a[0], O_WRONLY | O_APPEND | O_CREAT), a[0]);
}

static void do_truncate(char **a)
{
	int fd = open_file("write", a[0], O_WRONLY | O_CREAT);

	if (ftruncate(fd, 0))
		failed_on("truncate", a[0]);
	copy(0, fd, a[0]);
}

static void do_testfile(char **a)
{
	int fd = open_in_root(root, a[0], O_PATH, 0);
	struct stat st;

	exit(fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode));
}

static void do_rm(char **a)
{
	const char *last;

	for (; *a; a++) {
		int dir = parent_of("remove", *a, &last);

		if (unlinkat(dir, last, 0))
			failed_on("remove", *a);
		close(dir);
	}
}

static void do_mkdir(char **a)
{
	const char *last;

	for (; *a; a++) {
		int dir = parent_of("make", *a, &last);

		if (mkdirat(dir, last, 0755))
			failed_on("make", *a);
		close(dir);
	}
}

static void do_chmod(char **a)
{
	char *end, proc[64];
	unsigned long mode = strtoul(a[0], &end, 8);

	if (*end || end == a[0] || mode > 07777)
		fail("'%s' is not a mode in octal digits", a[0]);
	for (a++; *a; a++) {
		int fd = open_in_root(root, *a, O_PATH, 0);

		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
		if (fd < 0 || chmod(proc, mode))
			failed_on("change the mode of", *a);
		close(fd);
	}
}

static void do_link(char **a)
{
	const char *last;
	int dir = parent_of("make", a[1], &last);

	if (symlinkat(a[0], dir, last))
		failed_on("make", a[1]);
}

static void do_mv(char **a)
{
	const char *from, *to;
	int a_dir = parent_of("move", a[0], &from), b_dir = parent_of("make", a[1], &to);

	if (renameat(a_dir, from, b_dir, to))
		failed_on("move", a[0]);
}

static void do_realpath(char **a)
{
	char top[PATH_MAX], path[PATH_MAX], proc[64];
	ssize_t len, n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", root);
	len = readlink(proc, top, sizeof(top) - 1);
	for (; *a; a++) {
		int fd = open_in_root(root, *a, O_PATH, 0);

		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
		n = fd < 0 ? -1 : readlink(proc, path, sizeof(path) - 1);
		if (len < 0 || n < len)
			failed_on("find", *a);
		path[n] = 0;
		/* The root itself may be /. */
		puts(n == len ? "/" : path + (len > 1 ? len : 0));
		close(fd);
	}
}

static const struct {
	const char	*name;
	void		(*run)(char **args);
	int		min, max;
} verbs[] = {
	{ "cat", do_cat, 1, 1 }, { "append", do_append, 1, 1 }, { "truncate", do_truncate, 1, 1 },
	{ "testfile", do_testfile, 1, 1 }, { "rm", do_rm, 1, INT_MAX }, { "mkdir", do_mkdir, 1, INT_MAX },
	{ "chmod", do_chmod, 2, INT_MAX }, { "link", do_link, 2, 2 }, { "mv", do_mv, 2, 2 },
	{ "realpath", do_realpath, 1, INT_MAX },
};

int main(int argc, char **argv)
{
	const char *arg;
	char **rest;
	size_t i;
	int n;

	opt_start(&prog, argc, argv);
	opt_next(&arg);
	rest = opt_rest();
	if (!rest[0])
		fail_usage("what shall be done?");
	for (n = 0; rest[n + 1]; n++)
		;
	umask(022);
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		failed_on("open", ".");
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(rest[0], verbs[i].name))
			continue;
		if (n < verbs[i].min || n > verbs[i].max)
			fail_usage("%s: wrong number of arguments", rest[0]);
		verbs[i].run(rest + 1);
		return 0;
	}
	fail_usage("unknown action '%s'", rest[0]);
}
