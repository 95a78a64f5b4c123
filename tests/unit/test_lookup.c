/* test_lookup.c: base/lookup.h: items are found among many, whatever their hash values. */
#include "base/lookup.h"

#include "unit.h"

enum { N = 5000 };

static bool is_item(const void *context, size_t place) {
    return *(const size_t *)context == place;
}

static uint32_t hash_of(size_t item) {
    return lookup_hash(0, &item, sizeof item);
}

static uint32_t one_hash(size_t item) {
    (void)item;
    return 7;
}

static void check(uint32_t (*hash)(size_t), size_t n) {
    struct lookup table = {0};
    struct pg_error err;
    for (size_t i = 0; i < n; i++) {
        assert_true(lookup_find(&table, hash(i), is_item, &i) == SIZE_MAX);
        assert_true(lookup_add(&table, hash(i), i, &err));
    }
    for (size_t i = 0; i < n; i++) assert_true(lookup_find(&table, hash(i), is_item, &i) == i);
    const size_t other = n;
    assert_true(lookup_find(&table, hash(other), is_item, &other) == SIZE_MAX);
    lookup_free(&table);
    assert_true(lookup_find(&table, hash(0), is_item, &other) == SIZE_MAX);
}

static void items_are_found(void **state) {
    (void)state;
    check(hash_of, N);
}

static void items_of_one_hash_value_are_told_apart(void **state) {
    (void)state;
    check(one_hash, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_found),
        cmocka_unit_test(items_of_one_hash_value_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
