/* test_csv.c: records of RFC 4180, read and written. */
#include "base/csv.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static char text[1000];

static struct csv_reader reader_of(const char *csv) {
    struct csv_reader reader;
    struct pg_error err;
    strcpy(text, csv);
    assert_true(csv_open(&reader, "some.csv", text, strlen(text), &err));
    return reader;
}

static void check_record(struct csv_reader *reader, int n, const char *const *expected) {
    const char *fields[8];
    struct pg_error err;
    assert_false(csv_at_end(reader));
    if (!csv_read(reader, fields, n, &err)) fail_msg("%s", err.text);
    for (int i = 0; i < n; i++) assert_string_equal(fields[i], expected[i]);
}

static void records_are_read(void **state) {
    (void)state;
    struct csv_reader reader = reader_of("a,,\" b\"\r\n\"x,\"\"y\"\"\n\",\"\",z\n,,");
    check_record(&reader, 3, (const char *const[]){"a", "", " b"});
    assert_int_equal(reader.line, 2);
    check_record(&reader, 3, (const char *const[]){"x,\"y\"\n", "", "z"});
    assert_int_equal(reader.line, 4);
    check_record(&reader, 3, (const char *const[]){"", "", ""}); /* without a newline */
    assert_true(csv_at_end(&reader));

    reader = reader_of("one\r,\ntwo,\r\n");
    check_record(&reader, 2, (const char *const[]){"one\r", ""}); /* no end of a line */
    check_record(&reader, 2, (const char *const[]){"two", ""});
    assert_true(csv_at_end(&reader));

    reader = reader_of("\n\n");
    check_record(&reader, 1, (const char *const[]){""});
    check_record(&reader, 1, (const char *const[]){""});
    assert_true(csv_at_end(&reader));
    reader = reader_of("");
    assert_true(csv_at_end(&reader));
}

static void check_refused(const char *csv, int n, const char *sentence) {
    const char *fields[8];
    struct pg_error err;
    struct csv_reader reader = reader_of(csv);
    while (csv_read(&reader, fields, n, &err))
        if (csv_at_end(&reader)) fail_msg("\"%s\" was read", csv);
    assert_string_equal(err.text, sentence);
}

static void wrong_records_are_refused(void **state) {
    (void)state;
    check_refused("a,b\nc\n", 2, "some.csv: line 2 has 1 fields, expected 2");
    check_refused("a,b\nc,d,e\n", 2, "some.csv: line 2 has more than 2 fields");
    check_refused("\"a\nb\",c\n\nx,y", 2, "some.csv: line 3 has 1 fields, expected 2");
    check_refused("a,b\n\"c,d\n", 2, "some.csv: line 2: a quote is opened but not closed");
    check_refused("a,b\"c\"\n", 2, "some.csv: line 1: a quote in the middle of a field");
    check_refused("\"a\nb\"x,c\n", 2,
                  "some.csv: line 2: a closing quote is followed by 'x', expected a comma or the "
                  "end of the line");
}

static void nul_bytes_are_refused(void **state) {
    (void)state;
    struct csv_reader reader;
    struct pg_error err;
    char zero[] = "a,b\0c";
    assert_false(csv_open(&reader, "some.csv", zero, sizeof zero - 1, &err));
    assert_string_equal(err.text, "some.csv is not a CSV file: line 1 has a NUL byte (0x00)");
}

static void the_header_must_have_the_names(void **state) {
    (void)state;
    static const char *const names[] = {"x", "y"};
    struct pg_error err;
    struct csv_reader reader = reader_of("x,y\n1,2\n");
    assert_true(csv_read_header(&reader, names, 2, &err));
    check_record(&reader, 2, (const char *const[]){"1", "2"});
    reader = reader_of("x,z\n");
    assert_false(csv_read_header(&reader, names, 2, &err));
    assert_string_equal(err.text, "some.csv: line 1: column 2 is \"z\", expected \"y\"");
    reader = reader_of("");
    assert_false(csv_read_header(&reader, names, 2, &err));
    assert_string_equal(err.text, "some.csv: line 1 has 1 fields, expected 2");
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    static const char *const fields[] = {"plain", "", "a,b", "\"", "two\nlines", " ; ", "\r"};
    enum { N = sizeof fields / sizeof *fields };
    char *csv;
    size_t size;
    FILE *out = open_memstream(&csv, &size);
    csv_write(out, fields, N);
    csv_write(out, fields, 2);
    fclose(out);
    assert_string_equal(csv, "plain,,\"a,b\",\"\"\"\",\"two\nlines\", ; ,\"\r\"\nplain,\n");
    struct csv_reader reader = reader_of(csv);
    check_record(&reader, N, fields);
    check_record(&reader, 2, fields);
    free(csv);
}

static void numbers_are_read_or_named(void **state) {
    (void)state;
    struct pg_error err;
    float value = 0;
    const struct csv_reader reader = {.name = "some.csv"};
    assert_true(csv_read_number(&reader, 3, "value", "-1.5", &value, &err));
    assert_true(value == -1.5f);
    assert_false(csv_read_number(&reader, 3, "value", "1,5", &value, &err));
    assert_string_equal(err.text,
                        "some.csv: line 3: value is \"1,5\", which is not a float32 number");
}

static void an_absent_index_is_an_empty_field(void **state) {
    (void)state;
    char field[NUMBER_SIZE];
    csv_write_index(12, field);
    assert_string_equal(field, "12");
    csv_write_index(-1, field);
    assert_string_equal(field, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read),
        cmocka_unit_test(wrong_records_are_refused),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(the_header_must_have_the_names),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(numbers_are_read_or_named),
        cmocka_unit_test(an_absent_index_is_an_empty_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
