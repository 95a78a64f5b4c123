/* executor.c: see executor.h. */
#include "tensor/executor.h"

#include "base/memory.h"

#include <stdlib.h>

/* Multiply-adds from which on waking the workers pays: about 20 us of one core's work. */
static const double PARALLEL_OPERATIONS = 5e5;

bool executor_init(struct executor *executor, size_t scratch_size, struct pg_error *err) {
    *executor = (struct executor){.kernels = kernels_default(),
                                  .pool = pool_start(pg_threads(), err),
                                  .scratch_size = scratch_size};
    if (executor->pool) {
        const size_t n = (size_t)pool_size(executor->pool);
        executor->scratch = allocate_unset(scratch_size * n, sizeof *executor->scratch, err);
        executor->counters = allocate(n, sizeof *executor->counters, err);
    }
    if (executor->scratch && executor->counters) return true;
    executor_free(executor);
    return false;
}

void executor_free(struct executor *executor) {
    pool_stop(executor->pool);
    free(executor->scratch);
    free(executor->counters);
    *executor = (struct executor){0};
}

int executor_workers(const struct executor *executor, double operations) {
    return operations >= PARALLEL_OPERATIONS ? pool_size(executor->pool) : 1;
}

/* A call of executor_run. */
struct call {
    const struct executor *executor;
    executor_work *work;
    void *context;
};

static void run_item(void *context, int i, int worker) {
    const struct call *call = context;
    const struct executor *executor = call->executor;
    call->work(call->context, i, executor->scratch + executor->scratch_size * (size_t)worker);
}

void executor_run(const struct executor *executor, double operations, int n, executor_work *work,
                  void *context) {
    if (executor_workers(executor, operations) > 1) {
        pool_run(executor->pool, n, run_item, &(struct call){executor, work, context});
        return;
    }
    for (int i = 0; i < n; i++) work(context, i, executor->scratch);
}

int part_count(int total, int max) {
    return (total + max - 1) / max;
}

struct part part_at(int total, int max, int i) {
    const int count = part_count(total, max), size = total / count, n_larger = total % count;
    const int larger_before = i < n_larger ? i : n_larger;
    return (struct part){i * size + larger_before, size + (i < n_larger)};
}
