// SPDX-License-Identifier: GPL-2.0
/* vserver NAME create SOURCE: `build` with the choices made that most people would make. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"

static const struct {
	const char	*dist, *suite;
} suites[] = {
	{ "debian/11", "bullseye" }, { "debian/12", "bookworm" }, { "debian/13", "trixie" },
	{ "debian/stable", "stable" }, { "debian/testing", "testing" },
	{ "debian/unstable", "unstable" }, { "ubuntu/20.04", "focal" }, { "ubuntu/22.04", "jammy" },
	{ "ubuntu/24.04", "noble" },
};

#define N_SUITES	(sizeof(suites) / sizeof(*suites))

/* True when interface address @ifa is in one network with @text. */
static bool same_net(const struct ifaddrs *ifa, const char *text)
{
	struct in6_addr a6, *b6, *m6;
	struct in_addr a, *b, *m;
	int i;

	if (!ifa->ifa_addr || !ifa->ifa_netmask || ifa->ifa_flags & IFF_LOOPBACK)
		return false;
	if (ifa->ifa_addr->sa_family == AF_INET && inet_pton(AF_INET, text, &a) == 1) {
		b = &((struct sockaddr_in *)ifa->ifa_addr)->sin_addr;
		m = &((struct sockaddr_in *)ifa->ifa_netmask)->sin_addr;
		return (a.s_addr & m->s_addr) == (b->s_addr & m->s_addr);
	}
	if (ifa->ifa_addr->sa_family != AF_INET6 || inet_pton(AF_INET6, text, &a6) != 1)
		return false;
	b6 = &((struct sockaddr_in6 *)ifa->ifa_addr)->sin6_addr;
	m6 = &((struct sockaddr_in6 *)ifa->ifa_netmask)->sin6_addr;
	for (i = 0; i < 16; i++)
		if ((a6.s6_addr[i] & m6->s6_addr[i]) != (b6->s6_addr[i] & m6->s6_addr[i]))
			return false;
	return true;
}

/* The device whose network the address is in; null: none. */
static char *device_for(const char *text, unsigned int *prefix)
{
	struct ifaddrs *all = NULL, *p;
	char *dev = NULL;

	if (getifaddrs(&all))
		return NULL;
	for (p = all; p && !dev; p = p->ifa_next) {
		if (!same_net(p, text))
			continue;
		dev = xstrdup(p->ifa_name);
		*prefix = p->ifa_addr->sa_family == AF_INET ?
			  vc_mask2prefix4(((struct sockaddr_in *)p->ifa_netmask)->sin_addr) :
			  vc_mask2prefix6(&((struct sockaddr_in6 *)p->ifa_netmask)->sin6_addr);
	}
	freeifaddrs(all);
	return dev;
}

/* --interface for --ip: [DEV:]ADDRESS[/LENGTH], the device and length of its network by default. */
char *create_interface(const char *name, const char *text)
{
	struct build_iface iface;
	unsigned int prefix = 0;
	char *dev, *out;

	if (build_parse_iface(name, text, &iface))
		return NULL;
	if (iface.dev || iface.nodev)
		return xstrdup(text);
	dev = device_for(iface.ip, &prefix);
	if (!dev) {
		failed(name, "%s: no network device has this network; say DEVICE:%s, or nodev:%s", text,
		       text, text);
		return NULL;
	}
	out = iface.prefix || iface.mask ? xprintf("%s:%s", dev, text) :
	      xprintf("%s:%s/%u", dev, iface.ip, prefix);
	free(dev);
	return out;
}

/* Words of `build` for the source: method, and what comes behind `--`. */
static int source_words(const char *name, const char *source, const char **method, struct strlist *args)
{
	struct stat st;
	size_t i, len = strlen(source);

	for (i = 0; i < N_SUITES; i++) {
		if (strcmp(source, suites[i].dist))
			continue;
		*method = "debootstrap";
		strlist_add(args, "-d");
		strlist_add(args, suites[i].suite);
		return 0;
	}
	if (!strncmp(source, "guest:", 6)) {
		*method = "clone";
		strlist_add(args, "-s");
		strlist_add(args, source + 6);
		return 0;
	}
	if (!stat(source, &st) && S_ISREG(st.st_mode)) {
		*method = "template";
		strlist_add(args, "-t");
		strlist_add(args, source);
		return 0;
	}
	failed(name, "cannot create from '%s': %s", source, len > 4 && strstr(source, ".t") ?
	       "no such archive" : "wanted: DISTRIBUTION/VERSION, an archive, or guest:NAME");
	fputs("Distributions:", stderr);
	for (i = 0; i < N_SUITES; i++)
		fprintf(stderr, " %s", suites[i].dist);
	fputs("; more by `vserver NAME build --help`\n", stderr);
	return -1;
}

struct create {
	const char	*source;
	struct strlist	words;
	bool		start;
};

static int parse(const char *id, struct create *c, int argc, char **argv)
{
	char *text;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--start")) {
			c->start = true;
		} else if (!strcmp(argv[i], "--dry-run")) {
			opt.dry_run = true;
		} else if (!strcmp(argv[i], "--json")) {
			opt.json = true;
		} else if (!strcmp(argv[i], "--ip") && argv[i + 1]) {
			text = create_interface(id, argv[++i]);
			if (!text)
				return EX_FAIL;
			strlist_add(&c->words, "--interface");
			strlist_add(&c->words, text);
			free(text);
		} else if ((!strcmp(argv[i], "--hostname") || !strcmp(argv[i], "--context")) &&
			   argv[i + 1]) {
			strlist_add(&c->words, argv[i]);
			strlist_add(&c->words, argv[++i]);
		} else if (*argv[i] == '-' || c->source) {
			return cmd_usage("create", "unknown or incomplete argument '%s'", argv[i]);
		} else {
			c->source = argv[i];
		}
	}
	if (opt.json && !opt.dry_run)
		return cmd_usage("create", "--json needs --dry-run");
	return c->source ? 0 : cmd_usage("create", "name a source");
}

int cmd_create(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	struct create c = { 0 };
	struct strlist args = { 0 };
	const char *method;
	bool hostname = false;
	struct vc_error err;
	char *start[2] = { (char *)"start", NULL };
	size_t i;
	int ret;

	strlist_add(&c.words, "build");
	ret = parse(id, &c, argc, argv);
	if (!ret && source_words(id, c.source, &method, &args))
		ret = EX_FAIL;
	if (ret)
		return ret;
	for (i = 0; i < c.words.n; i++)
		hostname |= !strcmp(c.words.v[i], "--hostname");
	if (!hostname) {
		strlist_add(&c.words, "--hostname");
		strlist_add(&c.words, id);
	}
	strlist_add(&c.words, "-m");
	strlist_add(&c.words, method);
	strlist_add(&c.words, "--");
	for (i = 0; i < args.n; i++)
		strlist_add(&c.words, args.v[i]);
	strlist_free(&args);
	ret = cmd_build(id, guest, c.words.n, c.words.v);
	strlist_free(&c.words);
	if (ret || !c.start || opt.dry_run)
		return ret;
	guest = vc_guest_open(id, &err);
	if (!guest)
		return -failed(id, "%s", err.text);
	ret = cmd_start(id, guest, 1, start);
	vc_guest_free(guest);
	return ret;
}
