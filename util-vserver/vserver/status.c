// SPDX-License-Identifier: GPL-2.0
/* vserver NAME status, NAME running, and vserver list. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"
#include "inside.h"
#include "out.h"

struct state {
	bool		running, paused;
	unsigned int	tasks;
	unsigned long long seconds;
};

static void read_state(const struct vc_guest *guest, struct state *st)
{
	struct vc_ctx_stat ctx;
	struct vc_virt_stat virt;

	memset(st, 0, sizeof(*st));
	st->running = guest->xid != VC_NOCTX;
	if (st->running && !vc_ctx_stat(guest->xid, &ctx))
		st->tasks = ctx.tasks;
	st->paused = st->running && guest_paused(guest, NULL);
	if (st->running && !vc_virt_stat(guest->xid, &virt))
		st->seconds = virt.uptime / 1000000000ULL;
}

/* Only for people at a terminal, and not for those who asked for none. */
static bool colours(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(1) && !(no && *no);
}

/* [D days, ]HH:MM */
static char *print_uptime(unsigned long long seconds)
{
	unsigned long long days = seconds / 86400;
	unsigned int h = seconds / 3600 % 24, m = seconds / 60 % 60;

	if (!days)
		return xprintf("%02u:%02u", h, m);
	return xprintf("%llu day%s, %02u:%02u", days, days == 1 ? "" : "s", h, m);
}

/* The facts that only JSON shows: paths, and what the text says in other words. */
static void out_rest(const struct vc_guest *guest, const struct state *st)
{
	out_bool("running", st->running);
	out_bool("paused", st->paused);
	out_u64("uptime", NULL, st->seconds);
	out_str("config", NULL, guest->dir);
	if (guest->vdir)
		out_str("root", NULL, guest->vdir);
}

int cmd_running(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	(void)id;
	if (argc > 1)
		return cmd_usage("running", "unknown argument '%s'", argv[1]);
	return guest->xid == VC_NOCTX ? 1 : 0;
}

int cmd_status(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct state st;
	char *uptime;

	(void)id;
	if (argc > 1 && !json)
		return cmd_usage("status", "unknown argument '%s'", argv[1]);
	read_state(guest, &st);
	if (opt.silent)
		return st.running ? 0 : EX_STOPPED;
	out_start(json, false);
	out_str("name", "Vserver '%s' is ", guest->name);
	if (st.running) {
		uptime = print_uptime(st.seconds);
		out_u64("context", "running at context '%" PRIu64 "'\n", guest->xid);
		out_u64("tasks", "Number of processes: %" PRIu64 "\n", st.tasks);
		out_text("Uptime: %s\n", uptime);
		if (st.paused)
			out_text("Paused\n");
		free(uptime);
	} else {
		out_text("stopped\n");
	}
	out_rest(guest, &st);
	out_finish(EX_FAIL);
	return st.running ? 0 : EX_STOPPED;
}

struct list_options {
	bool	json, running, stopped, names, unmarked;
	const char *mark;
};

/* True for a guest with that mark, or any mark when @mark is null. */
static bool has_mark(const struct vc_guest *guest, const char *mark)
{
	struct strlist lines = { 0 };
	bool has = false;
	size_t i;

	conf_lines(guest, "apps/init/mark", &lines);
	for (i = 0; i < lines.n; i++)
		has |= !mark || !strcmp(lines.v[i], mark);
	strlist_free(&lines);
	return has;
}

static bool wanted(const struct list_options *o, const struct vc_guest *guest, const struct state *st)
{
	if ((o->running && !st->running) || (o->stopped && st->running))
		return false;
	if (o->mark && !has_mark(guest, o->mark))
		return false;
	return !o->unmarked || !has_mark(guest, NULL);
}

static void out_row(const struct vc_guest *guest, const struct state *st)
{
	xid_t xid = st->running ? guest->xid : guest->conf_xid;
	char *uptime = print_uptime(st->seconds);
	const char *state;

	out_open(NULL);
	out_str("name", "%-20s ", guest->name);
	if (xid != VC_NOCTX)
		out_u64("context", "%5" PRIu64, xid);
	else
		out_text("%5s", "-");
	state = !st->running ? "stopped" : st->paused ? "paused" : "running";
	if (colours())
		out_text(" \033[%dm%-8s\033[0m ", st->paused ? 33 : st->running ? 32 : 90, state);
	else
		out_text(" %-8s ", state);
	if (st->running)
		out_u64("tasks", "%6" PRIu64, st->tasks);
	else
		out_text("%6s", "-");
	out_text(" %16s\n", st->running ? uptime : "-");
	out_rest(guest, st);
	out_close();
	free(uptime);
}

static int list(const struct list_options *o)
{
	struct vc_guest *guest;
	struct vc_error err;
	struct state st;
	int i, n, ret = 0;
	char **ids;

	n = vc_guest_list(&ids, &err);
	if (n < 0)
		return -failed(NULL, "%s", err.text);
	out_start(o->json, true);
	if (!o->names)
		out_text("%-20s %5s %-8s %6s %16s\n", "NAME", "CTX", "STATE", "PROC", "UPTIME");
	for (i = 0; i < n; i++) {
		guest = vc_guest_open(ids[i], &err);
		if (!guest) {
			ret = -failed(ids[i], "%s", err.text);
			continue;
		}
		read_state(guest, &st);
		if (!wanted(o, guest, &st))
			;
		else if (o->names)
			out_text("%s\n", ids[i]);
		else
			out_row(guest, &st);
		vc_guest_free(guest);
	}
	vc_guest_list_free(ids);
	out_finish(EX_FAIL);
	return ret;
}

int cmd_list(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct list_options o = { 0 };
	int i;

	(void)id;
	(void)guest;
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			o.json = true;
		else if (!strcmp(argv[i], "--running"))
			o.running = true;
		else if (!strcmp(argv[i], "--stopped"))
			o.stopped = true;
		else if (!strcmp(argv[i], "--names"))
			o.names = true;
		else if (!strcmp(argv[i], "--unmarked"))
			o.unmarked = true;
		else if (!strcmp(argv[i], "--mark") && argv[i + 1])
			o.mark = argv[++i];
		else
			return cmd_usage("list", "unknown argument '%s'", argv[i]);
	}
	if (o.json && o.names)
		return cmd_usage("list", "--json and --names exclude each other");
	return list(&o);
}
