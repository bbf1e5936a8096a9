// SPDX-License-Identifier: GPL-2.0
/* vserver-info: single facts about guests, contexts and the kernel. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "out.h"
#include "prog.h"
#include "sysinfo.h"

#define STATUS_NO	1

enum { OPT_QUIET = 1, OPT_LIST, OPT_JSON };

static const struct opt opts[] = {
	{ "quiet", 'q', OPT_QUIET, NULL, "no output, the exit status tells" },
	{ "list", 'l', OPT_LIST, NULL, "list the TAGs" },
	{ "json", 0, OPT_JSON, NULL, "machine-readable" },
	{ 0 }
};

static const char *const usage[] = { "[-q] [--json] ID TAG [ARG...]", "-l", "", NULL };

static const struct prog prog = {
	.name = "vserver-info",
	.summary = "Tell one fact about a guest, a context or the system (without ID and TAG: SYSINFO).",
	.usage = usage,
	.opts = opts,
	.notes =
"What ID is depends on the TAG, see -l; it is - where none is needed.\n"
"Exit status: 0 the fact holds or was found, 1 not, 255 wrong usage.\n",
	.error = 255,
	.wrapper = true,
};

static bool quiet;

/* The answer "no", with the reason for people. */
static int no(const char *text)
{
	if (text && !quiet)
		complain("%s", text);
	return STATUS_NO;
}

static int no_call(uint32_t cmd, const char *what, const char *id)
{
	struct vc_error err;

	vc_error_call(&err, cmd, "cannot read %s of %s", what, id);
	return no(err.text);
}

static int say_str(const char *key, const char *text)
{
	if (!quiet)
		out_str(key, "%s\n", text);
	return 0;
}

static int say_number(const char *key, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return say_str(key, text);
}

/* Takes @text over, null: no answer. */
static int say_own(const char *key, char *text)
{
	int rc = text ? say_str(key, text) : STATUS_NO;

	free(text);
	return rc;
}

static struct vc_guest *guest_of(const char *id)
{
	struct vc_guest *guest;
	struct vc_error err;

	guest = vc_guest_open(id, &err);
	if (!guest)
		no(err.text);
	return guest;
}

static bool is_false(const char *text)
{
	return !*text || !strcmp(text, "0") || !strcasecmp(text, "false") ||
	       !strcasecmp(text, "no");
}

static int tag_context(const char *id, char **args)
{
	bool only_running = args[0] && is_false(args[0]);
	struct vc_guest *guest = guest_of(id);
	xid_t xid;

	if (!guest)
		return STATUS_NO;
	xid = guest->xid;
	if (xid == VC_NOCTX && !only_running)
		xid = guest->conf_xid;
	vc_guest_free(guest);
	return xid == VC_NOCTX ? STATUS_NO : say_number("context", xid);
}

static int need_xid(const char *id, xid_t *xid)
{
	struct vc_error err;

	return vc_parse_id(id, vcCTX_XID, false, xid, &err) < 0 ? no(err.text) : 0;
}

static int tag_id(const char *id, char **args)
{
	xid_t xid;

	(void)args;
	return need_xid(id, &xid) ?: say_own("id", vc_getVserverByCtx(xid, NULL, NULL));
}

static int tag_running(const char *id, char **args)
{
	struct vc_vx_info info;
	struct vc_guest *guest;
	bool runs;
	char *end;

	(void)args;
	if (vc_get_version() < 0)
		return no_call(VCMD_get_version, "the state", id);
	strtoul(id, &end, 10);
	if (*id && !*end) {
		runs = !vc_get_vx_info((xid_t)strtoul(id, NULL, 10), &info);
	} else {
		guest = guest_of(id);
		runs = guest && guest->xid != VC_NOCTX;
		vc_guest_free(guest);
	}
	return runs ? say_str("running", "1") : STATUS_NO;
}

/* The guest is opened first, for the reason when there is none. */
static int about_guest(const char *key, const char *id, char *(*get)(const char *id, void *arg),
		       void *arg)
{
	struct vc_guest *guest = guest_of(id);

	if (!guest)
		return STATUS_NO;
	vc_guest_free(guest);
	return say_own(key, get(id, arg));
}

static char *get_vdir(const char *id, void *physical)
{
	return vc_getVserverVdir(id, vcCFG_AUTO, physical);
}

static int tag_vdir(const char *id, char **args)
{
	return about_guest("vdir", id, get_vdir, args[0] && !is_false(args[0]) ? args : NULL);
}

static char *get_name(const char *id, void *arg)
{
	(void)arg;
	return vc_getVserverName(id, vcCFG_AUTO);
}

static int tag_name(const char *id, char **args)
{
	(void)args;
	return about_guest("name", id, get_name, NULL);
}

static char *get_cfgdir(const char *id, void *arg)
{
	(void)arg;
	return vc_getVserverCfgDir(id, vcCFG_AUTO);
}

static int tag_cfgdir(const char *id, char **args)
{
	(void)args;
	return about_guest("cfgdir", id, get_cfgdir, NULL);
}

static char *get_appdir(const char *id, void *app)
{
	return vc_getVserverAppDir(id, vcCFG_AUTO, app ? app : "");
}

static int tag_appdir(const char *id, char **args)
{
	return about_guest("appdir", id, get_appdir, args[0]);
}

static int initpid(xid_t xid, const char *id)
{
	struct vc_vx_info info;

	if (vc_get_vx_info(xid, &info) < 0)
		return no_call(VCMD_vx_info, "the init", id);
	return info.initpid > 0 ? say_number("initpid", info.initpid) : STATUS_NO;
}

static int tag_initpid(const char *id, char **args)
{
	xid_t xid;

	(void)args;
	return need_xid(id, &xid) ?: initpid(xid, id);
}

static pid_t pid_of(const char *id)
{
	return (pid_t)arg_number("process", id, 0, 1 << 22);
}

static int tag_initpid_pid(const char *id, char **args)
{
	xid_t xid = vc_get_task_xid(pid_of(id));

	(void)args;
	return xid == VC_NOCTX ? no_call(VCMD_task_xid, "the context", id) : initpid(xid, id);
}

static int tag_xid(const char *id, char **args)
{
	xid_t xid = vc_get_task_xid(pid_of(id));

	(void)args;
	return xid == VC_NOCTX ? no_call(VCMD_task_xid, "the context", id) : say_number("xid", xid);
}

static int tag_nid(const char *id, char **args)
{
	nid_t nid = vc_get_task_nid(pid_of(id));

	(void)args;
	return nid == VC_NONID ? no_call(VCMD_task_nid, "the network context", id) :
	       say_number("nid", nid);
}

static int tag_apiver(const char *id, char **args)
{
	int version = vc_get_version();
	char text[16];

	(void)id;
	(void)args;
	if (version < 0)
		return no(vc_reason(VCMD_get_version, errno));
	snprintf(text, sizeof(text), "0x%08x", version);
	return say_str("apiver", text);
}

static int tag_uts(const char *id, char **args)
{
	char value[VHI_SIZE];
	const char *field;
	unsigned int i;
	bool first = true;
	xid_t xid;

	if (need_xid(id, &xid))
		return STATUS_NO;
	for (i = 0; (field = vc_vhi_field(i)); i++) {
		if (args[0] && strcasecmp(args[0], field))
			continue;
		if (vc_get_vhi_name(xid, i, value, sizeof(value)) < 0) {
			if (errno != EINVAL)
				return no_call(VCMD_get_vhi_name, "the names", id);
			strcpy(value, "???");
		}
		if (!quiet) {
			out_text("%s", first ? "" : " ");
			out_str(field, "%s", value);
		}
		first = false;
	}
	if (first)
		fail_usage("unknown field '%s'; see vuname --help", *args);
	if (!quiet)
		out_text("\n");
	return 0;
}

static int tag_sysinfo(const char *id, char **args)
{
	(void)id;
	(void)args;
	if (!quiet)
		sysinfo_print();
	return 0;
}

static int tag_feature(const char *id, char **args)
{
	const char *name;
	size_t i;

	(void)id;
	if (!args[0])
		fail_usage("FEATURE needs a name; see SYSINFO for those of this kernel");
	if (vc_isSupportedString(args[0]))
		return 0;
	for (i = 0; (name = vc_feature_name(i)); i++)
		if (!strcasecmp(name, args[0]))
			return STATUS_NO;
	fail_usage("unknown feature '%s'", args[0]);
}

static int tag_canonify(const char *id, char **args)
{
	char *text = must_alloc(strdup(id)), *to = text;

	(void)args;
	for (; *id; id++)
		if (isascii(*id) && isalnum((unsigned char)*id))
			*to++ = *id;
	*to = '\0';
	return say_own("canonical", text);
}

/* Runs a check that changes the process in a child; its status. */
static int in_child(int (*check)(void))
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("cannot fork: %s", why());
	if (!pid)
		_exit(check());
	if (waitpid(pid, &status, 0) < 0)
		fail("cannot wait: %s", why());
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_NO;
}

static int check_cap(void)
{
	cap_t none = cap_init();

	if (!none || cap_set_proc(none) < 0)
		return STATUS_NO;
	return chroot("/") == 0 || errno != EPERM ? STATUS_NO : 0;
}

static int check_proc(void)
{
	char byte;
	int fd;

	if (vc_ctx_migrate(VS_ID_WATCH, 0) < 0)
		return STATUS_NO;
	fd = open("/proc/uptime", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &byte, 1) == 1 ? 0 : STATUS_NO;
}

static int tag_verifycap(const char *id, char **args)
{
	(void)id;
	(void)args;
	return in_child(check_cap);
}

static int tag_verifyproc(const char *id, char **args)
{
	(void)id;
	(void)args;
	return in_child(check_proc);
}

static int tag_xidtype(const char *id, char **args)
{
	static const char *const names[] = {
		[vcTYPE_INVALID] = "invalid", [vcTYPE_MAIN] = "main", [vcTYPE_WATCH] = "watch",
		[vcTYPE_STATIC] = "static", [vcTYPE_DYNAMIC] = "dynamic",
	};
	const char *type;
	xid_t xid;

	/* A number out of range is invalid, not a mistake. */
	if (*id && strspn(id, "0123456789") == strlen(id))
		xid = strlen(id) > 9 ? VC_NOCTX : (xid_t)strtoul(id, NULL, 10);
	else if (need_xid(id, &xid))
		return STATUS_NO;
	type = names[vc_getXIDType(xid)];
	if (!args[0])
		return say_str("type", type);
	for (; *args; args++)
		if (!strcasecmp(*args, type))
			return say_str("type", type);
	return STATUS_NO;
}

static const struct tag {
	const char	*name;
	const char	*id;
	const char	*args;
	const char	*help;
	int		(*run)(const char *id, char **args);
} tags[] = {
	{ "CONTEXT", "guest", "[0|1]", "its running context, else (unless 0) the configured one", tag_context },
	{ "ID", "xid", "", "configuration directory of the guest that runs there", tag_id },
	{ "RUNNING", "guest or xid", "", "1 if it runs", tag_running },
	{ "VDIR", "guest", "[1]", "root directory; 1: its physical path", tag_vdir },
	{ "NAME", "guest", "", "name", tag_name },
	{ "CFGDIR", "guest", "", "configuration directory", tag_cfgdir },
	{ "APPDIR", "guest", "APP", "CFGDIR/apps/APP if there is one", tag_appdir },
	{ "INITPID", "xid", "", "pid of its init on the host", tag_initpid },
	{ "INITPID_PID", "pid", "", "pid of the init of that process's context", tag_initpid_pid },
	{ "XID", "pid", "", "context of a process (0: this one)", tag_xid },
	{ "NID", "pid", "", "network context of a process (0: this one)", tag_nid },
	{ "APIVER", "-", "", "version of the kernel's interface", tag_apiver },
	{ "UTS", "xid", "[FIELD]", "names of a context", tag_uts },
	{ "SYSINFO", "-", "", "versions and features", tag_sysinfo },
	{ "FEATURE", "-", "NAME", "whether the kernel has a feature (exit status)", tag_feature },
	{ "CANONIFY", "text", "", "the text's letters and digits", tag_canonify },
	{ "VERIFYCAP", "-", "", "whether capabilities work (exit status)", tag_verifycap },
	{ "VERIFYPROC", "-", "", "whether a spectator can read /proc (exit status)", tag_verifyproc },
	{ "XIDTYPE", "xid", "[TYPE...]", "invalid, main, watch or static; with TYPEs whether it is one of them",
	  tag_xidtype },
};

static void list_tags(void)
{
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		out_open(NULL);
		out_str("tag", "%-12s", tags[i].name);
		out_str("id", "%-14s", tags[i].id);
		out_str("arguments", "%-10s", tags[i].args);
		out_str("help", "%s\n", tags[i].help);
		out_close();
	}
}

static const struct tag *find_tag(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (!strcasecmp(tags[i].name, name))
			return &tags[i];
	fail_usage("unknown tag '%s'; -l lists the known ones", name);
}

int main(int argc, char **argv)
{
	bool json = false, list = false;
	const struct tag *tag;
	const char *arg;
	char **rest;
	int id, rc;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		quiet |= id == OPT_QUIET;
		list |= id == OPT_LIST;
		json |= id == OPT_JSON;
	}
	rest = opt_rest();
	if (list) {
		if (*rest)
			fail_usage("-l takes no argument");
		out_start(json, true);
		list_tags();
		out_finish(STATUS_NO);
		return 0;
	}
	if (*rest && !rest[1])
		fail_usage("a TAG is needed behind '%s'", *rest);
	if (!*rest && !quiet && !json)
		complain("no ID and TAG given, this is SYSINFO (see --help)");
	tag = find_tag(*rest ? rest[1] : "SYSINFO");
	out_start(json && !quiet, false);
	rc = tag->run(*rest ? rest[0] : "-", *rest ? rest + 2 : rest);
	if (rc && json)
		return rc;
	out_finish(STATUS_NO);
	return rc;
}
