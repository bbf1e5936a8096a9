/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_DLIMITS_H
#define VSERVER_DLIMITS_H

#include "conf.h"

/*
 * Makes the disk limits that the guest's directory dlimits/ asks for, of the
 * tag @conf->tag. What is used is counted anew, unless project quota knows it.
 * 0, or -1 with a message and no limit left.
 */
int dlimits_up(const struct vc_guest *guest, const struct guest_conf *conf);

/* Removes them; one that is not there is no failure. */
int dlimits_down(const struct vc_guest *guest, const struct guest_conf *conf);

/* For checks: 0, or -1 with a message for each mistake. */
int dlimits_check(const struct vc_guest *guest);

#endif
