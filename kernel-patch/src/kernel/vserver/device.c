// SPDX-License-Identifier: GPL-2.0
/* Who owns a device that was made by request. */
#include <linux/export.h>
#include <linux/vserver/context.h>
#include <linux/vserver/device.h>

struct vx_info *__vs_owner_get(void)
{
	struct vx_info *vx = current_vx();

	return vx_guest(vx) ? get_vx_info(vx) : NULL;
}
EXPORT_SYMBOL_GPL(__vs_owner_get);

void __vs_owner_put(struct vx_info *owner)
{
	put_vx_info(owner);
}
EXPORT_SYMBOL_GPL(__vs_owner_put);

bool __vs_owner_foreign(const struct vx_info *owner)
{
	const struct vx_info *vx = current_vx();

	return vx_guest(vx) && owner && owner != vx;
}
EXPORT_SYMBOL_GPL(__vs_owner_foreign);

bool __vs_owner_hidden(const struct vx_info *owner)
{
	const struct vx_info *vx = current_vx();

	return vx_guest(vx) && owner != vx;
}
EXPORT_SYMBOL_GPL(__vs_owner_hidden);
