/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_SYSCTL_H
#define _LINUX_VSERVER_SYSCTL_H

/* kernel.vserver_host_view: may the host name the tasks of guests by pid? */
extern int vs_host_view;
/* kernel.vserver_log_refused: lines in the kernel's log per context within five seconds. */
extern int vs_log_refused;

#endif /* _LINUX_VSERVER_SYSCTL_H */
