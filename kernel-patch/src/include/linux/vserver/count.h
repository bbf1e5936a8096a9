/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_COUNT_H
#define _LINUX_VSERVER_COUNT_H

#include <linux/types.h>
#include <uapi/vserver/context.h>

struct seq_file;

/**
 * struct vs_counts - messages and bytes of a context's sockets, on one processor
 * @number: by class of socket and direction
 * @bytes: likewise
 */
struct vs_counts {
	u64	number[VS_SOCK_CLASSES][VS_SOCK_WAYS];
	u64	bytes[VS_SOCK_CLASSES][VS_SOCK_WAYS];
};

void vs_counts_sum(const struct vs_counts __percpu *counts, struct vs_counts *sum);
void vs_counts_show(struct seq_file *m, const struct vs_counts __percpu *counts);

#endif /* _LINUX_VSERVER_COUNT_H */
