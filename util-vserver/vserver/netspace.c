// SPDX-License-Identifier: GPL-2.0
/* Network namespaces of guests. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hostdev.h"
#include "hostnet.h"
#include "netspace.h"
#include "run.h"

#define NETNS_DIR	"/run/netns"
#define NOTES		".netns"
#define NOTES_MAX	65536

static bool is_netns(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == NSFS_MAGIC;
}

/* The place of the namespace. One that is no mount is left of a command that was killed. */
static int make_place(const struct vc_guest *guest, const char *name, const char *path)
{
	int fd;

	if (make_path(NETNS_DIR, 0755))
		return failed(guest->name, "cannot make %s: %s", NETNS_DIR, strerror(errno));
	if (!is_netns(path))
		unlink(path);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	if (fd >= 0)
		return close(fd);
	return failed(guest->name, "cannot make the network namespace %s: %s%s", name, strerror(errno),
		      errno == EEXIST ? "; netns/shared uses one that is there" : "");
}

/* What stop has to remove: the name, then the host's ends of links. */
static int write_notes(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *key = run_key(guest), *path, *text = xprintf("%s\n", conf->netns), *more;
	size_t i;
	int ret;

	for (i = 0; i < conf->n_links; i++) {
		if (strcmp(conf->links[i].type, "veth"))
			continue;
		more = xprintf("%s%s\n", text, conf->links[i].host);
		free(text);
		text = more;
	}
	ret = run_path(NOTES, key, &path) || write_file_at(AT_FDCWD, path, text) ?
	      failed(guest->name, "cannot note the network namespace: %s", strerror(errno)) : 0;
	free(text);
	free(path);
	free(key);
	return ret;
}

/* A new namespace at @path; the caller is in its own again. A descriptor of it, or -1. */
static int make_space(const struct vc_guest *guest, const char *path)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd = -1;

	if (own < 0 || unshare(CLONE_NEWNET)) {
		failed(guest->name, "cannot make a network namespace: %s", strerror(errno));
		goto out;
	}
	if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL))
		failed(guest->name, "cannot bind a network namespace to %s: %s", path, strerror(errno));
	else
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (setns(own, CLONE_NEWNET)) {
		failed(guest->name, "cannot go back to the host's network: %s", strerror(errno));
		_exit(1);
	}
out:
	if (own >= 0)
		close(own);
	return fd;
}

static int make_links(const struct vc_guest *guest, const struct guest_conf *conf, int nsfd)
{
	struct nl_sock *sock;
	int ret = 0;
	size_t i;

	if (!conf->n_links)
		return 0;
	if (hostnet_connect(guest->name, &sock))
		return -1;
	for (i = 0; !ret && i < conf->n_links; i++) {
		ret = hostdev_link(guest, sock, &conf->links[i], nsfd);
		fault_point("netns", "link");
	}
	nl_socket_free(sock);
	return ret;
}

int netspace_up(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *path;
	int fd = -1, ret;

	/* A start that was killed may have left one. */
	ret = netspace_down(guest);
	if (ret || !conf->netns)
		return ret;
	path = xprintf("%s/%s", NETNS_DIR, conf->netns);
	if (conf->netns_shared) {
		ret = is_netns(path) ? 0 : failed(guest->name, "cannot find the network namespace %s: netns/shared says"
						  " that it is there already", conf->netns);
		free(path);
		return ret;
	}
	ret = make_place(guest, conf->netns, path);
	if (!ret) {
		fault_point("netns", "place");
		ret = write_notes(guest, conf);
		if (!ret) {
			fd = make_space(guest, path);
			fault_point("netns", "space");
			ret = fd < 0 ? -1 : make_links(guest, conf, fd);
		} else {
			unlink(path);
		}
		if (ret)
			netspace_down(guest);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

int netspace_down(const struct vc_guest *guest)
{
	char *key = run_key(guest), *notes, *text = NULL, *line, *save = NULL, *path = NULL;
	struct nl_sock *sock = NULL;
	int ret = 0;

	notes = xprintf("%s/%s/%s", vc_rundir(), NOTES, key);
	text = read_file_at(AT_FDCWD, notes, NOTES_MAX, NULL);
	if (!text) {
		if (errno != ENOENT)
			ret = failed(guest->name, "cannot read %s: %s", notes, strerror(errno));
		goto out;
	}
	line = strtok_r(text, "\n", &save);
	if (line && !strchr(line, '/')) {
		path = xprintf("%s/%s", NETNS_DIR, line);
		if ((is_netns(path) && umount2(path, MNT_DETACH)) || (unlink(path) && errno != ENOENT))
			ret = failed(guest->name, "cannot remove %s: %s", path, strerror(errno));
	}
	/* The host's ends go with their peers, but some time after. */
	while (!ret && (line = strtok_r(NULL, "\n", &save)))
		if ((!sock && hostnet_connect(guest->name, &sock)) || hostdev_remove(guest, sock, line))
			ret = -1;
	nl_socket_free(sock);
	if (!ret && unlink(notes))
		ret = failed(guest->name, "cannot remove %s: %s", notes, strerror(errno));
out:
	free(path);
	free(text);
	free(notes);
	free(key);
	return ret;
}

int netspace_enter(const struct vc_guest *guest, const struct guest_conf *conf)
{
	char *path;
	int fd, ret = 0;

	if (conf->net_of != VC_NOCTX) {
		if (vc_enter_namespace(conf->net_of, CLONE_NEWNET, 0))
			ret = failed(guest->name, "cannot enter the network of context %u: %s (%s/spaces/net:%d)",
				     conf->net_of, vc_reason(VCMD_enter_space, errno), guest->dir,
				     conf_line_of(guest->dir, "spaces/net"));
		return ret;
	}
	path = xprintf("%s/%s", NETNS_DIR, conf->netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		ret = failed(guest->name, "cannot enter the network namespace %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

int netspace_configure(const struct vc_guest *guest, const struct guest_conf *conf)
{
	size_t i;

	if (conf->netns_shared || conf->net_of != VC_NOCTX)
		return 0;
	if (hostdev_up("lo"))
		return failed(guest->name, "cannot bring lo up: %s", strerror(errno));
	for (i = 0; i < conf->n_links; i++)
		if (hostdev_up(conf->links[i].guest))
			return failed(guest->name, "cannot bring %s up: %s (%s)", conf->links[i].guest,
				      strerror(errno), conf->links[i].where);
	return hostnet_inside(guest, conf);
}
