/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_COMPAT_H
#define _UAPI_VSERVER_COMPAT_H

#include <linux/types.h>
#include <vserver/command.h>

/*
 * The two oldest calls, from which the names chcontext and chbind come, for
 * programs of that time. Host only (EPERM).
 */

/*
 * Move the caller into context @id, which is created, without set-up, if it
 * does not exist; then take @remove_cap, a mask of the first 32 capabilities,
 * from its bounding word and add @flags, the lowest 8 bits of VXF_. With
 * VXF_INFO_INIT the caller becomes the init of a context that has none.
 * Id 1 makes the caller a spectator. With VS_ID_SELF the caller stays and
 * itself loses the capabilities for good; @flags must be 0 then.
 * Returns the number. EINVAL other ids: there are no dynamic ones; flags
 * beyond the lowest 8 bits. EACCES the context is private or may not be
 * administered any more; EFAULT, ENOMEM.
 */
#define VCMD_new_s_context	VS_CMD(VS_CAT_COMPAT, 1, 1)

struct vcmd_new_s_context_v1 {
	__u32	remove_cap;
	__u32	flags;
};

/*
 * Move the caller into a new network context with @id (0 to 16) addresses,
 * all in network byte order. It gets a free number from 49152 up.
 * Returns the number. EINVAL too many addresses, EEXIST the same one twice,
 * EAGAIN no number is free, ENOMEM. The caller stays where it was then.
 */
#define VCMD_set_ipv4root	VS_CMD(VS_CAT_COMPAT, 2, 3)

#define VS_IPV4ROOT_MAX		16

struct vcmd_set_ipv4root_v3 {
	__be32	broadcast;
	struct {
		__be32	ip;
		__be32	mask;
	} pair[VS_IPV4ROOT_MAX];
};

/* The first number that contexts without a number of their own get. */
#define VS_ID_DYNAMIC		49152

#endif /* _UAPI_VSERVER_COMPAT_H */
