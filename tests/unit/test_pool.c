/* test_pool.c: every item is done once, by some worker of the pool, and all are done when pool_run
 * returns; with any number of threads and items, round after round. Workers start with their own
 * range. */
#include "base/pool.h"

#include "unit.h"

#include <stdatomic.h>

enum { MAX_ITEMS = 100, MAX_WORKERS = 9 };

struct tally {
    int done[MAX_ITEMS];             /* not atomic: items are apart, and rounds follow each other */
    int by_worker[MAX_WORKERS + 1];  /* nor do two threads share a worker */
    atomic_int at_work, max_at_work; /* workers */
};

static void count(void *context, int i, int worker) {
    struct tally *tally = context;
    const int here = atomic_fetch_add(&tally->at_work, 1) + 1;
    for (int max = atomic_load(&tally->max_at_work);
         here > max && !atomic_compare_exchange_weak(&tally->max_at_work, &max, here);) {
    }
    tally->done[i]++;
    tally->by_worker[worker]++;
    atomic_fetch_sub(&tally->at_work, 1);
}

static void every_item_is_done_once(void **state) {
    (void)state;
    struct pg_error err;
    for (int threads = 1; threads <= MAX_WORKERS; threads++) {
        struct pool *pool = pool_start(threads, &err);
        assert_non_null(pool);
        assert_int_equal(pool_size(pool), threads);
        struct tally tally = {0};
        int rounds = 0, items = 0;
        for (int repeat = 0; repeat < 20; repeat++)
            for (int n = 0; n <= MAX_ITEMS; n += 1 + n / 2, rounds++) {
                pool_run(pool, n, count, &tally);
                items += n;
                assert_int_equal(atomic_load(&tally.at_work), 0);
                for (int i = 0; i < n; i++) tally.done[i]--;
                for (int i = 0; i < MAX_ITEMS; i++) assert_int_equal(tally.done[i], 0);
            }
        int sum = 0;
        for (int w = 0; w <= MAX_WORKERS; w++) {
            sum += tally.by_worker[w];
            if (w >= threads) assert_int_equal(tally.by_worker[w], 0);
        }
        assert_int_equal(sum, items);
        assert_in_range(atomic_load(&tally.max_at_work), 1, threads);
        pool_stop(pool);
    }
    pool_stop(NULL);
}

enum { TOGETHER = 3 };

struct meeting {
    atomic_int arrived;
    int who[2 * TOGETHER]; /* did each item */
};

/* The first item of every worker's range waits for the others': they are not one after the other.
 */
static void meet(void *context, int i, int worker) {
    struct meeting *meeting = context;
    meeting->who[i] = worker;
    if (i % 2) return;
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < TOGETHER) {
    }
}

static void workers_start_with_their_own_range(void **state) {
    (void)state;
    struct pg_error err;
    struct pool *pool = pool_start(TOGETHER, &err);
    for (int round = 0; round < 50; round++) {
        struct meeting meeting = {0};
        pool_run(pool, 2 * TOGETHER, meet, &meeting);
        assert_int_equal(meeting.arrived, TOGETHER);
        for (int w = 0; w < TOGETHER; w++) assert_int_equal(meeting.who[(size_t)2 * w], w);
    }
    pool_stop(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(workers_start_with_their_own_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
