// SPDX-License-Identifier: GPL-2.0
/* vserver NAME exec, suexec, enter: programs inside a running guest. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "inside.h"

/* The part of the configuration that entering needs; -1 with a message printed. */
static int read_conf(const struct vc_guest *guest, struct guest_conf *conf)
{
	if (guest->xid == VC_NOCTX)
		return failed(guest->name, "not running: `vserver %s start` starts it", guest->name);
	if (conf_read(guest, conf, false))
		return -1;
	if (conf->nid == VC_NONID && !conf_no_nid(guest, conf))
		conf->nid = guest->xid;
	return 0;
}

static int run(struct vc_guest *guest, struct inside *in)
{
	struct guest_conf conf;
	int ret;

	if (read_conf(guest, &conf))
		return EX_FAIL;
	in->guest = guest;
	in->conf = &conf;
	if (guest_paused(guest, &conf))
		ret = -failed(guest->name, "paused: `vserver %s resume` lets it go on", guest->name);
	else
		ret = inside_run(in);
	conf_free(&conf);
	return ret;
}

int cmd_exec(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct inside in = { .argv = argv + 1 };

	(void)id;
	if (argc > 1 && !strcmp(argv[1], "--"))
		in.argv++;
	if (!in.argv[0])
		return cmd_usage("exec", "name a command");
	return run(guest, &in);
}

int cmd_suexec(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct inside in = { 0 };

	(void)id;
	if (argc > 1 && !strcmp(argv[1], "--")) {
		argv++;
		argc--;
	}
	if (argc < 3)
		return cmd_usage("suexec", "name a user and a command");
	in.who = argv[1];
	in.argv = argv + 2;
	return run(guest, &in);
}

int cmd_enter(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct inside in = { .want_pty = true };
	bool bad = false;
	char *shell;
	struct vc_error err;
	int ret;

	(void)id;
	if (argc > 1)
		return cmd_usage("enter", "unknown argument '%s': `vserver %s exec` runs a command",
				 argv[1], guest->name);
	shell = conf_text(guest, "shell", &bad);
	if (!shell && !bad && vc_cfg_scalar(conf_defaults(), "shell", &shell, &err) < 0)
		bad = failed(guest->name, "%s", err.text);
	if (bad)
		return EX_FAIL;
	in.shell = shell;
	ret = run(guest, &in);
	free(shell);
	return ret;
}
