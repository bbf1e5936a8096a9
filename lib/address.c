// SPDX-License-Identifier: GPL-2.0
/* Addresses as users write them, and as /proc/virtnet shows them. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

struct in_addr vc_prefix2mask4(unsigned int prefix)
{
	struct in_addr mask;

	mask.s_addr = prefix ? htonl(~0U << (prefix < 32 ? 32 - prefix : 0)) : 0;
	return mask;
}

struct in6_addr vc_prefix2mask6(unsigned int prefix)
{
	struct in6_addr mask;
	unsigned int i;

	for (i = 0; i < 16; i++, prefix = prefix > 8 ? prefix - 8 : 0)
		mask.s6_addr[i] = prefix >= 8 ? 0xff : (uint8_t)(0xff00 >> prefix);
	return mask;
}

int vc_mask2prefix4(struct in_addr mask)
{
	uint32_t m = ntohl(mask.s_addr);

	if (~m & (~m + 1))
		return -1;
	return __builtin_popcount(m);
}

int vc_mask2prefix6(const struct in6_addr *mask)
{
	struct in6_addr good;
	int i, prefix = 0;

	for (i = 0; i < 16; i++)
		prefix += __builtin_popcount(mask->s6_addr[i]);
	good = vc_prefix2mask6(prefix);
	return memcmp(&good, mask, sizeof(good)) ? -1 : prefix;
}

/* An address of either family at the start of @addr; @text may have brackets. */
static bool parse_ip(const char *text, struct vc_net_addr *addr)
{
	char buf[INET6_ADDRSTRLEN + 2];
	size_t len = strlen(text);

	if (len >= sizeof(buf))
		return false;
	strcpy(buf, text);
	if (len > 2 && buf[0] == '[' && buf[len - 1] == ']') {
		buf[len - 1] = '\0';
		if (inet_pton(AF_INET6, buf + 1, &addr->vna_v6_ip) != 1)
			return false;
		addr->vna_type = NXA_TYPE_IPV6;
		return true;
	}
	if (inet_pton(AF_INET, buf, &addr->vna_v4_ip) == 1) {
		addr->vna_type = NXA_TYPE_IPV4;
		return true;
	}
	if (inet_pton(AF_INET6, buf, &addr->vna_v6_ip) == 1) {
		addr->vna_type = NXA_TYPE_IPV6;
		return true;
	}
	return false;
}

static void set_prefix(struct vc_net_addr *addr, unsigned int prefix)
{
	if (addr->vna_type & NXA_TYPE_IPV6) {
		addr->vna_v6_mask = vc_prefix2mask6(prefix);
		addr->vna_prefix = prefix;
	} else {
		addr->vna_v4_mask = vc_prefix2mask4(prefix);
		addr->vna_prefix = prefix;
	}
}

/* What stands behind the slash of @whole. */
static int parse_length(const char *text, const char *whole, struct vc_net_addr *addr,
			struct vc_error *err)
{
	bool v6 = addr->vna_type & NXA_TYPE_IPV6;
	unsigned int max = v6 ? 128 : 32;
	struct in6_addr mask6;
	struct in_addr mask4;
	uint64_t prefix;
	int len;

	if (str_number(text, max, &prefix)) {
		set_prefix(addr, prefix);
		return 0;
	}
	if (v6 ? inet_pton(AF_INET6, text, &mask6) != 1 : inet_pton(AF_INET, text, &mask4) != 1)
		return vc_error_set(err, EINVAL, "'%s' in '%s' is neither a length of 0 to %u nor %s mask",
				    text, whole, max, v6 ? "an IPv6" : "a dotted");
	/* A mask with holes means something to MASK entries only; length then stays 0. */
	len = v6 ? vc_mask2prefix6(&mask6) : vc_mask2prefix4(mask4);
	if (len < 0 && !(addr->vna_type & NXA_TYPE_MASK))
		return vc_error_set(err, EINVAL, "'%s' in '%s' is no netmask: its ones are not all in front",
				    text, whole);
	if (len >= 0) {
		set_prefix(addr, len);
	} else if (v6) {
		addr->vna_v6_mask = mask6;
		addr->vna_prefix = 0;
	} else {
		addr->vna_v4_mask = mask4;
	}
	return 0;
}

/* IP[/LENGTH]; what kind of entry it becomes is @type. */
static int parse_entry(const char *text, uint16_t type, bool need_length, struct vc_net_addr *addr,
		       struct vc_error *err)
{
	const char *slash = strchr(text, '/');
	struct vc_net_addr new = { 0 };
	char ip[64];

	if (slash ? (size_t)(slash - text) >= sizeof(ip) : strlen(text) >= sizeof(ip))
		return vc_error_set(err, EINVAL, "'%.80s' is no IPv4 or IPv6 address", text);
	snprintf(ip, sizeof(ip), "%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);
	if (!parse_ip(ip, &new))
		return vc_error_set(err, EINVAL, "'%s' is no IPv4 or IPv6 address", ip);
	new.vna_type |= type;
	if (slash) {
		if (parse_length(slash + 1, text, &new, err) < 0)
			return -1;
	} else if (need_length) {
		return vc_error_set(err, EINVAL, "'%s' lacks /LENGTH or /MASK", text);
	} else {
		set_prefix(&new, new.vna_type & NXA_TYPE_IPV6 ? 128 : 32);
	}
	*addr = new;
	return 0;
}

int vc_parse_addr(const char *text, struct vc_net_addr *addr, struct vc_error *err)
{
	bool any;

	if (parse_entry(text, NXA_TYPE_ADDR, false, addr, err) < 0)
		return -1;
	any = addr->vna_type & NXA_TYPE_IPV6 ? IN6_IS_ADDR_UNSPECIFIED(&addr->vna_v6_ip) :
	      !addr->vna_v4_ip.s_addr;
	if (any) {
		addr->vna_type ^= NXA_TYPE_ADDR | NXA_TYPE_MASK;
		set_prefix(addr, 0);
	}
	return 0;
}

int vc_parse_mask(const char *text, struct vc_net_addr *addr, struct vc_error *err)
{
	return parse_entry(text, NXA_TYPE_MASK, true, addr, err);
}

int vc_parse_range(const char *text, struct vc_net_addr *addr, struct vc_error *err)
{
	const char *dash = strchr(text, '-');
	struct vc_net_addr first, last;
	char from[64];

	if (!dash || (size_t)(dash - text) >= sizeof(from))
		return vc_error_set(err, EINVAL, "'%.120s' is no range FIRST-LAST[/LENGTH]", text);
	snprintf(from, sizeof(from), "%.*s", (int)(dash - text), text);
	if (strchr(from, '/'))
		return vc_error_set(err, EINVAL, "'%s': the length stands behind the last address", text);
	if (parse_entry(from, NXA_TYPE_RANGE, false, &first, err) < 0 ||
	    parse_entry(dash + 1, NXA_TYPE_RANGE, false, &last, err) < 0)
		return -1;
	if ((first.vna_type | last.vna_type) & NXA_TYPE_IPV6)
		return vc_error_set(err, EINVAL, "'%s': the kernel takes ranges of IPv4 addresses only", text);
	if (ntohl(first.vna_v4_ip.s_addr) > ntohl(last.vna_v4_ip.s_addr))
		return vc_error_set(err, ERANGE, "'%s' ends before it begins", text);
	first.vna_v4_ip2 = last.vna_v4_ip;
	first.vna_v4_mask = last.vna_v4_mask;
	first.vna_prefix = last.vna_prefix;
	*addr = first;
	return 0;
}

static int iface_ioctl(int fd, unsigned long request, const char *ifname, struct in_addr *result)
{
	struct ifreq req = { 0 };
	struct sockaddr_in sin;

	memcpy(req.ifr_name, ifname, strlen(ifname));
	if (ioctl(fd, request, &req) < 0)
		return -1;
	memcpy(&sin, &req.ifr_addr, sizeof(sin));
	*result = sin.sin_addr;
	return 0;
}

int vc_iface_addr(const char *ifname, struct vc_net_addr *addr, struct vc_error *err)
{
	struct vc_net_addr new = { .vna_type = NXA_TYPE_IPV4 | NXA_TYPE_ADDR };
	int fd, code;

	if (!*ifname || strlen(ifname) >= IFNAMSIZ)
		return vc_error_set(err, ENODEV, "'%.80s' is no name of an interface", ifname);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return vc_error_set(err, errno, "cannot open a socket: %s", strerrordesc_np(errno));
	if (iface_ioctl(fd, SIOCGIFADDR, ifname, &new.vna_v4_ip) < 0 ||
	    iface_ioctl(fd, SIOCGIFNETMASK, ifname, &new.vna_v4_mask) < 0) {
		code = errno;
		close(fd);
		if (code == ENODEV)
			return vc_error_set(err, code, "there is no interface '%s'", ifname);
		return vc_error_set(err, code, "cannot read the IPv4 address of interface %s: %s",
				    ifname, strerrordesc_np(code));
	}
	close(fd);
	new.vna_prefix = vc_mask2prefix4(new.vna_v4_mask);
	*addr = new;
	return 0;
}

const char *vc_print_addr(const struct vc_net_addr *addr, char *buf)
{
	bool v6 = addr->vna_type & NXA_TYPE_IPV6;
	int family = v6 ? AF_INET6 : AF_INET;
	char ip[INET6_ADDRSTRLEN], ip2[INET_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];
	int prefix;

	if ((addr->vna_type & NXA_TYPE_ANY) == NXA_TYPE_ANY)
		return strcpy(buf, "all");
	/* Both unions begin with the address of either family. */
	inet_ntop(family, &addr->vna_v6_ip, ip, sizeof(ip));
	if (addr->vna_type & (NXA_MOD_BCAST | NXA_MOD_LBACK))
		return strcpy(buf, ip);
	/* A single IPv6 address has a mask of all ones and its network in the prefix. */
	if (v6)
		prefix = addr->vna_type & NXA_TYPE_ADDR ? addr->vna_prefix :
			 vc_mask2prefix6(&addr->vna_v6_mask);
	else
		prefix = vc_mask2prefix4(addr->vna_v4_mask);
	if (prefix >= 0)
		snprintf(mask, sizeof(mask), "%d", prefix);
	else
		inet_ntop(family, &addr->vna_v6_mask, mask, sizeof(mask));
	if (addr->vna_type & NXA_TYPE_RANGE && !v6) {
		inet_ntop(AF_INET, &addr->vna_v4_ip2, ip2, sizeof(ip2));
		snprintf(buf, VC_ADDR_TEXT, "%s-%s/%s", ip, ip2, mask);
	} else {
		snprintf(buf, VC_ADDR_TEXT, "%s/%s", ip, mask);
	}
	return buf;
}

/* "N:\t[ip-ip2/mask:type]" or "N:\t[ip6/mask6/prefix:type]" */
static bool parse_info_line(const char *line, struct vc_net_addr *addr)
{
	char ip[64], second[64], third[64];
	struct vc_net_addr new = { 0 };
	unsigned int type, prefix;

	if (sscanf(line, "%*u:\t[%63[0-9.]-%63[0-9.]/%63[0-9.]:%x]", ip, second, third, &type) == 4) {
		new.vna_type = NXA_TYPE_IPV4;
		if (inet_pton(AF_INET, ip, &new.vna_v4_ip) != 1 ||
		    inet_pton(AF_INET, second, &new.vna_v4_ip2) != 1 ||
		    inet_pton(AF_INET, third, &new.vna_v4_mask) != 1)
			return false;
		new.vna_prefix = vc_mask2prefix4(new.vna_v4_mask) < 0 ? 0 : vc_mask2prefix4(new.vna_v4_mask);
	} else if (sscanf(line, "%*u:\t[%63[0-9a-f:]/%63[0-9a-f:]/%u:%x]", ip, second, &prefix,
			  &type) == 4) {
		new.vna_type = NXA_TYPE_IPV6;
		if (inet_pton(AF_INET6, ip, &new.vna_v6_ip) != 1 ||
		    inet_pton(AF_INET6, second, &new.vna_v6_mask) != 1)
			return false;
		new.vna_prefix = prefix;
	} else {
		return false;
	}
	new.vna_type |= type & (NXA_TYPE_ADDR | NXA_TYPE_MASK | NXA_TYPE_RANGE);
	*addr = new;
	return true;
}

int vc_net_addresses(nid_t nid, struct vc_net_addr **addrs, struct vc_error *err)
{
	struct vc_net_addr *list = NULL, *more, one;
	char path[64], line[256];
	int count = 0;
	FILE *f;

	if ((int32_t)nid < 0) {
		nid = vc_get_task_nid(0);
		if (nid == VC_NONID)
			return vc_error_call(err, VCMD_task_nid, "cannot find the own network context");
	}
	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", nid);
	f = fopen(path, "re");
	if (!f)
		return vc_error_set(err, errno == ENOENT ? ESRCH : errno,
				    "cannot read the addresses of network context %u: %s", nid,
				    errno == ENOENT ? "no such network context" : strerrordesc_np(errno));
	while (fgets(line, sizeof(line), f)) {
		if (!parse_info_line(line, &one))
			continue;
		more = reallocarray(list, count + 1, sizeof(*list));
		if (!more) {
			free(list);
			fclose(f);
			return vc_error_set(err, ENOMEM, "out of memory");
		}
		list = more;
		list[count++] = one;
	}
	fclose(f);
	*addrs = list;
	return count;
}
