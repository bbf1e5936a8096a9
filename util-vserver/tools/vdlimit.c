// SPDX-License-Identifier: GPL-2.0
/* vdlimit: disk limits of tags. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "out.h"
#include "prog.h"

#define STATUS_DIR	1

enum { OPT_XID = 1, OPT_FLAGS, OPT_SET, OPT_REMOVE, OPT_JSON };

static const struct opt opts[] = {
	{ "xid", 'x', OPT_XID, "ID", "the tag: number or running guest" },
	{ "set", 's', OPT_SET, "KEY=VALUE", "set a value; a limit that is not there is made" },
	{ "remove", 'd', OPT_REMOVE, NULL, "remove the limit" },
	{ "flags", 'f', OPT_FLAGS, "N", NULL },
	{ "json", 0, OPT_JSON, NULL, "machine-readable" },
	{ 0 }
};

static const char *const usage[] = {
	"--xid ID [--json] DIR...",
	"--xid ID --set KEY=VALUE... DIR...",
	"--xid ID --remove DIR...",
	NULL
};

static const struct prog prog = {
	.name = "vdlimit",
	.summary = "Show, set or remove the disk limit of a tag on the file system of a directory.",
	.usage = usage,
	.opts = opts,
	.notes =
"KEY is space_used or space_total (KiB), inodes_used, inodes_total, or reserved (percent of the\n"
"space); -1 is no limit. What is not given stays; a new limit has no limits and 5 percent\n"
"reserved. Where project quota is on it knows what is used; elsewhere tell it when the limit is\n"
"made, as vdu counts it.\n"
"Exit status: 0; 1 some directory failed; 255 wrong usage.\n",
	.error = 255,
};

static const char *const keys[] = {
	"space_used", "space_total", "inodes_used", "inodes_total", "reserved",
};

#define KEYS	(sizeof(keys) / sizeof(keys[0]))

static uint32_t *value_of(struct vc_ctx_dlimit *limit, size_t key)
{
	uint32_t *const at[] = { &limit->space_used, &limit->space_total, &limit->inodes_used,
				 &limit->inodes_total, &limit->reserved };

	return at[key];
}

static void take(struct vc_ctx_dlimit *limit, const char *text)
{
	size_t i, len = strcspn(text, "=");
	int64_t number;

	if (!text[len])
		fail("'%s' lacks '=': KEY=VALUE is expected", text);
	for (i = 0; i < KEYS; i++)
		if (strlen(keys[i]) == len && !strncmp(keys[i], text, len))
			break;
	if (i == KEYS)
		fail("unknown key '%.*s'; known are space_used, space_total, inodes_used, inodes_total, reserved",
		     len > 40 ? 40 : (int)len, text);
	if (i == KEYS - 1)
		number = arg_number(keys[i], text + len + 1, 0, 100);
	else
		number = arg_number(keys[i], text + len + 1, i % 2 ? -1 : 0, VC_CDLIM_KEEP - 1);
	*value_of(limit, i) = number;
}

static bool show(const char *dir, xid_t tag)
{
	struct vc_ctx_dlimit limit;
	uint32_t value;
	size_t i;

	if (vc_get_dlimit(dir, tag, 0, &limit) < 0) {
		complain("cannot read the limit of %u on %s: %s", tag, dir, vc_reason(VCMD_get_dlimit, errno));
		return false;
	}
	out_open(NULL);
	out_text("%u %s\n", tag, dir);
	out_u64("tag", NULL, tag);
	out_str("directory", NULL, dir);
	for (i = 0; i < KEYS; i++) {
		value = *value_of(&limit, i);
		out_text("%s=", keys[i]);
		out_i64(keys[i], "%" PRId64 "\n", value == VC_CDLIM_INFINITY ? -1 : (int64_t)value);
	}
	out_close();
	return true;
}

/* Files get tags only where the mount says so; a limit elsewhere binds nobody. */
static void look(const char *dir)
{
	uint32_t flags = 0, mask = VS_IATTR_TAG;

	if (vc_get_iattr(dir, NULL, &flags, &mask) < 0 || !(mask & VS_IATTR_TAG))
		complain("warning: the file system of %s is not mounted with the option tag", dir);
}

static bool set(const char *dir, xid_t tag, const struct vc_ctx_dlimit *values)
{
	struct vc_ctx_dlimit limit = *values, old;
	bool added = false;
	size_t i;
	int code;

	if (vc_get_dlimit(dir, tag, 0, &old) < 0) {
		if (errno != ESRCH || vc_add_dlimit(dir, tag, 0) < 0) {
			complain("cannot make a limit of %u on %s: %s", tag, dir,
				 vc_reason(VCMD_add_dlimit, errno));
			return false;
		}
		added = true;
		old = (struct vc_ctx_dlimit){ 0, VC_CDLIM_INFINITY, 0, VC_CDLIM_INFINITY, 5 };
		for (i = 0; i < KEYS; i++)
			if (*value_of(&limit, i) == VC_CDLIM_KEEP)
				*value_of(&limit, i) = *value_of(&old, i);
		look(dir);
	}
	if (!vc_set_dlimit(dir, tag, 0, &limit))
		return true;
	code = errno;
	if (added)
		vc_rem_dlimit(dir, tag, 0);
	complain("cannot set the limit of %u on %s: %s", tag, dir, vc_reason(VCMD_set_dlimit, code));
	return false;
}

int main(int argc, char **argv)
{
	struct vc_ctx_dlimit values = { VC_CDLIM_KEEP, VC_CDLIM_KEEP, VC_CDLIM_KEEP, VC_CDLIM_KEEP,
					VC_CDLIM_KEEP };
	bool ok = true, setting = false, removing = false, json = false;
	const char *arg, *id_text = NULL;
	char **dirs;
	xid_t tag;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_XID:
			id_text = arg;
			break;
		case OPT_SET:
			take(&values, arg);
			setting = true;
			break;
		case OPT_REMOVE:
			removing = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	dirs = opt_rest();
	if (!id_text)
		fail_usage("no --xid given");
	if (setting && removing)
		fail_usage("--set and --remove exclude each other");
	if (!*dirs)
		fail_usage("no directory given");
	tag = arg_xid(id_text, true);
	if (tag == VC_DYNAMIC_XID)
		fail("the tag must be a number from 0 to %u", VS_ID_MAX);
	if (!setting && !removing)
		out_start(json, true);
	for (; *dirs; dirs++) {
		if (setting) {
			ok &= set(*dirs, tag, &values);
		} else if (!removing) {
			ok &= show(*dirs, tag);
		} else if (vc_rem_dlimit(*dirs, tag, 0) < 0) {
			complain("cannot remove the limit of %u on %s: %s", tag, *dirs,
				 vc_reason(VCMD_rem_dlimit, errno));
			ok = false;
		}
	}
	if (!setting && !removing)
		out_finish(STATUS_DIR);
	return ok ? 0 : STATUS_DIR;
}
