/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_UNIFY_PLACE_H
#define VS_UNIFY_PLACE_H

/* A tree of files and what is left alone in it: a guest's, or one given by hand. */

#include <sys/types.h>
#include <vserver.h>

#include "exclude.h"

struct place {
	struct vc_guest	*guest;		/* null: by hand */
	char		*path;		/* of the root directory, physical */
	int		fd;
	dev_t		dev;
	ino_t		ino;
	struct exclude	exclude;
};

/* The guest @id with its exclude list, or the tree @path with the list in @exclude (null: none). Fail by exiting. */
void place_guest(struct place *p, const char *id);
void place_manual(struct place *p, const char *path, const char *exclude);

/* The first that exists (malloc'ed): apps/vunify/@what of the guest (if any), of the defaults; else null. */
char *place_setting(const struct vc_guest *guest, const char *what);

/* Fails when @path, physical, lies inside of the tree. */
void place_outside(const struct place *p, const char *path, const char *what);

#endif
