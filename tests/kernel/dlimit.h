/* SPDX-License-Identifier: GPL-2.0 */
/* The limit of one tag on the file system at MNT: commands, what is used, filling it. */
#ifndef VS_TEST_DLIMIT_H
#define VS_TEST_DLIMIT_H

#include "tagfs.h"

#define MIB	(1024 * 1024)
#define KEEP	VS_DLIM_KEEP
#define INF	VS_DLIM_INFINITY
#define TAG	100

static inline long add(const char *path, unsigned int tag)
{
	struct vcmd_ctx_dlimit_base_v0 data = { .name = path };

	return vs(VCMD_add_dlimit, tag, &data);
}

static inline long rem(const char *path, unsigned int tag)
{
	struct vcmd_ctx_dlimit_base_v0 data = { .name = path };

	return vs(VCMD_rem_dlimit, tag, &data);
}

/* Space in KiB. */
static inline long set(unsigned int used, unsigned int total, unsigned int inodes_used,
		       unsigned int inodes_total, unsigned int reserved)
{
	struct vcmd_ctx_dlimit_v0 data = { MNT, used, total, inodes_used, inodes_total, reserved };

	return vs(VCMD_set_dlimit, TAG, &data);
}

static inline struct vcmd_ctx_dlimit_v0 get(unsigned int tag, unsigned int flags)
{
	struct vcmd_ctx_dlimit_v0 data = { .name = MNT, .flags = flags };

	check_is(vs(VCMD_get_dlimit, tag, &data), 0, "the limit can be read");
	return data;
}

/* What is reserved by delayed writing becomes what it really is. */
static inline long space_used(void)
{
	int fd = open(MNT, O_RDONLY);

	syncfs(fd);
	close(fd);
	return get(TAG, 0).space_used;
}

static inline long inodes_used(void)
{
	return get(TAG, 0).inodes_used;
}

/* Append @size bytes; how many there were room for. */
static inline long fill(const char *path, long size)
{
	static char buf[65536];
	int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0666);
	long done = 0, n = 0;

	if (fd < 0)
		return -errno;
	while (done < size) {
		n = err(write(fd, buf, size - done < 65536 ? size - done : 65536));
		if (n <= 0)
			break;
		done += n;
	}
	if (n >= 0)
		n = err(fsync(fd));
	close(fd);
	return n < 0 && n != -ENOSPC ? n : done;
}

#endif /* VS_TEST_DLIMIT_H */
