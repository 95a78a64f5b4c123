/* test_font.c: the canvas and text on it. */
#include "plot/font.h"
#include "report/token_names.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct font *font;

static int open_font(void **state) {
    (void)state;
    struct pg_error err;
    font = font_open(&err);
    return font ? 0 : -1;
}

static int close_font(void **state) {
    (void)state;
    font_close(font);
    return 0;
}

static struct canvas blank(int width, int height) {
    struct pg_error err;
    struct canvas canvas;
    assert_true(canvas_make(&canvas, width, height, &err));
    return canvas;
}

static colour pixel(const struct canvas *canvas, int x, int y) {
    const uint8_t *p = canvas->pixels + 3 * (y * canvas->width + x);
    return (colour)p[0] << 16 | (colour)p[1] << 8 | p[2];
}

/* ---- the canvas ---- */

static void a_fill_stays_inside_the_canvas(void **state) {
    (void)state;
    struct canvas canvas = blank(5, 4);
    canvas_fill(&canvas, 3, -2, 10, 4, 0x102030);
    canvas_fill(&canvas, -7, 3, 8, 1, 0xff0000);
    canvas_fill(&canvas, 9, 9, 2, 2, 0x00ff00);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 5; x++)
            assert_int_equal(pixel(&canvas, x, y), x >= 3 && y < 2    ? 0x102030
                                                   : x == 0 && y == 3 ? 0xff0000
                                                                      : 0xffffff);
    canvas_free(&canvas);
}

static void a_stain_mixes_colours(void **state) {
    (void)state;
    const uint8_t mask[] = {0, 255, 128, 255, 255, 255};
    struct canvas canvas = blank(2, 2);
    canvas_stain(&canvas, -1, 0, 3, 2, mask, 0x004080);
    assert_int_equal(pixel(&canvas, 0, 0), 0x004080);
    assert_int_equal(pixel(&canvas, 1, 0), 0x7f9fbf);
    assert_int_equal(pixel(&canvas, 1, 1), 0x004080);
    canvas_free(&canvas);
}

/* ---- text ---- */

static void widths_add_up_and_scale(void **state) {
    (void)state;
    double m = font_width(font, "m", 20), mm = font_width(font, "mm", 20);
    assert_true(m > 10 && m < 25);
    assert_true(fabs(mm - 2 * m) < 1e-9);
    assert_true(fabs(font_width(font, "m", 40) - 2 * m) < 1e-4);
    assert_true(font_width(font, "", 20) == 0);
    assert_true(font_width(font, "  ", 20) > font_width(font, " ", 20));
    assert_true(font_width(font, "AV", 20) < font_width(font, "A", 20) + font_width(font, "V", 20));
    assert_true(font_width(font, "\xff", 20) == font_width(font, "\uFFFD", 20));
}

static void font_knows_what_it_has(void **state) {
    (void)state;
    const int32_t needed[] = {'A',    0xb7, 0xd7,   0x2026, 0x2192, 0x2212,
                              0x2070, 0xb9, 0x2079, 0x207b, 0xfffd};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!font_has(font, needed[i])) fail_msg("U+%04X is missing", (unsigned)needed[i]);
    assert_false(font_has(font, 0x4e2d));
}

struct ink {
    double amount; /* black pixels */
    int left, top, right, bottom;
};

static struct ink ink_of(const struct canvas *canvas) {
    struct ink ink = {0, canvas->width, canvas->height, 0, 0};
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++) {
            double dark = 1 - (pixel(canvas, x, y) & 0xff) / 255.0;
            if (dark < 0.02) continue;
            ink.amount += dark;
            ink.left = x < ink.left ? x : ink.left;
            ink.top = y < ink.top ? y : ink.top;
            ink.right = x + 1 > ink.right ? x + 1 : ink.right;
            ink.bottom = y + 1 > ink.bottom ? y + 1 : ink.bottom;
        }
    return ink;
}

static struct ink draw(const char *text, double x, double y, enum direction direction) {
    struct pg_error err;
    struct canvas canvas = blank(300, 300);
    struct pen pen = {x, y, 24, direction, 0x000000};
    assert_true(font_draw(font, text, pen, &canvas, &err));
    struct ink ink = ink_of(&canvas);
    canvas_free(&canvas);
    return ink;
}

/* The same letters, whichever way they run, have as much ink. */
static void text_runs_in_its_direction(void **state) {
    (void)state;
    const char text[] = "\u00c9lf\u00e9 (Qy) \u2192";
    double width = font_width(font, text, 24);
    struct ink level = draw(text, 50, 250, RIGHTWARDS), up = draw(text, 50, 250, UPWARDS),
               slanted = draw(text, 50, 250, SLANTED);
    assert_true(level.amount > 200);
    assert_true(fabs(up.amount / level.amount - 1) < 0.01);
    assert_true(fabs(slanted.amount / level.amount - 1) < 0.02);

    double high = FONT_ASCENT * 24, low = FONT_DESCENT * 24, half_root = sqrt(0.5);
    assert_true(level.left >= 49 && level.right <= 50 + width + 1);
    assert_true(level.top >= 250 - high - 1 && level.bottom <= 250 + low + 1);
    assert_true(level.bottom >= 254); /* what hangs below */
    assert_true(up.left >= 50 - high - 1 && up.right <= 50 + low + 1);
    assert_true(up.top >= 250 - width - 1 && up.bottom <= 251);
    assert_true(slanted.left >= 50 - high * half_root - 1);
    assert_true(slanted.right <= 50 + (width + low) * half_root + 1);
    assert_true(slanted.top >= 250 - (width + high) * half_root - 1);
    assert_true(slanted.bottom <= 250 + low * half_root + 1);
}

static void text_may_leave_the_canvas(void **state) {
    (void)state;
    assert_true(draw("outside", -40, 5, RIGHTWARDS).amount > 0);
    assert_true(draw("outside", 295, 310, SLANTED).amount < 100);
    assert_true(draw("outside", -500, -500, UPWARDS).amount == 0);
    assert_true(draw("   ", 50, 50, RIGHTWARDS).amount == 0);
}

/* Between whole pixels, too. */
static void every_place_has_as_much_ink(void **state) {
    (void)state;
    double whole = draw("ill", 50, 50, RIGHTWARDS).amount;
    for (double shift = 0; shift < 1; shift += 0.07)
        for (enum direction way = RIGHTWARDS; way <= UPWARDS; way++)
            assert_true(fabs(draw("ill", 50 + shift, 100 + 3 * shift, way).amount / whole - 1) <
                        0.02);
}

/* The font has the first three, which read as other words when they are put side by side as they
 * are. */
static void letters_that_cannot_be_set_alone_are_escapes(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"\u0643\u062a", "\\u0643\\u062A"}, /* Arabic */
        {"\u05d0\u05b8", "\\u05D0\\u05B8"}, /* Hebrew, with a vowel */
        {"\ufefb", "\\uFEFB"},              /* a joined form of Arabic */
        {"\u0915\u093f", "\\u0915\\u093F"}, /* Devanagari */
        {"\u0e01\u0e33", "\\u0E01\\u0E33"}, /* Thai */
        {"\u07ca", "\\u07CA"},              /* N'Ko */
        {"a\u00e9\u0416\u03a9\u10d0\u0531", "a\u00e9\u0416\u03a9\u10d0\u0531"},
    };
    struct pg_error err;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *text = escape_undrawable(font, pairs[i][0], &err);
        assert_string_equal(text, pairs[i][1]);
        free(text);
    }
}

static void what_the_font_lacks_becomes_escapes(void **state) {
    (void)state;
    struct pg_error err;
    char *text = escape_undrawable(font, "\u00b7a\u4e2d \u2192 \U0001F9FF\u20ac", &err);
    assert_string_equal(text, "\u00b7a\\u4E2D \u2192 \\U0001F9FF\u20ac");
    free(text);
    text = escape_undrawable(font, "", &err);
    assert_string_equal(text, "");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fill_stays_inside_the_canvas),
        cmocka_unit_test(a_stain_mixes_colours),
        cmocka_unit_test(widths_add_up_and_scale),
        cmocka_unit_test(font_knows_what_it_has),
        cmocka_unit_test(text_runs_in_its_direction),
        cmocka_unit_test(text_may_leave_the_canvas),
        cmocka_unit_test(every_place_has_as_much_ink),
        cmocka_unit_test(what_the_font_lacks_becomes_escapes),
        cmocka_unit_test(letters_that_cannot_be_set_alone_are_escapes),
    };
    return cmocka_run_group_tests(tests, open_font, close_font);
}
