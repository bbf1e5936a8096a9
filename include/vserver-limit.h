/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_LIMIT_H
#define VSERVER_LIMIT_H

/* libvserver: limits of contexts. Part of <vserver.h>, which says how calls fail. */

#include <vserver.h>
#include <vserver/limit.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Limits of a context, by VXL_ number. VC_LIM_KEEP leaves a value as it is.
 * EINVAL the kernel does not enforce this one.
 */
typedef uint64_t vc_limit_t;

#define VC_LIM_INFINITY		VXL_INFINITY
#define VC_LIM_KEEP		VXL_KEEP

struct vc_rlimit {
	vc_limit_t	min;
	vc_limit_t	soft;
	vc_limit_t	hard;
};

/* Bit n: limit n has such a value. */
struct vc_rlimit_mask {
	uint32_t	min;
	uint32_t	soft;
	uint32_t	hard;
};

struct vc_rlimit_stat {
	uint32_t	hits;
	uint64_t	value;
	uint64_t	minimum;
	uint64_t	maximum;
};

int vc_get_rlimit(xid_t xid, int resource, struct vc_rlimit *lim);
int vc_set_rlimit(xid_t xid, int resource, const struct vc_rlimit *lim);
int vc_get_rlimit_mask(xid_t xid, struct vc_rlimit_mask *mask);
int vc_rlimit_stat(xid_t xid, int resource, struct vc_rlimit_stat *stat);
int vc_reset_minmax(xid_t xid);
int vc_get_badness(xid_t xid, int64_t *badness);
int vc_set_badness(xid_t xid, int64_t badness);

/* "inf" or a number with k, m (1000), K, M (1024); false when it is neither. */
bool vc_parseLimit(const char *str, vc_limit_t *res);

/* The number of a limit by name or number, -1: none; the name, or null. */
int vc_limit_id(const char *name);
const char *vc_limit_name(int id);

#ifdef __cplusplus
}
#endif

#endif /* VSERVER_LIMIT_H */
