/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_SCRIPTS_H
#define VSERVER_SCRIPTS_H

#include <stdbool.h>
#include <vserver.h>

/* True for what package managers, editors and this program leave behind. */
bool script_ignored(const char *name);

/*
 * Runs the administrator's scripts of @flavor (initialize, prepre-start,
 * pre-start, post-start, pre-stop, post-stop, postpost-stop): the guest's
 * scripts/FLAVOR and files of scripts/FLAVOR.d, or if there are none the common ones.
 * Each gets the arguments FLAVOR NAME and starts in @cwd. Returns 0, or -1
 * with a message printed at the first that fails.
 */
int scripts_run(const struct vc_guest *guest, const char *flavor, const char *cwd);

/* False when no directory for scripts is there, neither the guest's nor the common one. */
bool scripts_any(const struct vc_guest *guest);

#endif
