/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_CAP_H
#define _LINUX_VSERVER_CAP_H

/*
 * Context capabilities: the bounding word of a guest keeps a capability back,
 * a context capability gives out one use of it. The plain macros, when off,
 * are the tests that stood there before.
 */

#include <linux/capability.h>
#include <linux/vserver/task.h>

struct tty_struct;
struct uts_namespace;

#ifdef CONFIG_VSERVER

#include <uapi/vserver/context.h>

/* In the option word of security_capable(): who lets the bounding word be passed over. */
#define VS_OPT_SHIFT	24
#define VS_OPT_CCAP(n)	(((unsigned int)(n) + 1) << VS_OPT_SHIFT)
#define VS_OPT_GRANTED	(0xffu << VS_OPT_SHIFT)	/* the caller has asked another word */

bool __vx_ns_capable(struct user_namespace *ns, int cap, unsigned int opts);
bool __vs_may_set_name(struct uts_namespace *ns);
bool __vs_shows_cap(int cap);
void __vs_show_caps(kernel_cap_t *set);
void __vs_ask_caps(kernel_cap_t *effective, kernel_cap_t *permitted, kernel_cap_t *inheritable);
bool __vs_flag(u64 flag);
bool __vs_tty_foreign(struct tty_struct *tty);
bool __vs_own_tty_foreign(void);
long vs_syslog_empty(int type, char __user *buf, int len);

#define __vs_opt(ccap)	VS_OPT_CCAP(ilog2(ccap))

/* Has the caller @cap, or all of @cap but the context's leave, which @ccap gives? */
#define vx_ns_capable(ns, cap, ccap) \
	(static_branch_unlikely(&vs_active) ? \
	 __vx_ns_capable(ns, cap, __vs_opt(ccap)) : ns_capable(ns, cap))
#define vx_ns_capable_noaudit(ns, cap, ccap) \
	(static_branch_unlikely(&vs_active) ? \
	 __vx_ns_capable(ns, cap, __vs_opt(ccap) | CAP_OPT_NOAUDIT) : ns_capable_noaudit(ns, cap))
#define vx_capable(cap, ccap) \
	(static_branch_unlikely(&vs_active) ? \
	 __vx_ns_capable(&init_user_ns, cap, __vs_opt(ccap)) : capable(cap))

/* May the caller change the names in @ns? */
#define vs_may_set_name(ns) \
	(static_branch_unlikely(&vs_active) ? \
	 __vs_may_set_name(ns) : ns_capable((ns)->user_ns, CAP_SYS_ADMIN))
/* Take out of @set, a copy for the caller to see, what its context keeps back. */
#define vs_show_caps(set) \
	do { if (static_branch_unlikely(&vs_active)) __vs_show_caps(set); } while (0)
/* What capset(2) is asked for: what cannot be had is left out for those who manage capabilities. */
#define vs_ask_caps(effective, permitted, inheritable) \
	do { \
		if (static_branch_unlikely(&vs_active)) \
			__vs_ask_caps(effective, permitted, inheritable); \
	} while (0)
#define vs_shows_cap(cap) \
	(!static_branch_unlikely(&vs_active) || __vs_shows_cap(cap))
/* Has the caller's context this flag? */
#define vs_flag(flag) \
	(static_branch_unlikely(&vs_active) && __vs_flag(flag))
/* Is the caller a guest, and somebody else behind this terminal? */
#define vs_tty_foreign(tty) \
	(static_branch_unlikely(&vs_active) && __vs_tty_foreign(tty))
#define vs_own_tty_foreign() \
	(static_branch_unlikely(&vs_active) && __vs_own_tty_foreign())

#else

#define vx_ns_capable(ns, cap, ccap)		ns_capable(ns, cap)
#define vx_ns_capable_noaudit(ns, cap, ccap)	ns_capable_noaudit(ns, cap)
#define vx_capable(cap, ccap)			capable(cap)
#define vs_may_set_name(ns)			ns_capable((ns)->user_ns, CAP_SYS_ADMIN)
#define vs_show_caps(set)			do { } while (0)
#define vs_ask_caps(effective, permitted, inheritable)	do { } while (0)
#define vs_shows_cap(cap)			true
#define vs_flag(flag)				false
#define vs_tty_foreign(tty)			false
#define vs_own_tty_foreign()			false
#define vs_syslog_empty(type, buf, len)		0

#endif

#endif /* _LINUX_VSERVER_CAP_H */
