// SPDX-License-Identifier: GPL-2.0
/*
 * Which files of /proc a guest finds: those named here, and what the host adds
 * or takes away. A file is known by its name below /proc, whatever the mount,
 * the namespace, or whether it is there at all right now: so the words outlive
 * inodes, modules and network namespaces. All /proc/PID/net are "net".
 *
 * The files of tasks follow the tasks (pid.c), not these words.
 */
#include <linux/ctype.h>
#include <linux/dcache.h>
#include <linux/hashtable.h>
#include <linux/magic.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/sysctl.h>
#include <linux/utsname.h>
#include <linux/vserver/context.h>
#include <linux/vserver/refuse.h>
#include <linux/vserver/iattr.h>
#include <linux/vserver/proc.h>
#include <net/net_namespace.h>
#include <uapi/vserver/inode.h>

#include "../../fs/proc/internal.h"

/*
 * What programs of a guest need, and nothing that tells of the host's devices,
 * modules or addresses in memory. The first match decides: "/" at the end is a
 * directory with all below, "-" in front hides, and what leads to a shown file
 * is shown itself.
 */
static const char *const shown_list[] = {
	"cgroups", "cpuinfo", "crypto", "devices", "execdomains", "filesystems", "loadavg",
	"locks", "meminfo", "misc", "mounts", "-net/rpc/", "net/", "stat", "swaps", "sysvipc/",
	"tty/drivers", "tty/ldiscs", "uptime", "version", "virtnet/", "virtual/",
	"sys/fs/aio-max-nr", "sys/fs/epoll/", "sys/fs/file-max", "sys/fs/inotify/",
	"sys/fs/lease-break-time", "sys/fs/leases-enable", "sys/fs/mqueue/", "sys/fs/nr_open",
	"sys/fs/overflowgid", "sys/fs/overflowuid", "sys/fs/pipe-max-size",
	"sys/fs/protected_fifos", "sys/fs/protected_hardlinks", "sys/fs/protected_regular",
	"sys/fs/protected_symlinks", "sys/fs/suid_dumpable",
	/* Quota tools look for the directory; what it counts is the machine's. */
	"sys/fs/quota/warnings",
	"sys/kernel/arch", "sys/kernel/cap_last_cap", "sys/kernel/domainname",
	"sys/kernel/hostname", "sys/kernel/msgmax", "sys/kernel/msgmnb", "sys/kernel/msgmni",
	"sys/kernel/ngroups_max", "sys/kernel/osrelease", "sys/kernel/ostype",
	"sys/kernel/overflowgid", "sys/kernel/overflowuid", "sys/kernel/pid_max",
	"sys/kernel/random/", "sys/kernel/randomize_va_space", "sys/kernel/sched_rr_timeslice_ms",
	"sys/kernel/sched_rt_period_us", "sys/kernel/sched_rt_runtime_us", "sys/kernel/seccomp/",
	"sys/kernel/sem", "sys/kernel/shm_rmid_forced", "sys/kernel/shmall", "sys/kernel/shmmax",
	"sys/kernel/shmmni", "sys/kernel/threads-max", "sys/kernel/version",
	"sys/net/core/", "sys/net/unix/",
	"sys/net/ipv4/conf/all/", "sys/net/ipv4/conf/default/", "-sys/net/ipv4/conf/",
	"-sys/net/ipv4/neigh/", "-sys/net/ipv4/route/", "sys/net/ipv4/",
	"sys/net/ipv6/conf/all/", "sys/net/ipv6/conf/default/", "-sys/net/ipv6/conf/",
	"-sys/net/ipv6/neigh/", "-sys/net/ipv6/route/", "sys/net/ipv6/",
	"sys/vm/max_map_count", "sys/vm/mmap_min_addr", "sys/vm/overcommit_kbytes",
	"sys/vm/overcommit_memory", "sys/vm/overcommit_ratio", "sys/vm/swappiness",
};

/* A word that the host has set. */
struct proc_word {
	struct hlist_node	node;
	struct rcu_head		rcu;
	u32			word;
	char			path[];
};

/* Readers under RCU, writers under the lock. */
static DEFINE_HASHTABLE(words, 8);
static DEFINE_MUTEX(words_lock);
/* How many of them hide a file from the host. */
static unsigned int words_of_host;

/* The longest name that can have a word. */
#define PATH_SIZE	256

static bool matches(const char *entry, const char *path, size_t len)
{
	size_t size = strlen(entry);

	if (entry[size - 1] == '/' && len >= size)
		return !memcmp(entry, path, size);
	/* The directory itself, or what leads to it. */
	return size >= len && !memcmp(entry, path, len) && (!entry[len] || entry[len] == '/');
}

static bool shown_by_default(const char *path)
{
	size_t len = strlen(path);
	int i;

	if (!IS_ENABLED(CONFIG_VSERVER_PROC_SECURE))
		return true;
	for (i = 0; i < ARRAY_SIZE(shown_list); i++) {
		if (shown_list[i][0] != '-' && matches(shown_list[i], path, len))
			return true;
		/* What leads to a hidden directory is not hidden for that. */
		if (shown_list[i][0] == '-' && len >= strlen(shown_list[i]) - 2 &&
		    matches(shown_list[i] + 1, path, len))
			return false;
	}
	return false;
}

static struct proc_word *find_word(const char *path, u32 key)
{
	struct proc_word *w;

	hash_for_each_possible_rcu(words, w, node, key, lockdep_is_held(&words_lock))
		if (!strcmp(w->path, path))
			return w;
	return NULL;
}

static u32 word_of(const char *path)
{
	const struct proc_word *w;
	u32 word;

	rcu_read_lock();
	w = find_word(path, full_name_hash(NULL, path, strlen(path)));
	word = w ? READ_ONCE(w->word) : VS_IATTR_ADMIN |
	       (shown_by_default(path) ? 0 : VS_IATTR_HIDE);
	rcu_read_unlock();
	return word;
}

static bool hides_from_host(u32 word)
{
	return (word & VS_IATTR_HIDE) && !(word & VS_IATTR_ADMIN);
}

static int set_word(const char *path, u32 word)
{
	u32 key = full_name_hash(NULL, path, strlen(path));
	struct proc_word *w, *new;

	new = kzalloc(struct_size(new, path, strlen(path) + 1), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	strcpy(new->path, path);
	new->word = word;
	/* Only guests are asked about until the host hides something from itself. */
	if (hides_from_host(word) && !static_key_enabled(&vs_active))
		static_branch_enable(&vs_active);
	mutex_lock(&words_lock);
	w = find_word(path, key);
	if (w)
		hash_del_rcu(&w->node);
	hash_add_rcu(words, &new->node, key);
	WRITE_ONCE(words_of_host, words_of_host + hides_from_host(word) -
				  (w && hides_from_host(w->word)));
	mutex_unlock(&words_lock);
	if (w)
		kfree_rcu(w, rcu);
	return 0;
}

/*
 * The name below /proc of @dentry, or of @name in the directory @dentry. NULL
 * is a task's file, "" the root. An ERR_PTR: it is too long.
 */
static char *proc_path(const struct dentry *dentry, const char *name, char *buf)
{
	size_t room = name ? strlen(name) + 1 : 0;
	char *path, *end;

	if (room >= PATH_SIZE)
		return ERR_PTR(-ENAMETOOLONG);
	path = dentry_path_raw(dentry, buf, PATH_SIZE - room);
	if (IS_ERR(path))
		return path;
	end = buf + PATH_SIZE - room - 1;
	path++;
	if (isdigit(*path)) {
		path = strchr(path, '/');
		if (path && !strncmp(path, "/task/", 6))
			path = strchr(path + 6, '/');
		if (!path || strncmp(path, "/net", 4) || (path[4] && path[4] != '/'))
			return NULL;
		path++;
	} else if (!*path && name && (isdigit(*name) || !strcmp(name, "self") ||
				      !strcmp(name, "thread-self"))) {
		return NULL;
	}
	if (name) {
		if (*path)
			*end++ = '/';
		strcpy(end, name);
	}
	return path;
}

static bool may_find(const struct vx_info *vx, u32 word)
{
	if (!(word & VS_IATTR_HIDE))
		return true;
	if (!vx_guest(vx))
		return word & (vx ? VS_IATTR_WATCH : VS_IATTR_ADMIN);
	return false;
}

/**
 * __vs_proc_shown - may the caller find a file of /proc?
 * @dentry: its name, which need not be in the cache yet; or a directory
 * @name: NULL, or the name of the file in that directory
 *
 * A hidden directory hides all below. A task in set-up is the host's.
 *
 * Context: @dentry has a reference.
 */
bool __vs_proc_shown(const struct dentry *dentry, const char *name)
{
	const struct vx_info *vx = current_real_vx();
	char buf[PATH_SIZE], *path, *slash;

	if (vx_guest(vx) && !vx_confined(vx))
		vx = NULL;
	if ((!vx && !READ_ONCE(words_of_host)) || (current->flags & PF_KTHREAD))
		return true;
	path = proc_path(dentry, name, buf);
	if (IS_ERR(path))
		return !vx;
	if (!path || !*path)
		return true;
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!may_find(vx, word_of(path)))
			return false;
		*slash = '/';
	}
	return may_find(vx, word_of(path));
}

/* The commands on attributes: entries of the tree and the files of /proc/sys. */

static bool iattr_owns(const struct path *path)
{
	const struct inode *inode = d_inode(path->dentry);
	char buf[PATH_SIZE], *name;

	if (!inode || inode->i_sb->s_magic != PROC_SUPER_MAGIC)
		return false;
	if (PDE(inode) || PROC_I(inode)->sysctl)
		return true;
	/* The directory of a task that is not the task's. */
	name = proc_path(path->dentry, NULL, buf);
	return !IS_ERR_OR_NULL(name) && !strcmp(name, "net");
}

static int iattr_get(const struct path *path, struct vs_iattr *attr)
{
	char buf[PATH_SIZE], *name = proc_path(path->dentry, NULL, buf);

	if (IS_ERR(name))
		return PTR_ERR(name);
	/* The root is seen by all. */
	attr->flags |= name && *name ? word_of(name) : VS_IATTR_ADMIN | VS_IATTR_WATCH;
	attr->mask = VS_IATTR_PROC;
	return 0;
}

/* EOPNOTSUPP other bits are to be set, EINVAL a tag is, or the root would hide. */
static int iattr_set(const struct path *path, const struct vs_iattr *attr)
{
	char buf[PATH_SIZE], *name = proc_path(path->dentry, NULL, buf);
	u32 mask = attr->mask & VS_IATTR_PROC, word;

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (attr->mask & VS_IATTR_TAG)
		return -EINVAL;
	if (attr->flags & attr->mask & ~(VS_IATTR_PROC | VS_IATTR_WRITE))
		return -EOPNOTSUPP;
	if (!name || !*name)
		return attr->flags & mask & VS_IATTR_HIDE ? -EINVAL : 0;
	word = word_of(name);
	if (!((word ^ attr->flags) & mask))
		return 0;
	return set_word(name, vs_mask_assign(word, attr->flags, mask));
}

const struct vs_iattr_ops vs_iattr_proc = {
	.owns	= iattr_owns,
	.get	= iattr_get,
	.set	= iattr_set,
};

static bool is_own_setting(const struct vx_info *vx, struct ctl_table_header *head,
			   struct ctl_table *table)
{
	struct nsproxy *ns = current->nsproxy;

	if (table->data == init_uts_ns.name.nodename || table->data == init_uts_ns.name.domainname)
		return ns->uts_ns != &init_uts_ns &&
		       (ns_capable_noaudit(ns->uts_ns->user_ns, CAP_SYS_ADMIN) ||
			(vx_ccap(vx, VXC_SET_UTSNAME) &&
			 cap_raised(current_cred()->cap_effective, CAP_SYS_ADMIN)));
#ifdef CONFIG_SYSCTL
	if (head->set == &ns->net_ns->sysctls)
		return ns->net_ns != &init_net &&
		       ns_capable_noaudit(ns->net_ns->user_ns, CAP_NET_ADMIN);
#endif
	return false;
}

/**
 * __vs_sysctl_denied - may the caller not change a setting of the kernel?
 * @head: of the setting, in use
 * @table: the setting
 *
 * Root of a guest owns these files, and most of them act on the machine. What
 * belongs to a namespace that is not the host's may be changed by who may
 * change the namespace: its names, and all settings of a network.
 */
bool __vs_sysctl_denied(struct ctl_table_header *head, struct ctl_table *table)
{
	const struct vx_info *vx = current_vx();

	if (!vx_confined(vx) || is_own_setting(vx, head, table))
		return false;
	vs_refuse_object(vx, VS_REFUSED_WRITE, 0, -EACCES, "proc:%s", table->procname);
	return true;
}
