/* SPDX-License-Identifier: GPL-2.0 */
/* io_uring without a library: one request at a time. */
#ifndef VS_TEST_RING_H
#define VS_TEST_RING_H

#include <linux/io_uring.h>
#include "harness.h"

struct ring {
	int			fd;
	struct io_uring_params	p;
	unsigned char		*map;
	struct io_uring_sqe	*sqes;
};

static inline long ring_enter(int fd, unsigned int submit, unsigned int wait)
{
	return err(syscall(SYS_io_uring_enter, fd, submit, wait,
			   IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0L));
}

static inline long ring_register(int fd, unsigned int what, void *arg, unsigned int n)
{
	return err(syscall(SYS_io_uring_register, fd, what, arg, n));
}

/* One page each is enough for these small rings. */
static inline bool ring_map(struct ring *r)
{
	size_t size = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);

	r->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, r->p.sq_entries * sizeof(*r->sqes), PROT_READ | PROT_WRITE, MAP_SHARED,
		       r->fd, IORING_OFF_SQES);
	return r->map != MAP_FAILED && r->sqes != MAP_FAILED;
}

/* A ring of eight; 0 or a negative errno. */
static inline long ring_make(struct ring *r, unsigned int flags, int attach)
{
	memset(r, 0, sizeof(*r));
	r->p.flags = flags;
	r->p.wq_fd = attach;
	r->p.sq_thread_idle = 1000;
	r->fd = err(syscall(SYS_io_uring_setup, 8L, &r->p));
	if (r->fd < 0)
		return r->fd;
	return ring_map(r) ? 0 : -ENOMEM;
}

static inline unsigned int *ring_word(struct ring *r, unsigned int off)
{
	return (unsigned int *)(r->map + off);
}

/* Put one request in and tell nobody. */
static inline void ring_put(struct ring *r, const struct io_uring_sqe *sqe)
{
	unsigned int tail = *ring_word(r, r->p.sq_off.tail), i = tail & (r->p.sq_entries - 1);

	r->sqes[i] = *sqe;
	ring_word(r, r->p.sq_off.array)[i] = i;
	__atomic_store_n(ring_word(r, r->p.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
}

/* Take one answer out; -ETIME if there is none. */
static inline long ring_take(struct ring *r)
{
	unsigned int head = *ring_word(r, r->p.cq_off.head);
	struct io_uring_cqe *cqes = (void *)(r->map + r->p.cq_off.cqes);
	long res;

	if (head == __atomic_load_n(ring_word(r, r->p.cq_off.tail), __ATOMIC_ACQUIRE))
		return -ETIME;
	res = cqes[head & (r->p.cq_entries - 1)].res;
	__atomic_store_n(ring_word(r, r->p.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return res;
}

/* One request and its result. */
static inline long ring_do(struct ring *r, const struct io_uring_sqe *sqe)
{
	long ret;

	ring_put(r, sqe);
	do {
		ret = ring_enter(r->fd, 1, 1);
	} while (ret == -EINTR);
	return ret < 0 ? ret : ring_take(r);
}

static inline struct io_uring_sqe ring_open(const char *path, unsigned int flags)
{
	return (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path, .open_flags = flags,
	};
}

static inline void ring_close(struct ring *r)
{
	munmap(r->map, r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe));
	munmap(r->sqes, r->p.sq_entries * sizeof(*r->sqes));
	close(r->fd);
}

#endif /* VS_TEST_RING_H */
