// SPDX-License-Identifier: GPL-2.0
/* The two oldest calls in terms of the present ones. See uapi/vserver/compat.h. */
#include <linux/cred.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/switch.h>
#include <uapi/vserver/compat.h>

/* The flags there were at the time. */
#define OLD_FLAGS	0xffULL

/* The caller for itself, as capset(2) and prctl(2) would. */
static long drop_caps(u32 caps)
{
	kernel_cap_t gone = CAP_EMPTY_SET;
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	gone.cap[0] = caps;
	new->cap_bset = cap_drop(new->cap_bset, gone);
	new->cap_permitted = cap_drop(new->cap_permitted, gone);
	new->cap_effective = cap_drop(new->cap_effective, gone);
	new->cap_inheritable = cap_drop(new->cap_inheritable, gone);
	new->cap_ambient = cap_drop(new->cap_ambient, gone);
	return commit_creds(new);
}

static struct vx_info *join(u32 id)
{
	struct vx_info *vx;
	int err;

	/* Who comes second finds what the first made. */
	for (;;) {
		vx = vx_create(id, VXF_STATE_ADMIN | VXF_STATE_INIT);
		if (PTR_ERR(vx) != -EEXIST && PTR_ERR(vx) != -EBUSY)
			return vx;
		vx = vx_of(vs_object_find(&vx_class, id));
		if (vx)
			break;
		cond_resched();
	}
	err = 0;
	if (!vx_flag(vx, VXF_STATE_ADMIN) ||
	    (vx_flag(vx, VXF_INFO_PRIVATE) && !vx_flag(vx, VXF_STATE_SETUP)))
		err = -EACCES;
	if (!err)
		err = vx_migrate(vx);
	if (err) {
		put_vx_info(vx);
		return ERR_PTR(err);
	}
	return vx;
}

/* EINVAL, EACCES, EFAULT, ENOMEM. */
long vc_new_s_context(struct vs_call *call)
{
	const struct vcmd_new_s_context_v1 *data = call->data;
	struct vx_info *vx;

	if (data->flags & ~OLD_FLAGS)
		return -EINVAL;
	if (call->id == VS_ID_SELF)
		return data->flags ? -EINVAL : drop_caps(data->remove_cap);
	if (call->id == VS_ID_WATCH)
		return vx_migrate(&vx_watch) ?: VS_ID_WATCH;

	vx = join(call->id);
	if (IS_ERR(vx))
		return PTR_ERR(vx);
	spin_lock(&vx->obj.lock);
	WRITE_ONCE(vx->bcaps, vx->bcaps & ~(u64)data->remove_cap);
	spin_unlock(&vx->obj.lock);
	vs_object_set_flags(&vx->obj, data->flags, data->flags);
	if ((data->flags & VXF_INFO_INIT) && vx_flag(vx, VXF_STATE_INIT))
		vx_set_init(vx, VXM_SET_INIT | VXM_SET_REAPER);
	put_vx_info(vx);
	return call->id;
}

/* A network context under any number. */
static struct nx_info *nx_create_any(void)
{
	struct nx_info *nx;
	u32 id;

	for (id = VS_ID_DYNAMIC; id <= VS_ID_MAX; id++) {
		nx = nx_create(id, NXF_INIT_SET);
		if (PTR_ERR(nx) != -EEXIST && PTR_ERR(nx) != -EBUSY)
			return nx;
		cond_resched();
	}
	return ERR_PTR(-EAGAIN);
}

/* EINVAL, EEXIST, EAGAIN, ENOMEM. */
long vc_set_ipv4root(struct vs_call *call)
{
	const struct vcmd_set_ipv4root_v3 *data = call->data;
	struct nx_info *old = current_real_nx(), *nx;
	struct nx_v4 e = { };
	long ret = 0;
	u32 i;

	if (call->id > VS_IPV4ROOT_MAX)
		return -EINVAL;
	/* The caller's credentials hold the old one no longer once it has moved. */
	get_nx_info(old);
	nx = nx_create_any();
	if (IS_ERR(nx)) {
		ret = PTR_ERR(nx);
		goto out;
	}
	for (i = 0; !ret && i < call->id; i++) {
		/* 0.0.0.0 is every address there is. */
		e.type = data->pair[i].ip ? NXA_TYPE_ADDR : NXA_TYPE_MASK;
		e.ip = data->pair[i].ip;
		e.mask = e.ip ? data->pair[i].mask : 0;
		ret = nx_add4(nx, &e);
	}
	if (!ret)
		ret = nx_set_bcast(nx, data->broadcast);
	/* Back, even into one that is private; only death is in the way. */
	if (ret)
		nx_migrate(old);
	else
		ret = nx->obj.id;
	put_nx_info(nx);
out:
	put_nx_info(old);
	return ret;
}
