/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_BUILD_H
#define VSERVER_BUILD_H

#include "util.h"

/* One --interface. */
struct build_iface {
	char	*label, *dev, *ip, *prefix, *mask;
	bool	nodev;
};

/* What `vserver NAME build` was asked for, and how far it got. */
struct build {
	const char	*name;
	char		*method, *script;	/* name and program of the method */
	char		**args;			/* the method's own, null-terminated */
	char		*dist, *family;		/* as named; as the tree says: bookworm, debian */
	bool		force, known_there, keep, debug, dev_as_is;
	char		*rootbase, *confdir, *runfile, *context, *hostname, *style;
	char		*netdev, *netmask, *netprefix, *netbcast;
	struct strlist	interfaces, flags;
	struct build_iface *ifaces;
	size_t		n_ifaces;

	char		*root;			/* the guest's root directory */
	char		*newconf;		/* the configuration until it is complete */
	unsigned int	xid;
	bool		made_root, made_conf, no_number;
};

/*
 * Reads the options; 0, or the exit code of the program plus one (a message
 * or the help was printed).
 */
int build_options(struct build *b, int argc, char **argv);

/* LABEL=DEV:IP/LENGTH and its shorter forms. 0, or -1 with a message printed. */
int build_parse_iface(const char *name, const char *text, struct build_iface *iface);

/* The same with device and length of the network that the address is in (malloc'ed), or null. */
char *create_interface(const char *name, const char *text);

/*
 * Finds a context number for the guest: what was asked for if nobody has it,
 * else the next of the counter that nobody has. 0, or -1.
 */
int build_number(struct build *b);

/* Writes the configuration tree to @b->newconf. 0, or -1. */
int build_config(struct build *b);

/* Device nodes and directories that every guest needs, files of etc. 0, or -1. */
int build_root(const struct build *b);

/*
 * On a file system with tags the files become the guest's, so that its disk
 * limits count them and no other guest changes them. 0, or -1.
 */
int build_tag(const struct build *b);

/* The directories, most wanted first, in which the distribution is described. */
void build_dist_dirs(const struct build *b, struct strlist *dirs);

/* Guesses the distribution of an installed root; null when unknown (malloc'ed). */
char *build_guess_dist(const struct build *b);

/* Programs of the package: build methods and distributions. */
const char *package_dir(void);

#endif
