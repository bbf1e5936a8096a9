/* SPDX-License-Identifier: GPL-2.0 */
/* Group B: the kernel's knobs. Group C: the machine itself. */
#include <linux/bpf.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <sched.h>

static long core_pattern(void)
{
	return try_open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

/* What remains is for the host to look at: no program of its was run. */
static long crash(void)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		abort();
	waitpid(pid, &status, 0);
	return WTERMSIG(status);
}

static long helpers(void)
{
	return ALL_ARE(-ENOENT, try_open("/proc/sys/kernel/modprobe", O_WRONLY),
		       try_open("/proc/sys/kernel/hotplug", O_WRONLY),
		       try_open("/proc/sys/kernel/poweroff_cmd", O_WRONLY),
		       try_open("/proc/sys/kernel/vshelper", O_WRONLY),
		       try_open("/proc/sys/kernel/usermodehelper/bset", O_WRONLY),
		       try_open("/sys/kernel/uevent_helper", O_WRONLY));
}

static long binfmt(void)
{
	return ALL_ARE(-EPERM, ERR(mount("none", "/proc/sys", "binfmt_misc", 0, NULL)), mount_one("binfmt_misc"));
}

static long binfmt_register(void)
{
	return try_open("/proc/sys/fs/binfmt_misc/register", O_WRONLY);
}

static long cgroup_agent(void)
{
	return ALL_ARE(-EPERM, ERR(mount("none", "/mnt", "cgroup", 0, "memory")), mount_one("cgroup2"),
		       ERR(unshare(CLONE_NEWUSER | CLONE_NEWCGROUP)), ERR(unshare(CLONE_NEWCGROUP)));
}

static long sysrq(void)
{
	return ALL_ARE(-ENOENT, try_open("/proc/sysrq-trigger", O_WRONLY),
		       try_open("/proc/sys/kernel/sysrq", O_WRONLY));
}

static const char *const windows[] = {
	"debugfs", "tracefs", "securityfs", "efivarfs", "configfs", "pstore", "fusectl", "bpf",
	"hugetlbfs", "nfsd", "rpc_pipefs", "sysfs", "resctrl", "binder", "selinuxfs", "overlay", "nosuchfs",
};

static long mount_windows(void)
{
	size_t i;
	long ret;

	for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		ret = mount_one(windows[i]);
		if (ret != -EPERM)
			return ret;
		ret = ERR(syscall(SYS_fsopen, windows[i], 0));
		if (ret != -EPERM)
			return ret;
	}
	return -EPERM;
}

static long modules(void)
{
	int fd;

	to_file("/tmp/x.ko", "\177ELF", 4);
	fd = open("/tmp/x.ko", O_RDONLY);
	return ALL_ARE(-EPERM, ERR(syscall(SYS_init_module, "\177ELF", 4, "")),
		       ERR(syscall(SYS_finit_module, fd, "", 0)), ERR(syscall(SYS_delete_module, "ext4", 0)));
}

static long kexec(void)
{
	int fd = open("/bin/busybox", O_RDONLY);
	long one = ERR(syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_X86_64));
	long two = ERR(syscall(SYS_kexec_file_load, fd, -1, 1, "", 4));

	/* A kernel that has no kexec loads none either. */
	return (one == -EPERM || one == -ENOSYS) && (two == -EPERM || two == -ENOSYS) ? -EPERM : one ?: two;
}

static long reboot_with(unsigned int cmd)
{
	return ERR(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, "now"));
}

/* Nothing happens; the host's setting is a canary. Restarting is the business of process_reboot. */
static long keys_that_reboot(void)
{
	return ALL_ARE(0, reboot_with(LINUX_REBOOT_CMD_CAD_ON), reboot_with(LINUX_REBOOT_CMD_CAD_OFF),
		       reboot_with(LINUX_REBOOT_CMD_KEXEC));
}

static long reboot_as_nobody(void)
{
	if (setuid(65534))
		return -errno;
	return ALL_ARE(-EPERM, reboot_with(LINUX_REBOOT_CMD_RESTART), reboot_with(LINUX_REBOOT_CMD_POWER_OFF),
		       reboot_with(LINUX_REBOOT_CMD_HALT), reboot_with(LINUX_REBOOT_CMD_SW_SUSPEND));
}

static long bpf(void)
{
	/* r0 = 0; exit */
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int type;
	long ret;

	for (type = BPF_PROG_TYPE_SOCKET_FILTER; type <= BPF_PROG_TYPE_SYSCALL; type++) {
		memset(&attr, 0, sizeof(attr));
		attr.prog_type = type;
		attr.insns = (uintptr_t)code;
		attr.insn_cnt = 2;
		attr.license = (uintptr_t)"GPL";
		ret = ERR(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
		if (ret != -EPERM)
			return ret;
	}
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	ret = ERR(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
	memset(&attr, 0, sizeof(attr));
	return ALL_ARE(-EPERM, ret, ERR(syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))),
		       ERR(syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr))),
		       ERR(syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr))));
}

#define MACHINE_ATTEMPTS \
	{ "B01", "write core_pattern", core_pattern, "ENOENT" }, \
	{ "B01", "crash", crash, "6" }, \
	{ "B02", "write the paths of helpers", helpers, "ENOENT" }, \
	{ "B04", "mount binfmt_misc", binfmt, "EPERM" }, \
	{ "B04", "register a program", binfmt_register, "ENOENT" }, \
	{ "B05", "mount control groups with an agent", cgroup_agent, "EPERM" }, \
	{ "B07", "write sysrq", sysrq, "ENOENT" }, \
	{ "B09", "mount windows into the kernel", mount_windows, "EPERM" }, \
	{ "C01", "load and unload modules", modules, "EPERM" }, \
	{ "C02", "load a kernel", kexec, "EPERM" }, \
	{ "C03", "ctrl-alt-del, start the loaded kernel", keys_that_reboot, "0" }, \
	{ "C03", "restart as somebody else", reboot_as_nobody, "EPERM" }, \
	{ "C09", "programs for the kernel", bpf, "EPERM" }
