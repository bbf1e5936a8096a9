// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME mount, umount: file systems of the host in a running guest. The mount is
 * made outside, where its source is, and put in its place inside.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "mounts.h"

/* The root directory that the guest sees; the caller is in its mounts from then on. */
static int enter(const struct vc_guest *guest)
{
	int root;

	if (vc_enter_namespace(guest->xid, CLONE_NEWNS | CLONE_FS, 1))
		return failed(guest->name, "cannot enter its mounts: %s", vc_reason(VCMD_enter_space, errno));
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? failed(guest->name, "cannot open its root: %s", strerror(errno)) : root;
}

static bool is_mounted(int root, const char *path)
{
	int fd = open_in_root(root, path, O_PATH, 0);
	struct statx st;
	bool is;

	if (fd < 0)
		return false;
	is = !statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) &&
	     st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	close(fd);
	return is;
}

/* @all: the lines of an fstab, of which those that are mounted stay. */
static int mount_list(const struct vc_guest *guest, const struct mount_list *list, bool all)
{
	const struct mount_conf *m;
	int *fds = xcalloc(list->n, sizeof(*fds)), root, ret = 0;
	size_t i;

	for (i = 0; i < list->n && !ret; i++) {
		fds[i] = -1;
		if (all && (!strcmp(list->v[i].target, "/") || mount_has(&list->v[i], "noauto")))
			continue;
		fds[i] = mounts_make(guest->name, &list->v[i]);
		if (fds[i] < 0)
			ret = EX_FAIL;
	}
	root = ret ? -1 : enter(guest);
	for (i = 0; i < list->n && root >= 0 && !ret; i++) {
		m = &list->v[i];
		if (fds[i] < 0 || (all && is_mounted(root, m->target)))
			continue;
		if (mounts_attach(guest->name, m, root, fds[i]))
			ret = EX_FAIL;
	}
	free(fds);
	return root < 0 ? EX_FAIL : ret;
}

/* In a child: the caller stays where it is. */
static int in_child(int (*run)(const struct vc_guest *guest, const void *arg),
		    const struct vc_guest *guest, const void *arg)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(run(guest, arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -failed(guest->name, "cannot fork: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_FAIL;
}

static int do_mount(const struct vc_guest *guest, const void *arg)
{
	return mount_list(guest, arg, false);
}

static int do_mount_all(const struct vc_guest *guest, const void *arg)
{
	return mount_list(guest, arg, true);
}

static int do_umount(const struct vc_guest *guest, const void *arg)
{
	int proc = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC), root, fd;
	struct statx st;
	char name[16];

	root = proc < 0 ? -1 : enter(guest);
	if (root < 0)
		return EX_FAIL;
	fd = open_in_root(root, arg, O_PATH, 0);
	if (fd < 0)
		return -failed(guest->name, "cannot unmount %s: %s", (const char *)arg, strerror(errno));
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) ||
	    !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return -failed(guest->name, "cannot unmount %s: nothing is mounted there", (const char *)arg);
	/* By descriptor: a path could lead elsewhere by now. The descriptor itself keeps it busy. */
	snprintf(name, sizeof(name), "%d", fd);
	if (fchdir(proc) || umount2(name, MNT_DETACH))
		return -failed(guest->name, "cannot unmount %s: %s", (const char *)arg, strerror(errno));
	return 0;
}

int cmd_mount(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct mount_conf m = { .where = (char *)"command line", .type = (char *)"auto",
				.options = (char *)"defaults" };
	struct mount_list list = { &m, 1 };
	bool all = false, bind = false, rec = false;
	char *options = NULL;
	int i, ret;

	(void)id;
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-a"))
			all = true;
		else if (!strcmp(argv[i], "-o") && argv[i + 1])
			m.options = argv[++i];
		else if (!strcmp(argv[i], "-t") && argv[i + 1])
			m.type = argv[++i];
		else if (!strcmp(argv[i], "--bind"))
			bind = true;
		else if (!strcmp(argv[i], "--rbind"))
			bind = rec = true;
		else if (*argv[i] == '-' || m.target)
			return cmd_usage("mount", "unknown or incomplete argument '%s'", argv[i]);
		else if (m.source)
			m.target = argv[i];
		else
			m.source = argv[i];
	}
	if (guest->xid == VC_NOCTX)
		return -failed(guest->name, "not running: write it into %s/fstab", guest->dir);
	if (all && (m.source || bind))
		return cmd_usage("mount", "-a stands alone");
	if (all) {
		list = (struct mount_list){ 0 };
		ret = conf_read_fstab(guest->name, guest->dir, "fstab", &list);
		if (ret <= 0)
			return ret ? EX_FAIL : 0;
		return in_child(do_mount_all, guest, &list);
	}
	if (!m.target || *m.target != '/')
		return cmd_usage("mount", "name what is mounted and where, from the guest's root");
	if (bind) {
		options = xprintf("%s,%s", rec ? "rbind" : "bind", m.options);
		m.options = options;
	}
	ret = in_child(do_mount, guest, &list);
	free(options);
	return ret;
}

int cmd_umount(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	(void)id;
	if (argc != 2 || *argv[1] != '/')
		return cmd_usage("umount", "name one place, from the guest's root");
	if (guest->xid == VC_NOCTX)
		return -failed(guest->name, "not running");
	if (!strcmp(argv[1], "/"))
		return -failed(guest->name, "cannot unmount its root");
	return in_child(do_umount, guest, argv[1]);
}
