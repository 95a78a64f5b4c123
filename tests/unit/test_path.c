/* test_path.c: base/path.h, and what a model says of its files. */
#include "base/path.h"
#include "patchgpt.h"

#include "scratch.h"
#include "unit.h"

#include <unistd.h>

/* Files "a" and "b", of which "hard" and "folder/link" are "a" too; "loose" leads to "new", which
 * is not there; "way" leads to "folder". */
static int make_files(void **state) {
    static struct scratch s;
    scratch_open(&s);
    scratch_text(&s, "a", "one");
    scratch_text(&s, "b", "two");
    scratch_text(&s, "folder/c", "three");
    if (link(scratch_path(&s, "a"), scratch_path(&s, "hard")) != 0 ||
        symlink("../a", scratch_path(&s, "folder/link")) != 0 ||
        symlink("new", scratch_path(&s, "loose")) != 0 ||
        symlink("../loose", scratch_path(&s, "folder/looser")) != 0 ||
        symlink("circle", scratch_path(&s, "circle")) != 0 ||
        symlink("folder", scratch_path(&s, "way")) != 0)
        return -1;
    *state = &s;
    return 0;
}

static int remove_files(void **state) {
    scratch_close(*state);
    return 0;
}

static bool same(const struct scratch *s, const char *a, const char *b) {
    const bool found = same_file(scratch_path(s, a), scratch_path(s, b));
    assert_int_equal(found, same_file(scratch_path(s, b), scratch_path(s, a)));
    return found;
}

static void a_file_is_itself_under_every_name(void **state) {
    const struct scratch *s = *state;
    static const char *const names[] = {"./a",         "folder/../a", "hard",
                                        "folder/link", "way/link",    "way/../folder/link"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_true(same(s, "a", names[i]));
    assert_true(same(s, "way/c", "folder/c"));
    assert_false(same(s, "a", "b"));
    assert_false(same(s, "a", "folder/c"));
    assert_false(same(s, "a", "new"));
}

/* Where no file is, the place counts; names in another case would be one file to some systems. */
static void what_is_not_there_yet_has_a_place(void **state) {
    const struct scratch *s = *state;
    assert_true(same(s, "new", "./new"));
    assert_true(same(s, "new", "NEW"));
    assert_true(same(s, "new", "loose"));
    assert_true(same(s, "new", "folder/looser"));
    assert_true(same(s, "folder/new", "way/new"));
    assert_false(same(s, "new", "newer"));
    assert_false(same(s, "new", "folder/new"));
    assert_false(same(s, "none/new", "none/new"));
    assert_false(same(s, "circle", "new"));
}

static void test_very_long_paths(void **state) {
    (void)state;
    char path[10000];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_false(same_file(path, path));
}

static void a_model_knows_its_files(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_model *model = pg_model_open(FIXTURES "/models/bf16-shards", &err);
    assert_non_null(model);
    assert_true(pg_model_has_file(model, FIXTURES "/models/bf16-shards/config.json"));
    assert_true(pg_model_has_file(
        model, FIXTURES "/models/hf-odd/../bf16-shards/model-00001-of-00002.safetensors"));
    assert_true(
        pg_model_has_file(model, FIXTURES "/models/bf16-shards/model.safetensors.index.json"));
    assert_false(pg_model_has_file(model, FIXTURES "/models/bf16-shards/expected.json"));
    assert_false(pg_model_has_file(model, FIXTURES "/models/bf16-shards/new.csv"));
    assert_false(pg_model_has_file(model, FIXTURES "/models/hf-odd/config.json"));
    pg_model_close(model);
    model = pg_model_open("demo", &err);
    assert_non_null(model);
    assert_false(pg_model_has_file(model, FIXTURES "/models/hf-odd/config.json"));
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_itself_under_every_name),
        cmocka_unit_test(what_is_not_there_yet_has_a_place),
        cmocka_unit_test(test_very_long_paths),
        cmocka_unit_test(a_model_knows_its_files),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
