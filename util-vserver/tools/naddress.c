// SPDX-License-Identifier: GPL-2.0
/* naddress: the addresses of a network context. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "netset.h"
#include "out.h"
#include "prog.h"

enum {
	OPT_ADD = 1, OPT_REMOVE, OPT_SET, OPT_GET, OPT_NID, OPT_IP, OPT_RANGE, OPT_MASK, OPT_BCAST,
	OPT_LBACK, OPT_SILENT, OPT_JSON,
};

static const struct opt opts[] = {
	{ "add", 'a', OPT_ADD, NULL, "add addresses" },
	{ "remove", 'r', OPT_REMOVE, NULL, "remove addresses" },
	{ "set", 's', OPT_SET, NULL, "replace all addresses by these" },
	{ "get", 'g', OPT_GET, NULL, "print the addresses" },
	{ "nid", 0, OPT_NID, "ID", "number or running guest (default: self)" },
	{ "ip", 0, OPT_IP, "A[/M]|IFACE", "one address, or that of an interface; 0.0.0.0 and :: mean all" },
	{ "range", 0, OPT_RANGE, "A-B[/M]", "the addresses from A to B (IPv4)" },
	{ "mask", 0, OPT_MASK, "A/M", "all addresses of a network" },
	{ "bcast", 0, OPT_BCAST, "A|IFACE", "the broadcast address (IPv4, not with --remove)" },
	{ "lback", 0, OPT_LBACK, "A", "the loopback address (IPv4, not with --remove)" },
	{ "silent", 0, OPT_SILENT, NULL, "do not tell what is done" },
	{ "json", 0, OPT_JSON, NULL, "--get: machine-readable" },
	{ 0 }
};

static const char *const usage[] = {
	"(--add|--remove|--set) [--nid ID] [--silent] ADDRESS-OPTION... [-- PROG [ARG...]]",
	"--get [--nid ID] [--json]",
	NULL
};

static const struct prog prog = {
	.name = "naddress",
	.summary = "Change or print the addresses of a network context.",
	.usage = usage,
	.opts = opts,
	.notes =
"M is a length or a mask. The first address of a family is the default source. Without M an\n"
"address is added alone (/32, /128) and removed whatever its length. IPv6 may stand in brackets.\n"
"Exit status: 0, or that of PROG; 255 any error, and then nothing is changed.\n",
	.error = 255,
	.wrapper = true,
};

static void print_list(nid_t nid, bool json)
{
	struct vc_net_addr *list;
	char buf[VC_ADDR_TEXT];
	struct vc_error err;
	int i, count;

	count = vc_net_addresses(nid, &list, &err);
	if (count < 0)
		fail("%s", err.text);
	out_start(json, true);
	for (i = 0; i < count; i++)
		out_str(NULL, "%s\n", vc_print_addr(&list[i], buf));
	out_finish(prog.error);
	free(list);
}

int main(int argc, char **argv)
{
	const char *arg, *name = "self";
	bool silent = false, json = false;
	struct netset set = { 0 };
	int id, mode = 0;
	char **rest;
	nid_t nid;

	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_ADD:
		case OPT_REMOVE:
		case OPT_SET:
		case OPT_GET:
			if (mode && mode != id)
				fail_usage("--add, --remove, --set and --get exclude each other");
			mode = id;
			break;
		case OPT_NID:
			name = arg;
			break;
		case OPT_IP:
			netset_ip(&set, arg);
			break;
		case OPT_RANGE:
			netset_range(&set, arg);
			break;
		case OPT_MASK:
			netset_mask(&set, arg);
			break;
		case OPT_BCAST:
			netset_bcast(&set, arg);
			break;
		case OPT_LBACK:
			netset_lback(&set, arg);
			break;
		case OPT_SILENT:
			silent = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	rest = opt_rest();
	if (!mode)
		fail_usage("one of --add, --remove, --set and --get is needed");
	if (mode == OPT_GET && (set.count || *rest))
		fail_usage("--get takes neither addresses nor a program");
	if (json && mode != OPT_GET)
		fail_usage("--json goes with --get only");
	if (mode != OPT_GET && mode != OPT_SET && !set.count)
		fail_usage("no address given");
	if (mode == OPT_REMOVE)
		netset_no_modifiers(&set);
	nid = arg_nid(name, false);
	if (mode == OPT_GET) {
		print_list(nid, json);
		return 0;
	}
	if (!silent)
		netset_announce(&set, mode == OPT_REMOVE ? "Removing" : "Adding");
	if (mode == OPT_ADD)
		netset_add(&set, nid);
	else if (mode == OPT_REMOVE)
		netset_remove(&set, nid);
	else
		netset_replace(&set, nid);
	if (*rest)
		chain_exec(rest);
	return 0;
}
