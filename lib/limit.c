// SPDX-License-Identifier: GPL-2.0
/* Limits and biases of a context: one function per command, and their names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

int vc_get_rlimit(xid_t xid, int resource, struct vc_rlimit *lim)
{
	struct vcmd_ctx_rlimit_v0 data = { .id = resource };

	if (vc_syscall(VCMD_get_rlimit, xid, &data) < 0)
		return -1;
	lim->min = data.minimum;
	lim->soft = data.softlimit;
	lim->hard = data.maximum;
	return 0;
}

int vc_set_rlimit(xid_t xid, int resource, const struct vc_rlimit *lim)
{
	struct vcmd_ctx_rlimit_v0 data = {
		.id = resource, .minimum = lim->min, .softlimit = lim->soft, .maximum = lim->hard,
	};

	return (int)vc_syscall(VCMD_set_rlimit, xid, &data);
}

int vc_get_rlimit_mask(xid_t xid, struct vc_rlimit_mask *mask)
{
	struct vcmd_ctx_rlimit_mask_v0 data = { 0 };

	if (vc_syscall(VCMD_get_rlimit_mask, xid, &data) < 0)
		return -1;
	mask->min = data.minimum;
	mask->soft = data.softlimit;
	mask->hard = data.maximum;
	return 0;
}

int vc_rlimit_stat(xid_t xid, int resource, struct vc_rlimit_stat *stat)
{
	struct vcmd_rlimit_stat_v0 data = { .id = resource };

	if (vc_syscall(VCMD_rlimit_stat, xid, &data) < 0)
		return -1;
	stat->hits = data.hits;
	stat->value = data.value;
	stat->minimum = data.minimum;
	stat->maximum = data.maximum;
	return 0;
}

int vc_reset_minmax(xid_t xid)
{
	return (int)vc_syscall(VCMD_reset_minmax, xid, NULL);
}

int vc_get_badness(xid_t xid, int64_t *badness)
{
	struct vcmd_badness_v0 data = { 0 };

	if (vc_syscall(VCMD_get_badness, xid, &data) < 0)
		return -1;
	*badness = data.bias;
	return 0;
}

int vc_set_badness(xid_t xid, int64_t badness)
{
	struct vcmd_badness_v0 data = { .bias = badness };

	return (int)vc_syscall(VCMD_set_badness, xid, &data);
}

bool vc_parseLimit(const char *str, vc_limit_t *res)
{
	static const struct { char letter; uint64_t factor; } units[] = {
		{ 'k', 1000 }, { 'm', 1000000 }, { 'K', 1024 }, { 'M', 1048576 },
	};
	uint64_t value, factor = 1;
	char *end;
	size_t i;

	if (!strncmp(str, "inf", 3)) {
		value = VC_LIM_INFINITY;
		end = (char *)str + 3;
	} else {
		if (*str < '0' || *str > '9')
			return false;
		errno = 0;
		value = strtoull(str, &end, 0);
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (*end == units[i].letter) {
				factor = units[i].factor;
				end++;
				break;
			}
		/* What would be taken for "infinite" or "keep" is no number. */
		if (errno || value > (VC_LIM_KEEP - 1) / factor)
			return false;
	}
	if (*end == '\n')
		end++;
	if (*end)
		return false;
	*res = value * factor;
	return true;
}

static const char *const names[VXL_NR] = {
	"cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as",
	"locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime", "nsock", "openfd", "anon",
	"shmem", "semary", "nsems", "dentry", "mapped",
};

int vc_limit_id(const char *name)
{
	char *end;
	long id;
	int i;

	for (i = 0; i < VXL_NR; i++)
		if (!strcasecmp(name, names[i]))
			return i;
	if (*name < '0' || *name > '9')
		return -1;
	id = strtol(name, &end, 0);
	return *end || id >= VXL_NR ? -1 : (int)id;
}

const char *vc_limit_name(int id)
{
	return id >= 0 && id < VXL_NR ? names[id] : NULL;
}
