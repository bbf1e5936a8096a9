/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_UNSHARE_H
#define _LINUX_VSERVER_UNSHARE_H

/* Hooks where namespaces are joined and set up; macros when off. */

#include <linux/vserver/task.h>

struct cred;
struct file;
struct ns_common;
struct nsset;
struct user_namespace;

#ifdef CONFIG_VSERVER

int vs_userns_create(const struct cred *cred);
int __vs_install_ns(struct nsset *nsset, struct ns_common *ns);
bool __vs_file_may_map(const struct file *file, struct user_namespace *ns);
bool __vs_may_map(struct user_namespace *ns);

/* Put @ns into @nsset if the caller may join it. */
#define vs_install_ns(nsset, ns) \
	(static_branch_unlikely(&vs_active) ? \
	 __vs_install_ns(nsset, ns) : (ns)->ops->install(nsset, ns))
/* May the opener of @file, or the caller, set up the maps of @ns? */
#define vs_file_may_map(file, ns) \
	(static_branch_unlikely(&vs_active) ? \
	 __vs_file_may_map(file, ns) : file_ns_capable(file, ns, CAP_SYS_ADMIN))
#define vs_may_map(ns) \
	(static_branch_unlikely(&vs_active) ? \
	 __vs_may_map(ns) : ns_capable(ns, CAP_SYS_ADMIN))

#else

#define vs_install_ns(nsset, ns)	((ns)->ops->install(nsset, ns))
#define vs_file_may_map(file, ns)	file_ns_capable(file, ns, CAP_SYS_ADMIN)
#define vs_may_map(ns)			ns_capable(ns, CAP_SYS_ADMIN)

#endif

#endif /* _LINUX_VSERVER_UNSHARE_H */
