/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_COMMAND_H
#define _UAPI_VSERVER_COMMAND_H

/*
 * One system call, many commands:
 *
 *	long vserver(__u32 cmd, __u32 id, void *data);
 *
 * Numbers: x86_64 236, i386 273 (native and on a 64-bit kernel), ia64 1269.
 *
 * @cmd names the command and the version of its structure (see VS_CMD).
 * @id is a context number for commands on a context: 2 to 65535, or any
 * negative number for the caller's own; other commands say what it means.
 * @data points to the command's structure, which is read before anything is
 * done and, by the "get" commands, written back whole.
 *
 * The result is zero or positive, or one of
 *
 *	ENOSYS	unknown command, or the caller may not know that the call
 *		exists (no CAP_SYS_ADMIN in the initial user namespace);
 *	EPERM	the caller is not the host, or lacks CAP_SYS_RESOURCE;
 *	ESRCH	no such context;
 *	EACCES	the context may not be administered any more;
 *	EFAULT	@data is not readable or writable;
 *
 * and what the command itself documents. A version, once given out, never
 * changes its structure; a new structure gets a new version.
 */

/* Bits 29..24 the category, 23..16 the number in it, 11..0 the version. */
#define VS_CMD(category, number, version) \
	(((category) << 24) | ((number) << 16) | (version))
#define VS_CMD_CATEGORY(cmd)	(((cmd) >> 24) & 0x3f)
#define VS_CMD_NUMBER(cmd)	(((cmd) >> 16) & 0xff)
#define VS_CMD_VERSION(cmd)	((cmd) & 0xfff)

#define VS_CAT_VERSION		0
#define VS_CAT_VHOST		2
#define VS_CAT_VPROC		9
#define VS_CAT_PROCALT		10
#define VS_CAT_PROCMIG		11
#define VS_CAT_PROCTRL		12
#define VS_CAT_SCHED		14
#define VS_CAT_MEMCTRL		20
#define VS_CAT_VNET		25
#define VS_CAT_NETALT		26
#define VS_CAT_NETMIG		27
#define VS_CAT_TAGMIG		35
#define VS_CAT_DLIMIT		36
#define VS_CAT_INODE		38
#define VS_CAT_VSTAT		40
#define VS_CAT_VINFO		46
#define VS_CAT_EVENT		48
#define VS_CAT_FLAGS		52
#define VS_CAT_VSPACE		54
#define VS_CAT_RLIMIT		60
#define VS_CAT_COMPAT		63

/* The answer of VCMD_get_version, and the bits of VCMD_get_vci. */
#define VS_API_VERSION		0x00020308

#define VCI_NO_DYNAMIC		(1 << 0)	/* ids are always given by the caller */
#define VCI_PROC_SECURE		(1 << 4)	/* /proc entries hidden by default */
#define VCI_COWBL		(1 << 8)	/* copy-on-write link breaking */
#define VCI_FULLCOWBL		(1 << 9)
#define VCI_SPACES		(1 << 10)	/* ctx_migrate v1 */
#define VCI_NETV2		(1 << 11)	/* one address a call */
#define VCI_MEMCG		(1 << 12)
#define VCI_MEMCG_SWAP		(1 << 13)
#define VCI_DEBUG		(1 << 16)
#define VCI_TAG_INTERN		(4 << 24)	/* files are tagged within the inode */
#define VCI_PPTAG		(1 << 28)	/* tasks carry a tag */

/* Special context numbers, for process and network contexts alike. */
#define VS_ID_HOST		0
#define VS_ID_WATCH		1	/* sees everything, touches nothing */
#define VS_ID_MIN		2
#define VS_ID_MAX		65535
#define VS_ID_SELF		((__u32)-2)	/* the caller's own */

#define VCMD_get_version	VS_CMD(VS_CAT_VERSION, 0, 0)
#define VCMD_get_vci		VS_CMD(VS_CAT_VERSION, 1, 0)

#endif /* _UAPI_VSERVER_COMMAND_H */
