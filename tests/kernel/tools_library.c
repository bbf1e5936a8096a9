// SPDX-License-Identifier: GPL-2.0
/*
 * The library's texts, addresses and configuration reader: what needs no
 * context. The configuration tree is a temporary one.
 */
#include <arpa/inet.h>
#include <vserver.h>
#include "harness.h"

static struct vc_error error;

static bool same(const char *got, const char *want, const char *what)
{
	if (got && !strcmp(got, want))
		return check(true, "%s", what);
	return check(false, "%s: got '%s', want '%s'", what, got ? got : "(null)", want);
}

static void words(vc_word_kind kind, const char *list, uint64_t value, uint64_t mask)
{
	uint64_t v = 0, m = 0;
	int rc = vc_parse_words(kind, list, &v, &m, &error);

	check(!rc && v == value && m == mask, "%s list '%s': %llx/%llx", vc_word_title(kind), list,
	      (unsigned long long)v, (unsigned long long)m);
}

static void bad_words(vc_word_kind kind, const char *list, const char *begin)
{
	uint64_t v = 5, m = 7;
	int rc = vc_parse_words(kind, list, &v, &m, &error);

	check(rc == -1 && errno == EINVAL && error.code == EINVAL && v == 5 && m == 7 &&
	      !strncmp(error.text, begin, strlen(begin)), "%s list '%s' is refused: %s",
	      vc_word_title(kind), list, error.text);
}

static void prints(vc_word_kind kind, uint64_t value, const char *want)
{
	char *text = vc_print_words(kind, value);

	same(text, want, "a word is printed");
	free(text);
}

static void test_words(void)
{
	struct vc_err_listparser where;
	struct vc_ctx_caps caps = { 0 };
	const char *list = "chown,nonsense,kill";
	uint64_t value, all = 0;
	const char *name;
	size_t i;

	words(VC_CFLAG, "", 0, 0);
	words(VC_CFLAG, "private", 8, 8);
	words(VC_CFLAG, "VXF_Private,\tINFO_LOCK ", 9, 9);
	words(VC_CFLAG, "!private,~lock", 0, 9);
	words(VC_CFLAG, "!~private,!!lock,~!~nproc", 9, 13);
	words(VC_CFLAG, "private,!private", 0, 8);
	words(VC_CFLAG, "default", VXF_VIRT_UPTIME | VXF_SC_HELPER, VXF_VIRT_UPTIME | VXF_SC_HELPER);
	words(VC_CFLAG, "secure", VXF_HIDE_NETIF, VXF_HIDE_NETIF);
	words(VC_CCAP, "ping,mount,utsname", 0x10101, 0x10101);
	words(VC_BCAP, "all,!^40", ~(1ULL << 40), ~0ULL);
	words(VC_BCAP, "any", ~0ULL, ~0ULL);
	words(VC_BCAP, "none", 0, 0);
	words(VC_BCAP, "0x10,010,3", 0x1b, 0x1b);
	words(VC_BCAP, "CAP_CHECKPOINT_RESTORE,^63", 1ULL << 63 | 1ULL << 40, 1ULL << 63 | 1ULL << 40);
	words(VC_NFLAG, "remap_lback,hide_lback", 0x4000200, 0x4000200);
	words(VC_NCAP, "nxc_tun_create,multicast", 0x1001, 0x1001);
	words(VC_UMASK, "fs,newnet,newpid", 0x60000200, 0x60000200);
	bad_words(VC_CFLAG, "bogus", "unknown flag 'bogus'; known are lock, nproc,");
	bad_words(VC_BCAP, "chown,a", "unknown bcap 'a'; known are chown, ");
	bad_words(VC_BCAP, "^64", "unknown bcap '^64'");
	bad_words(VC_BCAP, "^", "unknown bcap '^'");
	bad_words(VC_BCAP, "-1", "unknown bcap '-1'");
	bad_words(VC_BCAP, "0x1ffffffffffffffff", "unknown bcap '0x1f");
	bad_words(VC_CCAP, "syslog,,mount", "empty element");
	bad_words(VC_CCAP, "!", "unknown ccap '!'");
	bad_words(VC_UMASK, "vxf_newuts", "unknown namespace 'vxf_newuts'");

	prints(VC_CFLAG, 0, "");
	prints(VC_CFLAG, VXF_VIRT_UPTIME | VXF_SC_HELPER, "default");
	prints(VC_CFLAG, VXF_INFO_INIT | VXF_HIDE_NETIF | 2, "fakeinit,hide_netif,^1");
	prints(VC_BCAP, 1ULL << 40 | 1ULL << 63, "checkpoint_restore,^63");
	prints(VC_BCAP, ~0ULL, "all");

	for (i = 0; (name = vc_word_name(VC_BCAP, i, &value)); i++) {
		check(value == 1ULL << i && vc_text2cap(name) == (int)i &&
		      !strcmp(vc_cap2text(i), name), "capability %zu is %s", i, name);
		all |= value;
	}
	check(i == 41 && all == (1ULL << 41) - 1, "all 41 capabilities have a name");
	check(!(vc_get_securebcaps() >> 32), "the secure preset has no capability above 31");
	check((vc_get_securebcaps() & ~0x20400000ULL) == 0x940c04ff, "the secure preset is the documented one");
	check(vc_get_systemdbcaps() == (vc_get_securebcaps() | 1 << 8), "the preset systemd can give up capabilities");
	check(vc_get_insecurebcaps() == ~vc_get_securebcaps(), "the insecure ones are all others");

	check(vc_list2bcap(list, 0, &where, &caps) == -1 && where.ptr == list + 6 && where.len == 8 &&
	      !caps.bmask, "an old list function tells where");
	check(!vc_list2bcap("chown,kill,zzz", 10, &where, &caps) && caps.bcaps == 0x21, "... and minds the length");
	check(vc_text2cflag("VXF_SCHED_HARDX", 14) == VXF_SCHED_HARD && !vc_text2cflag("nix", 0), "vc_text2cflag");
	check(vc_str2personalitytype("PER_LINUX32", 0) == 8 &&
	      vc_str2personalitytype("linux64", 0) == VC_BAD_PERSONALITY, "personality types");
}

static void address(int (*parse)(const char *, struct vc_net_addr *, struct vc_error *),
		    const char *text, const char *want)
{
	struct vc_net_addr addr;
	char buf[VC_ADDR_TEXT];

	if (parse(text, &addr, &error) < 0)
		check(false, "%s: %s", text, error.text);
	else
		same(vc_print_addr(&addr, buf), want, text);
}

static void bad_address(int (*parse)(const char *, struct vc_net_addr *, struct vc_error *),
			const char *text, int code)
{
	struct vc_net_addr addr;

	check(parse(text, &addr, &error) == -1 && errno == code, "'%s' is refused: %s", text, error.text);
}

static void test_addresses(void)
{
	struct vc_net_addr addr;
	struct in6_addr mask6;
	struct in_addr mask4;
	int i, good = 0;

	address(vc_parse_addr, "10.0.0.5", "10.0.0.5/32");
	address(vc_parse_addr, "10.0.0.5/0", "10.0.0.5/0");
	address(vc_parse_addr, "10.0.0.5/255.255.254.0", "10.0.0.5/23");
	address(vc_parse_addr, "fd00::1", "fd00::1/128");
	address(vc_parse_addr, "[fd00::1]/57", "fd00::1/57");
	address(vc_parse_addr, "fd00::1/ffff:ffff::", "fd00::1/32");
	address(vc_parse_addr, "::ffff:10.0.0.1/128", "::ffff:10.0.0.1/128");
	address(vc_parse_addr, "0.0.0.0", "0.0.0.0/0");
	address(vc_parse_addr, "::", "::/0");
	address(vc_parse_mask, "10.0.0.1/255.0.0.255", "10.0.0.1/255.0.0.255");
	address(vc_parse_mask, "fd00::/8", "fd00::/8");
	address(vc_parse_range, "10.0.0.1-10.0.0.9/24", "10.0.0.1-10.0.0.9/24");
	bad_address(vc_parse_addr, "", EINVAL);
	bad_address(vc_parse_addr, "10.0.0", EINVAL);
	bad_address(vc_parse_addr, "10.0.0.5/", EINVAL);
	bad_address(vc_parse_addr, "10.0.0.5/-1", EINVAL);
	bad_address(vc_parse_addr, "10.0.0.5/33", EINVAL);
	bad_address(vc_parse_addr, "10.0.0.5/ffff::", EINVAL);
	bad_address(vc_parse_addr, "10.0.0.5/255.0.255.0", EINVAL);
	bad_address(vc_parse_addr, "[10.0.0.5]", EINVAL);
	bad_address(vc_parse_addr, "fd00::1/129", EINVAL);
	bad_address(vc_parse_mask, "10.0.0.1", EINVAL);
	bad_address(vc_parse_range, "10.0.0.9-10.0.0.1", ERANGE);
	bad_address(vc_parse_range, "10.0.0.9/24-10.0.0.10", EINVAL);
	bad_address(vc_parse_range, "fd00::1-fd00::2", EINVAL);
	bad_address(vc_parse_range, "10.0.0.9", EINVAL);

	check(!vc_parse_addr("0.0.0.0", &addr, NULL) && addr.vna_type == (NXA_TYPE_IPV4 | NXA_TYPE_MASK),
	      "0.0.0.0 is a mask of everything");
	check(!vc_parse_addr("fd00::9/64", &addr, NULL) && addr.vna_prefix == 64 &&
	      addr.vna_type == (NXA_TYPE_IPV6 | NXA_TYPE_ADDR), "an IPv6 address carries its length");
	for (i = 0; i <= 32; i++)
		good += vc_mask2prefix4(vc_prefix2mask4(i)) == i;
	check(good == 33, "every IPv4 length has its mask");
	for (i = good = 0; i <= 128; i++) {
		mask6 = vc_prefix2mask6(i);
		good += vc_mask2prefix6(&mask6) == i;
	}
	check(good == 129, "every IPv6 length has its mask");
	mask4.s_addr = htonl(0x00ffffff);
	check(vc_mask2prefix4(mask4) == -1, "ones behind zeros are no length");
	mask6 = vc_prefix2mask6(57);
	check(mask6.s6_addr[7] == 0x80 && !mask6.s6_addr[8], "/57 ends within a byte");
	check(!vc_iface_addr("lo", &addr, &error) && addr.vna_v4_ip.s_addr == htonl(INADDR_LOOPBACK) &&
	      addr.vna_prefix == 8, "lo has 127.0.0.1/8");
	check(vc_iface_addr("nix0", &addr, &error) == -1 && errno == ENODEV, "no interface: %s", error.text);
}

static char tree[] = "/tmp/vs-library.XXXXXX";

static void put(const char *path, const char *text)
{
	char full[300];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", tree, path);
	f = fopen(full, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		check(false, "cannot write %s", full);
}

static void make_dir(const char *dir)
{
	char full[300];

	snprintf(full, sizeof(full), "%s/%s", tree, dir);
	if (mkdir(full, 0755))
		check(false, "cannot make %s", full);
}

static void test_config(void)
{
	char *text, **lines, want[300];
	uint64_t v = 0, m = 0;

	make_dir("g");
	put("g/scalar", "\n# no\n  two words \\ * $HOME \t\r\nsecond");
	check(vc_cfg_scalar(tree, "g/scalar", &text, &error) == 1, "a scalar is found");
	same(text, "two words \\ * $HOME", "... trimmed, nothing expanded");
	free(text);
	check(vc_cfg_lines(tree, "g/scalar", &lines, &error) == 2, "two lines");
	same(lines[1], "second", "the last one without a newline");
	vc_guest_list_free(lines);
	put("g/hash", "# no\n \\#1 SMP\n\\\\#\n\\x#\n#\n");
	check(vc_cfg_lines(tree, "g/hash", &lines, &error) == 3, "lines that begin with a backslash");
	same(lines[0], "#1 SMP", "... before #: it stands for #");
	same(lines[1], "\\#", "... two: one is left");
	same(lines[2], "\\x#", "... before anything else: as it is");
	vc_guest_list_free(lines);
	check(!vc_cfg_scalar(tree, "g/none", &text, &error) && !text, "no such file: 0");
	put("g/empty", "");
	check(!vc_cfg_scalar(tree, "g/empty", &text, &error), "an empty file: 0");
	check(vc_cfg_scalar(tree, "g", &text, &error) == -1 && errno == EISDIR, "a directory: %s", error.text);
	put("g/number", "#\n 47\n");
	check(vc_cfg_number(tree, "g/number", 2, 65535, &v, &error) == 1 && v == 47, "a number");
	put("g/number", "\n70000\n");
	check(vc_cfg_number(tree, "g/number", 2, 65535, &v, &error) == -1 && errno == ERANGE, "out of range");
	snprintf(want, sizeof(want), "%s/g/number:2: 70000 is not within 2 to 65535", tree);
	same(error.text, want, "... with file and line");
	put("g/number", "0x10\n");
	check(vc_cfg_number(tree, "g/number", 2, 65535, &v, &error) == -1 && errno == EINVAL, "%s", error.text);
	put("g/bcap", "# list\nCHOWN,kill\n\n!kill\nbpf");
	v = 0;
	check(!vc_cfg_words(tree, "g/bcap", VC_BCAP, &v, &m, &error) && v == (1ULL | 1ULL << 39) &&
	      m == (0x21ULL | 1ULL << 39), "a list of words");
	put("g/bcap", "chown\nnix\n");
	check(vc_cfg_words(tree, "g/bcap", VC_BCAP, &v, &m, &error) == -1 && v == (1ULL | 1ULL << 39),
	      "a bad word changes nothing");
	snprintf(want, sizeof(want), "%s/g/bcap:2: unknown bcap 'nix'; known are chown,", tree);
	check(!strncmp(error.text, want, strlen(want)), "%s", error.text);
}

/* A file of @size bytes whose last line is @last. */
static void put_long(const char *path, size_t size, const char *last)
{
	char *text = malloc(size + 1);

	memset(text, '#', size);
	strcpy(text + size - strlen(last), last);
	text[size - strlen(last) - 1] = '\n';
	put(path, text);
	free(text);
}

/* What is no text of a sensible size is refused, and a long one is read to its end. */
static void test_kinds(void)
{
	static const size_t sizes[] = { 5, 1022, 1023, 1024, 1025, 4096, 65536, 1048576 };
	char path[600], *text;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put_long("g/long", sizes[i], "end");
		check(vc_cfg_scalar(tree, "g/long", &text, &error) == 1, "a file of %zu bytes", sizes[i]);
		same(text, "end", "... to its end");
		free(text);
	}
	put_long("g/long", 1048577, "end");
	check(vc_cfg_scalar(tree, "g/long", &text, &error) == -1 && errno == EFBIG, "%s", error.text);
	snprintf(path, sizeof(path), "%s/g/fifo", tree);
	check(!mkfifo(path, 0600) && vc_cfg_scalar(tree, "g/fifo", &text, &error) == -1 && errno == EINVAL, "%s",
	      error.text);
	snprintf(path, sizeof(path), "%s/g/dev", tree);
	check(!symlink("/dev/zero", path) && vc_cfg_scalar(tree, "g/dev", &text, &error) == -1 && errno == EINVAL,
	      "%s", error.text);
	snprintf(path, sizeof(path), "%s/g/zero", tree);
	put("g/zero", "abc\ndef\n");
	check(!truncate(path, 12) && vc_cfg_scalar(tree, "g/zero", &text, &error) == -1 && errno == EILSEQ, "%s",
	      error.text);
	/* A name that does not fit where short ones are put together. */
	memset(path, '/', 599);
	memcpy(path + 590, "scalar", 7);
	memcpy(path, "g", 1);
	check(vc_cfg_scalar(tree, path, &text, &error) == 1, "a long name");
	free(text);
}

/* Whichever way a guest is named, its directories have one name. */
static void test_places(void)
{
	static const char *const ways[] = { "%s/web", "%s//web", "%s/./web", "%s/b/../web", "%s/web/", "%s/link" };
	char path[300], dir[300], target[400];
	struct vc_guest *guest;
	size_t i;

	snprintf(dir, sizeof(dir), "%s/web", tree);
	snprintf(path, sizeof(path), "%s/link", tree);
	check(!symlink("web", path), "a link");
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path, sizeof(path), ways[i], tree);
#pragma GCC diagnostic pop
		guest = vc_guest_load(path, &error);
		same(guest ? guest->dir : NULL, dir, path);
		snprintf(target, sizeof(target), "%s/vdir", dir);
		same(guest ? guest->vdir : NULL, target, "... and its root");
		vc_guest_free(guest);
	}
	make_dir("far");
	snprintf(path, sizeof(path), "%s/far/vdir", tree);
	check(!symlink("../link/vdir", path), "a vdir by way of a link");
	guest = vc_guest_open("far", &error);
	same(guest ? guest->vdir : NULL, target, "is where that leads");
	vc_guest_free(guest);
	unlink(path);
	check(!symlink("/nowhere", path), "a vdir that leads nowhere");
	guest = vc_guest_open("far", &error);
	check(guest && !guest->vdir && !guest->run_there, "is a guest without a root");
	vc_guest_free(guest);
	unlink(path);
	check(!symlink("../web/context", path), "a vdir that is a file");
	guest = vc_guest_open("far", &error);
	check(guest && !guest->vdir, "is none either");
	vc_guest_free(guest);
	put("far/run", "4711\n");
	guest = vc_guest_open("far", &error);
	check(guest && guest->xid == VC_NOCTX && guest->run_there, "a run file that is not true is noticed");
	vc_guest_free(guest);
}

static void test_guests(void)
{
	static const char *const bad[] = { "12", ".x", "-x", "a b", "self", "", "a/b" };
	char mark[VHI_SIZE], mark2[VHI_SIZE], path[300], other[310];
	struct vc_guest *guest;
	char **ids, *text;
	size_t i;

	make_dir("web");
	make_dir("web/vdir");
	put("web/context", "500\n");
	put("web/ncontext", "501\n");
	make_dir("b");
	make_dir("b/vdir");
	put("b/name", "Bee\n");
	put("b/legacy", "");
	make_dir(".defaults");
	make_dir("no-vdir");
	check(vc_guest_list(&ids, &error) == 2 && !strcmp(ids[0], "b") && !strcmp(ids[1], "web") && !ids[2],
	      "the list has what has a vdir");
	vc_guest_list_free(ids);
	guest = vc_guest_open("web", &error);
	check(guest && guest->conf_xid == 500 && guest->conf_nid == 501 && guest->xid == VC_NOCTX &&
	      !guest->runfile, "a guest by name");
	same(guest ? guest->name : NULL, "web", "its name is that of the directory");
	snprintf(path, sizeof(path), "%s/web/vdir", tree);
	same(guest ? guest->vdir : NULL, path, "its root");
	vc_guest_free(guest);
	snprintf(path, sizeof(path), "%s/web", tree);
	guest = vc_guest_open(path, &error);
	same(guest ? guest->dir : NULL, path, "a guest by path");
	vc_guest_free(guest);
	check(!vc_guest_open("b", &error) && errno == ENOTSUP, "the old style: %s", error.text);
	check(vc_getVserverCfgStyle("b") == vcCFG_LEGACY && vc_getVserverCfgStyle("web") == vcCFG_RECENT_SHORT &&
	      vc_getVserverCfgStyle("nix") == vcCFG_NONE, "styles");
	check(!vc_guest_open("nix", &error) && errno == ENOENT, "%s", error.text);
	check(!vc_guest_open("no-vdir", &error) && errno == ENOENT, "%s", error.text);
	check(!vc_guest_open(".defaults", &error) && errno == EINVAL, "%s", error.text);
	check(!vc_guest_open("a/b", &error) && errno == EINVAL, "%s", error.text);
	check(!vc_guest_open("", &error) && errno == EINVAL, "%s", error.text);
	check(vc_xidopt2xid("web", true, NULL) == 500 && vc_nidopt2nid(":web\n", true, NULL) == 501,
	      "numbers of a stopped guest");
	check(vc_xidopt2xid("web", false, NULL) == VC_NOCTX && vc_xidopt2xid("65536", true, NULL) == VC_NOCTX &&
	      vc_xidopt2xid("65535\n", true, NULL) == 65535 && vc_xidopt2xid("self", true, NULL) == VC_SAMECTX,
	      "option arguments");
	text = vc_getVserverVdir("web", vcCFG_AUTO, false);
	snprintf(other, sizeof(other), "%s/vdir", path);
	same(text, other, "vc_getVserverVdir");
	free(text);
	check(!vc_compareVserverById("web", vcCFG_AUTO, path, vcCFG_AUTO), "name and path are the same guest");

	vc_guest_mark("/etc/vservers/web", mark);
	same(mark, "/etc/vservers/web", "a short directory is its own mark");
	memset(other, 'x', 100);
	strcpy(other + 100, "1");
	vc_guest_mark(other, mark);
	strcpy(other + 100, "2");
	vc_guest_mark(other, mark2);
	check(strlen(mark) == 64 && strcmp(mark, mark2), "long directories are told apart");
	check(!vc_guest_check_name("web-1.test_x", &error), "a legal name");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(vc_guest_check_name(bad[i], &error) == -1 && errno == EINVAL, "%s", error.text);
}

int main(void)
{
	char command[64];

	test_begin();
	if (!mkdtemp(tree))
		check(false, "cannot make %s", tree);
	setenv("VS_CONFDIR", tree, 1);
	same(vc_confdir(), tree, "VS_CONFDIR replaces the configuration directory");
	test_words();
	test_addresses();
	test_config();
	test_kinds();
	test_guests();
	test_places();
	check(!strcmp(vc_reason(VCMD_ctx_create, EEXIST), "the context exists already"), "reasons are the command's");
	check(!vc_error_set(NULL, EIO, "x") == 0 && errno == EIO, "an error object may be missing");
	check(vc_getXIDType(0) == vcTYPE_MAIN && vc_getXIDType(1) == vcTYPE_WATCH &&
	      vc_getXIDType(65535) == vcTYPE_STATIC && vc_getXIDType(65536) == vcTYPE_INVALID, "kinds of numbers");
	snprintf(command, sizeof(command), "rm -rf %s", tree);
	check(!system(command), "the tree is removed");
	return test_end();
}
