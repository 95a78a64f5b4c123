/* test_csv_compare.c: comparing a table with an earlier one: what counts as a difference, where it
 * is said to be, and which tables are refused. */
#include "report/csv_compare.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"part", "at", "value", "rank"};
static const enum column_kind kinds[] = {COLUMN_KEY, COLUMN_KEY, COLUMN_NUMBER, COLUMN_DERIVED};
static const struct csv_columns columns = {names, kinds, 4};

static const char table[] = "part,at,value,rank\na,0,1.5,3\nb,,-2,1\nc,2,,\n";

static bool compare(const char *now, const char *earlier, double tolerance,
                    struct csv_difference *out, struct pg_error *err) {
    char *a = strdup(now), *b = strdup(earlier);
    const bool done =
        csv_compare(&columns, a, strlen(a), b, strlen(b), "old.csv", tolerance, out, err);
    free(a);
    free(b);
    return done;
}

static void equal_tables_have_no_differences(void **state) {
    (void)state;
    struct pg_error err;
    struct csv_difference d;
    assert_true(compare(table, table, 0, &d, &err));
    assert_int_equal(d.n_compared, 2);
    assert_int_equal(d.n_differing, 0);
}

static void derived_columns_are_not_compared(void **state) {
    (void)state;
    struct pg_error err;
    struct csv_difference d;
    assert_true(compare(table, "part,at,value,rank\na,0,1.5,9\nb,,-2,\nc,2,,7\n", 0, &d, &err));
    assert_int_equal(d.n_differing, 0);
}

static void the_largest_difference_is_said_by_its_keys(void **state) {
    (void)state;
    struct pg_error err;
    struct csv_difference d;
    static const char other[] = "part,at,value,rank\na,0,1.25,3\nb,,-1,1\nc,2,,\n";
    assert_true(compare(table, other, 0, &d, &err));
    assert_int_equal(d.n_differing, 2);
    assert_string_equal(d.where, "part b");
    assert_true(d.largest == 1 && d.expected == -1 && d.found == -2);
    assert_false(fail_csv_differs(&d, "old.csv", 0, &err));
    assert_string_equal(
        err.text, "2 of 2 values differ from old.csv, most at part b: -1 there, -2 here, 1 apart");
    assert_true(compare(table, other, 0.5, &d, &err));
    assert_int_equal(d.n_differing, 1);
    assert_true(compare(table, other, 1, &d, &err));
    assert_int_equal(d.n_differing, 0);
}

static void one_bit_is_a_difference_without_a_tolerance(void **state) {
    (void)state;
    struct pg_error err;
    struct csv_difference d;
    assert_true(
        compare(table, "part,at,value,rank\na,0,1.5000001,3\nb,,-2,1\nc,2,,\n", 0, &d, &err));
    assert_int_equal(d.n_differing, 1);
    assert_string_equal(d.where, "part a, at 0");
}

static void other_tables_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *sentence;
    } wrong[] = {
        {"part,at,value\na,0,1.5\n", "old.csv: line 1 has 3 fields, expected 4"},
        {"part,at,number,rank\n", "old.csv: line 1: column 3 is \"number\", expected \"value\""},
        {"part,at,value,rank\na,1,1.5,3\n", "old.csv: line 2: at is \"1\", but now it is \"0\""},
        {"part,at,value,rank\na,0,,3\n", "old.csv: line 2: value is \"\", but now it is \"1.5\""},
        {"part,at,value,rank\na,0,x,3\n", "line 2: value is \"x\", which is not a float32 number"},
        {"part,at,value,rank\na,0,1.5,3\n", "line 3: the file ends after 1 rows"},
        {"part,at,value,rank\na,0,1.5,3\nb,,-2,1\nc,2,,\nd,2,,\n",
         "line 5: the file goes on after the 3 rows"},
    };
    struct pg_error err;
    struct csv_difference d;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(compare(table, wrong[i].text, 0, &d, &err));
        if (!strstr(err.text, wrong[i].sentence))
            fail_msg("\"%s\", expected \"%s\"", err.text, wrong[i].sentence);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_tables_have_no_differences),
        cmocka_unit_test(derived_columns_are_not_compared),
        cmocka_unit_test(the_largest_difference_is_said_by_its_keys),
        cmocka_unit_test(one_bit_is_a_difference_without_a_tolerance),
        cmocka_unit_test(other_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
