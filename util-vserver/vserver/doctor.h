/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_DOCTOR_H
#define VSERVER_DOCTOR_H

enum grade { GOOD, POOR, BAD };

/* One point; @remedy null when there is nothing to do. */
void point(enum grade grade, const char *what, const char *found, const char *remedy);

/* Options of the kernel, which change what guests can have. */
void doctor_options(void);

/* What the file system of the root directories can do, and the barrier around them. */
void doctor_files(void);

/* Whether guests find in /proc what the list says. */
void doctor_list(void);

#endif
