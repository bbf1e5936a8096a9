// SPDX-License-Identifier: GPL-2.0
/* vrsetup: bind a vroot device, so that a guest can manage the quota of a disk. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vserver/vroot.h>

#include "prog.h"

#define STATUS_FAILED	1

enum { OPT_CLEAR = 1 };

static const struct opt opts[] = {
	{ "delete", 'd', OPT_CLEAR, NULL, "free the vroot device" },
	{ 0 }
};

static const char *const usage[] = { "VROOT DISK", "-d VROOT", NULL };

static const struct prog prog = {
	.name = "vrsetup",
	.summary = "Bind a vroot device (/dev/vrootN) to a disk, or free it.",
	.usage = usage,
	.opts = opts,
	.notes =
"A guest with the context capability quota_ctl and a node of the vroot device can manage the\n"
"quota of the disk's file system; it cannot read or write the disk through it. In the guest call\n"
"the node /dev/root, as its /proc/mounts calls the disk of its root, and name it to quota tools:\n"
"\"repquota -u /dev/root\".\n"
"Exit status: 0; 1 it failed; 255 wrong usage.\n",
	.error = 255,
};

static int open_node(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_with(STATUS_FAILED, "cannot open %s: %s", path, why());
	return fd;
}

static const char *reason(void)
{
	switch (errno) {
	case ENOTTY:
	case EINVAL:
		return "it is no vroot device, or what is to be bound is no disk";
	case ENXIO:
		return "it is not bound";
	}
	return why();
}

int main(int argc, char **argv)
{
	bool clear = false;
	const char *arg;
	char **nodes;
	int id, fd;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg)))
		clear |= id == OPT_CLEAR;
	nodes = opt_rest();
	if (!nodes[0] || (clear ? nodes[1] != NULL : !nodes[1] || nodes[2]))
		fail_usage("%s", clear ? "one vroot device is expected" :
			   "a vroot device and a disk are expected");
	fd = open_node(nodes[0]);
	if (clear && ioctl(fd, VROOT_CLR_DEV, 0) < 0)
		fail_with(STATUS_FAILED, "cannot free %s: %s", nodes[0], reason());
	if (!clear && ioctl(fd, VROOT_SET_DEV, open_node(nodes[1])) < 0)
		fail_with(STATUS_FAILED, "cannot bind %s to %s: %s", nodes[0], nodes[1], reason());
	close(fd);
	return 0;
}
