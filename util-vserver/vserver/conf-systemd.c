// SPDX-License-Identifier: GPL-2.0
/* What a guest of style systemd gets beyond others, where its files do not say otherwise. */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "conf.h"

#define MKDIR		"x-mount.mkdir"
#define NOFILE_SOFT	1024
#define NOFILE_HARD	524288

/*
 * What its process 1 mounts otherwise, or gives up when it cannot; in this
 * order. It may not mount, so that no unit can: those that ask for mounts of
 * their own run without them.
 */
static const struct {
	const char *source, *target, *type, *options;
} needed[] = {
	{ "proc", "/proc", "proc", "nosuid,nodev,noexec," MKDIR },
	{ "sysfs", "/sys", "sysfs", "ro,nosuid,nodev,noexec," MKDIR },
	{ "cgroup2", "/sys/fs/cgroup", "cgroup2", "nosuid,nodev,noexec" },
	{ "/dev", "/dev", MOUNT_SELF, "nosuid,noexec" },
	{ "devpts", "/dev/pts", "devpts", "gid=5,mode=620,nosuid,noexec," MKDIR },
	{ "tmpfs", "/dev/shm", "tmpfs", "mode=1777,size=64m,nosuid,nodev," MKDIR },
	{ "tmpfs", "/run", "tmpfs", "mode=755,size=64m,nr_inodes=65536,nosuid,nodev," MKDIR },
	{ "tmpfs", "/run/lock", "tmpfs", "mode=1777,size=5m,nosuid,nodev,noexec," MKDIR },
	{ "tmpfs", "/tmp", "tmpfs", "mode=1777,size=16m,nosuid,nodev," MKDIR },
};

static void add(struct mount_list *list, const struct mount_conf *m)
{
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*m));
	list->v[list->n++] = *m;
}

void conf_systemd_mounts(struct mount_list *fstab)
{
	struct mount_list out = { 0 };
	bool *taken = xcalloc(fstab->n + 1, sizeof(*taken));
	size_t i, j;

	for (i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		bool own = false;

		for (j = 0; j < fstab->n; j++) {
			if (strcmp(fstab->v[j].target, needed[i].target))
				continue;
			add(&out, &fstab->v[j]);
			own = taken[j] = true;
		}
		if (!own)
			add(&out, &(struct mount_conf){
				.where = xstrdup("of style systemd"),
				.source = xstrdup(needed[i].source),
				.target = xstrdup(needed[i].target),
				.type = xstrdup(needed[i].type),
				.options = xstrdup(needed[i].options),
			});
	}
	for (j = 0; j < fstab->n; j++)
		if (!taken[j])
			add(&out, &fstab->v[j]);
	free(taken);
	free(fstab->v);
	*fstab = out;
}

int conf_systemd(const struct vc_guest *guest, struct guest_conf *conf)
{
	const uint64_t more = vc_get_systemdbcaps() & ~vc_get_securebcaps();
	struct ulimit_conf *files = &conf->ulimits[RLIMIT_NOFILE];
	uint64_t value = 0, named = 0;
	struct vc_error err;

	if (vc_cfg_words(guest->dir, "bcapabilities", VC_BCAP, &value, &named, &err) < 0)
		return -1;
	conf->caps.bcaps |= more & ~named;
	if (!files->set)
		*files = (struct ulimit_conf){ true, NOFILE_SOFT, NOFILE_HARD };
	conf->delegate = true;
	if (!conf->cgroup)
		conf->cgroup = xprintf("vserver/%s", guest->name);
	return 0;
}
