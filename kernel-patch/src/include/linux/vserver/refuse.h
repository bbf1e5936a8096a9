/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_REFUSE_H
#define _LINUX_VSERVER_REFUSE_H

/*
 * The last refusals of each process context, so that an administrator can ask
 * why something does not work in a guest. A place that refuses returns
 * vs_refuse(...), whose value is the errno it was given. Nothing is done, and
 * nothing but a pointer in the context is there, as long as nothing is refused.
 */

#include <linux/types.h>

struct cred;
struct in6_addr;
struct inode;
struct seq_file;
struct vs_object;
struct vs_refusals;
struct vx_info;

/* What was refused, and what its number says. The names are in refuse.c. */
enum vs_refusal_kind {
	VS_REFUSED_CAPABILITY,	/* which */
	VS_REFUSED_NAMESPACE,	/* CLONE_ bits */
	VS_REFUSED_TRACE,	/* pid of the other */
	VS_REFUSED_SIGNAL,	/* which */
	VS_REFUSED_MACHINE,	/* 0: something that concerns all; the call says what */
	VS_REFUSED_MODULE,	/* 0; the object is its name */
	VS_REFUSED_IOCTL,	/* which */
	VS_REFUSED_WRITE,	/* inode; the object is FILESYSTEM:NAME */
	VS_REFUSED_ATTRIBUTE,	/* likewise */
	VS_REFUSED_HANDLE,	/* 0 */
	VS_REFUSED_OPEN,	/* inode of a control file; the object is FILESYSTEM:NAME */
	VS_REFUSED_DEVICE,	/* 0; the object is c or b and MAJOR:MINOR */
	VS_REFUSED_MOUNT,	/* 0; the object is the file system type */
	VS_REFUSED_WATCH,	/* fanotify events */
	VS_REFUSED_BARRIER,	/* inode; the object is FILESYSTEM:NAME */
	VS_REFUSED_SOCKET,	/* address family; the object is TYPE/PROTOCOL */
	VS_REFUSED_BIND,	/* 0; the object is an address */
	VS_REFUSED_CONNECT,	/* likewise */
	VS_REFUSED_SOURCE,	/* likewise */
	VS_REFUSED_NETLINK,	/* type of the message */
	VS_REFUSED_COMMAND,	/* word of a vserver(2) command */
	VS_REFUSED_EVENT,	/* 0; the object is the TYPE:CONFIG of a performance counter */
	VS_REFUSED_KINDS
};

int vs_refuse(const struct vx_info *vx, enum vs_refusal_kind kind, u64 number, int err);
__printf(5, 6)
int vs_refuse_object(const struct vx_info *vx, enum vs_refusal_kind kind, u64 number, int err,
		     const char *fmt, ...);
int vs_refuse_cap(const struct cred *cred, int cap, unsigned int opts);
int vs_refuse_inode(enum vs_refusal_kind kind, const struct inode *inode, int err);
int vs_refuse_addr4(enum vs_refusal_kind kind, __be32 addr, int err);
int vs_refuse_addr6(enum vs_refusal_kind kind, const struct in6_addr *addr, int err);

struct vs_refusals *vs_refusals_new(void);
void vs_refusals_show(struct seq_file *m, struct vs_object *obj);

#endif /* _LINUX_VSERVER_REFUSE_H */
