/* test_error.c: the sentences of errors. */
#include "base/error.h"

#include "unit.h"

#include <string.h>

#undef fail /* a macro of cmocka */

static void a_sentence_is_written_and_false_returned(void **state) {
    (void)state;
    struct pg_error err;
    assert_false(fail(&err, "%s has %d rows, expected %d", "a.csv", 3, 4));
    assert_string_equal(err.text, "a.csv has 3 rows, expected 4");
}

static void the_error_may_be_null(void **state) {
    (void)state;
    assert_false(fail(NULL, "%s", "no room for it"));
}

/* Names of files and tokens come from elsewhere: they must not command a terminal. */
static void control_characters_do_not_reach_a_terminal(void **state) {
    (void)state;
    struct pg_error err;
    fail(&err, "cannot read %s", "a\x1b[2J\x1b]0;title\x07\r\nb\x7f\xc2\x9b.csv");
    assert_string_equal(err.text, "cannot read a?[2J?]0;title???b?\\u009B.csv");
    fail(&err, "%s", "left\u202Etfel");
    assert_string_equal(err.text, "left\\u202Etfel");
    fail(&err, "%s", "\xff\xfe is not UTF-8");
    assert_string_equal(err.text, "?? is not UTF-8");
}

static void a_long_sentence_is_cut_at_the_end_of_a_character(void **state) {
    (void)state;
    struct pg_error err;
    char name[2 * sizeof err.text] = "";
    for (size_t i = 0; i + 3 < sizeof name; i += 2) strcat(name, "\u00e9");
    for (int start = 0; start < 2; start++) {
        fail(&err, "%s", name + start);
        const size_t length = strlen(err.text);
        assert_true(length < sizeof err.text && length > sizeof err.text - 16);
        for (size_t i = (size_t)start; i < length; i += 2)
            if (err.text[i] != '?') assert_memory_equal(err.text + i, "\u00e9", 2);
    }
}

static void running_out_of_memory_can_be_told_from_other_errors(void **state) {
    (void)state;
    struct pg_error err;
    fail(&err, "out of memory: %s cannot be allocated", "a text");
    assert_true(is_out_of_memory(&err));
    fail(&err, "a.csv: out of memory");
    assert_false(is_out_of_memory(&err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_is_written_and_false_returned),
        cmocka_unit_test(the_error_may_be_null),
        cmocka_unit_test(control_characters_do_not_reach_a_terminal),
        cmocka_unit_test(a_long_sentence_is_cut_at_the_end_of_a_character),
        cmocka_unit_test(running_out_of_memory_can_be_told_from_other_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
