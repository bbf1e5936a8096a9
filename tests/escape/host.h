/* SPDX-License-Identifier: GPL-2.0 */
/* The host's side of the corpus: two guests, canaries, and what is looked at after each case. */
#include <poll.h>

#define NAME1	"esc1"
#define NAME2	"esc2"
#define PORT	7801
#define CANARY	"/root/canary-file"
#define CORE	"/root/canary-core"
#define SECRET	"the host's and nobody else's\n"

/* A program in a guest that answers line by line. */
struct talk {
	FILE	*to, *from;
	pid_t	pid;
};

static pid_t host_canary, sent_in;
static struct stat canary_before;
static char state_before[65536], core_before[256];
static int kmsg = -1;
static volatile sig_atomic_t hit;

static void on_hit(int sig)
{
	hit = 1;
}

/* In the second guest: a file, a segment, and oneself. */
static int guest_canary(void)
{
	int key = 0x5eed, id = shmget(key, 4096, IPC_CREAT | 0600);
	char *shm = shmat(id, NULL, 0), line[16], buf[64];

	signal(SIGWINCH, on_hit);
	strcpy(shm, SECRET);
	to_file("/root/canary", SECRET, sizeof(SECRET));
	printf("%d %d %d\n", getpid(), id, key);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		bool same = !hit && !strcmp(shm, SECRET) && read_file("/root/canary", buf, sizeof(buf)) &&
			    !strcmp(buf, SECRET);

		puts(same ? "same" : "changed");
		fflush(stdout);
	}
	shmctl(id, IPC_RMID, NULL);
	return 0;
}

static int listener(int family, int type)
{
	struct sockaddr_in sin = { AF_INET, htons(PORT) };
	struct sockaddr_in6 sin6 = { AF_INET6, htons(PORT) };
	struct sockaddr_un sun = { AF_UNIX, "" };
	int s = socket(family, type, 0), on = 1;

	/* As a server with several processes does; only root's may join. */
	setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (family == AF_UNIX) {
		strcpy(sun.sun_path + 1, prey.abstract);
		on = bind(s, (void *)&sun, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(prey.abstract));
	} else if (family == AF_INET6) {
		setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		on = bind(s, (void *)&sin6, sizeof(sin6));
	} else {
		on = bind(s, (void *)&sin, sizeof(sin));
	}
	if (on || (type == SOCK_STREAM && listen(s, 16)))
		_exit(93);
	return s;
}

/* A service of the host, and a task that nobody signals. */
static void serve(int ready)
{
	struct pollfd fds[4] = {
		{ listener(AF_INET, SOCK_STREAM), POLLIN }, { listener(AF_INET6, SOCK_STREAM), POLLIN },
		{ listener(AF_UNIX, SOCK_STREAM), POLLIN }, { listener(AF_INET, SOCK_DGRAM), POLLIN },
	};
	struct sockaddr_in from;
	socklen_t len;
	char buf[16];
	int i, s;

	signal(SIGWINCH, on_hit);
	if (write(ready, "r", 1) != 1)
		_exit(92);
	while (!hit) {
		if (poll(fds, 4, -1) < 0)
			continue;
		for (i = 0; i < 4; i++) {
			if (!(fds[i].revents & POLLIN))
				continue;
			len = sizeof(from);
			if (i == 3) {
				recvfrom(fds[i].fd, buf, sizeof(buf), 0, (void *)&from, &len);
				sendto(fds[i].fd, "host", 4, 0, (void *)&from, len);
				continue;
			}
			s = accept(fds[i].fd, NULL, NULL);
			if (write(s, "host", 4) != 4)
				_exit(91);
			close(s);
		}
	}
	_exit(90);
}

static bool answers(int family, int type, const char *addr)
{
	struct sockaddr_in sin = { AF_INET, htons(PORT) };
	struct sockaddr_in6 sin6 = { AF_INET6, htons(PORT), 0, IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un sun = { AF_UNIX, "" };
	struct timeval wait = { 20, 0 };
	int s = socket(family, type, 0);
	char buf[8] = "";
	long ret;

	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (family == AF_UNIX) {
		strcpy(sun.sun_path + 1, prey.abstract);
		ret = connect(s, (void *)&sun, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(prey.abstract));
	} else if (family == AF_INET6) {
		ret = connect(s, (void *)&sin6, sizeof(sin6));
	} else {
		inet_pton(AF_INET, addr, &sin.sin_addr);
		ret = connect(s, (void *)&sin, sizeof(sin));
	}
	if (!ret && type == SOCK_DGRAM)
		ret = send(s, "?", 1, 0) != 1;
	ret = ret ?: recv(s, buf, sizeof(buf), 0) != 4;
	close(s);
	return !ret && !strcmp(buf, "host");
}

/* Settings, mounts, addresses and contexts, as text. */
static void state(char *buf, size_t size)
{
	static const char *const files[] = {
		"/proc/self/mountinfo", "/proc/net/route", "/proc/net/if_inet6", "/proc/swaps", "/proc/modules",
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/sysrq",
		"/proc/sys/kernel/ctrl-alt-del", "/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname",
		"/proc/sys/kernel/vshelper", "/proc/sys/kernel/printk", "/proc/sys/kernel/pid_max",
		"/proc/sys/kernel/randomize_va_space", "/proc/sys/net/ipv4/ip_forward",
		"/proc/sys/kernel/perf_event_paranoid",
	};
	struct dirent *e;
	size_t used = 0, i;
	DIR *d;

	for (i = 0; i < sizeof(files) / sizeof(files[0]) && used + 1 < size; i++) {
		if (!read_file(files[i], buf + used, size - used))
			buf[used] = '\0';
		used += strlen(buf + used);
	}
	d = opendir("/proc/virtual");
	while (d && (e = readdir(d)) && used < size)
		used += snprintf(buf + used, size - used, "%s\n", e->d_name);
	if (d)
		closedir(d);
}

/* A report in the kernel's log since the last call. */
static bool log_clean(const char *id)
{
	static const char *const reports[] = {
		"WARNING:", "BUG:", "Oops", "KASAN:", "UBSAN:", "general protection fault", "INFO: task",
		"refcount_t:", "possible circular", "suspicious RCU", "Kernel panic", "self-detected stall",
	};
	char record[8192];
	bool clean = true;
	ssize_t n;
	size_t i;

	while ((n = read(kmsg, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
			if (strstr(record, reports[i]))
				clean = check(false, "%s: the log says %.200s", id, record);
	}
	return clean;
}

static void canaries(const char *id, struct talk *other)
{
	static char now[sizeof(state_before)];
	char line[16] = "", buf[64];
	struct stat st = { 0 };

	check(!stat(CANARY, &st) && read_file(CANARY, buf, sizeof(buf)) && !strcmp(buf, SECRET) &&
	      st.st_mode == canary_before.st_mode && st.st_uid == canary_before.st_uid &&
	      st.st_nlink == canary_before.st_nlink && st.st_mtime == canary_before.st_mtime,
	      "%s: the host's file", id);
	check(!waitpid(host_canary, NULL, WNOHANG) && !ptrace(PTRACE_SEIZE, host_canary, 0, 0),
	      "%s: the host's task, which nobody traces", id);
	ptrace(PTRACE_INTERRUPT, host_canary, 0, 0);
	waitpid(host_canary, NULL, 0);
	ptrace(PTRACE_DETACH, host_canary, 0, 0);
	check(answers(AF_INET, SOCK_STREAM, "127.0.0.1") && answers(AF_INET, SOCK_STREAM, prey.host_addr) &&
	      answers(AF_INET6, SOCK_STREAM, NULL) && answers(AF_INET, SOCK_DGRAM, prey.host_addr) &&
	      answers(AF_INET, SOCK_DGRAM, "127.0.0.1") && answers(AF_UNIX, SOCK_STREAM, NULL),
	      "%s: the host's sockets", id);
	state(now, sizeof(now));
	check(!strcmp(now, state_before) && access(CORE, F_OK), "%s: settings, mounts, contexts, no handler run", id);
	fputs("?\n", other->to);
	fflush(other->to);
	check(fgets(line, sizeof(line), other->from) && !strcmp(line, "same\n"),
	      "%s: the other guest's task, file and memory", id);
	if (log_clean(id))
		check(true, "%s: the log", id);
}

static bool talk_open(struct talk *t, const char *name, const char *how)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return false;
	t->pid = fork();
	if (!t->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("vserver", "vserver", name, "exec", "/root/corpus", how, NULL);
		_exit(89);
	}
	close(in[0]);
	close(out[1]);
	t->to = fdopen(in[1], "we");
	t->from = fdopen(out[0], "re");
	return true;
}

static void talk_close(struct talk *t)
{
	if (!t)
		return;
	fclose(t->to);
	fclose(t->from);
	waitpid(t->pid, NULL, 0);
}

static bool shell(const char *what, const char *command)
{
	int status = system(command);

	return check(!status, "%s (%d)", what, status);
}

/* While the attacker looks for their programs. */
static void send_tasks_in(void)
{
	sent_in = fork();
	if (!sent_in) {
		execl("/bin/sh", "sh", "-c", "for i in 1 2 3; do vserver " NAME1 " exec true; done"
		      " </dev/null >/dev/null 2>&1", NULL);
		_exit(88);
	}
}

static bool host_begin(struct talk *guest, struct talk *other)
{
	union handle fh = { .h.handle_bytes = 128 };
	int ready[2], mount;
	char line[64], c;

	signal(SIGPIPE, SIG_IGN);
	if (!shell("two guests are made",
		   "for n in 1 2; do vserver esc$n build -m template --context 36$n --hostname esc$n"
		   " --interface eth0:10.20.0.6$n/24 -- -t ${VS_TEMPLATES:-/srv/templates}/guest-mini.tar"
		   " && install -m 755 /proc/$PPID/exe /vservers/esc$n/root/corpus || exit 1; done >/dev/null 2>&1"
		   " && mkdir -p /etc/vservers/esc1/rlimits && echo 120 > /etc/vservers/esc1/rlimits/nproc"
		   " && install -m 4755 /proc/$PPID/exe /vservers/esc1/srv/setuid"
		   " && cd /vservers/esc1/root && mknod left-disk b 254 0 && mknod left-mem c 1 1"
		   " && mknod left-kmsg c 1 11"))
		return false;
	if (!shell("and started", "for n in 1 2; do vserver esc$n start </dev/null >/dev/null 2>&1 || exit 1; done"))
		return false;

	read_file("/proc/sys/kernel/core_pattern", core_before, sizeof(core_before));
	to_file("/proc/sys/kernel/core_pattern", "|/usr/bin/touch " CORE, strlen("|/usr/bin/touch " CORE));
	to_file(CANARY, SECRET, strlen(SECRET));
	stat(CANARY, &canary_before);
	if (name_to_handle_at(AT_FDCWD, CANARY, &fh.h, &mount, 0) || pipe(ready))
		return check(false, "a file of the host with a handle");
	prey = (struct prey) { .guest_xid = 362, .port = PORT, .abstract = "host-service",
		.host_addr = "10.20.0.1", .guest_addr = "10.20.0.62", .own_addr = "10.20.0.61",
		.handle_type = fh.h.handle_type, .handle_size = fh.h.handle_bytes };
	memcpy(prey.handle, fh.h.f_handle, fh.h.handle_bytes);
	host_canary = fork();
	if (!host_canary)
		serve(ready[1]);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		return check(false, "a service of the host");
	prey.host_pid = host_canary;
	if (!talk_open(other, NAME2, "--canary") || !fgets(line, sizeof(line), other->from) ||
	    sscanf(line, "%d %d %d", &prey.guest_pid, &prey.shm_id, &prey.shm_key) != 3)
		return check(false, "a task of the other guest");
	to_file("/vservers/" NAME1 "/root/prey", &prey, sizeof(prey));
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(kmsg, 0, SEEK_END);
	state(state_before, sizeof(state_before));
	if (!check(talk_open(guest, NAME1, "--cases"), "root of a default guest begins"))
		return false;
	canaries("before", other);
	return true;
}

static void host_end(struct talk *guest, struct talk *other)
{
	talk_close(guest);
	talk_close(other);
	if (sent_in > 0)
		waitpid(sent_in, NULL, 0);
	if (host_canary > 0) {
		kill(host_canary, SIGKILL);
		waitpid(host_canary, NULL, 0);
	}
	if (*core_before)
		to_file("/proc/sys/kernel/core_pattern", core_before, strlen(core_before));
	unlink(CANARY);
	unlink(CORE);
	shell("both guests end", "for n in 1 2; do vserver esc$n stop; vserver --silent esc$n delete || exit 1; done"
	      " </dev/null >/dev/null 2>&1");
}
