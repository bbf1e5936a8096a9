/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_SHARE_H
#define _LINUX_VSERVER_SHARE_H

/* Locks on a file that several guests share without knowing; macros when off. */

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/vserver/cow.h>
#include <linux/vserver/task.h>

#ifdef CONFIG_VSERVER

/* A lease would make the others wait when they open what they take for their own. */
#define vs_lease_refused(inode, type) \
	((type) != F_UNLCK && vs_is_cow(inode) && vs_in_guest())
/* Two flock()s that know nothing of each other. */
#define vs_flocks_apart(one, two) \
	(vs_is_cow(file_inode((one)->fl_file)) && \
	 (one)->fl_file->f_cred->vx_info != (two)->fl_file->f_cred->vx_info)

#else

#define vs_lease_refused(inode, type)	false
#define vs_flocks_apart(one, two)	false

#endif

#endif /* _LINUX_VSERVER_SHARE_H */
