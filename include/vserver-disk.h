/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_DISK_H
#define VSERVER_DISK_H

/* libvserver: tags and disk limits. Part of <vserver.h>, which says how calls fail. */

#include <vserver.h>
#include <vserver/dlimit.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The tag of a task (0: the caller), which is that of the files it makes;
 * (tag_t)-1 on failure. To create and to migrate is the same: the caller has
 * the tag from then on.
 */
typedef uint32_t tag_t;

tag_t vc_get_task_tag(pid_t pid);
int vc_tag_create(tag_t tag);
int vc_tag_migrate(tag_t tag);

#define VC_CDLIM_UNSET		VS_DLIM_UNSET
#define VC_CDLIM_INFINITY	VS_DLIM_INFINITY
#define VC_CDLIM_KEEP		VS_DLIM_KEEP

/* Space in KiB, @reserved in percent of space_total. */
struct vc_ctx_dlimit {
	uint32_t	space_used;
	uint32_t	space_total;
	uint32_t	inodes_used;
	uint32_t	inodes_total;
	uint32_t	reserved;
};

/*
 * The limit of tag @xid on the file system of @path. A new one is of nothing.
 * EEXIST (add), ESRCH (others) there is one, none; EOPNOTSUPP the file system
 * has no limits.
 */
int vc_add_dlimit(const char *path, xid_t xid, uint32_t flags);
int vc_rem_dlimit(const char *path, xid_t xid, uint32_t flags);
int vc_set_dlimit(const char *path, xid_t xid, uint32_t flags, const struct vc_ctx_dlimit *limits);
int vc_get_dlimit(const char *path, xid_t xid, uint32_t flags, struct vc_ctx_dlimit *limits);

#ifdef __cplusplus
}
#endif

#endif /* VSERVER_DISK_H */
