/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_PROCFS_H
#define _LINUX_VSERVER_PROCFS_H

#include <linux/vserver/object.h>

struct seq_file;

/**
 * struct vs_proc_file - one file of /proc/virtual/XID or /proc/virtnet/NID
 * @name: its name; NULL ends a list
 * @show: print it; the object has a reference
 * @host: for root of the host alone, and not there for anybody in a guest
 */
struct vs_proc_file {
	const char	*name;
	void		(*show)(struct seq_file *m, struct vs_object *obj);
	bool		host;
};

/**
 * struct vs_proc_root - /proc/virtual or /proc/virtnet
 * @name: of the directory
 * @class: whose objects are in it
 * @files: of each object
 * @status: print the directory's own status file
 * @sees: may the caller look at the object with this number?
 */
struct vs_proc_root {
	const char		*name;
	struct vs_class		*class;
	const struct vs_proc_file *files;
	void			(*status)(struct seq_file *m);
	bool			(*sees)(u32 id);
};

extern const struct vs_proc_root vs_proc_virtual;
extern const struct vs_proc_root vs_proc_virtnet;

#endif /* _LINUX_VSERVER_PROCFS_H */
