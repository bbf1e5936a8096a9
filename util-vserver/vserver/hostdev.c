// SPDX-License-Identifier: GPL-2.0
/* Network devices that are made for guests. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <netlink/route/link/ipvlan.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/link/vlan.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hostdev.h"

#ifndef TUNSETNID
#define TUNSETNID	_IOW('T', 224, int)
#endif

int hostdev_up(const char *dev)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -1;
	strncpy(ifr.ifr_name, dev, sizeof(ifr.ifr_name) - 1);
	ret = ioctl(fd, SIOCGIFFLAGS, &ifr);
	if (!ret && !(ifr.ifr_flags & IFF_UP)) {
		ifr.ifr_flags |= IFF_UP;
		ret = ioctl(fd, SIOCSIFFLAGS, &ifr);
	}
	close(fd);
	return ret;
}

static int report(const struct vc_guest *guest, const struct iface_conf *iface, const char *what)
{
	return failed(guest->name, "cannot make %s: %s (%s/%s:%d)", iface->dev, what, guest->dir,
		      iface->dev_file, conf_line_of(guest->dir, iface->dev_file));
}

static int make_vlan(const struct vc_guest *guest, struct nl_sock *sock, const struct iface_conf *iface)
{
	char *parent = xprintf("%.*s", (int)(strrchr(iface->dev, '.') - iface->dev), iface->dev);
	unsigned int index = if_nametoindex(parent);
	struct rtnl_link *link = NULL;
	int err, ret;

	if (!index) {
		ret = failed(guest->name, "cannot make %s: there is no device %s (%s/%s:%d)", iface->dev,
			     parent, guest->dir, iface->dev_file,
			     conf_line_of(guest->dir, iface->dev_file));
		goto out;
	}
	link = rtnl_link_vlan_alloc();
	if (!link || hostdev_up(parent)) {
		ret = report(guest, iface, strerror(errno));
		goto out;
	}
	rtnl_link_set_name(link, iface->dev);
	rtnl_link_set_link(link, index);
	rtnl_link_vlan_set_id(link, iface->vlan);
	err = rtnl_link_add(sock, link, NLM_F_CREATE | NLM_F_EXCL);
	ret = err ? report(guest, iface, nl_geterror(err)) : 1;
out:
	rtnl_link_put(link);
	free(parent);
	return ret;
}

/* The device of that name, made if there is none; it lasts as long as this descriptor, or longer. */
static int open_tun(const struct iface_conf *iface)
{
	struct ifreq ifr = { .ifr_flags = IFF_NO_PI | (iface->make == DEV_TAP ? IFF_TAP : IFF_TUN) };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), saved;

	strncpy(ifr.ifr_name, iface->dev, sizeof(ifr.ifr_name) - 1);
	if (fd < 0 || !ioctl(fd, TUNSETIFF, &ifr))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int make_tun(const struct vc_guest *guest, const struct iface_conf *iface)
{
	int fd = open_tun(iface), ret;

	if (fd < 0)
		return report(guest, iface, strerror(errno));
	ret = (iface->linktype >= 0 && ioctl(fd, TUNSETLINK, (long)iface->linktype)) ||
	      ioctl(fd, TUNSETOWNER, iface->uid < 0 ? 0L : iface->uid) ||
	      (iface->gid >= 0 && ioctl(fd, TUNSETGROUP, iface->gid)) ||
	      ioctl(fd, TUNSETPERSIST, 1L) ? report(guest, iface, strerror(errno)) : 1;
	close(fd);
	return ret;
}

int hostdev_make(const struct vc_guest *guest, struct nl_sock *sock, const struct iface_conf *iface)
{
	if (if_nametoindex(iface->dev))
		return 0;
	return iface->make == DEV_VLAN ? make_vlan(guest, sock, iface) : make_tun(guest, iface);
}

int hostdev_give(const struct vc_guest *guest, const struct iface_conf *iface, nid_t nid)
{
	int fd = open_tun(iface), ret = 0;

	if (fd < 0 || ioctl(fd, TUNSETNID, (long)nid))
		ret = failed(guest->name, "cannot give %s to network context %u: %s (%s/%s:%d)", iface->dev,
			     nid, strerror(errno), guest->dir, iface->dev_file,
			     conf_line_of(guest->dir, iface->dev_file));
	if (fd >= 0)
		close(fd);
	return ret;
}

int hostdev_remove(const struct vc_guest *guest, struct nl_sock *sock, const char *dev)
{
	struct rtnl_link *link = rtnl_link_alloc();
	unsigned int index = if_nametoindex(dev);
	int err = 0;

	if (link && index) {
		rtnl_link_set_ifindex(link, index);
		err = rtnl_link_delete(sock, link);
	}
	rtnl_link_put(link);
	if (!err || err == -NLE_NODEV || err == -NLE_OBJ_NOTFOUND)
		return 0;
	return failed(guest->name, "cannot remove the device %s: %s", dev, nl_geterror(err));
}

static struct rtnl_link *alloc_link(const struct link_conf *l, int nsfd, unsigned int index)
{
	struct rtnl_link *link, *peer;

	if (!strcmp(l->type, "veth")) {
		link = rtnl_link_veth_alloc();
		if (!link)
			return NULL;
		rtnl_link_set_name(link, l->host);
		peer = rtnl_link_veth_get_peer(link);
		rtnl_link_set_name(peer, l->guest);
		rtnl_link_set_ns_fd(peer, nsfd);
		rtnl_link_put(peer);
		return link;
	}
	link = !strcmp(l->type, "macvlan") ? rtnl_link_macvlan_alloc() : rtnl_link_ipvlan_alloc();
	if (!link)
		return NULL;
	rtnl_link_set_name(link, l->guest);
	rtnl_link_set_link(link, index);
	rtnl_link_set_ns_fd(link, nsfd);
	if (!strcmp(l->type, "macvlan"))
		rtnl_link_macvlan_set_mode(link, rtnl_link_macvlan_str2mode("bridge"));
	else
		rtnl_link_ipvlan_set_mode(link, rtnl_link_ipvlan_str2mode("l2"));
	return link;
}

int hostdev_link(const struct vc_guest *guest, struct nl_sock *sock, const struct link_conf *l, int nsfd)
{
	bool veth = !strcmp(l->type, "veth");
	unsigned int index = if_nametoindex(l->host);
	struct rtnl_link *link;
	int err;

	if (!veth && !index)
		return failed(guest->name, "cannot make %s: there is no device %s (%s/host)", l->guest, l->host,
			      l->where);
	link = alloc_link(l, nsfd, index);
	err = link ? rtnl_link_add(sock, link, NLM_F_CREATE | NLM_F_EXCL) : -NLE_NOMEM;
	rtnl_link_put(link);
	if (err)
		return failed(guest->name, "cannot make the %s %s: %s (%s)", l->type,
			      veth ? l->host : l->guest, nl_geterror(err), l->where);
	if (hostdev_up(l->host))
		return failed(guest->name, "cannot bring %s up: %s (%s)", l->host, strerror(errno), l->where);
	return 0;
}
