// SPDX-License-Identifier: GPL-2.0
/* Commands on network contexts. See uapi/vserver/network.h. */
#include <linux/sched.h>
#include <linux/vserver/network.h>
#include <linux/vserver/switch.h>

#ifdef CONFIG_VSERVER_AUTO_LBACK
#define NXF_AUTO_LBACK	(NXF_LBACK_REMAP | NXF_HIDE_LBACK)
#else
#define NXF_AUTO_LBACK	0
#endif
#ifdef CONFIG_VSERVER_AUTO_SINGLE
#define NXF_AUTO_SINGLE	NXF_SINGLE_IP
#else
#define NXF_AUTO_SINGLE	0
#endif

#define NXF_INIT_SET	(NXF_STATE_ADMIN | NXF_HIDE_NETIF | NXF_AUTO_LBACK | NXF_AUTO_SINGLE)

/* EINVAL, EEXIST, EBUSY, ENOMEM. */
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
