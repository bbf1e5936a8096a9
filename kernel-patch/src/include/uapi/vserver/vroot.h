/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_VROOT_H
#define _UAPI_VSERVER_VROOT_H

/*
 * ioctls of /dev/vrootN (block, major 4), for the host: bind it to the disk
 * that the descriptor in the argument is open on, and free it again.
 *
 * EPERM	not the host, or without CAP_SYS_ADMIN;
 * EINVAL	another ioctl, or the descriptor is not of a disk;
 * EBADF	bad descriptor;
 * EBUSY	(set) it is bound, (clear) somebody else has it open;
 * ENXIO	(clear) it is not bound.
 */
#define VROOT_SET_DEV	0x5600
#define VROOT_CLR_DEV	0x5601

#endif /* _UAPI_VSERVER_VROOT_H */
