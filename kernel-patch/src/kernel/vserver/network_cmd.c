// SPDX-License-Identifier: GPL-2.0
/* Commands on network contexts and their addresses. See uapi/vserver/network.h. */
#include <linux/sched.h>
#include <linux/vserver/network.h>
#include <linux/vserver/switch.h>

/* EINVAL, EEXIST, EBUSY, ENOMEM, ENOEXEC. */
long vc_net_create(struct vs_call *call)
{
	const struct vcmd_net_create *data = call->data;
	struct nx_info *nx;

	nx = nx_create(call->id, data ? data->flagword : NXF_INIT_SET);
	if (IS_ERR(nx))
		return PTR_ERR(nx);
	put_nx_info(nx);
	return call->id;
}

/* EACCES the context is private and set up, EFAULT it is shutting down, ENOMEM. */
long vc_net_migrate(struct vs_call *call)
{
	if (nx_flag(call->nx, NXF_INFO_PRIVATE) && !nx_flag(call->nx, NXF_STATE_SETUP))
		return -EACCES;
	return nx_migrate(call->nx);
}

/* ESRCH. */
long vc_task_nid(struct vs_call *call)
{
	struct task_struct *task;
	long ret = -ESRCH;

	rcu_read_lock();
	task = vc_find_task(call->id);
	if (task)
		ret = nx_id(__task_cred(task)->nx_info);
	rcu_read_unlock();
	return ret;
}

long vc_nx_info(struct vs_call *call)
{
	struct vcmd_nx_info_v0 *data = call->data;

	data->nid = call->nx->obj.id;
	return 0;
}

long vc_get_nflags(struct vs_call *call)
{
	struct vcmd_net_flags_v0 *data = call->data;

	data->flagword = READ_ONCE(call->nx->obj.flags);
	data->mask = vs_mask_mask(data->flagword, NXF_ONE_TIME);
	return 0;
}

long vc_set_nflags(struct vs_call *call)
{
	const struct vcmd_net_flags_v0 *data = call->data;

	vs_object_set_flags(&call->nx->obj, data->flagword, data->mask);
	return 0;
}

long vc_get_ncaps(struct vs_call *call)
{
	struct vcmd_net_caps_v0 *data = call->data;

	data->ncaps = READ_ONCE(call->nx->obj.caps);
	data->cmask = ~0ULL;
	return 0;
}

long vc_set_ncaps(struct vs_call *call)
{
	const struct vcmd_net_caps_v0 *data = call->data;

	vs_object_set_caps(&call->nx->obj, data->ncaps, data->cmask);
	return 0;
}

/*
 * Addresses. The type says what the entry is; BCAST and LBACK, with ADDR, name
 * the two special addresses instead. With ANY the remove commands clear the
 * family and look at nothing else, because tools leave the rest uninitialised.
 */
static long add4(struct nx_info *nx, const struct nx_v4 *e)
{
	switch (e->type) {
	case NXA_TYPE_ADDR | NXA_MOD_BCAST:
		return nx_set_bcast(nx, e->ip);
	case NXA_TYPE_ADDR | NXA_MOD_LBACK:
		return nx_set_lback(nx, e->ip);
	}
	return nx_add4(nx, e);
}

static bool entry_type4(u16 type, bool range)
{
	return type == NXA_TYPE_ADDR || type == NXA_TYPE_MASK ||
	       (range && type == NXA_TYPE_RANGE);
}

static bool special_type4(u16 type)
{
	return type == (NXA_TYPE_ADDR | NXA_MOD_BCAST) || type == (NXA_TYPE_ADDR | NXA_MOD_LBACK);
}

static void from_v1(struct nx_v4 *e, const struct vcmd_net_addr_ipv4_v1 *data)
{
	*e = (struct nx_v4) {
		.ip	= data->ip.s_addr,
		.mask	= data->mask.s_addr,
		.type	= data->type,
		.flags	= data->flags,
	};
}

static void from_v2(struct nx_v4 *e, const struct vcmd_net_addr_ipv4_v2 *data)
{
	*e = (struct nx_v4) {
		.ip	= data->ip.s_addr,
		.ip2	= data->ip2.s_addr,
		.mask	= data->mask.s_addr,
		.type	= data->type,
		.flags	= data->flags,
	};
}

/* The number of addresses taken; EINVAL type or count, EEXIST, ENOMEM, ESRCH. */
long vc_net_add(struct vs_call *call)
{
	const struct vcmd_net_addr_v0 *data = call->data;
	struct nx_v4 e = { .type = NXA_TYPE_ADDR };
	unsigned int i;
	long err;

	switch (data->type) {
	case NXA_TYPE_IPV4:
		if (data->count < 1 || data->count > ARRAY_SIZE(data->ip))
			return -EINVAL;
		for (i = 0; i < data->count; i++) {
			e.ip = data->ip[i].s_addr;
			e.mask = data->mask[i].s_addr;
			err = nx_add4(call->nx, &e);
			if (err)
				break;
		}
		if (!err)
			return data->count;
		/* All or nothing. */
		while (i--) {
			e.ip = data->ip[i].s_addr;
			e.mask = data->mask[i].s_addr;
			nx_remove4(call->nx, &e);
		}
		return err;
	case NXA_TYPE_IPV4 | NXA_MOD_BCAST:
		return nx_set_bcast(call->nx, data->ip[0].s_addr) ?: 1;
	case NXA_TYPE_IPV4 | NXA_MOD_LBACK:
		return nx_set_lback(call->nx, data->ip[0].s_addr) ?: 1;
	}
	return -EINVAL;
}

/* EINVAL any type but ANY, ENOMEM. */
long vc_net_remove(struct vs_call *call)
{
	const struct vcmd_net_addr_v0 *data = call->data;

	return data->type == NXA_TYPE_ANY ? nx_clear4(call->nx) : -EINVAL;
}

/* EINVAL type, EEXIST, ENOMEM, ESRCH. */
long vc_net_add_ipv4_v1(struct vs_call *call)
{
	const struct vcmd_net_addr_ipv4_v1 *data = call->data;
	struct nx_v4 e;

	if (!entry_type4(data->type, false) && !special_type4(data->type))
		return -EINVAL;
	from_v1(&e, data);
	return add4(call->nx, &e);
}

/* EINVAL type or empty range, EEXIST, ENOMEM, ESRCH. */
long vc_net_add_ipv4(struct vs_call *call)
{
	const struct vcmd_net_addr_ipv4_v2 *data = call->data;
	struct nx_v4 e;

	if (!entry_type4(data->type, true) && !special_type4(data->type))
		return -EINVAL;
	from_v2(&e, data);
	return add4(call->nx, &e);
}

/* EINVAL type, ESRCH no such entry, ENOMEM. */
long vc_net_rem_ipv4_v1(struct vs_call *call)
{
	const struct vcmd_net_addr_ipv4_v1 *data = call->data;
	struct nx_v4 e;

	if (data->type == NXA_TYPE_ANY)
		return nx_clear4(call->nx);
	if (!entry_type4(data->type, false))
		return -EINVAL;
	from_v1(&e, data);
	return nx_remove4(call->nx, &e);
}

/* EINVAL type, ESRCH no such entry, ENOMEM. */
long vc_net_rem_ipv4(struct vs_call *call)
{
	const struct vcmd_net_addr_ipv4_v2 *data = call->data;
	struct nx_v4 e;

	if (data->type == NXA_TYPE_ANY)
		return nx_clear4(call->nx);
	if (!entry_type4(data->type, true))
		return -EINVAL;
	from_v2(&e, data);
	return nx_remove4(call->nx, &e);
}

static long from_ipv6(struct nx_v6 *e, const struct vcmd_net_addr_ipv6_v1 *data)
{
	*e = (struct nx_v6) {
		.ip	= data->ip,
		.mask	= data->mask,
		.prefix	= data->prefix,
		.type	= data->type,
		.flags	= data->flags,
	};
	if (e->type == NXA_TYPE_ADDR)
		memset(&e->mask, 0xff, sizeof(e->mask));
	else if (e->type != NXA_TYPE_MASK)
		return -EINVAL;
	return 0;
}

/* EINVAL type, EEXIST, ENOMEM, ESRCH, ENOSYS no IPv6 in this kernel. */
long vc_net_add_ipv6(struct vs_call *call)
{
	struct nx_v6 e;
	long err;

	if (!IS_ENABLED(CONFIG_IPV6))
		return -ENOSYS;
	err = from_ipv6(&e, call->data);
	return err ?: nx_add6(call->nx, &e);
}

/* EINVAL type, ESRCH no such entry, ENOMEM, ENOSYS no IPv6 in this kernel. */
long vc_net_remove_ipv6(struct vs_call *call)
{
	const struct vcmd_net_addr_ipv6_v1 *data = call->data;
	struct nx_v6 e;
	long err;

	if (!IS_ENABLED(CONFIG_IPV6))
		return -ENOSYS;
	if (data->type == NXA_TYPE_ANY)
		return nx_clear6(call->nx);
	err = from_ipv6(&e, data);
	return err ?: nx_remove6(call->nx, &e);
}
