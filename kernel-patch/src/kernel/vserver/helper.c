// SPDX-License-Identifier: GPL-2.0
/*
 * The helper: the program kernel.vshelper of the host, called when a guest
 * reboots and, if flags ask for it, when a context starts and ends.
 *
 *	PATH ACTION NUMBER	VS_CMD= and for a reboot VS_UID=, VS_PID=
 *
 * It runs as the host's root, in the host's namespaces and outside all
 * contexts. So guests must not be able to start many: for each context there
 * is one at a time, and a few in a minute.
 */
#include <linux/cred.h>
#include <linux/ratelimit.h>
#include <linux/reboot.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/umh.h>
#include <linux/vserver/context.h>
#include <linux/vserver/helper.h>

char vs_helper_path[VS_HELPER_PATH] = "/sbin/vshelper";

/**
 * struct vs_helper - one call
 * @pid: of the process, once it exists, with a reference
 * @argv: for exec
 * @envp: for exec
 * @path: the path is copied because the administrator may change it meanwhile
 * @id: the number in decimal
 * @env: VS_ variables
 */
struct vs_helper {
	struct pid	*pid;
	char		*argv[4];
	char		*envp[7];
	char		path[VS_HELPER_PATH];
	char		id[12];
	char		env[3][24];
};

static struct vs_helper *helper_make(const char *action, u32 id, u32 cmd)
{
	static char * const envp[] = {
		"HOME=/", "TERM=linux", "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
	};
	struct vs_helper *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (!h)
		return NULL;
	strscpy(h->path, vs_helper_path, sizeof(h->path));
	snprintf(h->id, sizeof(h->id), "%u", id);
	snprintf(h->env[0], sizeof(h->env[0]), "VS_CMD=%08x", cmd);
	h->argv[0] = h->path;
	h->argv[1] = (char *)action;
	h->argv[2] = h->id;
	memcpy(h->envp, envp, sizeof(envp));
	h->envp[3] = h->env[0];
	return h;
}

/* Runs in the new process before it becomes the helper. */
static int helper_begin(struct subprocess_info *info, struct cred *new)
{
	struct vs_helper *h = info->data;

	h->pid = get_pid(task_tgid(current));
	return 0;
}

static int helper_run(struct vs_helper *h, int wait)
{
	struct subprocess_info *info;

	if (!h->path[0])
		return -ENOENT;
	info = call_usermodehelper_setup(h->path, h->argv, h->envp, GFP_KERNEL, helper_begin,
					 NULL, h);
	return info ? call_usermodehelper_exec(info, wait) : -ENOMEM;
}

/**
 * vs_helper_call - tell the helper of a context's beginning or end, and wait
 * @obj: the context
 * @action: what happens
 * @cmd: VS_HELPER_ number
 *
 * Return: 0, or anything else if it could not be started or failed.
 * Context: process context; sleeps until the helper has ended.
 */
int vs_helper_call(struct vs_object *obj, const char *action, u32 cmd)
{
	struct vs_helper *h = helper_make(action, obj->id, cmd);
	int ret;

	if (!h)
		return -ENOMEM;
	ret = helper_run(h, UMH_WAIT_PROC);
	put_pid(h->pid);
	kfree(h);
	return ret;
}

bool __vs_reboots_guest(void)
{
	return vx_guest(current_real_vx());
}

/*
 * The capability itself is refused in guests, so that kexec and all else that
 * asks for it stays shut. Here it decides nothing but who inside may call the
 * helper: root, as far as the bounding word leaves it the bit.
 */
static bool may_reboot(struct vx_info *vx)
{
	const struct cred *cred = current_cred();

	return cap_raised(cred->cap_effective, CAP_SYS_BOOT) &&
	       (READ_ONCE(vx->bcaps) & BIT_ULL(CAP_SYS_BOOT)) &&
	       (cred->user_ns == &init_user_ns || vx_owns_user_ns(vx, cred->user_ns));
}

static const char *reboot_action(unsigned int cmd)
{
	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART:
		return "restart";
	case LINUX_REBOOT_CMD_HALT:
		return "halt";
	case LINUX_REBOOT_CMD_POWER_OFF:
		return "poweroff";
	case LINUX_REBOOT_CMD_SW_SUSPEND:
		return "swsusp";
	}
	return NULL;
}

/* One at a time until the process has ended, and not too many. */
static bool helper_free(struct vx_info *vx)
{
	if (vx->helper && !thread_group_exited(vx->helper))
		return false;
	return __ratelimit(&vx->helper_rate);
}

static int reboot_helper(struct vx_info *vx, const char *action, unsigned int cmd)
{
	struct vs_helper *h = helper_make(action, vx->obj.id, cmd);
	int ret;

	if (!h)
		return -EPERM;
	snprintf(h->env[1], sizeof(h->env[1]), "VS_UID=%d",
		 from_kuid(&init_user_ns, current_uid()));
	snprintf(h->env[2], sizeof(h->env[2]), "VS_PID=%d", task_pid_nr(current));
	h->envp[4] = h->env[1];
	h->envp[5] = h->env[2];
	ret = helper_run(h, UMH_WAIT_EXEC);
	put_pid(vx->helper);
	vx->helper = h->pid;
	kfree(h);
	return ret ? -EPERM : 0;
}

/**
 * __vs_reboot - reboot(2) of a task in a context
 * @magic1: as given
 * @magic2: as given
 * @cmd: as given
 *
 * Restart, halt, power off and suspend go to the helper; the caller continues
 * and it is the helper's business what becomes of the guest. With the flag
 * REBOOT_KILL the kernel kills the guest at once. Other commands do nothing.
 *
 * The caller's claim keeps the context alive until the helper has started, so
 * nobody finds it gone before.
 *
 * Return: 0, -EPERM the caller may not or the helper does not start, -EINVAL a
 * wrong magic number, -EAGAIN a helper is at work, or there were too many.
 */
long __vs_reboot(int magic1, int magic2, unsigned int cmd)
{
	struct vx_info *vx = current_real_vx();
	const char *action;
	long ret = -EAGAIN;

	if (!may_reboot(vx))
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	action = reboot_action(cmd);
	if (!action)
		return 0;
	if (test_and_set_bit_lock(0, &vx->helper_busy))
		return -EAGAIN;
	if (helper_free(vx))
		ret = reboot_helper(vx, action, cmd);
	if (!ret) {
		spin_lock(&vx->obj.lock);
		vx->reboot_cmd = cmd;
		spin_unlock(&vx->obj.lock);
	}
	clear_bit_unlock(0, &vx->helper_busy);
	if (!ret && vx_flag(vx, VXF_REBOOT_KILL))
		vx_kill(vx, SIGKILL, NULL);
	return ret;
}
