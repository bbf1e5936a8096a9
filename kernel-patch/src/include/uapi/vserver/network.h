/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_NETWORK_H
#define _UAPI_VSERVER_NETWORK_H

#include <linux/types.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <vserver/command.h>

/*
 * Network contexts: a set of addresses on the shared stack. The first
 * address of a family is the default source.
 */

/*
 * Create network context @id (2..65535) and move the caller into it; @data
 * may be null (default flags). Returns the nid; errors as for ctx_create.
 */
#define VCMD_net_create_v0	VS_CMD(VS_CAT_VNET, 1, 0)
#define VCMD_net_create		VS_CMD(VS_CAT_VNET, 1, 1)

struct vcmd_net_create {
	__u64	flagword;
};

/* As ctx_migrate; id 1 makes the caller a spectator of all sockets. */
#define VCMD_net_migrate	VS_CMD(VS_CAT_NETMIG, 1, 0)

/*
 * Addresses. ADDR is one address (mask: its network), MASK every address
 * whose masked value equals @ip, RANGE every address from @ip to @ip2
 * inclusive. ADDR|BCAST sets the broadcast, ADDR|LBACK the loopback address.
 * ANY, in the remove commands, clears the family.
 * EEXIST the same entry exists, ESRCH no such entry, EINVAL type,
 * ENOSYS the kernel has no IPv6.
 */
#define VCMD_net_add		VS_CMD(VS_CAT_NETALT, 1, 0)
#define VCMD_net_add_ipv4_v1	VS_CMD(VS_CAT_NETALT, 1, 1)
#define VCMD_net_add_ipv4	VS_CMD(VS_CAT_NETALT, 1, 2)
#define VCMD_net_remove		VS_CMD(VS_CAT_NETALT, 2, 0)
#define VCMD_net_rem_ipv4_v1	VS_CMD(VS_CAT_NETALT, 2, 1)
#define VCMD_net_rem_ipv4	VS_CMD(VS_CAT_NETALT, 2, 2)
#define VCMD_net_add_ipv6	VS_CMD(VS_CAT_NETALT, 3, 1)
#define VCMD_net_remove_ipv6	VS_CMD(VS_CAT_NETALT, 4, 1)

#define NXA_TYPE_IPV4		0x0001
#define NXA_TYPE_IPV6		0x0002
#define NXA_TYPE_ADDR		0x0010
#define NXA_TYPE_MASK		0x0020
#define NXA_TYPE_RANGE		0x0040
#define NXA_TYPE_ANY		0x00ff
#define NXA_MOD_BCAST		0x0100
#define NXA_MOD_LBACK		0x0200

struct vcmd_net_addr_v0 {
	__u16		type;
	__u16		count;
	struct in_addr	ip[4];
	struct in_addr	mask[4];
};

struct vcmd_net_addr_ipv4_v1 {
	__u16		type;
	__u16		flags;
	struct in_addr	ip;
	struct in_addr	mask;
};

struct vcmd_net_addr_ipv4_v2 {
	__u16		type;
	__u16		flags;
	struct in_addr	ip;
	struct in_addr	ip2;
	struct in_addr	mask;
};

struct vcmd_net_addr_ipv6_v1 {
	__u16		type;
	__u16		flags;
	__u32		prefix;
	struct in6_addr	ip;
	struct in6_addr	mask;
};

/* @id is a pid of the initial pid namespace, 0 the caller; returns the number. */
#define VCMD_task_nid		VS_CMD(VS_CAT_VINFO, 2, 0)

#define VCMD_nx_info		VS_CMD(VS_CAT_VINFO, 6, 0)

struct vcmd_nx_info_v0 {
	__u32	nid;
};

#define VCMD_get_nflags		VS_CMD(VS_CAT_FLAGS, 5, 0)
#define VCMD_set_nflags		VS_CMD(VS_CAT_FLAGS, 6, 0)
#define VCMD_get_ncaps		VS_CMD(VS_CAT_FLAGS, 7, 0)
#define VCMD_set_ncaps		VS_CMD(VS_CAT_FLAGS, 8, 0)

struct vcmd_net_flags_v0 {
	__u64	flagword;
	__u64	mask;
};

struct vcmd_net_caps_v0 {
	__u64	ncaps;
	__u64	cmask;
};

#define NXF_INFO_LOCK		(1ULL << 0)
#define NXF_INFO_PRIVATE	(1ULL << 3)	/* nobody migrates in */
#define NXF_SINGLE_IP		(1ULL << 8)	/* wildcard means the first address */
#define NXF_LBACK_REMAP		(1ULL << 9)	/* own loopback behind 127.0.0.1 and ::1 */
#define NXF_LBACK_ALLOW		(1ULL << 10)	/* may talk to the host's loopback */
#define NXF_HIDE_NETIF		(1ULL << 25)	/* foreign interfaces are hidden */
#define NXF_HIDE_LBACK		(1ULL << 26)	/* own loopback is shown as 127.0.0.1 */
#define NXF_STATE_SETUP		(1ULL << 32)	/* one-time */
#define NXF_STATE_ADMIN		(1ULL << 34)	/* one-time */
#define NXF_SC_HELPER		(1ULL << 36)
#define NXF_PERSISTENT		(1ULL << 38)

#define NXF_ONE_TIME		(NXF_STATE_SETUP | NXF_STATE_ADMIN)

#define NXC_TUN_CREATE		(1ULL << 0)	/* NET_ADMIN */
#define NXC_RAW_ICMP		(1ULL << 8)	/* NET_RAW */
#define NXC_MULTICAST		(1ULL << 12)	/* bind to multicast addresses */

#endif /* _UAPI_VSERVER_NETWORK_H */
