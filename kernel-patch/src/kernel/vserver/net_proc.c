// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net in a guest: the files that show sockets and devices, each of
 * which filters its lines. What is not listed here tells about the machine,
 * or is new and nobody has looked at it yet.
 */
#include <linux/fs.h>
#include <linux/string.h>
#include <linux/vserver/context.h>
#include <linux/vserver/network.h>
#include <linux/vserver/netview.h>

#include "../../fs/proc/internal.h"

static const char * const nx_proc_net[] = {
	"arp", "dev", "fib_trie", "icmp", "icmp6", "if_inet6", "ipv6_route", "netlink", "packet",
	"protocols", "raw", "raw6", "route", "tcp", "tcp6", "udp", "udp6", "udplite", "udplite6",
	"unix",
};

/* Sockets and connections of everybody, which no flag opens to a guest. */
static const char * const nx_proc_others[] = {
	"ip6_flowlabel", "nf_conntrack", "rpc", "rxrpc", "sctp",
};

static bool nx_listed(const char * const *names, unsigned int n, const char *name, int len)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return true;
	return false;
}

/* May the caller not look at this name? */
bool __vs_proc_net_hidden(const char *name, int len)
{
	const struct nx_info *nx = current_nx();

	if (!nx_guest(nx))
		return false;
	if (!nx_flag(nx, NXF_HIDE_NETIF))
		return nx_listed(nx_proc_others, ARRAY_SIZE(nx_proc_others), name, len);
	return !nx_listed(nx_proc_net, ARRAY_SIZE(nx_proc_net), name, len);
}

struct nx_dir_context {
	struct dir_context	ctx;
	struct dir_context	*orig;
};

static bool nx_emit(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
		    unsigned int type)
{
	struct nx_dir_context *nctx = container_of(ctx, struct nx_dir_context, ctx);
	bool dots = name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));

	if (!dots && __vs_proc_net_hidden(name, len))
		return true;
	nctx->orig->pos = ctx->pos;
	return nctx->orig->actor(nctx->orig, name, len, pos, ino, type);
}

/* Read the directory @de without the names that are hidden from the caller. */
int __vs_proc_net_readdir(struct file *file, struct dir_context *ctx, struct proc_dir_entry *de)
{
	struct nx_dir_context nctx = {
		.ctx.actor	= nx_emit,
		.ctx.pos	= ctx->pos,
		.orig		= ctx,
	};
	int ret;

	ret = proc_readdir_de(file, &nctx.ctx, de);
	ctx->pos = nctx.ctx.pos;
	return ret;
}
