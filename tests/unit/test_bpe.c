/* test_bpe.c: text/bpe.h: merging equals its definition, for merges of any order. */
#include "tokenizer/bpe.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* The definition, step by step: finds the pair of neighbours of the lowest rank, merges all its
 * occurrences from left to right, and does so again until there is none. */
static size_t merge_by_definition(const struct merge *merges, size_t n_merges, int *ids, size_t n) {
    for (size_t rank = 0; rank < n_merges;) {
        size_t kept = 0;
        bool merged = false;
        for (size_t i = 0; i < n; i++) {
            bool here =
                i + 1 < n && ids[i] == merges[rank].left && ids[i + 1] == merges[rank].right;
            ids[kept++] = here ? merges[rank].result : ids[i];
            i += here;
            merged = merged || here;
        }
        n = kept;
        rank = merged ? 0 : rank + 1;
    }
    return n;
}

static struct merge_table make_table(const struct merge *merges, size_t n_merges) {
    struct pg_error err;
    struct merge_table table;
    assert_true(merge_table_init(&table, n_merges, &err));
    for (size_t i = 0; i < n_merges; i++) assert_true(merge_table_add(&table, merges[i]));
    return table;
}

static void check(const struct merge *merges, size_t n_merges, const int *ids, size_t n,
                  struct bpe_work *work) {
    struct pg_error err;
    struct merge_table table = make_table(merges, n_merges);
    int *expected = malloc((n + 1) * sizeof *expected), *found = malloc((n + 1) * sizeof *found);
    memcpy(expected, ids, n * sizeof *ids);
    memcpy(found, ids, n * sizeof *ids);
    size_t n_expected = merge_by_definition(merges, n_merges, expected, n), n_found = n;
    assert_true(bpe_merge(&table, work, found, &n_found, &err));
    assert_int_equal(n_found, n_expected);
    assert_memory_equal(found, expected, n_found * sizeof *found);
    free(expected);
    free(found);
    merge_table_free(&table);
}

/* Merges of random earlier tokens, then shuffled: a merge may come before those that it needs. */
static size_t random_merges(struct merge *merges, size_t n_merges, int alphabet) {
    for (size_t i = 0; i < n_merges; i++) {
        int n = alphabet + (int)i;
        merges[i] = (struct merge){rand() % n, rand() % n, n};
        for (size_t j = 0; j < i; j++)
            if (merges[j].left == merges[i].left && merges[j].right == merges[i].right) return i;
    }
    return n_merges;
}

static void shuffle(struct merge *merges, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rand() % i;
        struct merge other = merges[i - 1];
        merges[i - 1] = merges[j];
        merges[j] = other;
    }
}

static void test_equals_definition(void **state) {
    (void)state;
    struct bpe_work work = {0};
    srand(1);
    for (int round = 0; round < 20000; round++) {
        struct merge merges[24];
        int ids[60], alphabet = 1 + rand() % 4;
        size_t n_merges = random_merges(merges, 1 + (size_t)rand() % 24, alphabet);
        if (round % 2) shuffle(merges, n_merges);
        size_t n = (size_t)rand() % 61;
        for (size_t i = 0; i < n; i++) ids[i] = rand() % alphabet;
        check(merges, n_merges, ids, n, &work);
    }
    bpe_work_free(&work);
}

static void test_one_pair_is_merged_everywhere_before_the_next(void **state) {
    (void)state;
    /* a = 0, b = 1, ab = 2; aba = 3 has the better rank, but its turn comes when both ab are
     * there. */
    const struct merge merges[] = {{2, 0, 3}, {0, 1, 2}};
    struct merge_table table = make_table(merges, 2);
    int ids[] = {0, 1, 0, 1};
    size_t n = 4;
    struct bpe_work work = {0};
    struct pg_error err;
    assert_true(bpe_merge(&table, &work, ids, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(ids[0], 2);
    assert_int_equal(ids[1], 2);
    bpe_work_free(&work);
    merge_table_free(&table);
}

static void test_overlapping_pairs(void **state) {
    (void)state;
    const struct merge merges[] = {{0, 0, 1}, {1, 1, 2}, {1, 0, 3}, {2, 3, 4}};
    const int ids[40] = {0};
    struct bpe_work work = {0};
    for (size_t n = 0; n <= 40; n++) check(merges, 4, ids, n, &work);
    bpe_work_free(&work);
}

static void test_a_pair_has_one_merge(void **state) {
    (void)state;
    const struct merge merges[] = {{0, 1, 2}};
    struct merge_table table = make_table(merges, 1);
    assert_false(merge_table_add(&table, (struct merge){0, 1, 4}));
    assert_int_equal(table.count, 1);
    merge_table_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_definition),
        cmocka_unit_test(test_one_pair_is_merged_everywhere_before_the_next),
        cmocka_unit_test(test_overlapping_pairs),
        cmocka_unit_test(test_a_pair_has_one_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
