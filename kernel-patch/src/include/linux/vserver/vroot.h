/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_VROOT_H
#define _LINUX_VSERVER_VROOT_H

#include <linux/types.h>

#ifdef CONFIG_VSERVER_VROOT
dev_t vs_vroot(dev_t dev);
#else
#define vs_vroot(dev)	(dev)
#endif

#endif /* _LINUX_VSERVER_VROOT_H */
