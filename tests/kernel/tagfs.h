/* SPDX-License-Identifier: GPL-2.0 */
/* File systems to try tags and disk limits on: made fresh, checked in the end. */
#ifndef VS_TEST_TAGFS_H
#define VS_TEST_TAGFS_H

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <vserver/dlimit.h>
#include <vserver/inode.h>
#include "harness.h"

#define MNT	"/tmp/tagfs"
#define IMAGE	"/tmp/tagfs.img"

struct tagfs {
	const char	*name;
	const char	*mkfs;		/* of IMAGE; NULL: nothing below */
	const char	*type;
	const char	*options;
	const char	*fsck;
	bool		quota;		/* project quota counts */
};

static const struct tagfs tagfs[] = {
	{ "ext4", "mke2fs -q -F -t ext4 -O project", "ext4", "tag", "e2fsck -f -n" },
	{ "ext4 with quota", "mke2fs -q -F -t ext4 -O project,quota -E quotatype=prjquota", "ext4",
	  "tag,prjquota", "e2fsck -f -n", true },
	{ "xfs", "mkfs.xfs -q -f", "xfs", "tag,prjquota", "xfs_repair -n", true },
	{ "f2fs", "mkfs.f2fs -q -f -O extra_attr,project_quota", "f2fs", "tag", "fsck.f2fs --dry-run" },
	{ "tmpfs", NULL, "tmpfs", "tag,size=300m" },
};

#define FOR_EACH_TAGFS(fs) \
	for ((fs) = tagfs; (fs) < tagfs + sizeof(tagfs) / sizeof(tagfs[0]); (fs)++)

/* Run a command of the shell; its output is shown only if it fails. */
__attribute__((format(printf, 1, 2)))
static inline int run(const char *fmt, ...)
{
	char line[512], whole[700];
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "{ %s ; } >/tmp/tagfs.log 2>&1", line);
	status = system(whole);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static inline bool tagfs_mount_as(const struct tagfs *fs, const char *options)
{
	mkdir(MNT, 0755);
	if (!fs->mkfs)
		return !run("mount -t %s -o %s none " MNT, fs->type, options);
	return !run("mount -t %s -o loop,%s " IMAGE " " MNT, fs->type, options);
}

static inline bool tagfs_make(const struct tagfs *fs)
{
	return !fs->mkfs || !run("rm -f " IMAGE "; truncate -s 400M " IMAGE "; %s " IMAGE, fs->mkfs);
}

/* A new file system, mounted with tags. */
static inline bool tagfs_up(const struct tagfs *fs)
{
	bool ok = check(tagfs_make(fs) && tagfs_mount_as(fs, fs->options),
			"%s: mounted with tags", fs->name);

	if (ok)
		chmod(MNT, 0777);
	return ok;
}

static inline void tagfs_down(const struct tagfs *fs)
{
	check(!run("umount " MNT), "%s: unmounted", fs->name);
	if (fs->fsck)
		check(!run("%s " IMAGE, fs->fsck), "%s: the file system is in order", fs->name);
	unlink(IMAGE);
}

/* Run @fn as a task of the host with a tag. */
struct as_tag {
	unsigned int	tag;
	void		(*fn)(const struct tagfs *fs);
	const struct tagfs *fs;
};

static inline void __as_tag(void *arg)
{
	const struct as_tag *as = arg;
	long ret = vs(VCMD_tag_migrate, as->tag, NULL);

	if (ret)
		check(false, "tag %u: %s", as->tag, strerrorname_np(-ret));
	else
		as->fn(as->fs);
}

static inline void as_tag(unsigned int tag, void (*fn)(const struct tagfs *fs),
			  const struct tagfs *fs)
{
	struct as_tag as = { tag, fn, fs };

	in_child(__as_tag, &as);
}

/* The same as a task of a guest. */
struct as_guest {
	const struct guest *guest;
	struct as_tag	as;
};

static inline void __as_guest(void *arg)
{
	struct as_guest *in = arg;

	if (check_is(vs(VCMD_tag_migrate, in->as.tag, NULL), 0, "a tag for a task of a guest") &&
	    check_is(vs(VCMD_ctx_migrate, in->guest->xid, NULL), 0, "which enters it"))
		in->as.fn(in->as.fs);
}

static inline void as_guest(const struct guest *guest, unsigned int tag,
			    void (*fn)(const struct tagfs *fs), const struct tagfs *fs)
{
	struct as_guest in = { guest, { tag, fn, fs } };

	in_child(__as_guest, &in);
}

static inline long tag_of(const char *path)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .tag = 77777 };
	long ret = vs(VCMD_get_iattr, 0, &attr);

	if (ret)
		return ret;
	return attr.mask & VS_IATTR_TAG ? (long)attr.tag : -ENODATA;
}

static inline long set_tag(const char *path, unsigned int tag)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .tag = tag, .flags = VS_IATTR_TAG,
					  .mask = VS_IATTR_TAG };

	return vs(VCMD_set_iattr, 0, &attr);
}

#endif /* VS_TEST_TAGFS_H */
