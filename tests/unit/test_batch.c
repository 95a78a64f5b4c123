/* test_batch.c: batch/run.h: a file of experiments becomes a folder, without a command line. */
#include "batch/output.h"
#include "batch/run.h"

#include "scratch.h"
#include "unit.h"

#include <math.h>

static struct scratch scratch;
static struct spec defaults;
static struct pg_error err;

/* What the callbacks have received. */
static struct {
    size_t n_failed, lines[8], n_moved;
    char why[8][256];
    struct batch_counts last;
} heard;

static int set_up(void **state) {
    (void)state;
    scratch_open(&scratch);
    defaults = spec_default(SPEC_COMMAND_LINE);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    spec_free(&defaults);
    scratch_close(&scratch);
    return 0;
}

static void hear_failure(void *context, size_t line, const char *why) {
    (void)context;
    heard.lines[heard.n_failed] = line;
    snprintf(heard.why[heard.n_failed++], sizeof heard.why[0], "%.255s", why);
}

static void hear_progress(void *context, const struct batch_counts *counts, double part) {
    (void)context;
    assert_true(part >= 0 && part <= 1);
    assert_true(counts->done >= heard.last.done && counts->failed >= heard.last.failed);
    heard.last = *counts;
    heard.n_moved++;
}

static const char lines[] =
    "{\"id\": \"a\", \"clean_ids\": [5, 6], \"corrupt_ids\": [5, 7], \"token_ids\": [8, 9]}\n"
    "{\"id\": \"b\", \"clean_ids\": [5, 6], \"corrupt_ids\": [5], \"token_ids\": [8, 9]}\n"
    "nonsense\n"
    "{\"id\": \"c\", \"clean_ids\": [5, 6], \"corrupt_ids\": [4, 6], \"token_ids\": [8, 9]}\n";

static struct batch_options make_options(const char *output) {
    static char file[1024], folder[1024];
    snprintf(file, sizeof file, "%s", scratch_text(&scratch, "lines.jsonl", lines));
    snprintf(folder, sizeof folder, "%s", scratch_path(&scratch, output));
    return (struct batch_options){.model = "demo",
                                  .file = file,
                                  .output = folder,
                                  .rules = {.defaults = &defaults},
                                  .looks = {pg_picture_default()},
                                  .means = {.looks = {pg_picture_default()}},
                                  .failed = hear_failure,
                                  .moved = hear_progress};
}

/* Runs a batch to its end. */
static struct batch_counts run(const struct batch_options *o) {
    memset(&heard, 0, sizeof heard);
    struct batch *b = batch_open(o, &err);
    if (!b) fail_msg("%s", err.text);
    assert_string_equal(pg_model_info(batch_model(b)).name, "demo");
    if (!batch_run(b, &err)) fail_msg("%s", err.text);
    const struct batch_counts counts = batch_counts(b);
    batch_close(b);
    return counts;
}

static bool is_there(const char *name) {
    struct stat status;
    return stat(scratch_path(&scratch, name), &status) == 0;
}

static void experiments_become_files_and_failures_are_told(void **state) {
    (void)state;
    struct batch_options o = make_options("out");
    o.pictures = true;
    const struct batch_counts counts = run(&o);
    assert_int_equal(counts.total, 4);
    assert_int_equal(counts.done, 2);
    assert_int_equal(counts.kept, 0);
    assert_int_equal(counts.failed, 2);
    assert_int_equal(counts.untimed, 2);
    assert_int_equal(heard.n_failed, 2);
    assert_int_equal(heard.lines[0], 2);
    assert_non_null(strstr(heard.why[0], "the clean text has 2 tokens"));
    assert_int_equal(heard.lines[1], 3);
    assert_memory_equal(&heard.last, &counts, sizeof counts);
    static const char *const there[] = {"out/a.csv",   "out/a.png",       "out/c.csv",
                                        "out/c.png",   "out/summary.csv", "out/mean.csv",
                                        "out/mean.png"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) assert_true(is_there(there[i]));
    assert_false(is_there("out/b.csv"));
    assert_false(is_there("out/" PARTIAL_FILE));
}

static void callbacks_may_be_missing(void **state) {
    (void)state;
    struct batch_options o = make_options("out");
    o.failed = NULL;
    o.moved = NULL;
    assert_int_equal(run(&o).done, 2);
    assert_false(is_there("out/a.png"));
}

static void a_finished_folder_is_kept_or_refused(void **state) {
    (void)state;
    struct batch_options o = make_options("out");
    run(&o);
    assert_null(batch_open(&o, &err));
    assert_non_null(strstr(err.text, "a finished batch"));
    o.resume = true;
    assert_int_equal(run(&o).kept, 2);
    remove(scratch_path(&scratch, "out/a.csv"));
    const struct batch_counts counts = run(&o);
    assert_int_equal(counts.kept, 1);
    assert_int_equal(counts.done, 1);
    assert_true(is_there("out/a.csv"));
}

static void a_shard_has_every_nth_line(void **state) {
    (void)state;
    struct batch_options o = make_options("out");
    o.shard = (struct shard){2, 2};
    const struct batch_counts counts = run(&o);
    assert_int_equal(counts.total, 2);
    assert_false(is_there("out/a.csv"));
    assert_true(is_there("out/c.csv"));
}

static void defaults_are_for_lines_that_leave_them_out(void **state) {
    (void)state;
    struct batch_options o = make_options("out");
    assert_true(spec_read(&defaults, SPEC_LAYERS, "99", &err));
    assert_int_equal(run(&o).failed, 4);
    assert_non_null(strstr(heard.why[0], "layers 99: there is no layer 99"));
}

static void values_are_compared_with_a_reference(void **state) {
    (void)state;
    struct batch_options o = make_options("first");
    run(&o);
    char reference[1024];
    snprintf(reference, sizeof reference, "%s", o.output);
    o = make_options("second");
    o.reference = reference;
    assert_int_equal(run(&o).different, 0);
    assert_true(spec_read(&defaults, SPEC_METRIC, "prob", &err));
    o = make_options("third");
    o.reference = reference;
    assert_int_equal(run(&o).different, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(experiments_become_files_and_failures_are_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(callbacks_may_be_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_finished_folder_is_kept_or_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_shard_has_every_nth_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(defaults_are_for_lines_that_leave_them_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(values_are_compared_with_a_reference, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
