/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_LSM_H
#define _VSERVER_LSM_H

/* Parts of the security module that live beside what they decide about. */

#include <linux/init.h>
#include <linux/lsm_hooks.h>

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
void __init vs_ipc_lsm_init(void);
void __init vs_owner_lsm_init(void);

#endif /* _VSERVER_LSM_H */
