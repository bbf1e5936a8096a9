// SPDX-License-Identifier: GPL-2.0
/*
 * The two oldest calls, and the structures that 32-bit programs lay out another
 * way: it matters that this is run as a 32-bit program, too.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vserver/compat.h>
#include <vserver/limit.h>
#include "harness.h"

static struct guest a = { .xid = 1881 };

static long new_ctx(unsigned int id, uint32_t remove, uint32_t flags)
{
	struct vcmd_new_s_context_v1 data = { remove, flags };

	return vs(VCMD_new_s_context, id, &data);
}

static void fresh(void *arg)
{
	struct vcmd_bcaps bcaps = { 0 };
	struct vcmd_ctx_flags_v0 flags = { 0 };
	pid_t pid, parent = getpid();
	int fd[2];
	char c;

	if (pipe(fd))
		_exit(1);
	pid = fork();
	if (!pid) {
		check_is(new_ctx(1882, 1 << 21 | 1 << 12, VXF_INFO_PRIVATE), 1882, "make a context");
		check_is(err(sethostname("x", 1)), -EPERM, "without the capability that was taken");
		check_is(err(syscall(SYS_kexec_load, 0, 0, NULL, 0)), -EPERM, "and confined at once");
		check_is(vs(VCMD_get_version, 0, NULL), -ENOSYS, "it cannot call any more");
		check_is(err(kill(parent, 0)), -ESRCH, "nor find its parent");
		if (write(fd[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	check(read(fd[0], &c, 1) == 1, "it is up");
	check_is(vs(VCMD_task_xid, pid, NULL), 1882, "its maker is a member");
	check_is(vs(VCMD_get_bcaps, 1882, &bcaps), 0, "get_bcaps");
	check(bcaps.bcaps == (uint64_t)~(1ULL << 21 | 1ULL << 12), "all but those (%llx)",
	      (unsigned long long)bcaps.bcaps);
	check_is(vs(VCMD_get_cflags, 1882, &flags), 0, "get_cflags");
	check(flags.flagword == (VXF_STATE_ADMIN | VXF_STATE_INIT | VXF_INFO_PRIVATE), "its flags (%llx)",
	      (unsigned long long)flags.flagword);
	check_is(new_ctx(1882, 0, 0), -EACCES, "it is private");
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "who was refused stays outside");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void join(void *arg)
{
	struct vcmd_bcaps bcaps = { 0 };

	check_is(new_ctx(a.xid, 1 << 5, 0), a.xid, "join one that exists");
	check_is(err(kill(a.pid, 0)), 0, "its tasks are there");
	check_is(vs(VCMD_get_bcaps, VS_ID_SELF, &bcaps), -ENOSYS, "it is confined");
}

static void as_init(void *arg)
{
	check_is(new_ctx(1883, 0, VXF_INFO_INIT), 1883, "make a context and be its init");
	check(getpid() == 1, "it is 1 (%d)", getpid());
	if (!fork())
		_exit(getppid() == 1 ? 0 : 1);
	wait(NULL);
}

static void second_init(void *arg)
{
	check_is(new_ctx(a.xid, 0, VXF_INFO_INIT), a.xid, "the first to come is init");
	check(getpid() == 1, "it is 1");
	in_child(arg, NULL);
}

static void errors(void *arg)
{
	static const unsigned int bad[] = { 0, -1u, 65536, 0x7fffffff };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_is(new_ctx(bad[i], 0, 0), -EINVAL, "no such number");
	check_is(new_ctx(1882, 0, 0x100), -EINVAL, "flags of later times");
	check_is(new_ctx(VS_ID_SELF, 0, 1), -EINVAL, "flags for oneself");
	check_is(vs(VCMD_new_s_context, 1882, NULL), -EFAULT, "no structure");
	check_is(new_ctx(1, 0, 0), 1, "become the spectator");
	check_is(vs(VCMD_task_xid, 0, NULL), 1, "that worked");
	check_is(new_ctx(1882, 0, 0), -EPERM, "who may do no more");
}

static bool has(const char *name, int cap)
{
	char buf[8192], *p;

	if (!read_file("/proc/self/status", buf, sizeof(buf)))
		return false;
	p = strstr(buf, name);
	return p && strtoull(p + strlen(name), NULL, 16) & (1ULL << cap);
}

static void lose(void *arg)
{
	check(has("CapBnd:\t", 12) && has("CapEff:\t", 12), "a capability is there");
	check_is(new_ctx(VS_ID_SELF, 1 << 12, 0), 0, "give it up");
	check(!has("CapBnd:\t", 12) && !has("CapEff:\t", 12) && !has("CapPrm:\t", 12), "it is gone");
	check(has("CapEff:\t", 21) && has("CapEff:\t", 40), "and no other");
	check_is(vs(VCMD_task_xid, 0, NULL), 0, "the caller stayed where it was");
}

static void inside(void *arg)
{
	struct vcmd_set_ipv4root_v3 root = { 0 };

	check_is(new_ctx(1882, 0, 0), -EPERM, "a guest that may call cannot leave by it");
	check_is(new_ctx(VS_ID_SELF, 1, 0), -EPERM, "nor use it at all");
	check_is(vs(VCMD_set_ipv4root, 0, &root), -EPERM, "nor get other addresses");
}

static long bind_to(const char *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	long ret;

	inet_pton(AF_INET, addr, &sin.sin_addr);
	ret = err(bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
	close(fd);
	return ret;
}

static void ipv4root(void *arg)
{
	struct vcmd_set_ipv4root_v3 root = { 0 };
	char path[64], buf[4096];
	long nid, second;

	root.broadcast = inet_addr("10.9.8.255");
	root.pair[0].ip = inet_addr("10.9.8.7");
	root.pair[0].mask = inet_addr("255.255.255.0");
	root.pair[1] = root.pair[0];
	check_is(vs(VCMD_set_ipv4root, 17, &root), -EINVAL, "more than sixteen");
	check_is(vs(VCMD_set_ipv4root, -1u, &root), -EINVAL, "many more");
	check_is(vs(VCMD_set_ipv4root, 1, NULL), -EFAULT, "no structure");
	check_is(vs(VCMD_set_ipv4root, 2, &root), -EEXIST, "the same twice");
	check_is(vs(VCMD_task_nid, 0, NULL), 0, "the caller stays where it was");
	root.pair[1].ip = inet_addr("127.0.0.1");
	root.pair[1].mask = inet_addr("255.0.0.0");
	nid = vs(VCMD_set_ipv4root, 2, &root);
	check(nid >= VS_ID_DYNAMIC && nid <= VS_ID_MAX, "two addresses (%ld)", nid);
	check_is(vs(VCMD_task_nid, 0, NULL), nid, "the caller is in");
	snprintf(path, sizeof(path), "/proc/virtnet/%ld/info", nid);
	check(read_file(path, buf, sizeof(buf)) && strstr(buf, "Bcast:\t10.9.8.255\n") &&
	      strstr(buf, "0:\t[10.9.8.7-0.0.0.0/255.255.255.0:0010]\n"), "with them");
	check_is(bind_to("10.9.9.9"), -EADDRNOTAVAIL, "and no others");
	root.pair[0].ip = 0;
	second = vs(VCMD_set_ipv4root, 1, &root);
	check(second > 0 && second != nid, "again, from there (%ld)", second);
	check_is(bind_to("127.0.0.1"), 0, "0.0.0.0 is every address");
}

/* The bytes behind the structure are not the kernel's. */
static void layout(void)
{
	struct {
		struct vcmd_ctx_rlimit_v0	limit;
		unsigned char			guard[8];
	} x;
	size_t i;

	check(sizeof(x.limit) == (sizeof(long) == 4 ? 28 : 32), "the layout of this program");
	memset(&x, 0x5a, sizeof(x));
	x.limit = (struct vcmd_ctx_rlimit_v0){ VXL_NPROC, 0, 0x1122334455ULL, 0x66778899aaULL };
	check_is(vs(VCMD_set_rlimit, a.xid, &x.limit), 0, "set_rlimit");
	memset(&x, 0x5a, sizeof(x));
	x.limit.id = VXL_NPROC;
	check_is(vs(VCMD_get_rlimit, a.xid, &x.limit), 0, "get_rlimit");
	check(x.limit.id == VXL_NPROC && x.limit.minimum == 0 && x.limit.softlimit == 0x1122334455ULL &&
	      x.limit.maximum == 0x66778899aaULL, "each number is in its place");
	for (i = 0; i < sizeof(x.guard) && x.guard[i] == 0x5a; i++)
		;
	check(i == sizeof(x.guard), "nothing is written behind it");
}

static void ppid_is_one(void *arg)
{
	check(getppid() == 1, "its child finds it (%d)", getppid());
	check_is(err(kill(1, 0)), 0, "by 1");
}

int main(int argc, char **argv)
{
	struct guest caller = { .xid = 1884, .bcaps = ~0ULL };

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&caller), "two guests start");
	in_child(fresh, NULL);
	in_child(errors, NULL);
	in_child(join, NULL);
	in_child(as_init, NULL);
	in_child(second_init, ppid_is_one);
	in_child(lose, NULL);
	in_guest(&caller, inside, NULL);
	in_child(ipv4root, NULL);
	layout();
	guest_stop(&a);
	guest_stop(&caller);
	return test_end();
}
