/* test_table.c: report/table.h: aligned columns, tables side by side, Markdown. */
#include "report/table.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* Cells of a table of two columns, row by row. */
static void write_cell(const struct table *table, size_t row, int column, char out[CELL_SIZE]) {
    strcpy(out, ((const char *const *)table->context)[2 * row + (size_t)column]);
}

static struct table table_of(const char *caption, const char *const *cells, size_t n_rows) {
    return (struct table){.caption = caption,
                          .columns = {{"n", true}, {"token", false}},
                          .n_columns = 2,
                          .n_rows = n_rows,
                          .write_cell = write_cell,
                          .context = cells};
}

static const char *const few[] = {"1", "a", "100", "\u6771\u4eac"}, *const marks[] = {"|", "`a|b`",
                                                                                      "*",
                                                                                      " _x_  y\\"};

static void check_two(const char *left, const char *right, enum table_form form, int width,
                      const char *expected) {
    char *text = NULL;
    size_t size;
    const struct table l = table_of(left, few, 2), r = table_of(right, few, 1);
    FILE *out = open_memstream(&text, &size);
    table_write_two(out, &l, &r, form, width);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void check_one(const struct table *table, enum table_form form, const char *expected) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_write(out, table, form);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void columns_are_aligned(void **state) {
    (void)state;
    struct table t = table_of(NULL, few, 2);
    check_one(&t, TABLE_ALIGNED,
              "  n  token\n"
              "  1  a\n"
              "100  \u6771\u4eac\n");
    t.columns[1] = (struct table_column){"", true};
    check_one(&t, TABLE_ALIGNED,
              "  n\n"
              "  1     a\n"
              "100  \u6771\u4eac\n");
}

/* Side by side where there is room for both and a gap, the caption of the left one included. */
static void two_tables_stand_side_by_side_where_they_fit(void **state) {
    (void)state;
    check_two("one", "two", TABLE_ALIGNED, 22,
              "one           two\n"
              "  n  token    n  token\n"
              "  1  a        1  a\n"
              "100  \u6771\u4eac\n");
    check_two("a longer one", "two", TABLE_ALIGNED, 24,
              "a longer one    two\n"
              "  n  token      n  token\n"
              "  1  a          1  a\n"
              "100  \u6771\u4eac\n");
    const char *below = "one\n"
                        "  n  token\n"
                        "  1  a\n"
                        "100  \u6771\u4eac\n"
                        "\n"
                        "two\n"
                        "n  token\n"
                        "1  a\n";
    check_two("one", "two", TABLE_ALIGNED, 21, below);
    check_two("one", "two", TABLE_ALIGNED, 0, below);
}

static void markdown_is_escaped(void **state) {
    (void)state;
    const struct table t = table_of("a|b", marks, 2);
    check_one(&t, TABLE_MARKDOWN,
              "a\\|b\n"
              "\n"
              "| n | token |\n"
              "|---:|:---|\n"
              "| \\| | \\`a\\|b\\` |\n"
              "| \\* |  \\_x\\_ &nbsp;y\\\\ |\n");
    check_two("one", NULL, TABLE_MARKDOWN, 1000,
              "one\n"
              "\n"
              "| n | token |\n"
              "|---:|:---|\n"
              "| 1 | a |\n"
              "| 100 | \u6771\u4eac |\n"
              "\n"
              "| n | token |\n"
              "|---:|:---|\n"
              "| 1 | a |\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(two_tables_stand_side_by_side_where_they_fit),
        cmocka_unit_test(markdown_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
