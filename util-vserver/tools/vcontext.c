// SPDX-License-Identifier: GPL-2.0
/* vcontext: create or join a process context, then run a program. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"

#define STATUS_EXISTS	254

enum {
	OPT_CREATE = 1, OPT_MIGRATE, OPT_MIGRATE_SELF, OPT_XID, OPT_INITPID, OPT_ENDSETUP,
	OPT_CHROOT, OPT_PIVOT_ROOT, OPT_NAMESPACE, OPT_DISCONNECT, OPT_CLOSEFD, OPT_UID,
	OPT_VLOGIN, OPT_PERS_TYPE, OPT_PERS_FLAGS, OPT_SYNCSOCK, OPT_SYNCMSG, OPT_SILENT,
	OPT_SILENTEXIST,
};

static const struct opt opts[] = {
	{ "create", 0, OPT_CREATE, NULL, "create a context and run PROG in it" },
	{ "migrate", 0, OPT_MIGRATE, NULL, "run PROG in an existing context" },
	{ "migrate-self", 0, OPT_MIGRATE_SELF, NULL, "finish the set-up of the own context" },
	{ "xid", 0, OPT_XID, "ID", "number or guest; --create without: a free one" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "initpid", 0, OPT_INITPID, NULL, "become the context's init (not with --create)" },
	{ "fakeinit", 0, OPT_INITPID, NULL, NULL },
	{ "endsetup", 0, OPT_ENDSETUP, NULL, "end the set-up: from now on all limits hold" },
	{ "chroot", 0, OPT_CHROOT, NULL, "make the current directory the root" },
	{ "pivot-root", 0, OPT_PIVOT_ROOT, NULL,
	  "the same by mounts: enter those stored in the context, else make and store them" },
	{ "namespace", 0, OPT_NAMESPACE, NULL,
	  "with --chroot: store (--migrate-self) or enter (--migrate) the mounts" },
	{ "disconnect", 0, OPT_DISCONNECT, NULL, "run PROG in the background, in a session of its own" },
	{ "closefd", 0, OPT_CLOSEFD, NULL, "close all descriptors above 2" },
	{ "uid", 0, OPT_UID, "USER", "become USER of the guest, with the groups told there" },
	{ "vlogin", 0, OPT_VLOGIN, NULL, "give PROG a terminal of its own inside" },
	{ "personality-type", 0, OPT_PERS_TYPE, "TYPE", "execution domain, e.g. linux32" },
	{ "personality-flags", 0, OPT_PERS_FLAGS, "LIST", "its flags, e.g. addr_no_randomize" },
	{ "syncsock", 0, OPT_SYNCSOCK, "FILE", "before PROG: tell this socket, wait until it closes" },
	{ "syncmsg", 0, OPT_SYNCMSG, "TEXT", "what to tell (default: ok)" },
	{ "silent", 0, OPT_SILENT, NULL, "do not print the new number" },
	{ "silentexist", 0, OPT_SILENTEXIST, NULL, "no message when the context exists" },
	{ 0 }
};

static const char *const usage[] = {
	"--create [--xid ID] [OPTION...] [--] PROG [ARG...]",
	"--migrate --xid ID [OPTION...] [--] PROG [ARG...]",
	"--migrate-self [OPTION...] [--] PROG [ARG...]",
	NULL
};

static const struct prog prog = {
	.name = "vcontext",
	.summary = "Create or join a process context and run a program in it.",
	.usage = usage,
	.opts = opts,
	.notes = "Exit status: that of PROG; 254 the context exists, 255 any other error.\n",
	.error = 255,
	.wrapper = true,
};

static struct {
	int		mode;
	const char	*id, *uid, *syncsock, *syncmsg;
	bool		initpid, endsetup, chroot, pivot, namespace, disconnect, closefd;
	bool		vlogin, silent, silentexist, personality;
	uint32_t	pers_type;
	uint64_t	pers_flags, pers_mask;
} want = { .syncmsg = "ok" };

static void parse(int argc, char **argv)
{
	const char *arg;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_CREATE:
		case OPT_MIGRATE:
		case OPT_MIGRATE_SELF:
			if (want.mode && want.mode != id)
				fail_usage("--create, --migrate and --migrate-self exclude each other");
			want.mode = id;
			break;
		case OPT_XID:
			want.id = arg;
			break;
		case OPT_INITPID:
			want.initpid = true;
			break;
		case OPT_ENDSETUP:
			want.endsetup = true;
			break;
		case OPT_CHROOT:
			want.chroot = true;
			break;
		case OPT_PIVOT_ROOT:
			want.pivot = true;
			break;
		case OPT_NAMESPACE:
			want.namespace = true;
			break;
		case OPT_DISCONNECT:
			want.disconnect = true;
			break;
		case OPT_CLOSEFD:
			want.closefd = true;
			break;
		case OPT_UID:
			want.uid = arg;
			break;
		case OPT_VLOGIN:
			want.vlogin = true;
			break;
		case OPT_PERS_TYPE:
			want.pers_type = vc_str2personalitytype(arg, 0);
			if (want.pers_type == VC_BAD_PERSONALITY)
				fail("unknown personality type '%s'; examples are linux, linux32, linux_32bit", arg);
			want.personality = true;
			break;
		case OPT_PERS_FLAGS:
			arg_words(VC_PERSONALITY, arg, &want.pers_flags, &want.pers_mask);
			want.personality = true;
			break;
		case OPT_SYNCSOCK:
			want.syncsock = arg;
			break;
		case OPT_SYNCMSG:
			want.syncmsg = arg;
			break;
		case OPT_SILENT:
			want.silent = true;
			break;
		case OPT_SILENTEXIST:
			want.silentexist = true;
			break;
		}
	}
}

static void check(char **rest)
{
	if (!want.mode)
		fail_usage("one of --create, --migrate and --migrate-self is needed");
	if (want.mode == OPT_CREATE && want.initpid)
		fail_usage("--initpid goes with --migrate or --migrate-self only");
	if (want.mode == OPT_MIGRATE && !want.id)
		fail_usage("--migrate needs --xid");
	if (want.mode == OPT_MIGRATE_SELF && want.id)
		fail_usage("--migrate-self takes no --xid");
	if (want.chroot && want.pivot)
		fail_usage("--chroot and --pivot-root exclude each other");
	if (want.namespace && (!want.chroot || want.mode == OPT_CREATE))
		fail_usage("--namespace goes with --chroot and --migrate or --migrate-self only");
	if (want.disconnect && want.vlogin)
		fail_usage("--disconnect and --vlogin exclude each other");
	if (!*rest)
		fail_usage("no program given");
}

static void create_context(xid_t xid)
{
	xid_t got = chain_create_ctx(xid, NULL);
	struct vc_error err;
	bool exists;

	if (got == VC_NOCTX) {
		/* EBUSY: it exists as well, but nobody may enter it yet. */
		exists = errno == EEXIST || errno == EBUSY;
		if (exists && want.silentexist)
			exit(STATUS_EXISTS);
		if (xid == VC_DYNAMIC_XID)
			vc_error_call(&err, VCMD_ctx_create, "cannot create a context");
		else
			vc_error_call(&err, VCMD_ctx_create, "cannot create context %u", xid);
		fail_with(exists ? STATUS_EXISTS : prog.error, "%s", err.text);
	}
	if (!want.silent) {
		printf("New security context is %u\n", got);
		fflush(stdout);
	}
}

static void change_root(void)
{
	if (chroot(".") < 0)
		fail("cannot change the root to the current directory: %s", why());
	if (chdir("/") < 0)
		fail("cannot enter the new root: %s", why());
}

/*
 * The current directory becomes the root of a mount namespace of its own,
 * which is stored as slot 1. With "." for both, the old root lies below the
 * new one for a moment, so that no directory is needed for it.
 */
static void pivot(xid_t xid)
{
	const uint64_t mask = CLONE_NEWNS | CLONE_FS;
	char *dir;

	if (!vc_enter_namespace(xid, mask, 1))
		return;
	if (unshare(CLONE_NEWNS) < 0)
		fail("cannot create a mount namespace: %s", why());
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("cannot make the mounts private: %s", why());
	if (mount(".", ".", NULL, MS_BIND | MS_REC, NULL) < 0)
		fail("cannot bind the current directory on itself: %s", why());
	/* The working directory still lies under the new mount: find it by name. */
	dir = getcwd(NULL, 0);
	if (!dir || chdir(dir) < 0)
		fail("cannot enter the new mount: %s", why());
	free(dir);
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		fail("cannot make the current directory the root: %s", why());
	if (umount2(".", MNT_DETACH) < 0)
		fail("cannot detach the old root: %s", why());
	if (chdir("/") < 0)
		fail("cannot enter the new root: %s", why());
	if (vc_set_namespace(xid, mask, 1) < 0)
		fail("cannot store the mounts in the context: %s", vc_reason(VCMD_set_space, errno));
}

static void enter_root(xid_t xid)
{
	const uint64_t mask = CLONE_NEWNS | CLONE_FS;

	if (want.pivot) {
		pivot(xid);
		return;
	}
	if (!want.chroot)
		return;
	if (want.namespace && want.mode == OPT_MIGRATE) {
		if (vc_enter_namespace(xid, mask, 0) < 0)
			fail("cannot enter the mounts of context %u: %s", xid,
			     vc_reason(VCMD_enter_space, errno));
		return;
	}
	change_root();
	if (want.namespace && vc_set_namespace(xid, mask, 0) < 0)
		fail("cannot store the mounts in the context: %s", vc_reason(VCMD_set_space, errno));
}

/* One call for both bits: after the set-up has ended the own context is closed. */
static void end_setup(uint64_t bits)
{
	struct vc_ctx_flags flags = { .flagword = 0, .mask = bits };

	if (bits && vc_set_cflags(VC_SAMECTX, &flags) < 0)
		fail("cannot end the set-up of the context: %s", vc_reason(VCMD_set_cflags, errno));
}

/* Whether the context is in set-up: once inside, one that is not cannot be asked. */
static bool in_setup(xid_t xid)
{
	struct vc_ctx_flags now;

	if (vc_get_cflags(xid, &now) < 0)
		fail("cannot read the flags of context %s: %s", want.id,
		     vc_reason(VCMD_get_cflags, errno));
	return now.flagword & VXF_STATE_SETUP;
}

static void migrate(xid_t xid)
{
	/* From here to exec the guest can see this process, but shall not touch it. */
	prctl(PR_SET_DUMPABLE, 0);
	if (vc_ctx_migrate(xid, want.initpid ? VXM_SET_INIT | VXM_SET_REAPER : 0) < 0)
		fail("cannot enter context %s: %s", want.id, vc_reason(VCMD_ctx_migrate, errno));
}

int main(int argc, char **argv)
{
	xid_t xid = VC_SAMECTX;
	int sync = -1;
	char **rest;
	bool setup;

	parse(argc, argv);
	rest = opt_rest();
	check(rest);
	if (want.id)
		xid = arg_xid(want.id, want.mode == OPT_CREATE);
	else if (want.mode == OPT_CREATE)
		xid = VC_DYNAMIC_XID;

	if (want.disconnect)
		chain_disconnect();
	if (want.syncsock)
		sync = chain_connect(want.syncsock);
	if (want.closefd)
		chain_closefd(sync);
	if (want.mode == OPT_CREATE) {
		create_context(xid);
		xid = VC_SAMECTX;
	}
	enter_root(xid);
	if (want.vlogin)
		chain_terminal();
	if (want.mode == OPT_MIGRATE) {
		setup = want.endsetup && in_setup(xid);
		migrate(xid);
		end_setup(setup ? VXF_STATE_SETUP : 0);
	} else {
		end_setup((want.endsetup ? VXF_STATE_SETUP : 0) |
			  (want.initpid ? VXF_STATE_INIT : 0));
	}
	if (want.uid)
		chain_setuid(want.uid);
	if (want.personality && personality(want.pers_type | (uint32_t)want.pers_flags) < 0)
		fail("cannot set the personality: %s", why());
	if (sync >= 0)
		chain_sync(sync, want.syncmsg);
	chain_exec(rest);
}
