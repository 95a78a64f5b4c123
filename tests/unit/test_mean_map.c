/* test_mean_map.c: the pictures of means of neurons, of single weights of patterns and of single
 * heads. Those of other sites are test_mean.c's. */
#include "batch/mean_map.h"

#include "unit.h"

#include <math.h>
#include <string.h>

static const struct pg_picture plain = {PG_VIRIDIS, NAN, NAN, NAN, PG_SHOW_VALUE};

/* Adds experiments of lines first to end - 1 that have n cells, whose values are theirs plus the
 * line. */
static void add(struct mean *mean, size_t first, size_t end, int n_tokens,
                struct position_label *labels, size_t n_labels, const struct cell *items,
                size_t n) {
    struct cell copies[64];
    struct pg_error err;
    struct summary_row row = {.n_tokens = n_tokens, .labels = labels, .n_labels = n_labels};
    assert_true(n <= sizeof copies / sizeof *copies);
    for (row.line = first; row.line < end; row.line++) {
        memcpy(copies, items, n * sizeof *copies);
        for (size_t i = 0; i < n; i++) copies[i].at.value += (float)row.line;
        const struct cells cells = {copies, n, NULL};
        assert_true(mean_add(mean, &row, &cells, &err));
    }
}

/* The picture of the values; the mean is freed. */
static struct cell_map map_of(struct mean *mean, bool grey) {
    struct cell_map map;
    struct pg_error err;
    struct font *font = font_open(&err);
    mean_order(mean);
    if (!mean_map_make(mean, 0, false, grey, font, &plain, &map, &err)) fail_msg("%s", err.text);
    font_close(font);
    mean_free(mean);
    return map;
}

/* ---- neurons ---- */

static const struct cell neurons[] = {
    {{PG_NEURON, 0, -1, 1, 1, 7, -1}, 0, " b", " b"},
    {{PG_NEURON, 0, -1, 2, 2, 7, -1}, 0, " c", " C"},
    {{PG_NEURON, 0, -1, 1, 3, 9, -1}, 0, " b", " b"},
    {{PG_NEURON, 0, -1, 2, 4, 9, -1}, 0, " c", " C"},
    {{PG_NEURON, 2, -1, 1, 5, 7, -1}, 0, " b", " b"},
    {{PG_NEURON, 2, -1, 2, 6, 7, -1}, 0, " c", " C"},
    {{PG_NEURON, 2, -1, 1, 7, 9, -1}, 0, " b", " b"},
};
enum { N_NEURONS = sizeof neurons / sizeof *neurons };

static void neurons_have_a_panel_for_each_position(void **state) {
    (void)state;
    struct mean mean = {0};
    add(&mean, 1, 3, 3, NULL, 0, neurons, N_NEURONS);
    struct cell_map map = map_of(&mean, true);
    assert_int_equal(map.map.n_panels, 2);
    const struct heatmap_panel *first = &map.map.panels[0], *second = &map.map.panels[1];
    assert_string_equal(first->title, "position 1: \u00b7b");
    assert_string_equal(second->title, "position 2: \u00b7c \u2192 \u00b7C");
    assert_string_equal(map.map.subtitles[0], "patching neuron, clean \u2192 corrupted");
    assert_string_equal(first->column_title, "neuron");
    assert_null(first->column_labels);
    assert_true(first->n_columns == 2 && first->column_numbers[1] == 9);
    assert_true(first->n_rows == 2 && first->row_numbers[1] == 2);
    for (int i = 0; i < 4; i++) {
        assert_true(first->values[i] == (float)(1 + 2 * i) + 1.5f);
        assert_true(i == 3 || second->values[i] == (float)(2 + 2 * i) + 1.5f);
        assert_true(first->greyed[i]); /* intervals were not made */
    }
    assert_true(isnan(second->values[3]) && !second->greyed[3]); /* there is no such cell */
    cell_map_free(&map);
}

static void panels_of_neurons_are_named_by_group_and_label(void **state) {
    (void)state;
    struct position_label labels[] = {{"IO", 1}, {"end", 2}};
    struct mean mean = {0};
    struct cell odd[N_NEURONS];
    memcpy(odd, neurons, sizeof odd);
    for (int i = 0; i < N_NEURONS; i++) odd[i].clean = " x";
    add(&mean, 1, 2, 3, labels, 2, neurons, N_NEURONS);
    add(&mean, 2, 3, 4, NULL, 0, neurons, N_NEURONS);
    add(&mean, 3, 4, 4, NULL, 0, odd, N_NEURONS);
    struct cell_map map = map_of(&mean, false);
    assert_int_equal(map.map.n_panels, 4);
    assert_string_equal(map.map.panels[0].title, "neuron, by label, 1 experiment, IO");
    assert_string_equal(map.map.panels[1].title, "neuron, by label, 1 experiment, end");
    assert_string_equal(map.map.panels[2].title, "neuron, 4 tokens, 2 experiments, position 1");
    cell_map_free(&map);
}

/* 32 panels are the limit: of 20 and 13 positions those with more experiments, and a panel of
 * another site; of 33 positions none. */
static void too_many_panels_of_neurons_are_left_out(void **state) {
    (void)state;
    struct cell many[34];
    for (int i = 0; i < 33; i++)
        many[i] = (struct cell){{PG_NEURON, 0, -1, i, 1, 0, -1}, 0, "a", "a"};
    many[33] = (struct cell){{PG_MLP_OUT, 0, -1, 0, 1, -1, -1}, 0, "a", "a"};
    struct mean mean = {0};
    add(&mean, 1, 2, 20, NULL, 0, many, 20);
    add(&mean, 2, 4, 13, NULL, 0, many, 13);
    add(&mean, 4, 5, 1, NULL, 0, &many[33], 1);
    struct cell_map map = map_of(&mean, false);
    assert_int_equal(map.map.n_panels, 14);
    assert_string_equal(map.map.subtitles[0], "patching clean \u2192 corrupted, 2 of 3 panels");
    cell_map_free(&map);
    add(&mean, 1, 3, 33, NULL, 0, many, 33);
    map = map_of(&mean, false);
    assert_int_equal(map.map.n_panels, 0);
    cell_map_free(&map);
}

/* ---- weights of patterns ---- */

static void weights_of_patterns_have_a_column_for_each_pair(void **state) {
    (void)state;
    const struct cell weights[] = {{{PG_PATTERN_DEST_SRC, 0, 1, 3, 1, -1, 0}, 0, " d", " d"},
                                   {{PG_PATTERN_DEST_SRC, 0, 1, 3, 2, -1, 2}, 0, " d", " d"},
                                   {{PG_PATTERN_DEST_SRC, 0, 1, 2, 3, -1, 1}, 0, " c", " C"},
                                   {{PG_PATTERN_DEST_SRC, 1, 1, 3, 4, -1, 2}, 0, " d", " d"}};
    struct mean mean = {0};
    add(&mean, 1, 3, 4, NULL, 0, weights, 4);
    struct cell_map map = map_of(&mean, false);
    assert_int_equal(map.map.n_panels, 1);
    const struct heatmap_panel *panel = &map.map.panels[0];
    assert_int_equal(panel->n_columns, 3);
    assert_string_equal(panel->column_labels[0], "2 \u00b7c \u2192 \u00b7C \u2190 1");
    assert_string_equal(panel->column_labels[1], "3 \u00b7d \u2190 0");
    assert_string_equal(panel->column_labels[2], "3 \u00b7d \u2190 2 \u00b7c \u2192 \u00b7C");
    assert_true(panel->column_marked[0] && !panel->column_marked[1] && panel->column_marked[2]);
    assert_string_equal(panel->row_labels[1], "1.1");
    assert_true(panel->values[0] == 4.5f && panel->values[1] == 2.5f && panel->values[2] == 3.5f);
    assert_true(isnan(panel->values[3]) && panel->values[5] == 5.5f);
    cell_map_free(&map);
}

/* ---- single heads ---- */

static void heads_that_are_not_a_grid_have_a_row_each(void **state) {
    (void)state;
    const struct cell heads[] = {
        {{PG_Z, 2, 3, 0, 1, -1, -1}, 0, "a", "a"}, {{PG_Z, 2, 3, 1, 2, -1, -1}, 0, "b", "b"},
        {{PG_Z, 2, 5, 0, 3, -1, -1}, 0, "a", "a"}, {{PG_Z, 2, 5, 1, 4, -1, -1}, 0, "b", "b"},
        {{PG_Z, 9, 5, 0, 5, -1, -1}, 0, "a", "a"}, {{PG_Z, 9, 5, 1, 6, -1, -1}, 0, "b", "b"},
        {{PG_Z, 9, 3, 0, 7, -1, -1}, 0, "a", "a"}};
    struct mean mean = {0};
    add(&mean, 1, 3, 2, NULL, 0, heads, 6);
    struct cell_map map = map_of(&mean, false);
    const struct heatmap_panel *panel = &map.map.panels[0];
    assert_true(panel->n_rows == 3 && panel->group == 1);
    assert_string_equal(panel->row_labels[0], "2.3");
    assert_string_equal(panel->row_labels[2], "9.5");
    for (int i = 0; i < 6; i++) assert_true(panel->values[i] == (float)i + 2.5f);
    cell_map_free(&map);

    add(&mean, 1, 3, 2, NULL, 0, heads, 7); /* both layers have both heads, if not all positions */
    map = map_of(&mean, false);
    panel = &map.map.panels[0];
    assert_true(panel->n_rows == 4 && panel->group == 2);
    assert_string_equal(panel->row_labels[3], "9.5");
    cell_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neurons_have_a_panel_for_each_position),
        cmocka_unit_test(panels_of_neurons_are_named_by_group_and_label),
        cmocka_unit_test(too_many_panels_of_neurons_are_left_out),
        cmocka_unit_test(weights_of_patterns_have_a_column_for_each_pair),
        cmocka_unit_test(heads_that_are_not_a_grid_have_a_row_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
