/* SPDX-License-Identifier: GPL-2.0 */
/*
 * File systems to test on: a loop device over a sparse file and what the mkfs of
 * each kind makes of it, checked by its fsck when the test has ended.
 */
#ifndef VS_TEST_FILES_H
#define VS_TEST_FILES_H

#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <vserver/inode.h>
#include "harness.h"

struct fs {
	const char	*type;
	const char	*mkfs, *fsck;	/* with the image's name at their end; NULL: in memory */
	int		megabytes;
	const char	*options;
	char		image[64], device[32], dir[64];
	int		loop;
};

static struct fs all_fs[] = {
	{ .type = "ext4", .mkfs = "mke2fs -q -F -t ext4 -O project", .fsck = "e2fsck -fn", .megabytes = 64 },
	{ .type = "xfs", .mkfs = "mkfs.xfs -q -f", .fsck = "xfs_repair -n", .megabytes = 320 },
	{ .type = "btrfs", .mkfs = "mkfs.btrfs -q -f", .fsck = "btrfs check --readonly", .megabytes = 160 },
	{ .type = "tmpfs" },
};

#define NR_FS	(sizeof(all_fs) / sizeof(all_fs[0]))

/* Run a command with its argument; its output appears when it fails. */
static inline bool tool(const char *command, const char *arg)
{
	char line[512];

	snprintf(line, sizeof(line), "o=$(PATH=/usr/sbin:/sbin:/usr/bin:/bin %s %s 2>&1 </dev/null) || "
		 "{ s=$?; echo \"$o\" | sed 's/^/# /'; exit $s; }", command, arg);
	return !system(line);
}

static inline bool fs_mount(struct fs *fs)
{
	const char *source = fs->fsck ? fs->device : "none";

	if (!mount(source, fs->dir, fs->type, 0, fs->options))
		return true;
	return check(false, "%s is mounted: %s", fs->type, strerror(errno));
}

/* Make, attach and mount one. */
static inline bool fs_start(struct fs *fs)
{
	struct loop_config config = { .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	int control, image, nr;

	strcpy(fs->dir, "/tmp/files.XXXXXX");
	if (!mkdtemp(fs->dir) || chmod(fs->dir, 0755))
		return check(false, "a directory: %s", strerror(errno));
	if (!fs->mkfs)
		return fs_mount(fs);
	snprintf(fs->image, sizeof(fs->image), "%s.img", fs->dir);
	image = open(fs->image, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (image < 0 || ftruncate(image, (off_t)fs->megabytes << 20))
		return check(false, "an image: %s", strerror(errno));
	if (!tool(fs->mkfs, fs->image))
		return check(false, "%s works", fs->mkfs);
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	nr = ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	snprintf(fs->device, sizeof(fs->device), "/dev/loop%d", nr);
	fs->loop = open(fs->device, O_RDWR | O_CLOEXEC);
	config.fd = image;
	if (fs->loop < 0 || ioctl(fs->loop, LOOP_CONFIGURE, &config))
		return check(false, "%s is attached: %s", fs->device, strerror(errno));
	close(image);
	return fs_mount(fs);
}

/* Everything out of memory and in again. */
static inline bool fs_again(struct fs *fs)
{
	if (!fs->mkfs)
		return true;
	if (umount(fs->dir))
		return check(false, "%s is unmounted: %s", fs->type, strerror(errno));
	return fs_mount(fs);
}

static inline void fs_stop(struct fs *fs)
{
	check_is(err(umount(fs->dir)), 0, "unmount");
	if (fs->mkfs) {
		check(tool(fs->fsck, fs->device), "%s: %s finds nothing", fs->type, fs->fsck);
		close(fs->loop);
		unlink(fs->image);
	}
	rmdir(fs->dir);
}

/* Each test on each file system. */
static inline void on_all(void (*test)(struct fs *fs))
{
	for (size_t i = 0; i < NR_FS; i++) {
		printf("# %s\n", all_fs[i].type);
		fflush(stdout);
		if (fs_start(&all_fs[i]))
			test(&all_fs[i]);
		fs_stop(&all_fs[i]);
	}
}

/* A name below the file system's root; four at a time. */
static inline const char *in_fs(const struct fs *fs, const char *name)
{
	static char names[4][128];
	static unsigned int next;
	char *s = names[next++ % 4];

	snprintf(s, sizeof(names[0]), "%s/%s", fs->dir, name);
	return s;
}

static inline long attr_set(const char *path, unsigned int flags, unsigned int mask)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .flags = flags, .mask = mask };

	return vs(VCMD_set_iattr, 0, &attr);
}

/* The bits that are set, without VS_IATTR_TAG; or an errno. */
static inline long attr_get(const char *path)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path };

	return vs(VCMD_get_iattr, 0, &attr) ?: (long)(attr.flags & ~VS_IATTR_TAG);
}

#define IUNLINK	(VS_IATTR_IMMUTABLE | VS_IATTR_IXUNLINK)

static inline bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

#endif /* VS_TEST_FILES_H */
