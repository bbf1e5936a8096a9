// SPDX-License-Identifier: GPL-2.0
/*
 * facts [-i] DIR: all that is to be known of each regular file below DIR, one line each, sorted by name, by one program
 * where a shell would need a dozen:
 *
 *   NAME MODE UID GID SIZE DIGEST ATTRIBUTES TIME
 *
 * ATTRIBUTES are those of getxattr(2), as NAME=VALUE in hexadecimal with commas between, or "-". With -i the inode's
 * number and its flags (immutable: i, ixunlink: u, or "-") follow. The digest is no secure one.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vserver/inode.h>

#ifndef __NR_vserver
#define __NR_vserver	236
#endif

static char **lines;
static size_t count, room, prefix;
static bool with_inode, failed;

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void fail(const char *what)
{
	perror(what);
	failed = true;
}

/* FNV-1a. */
static uint64_t digest(const char *path)
{
	static unsigned char buf[1 << 16];
	uint64_t sum = 0xcbf29ce484222325ULL;
	int fd = open(path, O_RDONLY | O_NOATIME);
	ssize_t n = -1, i;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++)
			sum = (sum ^ buf[i]) * 0x100000001b3ULL;
	if (n < 0)
		fail(path);
	if (fd >= 0)
		close(fd);
	return sum;
}

static void attributes(FILE *to, const char *path)
{
	static char list[8192], value[65536];
	ssize_t size = listxattr(path, list, sizeof(list)), n, i;
	char *names[64], *at;
	size_t nr = 0, j;

	for (at = list; size > 0 && at < list + size && nr < 64; at += strlen(at) + 1)
		names[nr++] = at;
	qsort(names, nr, sizeof(*names), by_text);
	for (j = 0; j < nr; j++) {
		n = getxattr(path, names[j], value, sizeof(value));
		if (n < 0)
			fail(names[j]);
		fprintf(to, "%s%s=", j ? "," : "", names[j]);
		for (i = 0; i < n; i++)
			fprintf(to, "%02x", (unsigned char)value[i]);
	}
	if (!nr)
		fputc('-', to);
}

static void inode_of(FILE *to, const char *path, const struct stat *st)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path };

	if (syscall(__NR_vserver, VCMD_get_iattr, 0, &attr))
		fail(path);
	attr.flags &= VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK;
	fprintf(to, " %lu %s%s%s", (unsigned long)st->st_ino, attr.flags & VS_IATTR_IMMUTABLE ? "i" : "",
		attr.flags & VS_IATTR_IXUNLINK ? "u" : "", attr.flags ? "" : "-");
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t size;
	FILE *to;

	(void)ftw;
	if (type == FTW_NS || type == FTW_DNR)
		fail(path);
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	if (count == room) {
		room = room ? room * 2 : 256;
		lines = realloc(lines, room * sizeof(*lines));
		if (!lines)
			return -1;
	}
	to = open_memstream(&lines[count], &size);
	if (!to)
		return -1;
	fprintf(to, "%s %o %u %u %lld %016llx ", path + prefix, st->st_mode & 07777, st->st_uid, st->st_gid,
		(long long)st->st_size, (unsigned long long)digest(path));
	attributes(to, path);
	fprintf(to, " %lld.%09ld", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (with_inode)
		inode_of(to, path, st);
	fclose(to);
	count++;
	return 0;
}

int main(int argc, char **argv)
{
	size_t i;

	with_inode = argc == 3 && !strcmp(argv[1], "-i");
	if (argc != 2 + with_inode)
		return 2;
	prefix = strlen(argv[argc - 1]) + 1;
	if (nftw(argv[argc - 1], visit, 16, FTW_PHYS)) {
		perror(argv[argc - 1]);
		return 1;
	}
	qsort(lines, count, sizeof(*lines), by_text);
	for (i = 0; i < count; i++)
		puts(lines[i]);
	return failed;
}
