// SPDX-License-Identifier: GPL-2.0
#include <linux/init.h>
#include <linux/sysctl.h>
#include <linux/vserver/helper.h>
#include <linux/vserver/sysctl.h>

int vs_host_view = 1;
int vs_log_refused;
int vs_core_pipe;
int vs_socket_mark;

static struct ctl_table vs_sysctls[] = {
	{
		.procname	= "vserver_host_view",
		.data		= &vs_host_view,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	{
		.procname	= "vserver_log_refused",
		.data		= &vs_log_refused,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE_THOUSAND,
	},
	{
		.procname	= "vshelper",
		.data		= vs_helper_path,
		.maxlen		= VS_HELPER_PATH,
		.mode		= 0644,
		.proc_handler	= proc_dostring,
	},
	{
		.procname	= "vserver_socket_mark",
		.data		= &vs_socket_mark,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	{
		.procname	= "vserver_core_pipe",
		.data		= &vs_core_pipe,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	{ }
};

static int __init vs_sysctl_init(void)
{
	register_sysctl_init("kernel", vs_sysctls);
	return 0;
}
late_initcall(vs_sysctl_init);
