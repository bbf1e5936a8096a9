// SPDX-License-Identifier: GPL-2.0
/*
 * The addresses of a network context: adding, removing, asking.
 *
 * Every change builds a new set and replaces the old one, so that readers,
 * many of them in softirq, need neither a lock nor a retry.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vserver/network.h>
#include <net/ipv6.h>

/* Orders all changes of all sets; the index is locked inside. */
static DEFINE_MUTEX(nx_set_mutex);

static struct nx_set *nx_set_locked(struct nx_info *nx)
{
	return rcu_dereference_protected(nx->set, lockdep_is_held(&nx_set_mutex));
}

/**
 * nx_set_init - give a new context its loopback addresses
 * @nx: the context, not yet visible
 *
 * Return: 0, -ENOMEM.
 */
int nx_set_init(struct nx_info *nx)
{
	struct nx_set *set = nx_set_alloc(0, 0, 2);

	if (!set)
		return -ENOMEM;
	set->lback = nx_default_lback(nx->obj.id);
	set->bcast = htonl(INADDR_BROADCAST);
	nx_default_lback6(nx->obj.id, &set->lback6);
	RCU_INIT_POINTER(nx->set, set);
	mutex_lock(&nx_set_mutex);
	nx_index_replace(nx, set, NULL);
	mutex_unlock(&nx_set_mutex);
	return 0;
}

/**
 * nx_set_drop - take the addresses of a context out of the index
 * @nx: a context that nobody finds any more
 *
 * The set itself stays for the sockets that are left.
 */
void nx_set_drop(struct nx_info *nx)
{
	mutex_lock(&nx_set_mutex);
	nx->gone = true;
	nx_index_replace(nx, NULL, nx_set_locked(nx));
	mutex_unlock(&nx_set_mutex);
}

/* What a change does to the lists: one entry more, one less, none left. */
struct nx_change {
	const struct nx_v4	*add4;
	const struct nx_v6	*add6;
	int			del4;	/* index, -1 none, NX_ALL */
	int			del6;
	__be32			lback;	/* 0: as before */
	__be32			bcast;
	bool			set_bcast;
};

#define NX_NONE	-1
#define NX_ALL	-2
#define NX_CHANGE { .del4 = NX_NONE, .del6 = NX_NONE }

static unsigned int new_count(unsigned int n, int del, bool add)
{
	if (del == NX_ALL)
		n = 0;
	else if (del >= 0)
		n--;
	return n + add;
}

static int nx_change(struct nx_info *nx, const struct nx_change *c)
{
	struct nx_set *old = nx_set_locked(nx), *new;
	unsigned int i, n4 = 0, n6 = 0, owners;

	if (nx->gone)
		return -ESRCH;
	/* Each range needs as many nodes as it has prefixes; count what will be there. */
	owners = nx_owner_count(old) + 1;
	if (c->add4 && c->add4->type == NXA_TYPE_RANGE)
		owners += 62;
	new = nx_set_alloc(new_count(old->n4, c->del4, c->add4),
			   new_count(old->n6, c->del6, c->add6), owners);
	if (!new)
		return -ENOMEM;
	new->lback = c->lback ?: old->lback;
	new->bcast = c->set_bcast ? c->bcast : old->bcast;
	new->lback6 = old->lback6;
	if (c->del4 != NX_ALL)
		for (i = 0; i < old->n4; i++)
			if (i != c->del4)
				new->v4[n4++] = old->v4[i];
	if (c->add4)
		new->v4[n4] = *c->add4;
	if (c->del6 != NX_ALL)
		for (i = 0; i < old->n6; i++)
			if (i != c->del6)
				new->v6[n6++] = old->v6[i];
	if (c->add6)
		new->v6[n6] = *c->add6;
	new->owners = nx_owner_count(new);
	nx_set_index(new);

	/* Found only while it is a member: index last for what comes, first for what goes. */
	rcu_assign_pointer(nx->set, new);
	nx_index_replace(nx, new, old);
	kvfree_rcu(old, rcu);
	return 0;
}

static int find4(const struct nx_set *set, const struct nx_v4 *e)
{
	unsigned int i;

	for (i = 0; i < set->n4; i++) {
		const struct nx_v4 *o = &set->v4[i];

		if (o->ip == e->ip && o->ip2 == e->ip2 && o->mask == e->mask &&
		    o->type == e->type && o->flags == e->flags)
			return i;
	}
	return NX_NONE;
}

static int find6(const struct nx_set *set, const struct nx_v6 *e)
{
	unsigned int i;

	for (i = 0; i < set->n6; i++) {
		const struct nx_v6 *o = &set->v6[i];

		if (ipv6_addr_equal(&o->ip, &e->ip) && ipv6_addr_equal(&o->mask, &e->mask) &&
		    o->prefix == e->prefix && o->type == e->type && o->flags == e->flags)
			return i;
	}
	return NX_NONE;
}

/**
 * nx_add4 - add an IPv4 entry
 * @nx: the context
 * @e: the entry; its type is ADDR, MASK or RANGE
 *
 * With the second entry "the single address" has no meaning any more and the
 * flag goes.
 *
 * Return: 0, -EEXIST the same entry is there, -EINVAL an empty range, -ENOMEM,
 * -ESRCH the context is gone.
 */
int nx_add4(struct nx_info *nx, const struct nx_v4 *e)
{
	struct nx_change c = NX_CHANGE;
	bool many = false;
	int err = -EEXIST;

	if (e->type == NXA_TYPE_RANGE && ntohl(e->ip) > ntohl(e->ip2))
		return -EINVAL;
	c.add4 = e;
	mutex_lock(&nx_set_mutex);
	if (find4(nx_set_locked(nx), e) < 0) {
		err = nx_change(nx, &c);
		many = nx_set_locked(nx)->n4 > 1;
	}
	mutex_unlock(&nx_set_mutex);
	if (!err && many)
		vs_object_set_flags(&nx->obj, 0, NXF_SINGLE_IP);
	return err;
}

/* After a change that took something away. */
static int nx_taken(const struct nx_info *nx, int err)
{
	if (!err)
		nx_close_lost(nx);
	return err;
}

/**
 * nx_remove4 - remove an IPv4 entry
 * @nx: the context
 * @e: the entry, all members equal
 *
 * Sockets on an address that is lost by this are closed.
 *
 * Return: 0, -ESRCH no such entry, -ENOMEM.
 */
int nx_remove4(struct nx_info *nx, const struct nx_v4 *e)
{
	struct nx_change c = NX_CHANGE;
	int err = -ESRCH;

	mutex_lock(&nx_set_mutex);
	c.del4 = find4(nx_set_locked(nx), e);
	if (c.del4 >= 0)
		err = nx_change(nx, &c);
	mutex_unlock(&nx_set_mutex);
	return nx_taken(nx, err);
}

static int nx_change_locked(struct nx_info *nx, const struct nx_change *c)
{
	int err;

	mutex_lock(&nx_set_mutex);
	err = nx_change(nx, c);
	mutex_unlock(&nx_set_mutex);
	return err;
}

/**
 * nx_clear4 - remove all IPv4 entries
 * @nx: the context
 *
 * Return: 0, -ENOMEM, -ESRCH the context is gone.
 */
int nx_clear4(struct nx_info *nx)
{
	struct nx_change c = NX_CHANGE;

	c.del4 = NX_ALL;
	return nx_taken(nx, nx_change_locked(nx, &c));
}

/**
 * nx_add6 - add an IPv6 entry
 * @nx: the context
 * @e: the entry; its type is ADDR or MASK
 *
 * Return: as nx_add4().
 */
int nx_add6(struct nx_info *nx, const struct nx_v6 *e)
{
	struct nx_change c = NX_CHANGE;
	int err = -EEXIST;

	c.add6 = e;
	mutex_lock(&nx_set_mutex);
	if (find6(nx_set_locked(nx), e) < 0)
		err = nx_change(nx, &c);
	mutex_unlock(&nx_set_mutex);
	return err;
}

/**
 * nx_remove6 - remove an IPv6 entry
 * @nx: the context
 * @e: the entry, all members equal; sockets as in nx_remove4()
 *
 * Return: 0, -ESRCH no such entry, -ENOMEM.
 */
int nx_remove6(struct nx_info *nx, const struct nx_v6 *e)
{
	struct nx_change c = NX_CHANGE;
	int err = -ESRCH;

	mutex_lock(&nx_set_mutex);
	c.del6 = find6(nx_set_locked(nx), e);
	if (c.del6 >= 0)
		err = nx_change(nx, &c);
	mutex_unlock(&nx_set_mutex);
	return nx_taken(nx, err);
}

/**
 * nx_clear6 - remove all IPv6 entries
 * @nx: the context
 *
 * Return: 0, -ENOMEM, -ESRCH the context is gone.
 */
int nx_clear6(struct nx_info *nx)
{
	struct nx_change c = NX_CHANGE;

	c.del6 = NX_ALL;
	return nx_taken(nx, nx_change_locked(nx, &c));
}

/**
 * nx_set_lback - choose what 127.0.0.1 means inside
 * @nx: the context
 * @addr: an address, not 0
 *
 * Return: 0, -EINVAL, -ENOMEM, -ESRCH the context is gone.
 */
int nx_set_lback(struct nx_info *nx, __be32 addr)
{
	struct nx_change c = NX_CHANGE;

	if (!addr)
		return -EINVAL;
	c.lback = addr;
	return nx_taken(nx, nx_change_locked(nx, &c));
}

/**
 * nx_set_bcast - choose the broadcast address
 * @nx: the context
 * @addr: the address
 *
 * Return: 0, -ENOMEM, -ESRCH the context is gone.
 */
int nx_set_bcast(struct nx_info *nx, __be32 addr)
{
	struct nx_change c = NX_CHANGE;

	c.bcast = addr;
	c.set_bcast = true;
	return nx_change_locked(nx, &c);
}

static unsigned int ask_of(const struct nx_info *nx, unsigned int ask)
{
	/* 127.0.0.1 stands for the own loopback only where it is remapped. */
	if (nx_flag(nx, NXF_LBACK_REMAP))
		return ask | NX_REMAP;
	return ask & ~NX_LOOPBACK;
}

/**
 * nx_has4 - is an IPv4 address the context's?
 * @nx: a real context
 * @addr: the address
 * @ask: NX_ bits without NX_REMAP, what counts
 *
 * Context: any.
 */
bool nx_has4(const struct nx_info *nx, __be32 addr, unsigned int ask)
{
	bool has;

	rcu_read_lock();
	has = nx_set_has4(rcu_dereference(nx->set), addr, ask_of(nx, ask));
	rcu_read_unlock();
	return has;
}
EXPORT_SYMBOL_GPL(nx_has4);

/**
 * nx_has6 - is an IPv6 address the context's?
 * @nx: a real context
 * @addr: the address; a mapped IPv4 address is looked up as such
 * @ask: NX_ bits without NX_REMAP, what counts
 *
 * Context: any.
 */
bool nx_has6(const struct nx_info *nx, const struct in6_addr *addr, unsigned int ask)
{
	bool has;

	rcu_read_lock();
	has = nx_set_has6(rcu_dereference(nx->set), addr, ask_of(nx, ask));
	rcu_read_unlock();
	return has;
}
EXPORT_SYMBOL_GPL(nx_has6);

/* Has the context IPv4 at all: an entry, or a loopback of its own? */
bool nx_has_v4(const struct nx_info *nx)
{
	bool has;

	rcu_read_lock();
	has = nx_flag(nx, NXF_LBACK_REMAP) || rcu_dereference(nx->set)->n4;
	rcu_read_unlock();
	return has;
}

/* Likewise IPv6: servers that listen on :: by default start where only ::1 is there. */
bool nx_has_v6(const struct nx_info *nx)
{
	bool has;

	rcu_read_lock();
	has = nx_flag(nx, NXF_LBACK_REMAP) || rcu_dereference(nx->set)->n6;
	rcu_read_unlock();
	return has;
}
