// SPDX-License-Identifier: GPL-2.0
/*
 * Performance counters: what a guest counts, which kinds of events it has not,
 * of whom, through whose descriptors, and the numbers in what is recorded.
 * Whatever kernel.perf_event_paranoid says and whatever capabilities the guest
 * has, "all" being one with every bit.
 */
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include "handles.h"
#include "refused.h"

#define PARANOID "/proc/sys/kernel/perf_event_paranoid"

static struct guest a = { .xid = 1711 }, b = { .xid = 1712 }, all = { .xid = 1713, .bcaps = ~0ULL };
static pid_t canary;
static int host_fd;		/* an event of the host on a processor */
static int sock[2];
static int paranoid;
static long no_cgroup = -EACCES;	/* or what a kernel that counts none says to everybody */

static long event_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	attr->size = sizeof(*attr);
	return err(syscall(SYS_perf_event_open, attr, pid, cpu, group, flags | PERF_FLAG_FD_CLOEXEC));
}

/* What an ordinary user may ask: his own user mode. */
static struct perf_event_attr plain(unsigned int type, uint64_t config)
{
	return (struct perf_event_attr){ .type = type, .config = config, .exclude_kernel = 1, .exclude_hv = 1 };
}

/* Open and close. */
static long try(struct perf_event_attr attr, pid_t pid, int cpu, unsigned long flags)
{
	long fd = event_open(&attr, pid, cpu, -1, flags);

	return fd < 0 ? fd : close(fd);
}

static long own(struct perf_event_attr attr)
{
	return try(attr, 0, -1, 0);
}

static void set_paranoid(int value)
{
	int fd = open(PARANOID, O_WRONLY);

	check(fd >= 0 && dprintf(fd, "%d\n", value) > 0, "set perf_event_paranoid to %d", value);
	close(fd);
}

/* Own pages are there, and counted. */
static void touch(int pages)
{
	volatile char *p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	for (i = 0; p != MAP_FAILED && i < pages; i++)
		p[i * 4096] = 1;
	munmap((void *)p, pages * 4096);
}

static void counts(void *arg)
{
	struct perf_event_attr clock = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);
	struct perf_event_attr faults = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
	int one, two, kind, child;
	uint64_t n = 0, m = 0;

	/* Programs ask for these as well, and find nothing. */
	clock.ksymbol = clock.bpf_event = 1;
	clock.inherit = faults.inherit = 1;
	one = event_open(&clock, 0, -1, -1, 0);
	two = event_open(&faults, 0, -1, one, 0);
	check(one >= 0 && two >= 0, "a group of two events (%d, %d)", one, two);
	touch(100);
	check(read(one, &n, 8) == 8 && n, "time was counted");
	check(read(two, &m, 8) == 8 && m >= 100, "page faults were counted (%llu)", (unsigned long long)m);
	child = fork();
	if (!child) {
		touch(500);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	check(read(two, &n, 8) == 8 && n >= m + 500, "those of a child as well (%llu)", (unsigned long long)n);
	check_is(err(ioctl(one, PERF_EVENT_IOC_RESET, 0)), 0, "set the count to zero");
	check_is(err(ioctl(one, PERF_EVENT_IOC_SET_BPF, -1)), -EPERM, "give the event a program");
	for (kind = PERF_COUNT_SW_CPU_CLOCK; kind <= PERF_COUNT_SW_DUMMY; kind++)
		check_is(own(plain(PERF_TYPE_SOFTWARE, kind)), 0, "a software event");
	check_is(try(clock, getpid(), -1, 0), 0, "oneself by number");
	check_is(try(clock, 0, 0, 0), 0, "oneself on one processor");
	check_is(try(plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK), a.pid, -1, 0), 0,
		 "another task of the guest");
	check_is(setuid(65534) ?: try(clock, a.pid, -1, 0), -EACCES, "as somebody else: root's task");
	check_is(try(clock, 0, -1, 0), 0, "as somebody else: oneself");
	close(one);
	close(two);
}

/* Kinds that the host has and a guest has not; of what the machine lacks the host tells. */
static long host_has[48];

static struct perf_event_attr kind(int i)
{
	struct perf_event_attr attr = plain(i, 0);

	switch (i) {
	case 32:
		return plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT);
	case 33:
		return plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CGROUP_SWITCHES);
	case 34:
	case 35:
		attr = plain(i == 34 ? PERF_TYPE_HARDWARE : PERF_TYPE_HW_CACHE, 0);
		attr.sample_period = 100000;
		return attr;
	case PERF_TYPE_BREAKPOINT:
		attr.bp_type = 2;	/* writing */
		attr.bp_addr = (uintptr_t)&host_fd;
		attr.bp_len = 4;
	}
	return attr;
}

static bool listed(int i)
{
	return i == PERF_TYPE_HARDWARE || i == PERF_TYPE_HW_CACHE || i == PERF_TYPE_SOFTWARE;
}

static void host_kinds(void)
{
	struct perf_event_attr cgroup = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
	int i, has = 0;

	cgroup.sample_type = PERF_SAMPLE_CGROUP;
	if (own(cgroup) == -EINVAL)
		no_cgroup = -EINVAL;

	for (i = 0; i < 36; i++) {
		host_has[i] = own(kind(i));
		has += !host_has[i] && !listed(i);
	}
	check(!host_has[PERF_TYPE_SOFTWARE] && !host_has[PERF_TYPE_BREAKPOINT] && !host_has[32] &&
	      has >= 3, "the host has %d kinds of events that are not for guests", has);
}

static void kinds(void *arg)
{
	char what[64];
	int i;

	for (i = 0; i < 36; i++) {
		snprintf(what, sizeof(what), "kind %d (host: %s)", i,
			 host_has[i] ? strerrorname_np(-host_has[i]) : "yes");
		check_is(own(kind(i)), listed(i) ? host_has[i] : -ENOENT, what);
	}
}

/* Beyond the own tasks' user mode. */
static void wants(void *arg)
{
	struct perf_event_attr base = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS), attr;
	struct { const char *what; uint64_t sample; } samples[] = {
		{ "physical addresses", PERF_SAMPLE_PHYS_ADDR },
		{ "registers at the interrupt", PERF_SAMPLE_REGS_INTR },
		{ "control groups", PERF_SAMPLE_CGROUP },
		{ "what traces the processor", PERF_SAMPLE_AUX },
		{ "branches", PERF_SAMPLE_BRANCH_STACK },
	};
	int cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY), i;

	attr = base;
	attr.exclude_kernel = 0;
	check_is(own(attr), -EACCES, "count in the kernel");
	attr = base;
	attr.namespaces = 1;
	check_is(own(attr), -EACCES, "records of namespaces");
	attr = base;
	attr.cgroup = 1;
	check_is(own(attr), -EACCES, "records of control groups");
	attr = base;
	attr.text_poke = 1;
	check_is(own(attr), -EACCES, "records of changes of the kernel");
	for (i = 0; i < (int)(sizeof(samples) / sizeof(samples[0])); i++) {
		attr = base;
		attr.sample_period = 1;
		attr.sample_type = samples[i].sample;
		attr.sample_regs_intr = 1;
		attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_ANY;
		check_is(own(attr), samples[i].sample == PERF_SAMPLE_CGROUP ? no_cgroup : -EACCES,
			 samples[i].what);
	}
	check_is(try(base, -1, 0, 0), -EACCES, "a processor");
	check_is(try(base, cgroup, 0, PERF_FLAG_PID_CGROUP), no_cgroup, "a control group");
	check_is(try(base, canary, -1, 0), -ESRCH, "a task of the host");
	check_is(try(base, 1, -1, 0), -ESRCH, "the host's init");
	check_is(try(base, b.pid, -1, 0), -ESRCH, "a task of another guest");
	close(cgroup);
}

/* A descriptor that is not one's own. */
static void foreign_fd(int fd, const char *whose)
{
	struct perf_event_attr attr = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);
	int mine = event_open(&attr, 0, 0, -1, 0);
	void *ring = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint64_t id;

	check_is(ring == MAP_FAILED ? -errno : 0, -EPERM, whose);
	check_is(err(read(fd, &id, 8)), -EPERM, "read it");
	check_is(err(ioctl(fd, PERF_EVENT_IOC_DISABLE, 0)), -EPERM, "stop it");
	check_is(err(ioctl(fd, PERF_EVENT_IOC_ID, &id)), -EPERM, "ask its id");
	check_is(err(ioctl(mine, PERF_EVENT_IOC_SET_OUTPUT, fd)), -EPERM, "write to its buffer");
	check_is(event_open(&attr, 0, 0, fd, 0), -EPERM, "join its group");
	check_is(event_open(&attr, 0, 0, fd, PERF_FLAG_FD_OUTPUT | PERF_FLAG_FD_NO_GROUP), -EPERM,
		 "open one that writes to its buffer");
	close(mine);
}

static void from_host(void *arg)
{
	foreign_fd(host_fd, "map an event of the host");
}

static void send_one(void *arg)
{
	struct perf_event_attr attr = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);
	int fd = event_open(&attr, a.pid, -1, -1, 0);

	check(fd >= 0 && send_fd(sock[1], fd), "a guest passes an event on");
}

static void from_guest(void *arg)
{
	foreign_fd(*(int *)arg, "map an event of another guest");
}

/* Host: what a guest's event counts may be read, and guests may be counted. */
static void host_uses(int fd)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_TASK_CLOCK };
	uint64_t n;

	check_is(err(read(fd, &n, 8)), 8, "host: read an event of a guest");
	check_is(try(attr, a.pid, -1, 0), 0, "host: count a task of a guest");
	check_is(try(attr, -1, 0, 0), 0, "host: count on a processor");
}

/* A task that came in keeps its program from outside; even to all capabilities it is closed. */
static void visitor(void *arg)
{
	int *fd = arg;
	char c;

	if (write(fd[1], "e", 1) != 1 || read(fd[2], &c, 1) != 1)
		_exit(1);
}

static void count_visitor(void *arg)
{
	struct perf_event_attr attr = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);

	check_is(try(attr, *(pid_t *)arg, -1, 0), -EACCES, "a task that has just come in");
	check_is(try(attr, a.pid == *(pid_t *)arg ? 0 : all.pid, -1, 0), 0, "one that executed a program");
}

static void enter(void)
{
	int in[2], out[2], fd[3];
	struct in_guest visit = { &all, visitor, fd };
	pid_t pid;
	char c;

	if (pipe(in) || pipe(out))
		_exit(1);
	fd[1] = in[1];
	fd[2] = out[0];
	pid = fork();
	if (!pid) {
		__in_guest(&visit);
		_exit(0);
	}
	check(read(in[0], &c, 1) == 1, "a task enters");
	in_guest(&all, count_visitor, &pid);
	check(write(out[1], "x", 1) == 1 && waitpid(pid, NULL, 0) == pid, "and goes");
}

/* Events of the time before belong to the host, also where they count oneself. */
static void take_along(void *arg)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_TASK_CLOCK };
	int fd = event_open(&attr, 0, -1, -1, 0);
	uint64_t n;

	check_is(err(read(fd, &n, 8)), 8, "an event on oneself");
	check_is(vs(VCMD_ctx_migrate, a.xid, NULL), 0, "enter");
	check_is(err(read(fd, &n, 8)), -EPERM, "it does not come along");
	check_is(err(ioctl(fd, PERF_EVENT_IOC_ENABLE, 0)), -EPERM, "nor can it be changed");
}

/* Records. The ring is read by the caller from its beginning, in order. */
struct ring {
	int	fd;
	struct perf_event_mmap_page *page;
};

#define RING_PAGES 8

static bool ring_open(struct ring *r, struct perf_event_attr *attr, pid_t pid)
{
	r->fd = event_open(attr, pid, -1, -1, 0);
	if (r->fd < 0)
		return check(false, "an event with a buffer: %s", strerrorname_np(-r->fd));
	r->page = mmap(NULL, (1 + RING_PAGES) * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	return check(r->page != MAP_FAILED, "an event with a buffer");
}

/* The next record of a type, or null if none is there. */
static void *ring_next(struct ring *r, unsigned int type)
{
	static char record[4096];
	char *data = (char *)r->page + r->page->data_offset;
	struct perf_event_header *header;
	uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE), at;
	uint64_t size = r->page->data_size, i;

	while ((at = r->page->data_tail) < head) {
		header = (void *)(data + at % size);
		for (i = 0; i < header->size && i < sizeof(record); i++)
			record[i] = data[(at + i) % size];
		__atomic_store_n(&r->page->data_tail, at + header->size, __ATOMIC_RELEASE);
		if (((struct perf_event_header *)record)->type == type)
			return record + sizeof(*header);
	}
	return NULL;
}

struct life { uint32_t pid, ppid, tid, ptid; };
struct sample { uint64_t ip; uint32_t pid, tid; };

static void check_life(const struct life *l, pid_t pid, pid_t ppid, const char *what)
{
	check(l && l->pid == (uint32_t)pid && l->tid == (uint32_t)pid && l->ppid == (uint32_t)ppid &&
	      l->ptid == (uint32_t)ppid, "%s: %d of %d, wanted %d of %d", what, l ? l->pid : 0,
	      l ? l->ppid : 0, pid, ppid);
}

/* As init of its context: forks, and samples of itself. */
static void numbers(void *arg)
{
	struct vcmd_ctx_create create = { VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_ctx_flags_v0 init = { 0, VXF_STATE_INIT | VXF_STATE_SETUP };
	struct vcmd_bcaps bcaps = { TEST_BCAPS, ~0ULL };
	struct perf_event_attr attr = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
	struct ring ring;
	struct sample *s;
	pid_t child;

	check_is(vs(VCMD_ctx_create, 1714, &create), 1714, "create with fakeinit");
	check_is(vs(VCMD_set_bcaps, VS_ID_SELF, &bcaps) ?: vs(VCMD_set_cflags, VS_ID_SELF, &init), 0,
		 "become its init");
	check_is(getpid(), 1, "number 1");
	attr.task = 1;
	attr.sample_period = 1;
	attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID;
	if (!ring_open(&ring, &attr, 0))
		return;
	touch(4);
	s = ring_next(&ring, PERF_RECORD_SAMPLE);
	check(s && s->pid == 1 && s->tid == 1 && s->ip && !(s->ip >> 63), "a sample: %u/%u at %#llx",
	      s ? s->pid : 0, s ? s->tid : 0, s ? (unsigned long long)s->ip : 0);
	while (ring_next(&ring, PERF_RECORD_SAMPLE))
		;
	child = fork();
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	check_life(ring_next(&ring, PERF_RECORD_FORK), child, 1, "a child of init");
}

/* The end of a task whose parent is the host's. */
struct ending {
	pid_t	pid, parent;
	int	ready, go;
};

static void see_end(void *arg)
{
	struct perf_event_attr attr = plain(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
	struct ending *e = arg;
	struct life *l = NULL;
	struct ring ring;

	attr.task = 1;
	if (!ring_open(&ring, &attr, e->pid))
		return;
	if (write(e->ready, "r", 1) != 1)
		_exit(1);
	wait_until((l = ring_next(&ring, PERF_RECORD_EXIT)));
	check_life(l, e->pid, e->parent, e->parent ? "host: the end of a task" :
		   "guest: the end of a task that the host started");
}

static void endings(void)
{
	struct ending e = { a.pid, 0, 0, 0 };
	int ready[2];
	char c[2] = "";
	pid_t guest, host;

	if (pipe(ready))
		_exit(1);
	e.ready = ready[1];
	guest = fork();
	if (!guest) {
		in_guest(&a, see_end, &e);
		_exit(0);
	}
	host = fork();
	if (!host) {
		e.parent = getppid();
		see_end(&e);
		_exit(0);
	}
	check(read(ready[0], c, 1) == 1 && read(ready[0], c, 1) == 1, "both watch a task of the guest");
	kill(a.pid, SIGKILL);
	waitpid(guest, NULL, 0);
	waitpid(host, NULL, 0);
}

static void guests(void)
{
	in_guest(&a, counts, NULL);
	in_guest(&a, kinds, NULL);
	in_guest(&all, kinds, NULL);
	in_guest(&a, wants, NULL);
	in_guest(&all, wants, NULL);
	check(check_refused(all.xid, "event", 0, "1:0x2", EACCES, SYS_perf_event_open),
	      "the host can see what was refused");
}

int main(int argc, char **argv)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_TASK_CLOCK };
	char buf[16];
	int fd;

	test_sleeper(argc, argv);
	test_begin();
	if (access(PARANOID, F_OK)) {
		check(true, "performance counters # SKIP the kernel has none");
		return test_end();
	}
	read_file(PARANOID, buf, sizeof(buf));
	paranoid = atoi(buf);
	canary = fork();
	if (!canary)
		for (;;)
			pause();
	check(guest_start(&a) && guest_start(&b) && guest_start(&all), "three guests start");
	host_fd = event_open(&attr, -1, 0, -1, 0);
	check(host_fd >= 0 && !socketpair(AF_UNIX, SOCK_STREAM, 0, sock), "the host counts on a processor");

	host_kinds();
	set_paranoid(2);
	guests();
	set_paranoid(-1);
	guests();
	set_paranoid(paranoid);

	in_guest(&a, from_host, NULL);
	in_guest(&all, from_host, NULL);
	in_guest(&a, send_one, NULL);
	fd = recv_fd(sock[0]);
	in_guest(&b, from_guest, &fd);
	in_guest(&all, from_guest, &fd);
	host_uses(fd);
	enter();
	in_child(take_along, NULL);
	in_child(numbers, NULL);
	endings();

	guest_stop(&a);
	guest_stop(&b);
	guest_stop(&all);
	kill(canary, SIGKILL);
	waitpid(canary, NULL, 0);
	return test_end();
}
