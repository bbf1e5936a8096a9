// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "ctxname.h"

char *ctx_name(xid_t xid, char **dir)
{
	char mark[VHI_SIZE], *path, *name = NULL;

	path = vc_getVserverByCtx(xid, NULL, NULL);
	if (path) {
		/* A name that cannot be read is not worth failing for. */
		vc_cfg_scalar(path, "name", &name, NULL);
		if (!name)
			name = strdup(strrchr(path, '/') + 1);
	} else if (!vc_get_vhi_name(xid, vcVHI_CONTEXT, mark, sizeof(mark)) && *mark) {
		name = strdup(mark);
	}
	if (dir)
		*dir = path;
	else
		free(path);
	return name;
}
