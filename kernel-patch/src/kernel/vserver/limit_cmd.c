// SPDX-License-Identifier: GPL-2.0
/* Commands on limits and biases, and what /proc tells. See uapi/vserver/limit.h. */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/vserver/context.h>
#include <linux/vserver/limit.h>
#include <linux/vserver/switch.h>

static bool in_mask(u32 id, u32 mask)
{
	return id < VXL_NR && (mask & BIT(id));
}

static long limit_value(struct vx_info *vx, unsigned int id)
{
	return atomic_long_read(&vx->limit[id].value);
}

#ifdef CONFIG_COMPAT
static void rlimit_in(struct vcmd_ctx_rlimit_v0 *to, const struct vs_call *call)
{
	const struct vs_compat_rlimit *old = call->data;

	if (call->compat)
		*to = (struct vcmd_ctx_rlimit_v0) { old->id, old->minimum, old->softlimit,
						    old->maximum };
	else
		memcpy(to, call->data, sizeof(*to));
}

static void rlimit_out(const struct vs_call *call, const struct vcmd_ctx_rlimit_v0 *from)
{
	struct vs_compat_rlimit *old = call->data;

	if (call->compat)
		*old = (struct vs_compat_rlimit) { from->id, from->minimum, from->softlimit,
						   from->maximum };
	else
		memcpy(call->data, from, sizeof(*from));
}
#else
static void rlimit_in(struct vcmd_ctx_rlimit_v0 *to, const struct vs_call *call)
{
	memcpy(to, call->data, sizeof(*to));
}

static void rlimit_out(const struct vs_call *call, const struct vcmd_ctx_rlimit_v0 *from)
{
	memcpy(call->data, from, sizeof(*from));
}
#endif

/* EINVAL. */
long vc_get_rlimit(struct vs_call *call)
{
	struct vcmd_ctx_rlimit_v0 data;
	struct vx_limit *limit;

	rlimit_in(&data, call);
	if (!in_mask(data.id, VX_LIMIT_MASK))
		return -EINVAL;
	limit = &call->vx->limit[data.id];
	data.minimum = 0;
	data.softlimit = READ_ONCE(limit->soft);
	data.maximum = READ_ONCE(limit->hard);
	rlimit_out(call, &data);
	return 0;
}

/* EINVAL. */
long vc_set_rlimit(struct vs_call *call)
{
	struct vcmd_ctx_rlimit_v0 data;
	struct vx_limit *limit;
	u64 soft, hard;

	rlimit_in(&data, call);
	if (!in_mask(data.id, VX_LIMIT_MASK))
		return -EINVAL;
	limit = &call->vx->limit[data.id];
	spin_lock(&call->vx->obj.lock);
	hard = data.maximum == VXL_KEEP ? limit->hard : data.maximum;
	soft = data.softlimit == VXL_KEEP ? limit->soft : data.softlimit;
	WRITE_ONCE(limit->hard, hard);
	WRITE_ONCE(limit->soft, min(soft, hard));
	spin_unlock(&call->vx->obj.lock);
	return 0;
}

long vc_get_rlimit_mask(struct vs_call *call)
{
	struct vcmd_ctx_rlimit_mask_v0 *data = call->data;

	*data = (struct vcmd_ctx_rlimit_mask_v0) { .maximum = VX_LIMIT_MASK };
	return 0;
}

/* EINVAL. */
long vc_rlimit_stat(struct vs_call *call)
{
	struct vcmd_rlimit_stat_v0 *data = call->data;
	struct vx_limit *limit;

	if (!in_mask(data->id, VX_LIMIT_COUNTED))
		return -EINVAL;
	limit = &call->vx->limit[data->id];
	data->hits = atomic_read(&limit->hits);
	data->value = limit_value(call->vx, data->id);
	data->minimum = READ_ONCE(limit->min);
	data->maximum = min_t(u64, READ_ONCE(limit->max), READ_ONCE(limit->hard));
	return 0;
}

long vc_reset_hits(struct vs_call *call)
{
	int i;

	for (i = 0; i < VXL_NR; i++)
		atomic_set(&call->vx->limit[i].hits, 0);
	return 0;
}

long vc_reset_minmax(struct vs_call *call)
{
	int i;

	for (i = 0; i < VXL_NR; i++) {
		WRITE_ONCE(call->vx->limit[i].min, limit_value(call->vx, i));
		WRITE_ONCE(call->vx->limit[i].max, limit_value(call->vx, i));
	}
	return 0;
}

long vc_get_badness(struct vs_call *call)
{
	struct vcmd_badness_v0 *data = call->data;

	data->bias = READ_ONCE(call->vx->oom_bias);
	return 0;
}

/* Beyond any memory nothing is gained, and sums stay sums. */
#define BIAS_MAX	(1LL << 60)

long vc_set_badness(struct vs_call *call)
{
	const struct vcmd_badness_v0 *data = call->data;

	WRITE_ONCE(call->vx->oom_bias, clamp_t(s64, data->bias, -BIAS_MAX, BIAS_MAX));
	return 0;
}

/* EINVAL. */
long vc_get_prio_bias(struct vs_call *call)
{
	struct vcmd_prio_bias *data = call->data;

	if (data->cpu_id != -1 &&
	    (data->cpu_id < 0 || data->cpu_id >= nr_cpu_ids || !cpu_possible(data->cpu_id)))
		return -EINVAL;
	data->prio_bias = READ_ONCE(call->vx->prio_bias);
	return 0;
}

/* EINVAL. */
long vc_set_prio_bias(struct vs_call *call)
{
	const struct vcmd_prio_bias *data = call->data;

	if (data->cpu_id != -1)
		return -EINVAL;
	WRITE_ONCE(call->vx->prio_bias, clamp(data->prio_bias, -20, 20));
	return 0;
}

/* What is not counted shows zeros, as tools expect all rows. */
static const struct {
	const char	*name;
	unsigned int	id;
} rows[] = {
	{ "PROC", VXL_NPROC }, { "VM", RLIMIT_AS }, { "VML", RLIMIT_MEMLOCK },
	{ "RSS", RLIMIT_RSS }, { "ANON", 18 }, { "RMAP", 23 }, { "FILES", VXL_NOFILE },
	{ "OFD", 17 }, { "LOCKS", RLIMIT_LOCKS }, { "SOCK", 16 }, { "MSGQ", VXL_MSGQUEUE },
	{ "SHM", VXL_SHMEM }, { "SEMA", VXL_SEMARY }, { "SEMS", VXL_NSEMS }, { "DENT", 22 },
};

/**
 * vx_show_limits - /proc/virtual/XID/limit
 * @m: where to
 * @obj: the context
 */
void vx_show_limits(struct seq_file *m, struct vs_object *obj)
{
	struct vx_info *vx = vx_of(obj);
	struct vx_limit *limit;
	int i;

	seq_puts(m, "Limit\t current\t     min/max\t\t    soft/hard\t\thits\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		limit = &vx->limit[rows[i].id];
		seq_printf(m, "%s:\t%8ld\t%8ld/%8ld\t%8lld/%8lld\t%6d\n", rows[i].name,
			   limit_value(vx, rows[i].id), READ_ONCE(limit->min),
			   READ_ONCE(limit->max), READ_ONCE(limit->soft),
			   READ_ONCE(limit->hard), atomic_read(&limit->hits));
	}
}
