// SPDX-License-Identifier: GPL-2.0
/* vserver NAME addr: addresses of a guest while it runs, and with --save in its configuration. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"
#include "config.h"
#include "hostnet.h"
#include "out.h"
#include "rmtree.h"
#include "run.h"

/* An address as the command line says it: [DEV:]ADDRESS[/LENGTH]. */
static int parse(const char *name, const char *text, struct iface_conf *iface)
{
	char *full = create_interface(name, text), buf[INET6_ADDRSTRLEN], *whole;
	struct build_iface b;
	struct vc_error err;
	int ret;

	memset(iface, 0, sizeof(*iface));
	if (!full || build_parse_iface(name, full, &b)) {
		free(full);
		return -1;
	}
	free(full);
	whole = xprintf("%s%s%s", b.ip, b.prefix || b.mask ? "/" : "",
			b.prefix ? b.prefix : b.mask ? b.mask : "");
	ret = vc_parse_addr(whole, &iface->addr, &err);
	free(whole);
	if (ret)
		return failed(name, "%s", err.text);
	iface->v6 = iface->addr.vna_type & NXA_TYPE_IPV6;
	if (iface->v6) {
		inet_ntop(AF_INET6, &iface->addr.vna_v6_ip, buf, sizeof(buf));
		iface->prefix = iface->addr.vna_prefix;
	} else {
		inet_ntop(AF_INET, &iface->addr.vna_v4_ip, buf, sizeof(buf));
		iface->prefix = vc_mask2prefix4(iface->addr.vna_v4_mask);
	}
	iface->text = xstrdup(buf);
	iface->dev = b.dev;
	iface->scope = -1;
	iface->dir = xstrdup("interfaces");
	iface->dev_file = xstrdup("interfaces/dev");
	return 0;
}

static void iface_free(struct iface_conf *iface)
{
	free(iface->text);
	free(iface->dev);
	free(iface->dir);
	free(iface->dev_file);
}

/* The network context of a guest that runs. */
static nid_t nid_of(const struct vc_guest *guest)
{
	struct guest_conf conf = { 0 };
	bool none = conf_read_netns(guest, &conf) || conf_no_nid(guest, &conf);

	conf_free_netns(&conf);
	if (none)
		return VC_NONID;
	return guest->conf_nid != VC_NONID ? guest->conf_nid : guest->xid;
}

static int save_add(const struct vc_guest *guest, const char *tree, void *arg)
{
	const struct iface_conf *iface = arg;
	char *file, *text, *path;
	int i, ret;

	for (i = 0; i < 4096; i++) {
		path = xprintf("%s/interfaces/%d", tree, i);
		ret = access(path, F_OK);
		free(path);
		if (ret)
			break;
	}
	file = xprintf("interfaces/%d/ip", i);
	text = xprintf("%s\n", iface->text);
	ret = config_write(guest, tree, file, text, 0644);
	free(file);
	free(text);
	file = xprintf("interfaces/%d/prefix", i);
	text = xprintf("%u\n", iface->prefix);
	ret = ret || config_write(guest, tree, file, text, 0644) ? -1 : 0;
	free(file);
	free(text);
	file = xprintf("interfaces/%d/%s", i, iface->dev ? "dev" : "nodev");
	text = xprintf("%s\n", iface->dev ? iface->dev : "");
	ret = ret || config_write(guest, tree, file, text, 0644) ? -1 : 0;
	free(file);
	free(text);
	return ret;
}

static int save_del(const struct vc_guest *guest, const char *tree, void *arg)
{
	struct guest_conf conf = { 0 };
	const char *address = arg;
	char *path;
	size_t i;
	int ret = 0, n = 0;

	if (conf_read_net(guest, &conf)) {
		conf_free(&conf);
		return -1;
	}
	for (i = 0; i < conf.n_ifaces && !ret; i++) {
		if (strcmp(conf.ifaces[i].text, address))
			continue;
		n++;
		path = xprintf("%s/%s", tree, conf.ifaces[i].dir);
		if (rmtree(path))
			ret = failed(guest->name, "cannot remove %s: %s", conf.ifaces[i].dir, strerror(errno));
		free(path);
	}
	conf_free(&conf);
	if (!n && !ret)
		ret = failed(guest->name, "%s is not in its configuration", address);
	return ret;
}

/* Whether the guest's devices are not those of the host. */
static int other_network(const struct vc_guest *guest)
{
	struct guest_conf conf = { 0 };
	int ret = conf_read_netns(guest, &conf);

	if (!ret && conf_net_space(&conf))
		ret = failed(guest->name, "its network is not the host's: `ip -netns %s address` changes it",
			     conf.netns ? conf.netns : "NAME");
	conf_free_netns(&conf);
	return ret;
}

static int add_locked(struct vc_guest *guest, const struct iface_conf *iface)
{
	nid_t nid = nid_of(guest);

	if (hostnet_add(guest, iface))
		return -1;
	if (nid == VC_NONID || !vc_net_add(nid, &iface->addr))
		return 0;
	failed(guest->name, "cannot add %s/%u to network context %u: %s", iface->text, iface->prefix, nid,
	       vc_reason(iface->v6 ? VCMD_net_add_ipv6 : VCMD_net_add_ipv4, errno));
	/* One that it has already stays as it is. */
	if (errno != EEXIST)
		hostnet_remove(guest, iface->text);
	return -1;
}

/* The entry of the network context is named as it was added: with its network. */
static int del_locked(struct vc_guest *guest, const struct iface_conf *iface)
{
	struct vc_net_addr *list = NULL;
	nid_t nid = nid_of(guest);
	struct vc_error err;
	int i, n, found = 0;

	n = nid == VC_NONID ? 0 : vc_net_addresses(nid, &list, &err);
	if (n < 0)
		return failed(guest->name, "%s", err.text);
	for (i = 0; i < n; i++) {
		bool same = iface->v6 ? list[i].vna_type & NXA_TYPE_IPV6 &&
			    !memcmp(&list[i].vna_v6_ip, &iface->addr.vna_v6_ip, 16) :
			    list[i].vna_type & NXA_TYPE_IPV4 &&
			    list[i].vna_v4_ip.s_addr == iface->addr.vna_v4_ip.s_addr;

		if (!same || !(list[i].vna_type & NXA_TYPE_ADDR) ||
		    list[i].vna_type & (NXA_MOD_BCAST | NXA_MOD_LBACK))
			continue;
		found++;
		if (vc_net_remove(nid, &list[i])) {
			free(list);
			return failed(guest->name, "cannot remove %s from network context %u: %s",
				      iface->text, nid,
				      vc_reason(iface->v6 ? VCMD_net_remove_ipv6 :
						VCMD_net_rem_ipv4, errno));
		}
	}
	free(list);
	if (nid != VC_NONID && !found)
		return failed(guest->name, "it does not have the address %s", iface->text);
	return hostnet_remove(guest, iface->text);
}

static int show(const struct vc_guest *guest, bool json)
{
	struct vc_net_addr *list = NULL;
	nid_t nid = nid_of(guest);
	char text[VC_ADDR_TEXT];
	struct vc_error err;
	int i, n;

	if (guest->xid == VC_NOCTX)
		return -failed(guest->name, "not running; `vserver %s config show --effective` tells its addresses",
			       guest->name);
	if (nid == VC_NONID)
		return -failed(guest->name,
			       "it has no network context: `vserver %s exec ip address` tells its addresses",
			       guest->name);
	n = vc_net_addresses(nid, &list, &err);
	if (n < 0)
		return -failed(guest->name, "%s", err.text);
	out_start(json, true);
	for (i = 0; i < n; i++) {
		out_open(NULL);
		out_str("address", "%s\n", vc_print_addr(&list[i], text));
		out_str("family", NULL, list[i].vna_type & NXA_TYPE_IPV6 ? "ipv6" : "ipv4");
		out_close();
	}
	out_finish(EX_FAIL);
	free(list);
	return 0;
}

static int change(struct vc_guest *guest, const char *text, bool add, bool save)
{
	struct iface_conf iface;
	char *key, *host = NULL;
	int lock, ret = 0;

	if (guest->xid == VC_NOCTX && !save)
		return -failed(guest->name, "not running: with --save its configuration is changed");
	/* To take an address away it need not be in any network of the host. */
	host = add || strchr(text, ':') ? xstrdup(text) : xprintf("nodev:%s", text);
	if (!add && strchr(text, ':')) {
		free(host);
		host = xprintf("nodev:[%s]", text);
	}
	if (parse(guest->name, host, &iface)) {
		free(host);
		return EX_FAIL;
	}
	free(host);
	catch_signals();
	lock = run_lock_guest(guest, &key);
	if (lock < 0)
		return EX_FAIL;
	if (guest->xid != VC_NOCTX)
		ret = other_network(guest) ? -1 : add ? add_locked(guest, &iface) : del_locked(guest, &iface);
	run_unlock(lock, key);
	free(key);
	if (!ret && save)
		ret = add ? config_change(guest, save_add, &iface) : config_change(guest, save_del, iface.text);
	iface_free(&iface);
	return ret ? EX_FAIL : 0;
}

int cmd_addr(const char *id, struct vc_guest *guest, int argc, char **argv)
{
	const char *action = argc > 1 ? argv[1] : "list", *text = NULL;
	bool json = false, save = false;
	int i;

	(void)id;
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--save"))
			save = true;
		else if (*argv[i] == '-' || text)
			return cmd_usage("addr", "unknown argument '%s'", argv[i]);
		else
			text = argv[i];
	}
	if (!strcmp(action, "list") && !text && !save)
		return show(guest, json);
	if ((strcmp(action, "add") && strcmp(action, "del")) || json)
		return cmd_usage("addr", "unknown action or argument");
	if (!text)
		return cmd_usage("addr", "%s needs an address", action);
	if (geteuid())
		return -failed(guest->name, "cannot change addresses: only root can do that");
	return change(guest, text, *action == 'a', save);
}
