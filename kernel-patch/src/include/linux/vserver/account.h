/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_ACCOUNT_H
#define _LINUX_VSERVER_ACCOUNT_H

/*
 * What users may have, counted per user and context. Macros when off.
 *
 * struct ucounts and struct user_struct belong to a user of one context; both
 * name it in vx_info and hold a reference. NULL stands for host and spectator.
 */

#include <linux/cred.h>
#include <linux/sched/user.h>
#include <linux/user_namespace.h>

#ifdef CONFIG_VSERVER

struct vx_info *vs_account(void);
struct vx_info *vs_account_get(void);
void vs_account_put(struct vx_info *vx);
int vs_account_move(struct cred *new);
struct ucounts *vs_inc_ucount(struct ucounts *ucounts, enum ucount_type type);

/* Does the account @obj belong to the context of the caller's credentials? */
#define vs_account_is(obj)	((obj)->vx_info == vs_account())
/* A new account @obj, which is about to be found by others. */
#define vs_account_set(obj)	do { (obj)->vx_info = vs_account_get(); } while (0)
/* @obj is about to be freed. */
#define vs_account_clear(obj)	vs_account_put((obj)->vx_info)
/* Is @user root, of the host or of a guest? */
#define vs_root_user(user)	uid_eq((user)->uid, GLOBAL_ROOT_UID)

#else

#define vs_account_is(obj)		true
#define vs_account_set(obj)		do { } while (0)
#define vs_account_clear(obj)		do { } while (0)
#define vs_root_user(user)		((user) == INIT_USER)
#define vs_inc_ucount(ucounts, type)	inc_ucount((ucounts)->ns, (ucounts)->uid, type)

#endif

#endif /* _LINUX_VSERVER_ACCOUNT_H */
