// SPDX-License-Identifier: GPL-2.0
/* vuname: the names of a context: its own and those of its UTS space. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "chain.h"
#include "out.h"
#include "prog.h"

enum { OPT_GET = 1, OPT_SET, OPT_XID, OPT_TAG, OPT_DIR, OPT_MISSINGOK, OPT_JSON };

static const struct opt opts[] = {
	{ "get", 'g', OPT_GET, NULL, "print names (default): those of the FIELDs, or all" },
	{ "set", 's', OPT_SET, NULL, "set names" },
	{ "xid", 0, OPT_XID, "ID", "number or running guest (default: self)" },
	{ "ctx", 0, OPT_XID, "ID", NULL },
	{ "tag", 't', OPT_TAG, "FIELD=VALUE", "--set: one name" },
	{ "dir", 0, OPT_DIR, "DIR", "set those for which DIR has a file" },
	{ "missingok", 0, OPT_MISSINGOK, NULL, "no error when there is no DIR" },
	{ "json", 0, OPT_JSON, NULL, "--get: machine-readable" },
	{ 0 }
};

static const char *const usage[] = {
	"[--get] [--xid ID] [--json] [FIELD...]",
	"--set [--xid ID] --tag FIELD=VALUE... [-- PROG [ARG...]]",
	"--dir DIR [--missingok] [--xid ID] [-- PROG [ARG...]]",
	NULL
};

static const struct prog prog = {
	.name = "vuname",
	.summary = "Print or set the names of a process context.",
	.usage = usage,
	.opts = opts,
	.notes =
"FIELD is context, sysname, nodename, release, version, machine or domainname, or a beginning\n"
"of one. A name that cannot be read is printed as ???.\n"
"Exit status: 0, or that of PROG; 255 any error, and then no name is changed.\n",
	.error = 255,
	.wrapper = true,
};

#define FIELDS	(VHIN_DOMAINNAME + 1)

/* A whole name, or a beginning that fits one only. */
static unsigned int field_of(const char *name, size_t len)
{
	unsigned int i, found = FIELDS, count = 0;

	for (i = 0; i < FIELDS; i++) {
		if (strncasecmp(vc_vhi_field(i), name, len))
			continue;
		if (strlen(vc_vhi_field(i)) == len)
			return i;
		found = i;
		count++;
	}
	if (!len || count != 1)
		fail("%s field '%.*s'; known are context, sysname, nodename, release, version, machine, domainname",
		     count > 1 && len ? "ambiguous" : "unknown", len > 40 ? 40 : (int)len, name);
	return found;
}

static void take(char *values[FIELDS], unsigned int field, const char *text)
{
	if (strlen(text) >= VHI_SIZE)
		fail("the %s '%.80s' is longer than %d bytes", vc_vhi_field(field), text,
		     VHI_SIZE - 1);
	free(values[field]);
	values[field] = must_alloc(strdup(text));
}

static void take_tag(char *values[FIELDS], const char *tag)
{
	const char *eq = strchr(tag, '=');

	if (!eq)
		fail("'%s' lacks '=': FIELD=VALUE is expected", tag);
	take(values, field_of(tag, eq - tag), eq + 1);
}

static void take_dir(char *values[FIELDS], const char *dir, bool missingok)
{
	struct vc_error err;
	struct stat st;
	unsigned int i;
	char *text;
	int rc;

	if (stat(dir, &st) < 0) {
		if (errno == ENOENT && missingok)
			return;
		fail("cannot read the directory %s: %s", dir, why());
	}
	for (i = 0; i < FIELDS; i++) {
		rc = vc_cfg_scalar(dir, vc_vhi_field(i), &text, &err);
		if (rc < 0)
			fail("%s", err.text);
		/* An option on the command line is stronger than a file. */
		if (rc && !values[i])
			take(values, i, text);
		free(text);
	}
}

static void show(xid_t xid, const char *id, bool json, char **names)
{
	unsigned int i, field, count = 0;
	char value[VHI_SIZE];

	while (names[count])
		field_of(names[count], strlen(names[count])), count++;
	/* Tell "no context" from "this context lacks a name". */
	if (vc_get_vhi_name(xid, vcVHI_CONTEXT, value, sizeof(value)) < 0)
		fail("cannot read the names of context %s: %s", id,
		     vc_reason(VCMD_get_vhi_name, errno));
	out_start(json, false);
	for (i = 0; i < (count ? count : FIELDS); i++) {
		field = count ? field_of(names[i], strlen(names[i])) : i;
		if (vc_get_vhi_name(xid, field, value, sizeof(value)) < 0)
			strcpy(value, "???");
		out_text("%s", i ? " " : "");
		out_str(vc_vhi_field(field), "%s", value);
	}
	out_text("\n");
	out_finish(prog.error);
}

static void change(xid_t xid, const char *id, char *values[FIELDS])
{
	char old[FIELDS][VHI_SIZE];
	const char *reason;
	int i, j;

	for (i = 0; i < FIELDS; i++) {
		if (!values[i])
			continue;
		if (!vc_get_vhi_name(xid, i, old[i], VHI_SIZE) &&
		    !vc_set_vhi_name(xid, i, values[i], strlen(values[i])))
			continue;
		reason = vc_reason(VCMD_set_vhi_name, errno);
		for (j = 0; j < i; j++)
			if (values[j])
				vc_set_vhi_name(xid, j, old[j], strlen(old[j]));
		fail("cannot set the %s of context %s: %s", vc_vhi_field(i), id, reason);
	}
}

int main(int argc, char **argv)
{
	bool get = false, set = false, missingok = false, json = false;
	const char *arg, *name = "self", *dir = NULL;
	char *values[FIELDS] = { NULL };
	int id, tags = 0;
	char **rest;
	xid_t xid;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_GET:
			get = true;
			break;
		case OPT_SET:
			set = true;
			break;
		case OPT_XID:
			name = arg;
			break;
		case OPT_TAG:
			take_tag(values, arg);
			tags++;
			break;
		case OPT_DIR:
			dir = arg;
			break;
		case OPT_MISSINGOK:
			missingok = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	rest = opt_rest();
	if (get && (set || dir || tags))
		fail_usage("--get excludes --set, --tag and --dir");
	if (set && !tags && !dir)
		fail_usage("--set needs --tag or --dir");
	if (tags && !set)
		fail_usage("--tag goes with --set only");
	if (json && (set || dir))
		fail_usage("--json goes with --get only");
	if (missingok && !dir)
		fail_usage("--missingok goes with --dir only");
	if (dir)
		take_dir(values, dir, missingok);
	xid = arg_xid(name, false);
	if (!set && !dir) {
		show(xid, name, json, rest);
		return 0;
	}
	change(xid, name, values);
	if (*rest)
		chain_exec(rest);
	return 0;
}
