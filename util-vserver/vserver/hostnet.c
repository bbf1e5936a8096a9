// SPDX-License-Identifier: GPL-2.0
/* Addresses of guests on the interfaces of the host. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostdev.h"
#include "hostnet.h"
#include "run.h"

#define LOCK_KEY	".interfaces"
#define LOCK_SECONDS	60
#define NOTES_MAX	1048576

int hostnet_connect(const char *guest, struct nl_sock **sock)
{
	int err;

	*sock = nl_socket_alloc();
	if (!*sock)
		return failed(guest, "cannot talk to the network stack: out of memory");
	err = nl_connect(*sock, NETLINK_ROUTE);
	if (err) {
		nl_socket_free(*sock);
		*sock = NULL;
		return failed(guest, "cannot talk to the network stack: %s", nl_geterror(err));
	}
	return 0;
}

/*
 * Without this the kernel removes, with the first address of a subnet, all
 * later ones of it: stopping one guest would take the others' addresses away.
 */
static void keep_secondaries(const char *dev)
{
	char *path = xprintf("/proc/sys/net/ipv4/conf/%s/promote_secondaries", dev);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		caution(NULL, "cannot set %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
}

static struct nl_addr *to_nl(const char *text, int family, unsigned int prefix)
{
	struct nl_addr *addr;

	if (!text || nl_addr_parse(text, family, &addr))
		return NULL;
	nl_addr_set_prefixlen(addr, prefix);
	return addr;
}

/* The broadcast address of a network, as `ip addr add ... broadcast +` gives it. */
static struct nl_addr *net_broadcast(const struct iface_conf *iface)
{
	struct in_addr mask = vc_prefix2mask4(iface->prefix);
	struct in_addr bcast = { iface->addr.vna_v4_ip.s_addr | ~mask.s_addr };

	return iface->prefix < 31 ? nl_addr_build(AF_INET, &bcast, sizeof(bcast)) : NULL;
}

static const char *add_reason(const struct iface_conf *iface, unsigned int index, int err)
{
	if (!index)
		return "no such network device";
	/* All that the kernel says then is EINVAL. */
	if (err == -NLE_INVAL && !iface->v6 && iface->scope >= 0)
		return "an address of the same network there has another scope";
	return nl_geterror(err);
}

/* 1 added, 0 it is there already, -1 with a message printed. */
static int add_one(const struct vc_guest *guest, struct nl_sock *sock,
		   const struct iface_conf *iface)
{
	int family = iface->v6 ? AF_INET6 : AF_INET;
	struct nl_addr *local = to_nl(iface->text, family, iface->prefix);
	struct nl_addr *bcast = NULL, *peer = NULL;
	struct rtnl_addr *addr = rtnl_addr_alloc();
	unsigned int index = if_nametoindex(iface->dev);
	char label[IFNAMSIZ];
	int err = -NLE_NOMEM, ret;

	if (!index)
		err = -NLE_NODEV;
	if (!index || !local || !addr)
		goto out;
	rtnl_addr_set_ifindex(addr, index);
	rtnl_addr_set_local(addr, local);
	if (iface->peer) {
		peer = to_nl(iface->peer, family, iface->prefix);
		if (peer)
			rtnl_addr_set_peer(addr, peer);
	}
	if (iface->v6) {
		/* Usable at once: a guest that starts now cannot wait for DAD. */
		rtnl_addr_set_flags(addr, IFA_F_NODAD);
	} else {
		bcast = iface->bcast && strcmp(iface->bcast, "+") ?
			to_nl(iface->bcast, AF_INET, 32) : net_broadcast(iface);
		if (bcast && !peer)
			rtnl_addr_set_broadcast(addr, bcast);
		if (iface->label) {
			snprintf(label, sizeof(label), "%s:%s", iface->dev, iface->label);
			rtnl_addr_set_label(addr, label);
		}
	}
	if (iface->scope >= 0)
		rtnl_addr_set_scope(addr, iface->scope);
	err = rtnl_addr_add(sock, addr, NLM_F_CREATE | NLM_F_EXCL);
out:
	if (!err)
		ret = 1;
	else if (err == -NLE_EXIST)
		ret = 0;
	else
		ret = failed(guest->name, "cannot add %s/%u to %s: %s (%s/%s:%d)", iface->text,
			     iface->prefix, iface->dev, add_reason(iface, index, err), guest->dir,
			     iface->dev_file, conf_line_of(guest->dir, iface->dev_file));
	nl_addr_put(local);
	nl_addr_put(bcast);
	nl_addr_put(peer);
	rtnl_addr_put(addr);
	return ret;
}

/* @text is ADDRESS/LENGTH or ADDRESS/LENGTH,PEER. */
static int remove_one(const struct vc_guest *guest, struct nl_sock *sock, const char *dev,
		      const char *text)
{
	struct rtnl_addr *addr = rtnl_addr_alloc();
	unsigned int index = if_nametoindex(dev);
	struct nl_addr *local = NULL, *peer = NULL;
	char *copy = xstrdup(text), *other = strchr(copy, ',');
	int err = 0;

	if (other)
		*other++ = 0;
	/* No such device any more: its addresses went with it. */
	if (addr && index && !nl_addr_parse(copy, AF_UNSPEC, &local)) {
		rtnl_addr_set_ifindex(addr, index);
		rtnl_addr_set_local(addr, local);
		/* Without it the kernel takes the address for another one. */
		if (other)
			peer = to_nl(other, nl_addr_get_family(local), nl_addr_get_prefixlen(local));
		if (peer)
			rtnl_addr_set_peer(addr, peer);
		err = rtnl_addr_delete(sock, addr, 0);
	}
	nl_addr_put(local);
	nl_addr_put(peer);
	rtnl_addr_put(addr);
	free(copy);
	if (!err || err == -NLE_NOADDR || err == -NLE_OBJ_NOTFOUND)
		return 0;
	return failed(guest->name, "cannot remove %s from %s: %s", text, dev, nl_geterror(err));
}

/*
 * A line `own DEV ADDRESS` or `use DEV ADDRESS`, or of a device `mkd DEV device` or
 * `usd DEV device`: brought by this guest, or there already. Splits it in place.
 */
static bool parse_note(char *line, char **how, char **dev, char **addr)
{
	char *save;

	*how = strtok_r(line, " ", &save);
	*dev = strtok_r(NULL, " ", &save);
	*addr = strtok_r(NULL, " ", &save);
	return *how && *dev && *addr && (!strcmp(*how, "own") || !strcmp(*how, "use") ||
					!strcmp(*how, "mkd") || !strcmp(*how, "usd"));
}

/* Another guest uses this address or device too: let it own it from now on. True if there is one. */
static bool hand_over(const char *key, const char *how, const char *dev, const char *addr)
{
	bool device = !strcmp(how, "mkd");
	char *dir = xprintf("%s/.net", vc_rundir());
	char *use = xprintf("%s %s %s\n", device ? "usd" : "use", dev, addr), *path, *text, *at;
	DIR *d = opendir(dir);
	bool done = false;
	struct dirent *e;

	while (d && !done && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strcmp(e->d_name, key))
			continue;
		path = xprintf("%s/%s", dir, e->d_name);
		text = read_file_at(AT_FDCWD, path, NOTES_MAX, NULL);
		for (at = text; at && (at = strstr(at, use)); at++) {
			if (at > text && at[-1] != '\n')
				continue;
			memcpy(at, how, 3);
			done = !write_file_at(AT_FDCWD, path, text);
			break;
		}
		free(text);
		free(path);
	}
	if (d)
		closedir(d);
	free(use);
	free(dir);
	return done;
}

/* With the lock held. */
static int down_locked(const struct vc_guest *guest, const char *key, const char *path)
{
	char *text, *line, *save, *how, *dev, *addr;
	struct strlist lines = { 0 };
	struct nl_sock *sock = NULL;
	int ret;
	size_t i;

	text = read_file_at(AT_FDCWD, path, NOTES_MAX, NULL);
	if (!text)
		return errno == ENOENT ? 0 :
		       failed(guest->name, "cannot read %s: %s", path, strerror(errno));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		strlist_add(&lines, line);
	free(text);
	ret = hostnet_connect(guest->name, &sock);
	/* Backwards: the first address of a subnet goes last. */
	for (i = sock ? lines.n : 0; i-- > 0;) {
		if (!parse_note(lines.v[i], &how, &dev, &addr) || *how == 'u' || hand_over(key, how, dev, addr))
			continue;
		if (*how == 'm' ? hostdev_remove(guest, sock, dev) : remove_one(guest, sock, dev, addr))
			ret = -1;
	}
	nl_socket_free(sock);
	strlist_free(&lines);
	if (!ret && unlink(path))
		ret = failed(guest->name, "cannot remove %s: %s", path, strerror(errno));
	return ret;
}

static int note_down(const struct vc_guest *guest, int fd, const char *how, const char *dev,
		     const char *what)
{
	char *note = xprintf("%s %s %s\n", how, dev, what);
	int ret = write_all(fd, note, strlen(note));

	free(note);
	return ret ? failed(guest->name, "cannot note an address: %s", strerror(errno)) : 0;
}

static int make_device(const struct vc_guest *guest, struct nl_sock *sock, const struct iface_conf *iface,
		       int fd)
{
	int ret = hostdev_make(guest, sock, iface);

	if (ret < 0)
		return -1;
	/* A tun device that is not the guest's alone stays. */
	if (iface->shared && iface->make != DEV_VLAN)
		return 0;
	return note_down(guest, fd, ret ? "mkd" : "usd", iface->dev, "device");
}

/* Adds one address and notes it in @fd. */
static int up_one(const struct vc_guest *guest, struct nl_sock *sock, const struct iface_conf *iface,
		  int fd)
{
	char *address;
	int ret;

	if (iface->make != DEV_FOUND && make_device(guest, sock, iface, fd))
		return -1;
	if (!iface->v6)
		keep_secondaries(iface->dev);
	ret = add_one(guest, sock, iface);
	if (ret < 0)
		return -1;
	address = xprintf("%s/%u%s%s", iface->text, iface->prefix, iface->peer ? "," : "",
			  iface->peer ? iface->peer : "");
	ret = note_down(guest, fd, ret ? "own" : "use", iface->dev, address);
	free(address);
	if (ret)
		return -1;
	if (!iface->down && hostdev_up(iface->dev))
		return failed(guest->name, "cannot bring %s up: %s (%s/%s)", iface->dev, strerror(errno),
			      guest->dir, iface->dir);
	return 0;
}

static int up_locked(const struct vc_guest *guest, const struct iface_conf *ifaces, size_t n,
		     const char *path, int flags)
{
	struct nl_sock *sock;
	int fd, ret;
	size_t i;

	if (hostnet_connect(guest->name, &sock))
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	ret = fd < 0 ? failed(guest->name, "cannot write %s: %s", path, strerror(errno)) : 0;
	for (i = 0; !ret && i < n; i++)
		if (ifaces[i].dev)
			ret = up_one(guest, sock, &ifaces[i], fd);
	if (fd >= 0)
		close(fd);
	nl_socket_free(sock);
	return ret;
}

/* Takes one address away and its line out of the notes. */
static int remove_locked(const struct vc_guest *guest, const char *address, const char *key,
			 const char *path)
{
	char *text = read_file_at(AT_FDCWD, path, NOTES_MAX, NULL), *line, *save, *copy, *more;
	char *how, *dev, *addr, *left = xstrdup("");
	struct nl_sock *sock = NULL;
	int ret = text ? hostnet_connect(guest->name, &sock) : 0;
	size_t len = strlen(address);

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !ret;
	     line = strtok_r(NULL, "\n", &save)) {
		copy = xstrdup(line);
		if (parse_note(copy, &how, &dev, &addr) && !strncmp(addr, address, len) &&
		    addr[len] == '/') {
			if (!strcmp(how, "own") && !hand_over(key, how, dev, addr))
				ret = remove_one(guest, sock, dev, addr);
		} else {
			more = xprintf("%s%s\n", left, line);
			free(left);
			left = more;
		}
		free(copy);
	}
	if (!ret && text && write_file_at(AT_FDCWD, path, left))
		ret = failed(guest->name, "cannot write %s: %s", path, strerror(errno));
	nl_socket_free(sock);
	free(left);
	free(text);
	return ret;
}

/* What shall be done with the lock held. */
struct job {
	const struct guest_conf *conf;		/* all addresses, after the old ones went */
	const struct iface_conf *add;		/* this one too */
	const char	*remove;		/* this one no more */
};

static int with_lock(const struct vc_guest *guest, const struct job *job)
{
	char *key = run_key(guest), *path = NULL;
	int lock, ret = -1;

	lock = run_lock(guest->name, LOCK_KEY, LOCK_SECONDS);
	if (lock < 0)
		goto out;
	if (run_path(".net", key, &path)) {
		failed(guest->name, "cannot make %s/.net: %s", vc_rundir(), strerror(errno));
		goto out;
	}
	if (job->add) {
		ret = up_locked(guest, job->add, 1, path, 0);
		goto out;
	}
	if (job->remove) {
		ret = remove_locked(guest, job->remove, key, path);
		goto out;
	}
	/* Also before going up: a start that was killed may have left some. */
	ret = down_locked(guest, key, path);
	if (!ret && job->conf) {
		ret = up_locked(guest, job->conf->ifaces, job->conf->n_ifaces, path, O_TRUNC);
		if (ret)
			down_locked(guest, key, path);
	}
out:
	run_unlock(lock, LOCK_KEY);
	free(path);
	free(key);
	return ret;
}

int hostnet_inside(const struct vc_guest *guest, const struct guest_conf *conf)
{
	struct nl_sock *sock = NULL;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), ret = 0;
	size_t i;

	for (i = 0; !ret && i < conf->n_ifaces; i++)
		if (conf->ifaces[i].dev)
			ret = (!sock && hostnet_connect(guest->name, &sock)) ||
			      up_one(guest, sock, &conf->ifaces[i], fd) ? -1 : 0;
	nl_socket_free(sock);
	if (fd >= 0)
		close(fd);
	return ret;
}

int hostnet_add(const struct vc_guest *guest, const struct iface_conf *iface)
{
	return iface->dev ? with_lock(guest, &(struct job){ .add = iface }) : 0;
}

int hostnet_remove(const struct vc_guest *guest, const char *address)
{
	return with_lock(guest, &(struct job){ .remove = address });
}

int hostnet_up(const struct vc_guest *guest, const struct guest_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_ifaces; i++)
		if (conf->ifaces[i].dev)
			return with_lock(guest, &(struct job){ .conf = conf });
	return hostnet_down(guest);
}

int hostnet_down(const struct vc_guest *guest)
{
	char *key = run_key(guest), *path = xprintf("%s/.net/%s", vc_rundir(), key);
	int ret = access(path, F_OK) ? 0 : with_lock(guest, &(struct job){ 0 });

	free(path);
	free(key);
	return ret;
}
