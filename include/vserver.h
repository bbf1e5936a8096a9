/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_H
#define VSERVER_H

/*
 * libvserver: virtual servers from C. Link with `pkg-config --libs util-vserver`.
 *
 * A context number (xid_t, nid_t) is VS_ID_MIN to VS_ID_MAX, or VC_SAMECTX for
 * the caller's own. Three kinds of functions:
 *
 * - System calls return -1 and set errno, 0 or a number otherwise. What each
 *   errno means to the command stands in <vserver/context.h>,
 *   <vserver/network.h> and <vserver/space.h>; vc_reason() puts it in words.
 *   ENOSYS: no vserver kernel, or the caller lacks CAP_SYS_ADMIN. EPERM: not
 *   the host, or CAP_SYS_RESOURCE is missing. ESRCH: no such context.
 * - Functions with a last parameter `struct vc_error *err` set errno as well
 *   and leave number and sentence there (null: not wanted).
 * - Texts: names to words and back.
 *
 * Nothing is printed and no state is kept: all functions but vc_confdir(),
 * vc_rundir() and vc_vdirbase(), which keep their first answer, may be called
 * from several threads. Strings said to be malloc'ed belong to the caller.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vserver/command.h>
#include <vserver/context.h>
#include <vserver/limit.h>
#include <vserver/network.h>
#include <vserver/space.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t xid_t;
typedef uint32_t nid_t;

#define VC_NOCTX		((xid_t)-1)
#define VC_NONID		((nid_t)-1)
#define VC_DYNAMIC_XID		VC_NOCTX	/* no longer given out: EINVAL */
#define VC_DYNAMIC_NID		VC_NONID
#define VC_SAMECTX		((xid_t)-2)

/* ---- Errors ------------------------------------------------------------ */

#define VC_ERROR_TEXT		768

/* A failure: errno and one sentence without the program's name and newline. */
struct vc_error {
	int	code;
	char	text[VC_ERROR_TEXT];
};

/*
 * Fills *@err (may be null) with @code and the formatted sentence, sets errno
 * to @code and returns -1, so that a caller can `return vc_error_set(...)`.
 */
int vc_error_set(struct vc_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The same for a command of the system call that just failed with errno:
 * the sentence is the formatted text, ": " and vc_reason(@cmd, errno).
 */
int vc_error_call(struct vc_error *err, uint32_t cmd, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * What errno @code means as the answer to command @cmd (VCMD_...; 0: none
 * in particular), e.g. "this kernel has no vserver support". Never null.
 */
const char *vc_reason(uint32_t cmd, int code);

/* ---- System ------------------------------------------------------------ */

/* The raw call. Returns its result, or -1 and errno. */
long vc_syscall(uint32_t cmd, xid_t id, void *data);

/* Interface version, e.g. 0x00020308; -1 on failure. */
int vc_get_version(void);

/* Configuration word (VCI_... bits); all ones on failure. */
uint64_t vc_get_vci(void);

/* Version of the running Linux as 0xMMmmpp; -1 on failure. */
int vc_get_kernel(void);

/* Features of the running kernel that clients ask for by name. */
typedef enum {
	vcFEATURE_VKILL, vcFEATURE_IATTR, vcFEATURE_RLIMIT, vcFEATURE_COMPAT,
	vcFEATURE_MIGRATE, vcFEATURE_NAMESPACE, vcFEATURE_SCHED, vcFEATURE_VINFO,
	vcFEATURE_VHI, vcFEATURE_VSHELPER0, vcFEATURE_VSHELPER, vcFEATURE_VWAIT,
	vcFEATURE_VNET, vcFEATURE_VSTAT, vcFEATURE_PPTAG, vcFEATURE_PIDSPACE,
	vcFEATURE_SPACES, vcFEATURE_PERSISTENT, vcFEATURE_PIVOT_ROOT,
	vcFEATURE_MEMCG, vcFEATURE_DYNAMIC, vcFEATURE_BME,
} vcFeatureSet;

/* False also when the kernel has no vserver support. */
bool vc_isSupported(vcFeatureSet feature);

/* The same by name ("SPACES"); false with errno EINVAL for an unknown name. */
bool vc_isSupportedString(const char *name);

/* The @index-th feature name, null behind the last. */
const char *vc_feature_name(size_t index);

typedef enum {
	vcTYPE_INVALID, vcTYPE_MAIN, vcTYPE_WATCH, vcTYPE_STATIC, vcTYPE_DYNAMIC,
} vcXidType;

/* What a number is: host, watch, static (2..65535); INVALID otherwise. */
vcXidType vc_getXIDType(xid_t xid);

/* Always false: this interface gives out no numbers by itself. */
bool vc_is_dynamic_xid(xid_t xid);

/*
 * Waits for child @pid and ends the caller as the child ended: same exit
 * status or same signal. Exits with @ret when waiting fails.
 */
void vc_exitLikeProcess(pid_t pid, int ret) __attribute__((noreturn));

/* ---- Process contexts --------------------------------------------------- */

struct vc_ctx_flags {
	uint64_t flagword, mask;
};

struct vc_ctx_caps {
	uint64_t bcaps, bmask;
	uint64_t ccaps, cmask;
};

struct vc_umask {
	uint64_t umask, mask;
};

struct vc_wmask {
	uint64_t wmask, mask;
};

struct vc_vx_info {
	xid_t	xid;
	pid_t	initpid;	/* on the host; 0 none, -1 for the ids 0 and 1 */
};

struct vc_ctx_stat {
	uint32_t usecnt;
	uint32_t tasks;		/* live tasks, plus one if persistent */
};

struct vc_virt_stat {
	uint64_t offset;
	uint64_t uptime;	/* ns */
	uint32_t nr_threads, nr_running, nr_uninterruptible, nr_onhold, nr_forks;
	uint32_t load[3];	/* in 1/2048 */
};

struct vc_exit {
	int32_t	reboot_cmd;	/* last reboot(2) command given inside, or 0 */
	int32_t	exit_code;	/* as wait(2) reports it */
};

/*
 * Creates context @xid and moves the caller in. @flags null: VXF_INIT_SET
 * (set-up, no init, administrable) and nothing unshared; only the flagword is
 * used. Returns the xid. EEXIST, EBUSY (exists, in set-up), EINVAL, EPERM.
 */
xid_t vc_ctx_create(xid_t xid, const struct vc_ctx_flags *flags);

/* Moves the calling thread into @xid, or leaves it there while in set-up. @flags: VXM_*. */
int vc_ctx_migrate(xid_t xid, uint64_t flags);

int vc_ctx_stat(xid_t xid, struct vc_ctx_stat *stat);
int vc_virt_stat(xid_t xid, struct vc_virt_stat *stat);

/* @pid: 0 all, -1 all but the init, 1 the init, else a pid of the host. */
int vc_ctx_kill(xid_t xid, pid_t pid, int sig);

/* Waits for the end of @xid, restarting nothing: EINTR is returned. */
int vc_wait_exit(xid_t xid);
int vc_wait_exit_status(xid_t xid, struct vc_exit *how);

/* A get fills value and mask; a set changes the bits in the mask. */
int vc_get_cflags(xid_t xid, struct vc_ctx_flags *flags);
int vc_set_cflags(xid_t xid, const struct vc_ctx_flags *flags);
int vc_get_umask(xid_t xid, struct vc_umask *umask);
int vc_set_umask(xid_t xid, const struct vc_umask *umask);
int vc_get_wmask(xid_t xid, struct vc_wmask *wmask);
int vc_set_wmask(xid_t xid, const struct vc_wmask *wmask);

/* Both words; a set skips a word whose mask is 0 and does bcaps first. */
int vc_get_ccaps(xid_t xid, struct vc_ctx_caps *caps);
int vc_set_ccaps(xid_t xid, const struct vc_ctx_caps *caps);

/* One of the words alone: the b members, the c members. */
int vc_get_bcaps(xid_t xid, struct vc_ctx_caps *caps);
int vc_set_bcaps(xid_t xid, const struct vc_ctx_caps *caps);

int vc_get_vx_info(xid_t xid, struct vc_vx_info *info);

/* The xid of the task with host pid @pid (0: the caller); VC_NOCTX, ESRCH. */
xid_t vc_get_task_xid(pid_t pid);

typedef enum {
	vcVHI_CONTEXT = VHIN_CONTEXT, vcVHI_SYSNAME, vcVHI_NODENAME, vcVHI_RELEASE,
	vcVHI_VERSION, vcVHI_MACHINE, vcVHI_DOMAINNAME,
} vc_uts_type;

/*
 * Names. A get terminates the text and fails with ENOSPC when @len is too
 * small; a set takes @len bytes (at most VHI_SIZE - 1: ENAMETOOLONG).
 */
int vc_get_vhi_name(xid_t xid, vc_uts_type type, char *val, size_t len);
int vc_set_vhi_name(xid_t xid, vc_uts_type type, const char *val, size_t len);

/* "context", "sysname" ... for the type, null behind the last. */
const char *vc_vhi_field(unsigned int type);

/* All existing contexts, ascending, malloc'ed; -1 or their number. */
int vc_ctx_list(xid_t **xids, struct vc_error *err);
int vc_net_list(nid_t **nids, struct vc_error *err);

/* ---- Spaces -------------------------------------------------------------- */

/* @mask: CLONE_NEW... and CLONE_FS; 0 all. @index: 0 or 1. */
int vc_enter_namespace(xid_t xid, uint64_t mask, uint32_t index);
int vc_set_namespace(xid_t xid, uint64_t mask, uint32_t index);

/* What the kernel can store, and its default; all ones on failure. */
uint64_t vc_get_space_mask(void);
uint64_t vc_get_space_default(void);

/* ---- Network contexts ----------------------------------------------------- */

struct vc_net_flags {
	uint64_t flagword, mask;
};

struct vc_net_caps {
	uint64_t ncaps, cmask;
};

struct vc_nx_info {
	nid_t nid;
};

/*
 * One entry of an address set. vna_type is NXA_TYPE_IPV4 or NXA_TYPE_IPV6
 * together with NXA_TYPE_ADDR, _MASK or _RANGE and perhaps NXA_MOD_BCAST or
 * NXA_MOD_LBACK; or NXA_TYPE_ANY: everything of both families, for removal.
 * ADDR: mask (and prefix) say the network. MASK: all that agree with ip in
 * the bits of mask. RANGE: ip to ip2. Prefix is used with IPv6.
 */
struct vc_net_addr {
	uint16_t vna_type, vna_flags, vna_prefix, vna_parent;
	union {
		struct in_addr	vna_v4_ip;
		struct in6_addr	vna_v6_ip;
	};
	union {
		struct in_addr	vna_v4_ip2;
		struct in6_addr	vna_v6_ip2;
	};
	union {
		struct in_addr	vna_v4_mask;
		struct in6_addr	vna_v6_mask;
	};
};

#define VC_ADDR_TEXT		160	/* room for any printed address */

/* Creates @nid with the kernel's default flags and moves the caller in. */
nid_t vc_net_create(nid_t nid);

/* The same with a flag word. */
nid_t vc_net_create_flags(nid_t nid, uint64_t flagword);

int vc_net_migrate(nid_t nid);

/* EEXIST, ESRCH, EINVAL (type; range of IPv6), EAFNOSUPPORT (no IPv6). */
int vc_net_add(nid_t nid, const struct vc_net_addr *addr);
int vc_net_remove(nid_t nid, const struct vc_net_addr *addr);

/* The entries of @nid in order, malloc'ed; -1 or their number. */
int vc_net_addresses(nid_t nid, struct vc_net_addr **addrs, struct vc_error *err);

int vc_get_nflags(nid_t nid, struct vc_net_flags *flags);
int vc_set_nflags(nid_t nid, const struct vc_net_flags *flags);
int vc_get_ncaps(nid_t nid, struct vc_net_caps *caps);
int vc_set_ncaps(nid_t nid, const struct vc_net_caps *caps);

int vc_get_nx_info(nid_t nid, struct vc_nx_info *info);
nid_t vc_get_task_nid(pid_t pid);

/*
 * A[/PREFIX|/MASK]: one address; without length /32 or /128. IPv6 may stand
 * in brackets; 0.0.0.0 and :: without length are every address (a MASK).
 */
int vc_parse_addr(const char *text, struct vc_net_addr *addr, struct vc_error *err);

/* A/PREFIX|/MASK: every address of it. */
int vc_parse_mask(const char *text, struct vc_net_addr *addr, struct vc_error *err);

/* A-B[/PREFIX|/MASK]: A to B inclusive (IPv4). ERANGE: B before A. */
int vc_parse_range(const char *text, struct vc_net_addr *addr, struct vc_error *err);

/* First IPv4 address of an interface, with its mask. ENODEV, EADDRNOTAVAIL. */
int vc_iface_addr(const char *ifname, struct vc_net_addr *addr, struct vc_error *err);

/* In the syntax that the parser takes; returns @buf (VC_ADDR_TEXT bytes). */
const char *vc_print_addr(const struct vc_net_addr *addr, char *buf);

/* 0..32 for a mask of leading ones, -1 for any other. */
int vc_mask2prefix4(struct in_addr mask);
int vc_mask2prefix6(const struct in6_addr *mask);
struct in_addr vc_prefix2mask4(unsigned int prefix);
struct in6_addr vc_prefix2mask6(unsigned int prefix);

/* ---- Texts ---------------------------------------------------------------- */

typedef enum {
	VC_BCAP, VC_CCAP, VC_CFLAG, VC_NFLAG, VC_NCAP, VC_UMASK, VC_PERSONALITY,
} vc_word_kind;

/*
 * Reads a list: `name`, `!name` or `~name` (clear), `^N` (bit), a number,
 * `all`, `any`, `none`, separated by commas; case and the usual prefix (CAP_)
 * do not matter. What it says is added to *@value and *@mask, later elements
 * winning. EINVAL with a sentence that names the element and the known names.
 */
int vc_parse_words(vc_word_kind kind, const char *text, uint64_t *value, uint64_t *mask,
		   struct vc_error *err);

/* "a,b,^63" as a malloc'ed string, "all" for all bits, empty for 0. */
char *vc_print_words(vc_word_kind kind, uint64_t value);

/* The @index-th name and its value, null behind the last. */
const char *vc_word_name(vc_word_kind kind, size_t index, uint64_t *value);
/* "context flag" */
const char *vc_word_title(vc_word_kind kind);

/* Where a list was wrong. */
struct vc_err_listparser {
	const char *ptr;
	size_t	len;
};

/*
 * Per kind: the value of one name (0 unknown; @len 0: strlen); the first name
 * of the lowest bits of *@v, which are cleared (null: none known is left; the
 * rest stays); and a list (-1 and *@err). See vc_parse_words().
 */
uint64_t vc_text2bcap(const char *str, size_t len);
uint64_t vc_text2ccap(const char *str, size_t len);
uint64_t vc_text2cflag(const char *str, size_t len);
uint64_t vc_text2nflag(const char *str, size_t len);
uint64_t vc_text2ncap(const char *str, size_t len);
uint64_t vc_text2umask(const char *str, size_t len);
const char *vc_lobcap2text(uint64_t *v);
const char *vc_loccap2text(uint64_t *v);
const char *vc_locflag2text(uint64_t *v);
const char *vc_lonflag2text(uint64_t *v);
const char *vc_loncap2text(uint64_t *v);
const char *vc_loumask2text(uint64_t *v);
int vc_list2bcap(const char *s, size_t len, struct vc_err_listparser *err, struct vc_ctx_caps *w);
int vc_list2ccap(const char *s, size_t len, struct vc_err_listparser *err, struct vc_ctx_caps *w);
int vc_list2cflag(const char *s, size_t len, struct vc_err_listparser *err, struct vc_ctx_flags *w);
int vc_list2nflag(const char *s, size_t len, struct vc_err_listparser *err, struct vc_net_flags *w);
int vc_list2ncap(const char *s, size_t len, struct vc_err_listparser *err, struct vc_net_caps *w);
int vc_list2umask(const char *s, size_t len, struct vc_err_listparser *err, struct vc_umask *w);

/* Number of a capability (-1 unknown), and back (null). */
int vc_text2cap(const char *str);
const char *vc_cap2text(unsigned int cap);

#define VC_BAD_PERSONALITY	((uint32_t)-1)

uint32_t vc_str2personalitytype(const char *str, size_t len);
const char *vc_personalitytype2str(uint32_t type);
uint32_t vc_text2personalityflag(const char *str, size_t len);
const char *vc_lopersonality2text(uint32_t *v);
int vc_list2personalityflag(const char *s, size_t len, uint32_t *w, struct vc_err_listparser *err);

/* What a guest gets by default, and with systemd as its init; all other bits are off. */
uint64_t vc_get_securebcaps(void);
uint64_t vc_get_insecurebcaps(void);
uint64_t vc_get_systemdbcaps(void);

#define VC_SECURE_CCAPS		(VXC_SET_UTSNAME | VXC_RAW_ICMP | VXC_AUDIT_CONTROL)
#define VC_SECURE_CFLAGS	VXF_HIDE_NETIF
#define VC_SECURE_NCAPS		NXC_RAW_ICMP
#define VC_SECURE_NFLAGS	NXF_HIDE_NETIF

static inline uint64_t vc_get_insecureccaps(void) { return ~(uint64_t)VC_SECURE_CCAPS; }

/* ---- Guests ---------------------------------------------------------------- */

typedef enum {
	vcCFG_NONE, vcCFG_AUTO, vcCFG_LEGACY, vcCFG_RECENT_SHORT, vcCFG_RECENT_FULL,
} vcCfgStyle;

typedef enum { vcCTX_XID = 1, vcCTX_NID } vcCtxType;

/*
 * Directories: configuration tree, run files, parent of the guests' roots.
 * The environment variables VS_CONFDIR, VS_RUNDIR and VS_VDIRBASE replace the
 * built-in ones, and CONFDIR/.defaults/vdirbase the last, except in programs
 * that gained privileges at exec.
 */
const char *vc_confdir(void);
const char *vc_rundir(void);
const char *vc_vdirbase(void);

/* A guest as the configuration tells it. */
struct vc_guest {
	char	*name;		/* as shown to people */
	char	*dir;		/* configuration directory, absolute */
	char	*vdir;		/* root directory, physical; null: there is none */
	char	*runfile;	/* what NAME/run points to; null: no such link */
	xid_t	conf_xid;	/* from `context`; VC_NOCTX: none */
	nid_t	conf_nid;	/* from `ncontext`, else as conf_xid */
	xid_t	xid;		/* running context; VC_NOCTX: stopped */
	bool	run_there;	/* a run file, true or not, was there when @xid was found out */
};

/*
 * Looks a guest up: short name, ./path, ../path, /path or the number of a
 * running context. Null: ENOENT no such guest, EINVAL malformed name or
 * number in its files, ENOTSUP a guest of the old configuration style.
 */
struct vc_guest *vc_guest_open(const char *id, struct vc_error *err);

/* The same without looking whether it runs: @xid is VC_NOCTX until vc_guest_update(). */
struct vc_guest *vc_guest_load(const char *id, struct vc_error *err);
void vc_guest_free(struct vc_guest *guest);

/* Looks again whether the guest runs; returns its xid or VC_NOCTX. */
xid_t vc_guest_update(struct vc_guest *guest);

/* Configured guests, sorted, null-terminated and malloc'ed; -1 or number. */
int vc_guest_list(char ***ids, struct vc_error *err);
void vc_guest_list_free(char **ids);

/* 0, or EINVAL with the rule that a new guest's short name breaks. */
int vc_guest_check_name(const char *name, struct vc_error *err);

/* The context name (vcVHI_CONTEXT) of a running guest: @dir, or if that is long its beginning, '#', a hash of all. */
void vc_guest_mark(const char *dir, char mark[VHI_SIZE]);

/*
 * One setting, @file below directory @dir. Rules for every file: UTF-8,
 * `#` lines and blank ones are skipped, blanks around a line are cut, nothing
 * is expanded; `\#` begins a line with `#`. The first line (malloc'ed): 1, 0 when
 * there is no such file or line, -1 error. All lines: null-terminated array, -1 or their number.
 */
int vc_cfg_scalar(const char *dir, const char *file, char **value, struct vc_error *err);
int vc_cfg_lines(const char *dir, const char *file, char ***lines, struct vc_error *err);

/* A number in [@min, @max]; ERANGE or EINVAL name file and line. 1, 0, -1. */
int vc_cfg_number(const char *dir, const char *file, uint64_t min, uint64_t max,
		  uint64_t *value, struct vc_error *err);

/* A list of words, added to *@value and *@mask; errors name file and line. */
int vc_cfg_words(const char *dir, const char *file, vc_word_kind kind, uint64_t *value,
		 uint64_t *mask, struct vc_error *err);

/* The interface of earlier versions; strings are malloc'ed or null. */
vcCfgStyle vc_getVserverCfgStyle(const char *id);
char *vc_getVserverName(const char *id, vcCfgStyle style);
char *vc_getVserverCfgDir(const char *id, vcCfgStyle style);
char *vc_getVserverAppDir(const char *id, vcCfgStyle style, const char *app);
char *vc_getVserverVdir(const char *id, vcCfgStyle style, bool physical);
xid_t vc_getVserverCtx(const char *id, vcCfgStyle style, bool honor_static, bool *is_running,
		       vcCtxType type);
char *vc_getVserverByCtx(xid_t xid, vcCfgStyle *style, const char *revdir);
int vc_compareVserverById(const char *id1, vcCfgStyle style1, const char *id2, vcCfgStyle style2);

/*
 * An option's argument: `self`, a number, `:NAME` or NAME of a guest. With
 * @honor_static a stopped guest's configured number will do. VC_NOCTX and a
 * reason in *@err_info (static text) on failure; the second form explains more.
 */
xid_t vc_xidopt2xid(const char *id, bool honor_static, const char **err_info);
nid_t vc_nidopt2nid(const char *id, bool honor_static, const char **err_info);
int vc_parse_id(const char *id, vcCtxType type, bool honor_static, uint32_t *result,
		struct vc_error *err);

#ifdef __cplusplus
}
#endif
#include <vserver-disk.h>
#include <vserver-files.h>
#include <vserver-limit.h>
#endif /* VSERVER_H */
