/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_HELPER_H
#define _LINUX_VSERVER_HELPER_H

/* The program of the host that acts when a guest reboots, starts or ends. */

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>
#include <linux/types.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

struct vs_object;

/* kernel.vshelper, with its final zero. */
#define VS_HELPER_PATH	256
extern char vs_helper_path[VS_HELPER_PATH];

/* VS_CMD= of the calls that are no reboot(2) command. */
#define VS_HELPER_STARTUP	1
#define VS_HELPER_SHUTDOWN	2
#define VS_HELPER_NETUP		3
#define VS_HELPER_NETDOWN	4

int vs_helper_call(struct vs_object *obj, const char *action, u32 cmd);

bool __vs_reboots_guest(void);
long __vs_reboot(int magic1, int magic2, unsigned int cmd);

/* Does reboot(2) of the caller mean its context, not the machine? */
#define vs_reboots_guest() \
	(static_branch_unlikely(&vs_active) && __vs_reboots_guest())
#define vs_reboot(magic1, magic2, cmd)	__vs_reboot(magic1, magic2, cmd)

#else

#define vs_reboots_guest()		false
#define vs_reboot(magic1, magic2, cmd)	0

#endif

#endif /* _LINUX_VSERVER_HELPER_H */
