/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_HOSTNET_H
#define VSERVER_HOSTNET_H

#include <netlink/netlink.h>

#include "conf.h"

/*
 * Addresses of a guest on the host's interfaces. One that is already there is
 * left alone and not removed later, unless another running guest brought it:
 * then the last of them removes it.
 *
 * hostnet_up() adds all or, with a message printed, none: 0 or -1.
 */
int hostnet_up(const struct vc_guest *guest, const struct guest_conf *conf);

/* One more address of a running guest, and one less (as text, without length). 0 or -1. */
int hostnet_add(const struct vc_guest *guest, const struct iface_conf *iface);
int hostnet_remove(const struct vc_guest *guest, const char *address);

/* All addresses in a network namespace that the caller has entered and that goes with the guest. 0 or -1. */
int hostnet_inside(const struct vc_guest *guest, const struct guest_conf *conf);

/* A socket to the network stack of the caller's namespace. 0, or -1 with a message printed. */
int hostnet_connect(const char *guest, struct nl_sock **sock);

/* Removes what hostnet_up() of this guest noted down. 0, or -1 with messages printed. */
int hostnet_down(const struct vc_guest *guest);

#endif
