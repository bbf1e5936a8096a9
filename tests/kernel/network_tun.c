// SPDX-License-Identifier: GPL-2.0
/*
 * Tun devices: the capability tun_create makes them and nothing more, and they
 * belong to the context that made them or was given them.
 */
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include "network.h"

#define TUNSETNID	_IOW('T', 224, int)
#define TUNSETNID_215	_IOW('T', 215, int)

static const char node[] = "/dev/vs-test-tun";

static int tun(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	strcpy(r.ifr_name, name);
	if (ioctl(fd, TUNSETIFF, &r)) {
		int e = -errno;

		close(fd);
		return e;
	}
	return fd;
}

/* A guest with a network context: CAP_NET_ADMIN is out of its bounds. */
static void guest_makes(void *arg)
{
	long want = *(long *)arg;
	struct ifreq r = { .ifr_name = "vstun0" };
	int fd, s;

	check_is(vs(VCMD_net_migrate, NID_B, NULL), -ENOSYS, "guest: cannot change context");
	fd = tun("vstun0");
	check_is(fd < 0 ? fd : 0, want, "guest: make a device");
	if (fd < 0)
		return;
	s = socket(AF_INET, SOCK_DGRAM, 0);
	r.ifr_flags = IFF_UP;
	check_is(err(ioctl(s, SIOCSIFFLAGS, &r)) < 0, true, "guest: cannot bring it up");
	check_is(err(ioctl(fd, TUNSETNID, NID_B)), -EPERM, "guest: cannot give it away");
	check(sh("ip link del vstun0 2>/dev/null") == false, "guest: cannot configure links");
	close(s);
	close(fd);
}

/* As in_guest(), in network context A as well. */
static void in_both(const struct guest *g, long *want)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct in_guest in = { g, guest_makes, want };

		if (vs(VCMD_net_migrate, NID_A, NULL))
			_exit(2);
		__in_guest(&in);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(!status, "the guest's task ends");
}

static void attach(void *arg)
{
	long want = *(long *)arg;
	int fd = tun("vstun1");

	check_is(fd < 0 ? fd : 0, want, "attach to a persistent device");
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct guest g = { .xid = 3019 };
	long eperm = -EPERM, ok = 0;
	int fd;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check_is(err(mknod(node, S_IFCHR | 0666, makedev(10, 200))), 0, "a device node");
	check(guest_start(&g), "a guest");
	in_both(&g, &eperm);
	check_is(net_set_caps(NID_A, NXC_TUN_CREATE), 0, "give A the capability");
	in_both(&g, &ok);
	check_is(net_set_caps(NID_A, 0), 0, "take it");
	in_both(&g, &eperm);
	guest_stop(&g);

	/* One that the host made, without an owner. */
	fd = tun("vstun1");
	check(fd >= 0 && !ioctl(fd, TUNSETPERSIST, 1), "the host makes a device");
	check_is(err(ioctl(fd, TUNSETNID, 4444)), -ESRCH, "give it to no context");
	close(fd);
	in_net(NID_A, attach, &eperm);
	fd = tun("vstun1");
	check_is(err(ioctl(fd, TUNSETNID, NID_A)), 0, "give it to A");
	close(fd);
	in_net(NID_A, attach, &ok);
	in_net(NID_B, attach, &eperm);
	fd = tun("vstun1");
	check(fd >= 0, "the host attaches to all");
	check_is(err(ioctl(fd, TUNSETNID_215, NID_B)), 0, "the older number");
	close(fd);
	in_net(NID_A, attach, &eperm);
	in_net(NID_B, attach, &ok);
	check(sh("ip link del vstun1"), "the device goes");
	unlink(node);
	return net_end();
}
