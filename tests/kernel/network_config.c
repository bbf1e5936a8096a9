// SPDX-License-Identifier: GPL-2.0
/*
 * Root of a confined guest and the machine's network: every verb that changes
 * something is refused, nothing is heard that is not for guests, and what was
 * opened outside shows inside no more than if it were opened there. See network.h;
 * vst1 is a device of the host, hidden from A.
 */
#include <linux/audit.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/udp.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include "network.h"

static struct guest guest = { .xid = 1471 };

/* The answer to a request, or 0 if it is a success or data. */
static long ask_netlink(int protocol, int type, int flags, const void *body, size_t size)
{
	struct {
		struct nlmsghdr h;
		char body[256];
	} q = { .h = { NLMSG_LENGTH(size), type, NLM_F_REQUEST | flags, 1, 0 } };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[4096];
	} answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), one = 1;
	long ret = fd < 0 ? -errno : -EIO;

	memcpy(q.body, body, size);
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (fd >= 0 && send(fd, &q, q.h.nlmsg_len, 0) > 0 && arrives(fd, 3000) &&
	    recv(fd, &answer, sizeof(answer), 0) > 0)
		ret = answer.h.nlmsg_type == NLMSG_ERROR || answer.h.nlmsg_type == NLMSG_DONE ?
			answer.e.error : 0;
	close(fd);
	return ret;
}

/* Every type of message that rtnetlink knows, but for those that ask. */
static void verbs(void)
{
	struct {
		struct ifinfomsg i;
		char rest[16];
	} body = { .i.ifi_family = AF_INET };
	int type, allowed = 0;
	long ret;

	body.i.ifi_index = if_nametoindex("vst0");
	for (type = RTM_BASE; type <= RTM_MAX; type++) {
		if ((type & 3) == 2)
			continue;
		ret = ask_netlink(NETLINK_ROUTE, type, NLM_F_ACK, &body, sizeof(body));
		if (ret != -EPERM) {
			check(false, "rtnetlink message %d: %s", type, strerrorname_np(-ret));
			allowed++;
		}
	}
	check_is(allowed, 0, "no message of rtnetlink changes anything");
	check_is(ask_netlink(NETLINK_AUDIT, AUDIT_SET, NLM_F_ACK, &body, 32), -EPERM, "nor the audit log");
}

static void ioctls(void)
{
	static const struct {
		unsigned long cmd;
		const char *name;
	} cases[] = {
		{ SIOCSIFFLAGS, "flags" }, { SIOCSIFADDR, "address" }, { SIOCSIFNETMASK, "mask" },
		{ SIOCSIFBRDADDR, "broadcast" }, { SIOCSIFDSTADDR, "peer" }, { SIOCSIFMTU, "mtu" },
		{ SIOCSIFMETRIC, "metric" }, { SIOCSIFHWADDR, "hardware address" },
		{ SIOCSIFNAME, "name" }, { SIOCSIFTXQLEN, "queue" }, { SIOCADDMULTI, "group" },
		{ SIOCDELMULTI, "no group" }, { SIOCSIFMAP, "map" }, { SIOCSIFHWBROADCAST, "broadcast" },
		{ SIOCSHWTSTAMP, "time stamps" }, { SIOCBONDENSLAVE, "bond" },
	};
	struct ifreq r = { .ifr_name = "vst0" };
	struct rtentry route = { .rt_flags = RTF_UP };
	struct arpreq arp = { .arp_flags = ATF_PERM };
	struct ethtool_value wol = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd6 = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in *sin = (struct sockaddr_in *)&r.ifr_addr;
	struct in6_ifreq_ {
		struct in6_addr addr;
		uint32_t prefix;
		int index;
	} r6 = { .prefix = 64, .index = if_nametoindex("vst0") };
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sin->sin_family = AF_INET;
		check_is(err(ioctl(fd, cases[i].cmd, &r)), -EPERM, cases[i].name);
	}
	route.rt_dst.sa_family = AF_INET;
	check_is(err(ioctl(fd, SIOCADDRT, &route)), -EPERM, "add a route");
	check_is(err(ioctl(fd, SIOCDELRT, &route)), -EPERM, "take one");
	((struct sockaddr_in *)&arp.arp_pa)->sin_family = AF_INET;
	strcpy(arp.arp_dev, "vst0");
	check_is(err(ioctl(fd, SIOCSARP, &arp)), -EPERM, "add a neighbour");
	check_is(err(ioctl(fd, SIOCDARP, &arp)), -EPERM, "take one");
	check_is(err(ioctl(fd6, SIOCSIFADDR, &r6)), -EPERM, "add an IPv6 address");
	check_is(err(ioctl(fd6, SIOCDIFADDR, &r6)), -EPERM, "take one");
	check_is(err(ioctl(fd6, SIOCADDRT, &r6)), -EPERM, "add an IPv6 route");
	r.ifr_data = (void *)&wol;
	check_is(err(ioctl(fd, SIOCETHTOOL, &r)), -EPERM, "ethtool: change");
	r.ifr_data = (void *)&info;
	check_is(err(ioctl(fd, SIOCETHTOOL, &r)), 0, "ethtool: look at the own device");
	strcpy(r.ifr_name, "vst1");
	check_is(err(ioctl(fd, SIOCETHTOOL, &r)), -ENODEV, "ethtool: not at the host's");
	r.ifr_data = (void *)&wol;
	check_is(err(ioctl(fd, SIOCETHTOOL, &r)), -ENODEV, "ethtool: nor change that");
	close(fd);
	close(fd6);
}

static void protocols(void)
{
	/* unused, usersock, firewall, (sock_diag), nflog, xfrm, SELinux, iSCSI, ... SMC */
	static const int refused[] = { 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 18, 19, 20, 21, 22 };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	char event[] = "add@/devices/virtual/vs\0ACTION=add\0SUBSYSTEM=block";
	struct iovec iov = { event, sizeof(event) };
	struct msghdr msg = { .msg_name = &nl, .msg_namelen = sizeof(nl), .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned int i, made_some = 0;
	int fd;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, refused[i]);
		if (fd >= 0 || errno != EPROTONOSUPPORT) {
			check(false, "netlink protocol %d: %s", refused[i],
			      fd < 0 ? strerrorname_np(errno) : "made");
			made_some++;
		}
	}
	check_is(made_some, 0, "no other protocol of netlink");
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	check_is(err(sendmsg(fd, &msg, 0)), -EPERM, "no event of a device is made up");
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	check_is(err(bind(fd, (struct sockaddr *)&nl, sizeof(nl))), -EPERM, "the audit log is not read");
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	check_is(err(sendmsg(fd, &msg, 0)), -EPERM, "no message to a group of rtnetlink");
	close(fd);
}

static long option(int family, int type, int level, int name, int value)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	long ret = err(setsockopt(fd, level, name, &value, sizeof(value)));

	close(fd);
	return ret;
}

static void options(void)
{
	struct ipv6_mreq any = { .ipv6mr_interface = if_nametoindex("vst0") };
	int fd;

	check_is(option(AF_INET, SOCK_STREAM, SOL_SOCKET, SO_MARK, 7), -EPERM, "SO_MARK");
	check_is(option(AF_INET, SOCK_STREAM, SOL_SOCKET, SO_DEBUG, 1), -EACCES, "SO_DEBUG");
	check_is(option(AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20), -EPERM, "SO_RCVBUFFORCE");
	check_is(option(AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_PRIORITY, 7), -EPERM, "SO_PRIORITY");
	check_is(option(AF_INET, SOCK_STREAM, IPPROTO_TCP, TCP_REPAIR, 1), -EPERM, "TCP_REPAIR");
	check_is(option(AF_INET, SOCK_STREAM, IPPROTO_IP, IP_TRANSPARENT, 1), -EPERM, "IP_TRANSPARENT");
	check_is(option(AF_INET6, SOCK_STREAM, IPPROTO_IPV6, IPV6_TRANSPARENT, 1), -EPERM,
		 "IPV6_TRANSPARENT");
	check_is(option(AF_INET, SOCK_DGRAM, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP), 0,
		 "IPsec in UDP, which needs a key of the host's");
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET6, "fd99::99", &any.ipv6mr_multiaddr);
	check_is(err(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &any, sizeof(any))), -EPERM,
		 "no anycast address of the network");
	inet_pton(AF_INET6, "fd99::11", &any.ipv6mr_multiaddr);
	check_is(err(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &any, sizeof(any))), -EPERM,
		 "nor the own");
	close(fd);
}

/* Questions about another network namespace, by its number. */
static void namespaces(void)
{
	struct {
		struct ifaddrmsg i;
		struct rtattr a;
		int id;
	} addr = { { .ifa_family = AF_INET }, { 8, IFA_TARGET_NETNSID }, 9 };
	struct {
		struct ifinfomsg i;
		struct rtattr a;
		int id;
	} link = { { .ifi_family = AF_UNSPEC }, { 8, IFLA_TARGET_NETNSID }, 9 };
	struct {
		struct ifinfomsg i;
		struct rtattr a;
		char name[8];
	} name = { { .ifi_family = AF_UNSPEC }, { 12, IFLA_IFNAME }, "vst1" };

	check_is(ask_netlink(NETLINK_ROUTE, RTM_GETADDR, NLM_F_DUMP, &addr, sizeof(addr)), -EACCES,
		 "addresses of another namespace");
	check_is(ask_netlink(NETLINK_ROUTE, RTM_GETLINK, NLM_F_DUMP, &link, sizeof(link)), -EACCES,
		 "its devices");
	link.i.ifi_index = 1;
	check_is(ask_netlink(NETLINK_ROUTE, RTM_GETLINK, 0, &link, sizeof(link)), -EACCES, "one of them");
	check_is(ask_netlink(NETLINK_ROUTE, RTM_GETLINK, 0, &name, sizeof(name)), -ENODEV,
		 "a hidden device by name");
}

static char text[1 << 16];

static bool shows(int fd, int port)
{
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char hex[16];

	snprintf(hex, sizeof(hex), ":%04X ", port);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, hex);
}

struct opened {
	int net, tcp, dev;	/* of /proc/net, opened by the host */
};

static void with_descriptors(const struct opened *o)
{
	int own = listening("0.0.0.0", 8491), fd;

	check(shows(o->tcp, 8491), "a list that the host opened shows the own socket");
	check(!shows(o->tcp, 8490), "and not the host's");
	check(pread(o->dev, text, sizeof(text), 0) > 0 && strstr(text, "vst0:") && !strstr(text, "vst1:"),
	      "a list of devices only the own");
	fd = openat(o->net, "tcp", O_RDONLY | O_CLOEXEC);
	check(fd >= 0 && shows(fd, 8491) && !shows(fd, 8490), "opened by way of a directory: the same");
	close(fd);
	check_is(made(openat(o->net, "snmp", O_RDONLY | O_CLOEXEC) < 0 ? -errno : 0), -ENOENT,
		 "what a guest has not is not there either");
	check_is(made(openat(o->net, "sctp/eps", O_RDONLY | O_CLOEXEC) < 0 ? -errno : 0), -ENOENT,
		 "nor the directories");
	close(own);
}

static void inside(void *arg)
{
	verbs();
	ioctls();
	protocols();
	options();
	namespaces();
	with_descriptors(arg);
}

static void then_guest(void *arg)
{
	in_guest(&guest, inside, arg);
}

int main(int argc, char **argv)
{
	struct opened o;
	int srv;

	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	check(sh("ip link add vst1 type dummy && ip link set vst1 up && ip addr add 10.99.4.1/24 dev vst1 && "
		 "ip netns add vsother && ip netns set vsother 9"), "a device and a namespace of the host");
	if (!check(guest_start(&guest), "a guest starts"))
		return test_end();
	srv = listening("0.0.0.0", 8490);
	o.net = open("/proc/self/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	o.tcp = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC);
	o.dev = open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
	check(srv >= 0 && shows(o.tcp, 8490), "the host sees its socket");
	in_net(NID_A, then_guest, &o);
	check(shows(o.tcp, 8490) && !shows(o.tcp, 8491), "the host as before");
	close(srv);
	guest_stop(&guest);
	check(sh("ip netns del vsother && umount /run/netns && ip link del vst1"), "they go");
	return net_end();
}
