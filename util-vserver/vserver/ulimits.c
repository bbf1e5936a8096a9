// SPDX-License-Identifier: GPL-2.0
/* What a task gets of the guest's limits before it enters. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ulimits.h"

#define MIB	1048576UL

/* What holds where nothing is configured: no limit of the administrator's session leaks in. */
static struct rlimit unset_limit(int res)
{
	switch (res) {
	case RLIMIT_NICE:
	case RLIMIT_RTPRIO:
		return (struct rlimit){ 0, 0 };
	case RLIMIT_NOFILE:
		return (struct rlimit){ 1024, 1048576 };
	case RLIMIT_STACK:
		return (struct rlimit){ 8 * MIB, RLIM_INFINITY };
	case RLIMIT_CORE:
		return (struct rlimit){ 0, RLIM_INFINITY };
	case RLIMIT_MEMLOCK:
		return (struct rlimit){ 8 * MIB, 8 * MIB };
	case RLIMIT_MSGQUEUE:
		return (struct rlimit){ 819200, 819200 };
	default:
		return (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	}
}

static int set_ulimits(const char *guest, const struct guest_conf *conf)
{
	const struct ulimit_conf *u = conf->ulimits;
	struct rlimit lim;
	int i;

	for (i = 0; i < 16; i++) {
		lim = u[i].set ? (struct rlimit){ u[i].soft, u[i].hard } : unset_limit(i);
		/* The one that cannot be unlimited. */
		if (i == RLIMIT_NOFILE && lim.rlim_max == RLIM_INFINITY)
			lim.rlim_max = unset_limit(i).rlim_max;
		if (lim.rlim_cur > lim.rlim_max)
			lim.rlim_cur = lim.rlim_max;
		if (setrlimit(i, &lim))
			return failed(guest, "cannot set process limit %d: %s", i, strerror(errno));
	}
	return 0;
}

static int set_badness(const char *guest, int badness, int procfd)
{
	char text[16];
	int fd = openat(procfd, "../oom_score_adj", O_WRONLY | O_CLOEXEC), ret = 0;

	snprintf(text, sizeof(text), "%d", badness);
	if (fd < 0 || write_all(fd, text, strlen(text)))
		ret = failed(guest, "cannot set the OOM score adjustment: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

int limits_apply(const char *guest, const struct guest_conf *conf, int procfd)
{
	if (conf->has_badness && set_badness(guest, conf->badness, procfd))
		return -1;
	if (set_ulimits(guest, conf))
		return -1;
	if (conf->ioprio && syscall(SYS_ioprio_set, 1, 0, conf->ioprio))
		return failed(guest, "cannot set the IO priority: %s", strerror(errno));
	if (conf->has_nice && setpriority(PRIO_PROCESS, 0, conf->nice))
		return failed(guest, "cannot set nice level %d: %s", conf->nice, strerror(errno));
	return 0;
}
