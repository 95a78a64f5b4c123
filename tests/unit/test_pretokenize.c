/* test_pretokenize.c: text/split.h, by examples of each alternative and of Unicode's classes. */
#include "tokenizer/pretokenize.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* Asserts that the text is cut where `expected` has a '|'. Every rest is given in memory of exactly
 * its size, so that a read beyond the end is seen. */
static void check(const char *expected) {
    size_t length = 0;
    char *text = malloc(strlen(expected) + 1);
    for (const char *p = expected; *p; p++)
        if (*p != '|') text[length++] = *p;
    const char *want = expected;
    for (size_t at = 0; at < length;) {
        char *rest = malloc(length - at);
        memcpy(rest, text + at, length - at);
        size_t size = first_piece(rest, length - at), wanted = strcspn(want, "|");
        free(rest);
        if (size != wanted)
            fail_msg("\"%s\": a piece of %zu bytes, expected \"%.*s\"", expected, size, (int)wanted,
                     want);
        at += size;
        want += wanted + 1;
    }
    free(text);
}

static void test_words(void **state) {
    (void)state;
    check("Hello| world");
    check("a");
    check(" a");
    check("a|1|b|22");
    check("abc|,| def|...| ghi|!?");
    check(" 1| 2|a| 3|.|14");
    check("top|-|notch| student|.");
    check("Ünïcödé| Жизнь| 漢字かな|½Ⅷ|€");
}

static void test_contractions(void **state) {
    (void)state;
    check("I|'m| you|'ll| he|'s| they|'ve| we|'re| can|'t| she|'d");
    check("I|'|M| you|'|LL");
    check("'s|'t|'re|'ve|'m|'ll|'d");
    check("'s|x|'t|y");
    check("don|'t|'");
    check("''|s");
    check("a| '|s");
    check("'|l");
    check("'|r");
    check("'|v");
    check("'|xe");
    check("'");
    check("'| '");
}

static void test_white_space(void **state) {
    (void)state;
    check("a|  | b");
    check("a| |\n|b");
    check("a|\n|b");
    check("a|\n\n|\n|b");
    check("a|\n| b");
    check("a|\t|\t|b");
    check("a|  \t|\n|b");
    check("a|   ");
    check("   ");
    check(" ");
    check("\r\n");
    check("a| |\xc2\xa0|b"); /* no-break space is no part of the " ?" before a word */
    check("a|\xe3\x80\x80|\xe3\x80\x80|1"); /* U+3000 */
}

/* Encodes a code point of any size. */
static size_t encode(uint32_t c, char out[5]) {
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    const uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
    out[n] = '\0';
    return n;
}

/* The kind of a code point, by what it makes one piece with: a letter, a number, punctuation, or
 * (white space) none of them. */
static char kind_of(uint32_t c) {
    const char kinds[] = "A1!";
    for (const char *kind = kinds; *kind; kind++) {
        char text[8] = {*kind};
        size_t n = encode(c, text + 1);
        if (first_piece(text, n + 1) == n + 1) return *kind;
    }
    return ' ';
}

static void test_white_space_is_unicodes(void **state) {
    (void)state;
    const uint32_t spaces[] = {0x09,   0x0a,   0x0b,   0x0c,   0x0d,   0x20,   0x85,
                               0xa0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                               0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028,
                               0x2029, 0x202f, 0x205f, 0x3000};
    size_t found = 0;
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (kind_of(c) != ' ') continue;
        assert_true(found < sizeof spaces / sizeof *spaces);
        assert_int_equal(c, spaces[found]);
        found++;
    }
    assert_int_equal(found, sizeof spaces / sizeof *spaces);
}

static void test_letters_and_numbers_are_unicodes(void **state) {
    (void)state;
    /* Lu Ll Lt Lm Lo; Nd Nl No; and what is neither: marks, symbols, format, control, unassigned.
     */
    const uint32_t letters[] = {'A', 'z', 0xe9, 0x1c5, 0x2b0, 0xaa, 0x5d0, 0x4e00, 0xac00, 0x20000};
    const uint32_t numbers[] = {'7', 0x663, 0x966, 0x2167, 0x3007, 0xb2, 0xbd, 0x2460, 0x1d7ce};
    const uint32_t others[] = {0,      0x1c,   0x1f,   0x7f,   '_',    0xad,    0x301,
                               0x200b, 0x180e, 0x20ac, 0xfeff, 0xffff, 0x1f600, 0x10ffff};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        assert_int_equal(kind_of(letters[i]), 'A');
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(kind_of(numbers[i]), '1');
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(kind_of(others[i]), '!');
}

static void test_bytes_that_are_not_utf8(void **state) {
    (void)state;
    check("a|\xff|b");
    check("a| \xff\xfe|b");
    check("a|\x80!\x80|1");
    check("a|\xe2\x82|b");            /* cut short */
    check("a|\xe2\x82");              /* cut short by the end */
    check("a|\xed\xa0\x80|b");        /* a surrogate */
    check("a|\xc1\x81|b");            /* 'A', overlong */
    check("a|\xc0\xa0|b");            /* ' ', overlong: no space */
    check("a|\xf4\x90\x80\x80|b");    /* beyond U+10FFFF */
    check("\xc3|\xc3\xa9|\xc3");      /* a valid letter between two halves */
    check("a|\xf0\x9f\x98|\xc3\xa9"); /* and behind a cut one */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_contractions),
        cmocka_unit_test(test_white_space),
        cmocka_unit_test(test_white_space_is_unicodes),
        cmocka_unit_test(test_letters_and_numbers_are_unicodes),
        cmocka_unit_test(test_bytes_that_are_not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
