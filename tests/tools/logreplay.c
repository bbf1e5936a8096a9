// SPDX-License-Identifier: GPL-2.0
/*
 * What dm-log-writes has recorded, written to a disk again up to a point: the disk as a power cut would have left it.
 *
 *   logreplay LOG                   NUMBER MARK of each mark, at last the number of entries
 *   logreplay LOG DEST FROM TO      writes the entries FROM <= N < TO to DEST
 *
 * The format is that of Documentation/admin-guide/device-mapper/log-writes.rst: a block with the super structure,
 * then for each entry a block that begins with the structure and the data after it; sectors are of the size in the
 * super structure, numbers little-endian.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC		0x6a736677736872ULL
#define LOG_DISCARD	0x4
#define LOG_MARK	0x8

struct super {
	uint64_t	magic, version, nr_entries;
	uint32_t	sectorsize;
};

struct entry {
	uint64_t	sector, nr_sectors, flags, data_len;
	char		data[];
};

static int log_fd, dest_fd = -1;
static char *buf;
static size_t buf_size;

static void die(const char *what)
{
	fprintf(stderr, "logreplay: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void need(size_t size)
{
	if (size <= buf_size)
		return;
	buf = realloc(buf, size);
	buf_size = size;
	if (!buf)
		die("memory");
}

static void get(void *to, size_t len, off_t at)
{
	if (pread(log_fd, to, len, at) != (ssize_t)len)
		die("cannot read the log");
}

/* The entry at @at; where the next one is. */
static off_t one(off_t at, uint32_t sector, uint64_t n, int write_it)
{
	uint64_t flags, len, to;
	char *head = malloc(sector);
	struct entry *e = (struct entry *)head;

	if (!head)
		die("memory");
	get(head, sector, at);
	flags = le64toh(e->flags);
	len = le64toh(e->nr_sectors) * sector;
	to = le64toh(e->sector) * sector;
	at += sector;
	if (flags & LOG_MARK && dest_fd < 0)
		printf("%llu %.*s\n", (unsigned long long)n, (int)le64toh(e->data_len), e->data);
	if (flags & LOG_DISCARD) {
		need(len);
		memset(buf, 0, len);
	} else if (len) {
		need(len);
		if (write_it)
			get(buf, len, at);
		at += len;
	}
	if (write_it && len && pwrite(dest_fd, buf, len, to) != (ssize_t)len)
		die("cannot write to the disk");
	free(head);
	return at;
}

int main(int argc, char **argv)
{
	uint64_t n, entries, from = 0, to = 0;
	struct super s;
	off_t at;

	if (argc != 2 && argc != 5)
		return 2;
	log_fd = open(argv[1], O_RDONLY);
	if (log_fd < 0)
		die(argv[1]);
	get(&s, sizeof(s), 0);
	if (le64toh(s.magic) != MAGIC) {
		fprintf(stderr, "logreplay: %s is no log\n", argv[1]);
		return 2;
	}
	entries = le64toh(s.nr_entries);
	if (argc == 5) {
		dest_fd = open(argv[2], O_WRONLY);
		if (dest_fd < 0)
			die(argv[2]);
		from = strtoull(argv[3], NULL, 0);
		to = strtoull(argv[4], NULL, 0);
	}
	at = le32toh(s.sectorsize);
	for (n = 0; n < (argc == 5 && to < entries ? to : entries); n++)
		at = one(at, le32toh(s.sectorsize), n, argc == 5 && n >= from);
	if (argc == 2)
		printf("%llu\n", (unsigned long long)entries);
	return 0;
}
