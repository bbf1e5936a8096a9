// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prog.h"
#include "work.h"

/* Each item may hold a directory open. */
#define QUEUE		512
#define THREADS_MAX	64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static struct work_item queue[QUEUE];
static unsigned int head, tail;
static bool finished;
static pthread_t threads[THREADS_MAX];
static int n_threads;
static void (*run_item)(struct work_item *item, void *arg);
static void *run_arg;

static void *worker(void *unused)
{
	struct work_item item;

	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (head == tail && !finished)
			pthread_cond_wait(&filled, &lock);
		if (head == tail)
			break;
		item = queue[tail++ % QUEUE];
		pthread_cond_signal(&emptied);
		pthread_mutex_unlock(&lock);
		run_item(&item, run_arg);
		tree_dir_put(item.dir);
		free(item.path);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

void work_start(int wanted, void (*run)(struct work_item *item, void *arg), void *arg)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (!wanted)
		wanted = cpus < 1 ? 1 : cpus > THREADS_MAX ? THREADS_MAX : cpus;
	run_item = run;
	run_arg = arg;
	finished = false;
	for (n_threads = 0; n_threads < wanted; n_threads++)
		if (pthread_create(&threads[n_threads], NULL, worker, NULL))
			break;
	if (!n_threads)
		fail("cannot start a thread");
}

void work_add(const struct tree_file *f)
{
	struct work_item *item;

	pthread_mutex_lock(&lock);
	while (head - tail == QUEUE)
		pthread_cond_wait(&emptied, &lock);
	item = &queue[head % QUEUE];
	item->dir = tree_dir_get(f->dir);
	item->path = must_alloc(strdup(f->path));
	item->name = strrchr(item->path, '/') + 1;
	head++;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
}

void work_finish(void)
{
	pthread_mutex_lock(&lock);
	finished = true;
	pthread_cond_broadcast(&filled);
	pthread_mutex_unlock(&lock);
	while (n_threads)
		pthread_join(threads[--n_threads], NULL);
}
