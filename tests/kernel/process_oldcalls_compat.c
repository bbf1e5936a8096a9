// SPDX-License-Identifier: GPL-2.0
/* The same as a 32-bit program on a 64-bit kernel. */
#include "process_oldcalls.c"
