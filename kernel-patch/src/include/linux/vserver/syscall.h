/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_SYSCALL_H
#define _LINUX_VSERVER_SYSCALL_H

/*
 * For the files that build system call tables. A conditional system call would
 * change kernel/sys_ni.o even when the feature is off; a name does not.
 */
#ifndef CONFIG_VSERVER
#define __x64_sys_vserver	__x64_sys_ni_syscall
#define __ia32_sys_vserver	__ia32_sys_ni_syscall
#define sys_vserver		sys_ni_syscall
#endif

#endif /* _LINUX_VSERVER_SYSCALL_H */
