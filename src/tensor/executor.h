/* executor.h: what arithmetic runs on: the kernels of one instruction set, a thread pool, and
 * scratch memory for every worker. One executor serves one walk over the blocks; it is not shared
 * by threads that start work. */
#ifndef TENSOR_EXECUTOR_H
#define TENSOR_EXECUTOR_H

#include "base/pool.h"
#include "tensor/kernels.h"

#include <stdatomic.h>

/* A counter on a cache line of its own. */
struct counter {
    _Alignas(64) atomic_int n;
};

struct executor {
    const struct kernels *kernels;
    struct pool *pool;
    size_t scratch_size;      /* floats of one worker's scratch */
    float *scratch;           /* of all workers, one after the other */
    struct counter *counters; /* one a worker, for work that is shared out in parts (matmul.c) */
};

/* Starts pg_threads() workers with scratch_size floats of scratch each, not initialized. False and
 * err when memory or threads are out. Free with executor_free. */
bool executor_init(struct executor *executor, size_t scratch_size, struct pg_error *err);
void executor_free(struct executor *executor);

/* One work item. scratch: the executing worker's. */
typedef void executor_work(void *context, int i, float *scratch);

/* Does items 0 to n - 1: in parallel if `operations`, the multiply-adds of all items together, are
 * enough to pay for waking the workers, else in the calling thread. */
void executor_run(const struct executor *executor, double operations, int n, executor_work *work,
                  void *context);

/* How many workers executor_run uses for that many operations: one, or all. */
int executor_workers(const struct executor *executor, double operations);

/* ---- splitting evenly ---- */

/* Items start..start+size-1. */
struct part {
    int start, size;
};

/* The smallest number of parts, none larger than max, that hold total items. */
int part_count(int total, int max);

/* Part i of those, which differ in size by at most one. */
struct part part_at(int total, int max, int i);

#endif
