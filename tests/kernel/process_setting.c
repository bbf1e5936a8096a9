// SPDX-License-Identifier: GPL-2.0
/* What a guest may change in /proc and /sys: settings of its own namespaces, and nothing else. */
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <vserver/inode.h>
#include "harness.h"

#define CAP(nr)	(1ULL << (nr))
#define CAP_NET_ADMIN	12

static struct guest a = { .xid = 1741, .ccaps = VXC_SET_UTSNAME, .umask = CLONE_NEWUTS | CLONE_NEWNET };
static struct guest b = { .xid = 1742, .umask = CLONE_NEWUTS | CLONE_NEWNET };
static struct guest n = { .xid = 1743, .bcaps = TEST_BCAPS | CAP(CAP_NET_ADMIN), .umask = CLONE_NEWNET };

static long put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	long ret;

	if (fd < 0)
		return -errno;
	ret = err(write(fd, text, strlen(text)));
	close(fd);
	return ret < 0 ? ret : 0;
}

static bool is_called(const char *name)
{
	struct utsname uts;

	return !uname(&uts) && !strcmp(uts.nodename, name);
}

#define HOSTNAME	"/proc/sys/kernel/hostname"
#define FORWARD		"/proc/sys/net/ipv4/ip_forward"

static void names(void *arg)
{
	int *held = arg;

	check_is(put(HOSTNAME, "evil"), -EACCES, "the host's name is not A's");
	check_is(err(write(*held, "evil", 4)), -EPERM, "not by a descriptor of the host's either");
	check_is(err(unshare(CLONE_NEWUTS)), 0, "names of its own");
	check_is(put(HOSTNAME, "mine"), 0, "it may set");
	check(is_called("mine"), "and has them");
	check_is(put("/proc/sys/kernel/domainname", "own.org"), 0, "the domain, too");
	check_is(put("/proc/sys/kernel/osrelease", "9"), -EACCES, "but no other");
	check_is(err(setresuid(1000, 1000, 1000)), 0, "a user");
	check_is(put(HOSTNAME, "user"), -EACCES, "may not");
}

static void no_names(void *arg)
{
	check_is(err(unshare(CLONE_NEWUTS)), 0, "B: names of its own");
	check_is(put(HOSTNAME, "evil"), -EACCES, "without set_utsname it may not set them");
}

static void network(void *arg)
{
	bool may = *(bool *)arg;

	check_is(put(FORWARD, "1"), -EACCES, "the host's network is not a guest's");
	check_is(err(unshare(CLONE_NEWNET)), 0, "a network of its own");
	check_is(put(FORWARD, "1"), may ? 0 : -EACCES, may ? "set, with net_admin" : "not set, without net_admin");
	check_is(put("/proc/sys/kernel/pid_max", "40000"), -EACCES, "nothing else for that");
}

static void attributes(void *arg)
{
	static const char *const files[] = {
		"/proc/uptime", "/proc/sys/kernel/hostname", "/proc/self/status", "/proc/self", "/sys/kernel/profiling",
		"/sys/kernel",
	};
	struct timespec ts[2] = { { 0, 0 }, { 0, 0 } };
	struct stat st;
	char what[96];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (access(files[i], F_OK)) {
			check(strncmp(files[i], "/proc", 5), "%s is there", files[i]);
			continue;
		}
		snprintf(what, sizeof(what), "chmod %s", files[i]);
		check_is(err(chmod(files[i], 0777)), -EPERM, what);
		snprintf(what, sizeof(what), "chown %s", files[i]);
		check_is(err(chown(files[i], 1, 1)), -EPERM, what);
		snprintf(what, sizeof(what), "utimes %s", files[i]);
		check_is(err(utimensat(AT_FDCWD, files[i], ts, 0)), -EPERM, what);
		snprintf(what, sizeof(what), "setxattr security %s", files[i]);
		/* For /proc it is the kernel's own refusal: procfs has none. */
		check(setxattr(files[i], "security.x", "1", 1, 0) < 0, "%s", what);
		snprintf(what, sizeof(what), "setxattr user %s", files[i]);
		check(setxattr(files[i], "user.x", "1", 1, 0) < 0, "%s", what);
	}
	check_is(err(setxattr("/sys/kernel", "security.capability", "\1\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0)),
		 -EPERM, "setxattr security.capability in /sys");
	check_is(err(removexattr("/sys/kernel", "security.capability")), -EPERM, "nor remove it");
	fd = open("/proc/uptime", O_RDONLY);
	check_is(err(fchmod(fd, 0777)), -EPERM, "fchmod by a descriptor");
	check_is(err(fchown(fd, 1, 1)), -EPERM, "fchown by a descriptor");
	close(fd);
	check(!stat("/proc/uptime", &st) && st.st_mode == (S_IFREG | 0444) && !st.st_uid, "nothing has changed");
	check_is(put("/proc/self/oom_score_adj", "500"), 0, "its own settings it may write, cutting them off first");
	check_is(put("/proc/self/comm", "other"), 0, "and its name");
}

/* Shown or not, what is the machine's is not written to. */
static void shown(void *arg)
{
	check_is(put("/proc/sys/kernel/core_pattern", "x"), -EACCES, "write core_pattern");
	check_is(put("/proc/sys/kernel/modprobe", "x"), -EACCES, "write modprobe");
	check_is(err(truncate("/proc/sys/kernel/modprobe", 0)), -EACCES, "truncate it");
	check_is(put("/proc/sysrq-trigger", "h"), -EACCES, "write sysrq-trigger");
	check_is(put("/proc/irq/default_smp_affinity", "1"), -EACCES, "write an affinity");
	check_is(err(access("/proc/sys/kernel/modprobe", W_OK)), -EACCES, "access says so");
	check_is(err(access("/proc/sys/kernel/modprobe", R_OK)), 0, "reading is another matter");
}

static void show(bool on)
{
	static const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
		"/proc/irq", "/proc/irq/default_smp_affinity",
	};
	struct vcmd_ctx_iattr_v1 attr = { .flags = on ? 0 : VS_IATTR_HIDE, .mask = VS_IATTR_HIDE };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		attr.name = files[i];
		check_is(vs(VCMD_set_iattr, 0, &attr), 0, files[i]);
	}
}

int main(int argc, char **argv)
{
	int fd = open(HOSTNAME, O_RDWR);
	bool yes = true, no = false;
	struct utsname uts;

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b) && guest_start(&n), "three guests start");
	uname(&uts);
	in_guest(&a, names, &fd);
	in_guest(&b, no_names, NULL);
	check(is_called(uts.nodename), "the host is called as before");
	in_guest(&a, network, &no);
	in_guest(&n, network, &yes);
	in_guest(&a, attributes, NULL);
	show(true);
	in_guest(&a, shown, NULL);
	show(false);
	check_is(put(HOSTNAME, uts.nodename), 0, "the host writes as ever");
	guest_stop(&a);
	guest_stop(&b);
	guest_stop(&n);
	return test_end();
}
