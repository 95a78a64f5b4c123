/* test_scale.c: what is read and averaged takes time in proportion to its size: four times as much,
 * some four times as long, not sixteen. Time is that of the processor, the least of some runs. */
#include "batch/mean.h"

#include "scratch.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SMALL = 20000, TIMES = 4, RUNS = 3 };

static double least_seconds(void (*work)(size_t), size_t size) {
    double least = 1e9;
    for (int i = 0; i < RUNS; i++) {
        const clock_t start = clock();
        work(size);
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds < least) least = seconds;
    }
    return least;
}

static void check_scale(void (*work)(size_t), const char *what) {
    const double small = least_seconds(work, SMALL), large = least_seconds(work, TIMES * SMALL);
    if (large > 0.05 && large > 9 * small) fail_msg("%s: %g s become %g s", what, small, large);
}

/* A summary whose only row has that number of labels. */
static void read_row(size_t n_labels) {
    static struct scratch s;
    struct summary summary;
    struct pg_error err;
    size_t size;
    char *text = NULL;
    scratch_open(&s);
    FILE *out = open_memstream(&text, &size);
    fputs("line,id,fingerprint,metric,noising,n_tokens,labels,csv_crc32,clean_metric,"
          "corrupt_metric,site,layer,head,position,value,recovered,error\n"
          "1,a,00000abc,logit,0,5,",
          out);
    for (size_t i = 0; i < n_labels; i++) fprintf(out, "%sn%zu:3", i ? ";" : "", i);
    fputs(",fedcba98,2.5,-1.5,,,,,,,\n", out);
    fclose(out);
    if (!summary_read(scratch_write(&s, "s.csv", text, size), false, &summary, &err))
        fail_msg("%s", err.text);
    assert_int_equal(summary.rows[0].n_labels, n_labels);
    summary_free(&summary);
    free(text);
    scratch_close(&s);
}

static void time_grows_linearly_with_the_labels_of_a_row(void **state) {
    (void)state;
    check_scale(read_row, "labels");
}

/* Experiments of 100 labels each, all different. */
static void add_experiments(size_t n_labels) {
    enum { EACH = 100, LAYERS = 2 };
    struct mean mean = {0};
    struct pg_error err;
    struct position_label labels[EACH];
    struct cell items[LAYERS];
    char names[EACH][32];
    for (int i = 0; i < LAYERS; i++)
        items[i] = (struct cell){.at = {.layer = i, .head = -1}, .clean = "a", .corrupt = "b"};
    const struct cells cells = {.items = items, .n = LAYERS};
    for (size_t line = 1; line <= n_labels / EACH; line++) {
        for (int i = 0; i < EACH; i++) {
            snprintf(names[i], sizeof names[i], "l%zu.%d", line, i);
            labels[i] = (struct position_label){names[i], 0};
        }
        const struct summary_row row = {
            .line = line, .n_tokens = 1, .labels = labels, .n_labels = EACH};
        assert_true(mean_add(&mean, &row, &cells, &err));
    }
    mean_order(&mean);
    assert_int_equal(mean.panels[0].n_cells, LAYERS * n_labels);
    mean_free(&mean);
}

static void time_grows_linearly_with_the_labels_of_a_mean(void **state) {
    (void)state;
    check_scale(add_experiments, "means by label");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_grows_linearly_with_the_labels_of_a_row),
        cmocka_unit_test(time_grows_linearly_with_the_labels_of_a_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
