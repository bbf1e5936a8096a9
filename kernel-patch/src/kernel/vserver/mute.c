// SPDX-License-Identifier: GPL-2.0
/*
 * Bits of the words of contexts that the rules overlook, as if the code of a
 * flag had been taken out. For tests of the tests, set at
 * /sys/module/mute/parameters.
 */
#include <linux/moduleparam.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>

static unsigned long long cflags, ccaps, nflags, ncaps;

module_param(cflags, ullong, 0600);
module_param(ccaps, ullong, 0600);
module_param(nflags, ullong, 0600);
module_param(ncaps, ullong, 0600);

u64 vs_heeded_flags(const struct vs_object *obj)
{
	return ~READ_ONCE(*(obj->class == &vx_class ? &cflags : &nflags));
}

u64 vs_heeded_caps(const struct vs_object *obj)
{
	return ~READ_ONCE(*(obj->class == &vx_class ? &ccaps : &ncaps));
}
