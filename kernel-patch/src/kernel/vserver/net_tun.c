// SPDX-License-Identifier: GPL-2.0
/*
 * Tun and tap devices belong to the network context that made them, or that the
 * host gave them to; others cannot attach. The capability tun_create lets a
 * guest make one. To bring it up and to configure it stays with the host.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/tun.h>
#include <net/net_namespace.h>

u32 __vs_tun_nid(void)
{
	return nx_id(current_nx());
}
EXPORT_SYMBOL_GPL(__vs_tun_nid);

bool __vs_tun_create(const struct net *net)
{
	return nx_ncap(current_nx(), NXC_TUN_CREATE) &&
	       cap_raised(current_cred()->cap_effective, CAP_NET_ADMIN) &&
	       current_user_ns() == &init_user_ns && net->user_ns == &init_user_ns;
}
EXPORT_SYMBOL_GPL(__vs_tun_create);

bool __vs_tun_foreign(u32 nid)
{
	u32 own = nx_id(current_nx());

	return own != VS_ID_HOST && own != nid;
}
EXPORT_SYMBOL_GPL(__vs_tun_foreign);

/**
 * vs_tun_set_nid - give a device to a context
 * @nid: of the device
 * @arg: the context's number, 0 the host
 *
 * Return: 0, -EPERM the caller is not the host's administrator, -ESRCH no such
 * context.
 */
int vs_tun_set_nid(u32 *nid, unsigned long arg)
{
	struct vs_object *obj;

	if (current_nx() || current_vx() || !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (arg != VS_ID_HOST) {
		obj = arg <= VS_ID_MAX ? vs_object_find(&nx_class, arg) : NULL;
		if (!obj)
			return -ESRCH;
		vs_object_put(obj);
	}
	*nid = arg;
	return 0;
}
EXPORT_SYMBOL_GPL(vs_tun_set_nid);
