/* test_ticks.c: round numbers along an axis, and colours. */
#include "plot/canvas.h"
#include "plot/ticks.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- ticks ---- */

/* What a tick's text says, U+2212 read as a minus. */
static double text_value(const struct ticks *ticks, int i) {
    const char *text = ticks->text[i], minus[] = "\u2212";
    bool negative = strncmp(text, minus, strlen(minus)) == 0;
    char *end;
    double value = strtod(negative ? text + strlen(minus) : text, &end);
    assert_int_equal(*end, '\0');
    return (negative ? -value : value) * pow(10, ticks->exponent);
}

static bool near(double a, double b, double scale) {
    return fabs(a - b) <= 1e-6 * scale;
}

/* The number next to x that is 1, 2 or 5 times a power of ten. */
static double nearest_round(double x) {
    double power = pow(10, floor(log10(x) + 1e-3)), factor = x / power;
    return power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10);
}

static void check_ticks(double low, double high, int most) {
    struct ticks ticks;
    ticks_choose(low, high, most, &ticks);
    if (ticks.count < 2 || ticks.count > most)
        fail_msg("%d ticks from %g to %g", ticks.count, low, high);
    double first = text_value(&ticks, 0), step = nearest_round(text_value(&ticks, 1) - first);
    for (int i = 0; i < ticks.count; i++) {
        double value = text_value(&ticks, i);
        if (!near(value, first + i * step, step) || !near(value, step * round(value / step), step))
            fail_msg("a tick from %g to %g, %g apart, is \"%s\"", low, high, step, ticks.text[i]);
        assert_true(ticks.value[i] >= low && ticks.value[i] <= high);
        assert_true(near(ticks.value[i], value, step));
        assert_true(strlen(ticks.text[i]) < 16);
    }
}

static void ticks_are_round(void **state) {
    (void)state;
    uint32_t random = 3;
    for (int i = 0; i < 20000; i++) {
        double ends[2];
        for (int j = 0; j < 2; j++) {
            random = random * 1664525u + 1013904223u;
            ends[j] = ((double)random / 4294967296.0 - 0.5) * pow(10, i % 40 - 20);
        }
        if (ends[0] != ends[1])
            check_ticks(fmin(ends[0], ends[1]), fmax(ends[0], ends[1]), 5 + i % 12);
    }
    check_ticks(-3e38, 3e38, 9);
    check_ticks(0, 1.4e-45, 9);
    check_ticks(7, 7.0000005, 9);
    check_ticks(-1, 1, 16);
}

static void check_texts(double low, double high, const char *expected, int exponent) {
    struct ticks ticks;
    char texts[512] = "";
    ticks_choose(low, high, 5, &ticks);
    for (int i = 0; i < ticks.count; i++) {
        strcat(texts, i ? " " : "");
        strcat(texts, ticks.text[i]);
    }
    assert_string_equal(texts, expected);
    assert_int_equal(ticks.exponent, exponent);
}

static void tick_texts_have_equally_many_decimals(void **state) {
    (void)state;
    check_texts(-2.6, 3.3, "\u22122 0 2", 0);
    check_texts(0, 4, "0 1 2 3 4", 0);
    check_texts(-0.3f, 0.1f, "\u22120.3 \u22120.2 \u22120.1 0.0 0.1",
                0); /* ends a float's error off */
    check_texts(0, 0.4, "0.0 0.1 0.2 0.3 0.4", 0);
    check_texts(99000, 99400, "99000 99100 99200 99300 99400", 0);
    check_texts(0, 4e6, "0 1 2 3 4", 6);
    check_texts(0, 0.0004, "0 1 2 3 4", -4);
    check_texts(-2e-6, 1e-6, "\u22122 \u22121 0 1", -6);
}

/* ---- colours ---- */

static void viridis_is_that_of_matplotlib(void **state) {
    (void)state;
    assert_int_equal(colormap_at(PG_VIRIDIS, 0), 0x440154);
    assert_int_equal(colormap_at(PG_VIRIDIS, 0.25), 0x3b528b);
    assert_int_equal(colormap_at(PG_VIRIDIS, 0.5), 0x21918c);
    assert_int_equal(colormap_at(PG_VIRIDIS, 0.75), 0x5ec962);
    assert_int_equal(colormap_at(PG_VIRIDIS, 1), 0xfde725);
    assert_int_equal(colormap_at(PG_VIRIDIS, -1), 0x440154);
    assert_int_equal(colormap_at(PG_VIRIDIS, 2), 0xfde725);

    double before = 0; /* brighter step by step, but for the rounding */
    for (int i = 0; i < 256; i++) {
        colour c = colormap_at(PG_VIRIDIS, i / 256.0);
        double brightness = 0.2126 * pow((c >> 16) / 255.0, 2.2) +
                            0.7152 * pow((c >> 8 & 0xff) / 255.0, 2.2) +
                            0.0722 * pow((c & 0xff) / 255.0, 2.2);
        assert_true(brightness > before - 0.001);
        before = brightness;
    }
}

static void rdbu_is_white_in_the_middle(void **state) {
    (void)state;
    assert_int_equal(colormap_at(PG_RDBU, 0), 0x67001f);
    assert_int_equal(colormap_at(PG_RDBU, 1), 0x053061);
    assert_int_equal(colormap_at(PG_RDBU, 0.25), 0xe58368);
    for (int shift = 0; shift <= 16; shift += 8) /* the middle is nearly white */
        assert_true((colormap_at(PG_RDBU, 0.5) >> shift & 0xff) >= 0xf5);
}

/* The ends, the middle, and brightness that only rises or only falls. */
static void check_map(enum pg_colormap map, colour low, colour middle, colour high) {
    assert_int_equal(colormap_at(map, 0), low);
    assert_int_equal(colormap_at(map, 1), high);
    for (int shift = 0; shift <= 16; shift += 8)
        assert_true(
            abs((int)(colormap_at(map, 0.5) >> shift & 0xff) - (int)(middle >> shift & 0xff)) <= 3);
    const int sign = low < high ? 1 : -1;
    int before = -1000;
    for (int i = 0; i < 256; i++) {
        colour c = colormap_at(map, i / 255.0);
        int brightness = sign * (int)((c >> 16) + 2 * (c >> 8 & 0xff) + (c & 0xff) / 2);
        assert_true(brightness >= before - 2);
        before = brightness;
    }
}

static void magma_and_greys_rise_in_brightness(void **state) {
    (void)state;
    check_map(PG_MAGMA, 0x000004, 0xb73779, 0xfcfdbf);
    check_map(PG_GREYS, 0xffffff, 0x959595, 0x000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(tick_texts_have_equally_many_decimals),
        cmocka_unit_test(viridis_is_that_of_matplotlib),
        cmocka_unit_test(rdbu_is_white_in_the_middle),
        cmocka_unit_test(magma_and_greys_rise_in_brightness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
