// SPDX-License-Identifier: GPL-2.0
/* chcontext: run a program in a process context, made for it if need be. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "chain.h"
#include "prog.h"
#include "spaces.h"

enum {
	OPT_XID = 1, OPT_CAP, OPT_FLAG, OPT_SECURE, OPT_HOSTNAME, OPT_DOMAINNAME, OPT_DISCONNECT,
	OPT_SILENT, OPT_SPACES, OPT_REDUCECAP,
};

static const struct opt opts[] = {
	{ "xid", 0, OPT_XID, "ID", "number or running guest (default: a free number); 1 to watch all" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "cap", 0, OPT_CAP, "[!]CAP", "POSIX capability to give or take" },
	{ "flag", 0, OPT_FLAG, "[!]FLAG", "context flag; fakeinit also makes PROG the init" },
	{ "secure", 0, OPT_SECURE, NULL, "begin with the secure preset" },
	{ "hostname", 0, OPT_HOSTNAME, "NAME", "host name inside" },
	{ "domainname", 0, OPT_DOMAINNAME, "NAME", "domain name inside" },
	{ "disconnect", 0, OPT_DISCONNECT, NULL, "run PROG in the background, in a session of its own" },
	{ "silent", 0, OPT_SILENT, NULL, "do not print the new number" },
	{ "spaces", 0, OPT_SPACES, "\"OPTS\"", "namespaces: SPACE options of vspace" },
	{ "reducecap", 0, OPT_REDUCECAP, NULL, "no context: the process itself loses what --cap and --secure take" },
	{ 0 }
};

static const char *const usage[] = { "[OPTION...] [--] PROG [ARG...]", NULL };

static const struct prog prog = {
	.name = "chcontext",
	.summary = "Run a program in a process context; one that does not exist is created.",
	.usage = usage,
	.opts = opts,
	.notes =
"Of a context that exists the capabilities, flags and names stay as they are.\n"
"Exit status: that of PROG; 255 any error.\n",
	.error = 255,
	.wrapper = true,
};

static const struct opt space_opts[] = { SPACES_OPTS, { 0 } };
static const char *const space_usage[] = { "--spaces \"[SPACE...]\"", NULL };

static const struct prog space_prog = {
	.name = "chcontext",
	.summary = "The namespaces that a context gets.",
	.usage = space_usage,
	.opts = space_opts,
	.error = 255,
};

static struct {
	const char		*id, *hostname, *domainname, *spaces_text;
	struct vc_ctx_caps	caps;
	struct vc_ctx_flags	flags;
	struct spaces		spaces;
	bool			disconnect, silent, reduce;
} want;

static void parse(int argc, char **argv)
{
	const char *arg;
	int id;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_XID:
			want.id = arg;
			break;
		case OPT_CAP:
			arg_words(VC_BCAP, arg, &want.caps.bcaps, &want.caps.bmask);
			break;
		case OPT_FLAG:
			arg_words(VC_CFLAG, arg, &want.flags.flagword, &want.flags.mask);
			break;
		case OPT_SECURE:
			/* --cap before or after it: both change the preset. */
			want.caps.bcaps |= vc_get_securebcaps() & ~want.caps.bmask;
			want.caps.bmask = UINT64_MAX;
			want.caps.ccaps = VC_SECURE_CCAPS;
			want.caps.cmask = UINT64_MAX;
			want.flags.flagword |= VC_SECURE_CFLAGS;
			want.flags.mask |= VC_SECURE_CFLAGS;
			break;
		case OPT_HOSTNAME:
			want.hostname = arg;
			break;
		case OPT_DOMAINNAME:
			want.domainname = arg;
			break;
		case OPT_DISCONNECT:
			want.disconnect = true;
			break;
		case OPT_SILENT:
			want.silent = true;
			break;
		case OPT_SPACES:
			want.spaces_text = arg;
			break;
		case OPT_REDUCECAP:
			want.reduce = true;
			break;
		}
	}
}

/* The argument of --spaces is a command line of its own. */
static void parse_spaces(void)
{
	char *words[32] = { "chcontext" }, *copy, *word, *save = NULL;
	const char *arg;
	int id, count = 1;

	if (!want.spaces_text)
		return;
	copy = must_alloc(strdup(want.spaces_text));
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (count == 31)
			fail("more than 30 words in --spaces");
		words[count++] = word;
	}
	opt_start(&space_prog, count, words);
	while ((id = opt_next(&arg)))
		spaces_opt(&want.spaces, id, arg);
	if (*opt_rest())
		fail("'%s' in --spaces is no option of a SPACE", *opt_rest());
	free(copy);
}

static void set_name(vc_uts_type type, const char *name)
{
	if (name && vc_set_vhi_name(VC_SAMECTX, type, name, strlen(name)) < 0)
		fail("cannot set the %s to '%.80s': %s", vc_vhi_field(type), name,
		     vc_reason(VCMD_set_vhi_name, errno));
}

/*
 * From creation on this process is alone in the new context, so that a
 * failure, which ends it, leaves nothing behind.
 */
static void set_up(void)
{
	const uint64_t state = VXF_STATE_SETUP | VXF_STATE_INIT;
	bool init = want.flags.mask & want.flags.flagword & VXF_INFO_INIT;

	if (vc_set_namespace(VC_SAMECTX, spaces_mask(&want.spaces), 0) < 0)
		fail("cannot store the spaces: %s", vc_reason(VCMD_set_space, errno));
	set_name(vcVHI_NODENAME, want.hostname);
	set_name(vcVHI_DOMAINNAME, want.domainname);
	if (vc_set_ccaps(VC_SAMECTX, &want.caps) < 0)
		fail("cannot set the capabilities: %s", vc_reason(VCMD_set_ccaps, errno));
	/* The last step: from here on the limits hold. */
	want.flags.mask |= VXF_STATE_SETUP | (init ? VXF_STATE_INIT : 0);
	want.flags.flagword &= ~state;
	if (vc_set_cflags(VC_SAMECTX, &want.flags) < 0)
		fail("cannot set the flags: %s", vc_reason(VCMD_set_cflags, errno));
}

/* False when the context exists. */
static bool create_context(xid_t xid)
{
	xid_t got;

	if (xid == VS_ID_WATCH)
		return false;
	got = chain_create_ctx(xid, NULL);
	if (got != VC_NOCTX) {
		if (!want.silent) {
			printf("New security context is %u\n", got);
			fflush(stdout);
		}
		return true;
	}
	if (errno == EEXIST)
		return false;
	if (xid == VC_DYNAMIC_XID)
		fail("cannot create a context: %s", vc_reason(VCMD_ctx_create, errno));
	fail("cannot create context %u: %s", xid, vc_reason(VCMD_ctx_create, errno));
}

static bool exists(xid_t xid)
{
	struct vc_vx_info info;

	return xid == VS_ID_WATCH || (xid != VC_DYNAMIC_XID && !vc_get_vx_info(xid, &info));
}

static void join(xid_t xid)
{
	/* A context that never stored any has the host's; unless some are demanded. */
	if (xid != VS_ID_WATCH && vc_enter_namespace(xid, spaces_mask(&want.spaces), 0) < 0 &&
	    (errno != EINVAL || want.spaces.given))
		fail("cannot enter the spaces of context %u: %s", xid,
		     vc_reason(VCMD_enter_space, errno));
	prctl(PR_SET_DUMPABLE, 0);
	if (vc_ctx_migrate(xid, 0) < 0)
		fail("cannot enter context %u: %s", xid, vc_reason(VCMD_ctx_migrate, errno));
}

/* For good: nothing that is executed later can get them back. */
static void reduce(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t keep = want.caps.bcaps | ~want.caps.bmask;
	unsigned int i;

	if (want.id || want.hostname || want.domainname || want.spaces_text || want.flags.mask & ~VC_SECURE_CFLAGS)
		fail_usage("--reducecap makes no context: only --cap and --secure go with it");
	if (syscall(SYS_capget, &head, data))
		fail("cannot read the own capabilities: %s", why());
	for (i = 0; i < 64; i++)
		if (!(keep >> i & 1) && prctl(PR_CAPBSET_READ, i) == 1 && prctl(PR_CAPBSET_DROP, i))
			fail("cannot give up capability %u: %s", i, why());
	for (i = 0; i < 2; i++) {
		data[i].effective &= keep >> (32 * i);
		data[i].permitted &= keep >> (32 * i);
		data[i].inheritable &= keep >> (32 * i);
	}
	if (syscall(SYS_capset, &head, data))
		fail("cannot give up capabilities: %s", why());
}

int main(int argc, char **argv)
{
	xid_t xid = VC_DYNAMIC_XID;
	char **rest;

	parse(argc, argv);
	rest = opt_rest();
	if (!*rest)
		fail_usage("no program given");
	parse_spaces();
	if (want.id)
		xid = arg_xid(want.id, true);
	if (xid == VS_ID_HOST || xid == VC_SAMECTX)
		fail("'%s' is no context that can be entered", want.id);
	if (want.disconnect)
		chain_disconnect();
	if (want.reduce) {
		reduce();
		chain_exec(rest);
	}
	if (!exists(xid)) {
		spaces_unshare(&want.spaces);
		if (create_context(xid)) {
			set_up();
			chain_exec(rest);
		}
	}
	join(xid);
	chain_exec(rest);
}
