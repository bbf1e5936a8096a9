// SPDX-License-Identifier: GPL-2.0
/* Commands on spaces. See uapi/vserver/space.h and space.c. */
#include <linux/sched.h>
#include <linux/vserver/context.h>
#include <linux/vserver/switch.h>

static_assert(VS_SPACE_MASK_V2_SIZE == offsetofend(struct vcmd_space_mask_v2, index));

/* EACCES the context is private; the errors of vx_enter_space(). */
static long enter(struct vx_info *vx, u64 mask, u32 index)
{
	if (vx_flag(vx, VXF_INFO_PRIVATE) && !vx_flag(vx, VXF_STATE_SETUP))
		return -EACCES;
	if (mask & ~(u64)VX_SPACE_MASK)
		return -EINVAL;
	return vx_enter_space(vx, mask, index);
}

long vc_enter_space_v0(struct vs_call *call)
{
	return enter(call->vx, 0, 0);
}

long vc_enter_space_v1(struct vs_call *call)
{
	const struct vcmd_space_mask_v1 *data = call->data;

	return enter(call->vx, data->mask, 0);
}

long vc_enter_space(struct vs_call *call)
{
	const struct vcmd_space_mask_v2 *data = call->data;

	return enter(call->vx, data->mask, data->index);
}

/* Of these, the kinds that this kernel was configured with. */
static unsigned long configured(unsigned long mask)
{
	if (!IS_ENABLED(CONFIG_UTS_NS))
		mask &= ~CLONE_NEWUTS;
	if (!IS_ENABLED(CONFIG_IPC_NS))
		mask &= ~CLONE_NEWIPC;
	if (!IS_ENABLED(CONFIG_PID_NS))
		mask &= ~CLONE_NEWPID;
	if (!IS_ENABLED(CONFIG_NET_NS))
		mask &= ~CLONE_NEWNET;
	if (!IS_ENABLED(CONFIG_USER_NS))
		mask &= ~CLONE_NEWUSER;
	if (!IS_ENABLED(CONFIG_CGROUPS))
		mask &= ~CLONE_NEWCGROUP;
	if (!IS_ENABLED(CONFIG_TIME_NS))
		mask &= ~CLONE_NEWTIME;
	return mask;
}

static long set(struct vx_info *vx, u64 mask, u32 index)
{
	if (mask & ~(u64)configured(VX_SPACE_MASK))
		return -EINVAL;
	return vx_set_space(vx, mask, index);
}

long vc_set_space_v1(struct vs_call *call)
{
	const struct vcmd_space_mask_v1 *data = call->data;

	return set(call->vx, data->mask, 0);
}

long vc_set_space(struct vs_call *call)
{
	const struct vcmd_space_mask_v2 *data = call->data;

	return set(call->vx, data->mask, data->index);
}

/* Tools store all they are told of, so they are told of what they know. */
static long answer(struct vs_call *call, unsigned long mask)
{
	struct vcmd_space_mask_v1 *data = call->data;

	data->mask = configured(mask);
	return 0;
}

long vc_get_space_mask_v0(struct vs_call *call)
{
	return answer(call, VX_SPACE_MASK_V0);
}

long vc_get_space_mask(struct vs_call *call)
{
	return answer(call, VX_SPACE_MASK_V1);
}

long vc_get_space_default(struct vs_call *call)
{
	return answer(call, VX_SPACE_DEFAULT);
}
