// SPDX-License-Identifier: GPL-2.0
/*
 * swap_name: a file takes the place of another one only if that is still there. Whoever changes the name
 * meanwhile never finds anything but what he has put there, or what stands for it.
 */
#include <sys/wait.h>
#include "files.h"

#define ROUNDS	3000

static struct guest a = { .xid = 2795 };

static long swap_at(int dir, const char *name, int newdir, const char *newname, int fd)
{
	struct vcmd_swap_name_v0 data = {
		.name = (uintptr_t)name, .newname = (uintptr_t)newname, .newdir = newdir, .fd = fd,
	};

	return vs(VCMD_swap_name, dir, &data);
}

static bool put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	return !close(fd) && ok;
}

static bool is(int dir, const char *name, const char *text)
{
	char buf[64] = "";
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, n);
}

static void known(int dir, int tmp, int fd)
{
	int newer;

	check_is(swap_at(dir, "f", tmp, "t", fd), 0, "the file that it is");
	check(is(dir, "f", "new") && is(tmp, "t", "old"), "they have changed places");
	check_is(swap_at(dir, "f", tmp, "t", fd), -ESTALE, "it is another one now");
	check(is(dir, "f", "new") && is(tmp, "t", "old"), "nothing has changed");
	newer = openat(dir, "f", O_PATH);
	check_is(swap_at(dir, "f", tmp, "t", newer), 0, "a descriptor that is only a path");
	check(put(tmp, "r", "renamed") && !renameat(tmp, "r", dir, "f"), "another file takes the name");
	check_is(swap_at(dir, "f", tmp, "t", fd), -ESTALE, "the old one is gone");
	check(is(dir, "f", "renamed"), "the other stays");
	check(!linkat(dir, "f", dir, "g", 0), "a second name");
	close(newer);
	newer = openat(dir, "g", O_RDONLY);
	check_is(swap_at(dir, "f", tmp, "t", newer), 0, "the file counts, not the name of the descriptor");
	check_is(swap_at(dir, "g", dir, "g", newer), 0, "a file and itself");
	check(!symlinkat("/nowhere", dir, "s"), "a link");
	check_is(swap_at(dir, "s", tmp, "t", newer), -ESTALE, "a link is not followed");
	close(newer);
	newer = openat(dir, "s", O_PATH | O_NOFOLLOW);
	check_is(swap_at(dir, "s", tmp, "t", newer), 0, "and can change places itself");
	close(newer);
}

static void in_a(void *arg)
{
	int *fd = arg;

	check_is(swap_at(fd[0], "f", fd[1], "t", fd[2]), -ENOSYS, "a guest has no such call");
}

static void refused(struct fs *fs, int dir, int tmp, int fd)
{
	int fds[] = { dir, tmp, fd }, other = open("/tmp", O_PATH | O_DIRECTORY), ro;
	char longer[300];
	struct vcmd_swap_name_v0 bad = { .name = 8, .newname = 8, .newdir = tmp, .fd = fd };

	memset(longer, 'n', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	check_is(swap_at(dir, "none", tmp, "t", fd), -ENOENT, "no such name");
	check_is(swap_at(dir, "f", tmp, "none", fd), -ENOENT, "no such new name");
	check_is(swap_at(dir, "", tmp, "t", fd), -ENOENT, "an empty name");
	check_is(swap_at(dir, "d", tmp, "t", fd), -EISDIR, "a directory");
	check_is(swap_at(dir, "f", dir, "d", fd), -EISDIR, "a new name that is a directory");
	check_is(swap_at(dir, "../f", tmp, "t", fd), -EACCES, "a name that is a path");
	check_is(swap_at(dir, "..", tmp, "t", fd), -EACCES, "the directory above");
	check_is(swap_at(dir, longer, tmp, "t", fd), -ENAMETOOLONG, "a name that is too long");
	check_is(swap_at(fd, "f", tmp, "t", fd), -ENOTDIR, "no directory");
	check_is(swap_at(dir, "f", fd, "t", fd), -ENOTDIR, "no new directory");
	check_is(swap_at(dir, "f", other, "t", fd), -EXDEV, "a directory elsewhere");
	check_is(swap_at(-1, "f", tmp, "t", fd), -EBADF, "a bad descriptor");
	check_is(swap_at(dir, "f", -1, "t", fd), -EBADF, "of the other directory");
	check_is(swap_at(dir, "f", tmp, "t", -1), -EBADF, "of the file");
	check_is(vs(VCMD_swap_name, dir, &bad), -EFAULT, "a bad pointer to a name");
	check_is(vs(VCMD_swap_name, dir, NULL), -EFAULT, "no structure");
	in_guest(&a, in_a, fds);
	check(!mount(fs->dir, fs->dir, NULL, MS_BIND, NULL) &&
	      !mount(NULL, fs->dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "mounted for reading only");
	ro = open(fs->dir, O_PATH | O_DIRECTORY);
	check_is(swap_at(ro, "f", ro, "g", fd), -EROFS, "on a mount for reading only");
	close(ro);
	check_is(err(umount(fs->dir)), 0, "unmount it");
	close(other);
}

/* Changes what the name leads to, and looks each time whether that is what it finds. */
static int change(int dir)
{
	char text[16];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		sprintf(text, "%d", i);
		if (!put(dir, "w", text) || renameat(dir, "w", dir, "f") || !is(dir, "f", text))
			return 1;
		if (i % 3 == 0)
			sched_yield();
		if (!is(dir, "f", text))
			return 1;
	}
	return 0;
}

/* Puts another file with the same text in the place, as those do that make files shared. */
static void race(int dir, int tmp)
{
	long done = 0, stale = 0, other = 0, ret;
	int status = 0, fd;
	char buf[16];
	ssize_t n;
	pid_t pid;

	check(put(dir, "f", "0"), "a file that changes");
	pid = fork();
	if (!pid)
		_exit(change(dir));
	while (!waitpid(pid, &status, WNOHANG)) {
		fd = openat(dir, "f", O_RDONLY);
		n = read(fd, buf, sizeof(buf) - 1);
		buf[n < 0 ? 0 : n] = '\0';
		put(tmp, "t", buf);
		ret = swap_at(dir, "f", tmp, "t", fd);
		done += !ret;
		stale += ret == -ESTALE;
		other += ret && ret != -ESTALE;
		unlinkat(tmp, "t", 0);
		close(fd);
	}
	check(WIFEXITED(status) && !WEXITSTATUS(status), "the name never led to anything older");
	check(done > 0 && !other, "%ld times exchanged, %ld times late, %ld failures", done, stale, other);
}

static void on_fs(struct fs *fs)
{
	int dir = open(fs->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), tmp, fd;

	check(!mkdirat(dir, "tmp", 0700) && !mkdirat(dir, "d", 0755), "two directories");
	tmp = openat(dir, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(put(dir, "f", "old") && put(tmp, "t", "new"), "two files");
	fd = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	known(dir, tmp, fd);
	close(fd);
	fd = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	refused(fs, dir, tmp, fd);
	close(fd);
	race(dir, tmp);
	close(tmp);
	close(dir);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a), "a guest starts");
	on_all(on_fs);
	guest_stop(&a);
	return test_end();
}
