/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_VSERVER_KEYS_H
#define _LINUX_VSERVER_KEYS_H

/*
 * Keys belong to a context by their domain, of which each context has one.
 * Macros when off.
 */

#include <linux/vserver/task.h>

struct cred;
struct key;
struct key_tag;
struct keyring_index_key;

#ifdef CONFIG_VSERVER

bool __vs_key_domain(struct keyring_index_key *index_key);
struct key_tag *vs_key_tag(void);
void vs_key_tag_put(struct key_tag *tag);
bool __vs_key_seen(const struct key *key);
bool __vs_key_user_seen(const struct key_tag *tag);
bool __vs_key_no_upcall(void);

/* Give a key its domain if the caller is a guest. */
#define vs_key_domain(index_key) \
	(static_branch_unlikely(&vs_active) && __vs_key_domain(index_key))
/* May the caller find a key by its serial number? */
#define vs_key_seen(key) \
	(!static_branch_unlikely(&vs_active) || __vs_key_seen(key))
/* The order of quota records of the same user. */
#define vs_key_user_before(user)	(vs_key_tag() < (user)->tag)
#define vs_key_user_after(user)		(vs_key_tag() > (user)->tag)
/* A new quota record, which is about to be found by others. */
#define vs_key_user_set(user) \
	do { \
		(user)->tag = vs_key_tag(); \
		if ((user)->tag) \
			refcount_inc(&(user)->tag->usage); \
	} while (0)
#define vs_key_user_clear(user)		vs_key_tag_put((user)->tag)
/* May the caller see a quota record? */
#define vs_key_user_seen(user) \
	(!static_branch_unlikely(&vs_active) || __vs_key_user_seen((user)->tag))
/* Must the host's helper not run for the caller? */
#define vs_key_no_upcall() \
	(static_branch_unlikely(&vs_active) && __vs_key_no_upcall())

#else

#define vs_key_domain(index_key)	false
#define vs_key_seen(key)		true
#define vs_key_user_before(user)	false
#define vs_key_user_after(user)		false
#define vs_key_user_set(user)		do { } while (0)
#define vs_key_user_clear(user)		do { } while (0)
#define vs_key_user_seen(user)		true
#define vs_key_no_upcall()		false

#endif

#endif /* _LINUX_VSERVER_KEYS_H */
