// SPDX-License-Identifier: GPL-2.0
/*
 * Locks on a unified file: guests that share it do not make each other wait. On
 * any other file they work as ever.
 */
#include <sys/file.h>
#include "files.h"

static struct guest a = { .xid = 2791 }, b = { .xid = 2792 };
static char file[80], plain[80];

static bool unify(const char *path)
{
	struct vcmd_ctx_fiattr_v0 attr = { .flags = VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK,
					   .mask = VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK };
	int fd = open(path, O_RDONLY);
	long ret = vs(VCMD_fset_iattr, fd, &attr);

	close(fd);
	return !ret;
}

static long lease(const char *path, int type)
{
	int fd = open(path, O_RDONLY);
	long ret = err(fcntl(fd, F_SETLEASE, type));

	close(fd);
	return ret;
}

static long lock(const char *path, int how)
{
	int fd = open(path, O_RDONLY);

	return err(flock(fd, how | LOCK_NB));
}

static void leases(void *arg)
{
	int fd = open(file, O_RDONLY);

	check_is(lease(file, F_RDLCK), -EAGAIN, "a lease on a unified file");
	check_is(lease(file, F_WRLCK), -EAGAIN, "for writing");
	check_is(err(fcntl(fd, F_SETLEASE, F_UNLCK)), -EAGAIN, "there is none to give back");
	check_is(lease(plain, F_RDLCK), 0, "on another file");
	close(fd);
}

/* Hold both files, and end when told. */
static void hold(void *arg)
{
	int *fd = arg;
	char c;

	check_is(lock(file, LOCK_EX), 0, "A locks the unified file");
	check_is(lock(plain, LOCK_EX), 0, "A locks the other");
	if (write(fd[1], "h", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
}

static void want(void *arg)
{
	const char *who = arg;

	check_is(lock(file, LOCK_EX), 0, who);
	check_is(lock(plain, LOCK_EX), -EAGAIN, "the other is locked");
}

static void want_own(void *arg)
{
	check_is(lock(file, LOCK_EX), -EAGAIN, "A, a second task: it is locked");
	check_is(lock(file, LOCK_SH), -EAGAIN, "for reading, too");
}

static void locks(void)
{
	int held[2], go[2], fd[3];
	pid_t pid;
	char c;

	if (pipe(held) || pipe(go))
		_exit(1);
	fd[1] = held[1];
	fd[2] = go[0];
	pid = fork();
	if (!pid) {
		in_guest(&a, hold, fd);
		_exit(0);
	}
	check(read(held[0], &c, 1) == 1, "A holds them");
	in_guest(&b, want, "B locks the unified file");
	in_child(want, "the host does");
	in_guest(&a, want_own, NULL);
	check(write(go[1], "g", 1) == 1 && waitpid(pid, NULL, 0) == pid, "A lets go");
}

int main(int argc, char **argv)
{
	char other[100];
	size_t i;

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	for (i = 0; i < NR_FS; i++) {
		struct fs *fs = &all_fs[i];

		printf("# %s\n", fs->type);
		fflush(stdout);
		if (!check(fs_start(fs), "%s", fs->type))
			continue;
		snprintf(file, sizeof(file), "%s/unified", fs->dir);
		snprintf(plain, sizeof(plain), "%s/plain", fs->dir);
		snprintf(other, sizeof(other), "%s/other", fs->dir);
		close(open(file, O_CREAT | O_WRONLY, 0644));
		close(open(plain, O_CREAT | O_WRONLY, 0644));
		check(!link(file, other) && unify(file), "a file of two guests");
		in_guest(&a, leases, NULL);
		check_is(lease(file, F_RDLCK), 0, "host: a lease");
		locks();
		fs_stop(fs);
	}
	guest_stop(&a);
	guest_stop(&b);
	return test_end();
}
