// SPDX-License-Identifier: GPL-2.0
/* ncontext: create or join a network context, then run a program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain.h"
#include "prog.h"

#define STATUS_EXISTS	254

enum {
	OPT_CREATE = 1, OPT_MIGRATE, OPT_MIGRATE_SELF, OPT_NID, OPT_DISCONNECT, OPT_SYNCSOCK,
	OPT_SYNCMSG, OPT_SILENT, OPT_SILENTEXIST,
};

static const struct opt opts[] = {
	{ "create", 0, OPT_CREATE, NULL, "create a network context and run PROG in it" },
	{ "migrate", 0, OPT_MIGRATE, NULL, "run PROG in an existing network context" },
	{ "migrate-self", 0, OPT_MIGRATE_SELF, NULL, "run PROG in the own network context" },
	{ "nid", 0, OPT_NID, "ID", "number or guest; --create without: a free one" },
	{ "disconnect", 0, OPT_DISCONNECT, NULL, "run PROG in the background, in a session of its own" },
	{ "syncsock", 0, OPT_SYNCSOCK, "FILE", "before PROG: tell this socket, wait until it closes" },
	{ "syncmsg", 0, OPT_SYNCMSG, "TEXT", "what to tell (default: ok)" },
	{ "silent", 0, OPT_SILENT, NULL, "do not print the new number" },
	{ "silentexist", 0, OPT_SILENTEXIST, NULL, "no message when the context exists" },
	{ 0 }
};

static const char *const usage[] = {
	"--create [--nid ID] [OPTION...] [--] PROG [ARG...]",
	"--migrate --nid ID [OPTION...] [--] PROG [ARG...]",
	"--migrate-self [OPTION...] [--] PROG [ARG...]",
	NULL
};

static const struct prog prog = {
	.name = "ncontext",
	.summary = "Create or join a network context and run a program in it.",
	.usage = usage,
	.opts = opts,
	.notes = "Exit status: that of PROG; 254 the context exists, 255 any other error.\n",
	.error = 255,
	.wrapper = true,
};

static struct {
	int		mode;
	const char	*id, *syncsock, *syncmsg;
	bool		disconnect, silent, silentexist;
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
		case OPT_NID:
			want.id = arg;
			break;
		case OPT_DISCONNECT:
			want.disconnect = true;
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
	if (!want.mode)
		fail_usage("one of --create, --migrate and --migrate-self is needed");
	if (want.mode == OPT_MIGRATE && !want.id)
		fail_usage("--migrate needs --nid");
	if (want.mode == OPT_MIGRATE_SELF && want.id)
		fail_usage("--migrate-self takes no --nid");
}

static void create_context(nid_t nid)
{
	nid_t got = chain_create_net(nid);
	struct vc_error err;
	bool exists;

	if (got == VC_NONID) {
		/* EBUSY: it exists as well, but nobody may enter it yet. */
		exists = errno == EEXIST || errno == EBUSY;
		if (exists && want.silentexist)
			exit(STATUS_EXISTS);
		if (nid == VC_DYNAMIC_NID)
			vc_error_call(&err, VCMD_net_create, "cannot create a network context");
		else
			vc_error_call(&err, VCMD_net_create, "cannot create network context %u", nid);
		fail_with(exists ? STATUS_EXISTS : prog.error, "%s", err.text);
	}
	if (!want.silent) {
		printf("New network context is %u\n", got);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	nid_t nid = VC_DYNAMIC_NID;
	int sync = -1;
	char **rest;

	parse(argc, argv);
	rest = opt_rest();
	if (!*rest)
		fail_usage("no program given");
	if (want.id)
		nid = arg_nid(want.id, want.mode == OPT_CREATE);
	if (want.disconnect)
		chain_disconnect();
	if (want.syncsock)
		sync = chain_connect(want.syncsock);
	if (want.mode == OPT_CREATE)
		create_context(nid);
	else if (want.mode == OPT_MIGRATE && vc_net_migrate(nid) < 0)
		fail("cannot enter network context %s: %s", want.id,
		     vc_reason(VCMD_net_migrate, errno));
	if (sync >= 0)
		chain_sync(sync, want.syncmsg);
	chain_exec(rest);
}
