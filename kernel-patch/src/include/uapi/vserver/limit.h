/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_VSERVER_LIMIT_H
#define _UAPI_VSERVER_LIMIT_H

#include <linux/types.h>
#include <vserver/command.h>

/*
 * Limits of a context: what all its tasks together may have. A request is
 * granted up to the soft or the hard limit, whichever is higher; a soft limit
 * above the hard one is lowered, so the hard one decides.
 *
 * A structure with 64-bit members is packed tighter by 32-bit x86.
 */

/* EINVAL @id is no limit that can be set. @minimum is 0 and ignored. */
#define VCMD_get_rlimit		VS_CMD(VS_CAT_RLIMIT, 1, 0)
#define VCMD_set_rlimit		VS_CMD(VS_CAT_RLIMIT, 2, 0)

struct vcmd_ctx_rlimit_v0 {
	__u32	id;
	__u64	minimum;
	__u64	softlimit;
	__u64	maximum;
};

#define VXL_INFINITY		(~0ULL)
#define VXL_KEEP		(~1ULL)		/* leave this one as it is */

/* Bit n: limit n can be set, and is enforced. */
#define VCMD_get_rlimit_mask	VS_CMD(VS_CAT_RLIMIT, 3, 0)

struct vcmd_ctx_rlimit_mask_v0 {
	__u32	minimum;
	__u32	softlimit;
	__u32	maximum;
};

/* Forget refusals; start the observed extremes anew. For those who may ask. */
#define VCMD_reset_hits		VS_CMD(VS_CAT_RLIMIT, 7, 0)
#define VCMD_reset_minmax	VS_CMD(VS_CAT_RLIMIT, 9, 0)

/* EINVAL @id is neither settable nor counted. */
#define VCMD_rlimit_stat	VS_CMD(VS_CAT_VSTAT, 1, 0)

struct vcmd_rlimit_stat_v0 {
	__u32	id;
	__u32	hits;		/* requests that were refused */
	__u64	value;
	__u64	minimum;	/* observed */
	__u64	maximum;	/* observed, at most the hard limit */
};

/* Numbers up to 15 are those of setrlimit(2). */
#define VXL_NPROC		6	/* tasks; fork fails with EAGAIN */
#define VXL_NOFILE		7	/* open file structures; ENFILE */
#define VXL_MSGQUEUE		12	/* bytes of POSIX message queues; EMFILE */
#define VXL_SHMEM		19	/* pages of SysV shared memory; ENOSPC */
#define VXL_SEMARY		20	/* semaphore sets; counted only */
#define VXL_NSEMS		21	/* semaphores; counted only */
#define VXL_NR			24

/*
 * What makes tasks of the context better or worse victims when memory runs
 * out: pages that are added to what a task uses.
 */
#define VCMD_get_badness	VS_CMD(VS_CAT_MEMCTRL, 5, 0)
#define VCMD_set_badness	VS_CMD(VS_CAT_MEMCTRL, 6, 0)

struct vcmd_badness_v0 {
	__s64	bias;
};

/*
 * A number from -20 to 20 (others are brought into the range) that is kept
 * for tools and has no effect. @cpu_id -1 means all processors, which is what
 * set asks for; get also takes one processor. EINVAL otherwise.
 */
#define VCMD_set_prio_bias	VS_CMD(VS_CAT_SCHED, 4, 0)
#define VCMD_get_prio_bias	VS_CMD(VS_CAT_SCHED, 5, 0)

struct vcmd_prio_bias {
	__s32	cpu_id;
	__s32	prio_bias;
};

#endif /* _UAPI_VSERVER_LIMIT_H */
