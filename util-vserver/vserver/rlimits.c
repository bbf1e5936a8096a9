// SPDX-License-Identifier: GPL-2.0
/* rlimits/: what all tasks of a guest together may have. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf.h"
#include "rlimits.h"
#include "util.h"

/* RES.soft and RES.hard are stronger than RES; the kernel has no minimum. */
static const char * const suffixes[] = { "", ".min", ".soft", ".hard" };

static int take(const struct vc_guest *guest, int id, const char *suffix, struct vc_rlimit *lim)
{
	struct vc_error err;
	vc_limit_t value;
	char file[64], *text;
	int rc;

	snprintf(file, sizeof(file), "rlimits/%s%s", vc_limit_name(id), suffix);
	rc = vc_cfg_scalar(guest->dir, file, &text, &err);
	if (rc < 0)
		return failed(guest->name, "%s", err.text);
	if (!rc)
		return 0;
	if (!vc_parseLimit(text, &value)) {
		failed(guest->name,
		       "%s/%s:%d: '%s' is neither inf nor a number with k, m, K or M",
		       guest->dir, file, conf_line_of(guest->dir, file), text);
		free(text);
		return -1;
	}
	free(text);
	if (!suffix[0] || suffix[1] == 'm')
		lim->min = value;
	if (!suffix[0] || suffix[1] == 's')
		lim->soft = value;
	if (!suffix[0] || suffix[1] == 'h')
		lim->hard = value;
	return 0;
}

static int apply(const struct vc_guest *guest, xid_t xid, int id)
{
	struct vc_rlimit lim = { VC_LIM_KEEP, VC_LIM_KEEP, VC_LIM_KEEP };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (take(guest, id, suffixes[i], &lim))
			return -1;
	if (lim.soft == VC_LIM_KEEP && lim.hard == VC_LIM_KEEP)
		return 0;
	if (!vc_set_rlimit(xid, id, &lim))
		return 0;
	if (errno == EINVAL)
		return caution(guest->name, "%s/rlimits/%s: this kernel does not enforce that limit",
			       guest->dir, vc_limit_name(id));
	return failed(guest->name, "cannot set the limit %s: %s", vc_limit_name(id),
		      vc_reason(VCMD_set_rlimit, errno));
}

int rlimits_apply(const struct vc_guest *guest, xid_t xid)
{
	int id;

	if (!conf_exists(guest, "rlimits"))
		return 0;
	for (id = 0; vc_limit_name(id); id++)
		if (apply(guest, xid, id))
			return -1;
	return 0;
}
