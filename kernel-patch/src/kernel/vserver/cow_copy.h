/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSERVER_COW_COPY_H
#define _VSERVER_COW_COPY_H

struct dentry;
struct file;

int vs_cow_copy_owner(struct dentry *old, struct dentry *new);
int vs_cow_copy_data(struct file *in, struct file *out);
int vs_cow_copy_meta(struct dentry *old, struct dentry *new);

#endif /* _VSERVER_COW_COPY_H */
