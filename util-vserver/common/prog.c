// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prog.h"

#ifndef VS_VERSION
#define VS_VERSION	"0.0"
#endif

#define MAX_OPTS	64
#define ID_HELP		10001
#define ID_VERSION	10002

static const struct prog *the_prog;
static struct option long_opts[MAX_OPTS + 3];
static char letters[2 * MAX_OPTS + 3];
static int the_argc;
static char **the_argv;

void opt_start(const struct prog *prog, int argc, char **argv)
{
	const struct opt *o;
	struct option *l = long_opts;
	char *s = letters;

	the_prog = prog;
	the_argc = argc;
	the_argv = argv;
	if (prog->wrapper)
		*s++ = '+';
	*s++ = ':';
	memset(long_opts, 0, sizeof(long_opts));
	for (o = prog->opts; o->name; o++, l++) {
		if (l >= long_opts + MAX_OPTS)
			abort();
		l->name = o->name;
		l->has_arg = o->arg ? required_argument : no_argument;
		l->val = o->id;
		if (o->letter) {
			*s++ = o->letter;
			if (o->arg)
				*s++ = ':';
		}
	}
	*l++ = (struct option){ "help", no_argument, NULL, ID_HELP };
	*l++ = (struct option){ "version", no_argument, NULL, ID_VERSION };
	*s = '\0';
	/* 0 makes glibc begin anew, also when it has parsed another vector. */
	optind = 0;
	opterr = 0;
}

static void print_help(void)
{
	const char *const *line;
	const struct opt *o;
	char left[64];
	int n;

	for (line = the_prog->usage; *line; line++)
		printf("%s %s %s\n", line == the_prog->usage ? "Usage:" : "      ",
		       the_prog->name, *line);
	printf("%s\n\nOptions:\n", the_prog->summary);
	for (o = the_prog->opts; o->name; o++) {
		if (!o->help)
			continue;
		n = o->letter ? snprintf(left, sizeof(left), "-%c, ", o->letter) :
		    snprintf(left, sizeof(left), "    ");
		snprintf(left + n, sizeof(left) - n, "--%s%s%s", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		printf("  %-26s %s\n", left, o->help);
	}
	printf("  %-26s %s\n", "    --help", "this text");
	printf("  %-26s %s\n", "    --version", "name and version");
	if (the_prog->notes)
		printf("\n%s", the_prog->notes);
}

static const struct opt *opt_of_letter(int letter)
{
	const struct opt *o;

	for (o = the_prog->opts; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* getopt reports a mistake in a long option by the id, in a short one by the letter. */
static void bad_option(int what)
{
	const char *given = optind > 0 && optind <= the_argc ? the_argv[optind - 1] : "";
	bool known = optopt == ID_HELP || optopt == ID_VERSION;
	const struct opt *o;

	for (o = the_prog->opts; o->name; o++)
		known |= o->id == optopt || (o->letter && o->letter == optopt);
	if (what == ':')
		fail_usage("option '%s' needs an argument", given);
	if (optopt && known)
		fail_usage("option '%s' takes no argument", given);
	if (optopt)
		fail_usage("unknown option '-%c'", optopt);
	fail_usage("unknown or ambiguous option '%s'", given);
}

int opt_next(const char **arg)
{
	const struct opt *o;
	int id = getopt_long(the_argc, the_argv, letters, long_opts, NULL);

	*arg = optarg;
	if (id == -1)
		return 0;
	if (id == ':' || id == '?')
		bad_option(id);
	if (id == ID_HELP || id == ID_VERSION) {
		if (id == ID_HELP)
			print_help();
		else
			printf("%s (Linux-VServer) %s\n", the_prog->name, VS_VERSION);
		exit(fflush(stdout) ? the_prog->error : 0);
	}
	for (o = the_prog->opts; o->name; o++)
		if (o->id == id)
			return id;
	o = opt_of_letter(id);
	return o ? o->id : 0;
}

char **opt_rest(void)
{
	return the_argv + optind;
}

const char *prog_name(void)
{
	return the_prog ? the_prog->name : program_invocation_short_name;
}

static void say(const char *fmt, va_list ap)
{
	/* One write, so that lines of several programs do not mix. */
	char text[2 * VC_ERROR_TEXT];
	int n = snprintf(text, sizeof(text), "%s: ", prog_name());

	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	fflush(stdout);
	fprintf(stderr, "%s\n", text);
}

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(the_prog ? the_prog->error : 1);
}

void fail_with(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit(status);
}

void fail_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try '%s --help' for more information.\n", prog_name());
	exit(the_prog->error);
}

const char *why(void)
{
	const char *text = strerrordesc_np(errno);

	return text ? text : "unknown error";
}

int64_t arg_number(const char *what, const char *text, int64_t min, int64_t max)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 0);
	if (end == text || *end)
		fail("%s '%s' is not a number", what, text);
	if (errno || v < min || v > max)
		fail("%s %s is not within %lld to %lld", what, text, (long long)min, (long long)max);
	return v;
}

static uint32_t arg_id(const char *text, vcCtxType type, bool honor_static)
{
	struct vc_error err;
	uint32_t id;

	if (vc_parse_id(text, type, honor_static, &id, &err) < 0)
		fail("%s", err.text);
	return id;
}

xid_t arg_xid(const char *text, bool honor_static)
{
	return arg_id(text, vcCTX_XID, honor_static);
}

nid_t arg_nid(const char *text, bool honor_static)
{
	return arg_id(text, vcCTX_NID, honor_static);
}

void arg_words(vc_word_kind kind, const char *text, uint64_t *value, uint64_t *mask)
{
	struct vc_error err;

	if (vc_parse_words(kind, text, value, mask, &err) < 0)
		fail("%s", err.text);
}

void *must_alloc(void *p)
{
	if (!p)
		fail("out of memory");
	return p;
}
