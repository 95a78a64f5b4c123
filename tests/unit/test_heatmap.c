/* test_heatmap.c: where the parts of a heatmap go, that cells have the colours of their values, and
 * what becomes of an experiment on the way to a PNG file. */
#include "base/file.h"
#include "report/heatmap.h"
#include "report/png.h"
#include "report/result_map.h"

#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include <cmocka.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

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

/* ---- heatmaps to try ---- */

enum { MOST_CELLS = 1 << 16, MOST_COLUMNS = 1 << 13 };

struct sample {
    struct heatmap map;
    float values[MOST_CELLS];
    const char *labels[MOST_COLUMNS];
    bool marked[MOST_COLUMNS];
};

/* A heatmap with every mark_every-th column marked. Free it with free(). */
static struct sample *sample(int n_rows, int n_columns, int mark_every) {
    static const char *const words[] = {"Mic",
                                        "helle",
                                        "\u00b7Jones",
                                        "\u00b7was",
                                        "\u00b7a",
                                        "\u00b7top-notch",
                                        "<|endoftext|>",
                                        ".",
                                        "rawdownloadcloneemb\u2026",
                                        "\\n",
                                        "\u00c5ngstr\u00f6m"};
    struct sample *s = calloc(1, sizeof *s);
    for (int i = 0; i < n_columns; i++) {
        s->marked[i] = mark_every && i % mark_every == mark_every - 1;
        s->labels[i] = s->marked[i] ? "\u00b7Jones \u2192 \u00b7Smith" : words[i * 7 % 11];
    }
    for (int i = 0; i < n_rows * n_columns; i++) s->values[i] = (float)((i * 37) % 101) / 10 - 4;
    s->map = (struct heatmap){
        .title = "logit(\" Smith\") \u2212 logit(\" Jones\")",
        .subtitles = {"patching resid_post, clean \u2192 corrupted",
                      "clean run 3.42, corrupted run \u22122.1"},
        .values = s->values,
        .n_rows = n_rows,
        .n_columns = n_columns,
        .row_title = "layer",
        .column_title = "position",
        .value_title = "logit difference",
        .column_labels = s->labels,
        .column_marked = s->marked,
    };
    return s;
}

static struct heatmap_layout laid_out(const struct heatmap *map) {
    struct pg_error err;
    struct heatmap_layout layout;
    assert_true(heatmap_lay_out(map, font, &layout, &err));
    return layout;
}

static struct canvas drawn(const struct heatmap *map, const struct heatmap_layout *layout) {
    struct pg_error err;
    struct canvas canvas;
    assert_true(heatmap_draw(map, font, layout, &canvas, &err));
    return canvas;
}

static colour pixel(const struct canvas *canvas, int x, int y) {
    const uint8_t *p = canvas->pixels + 3 * ((size_t)y * (size_t)canvas->width + (size_t)x);
    return (colour)p[0] << 16 | (colour)p[1] << 8 | p[2];
}

static colour cell_colour(const struct canvas *canvas, const struct heatmap_layout *layout, int row,
                          int column) {
    return pixel(canvas, layout->left + column * layout->cell_width + layout->cell_width / 2,
                 layout->top + row * layout->cell_height + layout->cell_height / 2);
}

/* ---- the layout ---- */

typedef double corners[4][2];

/* How far apart two convex quadrilaterals are along the normals of the first's sides: not
 * positive if none of the four parts them. */
static double gap_along(corners a, corners b) {
    double largest = -INFINITY;
    for (int i = 0; i < 4; i++) {
        double nx = a[(i + 1) % 4][1] - a[i][1], ny = a[i][0] - a[(i + 1) % 4][0];
        double length = hypot(nx, ny), range[2][2] = {{INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
        if (length == 0) continue;
        for (int j = 0; j < 8; j++) {
            double *corner = j < 4 ? a[j] : b[j - 4], *at = range[j / 4];
            double place = (corner[0] * nx + corner[1] * ny) / length;
            at[0] = fmin(at[0], place);
            at[1] = fmax(at[1], place);
        }
        largest = fmax(largest, fmax(range[0][0] - range[1][1], range[1][0] - range[0][1]));
    }
    return largest;
}

static bool overlap(corners a, corners b) {
    return gap_along(a, b) < -1e-6 && gap_along(b, a) < -1e-6;
}

static void rectangle(corners out, double x, double y, double width, double height) {
    for (int i = 0; i < 4; i++) {
        out[i][0] = x + (i == 1 || i == 2 ? width : 0);
        out[i][1] = y + (i >= 2 ? height : 0);
    }
}

/* No text touches another one, the cells or the colour bar, or leaves the picture. */
static void check_texts(const struct heatmap *map, const struct heatmap_layout *layout) {
    corners *boxes = calloc((size_t)layout->n_texts + 2, sizeof *boxes);
    int n = layout->n_texts, height = map->n_rows * layout->cell_height;
    for (int i = 0; i < n; i++) {
        heatmap_text_corners(&layout->texts[i], boxes[i]);
        for (int j = 0; j < 4; j++) {
            assert_true(boxes[i][j][0] >= 16 && boxes[i][j][0] <= layout->width - 16);
            assert_true(boxes[i][j][1] >= 16 && boxes[i][j][1] <= layout->height - 16);
        }
    }
    rectangle(boxes[n], layout->left, layout->top, map->n_columns * layout->cell_width, height);
    rectangle(boxes[n + 1], layout->bar_left, layout->top, layout->bar_width, height);
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n + 2; j++)
            if (overlap(boxes[i], boxes[j]))
                fail_msg("%d x %d: \"%s\" touches \"%s\"", map->n_rows, map->n_columns,
                         layout->texts[i].text,
                         j < n    ? layout->texts[j].text
                         : j == n ? "the cells"
                                  : "the colour bar");
    free(boxes);
}

static int count_text(const struct heatmap_layout *layout, const char *text) {
    int n = 0;
    for (int i = 0; i < layout->n_texts; i++) n += strcmp(layout->texts[i].text, text) == 0;
    return n;
}

static int count_labels(const struct heatmap *map, const struct heatmap_layout *layout) {
    int n = 0;
    for (int i = 0; i < layout->n_texts; i++)
        for (int j = 0; j < map->n_columns; j++)
            if (layout->texts[i].text == map->column_labels[j]) {
                n++;
                break;
            }
    return n;
}

static void check_layout(int n_rows, int n_columns, int mark_every, int first_column) {
    struct sample *s = sample(n_rows, n_columns, mark_every);
    s->map.first_column = first_column;
    s->map.first_row = first_column / 100;
    struct heatmap_layout layout = laid_out(&s->map);
    check_texts(&s->map, &layout);
    assert_in_range(layout.width, 300, 7999);
    assert_in_range(layout.height, 300, 2500);
    assert_true(layout.cell_width >= 6 && layout.cell_height >= 6);
    assert_int_equal(count_text(&layout, "layer"), 1);
    assert_int_equal(count_text(&layout, "position"), 1);
    assert_int_equal(count_text(&layout, "logit difference"), 1);
    for (int i = 0; i < layout.ticks.count; i++)
        assert_true(layout.ticks.value[i] >= layout.low && layout.ticks.value[i] <= layout.high);
    heatmap_layout_free(&layout);
    free(s);
}

static void test_texts_never_collide(void **state) {
    (void)state;
    static const int widths[] = {1,  2,  3,  4,  5,   11,  12,  15,  25,
                                 40, 47, 60, 77, 100, 131, 200, 500, 1024};
    static const int heights[] = {1, 2, 6, 12, 25, 48};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (size_t j = 0; j < sizeof heights / sizeof *heights; j++)
            check_layout(heights[j], widths[i], (int)(i + j) % 5, j % 2 ? 1000 : 0);
    for (int mark_every = 1; mark_every < 20; mark_every += 6) check_layout(12, 200, mark_every, 0);
}

/* How many labels a heatmap of that many columns has. */
static int labels_of(int n_columns) {
    struct sample *s = sample(12, n_columns, n_columns > 1 ? n_columns / 2 : 0);
    struct heatmap_layout layout = laid_out(&s->map);
    int n = count_labels(&s->map, &layout);
    assert_true(layout.label_every > 1 || n == n_columns);
    heatmap_layout_free(&layout);
    free(s);
    return n;
}

static void test_every_token_is_labelled_where_it_fits(void **state) {
    (void)state;
    static const int all[] = {1, 2, 3, 11, 40, 76, 120};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_int_equal(labels_of(all[i]), all[i]);
    assert_in_range(labels_of(200), 70, 199);
    assert_in_range(labels_of(1024), 150, 400);
}

/* Differing tokens and the last one are labelled first. */
static void test_marked_columns_are_labelled(void **state) {
    (void)state;
    struct sample *s = sample(12, 1000, 0);
    s->labels[999] = "last";
    static const int marked[] = {3, 57, 411, 777};
    static const char *const labels[] = {"a \u2192 b", "c \u2192 d", "e \u2192 f", "g \u2192 h"};
    for (int i = 0; i < 4; i++) {
        s->marked[marked[i]] = true;
        s->labels[marked[i]] = labels[i];
    }
    struct heatmap_layout layout = laid_out(&s->map);
    assert_true(layout.label_every > 1);
    for (int i = 0; i < 4; i++) assert_int_equal(count_text(&layout, labels[i]), 1);
    assert_int_equal(count_text(&layout, "last"), 1);
    struct canvas canvas = drawn(&s->map, &layout);
    for (int i = 0; i < 1000; i++) {
        int x = layout.left + i * layout.cell_width + layout.cell_width / 2;
        bool red = pixel(&canvas, x, layout.top - 5) == 0xd62728;
        assert_int_equal(red, s->marked[i]);
    }
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    free(s);
}

/* ---- colours ---- */

static void check_colours(const struct heatmap *map, double low, double high) {
    struct heatmap_layout layout = laid_out(map);
    struct canvas canvas = drawn(map, &layout);
    assert_true(fabs(layout.low - low) < 1e-6 && fabs(layout.high - high) < 1e-6);
    for (int row = 0; row < map->n_rows; row++)
        for (int column = 0; column < map->n_columns; column++) {
            double value = (double)map->values[row * map->n_columns + column];
            colour expected =
                isfinite(value)
                    ? colormap_at(map->colormap, (value - layout.low) / (layout.high - layout.low))
                    : 0xdddddd;
            assert_int_equal(cell_colour(&canvas, &layout, row, column), expected);
        }
    int bar = layout.bar_left + layout.bar_width / 2,
        bottom = layout.top + map->n_rows * layout.cell_height - 1;
    assert_int_equal(pixel(&canvas, bar, layout.top), colormap_at(map->colormap, 1));
    assert_int_equal(pixel(&canvas, bar, bottom), colormap_at(map->colormap, 0));
    assert_int_equal(pixel(&canvas, 0, 0), 0xffffff);
    assert_int_equal(pixel(&canvas, canvas.width - 1, canvas.height - 1), 0xffffff);
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
}

static void test_cells_have_their_colours(void **state) {
    (void)state;
    struct sample *s = sample(12, 11, 5);
    check_colours(&s->map, -4, 6);
    s->map.colormap = PG_RDBU; /* as far down as up from the centre */
    s->map.centre = -1.5f;
    check_colours(&s->map, -9, 6);
    s->map.centre = NAN;
    check_colours(&s->map, -4, 6);
    s->map.colormap = PG_VIRIDIS;
    s->values[7] = NAN;
    s->values[8] = INFINITY;
    s->values[9] = -INFINITY;
    check_colours(&s->map, -4, 6);
    free(s);
    s = sample(48, 200, 9);
    check_colours(&s->map, -4, 6);
    free(s);
}

static void test_equal_values(void **state) {
    (void)state;
    struct sample *s = sample(3, 4, 0);
    for (int i = 0; i < 12; i++) s->values[i] = -2;
    check_colours(&s->map, -2.2, -1.8);
    for (int i = 0; i < 12; i++) s->values[i] = 0;
    check_colours(&s->map, -1, 1);
    for (int i = 0; i < 12; i++) s->values[i] = NAN;
    check_colours(&s->map, -1, 1);
    s->map.colormap = PG_RDBU;
    s->map.centre = 5;
    check_colours(&s->map, 0, 10);
    free(s);
}

static void test_extreme_values(void **state) {
    (void)state;
    struct sample *s = sample(2, 2, 0);
    static const float pairs[][2] = {
        {-3e38f, 3e38f}, {0, 1e-45f}, {1, 1.0000001f}, {1e5f, 1e5f + 0.0078125f}, {1e-20f, 3e-6f}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int j = 0; j < 4; j++) s->values[j] = pairs[i][j % 2];
        struct heatmap_layout layout = laid_out(&s->map);
        assert_true(layout.ticks.count >= 2);
        check_texts(&s->map, &layout);
        assert_int_equal(count_text(&layout, "\u00d710\u207b\u2076"), i == 4);
        heatmap_layout_free(&layout);
    }
    free(s);
}

/* ---- PNG ---- */

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Every chunk's checksum is right; returns the pixels per metre that pHYs says. */
static uint32_t check_chunks(const uint8_t *png, size_t size) {
    uint32_t scale = 0;
    for (size_t at = 8; at < size;) {
        uint32_t length = big_endian(png + at);
        assert_true(at + 12 + length <= size);
        assert_int_equal(crc32(0, png + at + 4, length + 4), big_endian(png + at + 8 + length));
        if (!memcmp(png + at + 4, "pHYs", 4)) scale = big_endian(png + at + 8);
        at += 12 + length;
    }
    return scale;
}

static void test_png_holds_the_picture(void **state) {
    (void)state;
    struct pg_error err;
    struct sample *s = sample(12, 40, 13);
    uint8_t *png[2];
    size_t size[2];
    struct canvas canvas = {0};
    for (int i = 0; i < 2; i++) {
        canvas_free(&canvas);
        struct heatmap_layout layout = laid_out(&s->map);
        canvas = drawn(&s->map, &layout);
        png[i] = png_encode(&canvas, &size[i], &err);
        assert_non_null(png[i]);
        heatmap_layout_free(&layout);
    }
    assert_int_equal(size[0], size[1]); /* the same bytes each time */
    assert_memory_equal(png[0], png[1], size[0]);
    assert_int_equal(check_chunks(png[0], size[0]), 7874);

    int width, height, channels;
    uint8_t *pixels = stbi_load_from_memory(png[0], (int)size[0], &width, &height, &channels, 0);
    assert_non_null(pixels);
    assert_int_equal(width, canvas.width);
    assert_int_equal(height, canvas.height);
    assert_int_equal(channels, 3);
    assert_memory_equal(pixels, canvas.pixels, (size_t)width * (size_t)height * 3);
    stbi_image_free(pixels);
    free(png[0]);
    free(png[1]);
    canvas_free(&canvas);
    free(s);
}

static void test_png_refuses_what_is_too_large(void **state) {
    (void)state;
    struct pg_error err;
    struct canvas canvas = {100000, 100000, NULL};
    size_t size;
    assert_null(png_encode(&canvas, &size, &err));
    assert_string_equal(err.text, "a picture of 100000 x 100000 pixels is too large");
}

/* ---- experiments ---- */

/* Layers 4 and 5, positions 1 to 3, one cell missing. */
static struct pg_cell cells[] = {
    {4, -1, 1, 0.5f}, {4, -1, 2, 1}, {4, -1, 3, 2}, {5, -1, 1, 3}, {5, -1, 3, 4}};
static int clean_ids[] = {0, 1, 2, 3, 4}, corrupt_ids[] = {0, 1, 5, 3, 4};

static struct pg_result some_result(void) {
    return (struct pg_result){.n_tokens = 5,
                              .clean_ids = clean_ids,
                              .corrupt_ids = corrupt_ids,
                              .tokens = {7, 8},
                              .clean_metric = 3.4234f,
                              .corrupt_metric = -1.25f,
                              .n_cells = 5,
                              .cells = cells};
}

static struct token_names some_names(void) {
    static char *clean[] = {"a", "b", "c", "d", "e"}, *corrupt[] = {"a", "b", "C", "d", "e"};
    return (struct token_names){clean, corrupt, {"\" Smith\"", "\" Jones\""}};
}

static void test_result_becomes_a_heatmap(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_result result = some_result();
    struct token_names names = some_names();
    struct result_map made;
    assert_true(result_map_make(&result, &names, PG_RDBU, &made, &err));
    const struct heatmap *map = &made.map;
    assert_int_equal(map->n_rows, 2);
    assert_int_equal(map->n_columns, 3);
    assert_int_equal(map->first_row, 4);
    assert_int_equal(map->first_column, 1);
    static const float values[] = {0.5f, 1, 2, 3, NAN, 4};
    for (int i = 0; i < 6; i++)
        assert_true(i == 4 ? isnan(map->values[i]) : map->values[i] == values[i]);
    assert_string_equal(map->column_labels[0], "b");
    assert_string_equal(map->column_labels[1], "c \u2192 C");
    assert_string_equal(map->column_labels[2], "d");
    assert_true(!map->column_marked[0] && map->column_marked[1] && !map->column_marked[2]);
    assert_string_equal(map->title, "logit(\" Smith\") \u2212 logit(\" Jones\")");
    assert_string_equal(map->subtitles[0], "patching resid_post, clean \u2192 corrupted");
    assert_string_equal(map->subtitles[1], "clean run 3.42, corrupted run \u22121.25");
    assert_string_equal(map->value_title, "logit difference");
    assert_true(map->centre == -1.25f);
    result_map_free(&made);

    result.noising = true;
    assert_true(result_map_make(&result, &names, PG_RDBU, &made, &err));
    assert_string_equal(made.map.subtitles[0], "patching resid_post, corrupted \u2192 clean");
    assert_true(made.map.centre == 3.4234f);
    result_map_free(&made);
}

/* By way of the public function, with a model that has no tokenizer: tokens are ids. */
static void test_file(void **state) {
    (void)state;
    struct pg_error err;
    struct scratch scratch;
    struct pg_model *model = pg_model_open(FIXTURES "/models/hf-odd", &err);
    assert_non_null(model);
    struct pg_result result = some_result();
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "out.png");
    assert_true(pg_write_png(model, &result, PG_VIRIDIS, path, &err));
    int width, height, channels;
    uint8_t *pixels = stbi_load(path, &width, &height, &channels, 3);
    assert_non_null(pixels);
    assert_true(width > 400 && height > 400);
    stbi_image_free(pixels);
    assert_false(
        pg_write_png(model, &result, PG_VIRIDIS, scratch_path(&scratch, "none/out.png"), &err));
    assert_non_null(strstr(err.text, "none/out.png"));
    scratch_close(&scratch);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_never_collide),
        cmocka_unit_test(test_every_token_is_labelled_where_it_fits),
        cmocka_unit_test(test_marked_columns_are_labelled),
        cmocka_unit_test(test_cells_have_their_colours),
        cmocka_unit_test(test_equal_values),
        cmocka_unit_test(test_extreme_values),
        cmocka_unit_test(test_png_holds_the_picture),
        cmocka_unit_test(test_png_refuses_what_is_too_large),
        cmocka_unit_test(test_result_becomes_a_heatmap),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, open_font, close_font);
}
