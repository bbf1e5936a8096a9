// SPDX-License-Identifier: GPL-2.0
/* Control groups of guests on a host that runs systemd. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgroup-place.h"
#include "run.h"

#define KEPT	".cgroup"	/* below the run directory */

char *place_of(const struct vc_guest *guest)
{
	char *key = run_key(guest), *path = xprintf("%s/%s/%s", vc_rundir(), KEPT, key);
	char *text = read_file_at(AT_FDCWD, path, 4096, NULL);

	free(path);
	free(key);
	return text;
}

void place_forget(const struct vc_guest *guest)
{
	char *key = run_key(guest), *path = xprintf("%s/%s/%s", vc_rundir(), KEPT, key);

	unlink(path);
	free(path);
	free(key);
}

static int keep(const struct vc_guest *guest, const char *group)
{
	char *key = run_key(guest), *path;
	int ret = run_path(KEPT, key, &path), fd = -1;

	if (!ret)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write_all(fd, group, strlen(group)))
		ret = failed(guest->name, "cannot write %s/%s/%s: %s", vc_rundir(), KEPT, key, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	free(key);
	return ret;
}

/* The caller's group, if it is that of the unit which starts guests at boot. */
static char *own_unit(void)
{
	char *text = read_file_at(AT_FDCWD, "/proc/self/cgroup", 65536, NULL), *line, *save, *unit = NULL;
	const char *last;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "0::/", 4))
			continue;
		last = strrchr(line, '/') + 1;
		if (!strncmp(last, "vserver@", 8) && strlen(last) > 8 &&
		    !strcmp(last + strlen(last) - 8, ".service"))
			unit = xstrdup(line + 4);
	}
	free(text);
	return unit;
}

/* Groups that share out have no tasks: the caller, too, goes to a leaf. */
static int below_unit(const struct vc_guest *guest, struct guest_conf *conf, const char *unit)
{
	char *leaf = xprintf("%s/vserver.start", unit);
	int ret = cgroup_add_new(leaf, 0);

	if (ret)
		failed(guest->name, "cannot enter the control group %s: %s", leaf, strerror(errno));
	free(leaf);
	free(conf->cgroup);
	conf->cgroup = xprintf("%s/guest", unit);
	return ret;
}

static pid_t make_holder(void)
{
	pid_t pid, parent = getpid();

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	/* Nobody's, should the caller be killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	for (;;)
		pause();
}

void place_release(pid_t *holder)
{
	int status;

	if (*holder <= 0)
		return;
	kill(*holder, SIGKILL);
	while (waitpid(*holder, &status, 0) < 0 && errno == EINTR)
		;
	*holder = 0;
}

/* In names of units a hyphen stands for a slash. */
static char *boot_unit(const char *name)
{
	char *text = xstrdup("vserver@"), *more;

	for (; *name; name++) {
		more = *name == '-' ? xprintf("%s\\x2d", text) : xprintf("%s%c", text, *name);
		free(text);
		text = more;
	}
	more = xprintf("%s.service", text);
	free(text);
	return more;
}

/* The host's other units of guests are stopped first when it goes down. */
static int make_scope(const struct vc_guest *guest, struct guest_conf *conf, pid_t *holder)
{
	char *unit = xprintf("vserver-%s.scope", guest->name), pid[16];
	char *title = xprintf("Virtual server %s", guest->name);
	char *before = boot_unit(guest->name);
	char *argv[] = { (char *)VS_PKGLIBDIR "/vserver-scope", unit, pid, title,
			 (char *)"vserver-shutdown.service", before, NULL };
	int ret;

	*holder = make_holder();
	snprintf(pid, sizeof(pid), "%d", (int)*holder);
	ret = *holder < 0 ? failed(guest->name, "cannot fork: %s", strerror(errno)) :
	      run_program(guest->name, argv, NULL, NULL);
	free(conf->cgroup);
	conf->cgroup = xprintf("machine.slice/%s/guest", unit);
	if (!ret && cgroup_add_new(conf->cgroup, *holder))
		ret = failed(guest->name, "cannot use the control group %s: %s", conf->cgroup, strerror(errno));
	if (ret)
		place_release(holder);
	free(unit);
	free(title);
	free(before);
	return ret ? -1 : 0;
}

int place_choose(const struct vc_guest *guest, struct guest_conf *conf, pid_t *holder)
{
	char *unit;
	int ret;

	place_forget(guest);
	if (conf->cgroup_named || access("/run/systemd/system", F_OK) || !cgroup_root())
		return 0;
	unit = own_unit();
	if (unit && !conf->cgroup) {
		free(unit);
		return 0;
	}
	ret = unit ? below_unit(guest, conf, unit) : make_scope(guest, conf, holder);
	free(unit);
	return ret ? -1 : keep(guest, conf->cgroup);
}
