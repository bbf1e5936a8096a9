// SPDX-License-Identifier: GPL-2.0
/*
 * What a user may have: processes, pending signals, locked memory, message
 * queues, watches, pipe pages. It is counted for each user of each context, so
 * that users with the same number do not use up what the others may have.
 *
 * An account outlives the tasks that used it, in a pipe or a namespace. It
 * holds a reference to its context; a context that comes later under the same
 * number has accounts of its own.
 */
#include <linux/cred.h>
#include <linux/vserver/account.h>
#include <linux/vserver/context.h>

/**
 * vs_account - the context whose accounts the caller uses
 *
 * Return: a guest, or NULL for the host, which includes the spectator.
 */
struct vx_info *vs_account(void)
{
	struct vx_info *vx = current_vx();

	return vx_guest(vx) ? vx : NULL;
}

/**
 * vs_account_get - the same with a reference
 */
struct vx_info *vs_account_get(void)
{
	return get_vx_info(vs_account());
}

/**
 * vs_account_put - drop the reference of an account
 * @vx: what vs_account_get() gave
 *
 * Context: any.
 */
void vs_account_put(struct vx_info *vx)
{
	put_vx_info(vx);
}

/**
 * vs_account_move - use the accounts of another context
 * @new: credentials under construction, with the new context in place
 *
 * commit_creds() then moves the caller's process from the one to the other.
 *
 * Return: 0, -ENOMEM.
 */
int vs_account_move(struct cred *new)
{
	const struct cred *saved;
	struct user_struct *user;
	int err = 0;

	/* Accounts are found by the caller's credentials. */
	saved = override_creds(new);
	user = alloc_uid(new->uid);
	if (user)
		err = set_cred_ucounts(new);
	revert_creds(saved);
	if (!user)
		return -ENOMEM;
	free_uid(new->user);
	new->user = user;
	return err ? -ENOMEM : 0;
}

/**
 * vs_inc_ucount - count one more for an object that has an account already
 * @ucounts: the account
 * @type: what is counted
 *
 * The caller may be in another context than the one that made the object. As
 * inc_ucount(), which looks the account up again.
 *
 * Return: @ucounts with a reference, or NULL if a limit is reached.
 */
struct ucounts *vs_inc_ucount(struct ucounts *ucounts, enum ucount_type type)
{
	struct ucounts *iter, *undo;

	ucounts = get_ucounts(ucounts);
	for (iter = ucounts; iter; iter = iter->ns->ucounts) {
		long max = READ_ONCE(iter->ns->ucount_max[type]);
		long n = atomic_long_read(&iter->ucount[type]);

		do {
			if (n >= max)
				goto full;
		} while (!atomic_long_try_cmpxchg(&iter->ucount[type], &n, n + 1));
	}
	return ucounts;
full:
	for (undo = ucounts; undo != iter; undo = undo->ns->ucounts)
		atomic_long_dec(&undo->ucount[type]);
	put_ucounts(ucounts);
	return NULL;
}
