/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VS_SYSINFO_H
#define VS_SYSINFO_H

/* Versions, features and places, into the open output of out.h. */
void sysinfo_print(void);

#endif /* VS_SYSINFO_H */
