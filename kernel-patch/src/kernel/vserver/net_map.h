/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_NET_MAP_H
#define _VSERVER_NET_MAP_H

#include <linux/types.h>

struct in6_addr;
struct nx_info;

/* net_sock.c: what the addresses that a program names mean in its context */
int nx_map_bind4(const struct nx_info *nx, __be32 *addr);
int nx_map_bind6(const struct nx_info *nx, struct in6_addr *addr);
int nx_map_dest4(const struct nx_info *nx, __be32 *addr);
int nx_map_dest6(const struct nx_info *nx, struct in6_addr *addr);

#endif /* _VSERVER_NET_MAP_H */
