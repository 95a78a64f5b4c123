/* test_tokens.c: report/token_tables.h: how bytes are shown, and the lines and tables of a
 * terminal. */
#include "model/shown_token.h"
#include "report/token_tables.h"

#include "random_model.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static void check(const char *bytes, size_t length, const char *dotted, int width) {
    struct shown_token shown = show_bytes(bytes, length, TOKEN_DOTTED);
    assert_string_equal(shown.text, dotted);
    assert_int_equal(shown.width, width);
}

#define CHECK(bytes, dotted, width) check(bytes, sizeof bytes - 1, dotted, width)

static void visible_characters_stay(void **state) {
    (void)state;
    CHECK("", "", 0);
    CHECK("was", "was", 3);
    CHECK("  was", "··was", 5);
    CHECK("ör", "ör", 2);
    CHECK("日本", "日本", 4);
    CHECK("😀", "😀", 2);
    CHECK("\"", "\"", 1);
}

static void other_characters_become_escapes(void **state) {
    (void)state;
    CHECK("a\n\t\r", "a\\n\\t\\r", 7);
    CHECK("\\n", "\\\\n", 3);
    CHECK("\0", "\\x00", 4);
    CHECK("\x1b[2J", "\\x1B[2J", 7);
    CHECK("\x7f", "\\x7F", 4);
    CHECK("\xe2\x80", "\\xE2\\x80", 8);
    CHECK("\xff", "\\xFF", 4);
    CHECK("\xed\xa0\x80", "\\xED\\xA0\\x80", 12);
    CHECK("\xc2\x85", "\\u0085", 6);              /* a control character */
    CHECK("\xc2\xa0", "\\u00A0", 6);              /* a no-break space */
    CHECK("e\xcc\x81", "e\\u0301", 7);            /* an accent that combines */
    CHECK("\xe2\x80\xae", "\\u202E", 6);          /* right to left from here on */
    CHECK("\xf3\xa0\x81\xa1", "\\U000E0061", 10); /* a tag */
}

static void quotes_are_escaped(void **state) {
    (void)state;
    struct shown_token shown = show_bytes(" \"a\"\n", 5, TOKEN_QUOTED);
    assert_string_equal(shown.text, "\" \\\"a\\\"\\n\"");
    assert_int_equal(shown.width, 10);
}

/* 20 columns as they are; more end in an ellipsis at column 20, or 19 where a wide character would
 * cross it. */
static void long_tokens_are_cut(void **state) {
    (void)state;
    CHECK("--------------------", "--------------------", 20);
    CHECK("---------------------", "-------------------\u2026", 20);
    CHECK("日日日日日日日日日日", "日日日日日日日日日日", 20);
    CHECK("日日日日日日日日日日日", "日日日日日日日日日\u2026", 19);
    CHECK("------------------\xff", "------------------\u2026", 19);
    char bytes[400];
    for (size_t i = 0; i < sizeof bytes; i += 4)
        memcpy(bytes + i, "\xf0\x90\x8a\x80", 4); /* one column, 4 bytes */
    for (size_t length = 0; length <= sizeof bytes; length += 4) {
        struct shown_token shown = show_bytes(bytes, length, TOKEN_QUOTED);
        assert_int_equal(shown.width, length / 4 <= 20 ? length / 4 + 2 : 22);
    }
}

/* ---- lines ---- */

/* A model without a tokenizer: every token is its id. */
static struct pg_model *open_ids(void) {
    const struct shape shape = {
        .layers = 1, .heads = 1, .width = 4, .inner = 4, .context = 40, .vocab = 2000};
    return random_model(&shape, 1);
}

static char *lines(const int *clean, const int *corrupt, size_t n, int width) {
    char *text = NULL;
    size_t size;
    struct pg_model *model = open_ids();
    FILE *out = open_memstream(&text, &size);
    write_token_lines(out, model, clean, corrupt, n, width);
    fclose(out);
    pg_model_close(model);
    return text;
}

static void check_lines(const int *clean, const int *corrupt, size_t n, int width,
                        const char *expected) {
    char *text = lines(clean, corrupt, n, width);
    assert_string_equal(text, expected);
    free(text);
}

static void tokens_stand_below_each_other(void **state) {
    (void)state;
    const int clean[] = {5, 1000, 7, 8}, corrupt[] = {5, 20, 7, 9};
    check_lines(clean, corrupt, 4, 100,
                "           0  1     2  3\n"
                "clean      5  1000  7  8\n"
                "corrupted  5  20    7  9\n"
                "              ^^^^     ^\n");
    check_lines(clean, clean, 4, 100,
                "           0  1     2  3\n"
                "clean      5  1000  7  8\n"
                "corrupted  5  1000  7  8\n");
    check_lines(clean, corrupt, 0, 100, "");
}

/* Blocks of lines that just fit, and at least one token a block whatever the width. */
static void lines_wrap_to_the_width(void **state) {
    (void)state;
    const int clean[] = {5, 1000, 7}, corrupt[] = {5, 20, 7};
    const char *wrapped = "           0  1\n"
                          "clean      5  1000\n"
                          "corrupted  5  20\n"
                          "              ^^^^\n"
                          "\n"
                          "           2\n"
                          "clean      7\n"
                          "corrupted  7\n";
    check_lines(clean, corrupt, 3, 18, wrapped);
    check_lines(clean, corrupt, 3, 20, wrapped);
    check_lines(clean, corrupt, 3, 21,
                "           0  1     2\n"
                "clean      5  1000  7\n"
                "corrupted  5  20    7\n"
                "              ^^^^\n");
    check_lines(clean, corrupt, 2, 0,
                "           0\n"
                "clean      5\n"
                "corrupted  5\n"
                "\n"
                "           1\n"
                "clean      1000\n"
                "corrupted  20\n"
                "           ^^^^\n");
}

/* ---- tables ---- */

static void a_table_has_a_row_for_each_token(void **state) {
    (void)state;
    char *text = NULL;
    size_t size;
    struct pg_model *model = open_ids();
    FILE *out = open_memstream(&text, &size);
    write_token_table(out, model, (const int[]){7, 1999}, 2, TABLE_ALIGNED);
    fclose(out);
    assert_string_equal(text, "position  token index  token\n"
                              "       0            7  7\n"
                              "       1         1999  1999\n");
    free(text);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visible_characters_stay),
        cmocka_unit_test(other_characters_become_escapes),
        cmocka_unit_test(quotes_are_escaped),
        cmocka_unit_test(long_tokens_are_cut),
        cmocka_unit_test(tokens_stand_below_each_other),
        cmocka_unit_test(lines_wrap_to_the_width),
        cmocka_unit_test(a_table_has_a_row_for_each_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
