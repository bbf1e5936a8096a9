/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_HOSTDEV_H
#define VSERVER_HOSTDEV_H

#include <netlink/netlink.h>

#include "conf.h"

/* Devices that a guest's configuration asks for: VLANs, tun and tap, links into its network namespace. */

/* Makes @iface->dev in the caller's network. 1 made, 0 it is there already, -1 with a message printed. */
int hostdev_make(const struct vc_guest *guest, struct nl_sock *sock, const struct iface_conf *iface);

/* Removes a device. 0 (also when there is none), -1 with a message printed. */
int hostdev_remove(const struct vc_guest *guest, struct nl_sock *sock, const char *dev);

/* Gives the tun or tap device of @iface to network context @nid. 0 or -1. */
int hostdev_give(const struct vc_guest *guest, const struct iface_conf *iface, nid_t nid);

/* Makes a link whose one end is in network namespace @nsfd. 0 or -1. */
int hostdev_link(const struct vc_guest *guest, struct nl_sock *sock, const struct link_conf *l, int nsfd);

/* Brings @dev up unless it is. 0, or -1 and errno. */
int hostdev_up(const char *dev);

#endif
