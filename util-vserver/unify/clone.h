/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_CLONE_H
#define VS_UNIFY_CLONE_H

/*
 * A tree made from another one. What is unified already is linked; with @unify whatever may be is unified first;
 * all else is copied. A new tree is made beside its place and gets its name when it is complete and on the disk,
 * so that a power cut leaves all of it or a hidden directory that the next run removes. In a directory that is not
 * empty what is there is kept, and each copy is on the disk before it has its name.
 */

#include <vserver.h>

#include "place.h"

struct clone {
	struct place	*from;
	const char	*to;		/* absolute */
	xid_t		xid;		/* tag of what is made; VC_NOCTX: none */
	bool		unify;
};

/* 0, or -1 with messages printed and a new tree removed. */
int clone_tree(const struct clone *c);

#endif
