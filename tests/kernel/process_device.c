// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that are made by request: loop devices and the device mapper. They
 * belong to the guest that made them, and it takes leave to make them.
 */
#include <linux/dm-ioctl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include "ccap.h"

#define NODES	((uint64_t)1 << CAP_MKNOD)

/* Two may open every node, so that the drivers decide; for the third the list of devices does. */
static struct guest a = { .xid = 1461, .bcaps = TEST_BCAPS | NODES };
static struct guest b = { .xid = 1462, .bcaps = TEST_BCAPS | NODES }, c = { .xid = 1463 };
static char image[] = "/tmp/vs-device-XXXXXX", loop[32];

/* Opens and asks; closes again. */
static long control(unsigned long cmd, long arg)
{
	int fd = open("/dev/loop-control", O_RDWR);
	long ret = fd < 0 ? -errno : err(ioctl(fd, cmd, arg));

	close(fd);
	return ret;
}

static long open_loop(int flags)
{
	int fd = open(loop, flags);
	long ret = fd < 0 ? -errno : 0;

	close(fd);
	return ret;
}

static long configure(void)
{
	struct loop_config config = { };
	int fd = open(loop, O_RDWR), file = open(image, O_RDWR);
	long ret;

	config.fd = file;
	ret = fd < 0 || file < 0 ? -errno : err(ioctl(fd, LOOP_CONFIGURE, &config));
	close(file);
	close(fd);
	return ret;
}

/* Through a descriptor for reading. */
static long set_status(void)
{
	struct loop_info64 info = { };
	int fd = open(loop, O_RDONLY);
	long ret;

	ret = fd < 0 ? -errno : err(ioctl(fd, LOOP_GET_STATUS64, &info)) ?:
	      err(ioctl(fd, LOOP_SET_STATUS64, &info));
	close(fd);
	return ret;
}

static long direct_io(void)
{
	int fd = open(loop, O_RDONLY);
	long ret = fd < 0 ? -errno : err(ioctl(fd, LOOP_SET_DIRECT_IO, 0));

	close(fd);
	return ret;
}

static long clear(void)
{
	int fd = open(loop, O_RDWR);
	long ret = fd < 0 ? -errno : err(ioctl(fd, LOOP_CLR_FD, 0));

	close(fd);
	return ret;
}

static struct {
	struct dm_ioctl io;
	char more[4096];
} dm;

static long mapper(unsigned long cmd, const char *name)
{
	int fd = open("/dev/mapper/control", O_RDWR);
	long ret;

	dm.io.version[0] = DM_VERSION_MAJOR;
	dm.io.data_size = sizeof(dm);
	dm.io.data_start = sizeof(dm.io);
	strcpy(dm.io.name, name);
	ret = fd < 0 ? -errno : err(ioctl(fd, cmd, &dm));
	close(fd);
	return ret;
}

static long plain(unsigned long cmd, const char *name)
{
	memset(&dm, 0, sizeof(dm));
	return mapper(cmd, name);
}

static void loop_refused(void *arg)
{
	if (arg)
		raw_without(CAP_SYS_ADMIN);
	check_is(control(LOOP_CTL_GET_FREE, 0), -EPERM, "loop: find a free one");
	check_is(control(LOOP_CTL_ADD, 77), -EPERM, "add one");
	check_is(control(LOOP_CTL_REMOVE, 77), -EPERM, "remove one");
	check_is(configure(), 0, "set up one for which it has a node");
	check_is(set_status(), -EPERM, "change it with a descriptor for reading");
	check_is(direct_io(), -EPERM, "in another way");
	check_is(clear(), 0, "and clear it");
}

static void loop_granted(void *arg)
{
	check(control(LOOP_CTL_GET_FREE, 0) >= 0, "admin_cloop: find a free one");
	check_is(control(LOOP_CTL_ADD, 77), 77, "add one");
	check_is(control(LOOP_CTL_REMOVE, 77), 0, "remove one");
	check_is(configure(), 0, "set up one");
	check_is(set_status(), 0, "change it with a descriptor for reading");
	check_is(direct_io(), 0, "in another way");
}

static void loop_foreign(void *arg)
{
	check_is(open_loop(O_RDONLY), -EACCES, "another guest's: read");
	check_is(open_loop(O_RDWR), -EACCES, "write");
	check_is(err(mount(loop, "/mnt", "ext4", 0, NULL)), -EPERM, "mount");
}

static void loop_own(void *arg)
{
	check_is(open_loop(O_RDWR), 0, "its own it opens");
}

static void loop_free(void *arg)
{
	check_is(configure(), 0, "a free one is for everybody with a node");
	check_is(clear(), 0, "and free again");
}

static void unlisted(void *arg)
{
	check_is(control(LOOP_CTL_GET_FREE, 0), -EPERM, "without leave it opens no loop-control");
	check_is(open_loop(O_RDONLY), -EPERM, "nor a loop device");
	check_is(plain(DM_LIST_DEVICES, ""), -EPERM, "nor the mapper");
}

static void listed_loop(void *arg)
{
	check(control(LOOP_CTL_GET_FREE, 0) >= 0, "admin_cloop is leave to open loop-control");
	check_is(open_loop(O_RDWR), 0, "and loop devices");
	check_is(plain(DM_LIST_DEVICES, ""), -EPERM, "and not the mapper");
}

static void listed_mapper(void *arg)
{
	check_is(plain(DM_LIST_DEVICES, ""), 0, "admin_mapper is leave to open the mapper");
	check_is(open_loop(O_RDONLY), -EPERM, "and no loop device");
}

static void nodes(void)
{
	give(&c, ~(uint64_t)(VXC_ADMIN_CLOOP | VXC_ADMIN_MAPPER));
	in_guest(&c, unlisted, NULL);
	give(&c, VXC_ADMIN_CLOOP);
	in_guest(&c, listed_loop, NULL);
	give(&c, VXC_ADMIN_MAPPER);
	in_guest(&c, listed_mapper, NULL);
}

static void loops(void)
{
	long n = control(LOOP_CTL_GET_FREE, 0);

	snprintf(loop, sizeof(loop), "/dev/loop%ld", n);
	check(n >= 0, "the host finds a free one (%s)", loop);
	give(&a, 0);
	in_guest(&a, loop_refused, NULL);
	give(&a, ~(uint64_t)VXC_ADMIN_CLOOP);
	in_guest(&a, loop_refused, NULL);
	give(&a, VXC_ADMIN_CLOOP);
	in_guest(&a, loop_refused, "");
	in_guest(&a, loop_granted, NULL);
	give(&b, ~0ULL);
	in_guest(&b, loop_foreign, NULL);
	in_guest(&a, loop_own, NULL);
	check_is(open_loop(O_RDWR), 0, "the host opens any");
	check_is(clear(), 0, "and clears it");
	in_guest(&b, loop_free, NULL);
}

static long load(const char *name, const char *type, const char *params)
{
	struct dm_target_spec *spec = (void *)dm.more;

	memset(&dm, 0, sizeof(dm));
	dm.io.target_count = 1;
	spec->length = 8;
	strcpy(spec->target_type, type);
	strcpy((char *)(spec + 1), params);
	return mapper(DM_TABLE_LOAD, name);
}

static long to_name(const char *name, const char *new)
{
	memset(&dm, 0, sizeof(dm));
	strcpy(dm.more, new);
	return mapper(DM_DEV_RENAME, name);
}

static bool listed(const char *name)
{
	struct dm_name_list *list = (void *)dm.more;

	if (plain(DM_LIST_DEVICES, ""))
		return false;
	list = (void *)((char *)&dm + dm.io.data_start);
	while (list->dev) {
		if (!strcmp(list->name, name))
			return true;
		if (!list->next)
			break;
		list = (void *)((char *)list + list->next);
	}
	return false;
}

static void mapper_refused(void *arg)
{
	if (arg)
		raw_without(CAP_SYS_ADMIN);
	check_is(plain(DM_DEV_CREATE, "vs-a"), -EACCES, "mapper: make a device");
	check_is(plain(DM_LIST_DEVICES, ""), -EACCES, "list them");
}

static void mapper_granted(void *arg)
{
	char byte[512];
	int fd;

	check_is(plain(DM_DEV_CREATE, "vs-a"), 0, "admin_mapper: make a device");
	check(listed("vs-a") && !listed("vs-host"), "it is listed, the host's is not");
	check_is(plain(DM_DEV_STATUS, "vs-host"), -ENXIO, "status of the host's");
	check_is(plain(DM_DEV_REMOVE, "vs-host"), -ENXIO, "remove it");
	check_is(to_name("vs-host", "vs-mine"), -ENXIO, "rename it");
	check_is(to_name("vs-a", "vs-host"), -EBUSY, "its name is taken");
	check_is(plain(DM_REMOVE_ALL, ""), -EPERM, "remove all");
	check_is(load("vs-a", "linear", "254:0 0"), -ENODEV, "map a disk by its number");
	check_is(load("vs-a", "linear", "/dev/root 0"), -ENODEV, "by a name of the kernel");
	check_is(load("vs-a", "linear", strcat(strcpy(byte, loop), " 0")), 0, "by its node");
	check_is(plain(DM_DEV_SUSPEND, "vs-a"), 0, "put it to use");
	fd = open("/dev/dm-1", O_RDONLY);
	check(fd >= 0 && read(fd, byte, sizeof(byte)) == sizeof(byte), "read it (%m)");
	close(fd);
}

static void mapper_foreign(void *arg)
{
	check(!listed("vs-a"), "another guest does not see it");
	check_is(plain(DM_DEV_STATUS, "vs-a"), -ENXIO, "find");
	check_is(plain(DM_DEV_REMOVE, "vs-a"), -ENXIO, "or remove it");
	check_is(err(open("/dev/dm-1", O_RDONLY)), -EACCES, "nor open");
}

static void mapper_remove(void *arg)
{
	check_is(to_name("vs-a", "vs-b"), 0, "its own it renames");
	check_is(wait_until(!plain(DM_DEV_REMOVE, "vs-b")), true, "and removes");
}

static void mappers(void)
{
	check_is(plain(DM_DEV_CREATE, "vs-host"), 0, "the host makes a device");
	check_is(configure(), 0, "and a loop device");
	give(&a, 0);
	in_guest(&a, mapper_refused, NULL);
	give(&a, ~(uint64_t)VXC_ADMIN_MAPPER);
	in_guest(&a, mapper_refused, NULL);
	give(&a, VXC_ADMIN_MAPPER);
	in_guest(&a, mapper_refused, "");
	in_guest(&a, mapper_granted, NULL);
	give(&b, ~0ULL);
	in_guest(&b, mapper_foreign, NULL);
	check(listed("vs-a") && listed("vs-host"), "the host sees all");
	check_is(plain(DM_DEV_STATUS, "vs-a"), 0, "and finds them");
	in_guest(&a, mapper_remove, NULL);
	check_is(plain(DM_DEV_REMOVE, "vs-host"), 0, "the host removes its own");
	check_is(wait_until(!clear()), true, "and the loop device");
}

int main(int argc, char **argv)
{
	int fd;

	test_sleeper(argc, argv);
	test_begin();
	fd = mkstemp(image);
	if (fd < 0 || ftruncate(fd, 1 << 20))
		return 1;
	close(fd);
	check(guest_start(&a) && guest_start(&b) && guest_start(&c), "three guests start");
	loops();
	mappers();
	nodes();
	guest_stop(&a);
	guest_stop(&b);
	guest_stop(&c);
	unlink(image);
	return test_end();
}
