/* test_curve.c: where the points of a curve are, what is left out, and that nothing sticks out of
 * the picture. */
#include "plot/curve.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

enum { INK = 0x31688e };

static const struct curve_level levels[] = {{0, "no edge"}, {1, "all edges"}};

static struct curve curve_of(const struct curve_point *points, int n) {
    return (struct curve){.title = "title",
                          .subtitles = {"one", "two"},
                          .x_title = "x",
                          .y_title = "y",
                          .points = points,
                          .n_points = n,
                          .x_low = 1e-3,
                          .x_high = 1,
                          .levels = levels,
                          .n_levels = 2};
}

static uint8_t *bytes_of(const struct curve *curve, int threads, size_t *size) {
    struct pg_error err;
    struct font *font = font_open(&err);
    assert_non_null(font);
    uint8_t *png = curve_png(curve, font, NULL, 0, threads, size, &err);
    if (!png) fail_msg("%s", err.text);
    font_close(font);
    return png;
}

struct pixels {
    int width, height;
    uint8_t *rgb;
};

static struct pixels draw(const struct curve *curve) {
    size_t size;
    struct pixels p;
    int channels;
    uint8_t *png = bytes_of(curve, 1, &size);
    p.rgb = stbi_load_from_memory(png, (int)size, &p.width, &p.height, &channels, 3);
    assert_non_null(p.rgb);
    free(png);
    return p;
}

static int pixel(const struct pixels *p, int x, int y) {
    const uint8_t *rgb = p->rgb + 3 * (y * p->width + x);
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2];
}

/* The pixels of the curve in a column: how many, and their middle. */
static int ink_in_column(const struct pixels *p, int x, double *middle) {
    int n = 0;
    *middle = 0;
    for (int y = 0; y < p->height; y++)
        if (pixel(p, x, y) == INK) {
            *middle += y;
            n++;
        }
    if (n) *middle /= n;
    return n;
}

/* The columns of the first and the last pixel of the curve. */
static void find_ends(const struct pixels *p, int *first, int *last) {
    double middle;
    *first = p->width;
    *last = -1;
    for (int x = 0; x < p->width; x++) {
        if (!ink_in_column(p, x, &middle)) continue;
        if (*last < 0) *first = x;
        *last = x;
    }
    assert_true(*last > *first);
}

static void numbers_grow_to_the_right_and_upwards(void **state) {
    (void)state;
    const struct curve_point up[] = {{1e-3, 0}, {1, 1}}, down[] = {{1e-3, 1}, {1, 0}};
    for (int falling = 0; falling < 2; falling++) {
        const struct curve curve = curve_of(falling ? down : up, 2);
        struct pixels p = draw(&curve);
        int first, last;
        double left, right;
        find_ends(&p, &first, &last);
        ink_in_column(&p, first, &left);
        ink_in_column(&p, last, &right);
        assert_true(falling ? right > left + 400 : left > right + 400);
        stbi_image_free(p.rgb);
    }
}

/* The column of the middle point of three, which stands out by its size. */
static int middle_column(double x) {
    const struct curve_point points[] = {{1e-3, 0}, {x, 0}, {1, 0}};
    const struct curve curve = curve_of(points, 3);
    struct pixels p = draw(&curve);
    int first, last, best = 0, most = 0;
    double middle;
    find_ends(&p, &first, &last);
    for (int c = first + 40; c < last - 40; c++) {
        const int n = ink_in_column(&p, c, &middle);
        if (n > most) {
            most = n;
            best = c;
        }
    }
    stbi_image_free(p.rgb);
    return best;
}

static void the_axis_is_logarithmic(void **state) {
    (void)state;
    const int a = middle_column(1e-2), b = middle_column(1e-1);
    assert_int_equal(b - a, 333); /* a third of 1000 pixels */
    assert_int_equal(middle_column(2e-2) - a, 100);
}

static void a_number_that_is_not_finite_is_left_out(void **state) {
    (void)state;
    const struct curve_point with[] = {{1e-3, 0}, {1e-2, (double)NAN}, {1e-1, 0.5}, {1, 1}},
                             without[] = {{1e-3, 0}, {1e-1, 0.5}, {1, 1}};
    const struct curve a = curve_of(with, 4), b = curve_of(without, 3);
    size_t a_size, b_size;
    uint8_t *first = bytes_of(&a, 1, &a_size), *second = bytes_of(&b, 3, &b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(first, second, a_size);
    free(first);
    free(second);
}

/* Whether the outermost pixels are white, and the curve is there. */
static void check_border(const struct curve *curve) {
    enum { BORDER = 16 };
    struct pixels p = draw(curve);
    int first, last;
    for (int y = 0; y < p.height; y++)
        for (int x = 0; x < p.width; x++)
            if (x < BORDER || y < BORDER || x >= p.width - BORDER || y >= p.height - BORDER)
                assert_int_equal(pixel(&p, x, y), 0xffffff);
    find_ends(&p, &first, &last);
    stbi_image_free(p.rgb);
}

static void nothing_sticks_out(void **state) {
    (void)state;
    char title[301];
    memset(title, 'W', 300);
    title[300] = '\0';
    const struct curve_point points[] = {{1e-5, -3e6}, {0.02, 7e6}, {1, 1}};
    struct curve curve = curve_of(points, 3);
    curve.x_low = 1e-5;
    curve.title = curve.subtitles[1] = curve.x_title = title;
    check_border(&curve);
    const struct curve_point small[] = {{1e-3, 1e-9}, {0.5, 3e-9}};
    curve = curve_of(small, 2);
    curve.n_levels = 0;
    curve.y_title = title;
    check_border(&curve);
}

static void equal_numbers_have_an_axis(void **state) {
    (void)state;
    const struct curve_point points[] = {{1e-2, 5}, {1, 5}};
    struct curve curve = curve_of(points, 2);
    curve.n_levels = 0;
    check_border(&curve);
}

static void large_numbers_have_their_power_of_ten(void **state) {
    (void)state;
    const struct curve_point small[] = {{1e-3, 0}, {1, 3}}, large[] = {{1e-3, 0}, {1, 3e6}};
    struct curve a = curve_of(small, 2), b = curve_of(large, 2);
    a.n_levels = b.n_levels = 0;
    size_t a_size, b_size;
    uint8_t *first = bytes_of(&a, 1, &a_size), *second = bytes_of(&b, 1, &b_size);
    /* But for ×10⁶ they are the same. */
    assert_true(a_size < b_size);
    free(first);
    free(second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_grow_to_the_right_and_upwards),
        cmocka_unit_test(the_axis_is_logarithmic),
        cmocka_unit_test(a_number_that_is_not_finite_is_left_out),
        cmocka_unit_test(nothing_sticks_out),
        cmocka_unit_test(large_numbers_have_their_power_of_ten),
        cmocka_unit_test(equal_numbers_have_an_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
