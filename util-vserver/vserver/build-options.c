// SPDX-License-Identifier: GPL-2.0
/* Options of `vserver NAME build`. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "conf.h"

enum kind { FLAG, TEXT, LIST };

#define AT(member) offsetof(struct build, member)

static const struct option_of_build {
	const char	*name, *arg;
	enum kind	kind;
	size_t		at;
	const char	*help;
} table[] = {
	{ "-m", "METHOD", TEXT, AT(method), "how the root directory is filled; required" },
	{ "--force", NULL, FLAG, AT(force), "rename what exists to NAME.~TIME~" },
	{ "--i-know-its-there", NULL, FLAG, AT(known_there), "use a root directory that is not empty" },
	{ "--keep", NULL, FLAG, AT(keep), "leave everything as it is after a failure" },
	{ "--debug", NULL, FLAG, AT(debug), "show what the method does" },
	{ "--rootdir", "DIR", TEXT, AT(rootbase), "parent of the root directory" },
	{ "--confdir", "DIR", TEXT, AT(confdir), "the configuration directory" },
	{ "--lockfile", "FILE", TEXT, AT(runfile), "where the xid is noted while it runs" },
	{ "--context", "N", TEXT, AT(context), "context number; default: the next free one" },
	{ "--hostname", "NAME", TEXT, AT(hostname), "its host name" },
	{ "--interface", "[LABEL=][DEV:]IP[/LENGTH]", LIST, AT(interfaces),
	  "an address; DEV `nodev`: it exists on the host. Repeatable" },
	{ "--netdev", "DEV", TEXT, AT(netdev), "device of all interfaces" },
	{ "--netmask", "MASK", TEXT, AT(netmask), "mask of all IPv4 addresses" },
	{ "--netprefix", "N", TEXT, AT(netprefix), "prefix length of all IPv4 addresses" },
	{ "--netbcast", "ADDRESS", TEXT, AT(netbcast), "broadcast address" },
	{ "--flags", "A,B", LIST, AT(flags), "context flags. Repeatable" },
	{ "--initstyle", "STYLE", TEXT, AT(style), "sysv, plain, systemd ...; default: found out at start" },
};

#define N_TABLE	(sizeof(table) / sizeof(*table))

const char *package_dir(void)
{
	const char *dir = secure_getenv("VS_PKGLIBDIR");

	return dir ? dir : VS_PKGLIBDIR;
}

static int is_method(const struct dirent *e)
{
	return e->d_name[0] != '.' && !strchr(e->d_name, '.') && strcmp(e->d_name, "README");
}

static void print_methods(FILE *to)
{
	char *dir = xprintf("%s/build-methods", package_dir());
	struct dirent **list = NULL;
	int i, n = scandir(dir, &list, is_method, alphasort);

	fputs("Methods:", to);
	for (i = 0; i < n; i++) {
		fprintf(to, " %s", list[i]->d_name);
		free(list[i]);
	}
	fputs(n > 0 ? "\n" : " none installed\n", to);
	free(list);
	free(dir);
}

static void help(void)
{
	size_t i;

	puts("Usage: vserver NAME build -m METHOD [OPTIONS] [-- METHOD OPTIONS]\n\nOptions:");
	for (i = 0; i < N_TABLE; i++) {
		printf("  %s%s%s\n        %s\n", table[i].name, table[i].arg ? " " : "",
		       table[i].arg ? table[i].arg : "", table[i].help);
	}
	puts("  --dry-run\n        only say what would be done\n"
	     "  --json\n        --dry-run: as JSON");
	puts("\nMethod options:\n"
	     "  skeleton     [COMMAND...]: an empty guest, then COMMAND in its root directory\n"
	     "  template     -t ARCHIVE... [-d DISTRIBUTION] [--nodevsanity]: unpack archives\n"
	     "  debootstrap  -d SUITE [-m MIRROR] [-s SCRIPT] [-- OPTIONS]: install Debian or Ubuntu\n"
	     "  clone        -s GUEST|DIR [-X LIST] [-d DISTRIBUTION]: another guest's files, unified ones shared\n"
	     "  rsync        -s SOURCE [-o OPTION]... [-d DISTRIBUTION] [-- OPTIONS]: copy with rsync");
	print_methods(stdout);
}

static int take(struct build *b, const struct option_of_build *o, const char *value)
{
	char *at = (char *)b + o->at;

	if (o->kind == FLAG) {
		*(bool *)at = true;
	} else if (o->kind == LIST) {
		strlist_add((struct strlist *)at, value);
	} else {
		free(*(char **)at);
		*(char **)at = xstrdup(value);
	}
	return 0;
}

/* One word of the command line; -1 wrong, else how many words it took (0: the rest is left). */
static int parse_word(struct build *b, char **argv)
{
	const char *arg = argv[0], *value;
	size_t i, len;

	if (!strcmp(arg, "--"))
		return 0;
	if (!strcmp(arg, "--dry-run")) {
		opt.dry_run = true;
		return 1;
	}
	if (!strcmp(arg, "--json")) {
		opt.json = true;
		return 1;
	}
	for (i = 0; i < N_TABLE; i++) {
		len = strlen(table[i].name);
		if (strncmp(arg, table[i].name, len))
			continue;
		if (!table[i].arg && !arg[len]) {
			take(b, &table[i], NULL);
			return 1;
		}
		if (!table[i].arg)
			continue;
		if (arg[len] && arg[1] == '-' && arg[len] != '=')
			continue;
		value = arg[len] == '=' ? arg + len + 1 : arg[len] ? arg + len : argv[1];
		if (!value) {
			cmd_usage("build", "%s needs %s", table[i].name, table[i].arg);
			return -1;
		}
		take(b, &table[i], value);
		return arg[len] ? 1 : 2;
	}
	if (!strncmp(arg, "--cpuset", 8))
		cmd_usage("build", "%s is not supported by this version", arg);
	else
		cmd_usage("build", "unknown option '%s'", arg);
	return -1;
}

/* Options of the administrator's file come first, so that the command line wins. */
static int default_options(struct build *b)
{
	struct vc_error err;
	char **lines, *pair[3] = { NULL };
	int n, i, used, ret = 0;

	if (secure_getenv("NO_DEFAULT_OPTS"))
		return 0;
	n = vc_cfg_lines(conf_defaults(), "apps/build/options", &lines, &err);
	if (n < 0)
		return failed(b->name, "%s", err.text);
	for (i = 0; i < n && !ret; i += used) {
		pair[0] = lines[i];
		pair[1] = i + 1 < n ? lines[i + 1] : NULL;
		used = parse_word(b, pair);
		if (used <= 0)
			ret = -1;
	}
	for (i = 0; i < n; i++)
		free(lines[i]);
	free(lines);
	return ret;
}

static bool is_address(const char *text, bool *v6)
{
	size_t len = strlen(text);
	struct in6_addr addr;
	char buf[64];

	if (len >= sizeof(buf))
		return false;
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		memcpy(buf, text + 1, len - 2);
		buf[len - 2] = 0;
	} else {
		strcpy(buf, text);
	}
	*v6 = inet_pton(AF_INET6, buf, &addr) == 1;
	return *v6 || inet_pton(AF_INET, buf, &addr) == 1;
}

static char *without_brackets(const char *text)
{
	size_t len = strlen(text);

	if (*text != '[')
		return xstrdup(text);
	return strndup(text + 1, len - 2);
}

static int bad_iface(const char *name, const char *text, const char *why)
{
	return failed(name, "--interface %s: %s; wanted: [LABEL=][DEV:]IP[/PREFIX|/MASK]", text, why);
}

int build_parse_iface(const char *name, const char *text, struct build_iface *iface)
{
	char *copy = xstrdup(text), *p = copy, *eq, *slash, *colon, *length = NULL, *end;
	struct in_addr mask;
	bool v6 = false;
	int ret = -1;

	memset(iface, 0, sizeof(*iface));
	eq = strchr(p, '=');
	if (eq) {
		*eq = 0;
		iface->label = xstrdup(p);
		p = eq + 1;
	}
	slash = strrchr(p, '/');
	if (slash) {
		*slash = 0;
		length = slash + 1;
	}
	/* An address as a whole; otherwise a device stands before the first colon. */
	if (!is_address(p, &v6)) {
		colon = strchr(p, ':');
		if (!colon || colon == p || !is_address(colon + 1, &v6)) {
			bad_iface(name, text, "no IPv4 or IPv6 address");
			goto out;
		}
		*colon = 0;
		iface->nodev = !strcmp(p, "nodev");
		if (!iface->nodev)
			iface->dev = xstrdup(p);
		p = colon + 1;
	}
	iface->ip = without_brackets(p);
	if (iface->dev && (strlen(iface->dev) > 15 || strpbrk(iface->dev, " \t\n/"))) {
		bad_iface(name, text, "no name of a network device");
		goto out;
	}
	if (length && strchr(length, '.') && !v6) {
		if (inet_pton(AF_INET, length, &mask) != 1 || vc_mask2prefix4(mask) < 0) {
			bad_iface(name, text, "no network mask");
			goto out;
		}
		iface->mask = xstrdup(length);
	} else if (length) {
		unsigned long n = strtoul(length, &end, 10);

		if (*end || end == length || *length == '-' || n > (v6 ? 128 : 32)) {
			bad_iface(name, text, v6 ? "the prefix is not 0 to 128" :
				  "the prefix is not 0 to 32");
			goto out;
		}
		iface->prefix = xprintf("%lu", n);
	}
	ret = 0;
out:
	free(copy);
	return ret;
}

/* The distribution is named among the method's own options, before a second `--`. */
static void scan_method_args(struct build *b)
{
	char **p;

	for (p = b->args; *p && strcmp(*p, "--"); p++) {
		if (!strcmp(*p, "--nodevsanity"))
			b->dev_as_is = true;
		else if (!strcmp(*p, "-d") && p[1])
			b->dist = xstrdup(*++p);
		else if (!strncmp(*p, "--distribution=", 15))
			b->dist = xstrdup(*p + 15);
	}
}

static bool is_hostname(const char *text)
{
	const char *p;

	for (p = text; isalnum((unsigned char)*p) || (*p && strchr("-._", *p)); p++)
		;
	return p != text && !*p && p - text < VHI_SIZE;
}

/* What can be said to be wrong before anything is touched. */
static int check_options(struct build *b)
{
	struct vc_error err;
	uint64_t value = 0, mask = 0;
	size_t i;

	if (vc_guest_check_name(b->name, &err))
		return failed(b->name, "%s", err.text);
	if (!b->method) {
		cmd_usage("build", "name a method with -m");
		print_methods(stderr);
		return -1;
	}
	b->script = xprintf("%s/build-methods/%s", package_dir(), b->method);
	if (strpbrk(b->method, "/.") || access(b->script, X_OK)) {
		failed(b->name, "unknown build method '%s'", b->method);
		print_methods(stderr);
		return -1;
	}
	if (b->dist && (strchr(b->dist, '/') || *b->dist == '.'))
		return failed(b->name, "'%s' is not the name of a distribution", b->dist);
	for (i = 0; i < b->flags.n; i++)
		if (vc_parse_words(VC_CFLAG, b->flags.v[i], &value, &mask, &err))
			return failed(b->name, "--flags: %s", err.text);
	if (b->style && !conf_style_known(b->style)) {
		char *known = conf_style_names();

		failed(b->name, "--initstyle %s: unknown style; known: %s", b->style, known);
		free(known);
		return -1;
	}
	if (b->hostname && !is_hostname(b->hostname))
		return failed(b->name, "--hostname '%s': not a host name", b->hostname);
	b->ifaces = xcalloc(b->interfaces.n, sizeof(*b->ifaces));
	for (i = 0; i < b->interfaces.n; i++) {
		struct build_iface *iface = &b->ifaces[b->n_ifaces++];

		if (build_parse_iface(b->name, b->interfaces.v[i], iface))
			return -1;
		if (!iface->dev && !iface->nodev && !b->netdev) {
			iface->nodev = true;
			fprintf(stderr, "vserver: %s: --interface %s names no device: the host must have it\n",
				b->name, b->interfaces.v[i]);
		}
	}
	return 0;
}

int build_options(struct build *b, int argc, char **argv)
{
	int i = 1, used;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		help();
		return 1;
	}
	if (default_options(b))
		return EX_FAIL + 1;
	while (i < argc) {
		used = parse_word(b, argv + i);
		if (used < 0)
			return EX_FAIL + 1;
		if (!used)
			break;
		i += used;
	}
	if (opt.json && !opt.dry_run) {
		cmd_usage("build", "--json needs --dry-run");
		return EX_FAIL + 1;
	}
	b->args = argv + i + (i < argc);
	scan_method_args(b);
	return check_options(b) ? EX_FAIL + 1 : 0;
}
