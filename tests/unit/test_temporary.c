/* test_temporary.c: the hidden files that are written before they have their names: what a kill has
 * left is removed, what is being written is not. */
#include "base/temporary.h"

#include "scratch.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch scratch;
static struct pg_error err;

static int setup(void **state) {
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    scratch_close(&scratch);
    return 0;
}

static void begin(struct temporary *t) {
    if (!temporary_open(scratch_path(&scratch, "name"), t, &err)) fail_msg("%s", err.text);
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static void one_that_is_being_written_is_left_alone(void **state) {
    (void)state;
    struct temporary t;
    begin(&t);
    assert_true(temporaries_sweep(scratch.path, &err));
    assert_true(is_there(t.name));
    assert_true(temporary_rename(&t, scratch_path(&scratch, "name")));
    assert_true(is_there(scratch_path(&scratch, "name")));
}

static void one_that_is_dropped_is_gone(void **state) {
    (void)state;
    struct temporary t;
    begin(&t);
    char *name = strdup(t.name);
    temporary_drop(&t);
    assert_false(is_there(name));
    free(name);
}

static void what_a_killed_process_has_left_is_removed(void **state) {
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        struct temporary t;
        _exit(!temporary_open(scratch_path(&scratch, "name"), &t, &err));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_not_equal(rmdir(scratch.path), 0);
    assert_true(temporaries_sweep(scratch.path, &err));
    assert_int_equal(rmdir(scratch.path), 0);
    assert_int_equal(mkdir(scratch.path, 0700), 0);
}

static void nothing_else_is_removed(void **state) {
    (void)state;
    const char *const kept[] = {".patchgpt-0123456789abcde", ".patchgpt-0123456789abcdeF", "name"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) scratch_text(&scratch, kept[i], "x");
    const char *fifo = scratch_path(&scratch, ".patchgpt-0123456789abcdef");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_true(temporaries_sweep(scratch.path, &err));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_true(is_there(scratch_path(&scratch, kept[i])));
    assert_true(is_there(fifo));
}

/* In a process of its own: it is the last thing that one does. */
static void the_end_removes_what_is_being_written(void **state) {
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        struct temporary t;
        if (!temporary_open(scratch_path(&scratch, "name"), &t, &err)) _exit(1);
        temporaries_end();
        _exit(is_there(t.name) ? 2 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_that_is_being_written_is_left_alone),   TEST(one_that_is_dropped_is_gone),
        TEST(what_a_killed_process_has_left_is_removed), TEST(nothing_else_is_removed),
        TEST(the_end_removes_what_is_being_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
