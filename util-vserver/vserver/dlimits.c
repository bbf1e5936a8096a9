// SPDX-License-Identifier: GPL-2.0
/* Disk limits of a guest: dlimits/X/{directory,space_total,inodes_total,reserved}. */
#include <errno.h>
#include <ftw.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "dlimits.h"

struct dlimit_conf {
	char			*dir;
	struct vc_ctx_dlimit	values;
};

/* What a walk counts; nftw() has no argument for it. */
static struct {
	uint64_t	space;		/* 512 bytes each */
	uint64_t	inodes;
	tag_t		tag;
	void		*links;		/* inode numbers of files with several names */
	bool		failed;
} count;

static int by_number(const void *a, const void *b)
{
	const ino_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* False when this file was counted under another name. */
static bool is_new(const struct stat *st)
{
	ino_t *number, **found;

	if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
		return true;
	number = malloc(sizeof(*number));
	if (!number)
		return count.failed = true;
	*number = st->st_ino;
	found = tsearch(number, &count.links, by_number);
	if (!found)
		count.failed = true;
	if (!found || *found != number)
		free(number);
	return !found || *found == number;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	uint32_t flags = 0, mask = VS_IATTR_TAG;
	xid_t tag = 0;

	(void)at;
	if (type == FTW_NS) {
		count.failed = true;
		return 0;
	}
	if (type == FTW_DNR)
		count.failed = true;
	if (vc_get_iattr(path, &tag, &flags, &mask) < 0 || !(mask & VS_IATTR_TAG))
		return 0;
	if (tag == count.tag && is_new(st)) {
		count.space += st->st_blocks;
		count.inodes++;
	}
	return 0;
}

static uint32_t clamp(uint64_t value)
{
	return value < VC_CDLIM_KEEP ? value : VC_CDLIM_KEEP - 1;
}

/* How much the tag has below a directory, on that file system. */
static int measure(const char *name, const char *dir, tag_t tag, struct vc_ctx_dlimit *values)
{
	memset(&count, 0, sizeof(count));
	count.tag = tag;
	if (nftw(dir, visit, 64, FTW_PHYS | FTW_MOUNT))
		count.failed = true;
	tdestroy(count.links, free);
	if (count.failed)
		return failed(name, "cannot count what is used on %s", dir);
	values->space_used = clamp((count.space + 1) / 2);
	values->inodes_used = clamp(count.inodes);
	return 0;
}

static int read_value(const struct vc_guest *guest, const char *sub, const char *file,
		      uint32_t max, uint32_t *value)
{
	char *path = xprintf("dlimits/%s/%s", sub, file), *text, *end;
	bool bad = false;
	long long number;
	int ret = 0;

	text = conf_text(guest, path, &bad);
	if (!text) {
		ret = bad ? -1 : failed(guest->name, "%s/%s is missing", guest->dir, path);
	} else {
		errno = 0;
		number = strtoll(text, &end, 10);
		if (end == text || *end || errno || number < (max > 100 ? -1 : 0) || number > max)
			ret = failed(guest->name, "%s/%s:%d: '%s' is no number from %s to %u", guest->dir,
				     path, conf_line_of(guest->dir, path), text,
				     max > 100 ? "-1 (no limit)" : "0", max);
		else
			*value = number;
	}
	free(text);
	free(path);
	return ret;
}

/* 1, 0 when it is disabled, -1. */
static int read_entry(const struct vc_guest *guest, const char *sub, struct dlimit_conf *e)
{
	char *path = xprintf("dlimits/%s/disabled", sub);
	bool off = conf_exists(guest, path), bad = false;
	int ret;

	free(path);
	*e = (struct dlimit_conf){ 0 };
	if (off)
		return 0;
	path = xprintf("dlimits/%s/directory", sub);
	e->dir = conf_text(guest, path, &bad);
	ret = e->dir || bad ? -bad : failed(guest->name, "%s/%s is missing", guest->dir, path);
	free(path);
	ret |= read_value(guest, sub, "space_total", VC_CDLIM_KEEP - 1, &e->values.space_total);
	ret |= read_value(guest, sub, "inodes_total", VC_CDLIM_KEEP - 1, &e->values.inodes_total);
	ret |= read_value(guest, sub, "reserved", 100, &e->values.reserved);
	if (ret) {
		free(e->dir);
		e->dir = NULL;
	}
	return ret ? -1 : 1;
}

/* @fn for each entry until one fails; with @all for all of them. */
static int each(const struct vc_guest *guest, const struct guest_conf *conf, bool all,
		int (*fn)(const struct vc_guest *guest, const struct guest_conf *conf,
			  struct dlimit_conf *e))
{
	struct strlist subs = { 0 };
	struct dlimit_conf e;
	int ret = 0, got;
	size_t i;

	conf_dir(guest->dir, "dlimits", true, &subs);
	for (i = 0; i < subs.n && (all || !ret); i++) {
		got = read_entry(guest, subs.v[i], &e);
		if (got < 0 || (got && fn && fn(guest, conf, &e)))
			ret = -1;
		free(e.dir);
	}
	strlist_free(&subs);
	return ret;
}

static int up(const struct vc_guest *guest, const struct guest_conf *conf, struct dlimit_conf *e)
{
	struct vc_ctx_dlimit found;
	uint32_t flags = 0, mask = VS_IATTR_TAG;

	if (vc_get_iattr(e->dir, NULL, &flags, &mask) < 0 || !(mask & VS_IATTR_TAG))
		return failed(guest->name, "cannot limit the space on %s: it is mounted without tag or tagid",
			      e->dir);
	/* What a start that was killed left has old values. */
	vc_rem_dlimit(e->dir, conf->tag, 0);
	if (vc_add_dlimit(e->dir, conf->tag, 0) || vc_get_dlimit(e->dir, conf->tag, 0, &found))
		return failed(guest->name, "cannot limit the space on %s: %s", e->dir,
			      vc_reason(VCMD_add_dlimit, errno));
	e->values.space_used = found.space_used;
	e->values.inodes_used = found.inodes_used;
	/* Nothing: or nobody has counted. */
	if (!found.inodes_used && measure(guest->name, e->dir, conf->tag, &e->values))
		return -1;
	/* A guest that has more than it may still starts; it can only remove. */
	if (e->values.space_used > e->values.space_total || e->values.inodes_used > e->values.inodes_total) {
		struct vc_ctx_dlimit used = { e->values.space_used, VC_CDLIM_INFINITY,
					      e->values.inodes_used, VC_CDLIM_INFINITY, 0 };

		caution(guest->name, "more is used on %s than its limit allows", e->dir);
		if (vc_set_dlimit(e->dir, conf->tag, 0, &used))
			return failed(guest->name, "cannot limit the space on %s: %s", e->dir,
				      vc_reason(VCMD_set_dlimit, errno));
		e->values.space_used = VC_CDLIM_KEEP;
		e->values.inodes_used = VC_CDLIM_KEEP;
	}
	if (vc_set_dlimit(e->dir, conf->tag, 0, &e->values))
		return failed(guest->name, "cannot limit the space on %s: %s", e->dir,
			      vc_reason(VCMD_set_dlimit, errno));
	return 0;
}

int dlimits_up(const struct vc_guest *guest, const struct guest_conf *conf)
{
	int ret = each(guest, conf, false, up);

	if (ret)
		dlimits_down(guest, conf);
	return ret;
}

static int down(const struct vc_guest *guest, const struct guest_conf *conf, struct dlimit_conf *e)
{
	if (vc_rem_dlimit(e->dir, conf->tag, 0) && errno != ESRCH && errno != ENOENT)
		return failed(guest->name, "cannot remove the limit on %s: %s", e->dir,
			      vc_reason(VCMD_rem_dlimit, errno));
	return 0;
}

int dlimits_down(const struct vc_guest *guest, const struct guest_conf *conf)
{
	return each(guest, conf, true, down);
}

int dlimits_check(const struct vc_guest *guest)
{
	return each(guest, NULL, true, NULL);
}
