// SPDX-License-Identifier: GPL-2.0
/* Which names can be taken away, moved and added, by the two attributes of a file. */
#include "files.h"

static struct guest a = { .xid = 1841 };
static const char *dir;

static long on(long (*fn)(const char *from, const char *to))
{
	char from[160], to[160];

	snprintf(from, sizeof(from), "%s/file", dir);
	snprintf(to, sizeof(to), "%s/other", dir);
	return fn(from, to);
}

static long do_unlink(const char *from, const char *to)
{
	long ret = err(unlink(from));

	if (!ret)
		link(to, from);
	return ret;
}

static long do_rename(const char *from, const char *to)
{
	char name[170];
	long ret;

	snprintf(name, sizeof(name), "%s.moved", from);
	ret = err(rename(from, name));
	if (!ret)
		rename(name, from);
	return ret;
}

static long do_over(const char *from, const char *to)
{
	char name[170];
	long ret;

	snprintf(name, sizeof(name), "%s.new", from);
	write_file(name, "new");
	ret = err(rename(name, from));
	unlink(name);
	if (!ret) {
		unlink(from);
		link(to, from);
	}
	return ret;
}

static long do_exchange(const char *from, const char *to)
{
	char name[170];
	long ret;

	snprintf(name, sizeof(name), "%s.new", from);
	write_file(name, "new");
	ret = err(renameat2(AT_FDCWD, name, AT_FDCWD, from, RENAME_EXCHANGE));
	if (!ret)
		renameat2(AT_FDCWD, name, AT_FDCWD, from, RENAME_EXCHANGE);
	unlink(name);
	return ret;
}

static long do_link(const char *from, const char *to)
{
	char name[170];
	long ret;

	snprintf(name, sizeof(name), "%s.link", from);
	ret = err(link(from, name));
	unlink(name);
	return ret;
}

static const struct {
	const char *what;
	long (*fn)(const char *from, const char *to);
} ways[] = {
	{ "unlink", do_unlink }, { "rename", do_rename }, { "rename over it", do_over },
	{ "exchange", do_exchange }, { "link", do_link },
};

static void try_all(void *arg)
{
	char what[96];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		snprintf(what, sizeof(what), "%s", ways[i].what);
		check_is(on(ways[i].fn), *(long *)arg, what);
	}
}

static void test(struct fs *fs)
{
	static const struct {
		unsigned int attr;
		long want;
		const char *name;
	} states[] = {
		{ 0, 0, "none" }, { VS_IATTR_IMMUTABLE, -EPERM, "immutable" },
		{ VS_IATTR_IXUNLINK, -EPERM, "ixunlink" }, { IUNLINK, 0, "both" },
	};
	char file[128], other[128];
	int fd;

	dir = fs->dir;
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	check(write_file(file, "text") && !link(file, other), "%s: a file with two names", fs->type);
	for (int i = 0; i < 4; i++) {
		long want = states[i].want;

		check_is(attr_set(other, states[i].attr, IUNLINK), 0, states[i].name);
		try_all(&want);
		in_guest(&a, try_all, &want);
	}
	attr_set(other, VS_IATTR_IXUNLINK, IUNLINK);
	fd = open(file, O_WRONLY | O_TRUNC);
	check(fd >= 0 && write(fd, "new", 3) == 3, "with ixunlink alone it can be written");
	check_is(attr_set(other, IUNLINK, IUNLINK), -ETXTBSY, "what is open for writing is not unified");
	check_is(attr_get(other), VS_IATTR_IXUNLINK, "it has what it had");
	check_is(attr_set(other, VS_IATTR_IMMUTABLE, IUNLINK), 0, "but can be immutable");
	close(fd);
	usleep(1000);
	check_is(attr_set(other, IUNLINK, IUNLINK), 0, "and unified when it is closed");
	attr_set(other, 0, IUNLINK);
}

int main(int argc, char **argv)
{
	test_sleeper(argc, argv);
	test_begin();
	check(guest_start(&a), "guest A starts");
	on_all(test);
	guest_stop(&a);
	return test_end();
}
