// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "out.h"
#include "sysinfo.h"

#ifndef VS_VERSION
#define VS_VERSION	"0.0"
#endif
#ifndef VS_PKGLIBDIR
#define VS_PKGLIBDIR	"/usr/local/lib/util-vserver"
#endif

static void row(const char *key, const char *label, const char *value)
{
	out_text("%25s: ", label);
	out_str(key, "%s\n", value);
}

static void kernel_features(void)
{
	const char *name;
	size_t i;

	out_text("%25s:", "Kernel features");
	out_open_list("kernel_features");
	for (i = 0; (name = vc_feature_name(i)); i++)
		if (vc_isSupportedString(name))
			out_str(NULL, " %s", name);
	out_close();
	out_text("\n");
}

void sysinfo_print(void)
{
	int version = vc_get_version();
	uint64_t vci = vc_get_vci();
	struct utsname uts = { 0 };
	char text[128];

	uname(&uts);
	out_text("Versions:\n");
	row("kernel", "Kernel", uts.release);
	snprintf(text, sizeof(text), "0x%08x", version);
	row("vs_api", "VS-API", version < 0 ? "none: not a vserver kernel, or not root" : text);
	snprintf(text, sizeof(text), "0x%016llx", (unsigned long long)vci);
	row("vci", "VCI", version < 0 ? "-" : text);
	row("util_vserver", "util-vserver", VS_VERSION);

	out_text("\nFeatures:\n");
	kernel_features();
	row("compiler", "CC", __VERSION__);
#ifdef __NR_vserver
	snprintf(text, sizeof(text), "%d", __NR_vserver);
#else
	strcpy(text, "built in");
#endif
	row("syscall_number", "vserver(2) syscall#", text);
	row("syscall_method", "syscall(2) invocation", "libc");
	row("confdir", "cfg-Directory", vc_confdir());
	row("rundir", "run-Directory", vc_rundir());
	row("vdirbase", "vserver-Rootdir", vc_vdirbase());
	row("pkglibdir", "pkglib-Directory", VS_PKGLIBDIR);
}
