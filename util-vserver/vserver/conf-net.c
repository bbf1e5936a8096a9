// SPDX-License-Identifier: GPL-2.0
/* interfaces/, nflags, ncapabilities: the addresses of a guest. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "present.h"

/* `interfaces/0/dev`, else the common `interfaces/dev`; *@file tells which. */
static char *inherited(const struct vc_guest *guest, const char *dir, const char *what,
		       char **file, bool *bad)
{
	char *text;

	*file = xprintf("%s/%s", dir, what);
	text = conf_text(guest, *file, bad);
	if (!text) {
		free(*file);
		*file = xprintf("interfaces/%s", what);
		text = conf_text(guest, *file, bad);
	}
	return text;
}

static int complain(const struct vc_guest *guest, const char *file, const char *text)
{
	return failed(guest->name, "%s/%s:%d: %s", guest->dir, file,
		      conf_line_of(guest->dir, file), text);
}

/* Length of the network: `prefix`, else `mask`, else what stands behind the address. */
static int read_prefix(const struct vc_guest *guest, struct iface_conf *iface)
{
	const unsigned int max = iface->v6 ? 128 : 32;
	char *file, *text, *end;
	struct in_addr mask;
	struct in6_addr mask6;
	bool bad = false;
	int n;

	/* The common prefix and mask of interfaces/ are meant for IPv4. */
	if (iface->v6) {
		file = xprintf("%s/prefix", iface->dir);
		text = conf_text(guest, file, &bad);
	} else {
		text = inherited(guest, iface->dir, "prefix", &file, &bad);
	}
	if (text) {
		unsigned long value = strtoul(text, &end, 10);

		if (*end || end == text || value > max)
			bad = complain(guest, file, iface->v6 ? "not a prefix from 0 to 128" :
				       "not a prefix from 0 to 32");
		else
			iface->prefix = value;
		goto out;
	}
	free(file);
	text = inherited(guest, iface->dir, "mask", &file, &bad);
	if (!text)
		goto out;
	if (!iface->v6 && inet_pton(AF_INET, text, &mask) == 1)
		n = vc_mask2prefix4(mask);
	else if (iface->v6 && inet_pton(AF_INET6, text, &mask6) == 1)
		n = vc_mask2prefix6(&mask6);
	else
		n = iface->v6 ? (int)iface->prefix : -1;
	if (n < 0)
		bad = complain(guest, file, "not a network mask");
	else
		iface->prefix = n;
out:
	free(file);
	free(text);
	return bad ? -1 : 0;
}

static int read_ip(const struct vc_guest *guest, struct iface_conf *iface)
{
	char *file = xprintf("%s/ip", iface->dir), *text, buf[INET6_ADDRSTRLEN];
	struct vc_error err;
	bool bad = false;
	int ret = -1;

	text = conf_text(guest, file, &bad);
	if (bad)
		goto out;
	if (!text) {
		failed(guest->name, "%s/%s: missing: an interface needs an address", guest->dir, file);
		goto out;
	}
	if (vc_parse_addr(text, &iface->addr, &err)) {
		complain(guest, file, err.text);
		goto out;
	}
	iface->v6 = iface->addr.vna_type & NXA_TYPE_IPV6;
	if (iface->v6) {
		iface->prefix = iface->addr.vna_prefix;
		inet_ntop(AF_INET6, &iface->addr.vna_v6_ip, buf, sizeof(buf));
	} else {
		iface->prefix = vc_mask2prefix4(iface->addr.vna_v4_mask);
		inet_ntop(AF_INET, &iface->addr.vna_v4_ip, buf, sizeof(buf));
	}
	iface->text = xstrdup(buf);
	ret = read_prefix(guest, iface);
	if (!ret && (iface->addr.vna_type & NXA_TYPE_ADDR)) {
		if (iface->v6) {
			iface->addr.vna_prefix = iface->prefix;
			iface->addr.vna_v6_mask = vc_prefix2mask6(iface->prefix);
		} else {
			iface->addr.vna_v4_mask = vc_prefix2mask4(iface->prefix);
		}
	}
out:
	free(text);
	free(file);
	return ret;
}

static int read_scope(const struct vc_guest *guest, struct iface_conf *iface)
{
	static const struct { const char *name; int value; } scopes[] = {
		{ "global", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE },
		{ "link", RT_SCOPE_LINK }, { "host", RT_SCOPE_HOST },
	};
	bool bad = false;
	char *file, *text = inherited(guest, iface->dir, "scope", &file, &bad);
	size_t i;

	iface->scope = -1;
	for (i = 0; text && i < sizeof(scopes) / sizeof(*scopes); i++)
		if (!strcmp(text, scopes[i].name))
			iface->scope = scopes[i].value;
	if (text && iface->scope < 0)
		bad = complain(guest, file, "not a scope: global, site, link or host");
	free(file);
	free(text);
	return bad ? -1 : 0;
}

static bool iface_has(const struct vc_guest *guest, const struct iface_conf *iface, const char *what)
{
	char *file = xprintf("%s/%s", iface->dir, what);
	bool there = conf_exists(guest, file);

	free(file);
	return there;
}

/* A number in a file of the interface, -1 when there is none. */
static long iface_number(const struct vc_guest *guest, struct iface_conf *iface, const char *what,
			 bool *bad)
{
	char *file = xprintf("%s/%s", iface->dir, what), *text = conf_text(guest, file, bad), *end;
	long value = -1;

	if (text) {
		value = strtol(text, &end, 10);
		if (*end || end == text || value < 0 || value > INT32_MAX)
			*bad = complain(guest, file, "not a number");
	}
	free(file);
	free(text);
	return value;
}

/* Whether VLAN devices are wanted: the nearest file that says yes or no. */
static bool wants_vlan(const struct vc_guest *guest, const struct iface_conf *iface, bool *here)
{
	bool wants = present_exists(conf_defaults(), "interfaces/vlandev");

	if (conf_exists(guest, "interfaces/vlandev"))
		wants = true;
	if (conf_exists(guest, "interfaces/novlandev"))
		wants = false;
	*here = iface_has(guest, iface, "vlandev");
	return *here || (wants && !iface_has(guest, iface, "novlandev"));
}

/* What kind of device has to be made. */
static int read_kind(const struct vc_guest *guest, struct iface_conf *iface)
{
	const char *dot = strrchr(iface->dev, '.');
	bool here, vlan = wants_vlan(guest, iface, &here), bad = false;
	char *end = NULL;

	iface->uid = iface_number(guest, iface, "uid", &bad);
	iface->gid = iface_number(guest, iface, "gid", &bad);
	iface->linktype = iface_number(guest, iface, "linktype", &bad);
	iface->shared = iface_has(guest, iface, "shared");
	iface->vlan = dot ? strtoul(dot + 1, &end, 10) : 0;
	if (iface_has(guest, iface, "tun"))
		iface->make = DEV_TUN;
	else if (iface_has(guest, iface, "tap"))
		iface->make = DEV_TAP;
	else if (vlan && dot > iface->dev && !*end && iface->vlan > 0 && iface->vlan < 4095)
		iface->make = DEV_VLAN;
	else if (here)
		bad = complain(guest, iface->dev_file, "not the name of a VLAN: DEVICE.NUMBER, 1 to 4094");
	return bad ? -1 : 0;
}

/* A second address of an interface, of the family that it has to have. */
static bool wrong_addr(const struct vc_guest *guest, const char *file, const char *text, int family)
{
	struct in6_addr any;

	if (!text || inet_pton(family, text, &any) == 1)
		return false;
	complain(guest, file, family == AF_INET ? "not an IPv4 address" : "not an IPv6 address");
	return true;
}

static int read_device(const struct vc_guest *guest, struct iface_conf *iface)
{
	bool bad = false;
	char *file;

	iface->down = iface_has(guest, iface, "down");
	if (iface_has(guest, iface, "nodev") || iface_has(guest, iface, "only_ip"))
		return bad ? -1 : 0;
	iface->dev = inherited(guest, iface->dir, "dev", &iface->dev_file, &bad);
	if (!iface->dev && !bad)
		bad = failed(guest->name, "%s/%s/dev: missing: name a device, or make a file nodev",
			     guest->dir, iface->dir);
	else if (iface->dev && (strlen(iface->dev) >= IFNAMSIZ || strpbrk(iface->dev, " \t/")))
		bad = complain(guest, iface->dev_file, "not a device name");
	else if (iface->dev && read_kind(guest, iface))
		bad = true;
	file = xprintf("%s/name", iface->dir);
	iface->label = conf_text(guest, file, &bad);
	if (iface->label && iface->dev && !iface->v6 &&
	    strlen(iface->label) + strlen(iface->dev) + 1 >= IFNAMSIZ)
		bad = complain(guest, file, "DEVICE:NAME has more than 15 characters");
	free(file);
	iface->bcast = inherited(guest, iface->dir, "bcast", &file, &bad);
	if (iface->bcast && strcmp(iface->bcast, "+"))
		bad |= wrong_addr(guest, file, iface->bcast, AF_INET);
	free(file);
	file = xprintf("%s/peer", iface->dir);
	iface->peer = conf_text(guest, file, &bad);
	bad |= wrong_addr(guest, file, iface->peer, iface->v6 ? AF_INET6 : AF_INET);
	free(file);
	return bad ? -1 : 0;
}

static int read_iface(const struct vc_guest *guest, struct guest_conf *conf, const char *name)
{
	struct iface_conf *iface;
	char *off = xprintf("interfaces/%s/disabled", name);
	bool disabled = conf_exists(guest, off);

	free(off);
	if (disabled)
		return 0;
	conf->ifaces = xrealloc(conf->ifaces, (conf->n_ifaces + 1) * sizeof(*iface));
	iface = &conf->ifaces[conf->n_ifaces++];
	memset(iface, 0, sizeof(*iface));
	iface->dir = xprintf("interfaces/%s", name);
	return read_ip(guest, iface) | read_device(guest, iface) | read_scope(guest, iface);
}

static int only_dirs(const struct dirent *e)
{
	return e->d_name[0] != '.' && (e->d_type == DT_DIR || e->d_type == DT_LNK ||
				       e->d_type == DT_UNKNOWN);
}

/* The words of the network context itself. */
static int read_net_words(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct vc_error err;
	bool bad = false;

	conf->nflags = (struct vc_net_flags){ VC_SECURE_NFLAGS, VC_SECURE_NFLAGS };
	conf->ncaps = (struct vc_net_caps){ VC_SECURE_NCAPS, ~0ULL };
	if (present(guest->dir, "nflags") != PRESENT_NO &&
	    vc_cfg_words(guest->dir, "nflags", VC_NFLAG, &conf->nflags.flagword,
			 &conf->nflags.mask, &err) < 0)
		bad = failed(guest->name, "%s", err.text);
	if (present(guest->dir, "ncapabilities") != PRESENT_NO &&
	    vc_cfg_words(guest->dir, "ncapabilities", VC_NCAP, &conf->ncaps.ncaps,
			 &conf->ncaps.cmask, &err) < 0)
		bad = failed(guest->name, "%s", err.text);
	conf->ncaps.cmask = ~0ULL;
	conf->nflags.mask &= ~(NXF_ONE_TIME | NXF_SC_HELPER);
	conf->nflags.flagword &= conf->nflags.mask;
	conf->lback = conf_text(guest, "interfaces/lback", &bad);
	conf->bcast = conf_text(guest, "interfaces/bcast", &bad);
	return bad ? -1 : 0;
}

int conf_read_net(const struct vc_guest *guest, struct guest_conf *conf)
{
	struct dirent **list = NULL;
	char *dir, *file;
	int i, n, ret;

	conf->nid = conf_no_nid(guest, conf) ? VC_NONID : guest->conf_nid;
	ret = read_net_words(guest, conf);
	if (present_empty(guest->dir, "interfaces"))
		return ret;
	dir = xprintf("%s/interfaces", guest->dir);
	n = scandir(dir, &list, only_dirs, versionsort);
	if (n < 0 && errno != ENOENT)
		ret = failed(guest->name, "cannot read %s: %s", dir, strerror(errno));
	for (i = 0; i < n; i++) {
		file = xprintf("interfaces/%s/.", list[i]->d_name);
		if (conf_exists(guest, file))
			ret |= read_iface(guest, conf, list[i]->d_name);
		free(file);
		free(list[i]);
	}
	free(list);
	free(dir);
	return ret;
}
