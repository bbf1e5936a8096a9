/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_RLIMITS_H
#define VSERVER_RLIMITS_H

#include <vserver.h>

/*
 * Sets the limits of context @xid as the guest's directory rlimits/ says. One
 * that the kernel does not enforce is a warning. 0, or -1 with a message.
 */
int rlimits_apply(const struct vc_guest *guest, xid_t xid);

#endif
