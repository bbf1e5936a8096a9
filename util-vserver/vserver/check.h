/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CHECK_H
#define VSERVER_CHECK_H

#include <vserver.h>

#include "util.h"

/* What was found out about a configuration: sentences that begin with FILE:LINE where they can. */
struct findings {
	struct strlist	errors, warnings;
};

/* Looks at everything that @guest's configuration says and what it refers to. */
void check_guest(const struct vc_guest *guest, struct findings *found);

/* Reads the configuration as start does, and no more. */
void check_read(const struct vc_guest *guest, struct findings *found);
void findings_free(struct findings *found);

#endif
