/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_CONFIG_H
#define VSERVER_CONFIG_H

#include <vserver.h>

#include "util.h"

/*
 * Applies @change to a copy of the guest's configuration, reads the copy as start
 * would, and puts it in the place of the old one, or with a message printed leaves
 * all as it was. Returns an exit code.
 */
typedef int (*config_change_fn)(const struct vc_guest *guest, const char *tree, void *arg);
int config_change(struct vc_guest *guest, config_change_fn change, void *arg);

/* One file of such a copy written or removed. 0, or -1 with a message printed. */
int config_write(const struct vc_guest *guest, const char *tree, const char *key, const char *text,
		 mode_t mode);
int config_remove(const struct vc_guest *guest, const char *tree, const char *key);

/* The value of a setting, the text of one with several, the target of a link; null and errno. malloc'ed. */
char *config_read(const struct vc_guest *guest, const char *key);

int config_list(struct vc_guest *guest, int argc, char **argv);
int config_show(struct vc_guest *guest, int argc, char **argv);
int config_effective(struct vc_guest *guest, bool json);
int config_edit(struct vc_guest *guest, int argc, char **argv);

#endif
