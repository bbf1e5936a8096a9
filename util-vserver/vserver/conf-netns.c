// SPDX-License-Identifier: GPL-2.0
/* spaces/net and netns/: a network of the guest's own. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "present.h"
#include "settings.h"

/* The directory that holds netns/: the guest's, else .defaults unless nonetns; null: neither. */
static const char *netns_dir(const struct vc_guest *guest)
{
	if (conf_exists(guest, "netns/."))
		return guest->dir;
	return !conf_exists(guest, "nonetns") && present_exists(conf_defaults(), "netns") ? conf_defaults() : NULL;
}

static char *text_of(const struct vc_guest *guest, const char *dir, const char *file, bool *bad)
{
	struct vc_error err;
	char *text = NULL;

	if (present(dir, file) == PRESENT_NO || vc_cfg_scalar(dir, file, &text, &err) >= 0)
		return text;
	failed(guest->name, "%s", err.text);
	*bad = true;
	return NULL;
}

static bool good_name(const char *name, size_t max)
{
	return *name && strlen(name) < max && strcmp(name, ".") && strcmp(name, "..") &&
	       !strpbrk(name, "/ \t");
}

static int complain(const struct vc_guest *guest, const char *dir, const char *file, const char *what)
{
	return failed(guest->name, "%s/%s:%d: %s", dir, file, conf_line_of(dir, file), what);
}

/* A name from netns/interfaces/NAME/@what. */
static char *link_text(const struct vc_guest *guest, const char *dir, const char *link,
		       const char *what, bool *bad)
{
	char *file = xprintf("netns/interfaces/%s/%s", link, what);
	char *text = text_of(guest, dir, file, bad);

	if (text && !good_name(text, IFNAMSIZ))
		*bad = complain(guest, dir, file, "not a device name");
	free(file);
	return text;
}

static int read_link_conf(const struct vc_guest *guest, struct guest_conf *conf, const char *dir,
			  const char *name)
{
	static const char * const types[] = { "veth", "macvlan", "ipvlan" };
	struct link_conf *l;
	bool bad = false;
	const char *near;
	size_t i;

	conf->links = xrealloc(conf->links, (conf->n_links + 1) * sizeof(*l));
	l = &conf->links[conf->n_links++];
	l->where = xprintf("%s/netns/interfaces/%s", dir, name);
	l->host = link_text(guest, dir, name, "host", &bad);
	l->guest = link_text(guest, dir, name, "guest", &bad);
	l->type = link_text(guest, dir, name, "type", &bad);
	if (!l->guest)
		l->guest = xprintf("geth%zu", conf->n_links - 1);
	if (!l->type)
		l->type = xstrdup(types[0]);
	if (!l->host && !bad)
		bad = failed(guest->name, "%s/host: missing: name the host's end of a veth,"
			     " or the device that a macvlan or ipvlan is on", l->where);
	for (i = 0; i < 3 && strcmp(l->type, types[i]); i++)
		;
	if (i < 3)
		return bad ? -1 : 0;
	near = nearest(l->type, types, 3);
	return failed(guest->name, "%s/type: unknown type '%s'%s%s; known: veth, macvlan, ipvlan", l->where,
		      l->type, near ? ", perhaps " : "", near ? near : "");
}

static int read_links(const struct vc_guest *guest, struct guest_conf *conf, const char *dir)
{
	struct strlist names = { 0 };
	int ret = 0;
	size_t i;

	conf_dir(dir, "netns/interfaces", true, &names);
	for (i = 0; i < names.n; i++)
		if (*names.v[i] != '.')
			ret |= read_link_conf(guest, conf, dir, names.v[i]);
	strlist_free(&names);
	return ret;
}

/* spaces/net: empty: one of its own; 0: none; a number: that of this context. */
static int read_space(const struct vc_guest *guest, struct guest_conf *conf, bool *own)
{
	static const char file[] = "spaces/net";
	bool bad = false;
	char *text = conf_text(guest, file, &bad), *end;
	unsigned long n;

	if (text) {
		n = strtoul(text, &end, 10);
		if (*end || end == text || (n && (n < VS_ID_MIN || n > VS_ID_MAX)) || n == conf->xid)
			bad = complain(guest, guest->dir, file,
				       "neither 0 (none) nor the number of another context; empty: its own");
		else if (n)
			conf->net_of = n;
	} else if (!bad) {
		*own = conf_exists(guest, file);
	}
	free(text);
	return bad ? -1 : 0;
}

int conf_read_netns(const struct vc_guest *guest, struct guest_conf *conf)
{
	const char *dir = netns_dir(guest);
	bool own = false, bad = false;
	int ret;

	conf->net_of = VC_NOCTX;
	ret = read_space(guest, conf, &own);
	if (ret || (!own && !dir))
		return ret;
	if (conf->net_of != VC_NOCTX)
		return dir != guest->dir ? 0 :
		       complain(guest, guest->dir, "spaces/net", "the network of another context, and netns/ its own");
	if (dir) {
		conf->netns_shared = present_exists(dir, "netns/shared");
		conf->netns = text_of(guest, dir, "netns/name", &bad);
		if (conf->netns && !good_name(conf->netns, 256))
			bad = complain(guest, dir, "netns/name", "not a name of a network namespace");
		if (!conf->netns_shared && read_links(guest, conf, dir))
			bad = true;
	}
	if (!conf->netns)
		conf->netns = xstrdup(guest->name);
	return bad ? -1 : 0;
}

void conf_free_netns(struct guest_conf *conf)
{
	struct link_conf *l;

	for (l = conf->links; l < conf->links + conf->n_links; l++) {
		free(l->where);
		free(l->host);
		free(l->guest);
		free(l->type);
	}
	free(conf->links);
	free(conf->netns);
}

bool conf_net_space(const struct guest_conf *conf)
{
	return conf->netns || conf->net_of != VC_NOCTX;
}

bool conf_no_nid(const struct vc_guest *guest, const struct guest_conf *conf)
{
	return conf_exists(guest, "noncontext") ||
	       (conf_net_space(conf) && !conf_exists(guest, "ncontext"));
}
