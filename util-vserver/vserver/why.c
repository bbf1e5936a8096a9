// SPDX-License-Identifier: GPL-2.0
/* vserver NAME why: what the kernel refused to the guest lately, and what would allow it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "out.h"
#include "util.h"

/* One line of /proc/virtual/XID/denied, see kernel/vserver/refuse.c. */
struct refusal {
	uint64_t	seq, number;
	unsigned long long seconds;
	unsigned int	count;
	int		error, pid;
	char		kind[32], object[256], call[32], comm[80];
};

static bool parse(const char *line, struct refusal *r)
{
	return sscanf(line, "%" SCNu64 "\t%llu.%*u\t%u\t%31s\t%" SCNu64 "\t%255s\t%d\t%31s\t%d\t%79[^\n]",
		      &r->seq, &r->seconds, &r->count, r->kind, &r->number, r->object, &r->error,
		      r->call, &r->pid, r->comm) == 10;
}

/* "64:165" of the kernel becomes mount, "32:21" mount (32 bit), "64:-1" -. */
static void name_call(struct refusal *r)
{
	int bits, number;
	char *name;

	if (sscanf(r->call, "%d:%d", &bits, &number) != 2)
		return;
	name = number < 0 ? NULL :
	       seccomp_syscall_resolve_num_arch(bits == 32 ? SCMP_ARCH_X86 : SCMP_ARCH_NATIVE, number);
	if (name)
		snprintf(r->call, sizeof(r->call), "%s%s", name, bits == 32 ? " (32 bit)" : "");
	else if (number < 0)
		snprintf(r->call, sizeof(r->call), "-");
	free(name);
}

static char *cap_text(uint64_t cap)
{
	char *name = cap <= CAP_LAST_CAP ? cap_to_name(cap) : NULL, *text;

	/* "cap_sys_admin" is sys_admin in every list of ours. */
	text = name ? xprintf("%s", name + (strncmp(name, "cap_", 4) ? 0 : 4)) :
		      xprintf("%" PRIu64, cap);
	cap_free(name);
	return text;
}

static char *space_text(uint64_t flags)
{
	static const struct {
		uint64_t	flag;
		const char	*name;
	} spaces[] = {
		{ CLONE_NEWNS, "newns" }, { CLONE_NEWUTS, "newuts" }, { CLONE_NEWIPC, "newipc" },
		{ CLONE_NEWUSER, "newuser" }, { CLONE_NEWPID, "newpid" }, { CLONE_NEWNET, "newnet" },
		{ CLONE_NEWCGROUP, "newcgroup" }, { CLONE_NEWTIME, "newtime" },
	};
	char *text = xprintf("%s", ""), *more;
	size_t i;

	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		if (!(flags & spaces[i].flag))
			continue;
		more = xprintf("%s%s%s", text, *text ? "," : "", spaces[i].name);
		free(text);
		text = more;
	}
	return text;
}

/* The thing in words: of numbers that have names, the name. */
static char *thing(const struct refusal *r)
{
	if (!strcmp(r->kind, "capability"))
		return cap_text(r->number);
	if (!strcmp(r->kind, "namespace"))
		return space_text(r->number);
	if (!strcmp(r->kind, "command"))
		return xprintf("0x%08" PRIx64, r->number);
	if (!strcmp(r->kind, "ioctl"))
		return xprintf("0x%" PRIx64, r->number);
	if (!strcmp(r->kind, "socket"))
		return xprintf("family %" PRIu64 ", type/protocol %s", r->number, r->object);
	if (strcmp(r->object, "-"))
		return xprintf("%s", r->object);
	return r->number ? xprintf("%" PRIu64, r->number) : xprintf("-");
}

/*
 * One use of a capability is less than all of it: what gives out the use that
 * a call makes.
 */
static const char *context_capability(const struct refusal *r)
{
	static const struct {
		const char	*call;
		unsigned int	cap;
		const char	*leave;
	} uses[] = {
		{ "sethostname", CAP_SYS_ADMIN, "set_utsname" },
		{ "setdomainname", CAP_SYS_ADMIN, "set_utsname" },
		{ "mount", CAP_SYS_ADMIN, "secure_mount" },
		{ "umount2", CAP_SYS_ADMIN, "secure_mount" },
		{ "fsopen", CAP_SYS_ADMIN, "secure_mount" },
		{ "fsmount", CAP_SYS_ADMIN, "secure_mount" },
		{ "fspick", CAP_SYS_ADMIN, "secure_mount" },
		{ "open_tree", CAP_SYS_ADMIN, "secure_mount" },
		{ "move_mount", CAP_SYS_ADMIN, "secure_mount" },
		{ "mount_setattr", CAP_SYS_ADMIN, "secure_mount" },
		{ "quotactl", CAP_SYS_ADMIN, "quota_ctl" },
		{ "quotactl_fd", CAP_SYS_ADMIN, "quota_ctl" },
		{ "setrlimit", CAP_SYS_RESOURCE, "set_rlimit" },
		{ "prlimit64", CAP_SYS_RESOURCE, "set_rlimit" },
		{ "syslog", CAP_SYSLOG, "syslog" },
	};
	size_t i;

	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (r->number == uses[i].cap && !strcmp(r->call, uses[i].call))
			return uses[i].leave;
	return NULL;
}

/* A device that the guest may open with a setting less than mknod. */
static char *device_leave(const char *device)
{
	if (!strcmp(device, "c10:200"))
		return xprintf("ncapabilities: tun_create");
	if (!strcmp(device, "c10:237") || !strncmp(device, "b7:", 3))
		return xprintf("ccapabilities: admin_cloop");
	if (!strcmp(device, "c10:236"))
		return xprintf("ccapabilities: admin_mapper");
	return xprintf("bcapabilities: mknod");
}

/* The setting that would allow it, or null where none does. */
static char *remedy(const struct refusal *r)
{
	char *name, *text = NULL;

	if (!strcmp(r->kind, "capability") && context_capability(r)) {
		text = xprintf("ccapabilities: %s", context_capability(r));
	} else if (!strcmp(r->kind, "device")) {
		text = device_leave(r->object);
	} else if (!strcmp(r->kind, "capability")) {
		/* These are refused whatever the mask says. */
		if (r->number >= 32 || r->number == CAP_SYS_MODULE || r->number == CAP_SYS_BOOT)
			return NULL;
		name = cap_text(r->number);
		text = xprintf("bcapabilities: %s", name);
		free(name);
	} else if (!strcmp(r->kind, "namespace")) {
		name = space_text(r->number);
		text = xprintf("umask: %s", name);
		free(name);
	} else if (!strcmp(r->kind, "bind") || !strcmp(r->kind, "source")) {
		text = xprintf("interfaces: %s", r->object);
	}
	return text;
}

static void show(const struct refusal *r)
{
	char *what = thing(r), *fix = remedy(r), *object, when[32];
	const char *error = strerrorname_np(r->error);
	time_t t = r->seconds;
	struct tm tm;

	strftime(when, sizeof(when), "%F %T", localtime_r(&t, &tm));
	object = xprintf("%s %s", r->kind, what);
	out_u64("number", NULL, r->seq);
	out_u64("time", NULL, r->seconds);
	out_text("%s ", when);
	out_u64("count", "%5" PRIu64 " ", r->count);
	out_str("kind", NULL, r->kind);
	out_str("what", NULL, what);
	out_u64("value", NULL, r->number);
	out_str("object", NULL, r->object);
	out_text("%-32s ", object);
	out_str("error", "%-13s ", error ? error : "?");
	out_str("call", "%-16s ", r->call);
	out_u64("pid", "%7" PRIu64 " ", r->pid);
	out_str("command", "%s", r->comm);
	if (fix)
		out_str("allowed_by", "  (%s)", fix);
	out_text("\n");
	free(object);
	free(what);
	free(fix);
}

static FILE *open_denied(unsigned int xid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/virtual/%u/denied", xid);
	return fopen(path, "re");
}

/* How many refusals there were; -1 with errno if there is nothing to read. */
static int read_total(unsigned int xid, uint64_t *total)
{
	FILE *f = open_denied(xid);
	int n;

	if (!f)
		return -1;
	errno = 0;
	n = fscanf(f, "Refused:\t%" SCNu64, total);
	fclose(f);
	if (n != 1 && !errno)
		errno = EPROTO;
	return n == 1 ? 0 : -1;
}

/* Shows what is newer than *@seen, with @alone each as a JSON document; as above. */
static int show_new(unsigned int xid, uint64_t *seen, bool alone)
{
	FILE *f = open_denied(xid);
	char line[1024];
	struct refusal r;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (!parse(line, &r) || r.seq <= *seen)
			continue;
		*seen = r.seq;
		name_call(&r);
		if (alone)
			out_start(true, false);
		else
			out_open(NULL);
		show(&r);
		if (alone)
			out_finish(EX_FAIL);
		else
			out_close();
	}
	fclose(f);
	return 0;
}

static void title(void)
{
	out_text("%-19s %5s %-32s %-13s %-7s %7s %s\n", "TIME", "COUNT", "REFUSED", "ERROR", "CALL", "PID", "COMMAND");
}

/* Until the guest ends. As JSON an object on a line for each. */
static int follow(const char *id, struct vc_guest *guest, bool json)
{
	const struct timespec pause = { 0, 500000000 };
	uint64_t seen = 0, total = 0;

	if (!json)
		title();
	out_one_line();
	while (!read_total(guest->xid, &total)) {
		if (total > seen && show_new(guest->xid, &seen, json))
			break;
		out_finish(EX_FAIL);
		nanosleep(&pause, NULL);
	}
	return errno == ENOENT || errno == ESRCH ? 0 : -failed(id, "cannot read what was refused: %m");
}

int cmd_why(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	bool json = false, stay = false;
	uint64_t seen = 0, total;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--follow"))
			stay = true;
		else
			return cmd_usage("why", "unknown argument '%s'", argv[i]);
	}
	if (guest->xid == VC_NOCTX) {
		failed(id, "cannot say what was refused: it does not run");
		return EX_STOPPED;
	}
	if (stay)
		return follow(id, guest, json);
	if (read_total(guest->xid, &total))
		return -failed(id, "cannot read what was refused: %m");
	out_start(json, true);
	if (total)
		title();
	if (show_new(guest->xid, &seen, false))
		return -failed(id, "cannot read what was refused: %m");
	if (!total)
		out_text("Nothing was refused since it was started.\n");
	out_finish(EX_FAIL);
	return 0;
}
