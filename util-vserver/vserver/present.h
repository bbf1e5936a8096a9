/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSERVER_PRESENT_H
#define VSERVER_PRESENT_H

#include <stdbool.h>

struct stat;
struct strlist;

/*
 * Which files a configuration has. A guest has a dozen of the hundred that are asked for: each
 * directory is read once, and what is not in it costs no system call.
 *
 * From present_start() to the present_end() that belongs to it (they nest), directories are taken to
 * be what they were when they were read. Outside, and where a directory cannot be read, the answer
 * is PRESENT_ASK. Until the outermost present_end() the strings given as @dir must stay where they are, as they
 * are, because most often the pointer alone is compared; that of present_files() may go at once.
 */
void present_start(void);
void present_end(void);

/* What was read is forgotten: something ran that may have changed it. */
void present_forget(void);

enum presence {
	PRESENT_NO,	/* there is no such file */
	PRESENT_YES,	/* there is, and it is no link */
	PRESENT_ASK,	/* the system has to be asked */
};

enum presence present(const char *dir, const char *file);

/* access(DIR/FILE, F_OK), with what is known. */
bool present_exists(const char *dir, const char *file);

/* stat(DIR/@sub), @sub "" or a directory and no link; null: the system has to be asked. */
const struct stat *present_dir(const char *dir, const char *sub);

/* True when it is known that DIR/@sub, @sub one name, is not there or holds nothing. */
bool present_empty(const char *dir, const char *sub);

/* All files below @dir, links not followed, sorted by directory. 0, or -1 and errno. */
int present_files(const char *dir, struct strlist *files);

#endif
