/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_NETSPACE_H
#define VSERVER_NETSPACE_H

#include "conf.h"

/*
 * The network namespace of a guest, as ip-netns(8) names them: /run/netns/NAME.
 * netspace_up() makes it with its links; 0, or -1 with a message printed and nothing left.
 * netspace_down() removes what the last start has noted down; 0 or -1.
 */
int netspace_up(const struct vc_guest *guest, const struct guest_conf *conf);
int netspace_down(const struct vc_guest *guest);

/* The caller enters it, or that of another context. 0, or -1 with a message printed. */
int netspace_enter(const struct vc_guest *guest, const struct guest_conf *conf);

/* Inside: the loopback device, the links and the addresses. 0 or -1. */
int netspace_configure(const struct vc_guest *guest, const struct guest_conf *conf);

#endif
