/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_SYSCTL_H
#define _LINUX_VSERVER_SYSCTL_H

/* kernel.vserver_host_view: may the host name the tasks of guests by pid? */
extern int vs_host_view;
/* kernel.vserver_log_refused: lines in the kernel's log per context within five seconds. */
extern int vs_log_refused;
/* kernel.vserver_core_pipe: may a program of the host get the core dumps of guests? */
extern int vs_core_pipe;
/* kernel.vserver_socket_mark: sockets of guests carry their context's number as mark. */
extern int vs_socket_mark;

#endif /* _LINUX_VSERVER_SYSCTL_H */
