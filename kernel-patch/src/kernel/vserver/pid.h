/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about numbers and signals share. */
#ifndef _VSERVER_PID_H
#define _VSERVER_PID_H

struct pid;
struct vx_info;

struct pid *vx_fakeinit(const struct vx_info *vx);

#endif /* _VSERVER_PID_H */
