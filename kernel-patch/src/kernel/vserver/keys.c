// SPDX-License-Identifier: GPL-2.0
/*
 * Keys. Each context is a domain of keys: what is made inside belongs to it
 * and only that is found, whatever the user. So uid 0 of a guest has other
 * user keyrings and another quota than uid 0 of the host, though both have the
 * same names, and the kernel's garbage collector removes the keys of a context
 * that has ended.
 *
 * The host's administrator may look at the keys of guests and not use them: a
 * guest chooses their names and contents.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/key.h>
#include <linux/key-type.h>
#include <linux/keyctl.h>
#include <linux/lsm_hooks.h>
#include <linux/slab.h>
#include <linux/vserver/context.h>
#include <linux/vserver/keys.h>
#include "lsm.h"

/**
 * vs_key_tag - the domain of the caller
 *
 * Return: that of its context, or NULL for the host, which has the kernel's
 * own domains. It is the caller's as long as it stays in its context.
 */
struct key_tag *vs_key_tag(void)
{
	struct vx_info *vx = current_vx();

	return vx_guest(vx) ? vx->key_tag : NULL;
}

void vs_key_tag_put(struct key_tag *tag)
{
	if (tag)
		key_put_tag(tag);
}

/* Keyrings with a dot are the kernel's: userland cannot make them. */
static bool is_register(const struct key_type *type, const char *description)
{
	return type == &key_type_keyring && description[0] == '.';
}

bool __vs_key_domain(struct keyring_index_key *index_key)
{
	struct key_tag *tag = vs_key_tag();

	if (!tag || is_register(index_key->type, index_key->description))
		return false;
	index_key->domain_tag = tag;
	return true;
}

/* A serial number of another context names no key. */
bool __vs_key_seen(const struct key *key)
{
	const struct key_tag *tag = vs_key_tag();

	return !tag || tag == key->domain_tag;
}

bool __vs_key_user_seen(const struct key_tag *tag)
{
	return current_vx() == &vx_watch || vs_key_tag() == tag;
}

bool __vs_key_no_upcall(void)
{
	return vs_key_tag();
}

/*
 * The same for keys that are reached otherwise. The registers, through which the kernel finds the
 * keyrings of users, are common to all; the search itself keeps to the domain.
 */
static int vs_key_permission(key_ref_t ref, const struct cred *cred, enum key_need_perm need)
{
	const struct key *key = key_ref_to_ptr(ref);
	const struct key_tag *tag = key->domain_tag;

	if (vx_guest(cred->vx_info)) {
		if (tag == cred->vx_info->key_tag)
			return 0;
		if (!tag->guest && need == KEY_NEED_SEARCH && is_key_possessed(ref) &&
		    is_register(key->type, key->description))
			return 0;
		return -ENOKEY;
	}
	if (!tag->guest)
		return 0;
	switch (need) {
	case KEY_NEED_VIEW:
	case KEY_NEED_READ:
	case KEY_DEFER_PERM_CHECK:	/* reading; asks again */
		return security_capable(cred, &init_user_ns, CAP_SYS_ADMIN, CAP_OPT_NOAUDIT) ?
		       -EACCES : 0;
	default:
		return -EACCES;
	}
}

/**
 * vx_keys_init - make the domain of a new context
 * @vx: the context
 *
 * Return: 0, -ENOMEM.
 */
int vx_keys_init(struct vx_info *vx)
{
	vx->key_tag = kzalloc(sizeof(*vx->key_tag), GFP_KERNEL_ACCOUNT);
	if (!vx->key_tag)
		return -ENOMEM;
	refcount_set(&vx->key_tag->usage, 1);
	vx->key_tag->guest = true;
	return 0;
}

/**
 * vx_keys_end - let the keys of a context go
 * @vx: a context without tasks
 */
void vx_keys_end(struct vx_info *vx)
{
	struct key_tag *tag = vx->key_tag;

	if (refcount_read(&tag->usage) == 1) {
		tag->removed = true;
		return;
	}
	/* Old credentials still point to it until vx_keys_free(). */
	refcount_inc(&tag->usage);
	key_remove_domain(tag);
}

/**
 * vx_keys_free - drop the context's own reference to its domain
 * @vx: the context, which nobody uses any more
 */
void vx_keys_free(struct vx_info *vx)
{
	vs_key_tag_put(vx->key_tag);
}

/**
 * vx_keys_leave - leave the keyrings of one context behind for another
 * @new: credentials under construction
 *
 * Without a session keyring a task has its user's, as the first task of a
 * machine has.
 */
void vx_keys_leave(struct cred *new)
{
	key_put(new->session_keyring);
	key_put(new->process_keyring);
	key_put(new->thread_keyring);
	key_put(new->request_key_auth);
	new->session_keyring = NULL;
	new->process_keyring = NULL;
	new->thread_keyring = NULL;
	new->request_key_auth = NULL;
	new->jit_keyring = KEY_REQKEY_DEFL_DEFAULT;
#ifdef CONFIG_KEYS_REQUEST_CACHE
	key_put(current->cached_requested_key);
	current->cached_requested_key = NULL;
#endif
}

static struct security_hook_list vs_key_hooks[] __lsm_ro_after_init = {
	LSM_HOOK_INIT(key_permission, vs_key_permission),
};

void __init vs_key_lsm_init(void)
{
	security_add_hooks(vs_key_hooks, ARRAY_SIZE(vs_key_hooks), "vserver");
}
