// SPDX-License-Identifier: GPL-2.0
/* What /proc tells of contexts, to whom, and in which words. */
#include <dirent.h>
#include "harness.h"

static struct guest a = { .xid = 1601, .ccaps = VXC_SET_UTSNAME };
static struct guest b = { .xid = 1602 };
static char buf[8192];

static bool has(const char *path, const char *line)
{
	return read_file(path, buf, sizeof(buf)) && strstr(buf, line);
}

static int listed(const char *path, const char *name)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int found = 0;

	while (dir && (d = readdir(dir)))
		if (name ? !strcmp(d->d_name, name) : d->d_name[0] != '.')
			found++;
	if (dir)
		closedir(dir);
	return found;
}

static void tree(void)
{
	struct stat st;

	check(has("/proc/virtual/info", "VCIVersion:\t0002:0308\n"), "virtual/info: version");
	check(has("/proc/virtual/info", sizeof(long) == 4 && kernel_is_native() ?
		  "VCISyscall:\t273\n" : "VCISyscall:\t236\n"), "virtual/info: number of the call");
	check(has("/proc/virtnet/info", "VCIVersion:\t0002:0308\n"), "virtnet/info: version");
	check(has("/proc/virtual/status", "#CActive:\t2\n"), "virtual/status: two contexts");
	check(listed("/proc/virtual", "1601") == 1 && listed("/proc/virtual", "1602") == 1,
	      "both are listed once");
	check(!stat("/proc/virtual", &st) && st.st_nlink == 4, "the link count tells how many (%ju)",
	      (uintmax_t)st.st_nlink);
	check(listed("/proc/virtual/1601", NULL) == 9, "a context has nine files for the host");
	check(has("/proc/virtual/1601/info", "ID:\t1601\n") && strstr(buf, "Init:\t0\n"), "its info");
	check(has("/proc/virtual/1601/status", "Tasks:\t1\n"), "its status: tasks");
	check(strstr(buf, "Flags:\t0000000600000000\n") != NULL, "flags");
	check(strstr(buf, "BCaps:\t00000000b44c04ff\n") != NULL, "bounding word");
	check(strstr(buf, "CCaps:\t0000000000000001\n") != NULL, "context capabilities");
	check(strstr(buf, "Umask:\t               0\n") != NULL, "unshare mask");
	check(strstr(buf, "Spaces:\t00000000 00000000\n") != NULL, "stored spaces");
	check(has("/proc/virtual/1601/cvirt", "nr_threads:\t1\n"), "its threads");
	check_is(err(access("/proc/virtual/01601", F_OK)), -ENOENT, "no leading zero");
	check_is(err(access("/proc/virtual/0", F_OK)), -ENOENT, "no context 0");
	check_is(err(access("/proc/virtual/1603", F_OK)), -ENOENT, "no other");
}

static void task_files(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/vinfo", a.pid);
	check(has(path, "XID:\t1601\nBCaps:\t00000000b44c04ff\nCCaps:\t0000000000000001\n"
			"CFlags:\t0000000600000000\nCIPid:\t0\n"), "vinfo of a guest's task");
	check(has("/proc/self/vinfo", "XID:\t0\n") && !strstr(buf, "BCaps"), "vinfo of the host's");
	check(has("/proc/self/ninfo", "NID:\t0\n"), "ninfo of the host's");
	snprintf(path, sizeof(path), "/proc/%d/status", a.pid);
	check(has(path, "\nVxID:\t1601\nNxID:\t0\nvoluntary_ctxt_switches:"), "the lines of status");
	check(has("/proc/self/status", "\nVxID:\t0\nNxID:\t0\n"), "of the host's, too");
}

static void inside(void *arg)
{
	check(listed("/proc/virtual", "1601") == 1, "A sees itself");
	check(listed("/proc/virtual", "1602") == 0, "and not B");
	check(has("/proc/virtual/1601/status", "Tasks:\t2\n"), "it may read about itself");
	check(listed("/proc/virtual/1601", NULL) == 8, "in eight files");
	check_is(err(open("/proc/virtual/1602/status", O_RDONLY)), -ENOENT, "but not about B");
	check(listed("/proc/virtnet", NULL) == 2, "no network context is shown to it");
}

static void inside_held(void *arg)
{
	int fd = *(int *)arg;

	check_is(err(pread(fd, buf, 10, 0)), -EACCES, "a held file about B stays closed");
}

static void hidden(void)
{
	struct vcmd_ctx_flags_v0 flags = { VXF_HIDE_VINFO, VXF_HIDE_VINFO };
	char path[64];

	check_is(vs(VCMD_set_cflags, b.xid, &flags), 0, "hide B's numbers");
	snprintf(path, sizeof(path), "/proc/%d/status", b.pid);
	check(read_file(path, buf, sizeof(buf)) && !strstr(buf, "VxID") && !strstr(buf, "NxID"),
	      "status tells no number");
	snprintf(path, sizeof(path), "/proc/%d/vinfo", b.pid);
	check_is(err(open(path, O_RDONLY)), -ENOENT, "vinfo is not there");
	snprintf(path, sizeof(path), "/proc/%d/ninfo", b.pid);
	check_is(err(open(path, O_RDONLY)), -ENOENT, "nor ninfo");
	snprintf(path, sizeof(path), "/proc/%d", b.pid);
	check(!listed(path, "vinfo") && !listed(path, "ninfo") && listed(path, "status"), "nor are they listed");
	snprintf(path, sizeof(path), "/proc/%d", a.pid);
	check(listed(path, "vinfo") && listed(path, "ninfo"), "those of A are");
}

static void gone(int dirfd, int fd)
{
	check_is(err(openat(dirfd, "status", O_RDONLY)), -ENOENT, "the directory of a dead context is empty");
	check_is(err(pread(fd, buf, 10, 0)), -ESRCH, "its files are dead");
	check_is(err(access("/proc/virtual/1602", F_OK)), -ENOENT, "its name is gone");
	check(listed("/proc/virtual", "1602") == 0, "from the list, too");
}

int main(int argc, char **argv)
{
	int dirfd, fd;

	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a) && guest_start(&b), "guests A and B start");
	tree();
	task_files();
	in_guest(&a, inside, NULL);
	hidden();
	dirfd = open("/proc/virtual/1602", O_RDONLY | O_DIRECTORY);
	fd = open("/proc/virtual/1602/status", O_RDONLY);
	check(dirfd >= 0 && fd >= 0, "the host holds files about B");
	in_guest(&a, inside_held, &fd);
	guest_stop(&b);
	gone(dirfd, fd);
	guest_stop(&a);
	check(has("/proc/virtual/status", "#CActive:\t0\n"), "no context is left");
	return test_end();
}
