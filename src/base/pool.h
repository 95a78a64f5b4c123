/* pool.h: a thread pool, and how many threads a call uses.
 *
 * Workers that have nothing to do spin for a moment before they block: products follow each other
 * within microseconds, but a thread that spins for long takes the core from the thread that it
 * waits for when other programs want it too. OpenMP's runtime spins for milliseconds, which is why
 * it is not used (tests/bench/README.md has the figures). */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/error.h"

struct pool;

/* Starts threads - 1 threads; the calling thread is worker 0. threads >= 1. NULL and err when
 * memory or threads are out. Stop with pool_stop. */
struct pool *pool_start(int threads, struct pg_error *err);
void pool_stop(struct pool *pool);

/* The number of workers, the calling thread included. */
int pool_size(const struct pool *pool);

/* One work item: number i, done by a worker, 0 to pool_size - 1. */
typedef void pool_work(void *context, int i, int worker);

/* Does items 0 to n - 1 and returns when all are done. Must not be called from within work.
 * Static partition, then stealing: worker w starts with the w-th of pool_size equal ranges, so that
 * what neighbouring items wrote is mostly in the cache of the worker that needs it next, and then
 * takes items that others have not started. */
void pool_run(struct pool *pool, int n, pool_work *work, void *context);

/* Runs the items on a temporary pool of `threads` threads; in the calling thread if no pool can be
 * started. */
void pool_run_once(int threads, int n, pool_work *work, void *context);

#endif
