// SPDX-License-Identifier: GPL-2.0
/* start-vservers: starts or stops many guests, several at a time, in the order of their dependencies. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "out.h"
#include "prog.h"

enum {
	OPT_CONF = 1, OPT_MARK, OPT_JOBS, OPT_START, OPT_STOP, OPT_ALL, OPT_MARKED, OPT_UNMARKED,
	OPT_RUNNING, OPT_STOPPED, OPT_TEST, OPT_DEBUG, OPT_JSON, OPT_QUIET,
};

static const struct opt opts[] = {
	{ "conf", 'c', OPT_CONF, "DIR", "configuration directory" },
	{ "mark", 'm', OPT_MARK, "MARK", "guests with this mark" },
	{ "jobs", 'j', OPT_JOBS, "N", "at most N at a time (four per processor)" },
	{ "start", 0, OPT_START, NULL, "start them (the default)" },
	{ "stop", 0, OPT_STOP, NULL, "stop them, dependent guests first" },
	{ "all", 0, OPT_ALL, NULL, "all guests that are not disabled" },
	{ "marked", 0, OPT_MARKED, NULL, "guests with any mark" },
	{ "unmarked", 0, OPT_UNMARKED, NULL, "guests without a mark" },
	{ "running", 0, OPT_RUNNING, NULL, "guests that run" },
	{ "stopped", 0, OPT_STOPPED, NULL, "guests that do not run" },
	{ "test", 0, OPT_TEST, NULL, "only say what would be done" },
	{ "debug", 0, OPT_DEBUG, NULL, "show each step of each guest" },
	{ "quiet", 'q', OPT_QUIET, NULL, "no summary" },
	{ "json", 0, OPT_JSON, NULL, "the summary as JSON" },
	{ 0 }
};

static const char *const usage[] = { "[OPTIONS] [GUEST...]", NULL };

static const struct prog prog = {
	.name = "start-vservers",
	.summary = "Start or stop many guests in the order of their dependencies.",
	.usage = usage,
	.opts = opts,
	.notes = "Filters combine: a guest must pass each of them.\n"
		 "Exit status: 0 all is as wanted, 1 nothing worked, 2 not everything worked.\n",
	.error = 1,
};

enum state { WAITING, RUNNING, DONE, ALREADY, FAILED, SKIPPED };

static const char * const state_names[] = {
	"waiting", "running", "done", "already", "failed", "skipped",
};

struct job {
	char	*id;
	char	**depends;		/* names; null-terminated or null */
	bool	wanted, running, disabled;
	enum state state;
	char	*reason;		/* of SKIPPED */
	pid_t	pid;
	double	begin, seconds;
};

static struct {
	bool	stop, test, debug, json, quiet, all, marked, unmarked, running, stopped, named;
	const char *mark;
	int64_t	jobs;
} o;

static struct job *jobs;
static int n_jobs;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static char *path_of(const char *id, const char *file)
{
	char *path;

	if (asprintf(&path, "%s/%s/%s", vc_confdir(), id, file) < 0)
		path = NULL;
	return must_alloc(path);
}

static char **lines_of(const char *id, const char *file)
{
	char *dir = path_of(id, "."), **lines = NULL;
	struct vc_error err;

	if (vc_cfg_lines(dir, file, &lines, &err) < 0) {
		complain("%s: %s", id, err.text);
		lines = NULL;
	}
	free(dir);
	return lines;
}

static bool passes(const struct job *job)
{
	char **marks = lines_of(job->id, "apps/init/mark");
	bool any = marks && *marks, has = false;
	int i;

	for (i = 0; o.mark && marks && marks[i]; i++)
		has |= !strcmp(marks[i], o.mark);
	vc_guest_list_free(marks);
	if ((o.mark && !has) || (o.marked && !any) || (o.unmarked && any))
		return false;
	if ((o.running && !job->running) || (o.stopped && job->running))
		return false;
	/* What runs can be stopped, disabled or not. */
	return !job->disabled || o.stop;
}

static struct job *find(const char *id)
{
	int i;

	for (i = 0; i < n_jobs; i++)
		if (!strcmp(jobs[i].id, id))
			return &jobs[i];
	return NULL;
}

static void add_job(const char *id)
{
	struct vc_guest *guest = vc_guest_open(id, NULL);
	char *off = path_of(id, "disabled");
	struct job *job;

	jobs = must_alloc(reallocarray(jobs, n_jobs + 1, sizeof(*jobs)));
	job = &jobs[n_jobs++];
	memset(job, 0, sizeof(*job));
	job->id = must_alloc(strdup(id));
	job->depends = lines_of(id, "apps/init/depends");
	job->running = guest && guest->xid != VC_NOCTX;
	job->disabled = !access(off, F_OK);
	vc_guest_free(guest);
	free(off);
}

/* A guest is not started without what it depends on, so that is wanted too. */
static void want(struct job *job)
{
	struct job *other;
	int i;

	if (job->wanted)
		return;
	job->wanted = true;
	for (i = 0; !o.stop && job->depends && job->depends[i]; i++) {
		other = find(job->depends[i]);
		if (other && !other->running && !other->disabled)
			want(other);
	}
}

static void gather(char **names)
{
	struct vc_error err;
	char **ids;
	int i, n = vc_guest_list(&ids, &err);

	if (n < 0)
		fail("%s", err.text);
	for (i = 0; i < n; i++)
		add_job(ids[i]);
	vc_guest_list_free(ids);
	for (i = 0; names[i]; i++)
		if (!find(names[i]))
			fail("there is no guest '%s' in %s", names[i], vc_confdir());
	for (i = 0; i < n_jobs; i++) {
		int j;

		for (j = 0; names[j] && strcmp(names[j], jobs[i].id); j++)
			;
		if (names[0] ? names[j] != NULL : passes(&jobs[i]))
			want(&jobs[i]);
	}
}

/* Whether @a has to come before @b: a is needed by b, or when stopping needs it. */
static bool before(const struct job *a, const struct job *b)
{
	const struct job *needs = o.stop ? a : b, *needed = o.stop ? b : a;
	int i;

	for (i = 0; needs->depends && needs->depends[i]; i++)
		if (!strcmp(needs->depends[i], needed->id))
			return true;
	return false;
}

static void skip(struct job *job, const char *fmt, const char *other)
{
	char *reason;

	if (asprintf(&reason, "%s %s", fmt, other) < 0)
		reason = NULL;
	job->state = SKIPPED;
	job->reason = must_alloc(reason);
}

/* 1 may begin, 0 not yet; a job that never can is skipped. */
static int ready(struct job *job)
{
	struct job *other;
	int i;

	for (i = 0; !o.stop && job->depends && job->depends[i]; i++) {
		other = find(job->depends[i]);
		if (!other)
			skip(job, "needs a guest that there is not:", job->depends[i]);
		else if (other->state == FAILED || other->state == SKIPPED)
			skip(job, "needs", other->id);
		else if (!other->wanted && !other->running)
			skip(job, "needs a guest that is disabled:", other->id);
		if (job->state == SKIPPED)
			return 0;
	}
	for (i = 0; i < n_jobs; i++)
		if (jobs[i].wanted && jobs[i].state <= RUNNING && &jobs[i] != job &&
		    before(&jobs[i], job))
			return 0;
	return 1;
}

static void begin(struct job *job)
{
	const char *verb = o.stop ? "stop" : "start";
	int null;

	if (job->running != o.stop) {
		job->state = ALREADY;
		return;
	}
	if (o.test) {
		printf("%s %s\n", verb, job->id);
		job->state = DONE;
		return;
	}
	job->begin = now();
	job->state = RUNNING;
	fflush(NULL);
	job->pid = fork();
	if (job->pid < 0)
		fail("cannot fork: %s", why());
	if (job->pid)
		return;
	/* What the guests print would only be mixed up; their logs have it. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, 0);
	dup2(null, 1);
	if (o.debug)
		execl(VS_SBINDIR "/vserver", "vserver", "--debug", "--defaulttty", "--sync", job->id, verb, NULL);
	else
		execl(VS_SBINDIR "/vserver", "vserver", "--defaulttty", "--sync", job->id, verb, NULL);
	complain("cannot run %s/vserver: %s", VS_SBINDIR, why());
	_exit(1);
}

static void reap(void)
{
	int status, i;
	pid_t pid = wait(&status);

	for (i = 0; i < n_jobs; i++) {
		if (jobs[i].state != RUNNING || jobs[i].pid != pid)
			continue;
		jobs[i].seconds = now() - jobs[i].begin;
		jobs[i].state = WIFEXITED(status) && !WEXITSTATUS(status) ? DONE : FAILED;
	}
}

static void run_all(void)
{
	int active, i;
	bool moved;

	for (;;) {
		active = 0;
		moved = false;
		for (i = 0; i < n_jobs; i++)
			active += jobs[i].state == RUNNING;
		for (i = 0; i < n_jobs && active < o.jobs; i++) {
			if (!jobs[i].wanted || jobs[i].state != WAITING)
				continue;
			if (ready(&jobs[i]))
				begin(&jobs[i]);
			moved |= jobs[i].state != WAITING;
			active += jobs[i].state == RUNNING;
		}
		if (active)
			reap();
		else if (!moved)
			break;
	}
	/* What is left waits for itself. */
	for (i = 0; i < n_jobs; i++)
		if (jobs[i].wanted && jobs[i].state == WAITING)
			skip(&jobs[i], "depends on itself, in a circle with", jobs[i].depends[0]);
}

static int summary(void)
{
	int i, good = 0, bad = 0, all = 0;
	double begin_at = 0, end = 0;

	out_start(o.json, true);
	for (i = 0; i < n_jobs; i++) {
		struct job *job = &jobs[i];

		if (!job->wanted)
			continue;
		all++;
		bad += job->state == FAILED || job->state == SKIPPED;
		good += job->state == DONE;
		if (job->seconds && (!begin_at || job->begin < begin_at))
			begin_at = job->begin;
		if (job->begin + job->seconds > end)
			end = job->begin + job->seconds;
		if (o.quiet || (o.test && job->state == DONE))
			continue;
		out_open(NULL);
		out_str("guest", "%-20s ", job->id);
		out_str("result", "%-8s", state_names[job->state]);
		out_text(" %6.1f s", job->seconds);
		out_u64("milliseconds", NULL, job->seconds * 1000);
		if (job->reason)
			out_str("reason", "  %s", job->reason);
		out_text("\n");
		out_close();
	}
	if (!o.quiet && !o.test && all)
		out_text("%d of %d guest%s %s in %.1f s\n", all - bad, all, all == 1 ? "" : "s",
			 o.stop ? "stopped" : "running", end - begin_at);
	out_finish(1);
	return !bad ? 0 : good || bad < all ? 2 : 1;
}

int main(int argc, char **argv)
{
	char *base = basename(argv[0]);
	const char *arg;
	int id;

	o.jobs = 4 * sysconf(_SC_NPROCESSORS_ONLN);
	o.stop = !strncmp(base, "stop-", 5);
	opt_start(&prog, argc, argv);
	while ((id = opt_next(&arg))) {
		switch (id) {
		case OPT_CONF: setenv("VS_CONFDIR", arg, 1); break;
		case OPT_MARK: o.mark = arg; break;
		case OPT_JOBS: o.jobs = arg_number("--jobs", arg, 1, 10000); break;
		case OPT_START: o.stop = false; break;
		case OPT_STOP: o.stop = true; break;
		case OPT_ALL: o.all = true; break;
		case OPT_MARKED: o.marked = true; break;
		case OPT_UNMARKED: o.unmarked = true; break;
		case OPT_RUNNING: o.running = true; break;
		case OPT_STOPPED: o.stopped = true; break;
		case OPT_TEST: o.test = true; break;
		case OPT_DEBUG: o.debug = true; break;
		case OPT_QUIET: o.quiet = true; break;
		case OPT_JSON: o.json = true; break;
		}
	}
	if (!opt_rest()[0] && !o.mark && !o.all && !o.marked && !o.unmarked && !o.running && !o.stopped)
		fail_usage("name guests or a filter");
	gather(opt_rest());
	run_all();
	return summary();
}
