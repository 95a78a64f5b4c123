/* test_team.c: every item is done once, by somebody of the team, and all are done when team_run
 * returns; with any number of threads and items, round after round. Members begin with their own stretch. */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST_ITEMS = 100, MOST_MEMBERS = 9 };

struct tally {
    int done[MOST_ITEMS];            /* not atomic: items are apart, and rounds follow each other */
    int by_member[MOST_MEMBERS + 1]; /* nor are members ever two */
    atomic_int at_work, most_at_work; /* members */
};

static void count(void *context, int i, int member) {
    struct tally *tally = context;
    const int here = atomic_fetch_add(&tally->at_work, 1) + 1;
    for (int most = atomic_load(&tally->most_at_work);
         here > most && !atomic_compare_exchange_weak(&tally->most_at_work, &most, here);) {
    }
    tally->done[i]++;
    tally->by_member[member]++;
    atomic_fetch_sub(&tally->at_work, 1);
}

static void every_item_once(void **state) {
    (void)state;
    struct pg_error err;
    for (int threads = 1; threads <= MOST_MEMBERS; threads++) {
        struct team *team = team_start(threads, &err);
        assert_non_null(team);
        assert_int_equal(team_size(team), threads);
        struct tally tally = {0};
        int rounds = 0, items = 0;
        for (int repeat = 0; repeat < 20; repeat++)
            for (int n = 0; n <= MOST_ITEMS; n += 1 + n / 2, rounds++) {
                team_run(team, n, count, &tally);
                items += n;
                assert_int_equal(atomic_load(&tally.at_work), 0);
                for (int i = 0; i < n; i++) tally.done[i]--;
                for (int i = 0; i < MOST_ITEMS; i++) assert_int_equal(tally.done[i], 0);
            }
        int sum = 0;
        for (int m = 0; m <= MOST_MEMBERS; m++) {
            sum += tally.by_member[m];
            if (m >= threads) assert_int_equal(tally.by_member[m], 0);
        }
        assert_int_equal(sum, items);
        assert_in_range(atomic_load(&tally.most_at_work), 1, threads);
        team_stop(team);
    }
    team_stop(NULL);
}

enum { TOGETHER = 3 };

struct meeting {
    atomic_int arrived;
    int who[2 * TOGETHER]; /* did each item */
};

/* The first item of every member's stretch waits for the others': they are not one after the other. */
static void meet(void *context, int i, int member) {
    struct meeting *meeting = context;
    meeting->who[i] = member;
    if (i % 2) return;
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < TOGETHER) {
    }
}

static void members_begin_with_their_own_stretch(void **state) {
    (void)state;
    struct pg_error err;
    struct team *team = team_start(TOGETHER, &err);
    for (int round = 0; round < 50; round++) {
        struct meeting meeting = {0};
        team_run(team, 2 * TOGETHER, meet, &meeting);
        assert_int_equal(meeting.arrived, TOGETHER);
        for (int m = 0; m < TOGETHER; m++) assert_int_equal(meeting.who[(size_t)2 * m], m);
    }
    team_stop(team);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),
        cmocka_unit_test(members_begin_with_their_own_stretch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
