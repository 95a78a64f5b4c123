/* test_folder.c: the folder of a batch: its lock, its rows, and the files that are refused or
 * removed. */
#include "base/file.h"
#include "batch/folder.h"

#include "scratch.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch scratch;
static struct folder folder;
static struct pg_error err;

static int set_up(void **state) {
    (void)state;
    scratch_open(&scratch);
    folder = (struct folder){NULL, -1, -1};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    folder_close(&folder);
    scratch_close(&scratch);
    return 0;
}

static bool is_there(const char *name) {
    return access(scratch_path(&scratch, name), F_OK) == 0;
}

static void assert_says(const char *part) {
    if (!strstr(err.text, part)) fail_msg("not \"%s\": %s", part, err.text);
}

static void assert_refused(const char *path, const char *part) {
    assert_false(folder_open(path, &folder, &err));
    assert_says(part);
    folder_close(&folder);
}

static void open_folder(const char *name) {
    folder_close(&folder);
    if (!folder_open(scratch_path(&scratch, name), &folder, &err)) fail_msg("%s", err.text);
}

static void begin(const char *name) {
    open_folder(name);
    if (!folder_begin(&folder, &err)) fail_msg("%s", err.text);
}

static void append(size_t line) {
    char id[] = "a", error[] = "no, \"never\"";
    const struct summary_row row = {.line = line, .id = id, .error = error};
    if (!folder_append(&folder, &row, &err)) fail_msg("%s", err.text);
}

/* The partial summary of the folder "f", to be freed. */
static char *partial(void) {
    size_t size;
    char *text = file_read(scratch_path(&scratch, "f/" PARTIAL_FILE), 1 << 20, &size, &err);
    assert_non_null(text);
    return text;
}

/* It must be a header and the rows of these lines, up to a 0. */
static void assert_lines(const size_t *lines) {
    size_t size;
    char *header = summary_header(false, &size, &err), *text = partial(), *at = text + size;
    assert_memory_equal(text, header, size);
    for (; *lines; lines++) {
        assert_int_equal(strtoul(at, NULL, 10), *lines);
        at = strchr(at, '\n');
        assert_non_null(at);
        at++;
    }
    assert_string_equal(at, "");
    free(header);
    free(text);
}

static void the_last_part_of_a_path_is_made(void **state) {
    (void)state;
    open_folder("f");
    assert_true(is_there("f/.lock"));
    assert_false(is_there("f/" PARTIAL_FILE));
    open_folder("f");
    open_folder("f/");
    assert_refused(scratch_path(&scratch, "none/f"), "none/f: No such file or directory");
    assert_refused(scratch_text(&scratch, "file", ""), "file: a file is there");
    assert_refused(scratch_path(&scratch, "file/f"), "Not a directory");
}

static void a_folder_with_results_is_refused(void **state) {
    (void)state;
    scratch_text(&scratch, "f/" SUMMARY_FILE, "");
    scratch_text(&scratch, "g/" PARTIAL_FILE, "");
    scratch_text(&scratch, "h/a.png", "");
    scratch_text(&scratch, "i/a.txt", "");
    assert_false(folder_has_no_batch(scratch_path(&scratch, "f"), "think", &err));
    assert_says("f holds a finished batch already: think");
    assert_false(folder_has_no_batch(scratch_path(&scratch, "g"), "think", &err));
    assert_says("g holds a batch that was interrupted already: think");
    assert_true(folder_has_no_batch(scratch_path(&scratch, "h"), "", &err));
    assert_false(folder_is_clear(scratch_path(&scratch, "h"), &err));
    assert_says("h holds a.png already: choose another folder");
    assert_true(folder_is_clear(scratch_path(&scratch, "i"), &err));
}

/* Locks are between processes. */
static void a_second_process_is_refused(void **state) {
    (void)state;
    char process[64];
    open_folder("f");
    snprintf(process, sizeof process, "another patchgpt (process %ld) is", (long)getpid());
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        struct folder other;
        bool opened = folder_open(folder.path, &other, &err);
        _exit(opened ? 1 : strstr(err.text, process) ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_lock_ends_with_its_process(void **state) {
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) _exit(!folder_open(scratch_path(&scratch, "f"), &folder, &err));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    open_folder("f");
}

static void temporary_files_of_a_killed_process_are_removed(void **state) {
    (void)state;
    const char *const kept[] = {"f/.patchgpt-0123456789abcde", "f/.patchgpt-0123456789abcdefg",
                                "f/.patchgpt-0123456789abcdeF", "f/patchgpt-0123456789abcdef",
                                "f/a.csv"};
    scratch_text(&scratch, "f/.patchgpt-0123456789abcdef", "x");
    scratch_text(&scratch, "f/.patchgpt-0000000000000000", "");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) scratch_text(&scratch, kept[i], "x");
    open_folder("f");
    assert_false(is_there("f/.patchgpt-0123456789abcdef"));
    assert_false(is_there("f/.patchgpt-0000000000000000"));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) assert_true(is_there(kept[i]));
}

static void rows_are_appended(void **state) {
    (void)state;
    begin("f");
    append(3);
    append(1);
    assert_lines((size_t[]){3, 1, 0});
    begin("f");
    append(2);
    assert_lines((size_t[]){3, 1, 2, 0});
    assert_true(folder_finish(&folder, &err));
    assert_false(is_there("f/" PARTIAL_FILE));
    assert_true(folder_finish(&folder, &err)); /* nothing to remove is fine */
}

/* Whatever a killed process has left of a row, or of the header. */
static void a_row_that_is_cut_off_is_truncated(void **state) {
    (void)state;
    begin("f");
    append(1);
    append(2);
    char *text = partial();
    const size_t size = strlen(text), last = (size_t)(strrchr(text, '2') - text);
    for (size_t cut = 0; cut < size; cut++) {
        scratch_write(&scratch, "f/" PARTIAL_FILE, text, cut);
        begin("f");
        append(9);
        assert_lines(cut >= last ? (size_t[]){1, 9, 0} : (size_t[]){9, 0});
    }
    free(text);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    open_folder("f");
    folder.partial = open("/dev/full", O_RDWR);
    char id[] = "a", error[] = "x";
    const struct summary_row row = {.line = 1, .id = id, .error = error};
    assert_false(folder_append(&folder, &row, &err));
    assert_non_null(strstr(err.text, PARTIAL_FILE));
    assert_non_null(strstr(err.text, "No space left on device"));
}

static void files_are_named_by_folder_id_and_ending(void **state) {
    (void)state;
    char *path = folder_file("a/b", "id", ".csv", &err);
    assert_string_equal(path, "a/b/id.csv");
    free(path);
    path = folder_file("a/", "id", ".png", &err);
    assert_string_equal(path, "a/id.png");
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_part_of_a_path_is_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_with_results_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_process_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lock_ends_with_its_process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(temporary_files_of_a_killed_process_are_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rows_are_appended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_that_is_cut_off_is_truncated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_an_error, set_up, tear_down),
        cmocka_unit_test(files_are_named_by_folder_id_and_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
