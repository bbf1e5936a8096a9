/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_SPACE_H
#define _UAPI_VSERVER_SPACE_H

#include <linux/types.h>
#include <vserver/command.h>

/*
 * Spaces. Every context stores two sets of namespaces, index 0 and 1; a bit
 * of the mask is the CLONE_ flag of a namespace, or CLONE_FS for root,
 * working directory and umask.
 *
 * set_space stores the caller's for the bits in the mask (0: all but user,
 * cgroup and time). EINVAL unknown bit or index, ENOMEM.
 *
 * enter_space replaces the caller's by the stored ones (0: all that were
 * stored). EACCES the context is private; EINVAL nothing stored, a bit that
 * was never stored, or index; ENOMEM.
 *
 * CLONE_NEWPID concerns the children of the caller, as everywhere. With
 * CLONE_NEWUSER the caller's credentials are stored, and the one who enters
 * takes them on: user, groups, capabilities, user namespace; not the contexts.
 * Who has entered a user namespace cannot call vserver(2) any more; VXM_USER
 * of ctx_migrate does both at once. CLONE_NEWUSER, for threads and those who
 * share their root with others, gives EINVAL, CLONE_NEWTIME EUSERS.
 */
#define VCMD_enter_space_v0	VS_CMD(VS_CAT_PROCALT, 1, 0)
#define VCMD_enter_space_v1	VS_CMD(VS_CAT_PROCALT, 1, 1)
#define VCMD_enter_space	VS_CMD(VS_CAT_PROCALT, 1, 2)
#define VCMD_set_space_v1	VS_CMD(VS_CAT_PROCALT, 3, 1)
#define VCMD_set_space		VS_CMD(VS_CAT_PROCALT, 3, 2)

/*
 * What the tools of the time can store: v0 without, v1 with pid and net; the
 * default. CLONE_NEWCGROUP and CLONE_NEWTIME are younger and in none of them.
 */
#define VCMD_get_space_mask_v0	VS_CMD(VS_CAT_PROCALT, 4, 0)
#define VCMD_get_space_mask	VS_CMD(VS_CAT_VSPACE, 0, 1)
#define VCMD_get_space_default	VS_CMD(VS_CAT_VSPACE, 1, 0)

struct vcmd_space_mask_v1 {
	__u64	mask;
};

struct vcmd_space_mask_v2 {
	__u64	mask;
	__u32	index;
};

/* Bytes of vcmd_space_mask_v2 that are read; its size differs between ABIs. */
#define VS_SPACE_MASK_V2_SIZE	12

#define VS_SPACES		2

#endif /* _UAPI_VSERVER_SPACE_H */
