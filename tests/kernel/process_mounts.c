// SPDX-License-Identifier: GPL-2.0
/* What a guest sees of mounts, and of the host's init when its own flags hide things. */
#include <dirent.h>
#include <sys/mount.h>
#include "harness.h"

static struct guest a = { .xid = 1751 };
static struct guest hides = { .xid = 1752, .flags = VXF_HIDE_MOUNT };
static struct guest inits = { .xid = 1753, .flags = VXF_INFO_INIT };
static char buf[65536], root[] = "/tmp/mounts.XXXXXX";

#define DEVICE	"host-disk"

static const char *const files[] = {
	"/proc/self/mounts", "/proc/mounts", "/proc/thread-self/mounts", "/proc/self/mountinfo",
	"/proc/self/mountstats",
};

/* A root of its own on a device with a name that is the host's business. */
static bool make_root(void)
{
	char proc[64];

	if (!mkdtemp(root) || mount(DEVICE, root, "tmpfs", 0, NULL))
		return false;
	snprintf(proc, sizeof(proc), "%s/proc", root);
	return !mkdir(proc, 0755) && !mount("none", proc, "proc", 0, NULL);
}

static void drop_root(void)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "%s/proc", root);
	check_is(err(umount(proc)), 0, "the second /proc goes");
	check_is(err(umount(root)), 0, "the root goes");
	rmdir(root);
}

static void enter_root(void)
{
	check(!chroot(root) && !chdir("/"), "enter the root");
}

static void shown(void *arg)
{
	enter_root();
	check(read_file("/proc/self/mounts", buf, sizeof(buf)) && strstr(buf, "/dev/root / tmpfs "),
	      "mounts calls the root's device /dev/root (%s)", buf);
	check(!strstr(buf, DEVICE), "and not as the host does");
	check(strstr(buf, "none /proc proc ") != NULL, "other mounts are there");
	check(read_file("/proc/self/mountstats", buf, sizeof(buf)) &&
	      strstr(buf, "device /dev/root mounted on / with fstype tmpfs"), "mountstats as well");
	check(!strstr(buf, DEVICE), "and not as the host does");
	check(read_file("/proc/self/mountinfo", buf, sizeof(buf)) && strstr(buf, " / / "),
	      "mountinfo has the root as it is");
}

static void hidden(void *arg)
{
	size_t i;

	enter_root();
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check(read_file(files[i], buf, sizeof(buf)) && !buf[0], "%s is empty", files[i]);
}

static void host(void *arg)
{
	size_t i;

	enter_root();
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check(read_file(files[i], buf, sizeof(buf)) && strstr(buf, DEVICE), "the host: %s", files[i]);
}

/* Trusted until its set-up ends: the tools still mount and look. */
static void setting_up(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_HIDE_MOUNT };

	check_is(vs(VCMD_ctx_create, 1754, &create), 1754, "a context in set-up");
	check(read_file("/proc/self/mounts", buf, sizeof(buf)) && strstr(buf, DEVICE), "sees all mounts");
}

/* What is listed of the host's init is what can be opened. */
static void init_listed(void *arg)
{
	DIR *dir = opendir("/proc/1");
	struct dirent *d;
	int n = 0;
	char path[300];

	check(dir != NULL, "the host's init is there");
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/1/%s", d->d_name);
		check(!access(path, F_OK), "%s is listed and found", path);
		n++;
	}
	check(n == 5, "and five files of it (%d)", n);
	if (dir)
		closedir(dir);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(make_root(), "a root");
	check(guest_start(&a) && guest_start(&hides) && guest_start(&inits), "three guests start");
	in_guest(&a, shown, NULL);
	in_guest(&hides, hidden, NULL);
	in_guest(&inits, init_listed, NULL);
	in_child(host, NULL);
	in_child(setting_up, NULL);
	guest_stop(&a);
	guest_stop(&hides);
	guest_stop(&inits);
	drop_root();
	return test_end();
}
