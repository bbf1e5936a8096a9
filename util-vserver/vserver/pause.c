// SPDX-License-Identifier: GPL-2.0
/*
 * vserver NAME pause, resume: the freezer of the guest's control group, which no task
 * inside can notice, catch or undo. A guest without a group gets one for that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "cmd.h"
#include "inside.h"
#include "procs.h"
#include "run.h"

#define ROUNDS	50

/* A child is born in the group of its parent: again until none is outside. */
static int gather_tasks(const struct vc_guest *guest, const char *group)
{
	struct proc *list;
	int i, n, moved, round;
	char *path, *text, *line, *own = xprintf("\n0::/%s", group);
	size_t len = strlen(own);

	for (round = 0; round < ROUNDS; round++) {
		n = procs_read(guest->xid, &list);
		moved = 0;
		for (i = 0; i < n; i++) {
			path = xprintf("/proc/%d/cgroup", list[i].pid);
			text = read_proc_file(path);
			free(path);
			line = text ? xprintf("\n%s", text) : NULL;
			free(text);
			text = line ? strstr(line, own) : NULL;
			if (line && !(text && (text[len] == '/' || text[len] == '\n')) &&
			    list[i].state != 'Z' && !cgroup_take(group, list[i].pid))
				moved++;
			free(line);
		}
		procs_free(list, n);
		if (!moved)
			break;
	}
	free(own);
	if (round < ROUNDS)
		return 0;
	errno = EAGAIN;
	return -1;
}

static int pause_locked(struct vc_guest *guest)
{
	struct guest_conf conf, plain = { 0 };
	char *group;
	int ret = 0;

	if (guest->xid == VC_NOCTX)
		return failed(guest->name, "not running");
	if (!cgroup_root())
		return failed(guest->name, "cannot pause: no cgroup2 is mounted");
	if (conf_read(guest, &conf, false))
		return -1;
	group = cgroup_of(&conf, guest);
	if (!group) {
		plain.cgroup = xprintf("vserver/%s", guest->name);
		ret = cgroup_make(guest->name, &plain);
		group = plain.cgroup;
	}
	if (!ret && gather_tasks(guest, group))
		ret = failed(guest->name, "cannot pause: its tasks cannot be gathered: %s", strerror(errno));
	if (!ret && cgroup_freeze(group, true)) {
		ret = failed(guest->name, "cannot pause: %s", strerror(errno));
		cgroup_freeze(group, false);
	}
	free(group);
	conf_free(&conf);
	return ret;
}

bool guest_paused(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *group = cgroup_of(conf, guest);
	bool frozen = group && cgroup_frozen(group);

	free(group);
	return frozen;
}

int guest_thaw(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *group = cgroup_of(conf, guest);
	int ret = 0;

	if (group && cgroup_frozen(group))
		ret = cgroup_freeze(group, false);
	free(group);
	return ret;
}

static int resume_locked(struct vc_guest *guest)
{
	struct guest_conf conf;
	int ret;

	if (guest->xid == VC_NOCTX)
		return failed(guest->name, "not running");
	/* A configuration that is wrong by now must not keep a guest paused. */
	conf_read(guest, &conf, false);
	ret = guest_thaw(guest, &conf);
	if (ret)
		failed(guest->name, "cannot resume: %s", strerror(errno));
	conf_free(&conf);
	return ret;
}

static int locked(struct vc_guest *guest, int (*run)(struct vc_guest *guest))
{
	char *key;
	int lock, ret;

	catch_signals();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	ret = run(guest);
	run_unlock(lock, key);
	free(key);
	return ret ? EX_FAIL : 0;
}

int cmd_pause(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	(void)id;
	if (argc > 1)
		return cmd_usage("pause", "unknown argument '%s'", argv[1]);
	return locked(guest, pause_locked);
}

int cmd_resume(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	(void)id;
	if (argc > 1)
		return cmd_usage("resume", "unknown argument '%s'", argv[1]);
	return locked(guest, resume_locked);
}
