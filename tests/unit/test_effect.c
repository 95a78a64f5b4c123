/* test_effect.c: the largest effects of patches, and the names of cells. */
#include "report/effect.h"

#include "unit.h"

#include <math.h>

static void the_largest_effect_is_the_furthest_from_the_run_that_is_patched(void **state) {
    (void)state;
    struct pg_cell cells[] = {{PG_Z_ALL, 0, 0, -1, NAN, -1, -1},
                              {PG_Z_ALL, 0, 1, -1, 2, -1, -1},
                              {PG_Z_ALL, 1, 0, -1, 6, -1, -1},
                              {PG_Z_ALL, 1, 1, -1, -2, -1, -1},
                              {PG_Z_ALL, 2, 0, -1, 9, -1, -1}};
    struct pg_result result = {
        .clean_metric = 9, .corrupt_metric = 2, .n_cells = 4, .cells = cells};
    assert_int_equal(largest_effect(&result).layer, 1); /* 4 away: 6 and -2 */
    assert_int_equal(largest_effect(&result).head, 0);
    result.noising = true;
    assert_true(largest_effect(&result).value == -2);
    result.n_cells = 2;
    assert_true(largest_effect(&result).value == 2);
    result.n_cells = 1;
    assert_int_equal(largest_effect(&result).layer, -1);
    result.corrupt_metric = result.clean_metric = NAN;
    result.n_cells = 5;
    assert_int_equal(largest_effect(&result).layer, -1);
}

static void an_ablation_is_compared_with_the_clean_run(void **state) {
    (void)state;
    struct pg_cell cells[] = {{PG_Z_ALL, 0, 1, -1, 2, -1, -1}, {PG_Z_ALL, 1, 0, -1, 6, -1, -1}};
    const struct pg_result result = {.with = PG_WITH_ZERO,
                                     .clean_metric = 3,
                                     .corrupt_metric = NAN,
                                     .n_cells = 2,
                                     .cells = cells};
    assert_true(base_metric(&result) == 3);
    assert_int_equal(largest_effect(&result).layer, 1);
}

static void the_largest_effects_are_in_order(void **state) {
    (void)state;
    static const float values[] = {1, -3, NAN, 3, 0, 7, 2};
    struct pg_cell cells[7];
    for (int i = 0; i < 7; i++) cells[i] = (struct pg_cell){PG_NEURON, 0, -1, 0, values[i], i, -1};
    const struct pg_result result = {.n_cells = 7, .cells = cells};
    size_t found[8];
    static const size_t expected[] = {5, 1, 3, 6, 0, 4};
    assert_int_equal(largest_effects(&result, found, 8), 6);
    for (int i = 0; i < 6; i++) assert_int_equal(found[i], expected[i]);
    assert_int_equal(largest_effects(&result, found, 3), 3);
    for (int i = 0; i < 3; i++) assert_int_equal(found[i], expected[i]);
}

static void cells_have_names(void **state) {
    (void)state;
    const struct pg_cell neuron = {PG_NEURON, 9, -1, 4, 0, 123, -1},
                         weight = {PG_PATTERN_DEST_SRC, 9, 6, 4, 0, -1, 2},
                         joint = {PG_Z, -1, -1, 4, 0, -1, -1};
    assert_string_equal(cell_name(&neuron).text, "L9N123");
    assert_string_equal(cell_name(&weight).text, "L9H6");
    assert_string_equal(cell_name(&joint).text, "");
    assert_string_equal(cell_place_words(&neuron).text, "layer 9, neuron 123, position 4");
    assert_string_equal(cell_place_words(&weight).text,
                        "layer 9, head 6, position 4, source position 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_effect_is_the_furthest_from_the_run_that_is_patched),
        cmocka_unit_test(an_ablation_is_compared_with_the_clean_run),
        cmocka_unit_test(the_largest_effects_are_in_order),
        cmocka_unit_test(cells_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
