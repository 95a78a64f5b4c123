/* test_merge.c: shards of a batch made by hand become the folder of the whole, byte for byte. */
#include "base/file.h"
#include "base/path.h"
#include "batch/folder.h"
#include "batch/merge.h"
#include "batch/output.h"

#include "hand_batch.h"
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct mean_options means = {.bootstrap = {BOOTSTRAP_DEFAULT, 1, 0},
                                          .looks = {{PG_MAGMA, NAN, NAN, NAN, PG_SHOW_VALUE}}};
static const struct shard_label whole; /* not known: the folders have no lock files */

/* finish_folder without its report. */
static bool finish(const char *folder, const struct summary *summary, struct pg_error *err) {
    struct mean_report report;
    const bool done = finish_folder(folder, summary, &whole, &means, &report, err);
    free(report.joint);
    return done;
}

/* Means that depend on the order, labels that first appear in other orders in the shards, two
 * kinds. */
static const struct plan plans[] = {
    {PG_LOGIT, false, 6, {PG_RESID_MID, PG_Q_ALL}, 2, {{"b", 1}, {"a", 2}}, false},
    {PG_LOGIT, false, 5, {PG_RESID_MID}, 1, {{"a", 1}, {"b", 4}}, false},
    {PG_PROB, true, 5, {PG_RESID_MID}, 1, {{0}}, false},
    {PG_LOGIT, false, 5, {PG_RESID_MID}, 1, {{"c", 0}, {"b", 1}}, false},
    {PG_LOGIT, false, 4, {PG_RESID_MID}, 1, {{"a", 3}}, false},
    {PG_LOGIT, false, 4, {PG_RESID_MID}, 1, {{0}}, false},
    {PG_LOGIT, false, 4, {PG_RESID_MID}, 1, {{0}}, false},
};
enum { N = sizeof plans / sizeof *plans, SAME_ID = 5, DIFFERENT = 6 }; /* lines that failed */

static struct scratch scratch;

static const char *path_of(const char *name) {
    return scratch_path(&scratch, name);
}

/* Writes the folder of those lines, from 1, that are shard - 1 modulo count. */
static void write_shard(const char *folder, int shard, int count) {
    struct summary_row rows[N];
    struct summary summary = {rows, 0};
    struct pg_error err;
    mkdir(path_of(folder), 0777);
    for (int i = shard - 1; i < N; i += count) {
        struct hand h;
        hand_make(&scratch, folder, &plans[i], (size_t)i + 1, &h);
        if (i + 1 == SAME_ID || i + 1 == DIFFERENT) {
            summary_row_free(&h.row);
            h.row = hand_failure((size_t)i + 1, i + 1 == SAME_ID ? "e1" : "e6");
        }
        rows[summary.n++] = h.row;
    }
    if (!finish(path_of(folder), &summary, &err)) fail_msg("%s", err.text);
    for (size_t i = 0; i < summary.n; i++) summary_row_free(&rows[i]);
}

/* The folders stay as they are from test to test. */
static int open_scratch(void **state) {
    (void)state;
    char name[32];
    scratch_open(&scratch);
    write_shard("whole", 1, 1);
    for (int i = 1; i <= 3; i++) {
        snprintf(name, sizeof name, "part%d", i);
        write_shard(name, i, 3);
    }
    remove(path_of("part2/e5.csv")); /* one of --check that differs, e6, keeps its own */
    remove(path_of("whole/e5.csv"));
    scratch_text(&scratch, "whole/e2.png", "a picture");
    scratch_text(&scratch, "part2/e2.png", "a picture");
    return 0;
}

static int close_scratch(void **state) {
    (void)state;
    scratch_close(&scratch);
    return 0;
}

/* Merges folders of the scratch, up to a NULL. */
static bool merge(const char *const *names, const char *output, struct merged *out,
                  struct pg_error *err) {
    char folders[4][100];
    const char *list[4];
    size_t n = 0;
    for (; names[n]; n++) {
        snprintf(folders[n], sizeof folders[n], "%s/%s", scratch.path, names[n]);
        list[n] = folders[n];
    }
    if (!merge_folders(list, n, path_of(output), &means, out, err)) return false;
    free(out->report.joint);
    return true;
}

static void assert_same_file(const char *a, const char *b) {
    struct pg_error err;
    size_t a_size, b_size;
    char *x = file_read(a, 1 << 24, &a_size, &err), *y = file_read(b, 1 << 24, &b_size, &err);
    if (!x || !y) fail_msg("%s", err.text);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(x, y, a_size);
    free(x);
    free(y);
}

/* Compares the files of a folder that are not hidden with those of another. Returns how many. */
static int compare_folders(const char *a, const char *b) {
    int n = 0;
    DIR *entries = opendir(path_of(a));
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char x[400], y[400];
        if (*entry->d_name == '.') continue;
        snprintf(x, sizeof x, "%s/%s", a, entry->d_name);
        snprintf(y, sizeof y, "%s/%s", b, entry->d_name);
        assert_same_file(path_of(x), path_of(y));
        n++;
    }
    closedir(entries);
    return n;
}

static void shards_become_the_whole(void **state) {
    (void)state;
    struct pg_error err;
    struct merged merged;
    if (!merge((const char *const[]){"part2", "part3", "part1", NULL}, "out", &merged, &err))
        fail_msg("%s", err.text);
    assert_int_equal(merged.n_done, N - 2);
    assert_int_equal(merged.n_failed, 2);
    assert_int_equal(merged.n_missing, 0);
    const int files = N - 1 + 1 + 4 + 2; /* CSVs, e2.png, pictures of two kinds, tables */
    assert_int_equal(compare_folders("whole", "out"), files);
    assert_int_equal(compare_folders("out", "whole"), files);
}

static void missing_lines_are_counted(void **state) {
    (void)state;
    struct pg_error err;
    struct merged merged;
    assert_true(merge((const char *const[]){"part3", "part2", NULL}, "gaps", &merged, &err));
    assert_int_equal(merged.n_missing, 2); /* 1 and 4: the last, 7, is not known of */
    assert_int_equal(merged.first_missing, 1);
    assert_int_equal(merged.n_done, 2);
}

static void check_refused(const char *const *names, const char *output, const char *sentence) {
    struct pg_error err;
    struct merged merged;
    if (merge(names, output, &merged, &err)) fail_msg("passes, expected: %s", sentence);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
}

static void folders_that_do_not_go_together_are_refused(void **state) {
    (void)state;
    const char *const twice[] = {"part1", "part2", "part1", NULL}, *const other[] = {"part1",
                                                                                     "other", NULL};
    check_refused(twice, "refused", "line 1 is in two folders, ");
    struct hand h; /* another line with the id of the first */
    struct pg_error err;
    hand_make(&scratch, "other", &plans[1], 20, &h);
    free(h.row.id);
    h.row.id = strdup("e1");
    rename(path_of("other/e20.csv"), path_of("other/e1.csv"));
    assert_true(finish(path_of("other"), &(struct summary){&h.row, 1}, &err));
    summary_row_free(&h.row);
    check_refused(other, "refused", "the id \"e1\" is that of line 1 in ");
    assert_false(folder_exists(path_of("refused")));
}

static void folders_that_are_not_finished_are_refused(void **state) {
    (void)state;
    const char *const names[] = {"part1", "part2", NULL}, *const none[] = {"none", NULL};
    scratch_text(&scratch, "part2/summary_partial.csv", "");
    check_refused(names, "refused",
                  "part2 has a summary_partial.csv: finish that batch with --resume");
    remove(path_of("part2/summary_partial.csv"));
    rename(path_of("part2/summary.csv"), path_of("kept"));
    check_refused(names, "refused", "part2 has no summary.csv: finish that batch with --resume");
    check_refused(none, "refused", "there is no folder ");
    scratch_text(&scratch, "part2/summary.csv", "line,id\n");
    check_refused(names, "refused", "part2/summary.csv: line 1 has 2 fields, expected 17");
    rename(path_of("kept"), path_of("part2/summary.csv"));
    assert_false(folder_exists(path_of("refused")));
}

static void an_output_that_holds_results_or_is_an_input_is_refused(void **state) {
    (void)state;
    const char *const names[] = {"part1", "part2", NULL};
    check_refused(names, "part2/../part1", "is one of the folders to merge");
    check_refused(names, "whole", "whole holds a finished batch already");
    check_refused(names, "none/out", "cannot make the folder ");
}

/* A CSV that was changed is refused, and when it is as it was, the same merge works. */
static void a_changed_table_is_refused(void **state) {
    (void)state;
    const char *const names[] = {"part1", "part2", "part3", NULL};
    struct pg_error err;
    struct merged merged;
    rename(path_of("part2/e2.csv"), path_of("kept"));
    check_refused(names, "missing", "part2/e2.csv");
    scratch_text(&scratch, "part2/e2.csv", "site\n");
    check_refused(names, "changed", "part2/e2.csv has the CRC-32 ");
    assert_false(file_exists(path_of("changed/summary.csv")));
    rename(path_of("kept"), path_of("part2/e2.csv"));
    check_refused(names, "changed", "changed holds e1.csv already: choose another");
    if (!merge(names, "repaired", &merged, &err)) fail_msg("%s", err.text);
    compare_folders("whole", "repaired");
}

/* Another process at work in the output folder. */
static void the_output_is_locked(void **state) {
    (void)state;
    const char *const names[] = {"part1", "part2", NULL};
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct folder folder;
        struct pg_error err;
        bool opened = folder_open(path_of("locked"), &folder, &err);
        alarm(60);
        if (write(ready[1], opened ? "y" : "n", 1) == 1) pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    check_refused(names, "locked", "is at work there");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_become_the_whole),
        cmocka_unit_test(missing_lines_are_counted),
        cmocka_unit_test(folders_that_do_not_go_together_are_refused),
        cmocka_unit_test(folders_that_are_not_finished_are_refused),
        cmocka_unit_test(an_output_that_holds_results_or_is_an_input_is_refused),
        cmocka_unit_test(a_changed_table_is_refused),
        cmocka_unit_test(the_output_is_locked),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
