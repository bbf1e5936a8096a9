// SPDX-License-Identifier: GPL-2.0
/*
 * churn DIR SECONDS: what a hostile or just busy guest does to its files while somebody unifies them. Works on
 * DIR/f0 ... and ends with status 1 when one of its changes was lost, 0 else; prints what it did.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES	24
#define SIZE	20000

static unsigned int version[FILES];
static unsigned long counts[8], lost;

static void name_of(int i, char *name)
{
	sprintf(name, "f%d", i);
}

static void content(int i, unsigned int v, char *buf)
{
	int n;

	/* The first version is what the other guest has. */
	for (n = 0; n < SIZE; n++)
		buf[n] = 'a' + (n * 7 + v * 13 + (v ? i : 0)) % 26;
}

static bool put(const char *name, const char *buf, int flags)
{
	int fd = open(name, O_WRONLY | flags, 0644);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, buf, SIZE) == SIZE;
	return !close(fd) && ok;
}

static void old_time(const char *name)
{
	const struct timespec t[2] = { { 1700000000, 0 }, { 1700000000, 0 } };

	utimensat(AT_FDCWD, name, t, AT_SYMLINK_NOFOLLOW);
}

static void compare(int i, const char *what)
{
	char name[16], want[SIZE], got[SIZE + 1];
	int fd;

	name_of(i, name);
	content(i, version[i], want);
	fd = open(name, O_RDONLY);
	if (fd < 0 || read(fd, got, SIZE + 1) != SIZE || memcmp(got, want, SIZE)) {
		printf("lost: %s after %s, version %u: %s\n", name, what, version[i], fd < 0 ? strerror(errno) :
		       "other contents");
		lost++;
		unlink(name);
		put(name, want, O_CREAT);
	}
	if (fd >= 0)
		close(fd);
}

static void again(int i)
{
	static const char *const whats[] = { "a new file", "a write", "a rename", "a link and back", "a chmod" };
	char name[16], tmp[16], buf[SIZE];
	int what = rand() % 5;

	name_of(i, name);
	sprintf(tmp, "t%d", i);
	compare(i, "nothing");
	/* Every other change makes it equal to the other guest's, so that it is worth sharing. */
	version[i] = version[i] ? 0 : 1 + rand() % 1000;
	content(i, version[i], buf);
	switch (what) {
	case 0:
		unlink(name);
		put(name, buf, O_CREAT | O_EXCL);
		break;
	case 1:
		put(name, buf, rand() % 2 ? O_TRUNC : 0);
		break;
	case 2:
		unlink(tmp);
		put(tmp, buf, O_CREAT | O_EXCL);
		old_time(tmp);
		rename(tmp, name);
		break;
	case 3:
		unlink(tmp);
		rename(name, tmp);
		symlink("/srv/.victim/secret", name);
		usleep(rand() % 300);
		unlink(name);
		rename(tmp, name);
		put(name, buf, 0);
		break;
	case 4:
		put(name, buf, 0);
		chmod(name, 0600 + rand() % 2 * 044);
		break;
	}
	chmod(name, 0644);
	old_time(name);
	compare(i, whats[what]);
	counts[what]++;
}

int main(int argc, char **argv)
{
	time_t end;
	int i;

	if (argc != 3 || chdir(argv[1]))
		return 2;
	srand(getpid());
	end = time(NULL) + atoi(argv[2]);
	for (i = 0; i < FILES; i++) {
		char name[16], buf[SIZE];

		name_of(i, name);
		content(i, 0, buf);
		unlink(name);
		put(name, buf, O_CREAT);
		old_time(name);
	}
	while (time(NULL) < end)
		again(rand() % FILES);
	for (i = 0; i < FILES; i++)
		compare(i, "all");
	printf("%lu new, %lu written, %lu renamed, %lu links, %lu modes, %lu lost\n", counts[0], counts[1], counts[2],
	       counts[3], counts[4], lost);
	return lost ? 1 : 0;
}
