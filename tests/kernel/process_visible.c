// SPDX-License-Identifier: GPL-2.0
/* Which files of /proc a guest finds: by default, and as the host sets it. */
#include <dirent.h>
#include <sys/mount.h>
#include <vserver/inode.h>
#include "harness.h"

static struct guest a = { .xid = 1701 };
static struct guest b = { .xid = 1702 };
static char dir[] = "/tmp/visible.XXXXXX", second[64], held[64];

static bool listed(const char *path, const char *name)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool found = false;

	while (d && (e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

static long set(const char *path, unsigned int flags, unsigned int mask)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .flags = flags, .mask = mask };

	return vs(VCMD_set_iattr, 0, &attr);
}

static long get(const char *path)
{
	struct vcmd_ctx_iattr_v1 attr = { .name = path, .tag = 77, .mask = ~0U };
	long ret = vs(VCMD_get_iattr, 0, &attr);

	if (ret)
		return ret;
	check(attr.mask == VS_IATTR_PROC && attr.tag == 77, "%s: the three bits, no tag", path);
	check(attr.flags & VS_IATTR_TAG, "%s: the tag's bit is always set", path);
	return attr.flags & ~VS_IATTR_TAG;
}

static void show(const char *path)
{
	check_is(set(path, 0, VS_IATTR_HIDE), 0, path);
}

static void hide(const char *path)
{
	check_is(set(path, VS_IATTR_HIDE, VS_IATTR_HIDE), 0, path);
}

static bool opens(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void is_hidden(const char *parent, const char *name)
{
	char path[128], what[160];

	snprintf(path, sizeof(path), "%s/%s", parent, name);
	snprintf(what, sizeof(what), "%s is not found", path);
	check_is(err(open(path, O_RDONLY)), -ENOENT, what);
	check(!listed(parent, name), "%s is not listed", path);
}

static void is_shown(const char *parent, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", parent, name);
	check(opens(path), "%s is found", path);
	check(listed(parent, name), "%s is listed", path);
}

/* What ps, top, free, uptime and init scripts read; and what the machine is made of. */
static void by_default(void *arg)
{
	static const char *const shown[] = {
		"stat", "uptime", "meminfo", "loadavg", "cpuinfo", "version", "filesystems", "swaps",
		"locks", "sys", "sysvipc", "virtual",
	};
	static const char *const hidden[] = {
		"iomem", "ioports", "interrupts", "kmsg", "modules", "kallsyms", "kcore", "keys",
		"slabinfo", "vmallocinfo", "zoneinfo", "timer_list", "partitions", "diskstats",
		"cmdline", "irq", "bus", "fs", "driver", "sysrq-trigger", "key-users", "pagetypeinfo",
	};
	static const char *const settings[] = { "hostname", "osrelease", "pid_max", "cap_last_cap", "random" };
	static const char *const host_settings[] = {
		"core_pattern", "modprobe", "vserver_host_view", "sysrq", "kptr_restrict", "ns_last_pid",
	};
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		is_shown("/proc", shown[i]);
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		is_hidden("/proc", hidden[i]);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		is_shown("/proc/sys/kernel", settings[i]);
	for (i = 0; i < sizeof(host_settings) / sizeof(host_settings[0]); i++)
		is_hidden("/proc/sys/kernel", host_settings[i]);
	is_shown("/proc", "self");
	is_shown("/proc/self", "status");
	is_shown("/proc/net", "tcp");
	is_shown("/proc/tty", "drivers");
	is_hidden("/proc/tty", "driver");
	is_shown("/proc/sys/net/core", "somaxconn");
	is_shown("/proc/sys/net/ipv4/conf", "all");
	is_hidden("/proc/sys/net/ipv4/conf", "lo");
	is_hidden("/proc/sys", "dev");
}

/* The host finds all of it. */
static void host(void)
{
	is_shown("/proc", "iomem");
	is_shown("/proc", "irq");
	is_shown("/proc/sys/kernel", "core_pattern");
	check_is(get("/proc/uptime"), VS_IATTR_ADMIN, "a shown file");
	check_is(get("/proc/iomem"), VS_IATTR_ADMIN | VS_IATTR_HIDE, "a hidden file");
	check_is(get("/proc/sys/kernel/modprobe"), VS_IATTR_ADMIN | VS_IATTR_HIDE, "a hidden setting");
	check_is(get("/proc"), VS_IATTR_ADMIN | VS_IATTR_WATCH, "the root");
}

static void shown_now(void *arg)
{
	is_shown("/proc", "iomem");
	is_shown(second, "iomem");
	is_shown("/proc/sys/kernel", "modprobe");
	is_hidden("/proc", "uptime");
	is_hidden(second, "uptime");
	is_hidden("/proc", "sysvipc");
	check_is(err(open("/proc/sysvipc/shm", O_RDONLY)), -ENOENT, "nor what is in a hidden directory");
	is_hidden("/proc/sys/kernel", "random");
	check_is(err(open("/proc/sys/kernel/random/uuid", O_RDONLY)), -ENOENT, "nor below /proc/sys");
	is_hidden("/proc/net", "tcp");
	is_hidden("/proc/self/net", "tcp");
	is_hidden("/proc/thread-self/net", "tcp");
}

static void no_network(void *arg)
{
	check(!listed("/proc/self/net", "tcp6") && !listed("/proc/self/net", "dev"), "nothing is listed");
	check_is(err(open("/proc/self/net/dev", O_RDONLY)), -ENOENT, "nor found");
	check_is(err(open("/proc/net/dev", O_RDONLY)), -ENOENT, "by any name");
}

/* A file keeps its word on all mounts and in all names that lead to it. */
static void words(void)
{
	static const char *const hidden[] = {
		"/proc/uptime", "/proc/sysvipc", "/proc/sys/kernel/random", "/proc/net/tcp",
	};
	size_t i;

	show("/proc/iomem");
	show("/proc/sys/kernel/modprobe");
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		hide(hidden[i]);
	check(opens("/proc/uptime") && opens("/proc/sysvipc/shm"), "the host finds them still");
	in_guest(&a, shown_now, NULL);
	in_guest(&b, shown_now, NULL);
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		show(hidden[i]);
	hide("/proc/net/");
	in_guest(&a, no_network, NULL);
	show("/proc/net/");
	hide("/proc/iomem");
	hide("/proc/sys/kernel/modprobe");
	in_guest(&a, by_default, NULL);
}

/* Ways around the look-up: what the host left open, bound or reachable. */
static void around(void *arg)
{
	int *fd = arg;
	char path[64];

	check_is(err(openat(fd[0], "smp_affinity", O_RDONLY)), -ENOENT, "below a held directory");
	check_is(err(openat(fd[1], "modprobe", O_RDONLY)), -ENOENT, "below one of /proc/sys");
	check(!listed("/proc/self/fd/200", "default_smp_affinity"), "a held directory lists nothing");
	check_is(err(open(held, O_RDONLY)), -EACCES, "a hidden file that is bound elsewhere");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[2]);
	check_is(err(open(path, O_RDONLY)), -EACCES, "a held path opened by its descriptor");
	check_is(err(open("/proc/iomem/..", O_RDONLY)), -ENOENT, "dots lead nowhere");
	check_is(err(access("/proc/../proc/iomem", F_OK)), -ENOENT, "nor to it");
	check_is(err(mount("none", dir, "proc", 0, NULL)), -EPERM, "a mount of its own");
}

static void attacks(void)
{
	int fd[3] = {
		open("/proc/irq", O_RDONLY | O_DIRECTORY),
		open("/proc/sys/kernel", O_RDONLY | O_DIRECTORY),
		open("/proc/iomem", O_PATH),
	};

	check(fd[0] >= 0 && fd[1] >= 0 && fd[2] >= 0 && dup2(fd[0], 200) == 200, "the host holds them");
	in_guest(&a, around, fd);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	close(200);
}

/* The spectator finds what has its bit; the host can take away its own. */
static void watching(void *arg)
{
	check_is(vs(VCMD_ctx_migrate, VS_ID_WATCH, NULL), 1, "become a spectator");
	is_hidden("/proc", "ioports");
	is_shown("/proc", "iomem");
	is_shown("/proc", "uptime");
	check_is(set("/proc/iomem", 0, VS_IATTR_PROC), -EPERM, "it may not set words");
}

static void others(void)
{
	int fd = open("/proc/iomem", O_RDONLY);

	check_is(set("/proc/iomem", VS_IATTR_PROC & ~VS_IATTR_ADMIN, VS_IATTR_PROC), 0, "watch and hide");
	is_hidden("/proc", "iomem");
	in_child(watching, NULL);
	check(fd >= 0, "the host has it open");
	struct vcmd_ctx_fiattr_v0 attr = { .flags = VS_IATTR_ADMIN, .mask = VS_IATTR_PROC & ~VS_IATTR_HIDE };

	check_is(vs(VCMD_fset_iattr, fd, &attr), 0, "and takes it back by the descriptor");
	is_shown("/proc", "iomem");
	memset(&attr, 0, sizeof(attr));
	check_is(vs(VCMD_fget_iattr, fd, &attr), 0, "ask by the descriptor");
	check(attr.flags == (VS_IATTR_ADMIN | VS_IATTR_HIDE | VS_IATTR_TAG) && attr.mask == VS_IATTR_PROC,
	      "the words are back (%x %x)", attr.flags, attr.mask);
	close(fd);
}

static void in_the_guest(void *arg)
{
	check_is(set("/proc/uptime", VS_IATTR_HIDE, VS_IATTR_HIDE), -ENOSYS, "a guest sets no words");
	check_is(get("/proc/uptime"), -ENOSYS, "nor reads them");
}

static void uncapable(void *arg)
{
	check_is(prctl(PR_CAPBSET_DROP, 9, 0, 0, 0), 0, "without linux_immutable");
	/* Its status is the result: reading works, setting is EPERM. */
	execl("/proc/self/exe", "visible", "--uncapable", NULL);
	_exit(1);
}

static void results(void)
{
	struct vcmd_ctx_fiattr_v0 attr = { 0 };
	char path[64];

	check_is(set("/etc/passwd", VS_IATTR_HIDE, VS_IATTR_HIDE), -EINVAL, "a bit of /proc elsewhere");
	check_is(set("/proc/uptime", VS_IATTR_BARRIER, VS_IATTR_BARRIER), -EOPNOTSUPP, "another bit in /proc");
	check_is(set("/proc/uptime", 0, VS_IATTR_BARRIER), 0, "which is clear anyhow");
	check_is(set("/proc/uptime", VS_IATTR_WRITE, VS_IATTR_WRITE), 0, "a bit of older kernels");
	check_is(set("/proc/uptime", VS_IATTR_TAG, VS_IATTR_TAG), -EINVAL, "a tag");
	check_is(set("/proc", VS_IATTR_HIDE, VS_IATTR_HIDE), -EINVAL, "the root does not hide");
	check_is(get("/proc/self/status"), -ENOTTY, "a task's file has no word");
	check_is(get("/proc/self"), -ENOTTY, "nor has a task");
	check_is(get("/proc/self/net"), VS_IATTR_ADMIN, "but the network, which is not the task's");
	check_is(get("/proc/thread-self/net/tcp"), VS_IATTR_ADMIN, "and its files");
	check_is(get("/proc/nothing"), -ENOENT, "no such file");
	check_is(vs(VCMD_get_iattr, 0, NULL), -EFAULT, "no structure");
	check_is(vs(VCMD_fget_iattr, 999, &attr), -EBADF, "no such descriptor");
	check_is(vs(VCMD_fset_iattr, 0, NULL), -EFAULT, "no structure for a descriptor");
	/* A last symbolic link is not followed. */
	snprintf(path, sizeof(path), "%s/link", dir);
	check(!symlink("/proc/uptime", path), "a link");
	check_is(set(path, VS_IATTR_HIDE, VS_IATTR_HIDE), -EINVAL, "is not what it leads to");
	unlink(path);
}

int main(int argc, char **argv)
{
	char path[64];

	test_sleeper(argc, argv);
	if (argc == 2 && !strcmp(argv[1], "--uncapable")) {
		struct vcmd_ctx_iattr_v1 attr = { .name = "/proc/uptime" };

		return vs(VCMD_set_iattr, 0, &attr) == -EPERM && !vs(VCMD_get_iattr, 0, &attr) ? 0 : 1;
	}
	test_begin();
	if (!mkdtemp(dir))
		return 1;
	snprintf(second, sizeof(second), "%s/proc", dir);
	snprintf(held, sizeof(held), "%s/held", dir);
	mkdir(second, 0755);
	close(open(held, O_CREAT | O_WRONLY, 0644));
	check_is(err(mount("none", second, "proc", 0, NULL)), 0, "a second mount of /proc");
	check_is(err(mount("/proc/iomem", held, NULL, MS_BIND, NULL)), 0, "a bound file of /proc");
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	in_guest(&a, by_default, NULL);
	host();
	words();
	attacks();
	others();
	in_guest(&a, in_the_guest, NULL);
	results();
	check(vs(VCMD_get_vci, 0, NULL) & VCI_PROC_SECURE, "get_vci tells that /proc is closed");
	in_child(uncapable, NULL);
	guest_stop(&a);
	guest_stop(&b);
	umount(held);
	umount(second);
	unlink(held);
	snprintf(path, sizeof(path), "%s", second);
	rmdir(path);
	rmdir(dir);
	return test_end();
}
