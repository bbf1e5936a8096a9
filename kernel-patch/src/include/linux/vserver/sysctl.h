/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_SYSCTL_H
#define _LINUX_VSERVER_SYSCTL_H

/* kernel.vserver_host_view: may the host name the tasks of guests by pid? */
extern int vs_host_view;
/* kernel.vserver_socket_mark: sockets of guests carry their context's number as mark. */
extern int vs_socket_mark;

#endif /* _LINUX_VSERVER_SYSCTL_H */
