// SPDX-License-Identifier: GPL-2.0
/* Memory and swap space as a context sees them with virt_mem: those of its control group. */
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>
#include "harness.h"

#define MB		1048576UL
#define LIMIT		(96 * MB)
#define SMALLER		(64 * MB)
#define SWAP		(16 * MB)
#define ROOMY		0x4000000000000ULL
#define EATEN		(8 * MB)

static struct guest a = { .xid = 1721, .flags = VXF_VIRT_MEM };
static struct guest b = { .xid = 1722 };
static char top[] = "/tmp/memory.XXXXXX", outer[64], inner[80], swapfile[64];
static char buf[65536];
static bool v1;

struct figures {
	unsigned long total, free, available, buffers, cached, shmem, swap_total, swap_free;
	unsigned long info_total, info_free, info_swap, info_swap_free, info_buffers, info_high;
};

static unsigned long line_of(const char *name)
{
	char *p = strstr(buf, name);

	return p && (p == buf || p[-1] == '\n') ? strtoul(p + strlen(name), NULL, 10) * 1024 : ~0UL;
}

static void figures_now(struct figures *f)
{
	struct sysinfo info = { 0 };

	memset(f, 0, sizeof(*f));
	if (!read_file("/proc/meminfo", buf, sizeof(buf)) || sysinfo(&info))
		return;
	f->total = line_of("MemTotal:");
	f->free = line_of("MemFree:");
	f->available = line_of("MemAvailable:");
	f->buffers = line_of("Buffers:");
	f->cached = line_of("Cached:");
	f->shmem = line_of("Shmem:");
	f->swap_total = line_of("SwapTotal:");
	f->swap_free = line_of("SwapFree:");
	f->info_total = info.totalram * info.mem_unit;
	f->info_free = info.freeram * info.mem_unit;
	f->info_swap = info.totalswap * info.mem_unit;
	f->info_swap_free = info.freeswap * info.mem_unit;
	f->info_buffers = info.bufferram;
	f->info_high = info.totalhigh + info.freehigh;
}

static bool near(unsigned long x, unsigned long y, unsigned long by)
{
	return x > y ? x - y <= by : y - x <= by;
}

static bool put(const char *group, const char *file, const char *text)
{
	char path[160];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool put_number(const char *group, const char *file, unsigned long long nr)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", nr);
	return put(group, file, text);
}

static void swaps_are(bool any)
{
	char *line;

	check(read_file("/proc/swaps", buf, sizeof(buf)) && !strncmp(buf, "Filename\t", 9), "the header of swaps");
	line = strchr(buf, '\n');
	if (!any) {
		check(line && !line[1], "and no line");
		return;
	}
	check(line && !strncmp(line + 1, "hdv0 ", 5) && strstr(line, " partition\t16384\t") &&
	      strstr(line, "\t-1\n") && !strchr(line + 1, '/'), "and one line of its own (%s)", line ? line + 1 : "");
}

/* In the inner group, whose limit is the smaller one. */
static void limited(void *arg)
{
	struct figures f, g;
	char *eaten;

	figures_now(&f);
	check(f.total == SMALLER, "MemTotal is the limit (%lu)", f.total);
	check(f.free < f.total && f.free > f.total / 2, "MemFree is what is left (%lu)", f.free);
	check(f.available >= f.free && f.available <= f.total, "MemAvailable is that and the cache (%lu)",
	      f.available);
	check(f.buffers == 0 && f.cached < f.total, "no buffers, the cache of the group (%lu)", f.cached);
	check(f.info_total == f.total && f.info_buffers == 0 && f.info_high == 0, "sysinfo: the same total");
	check(near(f.info_free, f.free, MB), "sysinfo: the same rest (%lu)", f.info_free);
	check(f.swap_total == SWAP && f.info_swap == SWAP, "swap space is the limit (%lu, %lu)", f.swap_total,
	      f.info_swap);
	check(f.swap_free <= SWAP && f.info_swap_free <= SWAP, "and less is free (%lu)", f.swap_free);
	check(line_of("Active:") <= f.total && line_of("AnonPages:") <= f.total && line_of("Slab:") <= f.total,
	      "all lines are those of the group");
	swaps_are(true);

	eaten = mmap(NULL, EATEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(eaten != MAP_FAILED, "take memory");
	memset(eaten, 1, EATEN);
	figures_now(&g);
	check(near(f.free - g.free, EATEN, 2 * MB), "MemFree falls by it (%lu)", f.free - g.free);
	check(near(f.info_free - g.info_free, EATEN, 2 * MB), "sysinfo as well");
}

static void of_machine(void *arg)
{
	const struct figures *host = arg;
	struct figures f;

	figures_now(&f);
	check(f.total == host->total && f.info_total == host->info_total, "the machine's memory (%lu)", f.total);
	check(f.swap_total == host->swap_total, "and swap space");
}

static void enter(const char *group)
{
	check(put(group, v1 ? "tasks" : "cgroup.procs", "0"), "enter %s", group);
}

static bool lift(const char *group, const char *file)
{
	return put_number(group, file, ROOMY);
}

static void tests_inside(void *arg)
{
	struct figures *host = arg;

	enter(inner);
	in_guest(&b, of_machine, host);
	of_machine(host);
	in_guest(&a, limited, NULL);
	/* Above the machine's memory a limit says nothing. */
	if (v1)
		check(lift(outer, "memory.memsw.limit_in_bytes") && lift(outer, "memory.limit_in_bytes") &&
		      lift(inner, "memory.memsw.limit_in_bytes") && lift(inner, "memory.limit_in_bytes"),
		      "lift the limits");
	else
		check(lift(outer, "memory.max") && lift(inner, "memory.max"), "lift the limits");
	in_guest(&a, of_machine, host);
}

static bool make_groups(void)
{
	bool ok;

	snprintf(outer, sizeof(outer), "%s/vs-memory", top);
	snprintf(inner, sizeof(inner), "%s/in", outer);
	if (!v1 && !put(top, "cgroup.subtree_control", "+memory"))
		return false;
	ok = !mkdir(outer, 0755);
	if (!v1)
		ok &= put(outer, "cgroup.subtree_control", "+memory");
	ok &= !mkdir(inner, 0755);
	/* The inner group may have more than the outer: the smallest counts. */
	if (v1)
		return ok && put(outer, "memory.use_hierarchy", "1") &&
		       put_number(outer, "memory.limit_in_bytes", SMALLER) &&
		       put_number(outer, "memory.memsw.limit_in_bytes", SMALLER + SWAP) &&
		       put_number(inner, "memory.limit_in_bytes", LIMIT);
	return ok && put_number(outer, "memory.max", SMALLER) && put_number(outer, "memory.swap.max", SWAP) &&
	       put_number(inner, "memory.max", LIMIT);
}

static void test_version(bool old)
{
	struct figures host;

	v1 = old;
	/* The controller moves when no group of the other version is left, and caches keep groups. */
	check(wait_until((!old || put("/proc/sys/vm", "drop_caches", "3")) &&
			 !mount("none", top, old ? "cgroup" : "cgroup2", 0, old ? "memory" : NULL)),
	      "control groups, version %d", old ? 1 : 2);
	check(make_groups(), "two groups with limits");
	figures_now(&host);
	check(host.swap_total > SWAP && host.total > LIMIT, "the machine has more");
	in_child(tests_inside, &host);
	check(wait_until(!rmdir(inner) || errno == ENOENT), "the inner group goes");
	/* In version 2 a group with controllers for those below takes no tasks, so it was left. */
	check(wait_until(!rmdir(outer) || errno == ENOENT), "and the outer");
	umount(top);
}

/* A file of zeroes with the signature at the end of its first page. */
static bool add_swap(void)
{
	static char page[4096];
	uint32_t header[3] = { 1, 32 * MB / 4096 - 1, 0 };
	static char zeroes[MB];
	int fd, i;

	snprintf(swapfile, sizeof(swapfile), "/var/tmp/vs-swap.%d", getpid());
	fd = open(swapfile, O_CREAT | O_WRONLY | O_EXCL, 0600);
	if (fd < 0)
		return false;
	for (i = 0; i < 32; i++)
		if (write(fd, zeroes, sizeof(zeroes)) != sizeof(zeroes))
			return false;
	memcpy(page + 1024, header, sizeof(header));
	memcpy(page + 4096 - 10, "SWAPSPACE2", 10);
	if (pwrite(fd, page, sizeof(page), 0) != sizeof(page) || fsync(fd))
		return false;
	close(fd);
	return !swapon(swapfile, 0);
}

static void swaps_of_guests(void *arg)
{
	check(read_file("/proc/swaps", buf, sizeof(buf)) && strstr(buf, swapfile), "no limit: the machine's");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	if (!mkdtemp(top))
		return 1;
	check(add_swap(), "swap space");
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	in_guest(&b, swaps_of_guests, NULL);
	/* The controller does not come back from version 1, and others need it: the suite cgroup1 asks for that. */
	test_version(getenv("VS_CGROUP1"));
	/* As it was: the controller is back in version 2, for all below its root. */
	put("/sys/fs/cgroup", "cgroup.subtree_control", "+memory");
	guest_stop(&a);
	guest_stop(&b);
	check_is(err(swapoff(swapfile)), 0, "swap space is taken away");
	unlink(swapfile);
	rmdir(top);
	return test_end();
}
