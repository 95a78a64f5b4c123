/* pool.c: see pool.h; and pg_set_threads. Workers meet at a round number, which goes up when there
 * is work. Each worker owns a range of the items and takes from the others' ranges when its own is
 * empty. */
#include "base/pool.h"

#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- how many threads ---- */

/* Thread count for calls made by this thread; 0: one per available core. */
static _Thread_local int chosen_threads;

/* The cores that this program may run on. */
static int count_cores(void) {
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return CPU_COUNT(&cores);
}

void pg_set_threads(int threads) {
    chosen_threads = threads > 0 ? threads : 0;
}

int pg_threads(void) {
    return chosen_threads ? chosen_threads : count_cores();
}

/* ---- the pool ---- */

/* Spin iterations before blocking: about 200 us, slightly more than a sleep and wake-up cost. */
enum { SPINS = 10000 };

/* The items that a worker starts a round with, on a cache line of its own. */
struct range {
    _Alignas(64) atomic_int next; /* the first item that is not taken */
    int end;
};

struct worker {
    struct pool *pool;
    int number;
    pthread_t thread;
};

struct pool {
    int size;
    struct worker *workers; /* workers[0] is the caller of pool_run, which has no thread here */
    struct range *ranges;   /* size of them */
    pthread_mutex_t lock;
    pthread_cond_t has_work, is_idle;

    pool_work *work; /* of this round; NULL: the pool stops */
    void *context;
    atomic_uint round;
    atomic_int n_working; /* workers that have not finished this round, without worker 0 */
};

/* Tells the processor that this is a spin loop. */
static void cpu_relax(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Does the items of the worker's own range, then what is left of the others'. */
static void run_items(struct pool *pool, int worker) {
    for (int w = 0; w < pool->size; w++) {
        struct range *range = &pool->ranges[(worker + w) % pool->size];
        for (int i; (i = atomic_fetch_add(&range->next, 1)) < range->end;)
            pool->work(pool->context, i, worker);
    }
}

/* Returns when the round is another one than `seen`. */
static void await_round(struct pool *pool, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->round) != seen) return;
        cpu_relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen) pthread_cond_wait(&pool->has_work, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void await_workers(struct pool *pool) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->n_working) == 0) return;
        cpu_relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->n_working) != 0) pthread_cond_wait(&pool->is_idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void partition_items(struct pool *pool, int n) {
    for (int w = 0; w < pool->size; w++) {
        atomic_store(&pool->ranges[w].next, (int)((long)n * w / pool->size));
        pool->ranges[w].end = (int)((long)n * (w + 1) / pool->size);
    }
}

static void begin_round(struct pool *pool) {
    atomic_store(&pool->n_working, pool->size - 1);
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *argument) {
    const struct worker *self = argument;
    struct pool *pool = self->pool;
    for (unsigned round = 0;; round++) {
        await_round(pool, round);
        if (!pool->work) return NULL;
        run_items(pool, self->number);
        if (atomic_fetch_sub(&pool->n_working, 1) > 1) continue;
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&pool->is_idle);
        pthread_mutex_unlock(&pool->lock);
    }
}

static bool start_worker(struct pool *pool, int number, int threads, struct pg_error *err) {
    struct worker *worker = &pool->workers[number];
    *worker = (struct worker){.pool = pool, .number = number};
    const int why = pthread_create(&worker->thread, NULL, worker_main, worker);
    if (why)
        return fail(err, "thread %d of %d cannot be started: %s", number + 1, threads,
                    strerror(why));
    pool->size++;
    return true;
}

struct pool *pool_start(int threads, struct pg_error *err) {
    struct pool *pool = allocate(1, sizeof *pool, err);
    if (!pool) return NULL;
    pool->size = 1;
    pool->workers = allocate((size_t)threads, sizeof *pool->workers, err);
    pool->ranges = allocate((size_t)threads, sizeof *pool->ranges, err);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_work, NULL);
    pthread_cond_init(&pool->is_idle, NULL);
    bool ok = pool->workers && pool->ranges;
    for (int i = 1; ok && i < threads; i++) ok = start_worker(pool, i, threads, err);
    if (ok) return pool;
    pool_stop(pool);
    return NULL;
}

void pool_stop(struct pool *pool) {
    if (!pool) return;
    pool->work = NULL;
    begin_round(pool);
    for (int i = 1; i < pool->size; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->has_work);
    pthread_cond_destroy(&pool->is_idle);
    free(pool->workers);
    free(pool->ranges);
    free(pool);
}

int pool_size(const struct pool *pool) {
    return pool->size;
}

void pool_run(struct pool *pool, int n, pool_work *work, void *context) {
    if (pool->size == 1 || n <= 1) {
        for (int i = 0; i < n; i++) work(context, i, 0);
        return;
    }
    pool->work = work;
    pool->context = context;
    partition_items(pool, n);
    begin_round(pool);
    run_items(pool, 0);
    await_workers(pool);
}

void pool_run_once(int threads, int n, pool_work *work, void *context) {
    struct pg_error ignored;
    struct pool *pool = threads > 1 ? pool_start(threads, &ignored) : NULL;
    if (pool)
        pool_run(pool, n, work, context);
    else
        for (int i = 0; i < n; i++) work(context, i, 0);
    pool_stop(pool);
}
