/* test_terminal_map.c: the heatmap of an experiment as lines of a terminal. */
#include "report/terminal_map.h"

#include "random_model.h"
#include "unit.h"

#include <math.h>

static struct pg_cell cells[] = {
    {PG_RESID_PRE, 0, -1, 0, 0, -1, -1}, {PG_RESID_PRE, 0, -1, 1, 10, -1, -1},
    {PG_RESID_PRE, 0, -1, 2, 5, -1, -1}, {PG_RESID_PRE, 2, -1, 0, 1, -1, -1},
    {PG_RESID_PRE, 2, -1, 1, 9, -1, -1}, {PG_RESID_PRE, 2, -1, 2, NAN, -1, -1},
    {PG_Z_ALL, 0, 0, -1, 2, -1, -1},     {PG_Z_ALL, 0, 1, -1, 8, -1, -1},
    {PG_Q, 1, 0, 1, 3, -1, -1},          {PG_Q, 1, 1, 1, 4, -1, -1},
    {PG_Q, 3, 0, 1, 6, -1, -1},          {PG_Q, 3, 1, 1, 7, -1, -1},
};
static int clean_ids[] = {5, 6, 7}, corrupt_ids[] = {5, 8, 7};
static struct pg_pair pair = {1, 2};

/* Of the first n_sites of resid_pre, z_all and q, which have 6, 2 and 4 cells. */
static struct pg_result result_of(size_t n_sites) {
    static const size_t n_cells[] = {0, 6, 8, 12};
    return (struct pg_result){.n_tokens = 3,
                              .clean_ids = clean_ids,
                              .corrupt_ids = corrupt_ids,
                              .n_pairs = 1,
                              .pairs = &pair,
                              .n_sites = n_sites,
                              .sites = {PG_RESID_PRE, PG_Z_ALL, PG_Q},
                              .read_position = 2,
                              .n_cells = n_cells[n_sites],
                              .cells = cells};
}

/* The model has no tokenizer: tokens are ids. */
static void check_lines(size_t n_sites, struct pg_picture picture, enum terminal_colours colours,
                        int width, const char *expected) {
    const struct shape shape = {
        .layers = 1, .heads = 1, .width = 4, .inner = 4, .context = 4, .vocab = 9};
    struct pg_error err;
    struct pg_result result = result_of(n_sites);
    struct pg_model *model = random_model(&shape, 1);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true(write_terminal_map(out, model, &result, &picture, colours, width, &err));
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    pg_model_close(model);
}

static const struct pg_picture automatic = {PG_GREYS, NAN, NAN, NAN, PG_SHOW_VALUE};

static void without_colours_cells_are_digits(void **state) {
    (void)state;
    check_lines(1, automatic, COLOURS_NONE, 80,
                "layer  0 1 2  position\n"
                "    0  0 9 5\n"
                "    2  1 9 .\n"
                "        ^^\n\n"
                "logit difference: 0 is 0, 9 is 10\n"
                "0 5  1 6 \u2192 8  2 7\n");
}

static void panels_follow_each_other_and_groups_are_parted(void **state) {
    (void)state;
    check_lines(3, automatic, COLOURS_NONE, 80,
                "resid_pre\n"
                "layer  0 1 2  position\n"
                "    0  0 9 5\n"
                "    2  1 9 .\n"
                "        ^^\n\n"
                "z_all\n"
                "layer  0 1  head\n"
                "    0  2 8\n\n"
                "q\n"
                "layer.head  1  position\n"
                "       1.0  3\n"
                "       1.1  4\n\n"
                "       3.0  6\n"
                "       3.1  7\n"
                "           ^^\n\n"
                "logit difference: 0 is 0, 9 is 10\n"
                "0 5  1 6 \u2192 8  2 7\n");
}

/* Blocks of columns that fit, at least one whatever the width. */
static void a_narrow_terminal_wraps_columns(void **state) {
    (void)state;
    check_lines(1, automatic, COLOURS_NONE, 20,
                "layer  0 1  position\n"
                "    0  0 9\n"
                "    2  1 9\n"
                "        ^^\n\n"
                "layer  2  position\n"
                "    0  5\n"
                "    2  .\n\n"
                "logit difference: 0 is 0, 9 is 10\n"
                "0 5  1 6 \u2192 8  2 7\n");
}

static void the_legend_has_the_limits(void **state) {
    (void)state;
    check_lines(1, (struct pg_picture){PG_GREYS, 4, 6, NAN, PG_SHOW_VALUE}, COLOURS_NONE, 80,
                "layer  0 1 2  position\n"
                "    0  0 9 5\n"
                "    2  0 9 .\n"
                "        ^^\n\n"
                "logit difference: 0 is 4, 9 is 6\n"
                "0 5  1 6 \u2192 8  2 7\n");
}

#define CELL24(r, g, b) "\033[48;2;" #r ";" #g ";" #b "m  "
#define CELL256(n)      "\033[48;5;" #n "m  "
#define END             "\033[0m"

/* White is 0, black is 10; what is missing is grey. The legend goes through the map in 16 steps. */
static void cells_and_legend_have_the_colours_of_the_map(void **state) {
    (void)state;
    const char *heads[] = {"layer  0 1 2  position\n"
                           "    0 " CELL24(255, 255, 255) CELL24(0, 0, 0) CELL24(149, 149, 149) END
                           "\n",
                           "layer  0 1 2  position\n"
                           "    0 " CELL256(231) CELL256(16) CELL256(102) END "\n"};
    const struct shape shape = {
        .layers = 1, .heads = 1, .width = 4, .inner = 4, .context = 4, .vocab = 9};
    for (int i = 0; i < 2; i++) {
        struct pg_error err;
        struct pg_result result = result_of(1);
        struct pg_model *model = random_model(&shape, 1);
        char *text = NULL, *legend;
        size_t size;
        int cells_of_legend = 0;
        FILE *out = open_memstream(&text, &size);
        assert_true(write_terminal_map(out, model, &result, &automatic,
                                       i ? COLOURS_256 : COLOURS_24_BIT, 80, &err));
        fclose(out);
        assert_int_equal(strncmp(text, heads[i], strlen(heads[i])), 0);
        legend = strstr(text, "logit difference: 0 \033");
        assert_non_null(legend);
        for (char *at = legend; (at = strstr(at, "\033[48;")); at++) cells_of_legend++;
        assert_int_equal(cells_of_legend, 16);
        assert_non_null(strstr(legend, END " 10\n"));
        free(text);
        pg_model_close(model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_colours_cells_are_digits),
        cmocka_unit_test(panels_follow_each_other_and_groups_are_parted),
        cmocka_unit_test(a_narrow_terminal_wraps_columns),
        cmocka_unit_test(the_legend_has_the_limits),
        cmocka_unit_test(cells_and_legend_have_the_colours_of_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
