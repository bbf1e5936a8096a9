// SPDX-License-Identifier: GPL-2.0
/* vserver NAME status, NAME running, and vserver list. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"

struct state {
	bool		running;
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
	if (st->running && !vc_virt_stat(guest->xid, &virt))
		st->seconds = virt.uptime / 1000000000ULL;
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

static json_object *to_json(const struct vc_guest *guest, const struct state *st)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(guest->name));
	json_object_object_add(o, "config", json_object_new_string(guest->dir));
	json_object_object_add(o, "root", guest->vdir ? json_object_new_string(guest->vdir) : NULL);
	json_object_object_add(o, "running", json_object_new_boolean(st->running));
	if (st->running)
		json_object_object_add(o, "context", json_object_new_int64(guest->xid));
	else if (guest->conf_xid != VC_NOCTX)
		json_object_object_add(o, "context", json_object_new_int64(guest->conf_xid));
	else
		json_object_object_add(o, "context", NULL);
	json_object_object_add(o, "tasks", json_object_new_int64(st->tasks));
	json_object_object_add(o, "uptime", json_object_new_int64(st->seconds));
	return o;
}

static int print_json(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	return 0;
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
	if (json) {
		print_json(to_json(guest, &st));
	} else if (st.running) {
		uptime = print_uptime(st.seconds);
		printf("Vserver '%s' is running at context '%u'\n", guest->name, guest->xid);
		printf("Number of processes: %u\n", st.tasks);
		printf("Uptime: %s\n", uptime);
		free(uptime);
	} else {
		printf("Vserver '%s' is stopped\n", guest->name);
	}
	return st.running ? 0 : EX_STOPPED;
}

struct list_options {
	bool	json, running, stopped, names;
};

static void print_row(const struct vc_guest *guest, const struct state *st)
{
	char *uptime = print_uptime(st->seconds), xid[16] = "-";

	if (st->running || guest->conf_xid != VC_NOCTX)
		snprintf(xid, sizeof(xid), "%u", st->running ? guest->xid : guest->conf_xid);
	if (st->running)
		printf("%-20s %5s %-8s %6u %16s\n", guest->name, xid, "running", st->tasks, uptime);
	else
		printf("%-20s %5s %-8s %6s %16s\n", guest->name, xid, "stopped", "-", "-");
	free(uptime);
}

static int list(const struct list_options *o)
{
	json_object *all = o->json ? json_object_new_array() : NULL;
	struct vc_guest *guest;
	struct vc_error err;
	struct state st;
	int i, n, ret = 0;
	char **ids;

	n = vc_guest_list(&ids, &err);
	if (n < 0)
		return -failed(NULL, "%s", err.text);
	if (!o->json && !o->names)
		printf("%-20s %5s %-8s %6s %16s\n", "NAME", "CTX", "STATE", "PROC", "UPTIME");
	for (i = 0; i < n; i++) {
		guest = vc_guest_open(ids[i], &err);
		if (!guest) {
			ret = -failed(ids[i], "%s", err.text);
			continue;
		}
		read_state(guest, &st);
		if ((o->running && !st.running) || (o->stopped && st.running))
			;
		else if (o->json)
			json_object_array_add(all, to_json(guest, &st));
		else if (o->names)
			puts(ids[i]);
		else
			print_row(guest, &st);
		vc_guest_free(guest);
	}
	vc_guest_list_free(ids);
	if (o->json)
		print_json(all);
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
		else
			return cmd_usage("list", "unknown argument '%s'", argv[i]);
	}
	return list(&o);
}
