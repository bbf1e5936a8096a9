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

/*
 * Exchanges the file @name of the directory @dirfd and the file @newname of the directory @newdirfd, on the same
 * mount, if the first is still the one that @fd is open on. Host with CAP_SYS_ADMIN. ESTALE: it is another one by
 * now; ENOENT: one of the names is not there; ENOSYS: the kernel is older than the command. The rest is with
 * VCMD_swap_name in <vserver/inode.h>.
 */
int vc_swap_name(int dirfd, const char *name, int newdirfd, const char *newname, int fd);

#ifdef __cplusplus
}
#endif

#endif /* VSERVER_FILES_H */
