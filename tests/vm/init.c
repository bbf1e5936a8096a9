// SPDX-License-Identifier: GPL-2.0
/*
 * The first program of the test machine.
 *
 *   vs-rig-init boot    as PID 1: mount what a host has mounted, bring up the network,
 *                       put the staged tools in place; then be PID 1 and run the command,
 *                       or hand over to systemd or sysvinit, which start the agent
 *   vs-rig-init agent   run the command (see agent.c)
 *
 * It is started by /sbin/vs-rig-boot of the image from the share `rig`, which
 * scripts/vm fills, so a new version needs no new image.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define SHARE_OPTIONS "trans=virtio,version=9p2000.L,msize=262144"

static const struct {
	const char *what, *type, *where, *options;
	unsigned long flags;
} mounts[] = {
	{ "proc", "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "sysfs", "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "tmpfs", "tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV },
	{ "tmpfs", "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
	{ "devpts", "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC },
	{ "tmpfs", "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
	{ "mqueue", "mqueue", "/dev/mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "cgroup2", "cgroup2", "/sys/fs/cgroup", "nsdelegate", MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "debugfs", "debugfs", "/sys/kernel/debug", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "securityfs", "securityfs", "/sys/kernel/security", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "configfs", "configfs", "/sys/kernel/config", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
};

static void mount_all(void)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].what, mounts[i].where, mounts[i].type, mounts[i].flags,
			  mounts[i].options) < 0 && errno != EBUSY && errno != ENODEV && errno != ENOENT)
			rig_say("cannot mount %s: %s", mounts[i].where, strerror(errno));
	}
	/* As systemd leaves it: guests' mounts would otherwise stay invisible to tests of propagation. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		rig_say("cannot make / shared: %s", strerror(errno));
	if (symlink("/proc/self/fd", "/dev/fd") < 0 && errno != EEXIST)
		rig_say("cannot link /dev/fd: %s", strerror(errno));
	if (symlink("/proc/self/fd/0", "/dev/stdin") == 0 && symlink("/proc/self/fd/1", "/dev/stdout") == 0 &&
	    symlink("/proc/self/fd/2", "/dev/stderr") == 0)
		return;
}

/* Read-only shares appear at /rig/TAG, the caller's own one at /share. */
static void mount_shares(const char *list)
{
	char *copy = strdup(list), *tag, *save, where[256];

	for (tag = strtok_r(copy, "\n ", &save); tag; tag = strtok_r(NULL, "\n ", &save)) {
		bool own = !strcmp(tag, "share");

		snprintf(where, sizeof(where), own ? "/%s" : "/rig/%s", tag);
		mkdir("/rig", 0755);
		mkdir(where, 0755);
		/* What the host changes must be seen at once in the caller's share; the others are only read. */
		if (mount(tag, where, "9p", own ? 0 : MS_RDONLY, own ? SHARE_OPTIONS ",cache=mmap,access=any" :
			  SHARE_OPTIONS ",cache=loose") < 0)
			rig_say("cannot mount the share %s on %s: %s", tag, where, strerror(errno));
	}
	free(copy);
}

/* Runs one command line; used for the few things that a tool of the host does best. */
static int run(const char *line)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		int fd = open("/dev/null", O_RDWR);

		if (fd >= 0) {
			dup2(fd, 0);
			dup2(fd, 1);
			dup2(fd, 2);
		}
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_up_network(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		rig_say("cannot bring up lo: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	/* One interface of the host, with the addresses that the documentation uses. */
	if (run("ip -batch - <<'X'\n"
		"link set eth0 up\n"
		"addr add 10.20.0.1/24 dev eth0\n"
		"addr add fd20::1/64 dev eth0 nodad\n"
		"X"))
		rig_say("cannot set up eth0");
}

static void set_up_cgroups(void)
{
	static const char *const controllers[] = { "+cpu", "+memory", "+pids", "+cpuset", "+io" };
	size_t i;

	for (i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		rig_write_file("/sys/fs/cgroup/cgroup.subtree_control", controllers[i]);
}

static void install_tools(void)
{
	struct stat st;

	if (stat("/rig/stage", &st) < 0)
		return;
	if (rig_copy_tree("/rig/stage", "/") < 0)
		rig_say("the staged tools are not complete");
}

/* The agent as a service of the init system that takes over. */
static void hand_over(const struct rig_config *cfg)
{
	if (!strcmp(cfg->init, "systemd")) {
		mkdir("/run/systemd", 0755);
		mkdir("/run/systemd/system", 0755);
		mkdir("/run/systemd/system/multi-user.target.wants", 0755);
		rig_write_file("/run/systemd/system/vs-rig.service",
			       "[Unit]\nDescription=Command of the test rig\n"
			       "[Service]\nType=simple\nExecStart=" RIG_INIT " agent\n"
			       "KillMode=process\nDelegate=yes\nTasksMax=infinity\nLimitNOFILE=65536\n");
		if (symlink("../vs-rig.service", "/run/systemd/system/multi-user.target.wants/vs-rig.service") < 0)
			rig_say("cannot enable the agent: %s", strerror(errno));
		execl("/lib/systemd/systemd", "systemd", "--unit=multi-user.target", "--show-status=0", NULL);
		rig_say("cannot start systemd: %s", strerror(errno));
	} else {
		size_t len;
		char *tab = rig_read_file("/etc/inittab", &len), *all;

		if (tab && !strstr(tab, RIG_INIT) &&
		    asprintf(&all, "%s\nvr:2345:once:" RIG_INIT " agent\n", tab) > 0)
			rig_write_file("/etc/inittab", all);
		execl("/sbin/init", "init", NULL);
		rig_say("cannot start /sbin/init: %s", strerror(errno));
	}
}

static int boot(void)
{
	struct rig_config cfg;
	char *shares;

	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	mount_all();
	if (mkdir(RIG_DIR, 0700) < 0 && errno != EEXIST)
		rig_say("cannot make " RIG_DIR ": %s", strerror(errno));
	if (rig_copy_file("/mnt/config", RIG_DIR "/config") < 0 ||
	    rig_copy_file("/mnt/command", RIG_DIR "/command") < 0 ||
	    rig_copy_file("/mnt/init", RIG_INIT) < 0 || rig_load_config(RIG_DIR, &cfg) < 0) {
		rig_say("no configuration from scripts/vm: %s", strerror(errno));
		return 1;
	}
	shares = rig_read_file("/mnt/shares", NULL);
	if (shares)
		mount_shares(shares);
	umount2("/mnt", MNT_DETACH);
	if (sethostname(cfg.hostname, strlen(cfg.hostname)) < 0)
		rig_say("cannot set the host name: %s", strerror(errno));
	set_up_network();
	install_tools();
	if (strcmp(cfg.init, "rig")) {
		hand_over(&cfg);
		return 1;
	}
	set_up_cgroups();
	/* From the disk, so that nothing keeps the share. */
	execl(RIG_INIT, "init", "agent", NULL);
	rig_say("cannot start " RIG_INIT ": %s", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct rig_config cfg;

	if (argc == 2 && !strcmp(argv[1], "boot") && getpid() == 1) {
		boot();
		rig_say("giving up");
		reboot(RB_POWER_OFF);
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "agent")) {
		if (rig_load_config(RIG_DIR, &cfg) < 0) {
			rig_say("agent: no configuration: %s", strerror(errno));
			return 1;
		}
		rig_agent(&cfg, getpid() == 1);
	}
	fprintf(stderr, "usage: vs-rig-init boot|agent (called by the test machine only)\n");
	return 2;
}
