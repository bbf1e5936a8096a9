/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_VERSION_H
#define _LINUX_VSERVER_VERSION_H

/* Our own version; the API version that tools see is VS_API_VERSION. */
#define VS_VERSION_STRING	"0.1"

#endif /* _LINUX_VSERVER_VERSION_H */
