/* lines_that_are_not_blank_come_with_their_numbers.c: reading the lines of a file of
 * experiments. */
#include "batch/line_reader.h"

#include "scratch.h"
#include "unit.h"

static struct scratch scratch;
static struct line_reader reader;
static struct pg_error err;

static int set_up(void **state) {
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    lines_close(&reader);
    scratch_close(&scratch);
    return 0;
}

static void open_bytes(const char *bytes, size_t size) {
    lines_close(&reader);
    assert_true(lines_open(scratch_write(&scratch, "lines", bytes, size), &reader, &err));
}

static void open_text(const char *text) {
    open_bytes(text, strlen(text));
}

static void expect_line(size_t number, const char *text, size_t size) {
    struct line line;
    assert_true(lines_next(&reader, &line, &err));
    assert_int_equal(line.number, number);
    assert_int_equal(line.size, size);
    assert_non_null(line.text);
    assert_memory_equal(line.text, text, size);
    assert_int_equal(line.text[size], 0);
}

static void expect_text(size_t number, const char *text) {
    expect_line(number, text, strlen(text));
}

/* Twice: the end stays the end. */
static void expect_end(void) {
    for (int i = 0; i < 2; i++) {
        struct line line;
        assert_true(lines_next(&reader, &line, &err));
        assert_int_equal(line.number, 0);
        assert_null(line.text);
    }
}

static void lines_that_are_not_blank_come_with_their_numbers(void **state) {
    (void)state;
    open_text("one\ntwo two\n\n \t\r\n  five \r\nsix");
    expect_text(1, "one");
    expect_text(2, "two two");
    expect_text(5, "  five \r");
    expect_text(6, "six");
    expect_end();
}

static void a_file_of_blank_lines_has_no_lines(void **state) {
    (void)state;
    const char *const texts[] = {"", "\n", "\r\n\n\n", "  ", "\t\n "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        open_text(texts[i]);
        expect_end();
    }
}

static void any_bytes_are_kept(void **state) {
    (void)state;
    open_bytes("a\0b\n\0\n\xff\n", 8);
    expect_line(1, "a\0b", 3);
    expect_line(2, "\0", 1);
    expect_line(3, "\xff", 1);
    expect_end();
}

/* A file of n letters, a newline, and another line. */
static void open_long(size_t n) {
    char *text = malloc(n + 3);
    assert_non_null(text);
    memset(text, 'a', n);
    memcpy(text + n, "\nb", 3);
    open_bytes(text, n + 2);
    free(text);
}

static void the_longest_line_is_kept_whole(void **state) {
    (void)state;
    struct line line;
    open_long(MAX_LINE);
    assert_true(lines_next(&reader, &line, &err));
    assert_int_equal(line.size, MAX_LINE);
    assert_int_equal(strlen(line.text), MAX_LINE);
    expect_text(2, "b");
    expect_end();
}

static void of_a_line_that_is_too_long_the_size_is_kept(void **state) {
    (void)state;
    const size_t sizes[] = {MAX_LINE + 1, 5 * MAX_LINE};
    for (int i = 0; i < 2; i++) {
        struct line line;
        open_long(sizes[i]);
        assert_true(lines_next(&reader, &line, &err));
        assert_int_equal(line.number, 1);
        assert_int_equal(line.size, sizes[i]);
        assert_null(line.text);
        expect_text(2, "b");
        expect_end();
    }
}

static void a_byte_order_mark_at_the_start_is_left_out(void **state) {
    (void)state;
    open_text("\xef\xbb\xbfone\r\n\xef\xbb\xbftwo");
    expect_text(1, "one\r");
    expect_text(2, "\xef\xbb\xbftwo");
    expect_end();
    open_text("\xef\xbb\xbf\r\ntwo");
    expect_text(2, "two");
    open_text("\xef\xbb\xbf");
    expect_end();
}

/* With a byte order mark or without, either byte first; one zero byte in a line does not make it
 * UTF-16. */
static void utf16_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } files[] = {{"\xff\xfe{\0}\0\n\0", 8},
                 {"\xfe\xff\0{\0}\0\n", 8},
                 {"{\0\"\0}\0\n\0", 8},
                 {"\0{\0\"\0}\0\n", 8}};
    struct line line;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        open_bytes(files[i].bytes, files[i].size);
        assert_false(lines_next(&reader, &line, &err));
        assert_non_null(strstr(err.text, "lines is UTF-16, expected UTF-8"));
    }
    open_bytes("ab\0cd\n", 6);
    expect_line(1, "ab\0cd", 5);
}

/* Objects over several lines, and arrays, are refused before any of their lines is run; a line that
 * was cut short, and brackets in strings, are left to the reader of lines. */
static void a_file_of_another_form_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *error; /* NULL: it has lines */
    } files[] = {
        {"[{}]\n", "is one JSON array, expected one JSON object a line"},
        {"[\n{},\n{}\n]\n", "is one JSON array over several lines"},
        {"{\n\"a\": 1\n}\n", "has a JSON object over several lines"},
        {"{\"a\": 1,\n\"b\": 2}\n", "has a JSON object over several lines"},
        {"{\"a\": \"[\"}\n{\"b\": 1}\n", NULL},
        {"{\"a\": \"x\n{\"b\": 1}\n", NULL},
        {"[1]\n{\"b\": 1}\n", NULL},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct line line = {.number = 1};
        bool done = true;
        open_text(files[i].text);
        while (done && line.number) done = lines_next(&reader, &line, &err);
        assert_int_equal(done, !files[i].error);
        if (!done) assert_non_null(strstr(err.text, files[i].error));
    }
}

static void a_file_that_cannot_be_read_is_refused(void **state) {
    (void)state;
    struct line line;
    assert_false(lines_open(scratch_path(&scratch, "none"), &reader, &err));
    assert_non_null(strstr(err.text, "none: No such file or directory"));
    lines_close(&reader);
    assert_true(lines_open(scratch.path, &reader, &err));
    assert_false(lines_next(&reader, &line, &err));
    assert_non_null(strstr(err.text, ": Is a directory"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_that_are_not_blank_come_with_their_numbers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_blank_lines_has_no_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_bytes_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_longest_line_is_kept_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_a_line_that_is_too_long_the_size_is_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_at_the_start_is_left_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(utf16_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_another_form_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
