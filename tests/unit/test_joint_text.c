/* test_joint_text.c: the lines of a batch's report about its joint patches. */
#include "batch/joint_text.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t z = (uint32_t)1 << PG_Z;

/* Adds an experiment whose joint patch has the value, at a position of 5, or at several (-1). */
static void add(struct mean *mean, size_t line, int position, float value, float recovered,
                struct intervention intervention) {
    struct cell cell = {{PG_Z, 3, -1, position, value, -1, -1}, recovered, "a", "b"};
    const struct cells cells = {&cell, 1, NULL};
    const struct summary_row row = {
        .line = line, .id = (char[]){"x"}, .n_tokens = 5, .intervention = intervention};
    struct pg_error err;
    assert_true(mean_add(mean, &row, &cells, &err));
}

static char *text_of(struct mean *mean) {
    struct pg_error err;
    mean_order(mean);
    char *text = joint_text(mean, &err);
    assert_non_null(text);
    mean_free(mean);
    return text;
}

static void each_mean_is_a_line(void **state) {
    (void)state;
    struct mean mean = {0};
    const struct intervention both = {.joint = z | (uint32_t)1 << PG_MLP_OUT},
                              zero = {.joint = z, .with = PG_WITH_ZERO};
    add(&mean, 1, -1, 2, 0.5f, both);
    add(&mean, 2, -1, 3, 0.75f, both);
    add(&mean, 3, 4, -1, NAN, zero);
    struct mean_cell *cell = &mean.panels[0].cells[0];
    cell->value.interval = (struct interval){true, 2, 3};
    cell->recovered.interval = (struct interval){true, 0.5f, 0.75f};
    char *text = text_of(&mean);
    assert_string_equal(
        text, "joint patch of mlp_out+z (layer 3), clean into corrupted, mean over 2 experiments: "
              "logit_diff 2.5000 (95 % interval 2.0000 to 3.0000), recovered 0.6250 (0.5000 to "
              "0.7500)\n"
              "joint patch of z (layer 3, position 4, 5 tokens), zero ablation, mean over 1 "
              "experiment: logit_diff -1.0000\n");
    free(text);
}

static void other_patches_have_no_line(void **state) {
    (void)state;
    struct mean mean = {0};
    add(&mean, 1, 2, 1, 1, (struct intervention){0});
    char *text = text_of(&mean);
    assert_string_equal(text, "");
    free(text);
}

static void ten_lines_are_enough(void **state) {
    (void)state;
    struct mean mean = {0};
    for (int i = 0; i < 13; i++)
        add(&mean, (size_t)i + 1, i, 1, 1, (struct intervention){.joint = z});
    char *text = text_of(&mean);
    size_t lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++) lines++;
    assert_int_equal(lines, 11);
    assert_non_null(strstr(text, "(layer 3, position 9, 5 tokens)"));
    assert_null(strstr(text, "position 10"));
    assert_non_null(strstr(text, "\nand 3 more means of joint patches in mean.csv\n"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mean_is_a_line),
        cmocka_unit_test(other_patches_have_no_line),
        cmocka_unit_test(ten_lines_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
