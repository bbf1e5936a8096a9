// SPDX-License-Identifier: GPL-2.0
/* vserver-scope: a unit of the host's systemd for processes that it did not start. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-bus.h>

#include "prog.h"

#define TRIES		1000	/* of 10 ms: an earlier unit of that name ends, the new one begins */

static const char *const usage[] = { "UNIT PID DESCRIPTION [BEFORE-UNIT...]", NULL };
static const struct opt opts[] = { { 0 } };

static const struct prog prog = {
	.name = "vserver-scope",
	.summary = "Put a process into a scope of its own in machine.slice.",
	.usage = usage,
	.opts = opts,
	.notes =
"Called by `vserver NAME start` on hosts that run systemd. The scope's control groups are\n"
"delegated. It is stopped after the units BEFORE-UNIT at the end of the host.\n"
"Exit status: 0; 1 the manager refused or cannot be reached.\n",
	.error = 1,
};

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

static int append(sd_bus_message *m, const char *unit, uint32_t pid, char **rest)
{
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s", rest[0],
					  "Slice", "s", "machine.slice", "Delegate", "b", 1,
					  "CollectMode", "s", "inactive-or-failed",
					  "PIDs", "au", 1, pid);
	while (r >= 0 && *++rest)
		r = sd_bus_message_append(m, "(sv)", "Before", "as", 1, *rest);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

static int start_unit(sd_bus *bus, const char *unit, uint32_t pid, char **rest, sd_bus_error *err)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, "org.freedesktop.systemd1",
					       "/org/freedesktop/systemd1",
					       "org.freedesktop.systemd1.Manager", "StartTransientUnit");

	if (r >= 0)
		r = append(m, unit, pid, rest);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, err, NULL);
	sd_bus_message_unref(m);
	return r;
}

static bool is_in(const char *unit, uint32_t pid)
{
	char path[32], line[4096];
	bool in = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/cgroup", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		in |= !strncmp(line, "0::", 3) && strstr(line, unit);
	if (f)
		fclose(f);
	return in;
}

int main(int argc, char **argv)
{
	sd_bus_error err = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	const char *arg;
	uint32_t pid;
	char **rest;
	int r, i;

	opt_start(&prog, argc, argv);
	while (opt_next(&arg))
		;
	rest = opt_rest();
	if (!rest[0] || !rest[1] || !rest[2])
		fail_usage("name a unit, a process and a description");
	pid = arg_number("PID", rest[1], 1, INT32_MAX);
	r = sd_bus_open_system(&bus);
	if (r < 0)
		fail("cannot reach the host's systemd: %s", strerror(-r));
	for (i = 0; i < TRIES; i++) {
		sd_bus_error_free(&err);
		r = start_unit(bus, rest[0], pid, rest + 2, &err);
		if (r >= 0 || !sd_bus_error_has_name(&err, "org.freedesktop.systemd1.UnitExists"))
			break;
		pause_shortly();
	}
	if (r < 0)
		fail("cannot make %s: %s", rest[0], err.message ? err.message : strerror(-r));
	for (i = 0; i < TRIES && !is_in(rest[0], pid); i++)
		pause_shortly();
	sd_bus_flush_close_unref(bus);
	if (!is_in(rest[0], pid))
		fail("cannot make %s: process %u did not get there", rest[0], pid);
	return 0;
}
