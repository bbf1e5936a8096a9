// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets: whose they are, which kinds a guest may make, and what the
 * addresses that its programs name mean.
 */
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/vserver/context.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/lback6.h>
#include <linux/vserver/network.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/sysctl.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "net_map.h"

/*
 * On demand the mark of a guest's socket is its number, by which packet
 * filters and routing rules then know the context. Who may change a mark
 * (CAP_NET_ADMIN, CAP_NET_RAW) can do worse anyway.
 */
static void set_owner(struct sock *sk, struct nx_info *nx, u32 nid)
{
	vs_nid(sk) = nid;
	if (!nx_guest(nx))
		return;
	sk->sk_nx_info = get_nx_info(nx);
	if (READ_ONCE(vs_socket_mark))
		sk->sk_mark = nid;
}

void __vs_sk_alloc(struct sock *sk)
{
	struct nx_info *nx = current_nx();

	set_owner(sk, nx, nx_id(nx));
}

void __vs_sk_get(struct sock *sk)
{
	get_nx_info(sk->sk_nx_info);
}

void __vs_sk_put(struct sock *sk)
{
	put_nx_info(sk->sk_nx_info);
	sk->sk_nx_info = NULL;
}

/* @sk is new and was made by somebody else on behalf of @from. */
void __vs_sk_inherit(struct sock *sk, const struct sock *from)
{
	put_nx_info(sk->sk_nx_info);
	sk->sk_nx_info = NULL;
	set_owner(sk, from->sk_nx_info, vs_nid(from));
	sk->sk_mark = READ_ONCE(from->sk_mark);
}
EXPORT_SYMBOL_GPL(__vs_sk_inherit);

/* The host sees its own sockets, a guest its own, the spectator all. */
bool __vs_nid_seen(u32 nid)
{
	u32 own = nx_id(current_nx());

	return own == nid || own == VS_ID_WATCH;
}
EXPORT_SYMBOL_GPL(__vs_nid_seen);

static int nx_inet_allowed(int type, int protocol)
{
	/* A raw socket's protocol is a number in the header; its capability decides. */
	if (type == SOCK_RAW)
		return 0;
	/* Other types have protocols of their own behind number 0. */
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	switch (protocol) {
	case IPPROTO_IP:
	case IPPROTO_TCP:
	case IPPROTO_MPTCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 0;
	}
	return -EPROTONOSUPPORT;
}

static int nx_netlink_allowed(int protocol)
{
	switch (protocol) {
	case NETLINK_ROUTE:
	case NETLINK_SOCK_DIAG:
	case NETLINK_AUDIT:
	case NETLINK_KOBJECT_UEVENT:
		return 0;
	}
	return -EPROTONOSUPPORT;
}

static int nx_socket_allowed(const struct nx_info *nx, int family, int type, int protocol)
{
	switch (family) {
	case PF_UNIX:
		return 0;
	case PF_INET:
		if (nx_guest(nx) && !nx_has_v4(nx))
			return -EAFNOSUPPORT;
		return nx_inet_allowed(type, protocol);
	case PF_INET6:
		if (nx_guest(nx) && !nx_has_v6(nx))
			return -EAFNOSUPPORT;
		return nx_inet_allowed(type, protocol);
	case PF_NETLINK:
		return nx_netlink_allowed(protocol);
	case PF_PACKET:
		return -EPERM;
	}
	return -EAFNOSUPPORT;
}

/**
 * nx_socket_create - may the caller make such a socket?
 * @family: address family
 * @type: socket type
 * @protocol: protocol
 * @kern: made by the kernel for itself
 *
 * A guest, by process or by network context, gets the families that know
 * about contexts and no other, so that no family appears in a guest because
 * the kernel learned it.
 *
 * Return: 0, -EAFNOSUPPORT no such family here, -ESOCKTNOSUPPORT no such type,
 * -EPROTONOSUPPORT no such protocol, -EPERM packet sockets.
 */
int nx_socket_create(int family, int type, int protocol, int kern)
{
	struct nx_info *nx = current_nx();
	int err;

	if (kern || (!nx_guest(nx) && !vx_confined(current_vx())))
		return 0;
	err = nx_socket_allowed(nx, family, type, protocol);
	if (err)
		vs_refuse_object(current_vx(), VS_REFUSED_SOCKET, family, err, "%d/%d", type,
				 protocol);
	return err;
}

/* The RAW_ICMP capability lends CAP_NET_RAW for the two ICMP protocols. */
bool __vs_raw_icmp(struct net *net, int protocol)
{
	if (protocol != IPPROTO_ICMP && protocol != IPPROTO_ICMPV6)
		return false;
	return nx_ncap(current_nx(), NXC_RAW_ICMP) &&
	       cap_raised(current_cred()->cap_effective, CAP_NET_RAW) &&
	       current_user_ns() == &init_user_ns && net->user_ns == &init_user_ns;
}
EXPORT_SYMBOL_GPL(__vs_raw_icmp);

/* tls stays within its connection; mptcp, which users cannot set, is the kernel's. */
bool __vs_ulp_refused(const char *name)
{
	return strcmp(name, "tls") && strcmp(name, "mptcp");
}

static bool nx_first4(const struct nx_info *nx, __be32 *addr)
{
	const struct nx_set *set;
	unsigned int i;
	bool found = false;

	rcu_read_lock();
	set = rcu_dereference(nx->set);
	for (i = 0; i < set->n4 && !found; i++) {
		/* A mask names no address. */
		if (set->v4[i].type == NXA_TYPE_MASK)
			continue;
		*addr = set->v4[i].ip;
		found = true;
	}
	rcu_read_unlock();
	return found;
}

static bool nx_first6(const struct nx_info *nx, struct in6_addr *addr)
{
	const struct nx_set *set;
	unsigned int i;
	bool found = false;

	rcu_read_lock();
	set = rcu_dereference(nx->set);
	for (i = 0; i < set->n6 && !found; i++) {
		if (set->v6[i].type != NXA_TYPE_ADDR)
			continue;
		*addr = set->v6[i].ip;
		found = true;
	}
	rcu_read_unlock();
	return found;
}

static __be32 nx_lback4(const struct nx_info *nx)
{
	__be32 addr;

	rcu_read_lock();
	addr = rcu_dereference(nx->set)->lback;
	rcu_read_unlock();
	return addr;
}

static void nx_lback6(const struct nx_info *nx, struct in6_addr *addr)
{
	rcu_read_lock();
	*addr = rcu_dereference(nx->set)->lback6;
	rcu_read_unlock();
}

/**
 * nx_map_bind4 - what a local IPv4 address means
 * @nx: a real context
 * @addr: the address, changed to the one to bind to
 *
 * Return: 0, -EADDRNOTAVAIL it is not the context's.
 */
int nx_map_bind4(const struct nx_info *nx, __be32 *addr)
{
	if (*addr == htonl(INADDR_ANY)) {
		/* One address: be bound to it, so that everybody sees it. */
		if (nx_flag(nx, NXF_SINGLE_IP))
			nx_first4(nx, addr);
		return 0;
	}
	if (*addr == htonl(INADDR_LOOPBACK) && nx_flag(nx, NXF_LBACK_REMAP)) {
		*addr = nx_lback4(nx);
		return 0;
	}
	if (nx_has4(nx, *addr, NX_BIND))
		return 0;
	if (ipv4_is_multicast(*addr) && nx_ncap(nx, NXC_MULTICAST))
		return 0;
	return vs_refuse_addr4(VS_REFUSED_BIND, *addr, -EADDRNOTAVAIL);
}

/**
 * nx_map_bind6 - what a local IPv6 address means
 * @nx: a real context
 * @addr: the address, changed to the one to bind to
 *
 * Return: 0, -EADDRNOTAVAIL it is not the context's.
 */
int nx_map_bind6(const struct nx_info *nx, struct in6_addr *addr)
{
	if (ipv6_addr_any(addr))
		return 0;
	if (ipv6_addr_v4mapped(addr))
		return nx_map_bind4(nx, &addr->s6_addr32[3]);
	if (ipv6_addr_loopback(addr) && nx_flag(nx, NXF_LBACK_REMAP)) {
		nx_lback6(nx, addr);
		return 0;
	}
	if (nx_has6(nx, addr, NX_BIND))
		return 0;
	if (ipv6_addr_is_multicast(addr) && nx_ncap(nx, NXC_MULTICAST))
		return 0;
	return vs_refuse_addr6(VS_REFUSED_BIND, addr, -EADDRNOTAVAIL);
}

/**
 * nx_map_dest4 - what a remote IPv4 address means
 * @nx: a real context
 * @addr: the address, changed to the one to talk to
 *
 * "This host", 0.0.0.0, is the loopback; a context that has none of its own
 * means its first address.
 *
 * Return: 0, -EPERM the host's loopback is not for this context.
 */
int nx_map_dest4(const struct nx_info *nx, __be32 *addr)
{
	if (*addr != htonl(INADDR_ANY) && !ipv4_is_loopback(*addr))
		return 0;
	if (nx_flag(nx, NXF_LBACK_REMAP)) {
		*addr = nx_lback4(nx);
		return 0;
	}
	if (*addr == htonl(INADDR_ANY)) {
		if (!nx_first4(nx, addr))
			return -EPERM;
		if (!ipv4_is_loopback(*addr))
			return 0;
	}
	return nx_flag(nx, NXF_LBACK_ALLOW) || nx_has4(nx, *addr, NX_OWN) ? 0 :
	       vs_refuse_addr4(VS_REFUSED_CONNECT, *addr, -EPERM);
}

/**
 * nx_map_dest6 - what a remote IPv6 address means
 * @nx: a real context
 * @addr: the address, changed to the one to talk to
 *
 * Return: 0, -EPERM the loopback of the host, or of another context, is not
 * for this one.
 */
int nx_map_dest6(const struct nx_info *nx, struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return nx_map_dest4(nx, &addr->s6_addr32[3]);
	if (ipv6_addr_any(addr) && !nx_first6(nx, addr))
		*addr = in6addr_loopback;
	if (ipv6_addr_loopback(addr)) {
		if (nx_flag(nx, NXF_LBACK_REMAP)) {
			nx_lback6(nx, addr);
			return 0;
		}
		return nx_flag(nx, NXF_LBACK_ALLOW) || nx_has6(nx, addr, NX_OWN) ? 0 :
		       vs_refuse_addr6(VS_REFUSED_CONNECT, addr, -EPERM);
	}
	if (nx_is_lback6(addr) && !nx_has6(nx, addr, NX_LBACK))
		return vs_refuse_addr6(VS_REFUSED_CONNECT, addr, -EPERM);
	return 0;
}

/* The address in a sockaddr, if it is one that the stack will take. */
static __be32 *sockaddr4(struct sockaddr *addr, int len)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;

	if (len < (int)sizeof(*sin))
		return NULL;
	/* AF_UNSPEC is taken for AF_INET by bind. */
	if (sin->sin_family != AF_INET && sin->sin_family != AF_UNSPEC)
		return NULL;
	return &sin->sin_addr.s_addr;
}

static struct in6_addr *sockaddr6(struct sockaddr *addr, int len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;

	if (len < SIN6_LEN_RFC2133 || sin6->sin6_family != AF_INET6)
		return NULL;
	return &sin6->sin6_addr;
}

int __vs_bind_addr(struct sock *sk, struct sockaddr *addr, int len)
{
	struct in6_addr *a6 = sk->sk_family == AF_INET6 ? sockaddr6(addr, len) : NULL;
	__be32 *a4;

	if (a6)
		return nx_map_bind6(sk->sk_nx_info, a6);
	a4 = sockaddr4(addr, len);
	return a4 ? nx_map_bind4(sk->sk_nx_info, a4) : 0;
}
EXPORT_SYMBOL_GPL(__vs_bind_addr);

int __vs_connect_addr(struct sock *sk, struct sockaddr *addr, int len)
{
	struct in6_addr *a6 = sk->sk_family == AF_INET6 ? sockaddr6(addr, len) : NULL;
	__be32 *a4;

	if (a6)
		return nx_map_dest6(sk->sk_nx_info, a6);
	a4 = sockaddr4(addr, len);
	return a4 ? nx_map_dest4(sk->sk_nx_info, a4) : 0;
}
EXPORT_SYMBOL_GPL(__vs_connect_addr);

__be32 __vs_show4(const struct nx_info *nx, __be32 addr)
{
	if (nx_flag(nx, NXF_HIDE_LBACK) && addr == nx_lback4(nx))
		return htonl(INADDR_LOOPBACK);
	return addr;
}
EXPORT_SYMBOL_GPL(__vs_show4);

void __vs_show6(const struct nx_info *nx, struct in6_addr *addr)
{
	struct in6_addr own;

	if (!nx_flag(nx, NXF_HIDE_LBACK))
		return;
	if (ipv6_addr_v4mapped(addr)) {
		addr->s6_addr32[3] = __vs_show4(nx, addr->s6_addr32[3]);
		return;
	}
	nx_lback6(nx, &own);
	if (ipv6_addr_equal(addr, &own))
		*addr = in6addr_loopback;
}
EXPORT_SYMBOL_GPL(__vs_show6);

/* May the caller not say by which hosts its packets go? */
bool __vs_source_route_refused(void)
{
	return nx_guest(current_nx());
}

/* Is an address, of a family and in network order, not the socket's context's? */
bool __vs_addr_foreign(const struct sock *sk, int family, const void *addr)
{
	if (family == AF_INET)
		return !nx_has4(sk->sk_nx_info, *(const __be32 *)addr, NX_OWN);
	return !nx_has6(sk->sk_nx_info, addr, NX_OWN);
}
EXPORT_SYMBOL_GPL(__vs_addr_foreign);
