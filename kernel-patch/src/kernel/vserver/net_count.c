// SPDX-License-Identifier: GPL-2.0
/*
 * Messages and bytes through sockets, by address family. A network context
 * counts what passes its sockets, whoever uses them; a process context what
 * its tasks move, whosever the sockets are. Looking without taking (MSG_PEEK)
 * is not counted.
 */
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/socket.h>
#include <linux/vserver/context.h>
#include <linux/vserver/inet.h>
#include <linux/vserver/network.h>
#include <linux/vserver/switch.h>
#include <net/sock.h>

static unsigned int class_of(const struct sock *sk)
{
	switch (sk->sk_family) {
	case AF_UNSPEC:
		return VS_SOCK_UNSPEC;
	case AF_UNIX:
		return VS_SOCK_UNIX;
	case AF_INET:
		return VS_SOCK_INET;
	case AF_INET6:
		return VS_SOCK_INET6;
	case AF_PACKET:
		return VS_SOCK_PACKET;
	}
	return VS_SOCK_OTHER;
}

static void count(const struct sock *sk, unsigned int way, size_t bytes)
{
	const struct vx_info *vx = current_vx();
	const struct nx_info *nx = sk->sk_nx_info;
	unsigned int class = class_of(sk);

	if (nx) {
		this_cpu_inc(nx->counts->number[class][way]);
		this_cpu_add(nx->counts->bytes[class][way], bytes);
	}
	if (vx_guest(vx)) {
		this_cpu_inc(vx->counts->number[class][way]);
		this_cpu_add(vx->counts->bytes[class][way], bytes);
	}
}

/**
 * __vs_count_sent - the caller has sent something
 * @sk: through this
 * @result: number of bytes, or an error
 * @left: how much was not taken
 */
void __vs_count_sent(const struct sock *sk, int result, size_t left)
{
	if (result >= 0)
		count(sk, VS_SOCK_SENT, result);
	else
		count(sk, VS_SOCK_FAILED, left);
}

/**
 * __vs_count_received - the caller has received something
 * @sk: through this
 * @result: number of bytes, or an error
 */
void __vs_count_received(const struct sock *sk, int result)
{
	if (result >= 0)
		count(sk, VS_SOCK_RECEIVED, result);
}

/**
 * vs_counts_sum - add up what the processors have counted
 * @counts: of a context
 * @sum: the answer
 */
void vs_counts_sum(const struct vs_counts __percpu *counts, struct vs_counts *sum)
{
	unsigned int class, way;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct vs_counts *c = per_cpu_ptr(counts, cpu);

		for (class = 0; class < VS_SOCK_CLASSES; class++)
			for (way = 0; way < VS_SOCK_WAYS; way++) {
				sum->number[class][way] += READ_ONCE(c->number[class][way]);
				sum->bytes[class][way] += READ_ONCE(c->bytes[class][way]);
			}
	}
}

/**
 * vs_counts_show - print the counts of a context
 * @m: where to
 * @counts: of the context
 */
void vs_counts_show(struct seq_file *m, const struct vs_counts __percpu *counts)
{
	static const char * const name[VS_SOCK_CLASSES] = {
		"UNSPEC:", "UNIX:", "INET:", "INET6:", "PACKET:", "OTHER:",
	};
	struct vs_counts sum;
	unsigned int class, way;

	vs_counts_sum(counts, &sum);
	seq_puts(m, "Type\t    recv #/bytes\t\t   send #/bytes\t\t    fail #/bytes\n");
	for (class = 0; class < VS_SOCK_CLASSES; class++) {
		seq_puts(m, name[class]);
		for (way = 0; way < VS_SOCK_WAYS; way++)
			seq_printf(m, "\t%10llu/%-10llu", sum.number[class][way],
				   sum.bytes[class][way]);
		seq_putc(m, '\n');
	}
}

/* EINVAL no such class of sockets. */
long vc_sock_stat(struct vs_call *call)
{
	struct vcmd_sock_stat_v0 *data = call->data;
	struct vs_counts sum;
	unsigned int way;

	if (data->field >= VS_SOCK_CLASSES)
		return -EINVAL;
	vs_counts_sum(call->vx->counts, &sum);
	for (way = 0; way < VS_SOCK_WAYS; way++) {
		data->count[way] = sum.number[data->field][way];
		data->total[way] = sum.bytes[data->field][way];
	}
	return 0;
}
