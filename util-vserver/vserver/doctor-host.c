// SPDX-License-Identifier: GPL-2.0
/* vserver doctor: the kernel's options, the file system of the guests, what guests find in /proc. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vserver-files.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"
#include "doctor.h"

#define LIST	"apps/vprocunhide/files"
#define SHIPPED	"vprocunhide-files"

/* Adds @word to the list that is @text. */
static char *listed(char *text, const char *word)
{
	char *more = xprintf("%s%s%s", text, *text ? ", " : "", word);

	free(text);
	return more;
}

void doctor_options(void)
{
	static const struct { uint64_t bit; const char *name, *option; } wanted[] = {
		{ VCI_PROC_SECURE, "hidden /proc", "CONFIG_PROC_FS" },
		{ VCI_COWBL, "copy-on-write links", "CONFIG_VSERVER" },
		{ VCI_NETV2, "network contexts", "CONFIG_NET" },
		{ VCI_MEMCG, "memory groups", "CONFIG_MEMCG" },
		{ VCI_PPTAG, "tags", "CONFIG_VSERVER" },
	};
	char *has = xstrdup(""), *lacks = xstrdup(""), *options = xstrdup(""), *text;
	uint64_t vci = vc_get_vci();
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (vci & wanted[i].bit) {
			has = listed(has, wanted[i].name);
			continue;
		}
		lacks = listed(lacks, wanted[i].name);
		if (!strstr(options, wanted[i].option))
			options = listed(options, wanted[i].option);
	}
	if (*lacks) {
		text = xprintf("without %s", lacks);
		free(lacks);
		lacks = xprintf("build the kernel with %s", options);
		point(POOR, "kernel options", text, lacks);
		free(text);
	} else {
		point(GOOD, "kernel options", has, NULL);
	}
	free(has);
	free(lacks);
	free(options);
}

void doctor_files(void)
{
	const uint32_t unify = VS_IATTR_IXUNLINK | VS_IATTR_IMMUTABLE;
	const char *base = vc_vdirbase();
	uint32_t flags = 0, mask = 0;
	xid_t tag = 0;
	char *text;

	if (vc_get_iattr(base, &tag, &flags, &mask)) {
		/* That it is not there yet is told elsewhere. */
		if (errno != ENOENT)
			point(POOR, "file system", vc_reason(VCMD_get_iattr, errno),
			      "keep guests on ext4, XFS, btrfs or tmpfs");
		return;
	}
	text = xprintf("%s: %s, %s", base, (mask & unify) == unify ? "files can be unified" :
		       "files cannot be unified", mask & VS_IATTR_TAG ? "has tags and disk limits" :
		       "not mounted with tag, so no disk limits");
	point((mask & unify) == unify ? GOOD : POOR, "file system", text,
	      "keep guests on ext4, XFS, btrfs or tmpfs to share files among them");
	free(text);
	if (!(mask & VS_IATTR_BARRIER))
		point(POOR, "barrier", "the file system has none", "keep guests on ext4, XFS, btrfs or tmpfs");
	else if (flags & VS_IATTR_BARRIER)
		point(GOOD, "barrier", "no task of a guest gets out through the directory of the guests", NULL);
	if ((mask & ~flags) & VS_IATTR_BARRIER) {
		text = xprintf("setattr --barrier %s", base);
		point(POOR, "barrier", "none: a task that leaves its root is only held by its mounts", text);
		free(text);
	}
}

/* Whether the file is as the line wants it; what is not there is fine. */
static bool as_listed(const char *line)
{
	bool hide = *line && strchr("-:~!", *line);
	const char *path = line + (*line && strchr("+-:~!>", *line) ? 1 : 0);
	uint32_t flags = 0, mask = 0;
	char *copy;
	bool same;

	path += strspn(path, " \t");
	copy = xstrdup(path);
	/* Of a directory with all below, the directory itself stands for the rest. */
	if (strlen(copy) > 1 && copy[strlen(copy) - 1] == '/')
		copy[strlen(copy) - 1] = 0;
	same = vc_get_iattr(copy, NULL, &flags, &mask) || !(mask & VS_IATTR_HIDE) || *line == '>' ||
	       !(flags & VS_IATTR_HIDE) == !hide;
	free(copy);
	return same;
}

void doctor_list(void)
{
	char *own = xprintf("%s/" LIST, conf_defaults()), *dir, *text, *wrong = xstrdup(""), *remedy;
	const char *file = access(own, F_OK) ? SHIPPED : LIST;
	unsigned int i, n, bad = 0;
	struct vc_error err;
	char **lines;
	int count;

	dir = strcmp(file, LIST) ? xprintf("%s/defaults", package_dir()) : xstrdup(conf_defaults());
	count = vc_cfg_lines(dir, file, &lines, &err);
	n = count < 0 ? 0 : count;
	for (i = 0; i < n; i++) {
		if (as_listed(lines[i]))
			continue;
		bad++;
		if (bad <= 3)
			wrong = listed(wrong, lines[i]);
	}
	remedy = xprintf("%s/vprocunhide", package_dir());
	if (count < 0) {
		point(POOR, "list of /proc", err.text, "make install brings one");
	} else if (bad) {
		text = xprintf("%u of %u lines of %s/%s do not hold: %s%s", bad, n, dir, file, wrong,
			       bad > 3 ? ", ..." : "");
		point(POOR, "list of /proc", text, remedy);
		free(text);
	} else {
		text = xprintf("guests find what %s/%s says", dir, file);
		point(GOOD, "list of /proc", text, NULL);
		free(text);
	}
	for (i = 0; i < n; i++)
		free(lines[i]);
	if (count >= 0)
		free(lines);
	free(remedy);
	free(wrong);
	free(own);
	free(dir);
}
