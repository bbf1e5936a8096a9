// SPDX-License-Identifier: GPL-2.0
/* vserver doctor: whether this host can run guests, point by point, each with its remedy. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cgroup.h"
#include "check.h"
#include "cmd.h"
#include "conf.h"
#include "doctor.h"
#include "out.h"

static const char * const grades[] = { "ok", "warning", "error" };
static unsigned int bad, poor;

void point(enum grade grade, const char *what, const char *found, const char *remedy)
{
	const char *no = getenv("NO_COLOR");
	bool colour = isatty(1) && !(no && *no);

	bad += grade == BAD;
	poor += grade == POOR;
	out_open(NULL);
	if (colour)
		out_text("\033[%dm%-8s\033[0m", grade == GOOD ? 32 : grade == POOR ? 33 : 31, grades[grade]);
	else
		out_text("%-8s", grades[grade]);
	out_str("state", NULL, grades[grade]);
	out_str("point", "%-16s ", what);
	out_str("found", "%s\n", found);
	if (remedy && grade != GOOD)
		out_str("remedy", "         -> %s\n", remedy);
	out_close();
}

static bool check_kernel(void)
{
	struct utsname u = { 0 };
	int version = vc_get_version();
	char *text;

	uname(&u);
	if (version >= 0) {
		text = xprintf("%s, interface %08x", u.release, version);
		point(GOOD, "kernel", text, NULL);
	} else {
		text = xprintf("%s: %s", u.release, vc_reason(VCMD_get_version, errno));
		point(BAD, "kernel", text, geteuid() ? "run this as root" :
		      "boot a kernel with the patch, see docs/real-server.md");
	}
	free(text);
	return version >= 0;
}

static void check_features(void)
{
	static const struct { uint64_t bit; const char *what; } wanted[] = {
		{ 0x04000000, "UTS" }, { 0x08000000, "IPC" }, { 0x20000000, "pid" },
	};
	uint64_t mask = vc_get_space_mask();
	char *missing = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (mask & wanted[i].bit)
			continue;
		more = xprintf("%s%s%s", missing, *missing ? ", " : "", wanted[i].what);
		free(missing);
		missing = more;
	}
	if (*missing) {
		more = xprintf("this kernel lacks %s namespaces", missing);
		point(POOR, "namespaces", more, "build the kernel with CONFIG_UTS_NS, IPC_NS and PID_NS");
		free(more);
	} else {
		point(GOOD, "namespaces", "UTS, IPC and pid", NULL);
	}
	free(missing);
}

static void check_helper(void)
{
	char *text = read_proc_file("/proc/sys/kernel/vshelper");

	if (!text) {
		point(POOR, "helper", "this kernel calls none: a reboot inside does nothing", NULL);
		return;
	}
	text[strcspn(text, "\n")] = 0;
	if (access(text, X_OK))
		point(POOR, "helper", *text ? text : "none is set",
		      "sysctl kernel.vshelper=" VS_SBINDIR "/vshelper: guests cannot reboot until then");
	else
		point(GOOD, "helper", text, NULL);
	free(text);
}

static void check_cgroup(void)
{
	const char *root = cgroup_root();
	char *path, *text;

	if (!root) {
		point(POOR, "cgroup v2", "not mounted: no limits by cgroup/, no pause",
		      "mount -t cgroup2 none /sys/fs/cgroup");
		return;
	}
	path = xprintf("%s/cgroup.controllers", root);
	text = read_proc_file(path);
	free(path);
	if (text)
		text[strcspn(text, "\n")] = 0;
	path = xprintf("%s: %s", root, text ? text : "");
	point(text && strstr(text, "memory") && strstr(text, "pids") ? GOOD : POOR, "cgroup v2", path,
	      "the controllers memory and pids are taken by cgroup v1 or are off in this kernel");
	free(path);
	free(text);
}

static void check_base(void)
{
	const char *base = vc_vdirbase();
	struct statfs fs;
	struct stat st;
	char *text;

	if (stat(base, &st)) {
		text = xprintf("%s: %s", base, strerror(errno));
		point(POOR, "root directories", text, "the first `vserver NAME create` makes it");
		free(text);
		return;
	}
	text = xprintf("%s has mode %04o", base, st.st_mode & 07777);
	point(st.st_mode & 0077 || st.st_uid ? BAD : GOOD, "root directories", text,
	      "chown root and chmod 700: users of the host could run setuid programs of guests");
	free(text);
	if (statfs(base, &fs))
		return;
	text = xprintf("%llu MiB free", (unsigned long long)fs.f_bavail * fs.f_bsize >> 20);
	point(fs.f_bavail * 20 < fs.f_blocks ? POOR : GOOD, "space", text,
	      "less than 5 % is free: guests share it");
	free(text);
}

static void check_conf(void)
{
	const char *dir = vc_confdir();
	struct stat st;
	char *text;

	if (stat(dir, &st)) {
		text = xprintf("%s: %s", dir, strerror(errno));
		point(BAD, "configuration", text, "make install makes it");
	} else {
		text = xprintf("%s has mode %04o", dir, st.st_mode & 07777);
		point(st.st_uid || st.st_mode & 0022 ? BAD : GOOD, "configuration", text,
		      "chown root and chmod go-w: who can write there is root");
	}
	free(text);
}

static void check_view(void)
{
	char *text = read_proc_file("/proc/sys/kernel/vserver_host_view");

	if (text)
		point(GOOD, "host's view", *text == '0' ? "the host sees its own processes only (use vps)" :
		      "the host's root sees the processes of guests", NULL);
	free(text);
	text = read_proc_file("/proc/sys/kernel/core_pattern");
	if (text && *text == '|') {
		text[strcspn(text, "\n")] = 0;
		point(POOR, "core dumps", text,
		      "a program of the host reads what guests' processes left: use a file name");
	}
	free(text);
}

static void check_guests(void)
{
	struct vc_guest *guest;
	struct vc_error err;
	char **ids, *remedy;
	int i, n = vc_guest_list(&ids, &err);

	if (n < 0) {
		point(BAD, "guests", err.text, NULL);
		return;
	}
	for (i = 0; i < n; i++) {
		struct findings found = { 0 };

		guest = vc_guest_open(ids[i], &err);
		if (!guest) {
			point(BAD, ids[i], err.text, NULL);
			continue;
		}
		check_guest(guest, &found);
		remedy = xprintf("vserver %s check", ids[i]);
		if (found.errors.n)
			point(BAD, ids[i], found.errors.v[0], remedy);
		else if (found.warnings.n)
			point(POOR, ids[i], found.warnings.v[0], remedy);
		else
			point(GOOD, ids[i], "its configuration is in order", NULL);
		free(remedy);
		findings_free(&found);
		vc_guest_free(guest);
	}
	vc_guest_list_free(ids);
}

int cmd_doctor(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json"), kernel;

	(void)id;
	(void)guest;
	if (argc > 1 && !json)
		return cmd_usage("doctor", "unknown argument '%s'", argv[1]);
	out_start(json, true);
	kernel = check_kernel();
	if (kernel) {
		doctor_options();
		check_features();
		check_helper();
		check_view();
	}
	check_cgroup();
	check_conf();
	check_base();
	if (kernel) {
		doctor_files();
		doctor_list();
	}
	check_guests();
	out_text("%u error%s, %u warning%s\n", bad, bad == 1 ? "" : "s", poor, poor == 1 ? "" : "s");
	out_finish(EX_FAIL);
	return bad ? EX_FAIL : 0;
}
