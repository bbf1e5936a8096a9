/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_FILES_H
#define VSERVER_FILES_H

/* libvserver: attributes of files. Part of <vserver.h>, which says how calls fail. */

#include <vserver.h>
#include <vserver/inode.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Attributes of a file (VS_IATTR_..., see <vserver/inode.h>), which is not
 * followed if it is a symbolic link. Get: what is set, what this file can
 * have, and if @xid is given the tag, VC_NOCTX where files have none. Set: the
 * bits in @mask. ENOTTY: files of this kind have none.
 */
int vc_get_iattr(const char *path, xid_t *xid, uint32_t *flags, uint32_t *mask);
int vc_set_iattr(const char *path, xid_t xid, uint32_t flags, uint32_t mask);
int vc_fget_iattr(int fd, xid_t *xid, uint32_t *flags, uint32_t *mask);
int vc_fset_iattr(int fd, xid_t xid, uint32_t flags, uint32_t mask);

#ifdef __cplusplus
}
#endif

#endif /* VSERVER_FILES_H */
