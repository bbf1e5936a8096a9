/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_LSM_H
#define _VSERVER_LSM_H

/* Parts of the security module that live beside what they decide about. */

#include <linux/capability.h>
#include <linux/init.h>
#include <linux/lsm_hooks.h>
#include <linux/vserver/context.h>

struct file;
struct fown_struct;
struct kernel_siginfo;
struct task_struct;

extern struct lsm_blob_sizes vs_blob_sizes;

#ifdef CONFIG_KEYS
void __init vs_key_lsm_init(void);
#else
static inline void vs_key_lsm_init(void) { }
#endif
#ifdef CONFIG_PERF_EVENTS
void __init vs_perf_lsm_init(void);
#else
static inline void vs_perf_lsm_init(void) { }
#endif
void __init vs_ipc_lsm_init(void);
void __init vs_owner_lsm_init(void);
void __init vs_tag_lsm_init(void);

/*
 * Never in a guest, whatever its bounding word says: they act on the one
 * kernel that all share. Bits from 32 up are left on by tools that count in 32
 * bits, and several of them read or write kernel memory.
 */
static inline bool never_in_guest(int cap)
{
	return cap >= 32 || cap == CAP_SYS_MODULE || cap == CAP_SYS_BOOT || cap == CAP_SYS_PACCT;
}

/* Does the bounding word of @vx leave @cap to its tasks? */
static inline bool vs_cap_bound(const struct vx_info *vx, int cap)
{
	return !vx_confined(vx) ||
	       (!never_in_guest(cap) && (READ_ONCE(vx->bcaps) & BIT_ULL(cap)));
}

#endif /* _VSERVER_LSM_H */
