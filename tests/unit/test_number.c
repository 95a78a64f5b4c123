/* test_number.c: float32 numbers as text and back. */
#include "base/number.h"

#include "unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void check_number(float value, const char *expected) {
    char text[NUMBER_SIZE];
    number_format(value, text);
    assert_string_equal(text, expected);
}

static void numbers_are_short(void **state) {
    (void)state;
    check_number(0, "0");
    check_number(-0.0f, "-0");
    check_number(0.1f, "0.1");
    check_number(-2.5f, "-2.5");
    check_number(1.0f / 3, "0.33333334");
    check_number(123456, "123456");
    check_number(16777216, "16777216");
    check_number(1e10f, "1e+10");
    check_number(FLT_MAX, "3.4028235e+38");
    check_number(-FLT_TRUE_MIN, "-1.4013e-45");
    check_number(INFINITY, "inf");
    check_number(-INFINITY, "-inf");
    check_number(NAN, "nan");
    check_number(-NAN, "nan");
}

static void check_round_trip(uint32_t bits) {
    char text[NUMBER_SIZE];
    float value = float_of(bits), back;
    number_format(value, text);
    assert_true(number_parse(text, &back));
    if (isnan(value))
        assert_true(isnan(back));
    else
        assert_int_equal(bits_of(back), bits);
}

static void numbers_read_back(void **state) {
    (void)state;
    uint32_t bits = 1;
    for (int i = 0; i < 100000; i++) {
        bits = bits * 1664525u + 1013904223u;
        check_round_trip(bits);
        check_round_trip(bits_of((float)(int32_t)bits / 1e8f)); /* of the size of logits */
    }
}

static void numbers_ignore_the_locale(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    bool found = false;
    for (size_t i = 0; i < 4 && !found; i++) found = setlocale(LC_ALL, names[i]);
    if (!found) skip(); /* no locale with a decimal comma is installed */
    float back;
    check_number(-1.5f, "-1.5");
    bool read = number_parse("2.25", &back);
    setlocale(LC_ALL, "C");
    assert_true(read);
    assert_true(back == 2.25f);
}

static void other_texts_are_not_numbers(void **state) {
    (void)state;
    static const char *const texts[] = {"",     " 1",       "1 ",   "0x10", "1e39", "-1e39", "abc",
                                        "1,5",  "1.5.2",    "e",    "1e",   "--1",  "-",     ".",
                                        "-nan", "infinity", "+inf", "NaN",  "1\n",  "1f"};
    float value;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (number_parse(texts[i], &value)) fail_msg("\"%s\" was read as a number", texts[i]);
    assert_true(number_parse("-3.50e-1", &value));
    assert_true(value == -0.35f);
    assert_true(number_parse("1e-60", &value));
    assert_true(value == 0);
}

static void numbers_for_people_have_three_digits(void **state) {
    (void)state;
    char text[NUMBER_SIZE];
    number_display(-12.345f, text);
    assert_string_equal(text, "\u221212.3");
    number_display(0.00123456f, text);
    assert_string_equal(text, "0.00123");
    number_display(NAN, text);
    assert_string_equal(text, "nan");
}

static void numbers_have_the_given_decimals(void **state) {
    (void)state;
    char text[NUMBER_SIZE];
    number_fixed(-0.456f, 2, text);
    assert_string_equal(text, "\u22120.46");
    number_fixed(-12.25f, 0, text);
    assert_string_equal(text, "\u221212");
    number_fixed(0.0126f, 3, text);
    assert_string_equal(text, "0.013");
    number_plain(-12.25f, 1, text);
    assert_string_equal(text, "-12.2");
    number_plain(0.99907f, 4, text);
    assert_string_equal(text, "0.9991");
    number_plain(NAN, 4, text);
    assert_string_equal(text, "nan");
    number_plain(-3e38f, 4, text);
    assert_string_equal(text, "-3.00e+38");
}

/* 0 and nothing else is written as zeros. */
static void small_numbers_keep_their_digits(void **state) {
    (void)state;
    static const struct {
        float value;
        int decimals;
        const char *text;
    } cases[] = {
        {0, 2, "0.00"},           {-0.0003f, 1, "-3e-04"},    {-0.0f, 2, "0.00"},
        {-0.004f, 2, "-0.004"},   {4e-8f, 2, "4e-08"},        {4e-8f, 0, "4e-08"},
        {-0.04f, 1, "-0.04"},     {0.0051f, 2, "0.01"},       {0, 4, "0.0000"},
        {0.000051f, 4, "0.0001"}, {3.05e-10f, 4, "3.05e-10"}, {-0.00004f, 4, "-4.00e-05"},
        {1e-45f, 4, "1.40e-45"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[NUMBER_SIZE];
        number_plain(cases[i].value, cases[i].decimals, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(numbers_ignore_the_locale),
        cmocka_unit_test(other_texts_are_not_numbers),
        cmocka_unit_test(numbers_for_people_have_three_digits),
        cmocka_unit_test(numbers_have_the_given_decimals),
        cmocka_unit_test(small_numbers_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
