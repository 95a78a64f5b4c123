/* test_plain_text.c: base/plain_text.h: marks, encodings and line ends of other programs. */
#include "base/plain_text.h"

#include "scratch.h"
#include "unit.h"

static struct pg_error err;

static void a_mark_is_taken_off(void **state) {
    (void)state;
    struct scratch s;
    size_t size;
    scratch_open(&s);
    char *text = text_read(scratch_text(&s, "a", "\xef\xbb\xbfone\xef\xbb\xbf"), 100, &size, &err);
    assert_non_null(text);
    assert_int_equal(size, 6);
    assert_string_equal(text, "one\xef\xbb\xbf");
    free(text);
    text = text_read(scratch_text(&s, "a", "\xef\xbb"), 100, &size, &err);
    assert_string_equal(text, "\xef\xbb");
    free(text);
    scratch_close(&s);
}

static void other_encodings_are_named(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *encoding; /* NULL: none of these */
    } texts[] = {
        {"\xff\xfe", 2, "UTF-16"},
        {"\xff\xfe\101\0", 4, "UTF-16"},
        {"\xfe\xff\0a", 4, "UTF-16"},
        {"\xff\xfe\0\0\101\0\0\0", 8, "UTF-32"},
        {"\0\0\xfe\xff\0\0\0a", 8, "UTF-32"},
        {"a\0b\0c\0", 6, "UTF-16"},
        {"\0a\0b\0c", 6, "UTF-16"},
        {"a\0b\0\xac\x20 \0c\0", 10, "UTF-16"}, /* with a euro sign */
        {"", 0, NULL},
        {"a\0\xff", 3, NULL},
        {"a\0bcdefg", 8, NULL},
        {"\0\0\0\0", 4, NULL},
        {"\xef\xbb\xbf{}", 5, NULL},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const bool fine = text_check(texts[i].bytes, texts[i].size, "x", &err);
        assert_int_equal(fine, !texts[i].encoding);
        if (fine) continue;
        assert_memory_equal(err.text, "x is UTF-", 9);
        assert_memory_equal(err.text + 5, texts[i].encoding, strlen(texts[i].encoding));
        assert_non_null(strstr(err.text, ", expected UTF-8"));
    }
}

static void line_ends_are_lf_and_crlf(void **state) {
    (void)state;
    static const struct {
        const char *line;
        size_t length;
    } lines[] = {{"", 0},      {"\n", 0},      {"\r\n", 0}, {"a", 1},    {"a\n", 1},
                 {"a\r\n", 1}, {"a\r\r\n", 2}, {"a\r", 2},  {"\n\n", 1}, {"a\n\r", 3}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(text_line_size(lines[i].line, strlen(lines[i].line)), lines[i].length);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_taken_off),
        cmocka_unit_test(other_encodings_are_named),
        cmocka_unit_test(line_ends_are_lf_and_crlf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
