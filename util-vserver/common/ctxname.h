/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_CTXNAME_H
#define VS_CTXNAME_H

#include <vserver.h>

/*
 * What to call a context: the name of the guest that runs there; of another
 * context the name it carries; null when it carries none or is gone. *@dir
 * (if wanted) becomes the guest's configuration directory or null. Both are
 * malloc'ed.
 */
char *ctx_name(xid_t xid, char **dir);

#endif /* VS_CTXNAME_H */
