// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "spaces.h"

/* In the order of the options. */
static const uint64_t bits[] = {
	CLONE_NEWNS, CLONE_FS, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
};

static uint64_t default_mask(void)
{
	uint64_t mask = vc_get_space_default();

	if (mask == UINT64_MAX)
		fail("cannot read the default spaces: %s",
		     vc_reason(VCMD_get_space_default, errno));
	return mask;
}

bool spaces_opt(struct spaces *spaces, int id, const char *arg)
{
	if (id >= SPACES_OPT_END)
		return false;
	if (id >= SPACES_OPT_DEL) {
		/* Taken away from the default when nothing was chosen before. */
		if (!spaces->given)
			spaces->mask = default_mask();
		spaces->mask &= ~bits[id - SPACES_OPT_DEL];
	} else if (id >= SPACES_OPT_ADD) {
		spaces->mask |= bits[id - SPACES_OPT_ADD];
	} else if (id == SPACES_OPT_MASK) {
		spaces->mask |= arg_number("mask", arg, 0, UINT32_MAX);
	} else {
		spaces->mask |= default_mask();
	}
	spaces->given = true;
	return true;
}

uint64_t spaces_mask(const struct spaces *spaces)
{
	uint64_t mask = spaces->given ? spaces->mask : default_mask();

	if (!mask)
		fail_usage("no space is left to work on");
	return mask;
}

static void go_on_in_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", why());
	if (!pid)
		return;
	/* What the terminal sends is for the child; this one only waits. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	vc_exitLikeProcess(pid, 255);
}

static void unshare_all(const struct spaces *spaces)
{
	/* Root and working directory are the caller's own already. */
	if (unshare((int)(spaces_mask(spaces) & ~(uint64_t)CLONE_FS)) < 0)
		fail("cannot create the namespaces: %s", why());
}

void spaces_unshare(const struct spaces *spaces)
{
	unshare_all(spaces);
	spaces_fork_if_pid(spaces);
}

void spaces_new(const struct spaces *spaces)
{
	unshare_all(spaces);
	go_on_in_child();
}

void spaces_fork_if_pid(const struct spaces *spaces)
{
	if (spaces_mask(spaces) & CLONE_NEWPID)
		go_on_in_child();
}
