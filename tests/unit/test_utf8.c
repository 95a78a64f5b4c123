/* test_utf8.c: what a terminal gets of text from elsewhere. */
#include "base/error.h"
#include "base/utf8.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static void assert_shown(const char *text, const char *expected) {
    char line[200], *written;
    size_t size;
    strcpy(line, text);
    make_printable(line, sizeof line);
    assert_string_equal(line, expected);
    FILE *out = open_memstream(&written, &size);
    write_printable(out, text);
    fclose(out);
    assert_string_equal(written, expected);
    free(written);
}

static void what_is_seen_stays(void **state) {
    (void)state;
    assert_shown("", "");
    assert_shown("a é 東京 \U0001F600 e\u0301 \\u202E שלום",
                 "a é 東京 \U0001F600 e\u0301 \\u202E שלום");
}

static void what_turns_a_line_round_is_written_out(void **state) {
    (void)state;
    assert_shown("a\u202Eb\u2066c\u200Fd\u061Ce\u2028f\u2029",
                 "a\\u202Eb\\u2066c\\u200Fd\\u061Ce\\u2028f\\u2029");
}

static void what_is_not_seen_is_written_out(void **state) {
    (void)state;
    assert_shown("a\u200Bb\u200Dc\uFEFFd\u00ADe\u2060f\U000E0041g\u115F\u3164",
                 "a\\u200Bb\\u200Dc\\uFEFFd\\u00ADe\\u2060f\\U000E0041g\\u115F\\u3164");
}

static void control_characters_and_other_bytes_do_nothing(void **state) {
    (void)state;
    assert_shown("a\x1b[2J\nb\x7f\xff\xc3", "a?[2J?b???");
    assert_shown("a\xc2\x85"
                 "b\xc2\x9b"
                 "c",
                 "a\\u0085b\\u009Bc");
}

static void a_line_that_grows_too_long_loses_its_end(void **state) {
    (void)state;
    char line[12] = "ab\u202Ecdefgh";
    make_printable(line, sizeof line);
    assert_string_equal(line, "ab\\u202Ecde");
    strcpy(line, "abcdef\u202E");
    make_printable(line, sizeof line);
    assert_string_equal(line, "abcdef");
}

static void sentences_are_printable(void **state) {
    (void)state;
    struct pg_error err;
    (fail)(&err, "cannot open %s: no", "a\u202Egpj.exe");
    assert_string_equal(err.text, "cannot open a\\u202Egpj.exe: no");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_seen_stays),
        cmocka_unit_test(what_turns_a_line_round_is_written_out),
        cmocka_unit_test(what_is_not_seen_is_written_out),
        cmocka_unit_test(control_characters_and_other_bytes_do_nothing),
        cmocka_unit_test(a_line_that_grows_too_long_loses_its_end),
        cmocka_unit_test(sentences_are_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
