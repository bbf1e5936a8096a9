// SPDX-License-Identifier: GPL-2.0
/*
 * Firewalling and routing by context: with kernel.vserver_socket_mark the mark
 * of a guest's socket is its number, which routing rules and packet filters
 * match. The filter is made with nftables' own messages, to need no program.
 */
#include "network.h"
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

/* A message under construction. */
static struct {
	char buf[4096];
	size_t len;
	uint32_t seq;
} m;

static struct nlmsghdr *message(int type, int flags, int family, int subsys)
{
	struct nlmsghdr *n = (struct nlmsghdr *)(m.buf + m.len);
	struct nfgenmsg *g = NLMSG_DATA(n);

	memset(n, 0, NLMSG_SPACE(sizeof(*g)));
	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | flags;
	n->nlmsg_seq = m.seq++;
	n->nlmsg_len = NLMSG_LENGTH(sizeof(*g));
	g->nfgen_family = family;
	g->res_id = htons(subsys);
	m.len += NLMSG_SPACE(sizeof(*g));
	return n;
}

static struct nlattr *attr(int type, const void *data, size_t size)
{
	struct nlattr *a = (struct nlattr *)(m.buf + m.len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + size;
	memset((char *)a + NLA_HDRLEN, 0, NLA_ALIGN(size));
	if (size)
		memcpy((char *)a + NLA_HDRLEN, data, size);
	m.len += NLA_HDRLEN + NLA_ALIGN(size);
	return a;
}

static void text_attr(int type, const char *text)
{
	attr(type, text, strlen(text) + 1);
}

static void number_attr(int type, uint32_t value)
{
	value = htonl(value);
	attr(type, &value, sizeof(value));
}

static struct nlattr *nest(int type)
{
	return attr(type | NLA_F_NESTED, NULL, 0);
}

static void end(struct nlattr *a)
{
	a->nla_len = m.buf + m.len - (char *)a;
}

static void end_message(struct nlmsghdr *n)
{
	n->nlmsg_len = m.buf + m.len - (char *)n;
}

static struct nlattr *expression(const char *name, struct nlattr **elem)
{
	*elem = nest(NFTA_LIST_ELEM);
	text_attr(NFTA_EXPR_NAME, name);
	return nest(NFTA_EXPR_DATA);
}

#define NFT(type)	(NFNL_SUBSYS_NFTABLES << 8 | (type))

static void begin(void)
{
	m.len = 0;
	end_message(message(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

/* Send it all; the result of the last message that asks for one. */
static long commit(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	char buf[8192];
	long ret = 0;

	end_message(message(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	if (sendto(fd, m.buf, m.len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		ret = -errno;
	while (!ret && arrives(fd, 500)) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		for (; n > 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
			if (h->nlmsg_type == NLMSG_ERROR && !ret)
				ret = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
	}
	close(fd);
	return ret;
}

/* table ip vst { chain out { type filter hook output priority 0; meta mark MARK drop } } */
static long filter_out(uint32_t mark)
{
	struct nlattr *a, *list, *elem, *data, *value;
	struct nlmsghdr *n;

	begin();
	n = message(NFT(NFT_MSG_NEWTABLE), NLM_F_CREATE | NLM_F_ACK, AF_INET, 0);
	text_attr(NFTA_TABLE_NAME, "vst");
	end_message(n);

	n = message(NFT(NFT_MSG_NEWCHAIN), NLM_F_CREATE | NLM_F_ACK, AF_INET, 0);
	text_attr(NFTA_CHAIN_TABLE, "vst");
	text_attr(NFTA_CHAIN_NAME, "out");
	a = nest(NFTA_CHAIN_HOOK);
	number_attr(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
	number_attr(NFTA_HOOK_PRIORITY, 0);
	end(a);
	text_attr(NFTA_CHAIN_TYPE, "filter");
	end_message(n);

	n = message(NFT(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, AF_INET, 0);
	text_attr(NFTA_RULE_TABLE, "vst");
	text_attr(NFTA_RULE_CHAIN, "out");
	list = nest(NFTA_RULE_EXPRESSIONS);
	data = expression("meta", &elem);
	number_attr(NFTA_META_KEY, NFT_META_MARK);
	number_attr(NFTA_META_DREG, NFT_REG_1);
	end(data);
	end(elem);
	data = expression("cmp", &elem);
	number_attr(NFTA_CMP_SREG, NFT_REG_1);
	number_attr(NFTA_CMP_OP, NFT_CMP_EQ);
	value = nest(NFTA_CMP_DATA);
	attr(NFTA_DATA_VALUE, &mark, sizeof(mark));
	end(value);
	end(data);
	end(elem);
	data = expression("immediate", &elem);
	number_attr(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = nest(NFTA_IMMEDIATE_DATA);
	a = nest(NFTA_DATA_VERDICT);
	number_attr(NFTA_VERDICT_CODE, NF_DROP);
	end(a);
	end(value);
	end(data);
	end(elem);
	end(list);
	end_message(n);
	return commit();
}

static long filter_gone(void)
{
	struct nlmsghdr *n;

	begin();
	n = message(NFT(NFT_MSG_DELTABLE), NLM_F_ACK, AF_INET, 0);
	text_attr(NFTA_TABLE_NAME, "vst");
	end_message(n);
	return commit();
}

static int udp_socket(const char *text, int port)
{
	(void)port;
	return sock_for(text, SOCK_DGRAM);
}

/* What a datagram to the host gives, from a socket made in a context. */
static long sent(unsigned int nid)
{
	int fd = opened_in(nid, udp_socket, "0.0.0.0", 0);
	union addr to;
	socklen_t len = addr_of(&to, "10.99.0.1", 9);
	long ret = err(sendto(fd, "x", 1, 0, &to.sa, len));

	close(fd);
	return ret;
}

static long mark_of(int fd)
{
	socklen_t len = sizeof(int);
	int mark = -1;

	getsockopt(fd, SOL_SOCKET, SO_MARK, &mark, &len);
	return mark;
}

static void marks(void)
{
	int b, h, lst, c, s;

	lst = opened_in(NID_A, listening, "10.99.0.11", 26000);
	check_is(mark_of(lst), 0, "without the sysctl no mark");
	close(lst);
	check(sh("sysctl -q kernel.vserver_socket_mark=1"), "marks on");
	lst = opened_in(NID_A, listening, "10.99.0.11", 26000);
	b = opened_in(NID_B, listening, "10.99.0.12", 26000);
	h = listening("10.99.0.1", 26000);
	check_is(mark_of(lst), NID_A, "A's socket has A's number");
	check_is(mark_of(b), NID_B, "B's has B's");
	check_is(mark_of(h), 0, "the host's has none");
	c = connected("10.99.0.11", 26000, SOCK_STREAM);
	s = accept(lst, NULL, NULL);
	check_is(mark_of(s), NID_A, "an accepted one has the listener's");
	close(c);
	close(s);

	/* A rule of the host for what A sends. */
	check(sh("ip rule add fwmark 3011 pref 5 to 10.99.77.0/24 prohibit && "
		 "ip route add 10.99.77.0/24 dev vst0"), "a rule for A's packets");
	close(lst);
	close(b);
	close(h);
}

static int udp_to(const char *dest, int port)
{
	return connected(dest, port, SOCK_DGRAM);
}

static void rules(void)
{
	check_is(made(opened_in(NID_A, udp_to, "10.99.77.1", 9)), -EACCES, "A is stopped");
	check_is(made(opened_in(NID_B, udp_to, "10.99.77.1", 9)), 0, "B is not");
	check_is(made(udp_to("10.99.77.1", 9)), 0, "nor the host");
	check_is(made(opened_in(NID_A, udp_to, "10.99.0.1", 9)), 0, "A reaches others");
	check(sh("ip rule del pref 5 && ip route del 10.99.77.0/24 dev vst0"), "the rule goes");

	/* The same with a packet filter. */
	if (check_is(filter_out(NID_A), 0, "nftables: drop what carries A's number")) {
		check_is(sent(NID_A), -EPERM, "nftables: A is stopped");
		check_is(sent(NID_B), 1, "nftables: B is not");
		check_is(sent(0), 1, "nftables: nor the host");
		check_is(filter_gone(), 0, "the filter goes");
		check_is(sent(NID_A), 1, "nftables: without it A sends");
	}
	check(sh("sysctl -q kernel.vserver_socket_mark=0"), "marks off");
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	if (!net_begin())
		return test_end();
	marks();
	rules();
	return net_end();
}
