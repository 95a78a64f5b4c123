/* test_heatmap.c: where the parts of a heatmap go, and the colours and numbers of its cells. */
#include "plot/heatmap.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
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

/* ---- heatmaps to try ---- */

enum { MOST_CELLS = 1 << 16, MOST_COLUMNS = 1 << 13, MOST_ROWS = 512 };

struct sample {
    struct heatmap map;
    struct heatmap_panel panel;
    int row_numbers[MOST_ROWS], column_numbers[MOST_COLUMNS];
    char row_texts[MOST_ROWS][24];
    const char *row_labels[MOST_ROWS];
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
    for (int i = 0; i < n_rows; i++) {
        s->row_numbers[i] = i;
        s->row_labels[i] = s->row_texts[i];
        snprintf(s->row_texts[i], sizeof s->row_texts[i], "%d", i);
    }
    for (int i = 0; i < n_columns; i++) s->column_numbers[i] = i;
    s->panel = (struct heatmap_panel){
        .title = "",
        .values = s->values,
        .n_rows = n_rows,
        .n_columns = n_columns,
        .group = 1,
        .row_numbers = s->row_numbers,
        .row_labels = s->row_labels,
        .column_numbers = s->column_numbers,
        .row_title = "layer",
        .column_title = "position",
        .column_labels = s->labels,
        .column_marked = s->marked,
    };
    s->map = (struct heatmap){
        .title = "logit(\" Smith\") \u2212 logit(\" Jones\")",
        .subtitles = {"patching resid_post, clean \u2192 corrupted",
                      "clean run 3.42, corrupted run \u22122.1"},
        .panels = &s->panel,
        .n_panels = 1,
        .value_title = "logit difference",
        .low = NAN,
        .high = NAN,
        .center = NAN,
    };
    return s;
}

/* Gives the rows groups, and labels like 3.11. */
static void group_rows(struct sample *s, int group) {
    s->panel.group = group;
    s->panel.row_title = "layer.head";
    for (int i = 0; i < s->panel.n_rows; i++)
        snprintf(s->row_texts[i], sizeof s->row_texts[i], "%d.%d", i / group, i % group);
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

/* In the corner of a cell, where no value is written. */
static colour cell_colour(const struct canvas *canvas, const struct heatmap_grid *grid, int row,
                          int column) {
    return pixel(canvas, grid->left + column * grid->cell_width + grid->cell_width / 8,
                 grid->top + row * grid->cell_height + grid->cell_height / 8 + 1);
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

static void check_text_pair(const struct heatmap_layout *layout, corners *boxes, int i, int j) {
    if (!overlap(boxes[i], boxes[j])) return;
    fail_msg("\"%s\" touches %s", layout->texts[i].text,
             j < layout->n_texts ? layout->texts[j].text : "cells or the colour bar");
}

/* No text touches another one, cells or the colour bar, or leaves the picture; no cells touch. */
static void check_texts(const struct heatmap *map, const struct heatmap_layout *layout) {
    const int n = layout->n_texts, all = n + map->n_panels + 1;
    corners *boxes = calloc((size_t)all, sizeof *boxes);
    for (int i = 0; i < n; i++) {
        heatmap_text_corners(&layout->texts[i], boxes[i]);
        for (int j = 0; j < 4; j++) {
            assert_true(boxes[i][j][0] >= 16 && boxes[i][j][0] <= layout->width - 16);
            assert_true(boxes[i][j][1] >= 16 && boxes[i][j][1] <= layout->height - 16);
        }
    }
    for (int i = 0; i < map->n_panels; i++) {
        const struct heatmap_grid *grid = &layout->grids[i];
        rectangle(boxes[n + i], grid->left, grid->top, map->panels[i].n_columns * grid->cell_width,
                  map->panels[i].n_rows * grid->cell_height);
    }
    rectangle(boxes[all - 1], layout->bar_left, layout->bar_top, layout->bar_width,
              layout->bar_height);
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < all; j++) check_text_pair(layout, boxes, i, j);
    for (int i = n; i < all; i++)
        for (int j = i + 1; j < all; j++) assert_false(overlap(boxes[i], boxes[j]));
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
        for (int j = 0; j < map->panels[0].n_columns; j++)
            if (layout->texts[i].text == map->panels[0].column_labels[j]) {
                n++;
                break;
            }
    return n;
}

static void check_layout(int n_rows, int n_columns, int mark_every, int first_column) {
    struct sample *s = sample(n_rows, n_columns, mark_every);
    for (int i = 0; i < n_columns; i++) s->column_numbers[i] += first_column;
    for (int i = 0; i < n_rows; i++) s->row_numbers[i] += first_column / 100;
    struct heatmap_layout layout = laid_out(&s->map);
    check_texts(&s->map, &layout);
    assert_in_range(layout.width, 300, 7999);
    assert_in_range(layout.height, 300, 2500);
    assert_true(layout.grids[0].cell_width >= 6 && layout.grids[0].cell_height >= 6);
    assert_int_equal(count_text(&layout, "layer"), 1);
    assert_int_equal(count_text(&layout, "position"), 1);
    assert_int_equal(count_text(&layout, "logit difference"), 1);
    for (int i = 0; i < layout.ticks.count; i++)
        assert_true(layout.ticks.value[i] >= layout.low && layout.ticks.value[i] <= layout.high);
    heatmap_layout_free(&layout);
    free(s);
}

static void texts_never_collide(void **state) {
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
    assert_true(layout.grids[0].label_every > 1 || n == n_columns);
    heatmap_layout_free(&layout);
    free(s);
    return n;
}

static void every_token_is_labelled_where_it_fits(void **state) {
    (void)state;
    static const int all[] = {1, 2, 3, 11, 40, 76, 120};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_int_equal(labels_of(all[i]), all[i]);
    assert_in_range(labels_of(200), 70, 199);
    assert_in_range(labels_of(1024), 150, 400);
}

/* Differing tokens and the last one are labelled first. */
static void marked_columns_are_labelled(void **state) {
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
    assert_true(layout.grids[0].label_every > 1);
    for (int i = 0; i < 4; i++) assert_int_equal(count_text(&layout, labels[i]), 1);
    assert_int_equal(count_text(&layout, "last"), 1);
    struct canvas canvas = drawn(&s->map, &layout);
    for (int i = 0; i < 1000; i++) {
        int x =
            layout.grids[0].left + i * layout.grids[0].cell_width + layout.grids[0].cell_width / 2;
        bool red = pixel(&canvas, x, layout.grids[0].top - 5) == 0xd62728;
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
    const struct heatmap_panel *panel = &map->panels[0];
    for (int row = 0; row < panel->n_rows; row++)
        for (int column = 0; column < panel->n_columns; column++) {
            double value = (double)panel->values[row * panel->n_columns + column];
            colour expected =
                isfinite(value)
                    ? colormap_at(map->colormap, (value - layout.low) / (layout.high - layout.low))
                    : 0xdddddd;
            assert_int_equal(cell_colour(&canvas, &layout.grids[0], row, column), expected);
        }
    int bar = layout.bar_left + layout.bar_width / 2,
        bottom = layout.bar_top + layout.bar_height - 1;
    assert_int_equal(pixel(&canvas, bar, layout.bar_top), colormap_at(map->colormap, 1));
    assert_int_equal(pixel(&canvas, bar, bottom), colormap_at(map->colormap, 0));
    assert_int_equal(pixel(&canvas, 0, 0), 0xffffff);
    assert_int_equal(pixel(&canvas, canvas.width - 1, canvas.height - 1), 0xffffff);
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
}

static void cells_have_their_colours(void **state) {
    (void)state;
    struct sample *s = sample(12, 11, 5);
    check_colours(&s->map, -4, 6);
    s->map.colormap = PG_RDBU; /* as far down as up from the center */
    s->map.center = -1.5f;
    check_colours(&s->map, -9, 6);
    s->map.center = NAN;
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

static void colours_keep_to_their_limits(void **state) {
    (void)state;
    struct sample *s = sample(12, 11, 5); /* values from -4 to 6 */
    s->map.low = -1;
    check_colours(&s->map, -1, 6);
    s->map.high = 2;
    check_colours(&s->map, -1, 2);
    s->map.low = NAN;
    check_colours(&s->map, -4, 2);
    s->map.center = 0;
    check_colours(&s->map, -2, 2);
    s->map.low = -3;
    s->map.high = NAN;
    check_colours(&s->map, -3, 3);
    s->map.low = NAN;
    check_colours(&s->map, -6, 6);
    s->map.center = NAN;
    s->map.low = 10; /* above all values */
    check_colours(&s->map, 10, 11);
    s->map.low = NAN;
    s->map.high = -10;
    check_colours(&s->map, -11, -10);
    s->map.colormap = PG_RDBU; /* an end on the wrong side of a default center */
    s->map.high = 4;
    s->map.center = 5;
    check_colours(&s->map, -4, 4);
    free(s);
}

static void equal_values_have_the_middle_colour(void **state) {
    (void)state;
    struct sample *s = sample(3, 4, 0);
    for (int i = 0; i < 12; i++) s->values[i] = -2;
    check_colours(&s->map, -2.2, -1.8);
    for (int i = 0; i < 12; i++) s->values[i] = 0;
    check_colours(&s->map, -1, 1);
    for (int i = 0; i < 12; i++) s->values[i] = NAN;
    check_colours(&s->map, -1, 1);
    s->map.colormap = PG_RDBU;
    s->map.center = 5;
    check_colours(&s->map, 0, 10);
    free(s);
}

static void extreme_values_are_drawn(void **state) {
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

/* ---- values in cells ---- */

static double value_size(int n_rows, int n_columns, float scale) {
    struct sample *s = sample(n_rows, n_columns, 0);
    for (int i = 0; i < n_rows * n_columns; i++) s->values[i] *= scale;
    struct heatmap_layout layout = laid_out(&s->map);
    double size = layout.grids[0].value_size;
    heatmap_layout_free(&layout);
    free(s);
    return size;
}

static void values_are_written_where_they_fit(void **state) {
    (void)state;
    assert_true(value_size(12, 11, 1) > 15);
    assert_true(value_size(12, 11, 100) > 15);
    assert_true(value_size(48, 11, 1) == 0);
    assert_true(value_size(12, 100, 1) == 0);
    assert_true(value_size(12, 11, 1e6f) == 0);
    assert_true(value_size(12, 11, 1e-6f) == 0);
}

/* Whether a pixel of this colour is within the cell. */
static bool has_ink(const struct canvas *canvas, const struct heatmap_grid *grid, int column,
                    colour ink) {
    for (int y = 0; y < grid->cell_height; y++)
        for (int x = 0; x < grid->cell_width; x++)
            if (pixel(canvas, grid->left + column * grid->cell_width + x, grid->top + y) == ink)
                return true;
    return false;
}

static void values_are_black_or_white(void **state) {
    (void)state;
    struct sample *s = sample(1, 5, 0);
    for (int i = 0; i < 5; i++) s->values[i] = (float)i;
    s->values[2] = NAN;
    struct heatmap_layout layout = laid_out(&s->map);
    struct canvas canvas = drawn(&s->map, &layout);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(has_ink(&canvas, &layout.grids[0], i, 0xffffff), i < 2);
        assert_int_equal(has_ink(&canvas, &layout.grids[0], i, 0x000000), i > 2);
    }
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    free(s);
}

/* Texts in place of values: each where it fits, also where there is no value; columns are wider. */
static void texts_of_cells_are_written_where_they_fit(void **state) {
    (void)state;
    static const char *const texts[] = {"John", "", "\u00b7Mary",
                                        "\u00b7top-notch, but wider than its cell", "a"};
    struct sample *s = sample(1, 5, 0);
    for (int i = 0; i < 5; i++) s->values[i] = (float)i;
    s->values[4] = NAN;
    const int narrow = 80;
    s->panel.texts = texts;
    struct heatmap_layout layout = laid_out(&s->map);
    struct canvas canvas = drawn(&s->map, &layout);
    assert_true(layout.grids[0].value_size > 0);
    assert_true(layout.grids[0].cell_width > narrow);
    assert_true(has_ink(&canvas, &layout.grids[0], 0, 0xffffff));
    assert_false(has_ink(&canvas, &layout.grids[0], 1, 0xffffff));
    assert_true(has_ink(&canvas, &layout.grids[0], 2, 0x000000) ||
                has_ink(&canvas, &layout.grids[0], 2, 0xffffff));
    assert_false(has_ink(&canvas, &layout.grids[0], 3, 0x000000));
    assert_true(has_ink(&canvas, &layout.grids[0], 4, 0x000000));
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    free(s);
}

/* Where small numbers do not fit, the others are written all the same. */
static void small_values_leave_room_for_the_others(void **state) {
    (void)state;
    struct sample *s = sample(2, 36, 0);
    for (int i = 0; i < 72; i++) s->values[i] = 0.75f;
    s->values[3] = -4e-8f;
    s->values[4] = 0;
    struct heatmap_layout layout = laid_out(&s->map);
    struct canvas canvas = drawn(&s->map, &layout);
    assert_true(layout.grids[0].value_size > 0);
    assert_true(has_ink(&canvas, &layout.grids[0], 2, 0x000000));
    assert_false(has_ink(&canvas, &layout.grids[0], 3, 0xffffff));
    assert_true(has_ink(&canvas, &layout.grids[0], 4, 0xffffff));
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    free(s);
}

/* A cell that is grey has its value in it, and the colours of the others stay; the note is a line
 * of its own. */
static void cells_can_be_grey_and_a_note_says_why(void **state) {
    (void)state;
    struct sample *s = sample(4, 5, 3);
    bool greyed[20] = {false};
    struct heatmap_layout plain = laid_out(&s->map);
    s->values[2] = 6.5f; /* the largest */
    greyed[2] = true;
    s->panel.greyed = greyed;
    s->map.note = "grey: 95 % interval of the change holds 0";
    struct heatmap_layout layout = laid_out(&s->map);
    check_texts(&s->map, &layout);
    assert_int_equal(count_text(&layout, s->map.note), 1);
    assert_true(layout.height > plain.height);
    struct canvas canvas = drawn(&s->map, &layout);
    assert_int_equal(cell_colour(&canvas, &layout.grids[0], 0, 2), 0xdddddd);
    assert_true(has_ink(&canvas, &layout.grids[0], 2, 0x000000));
    assert_true(layout.high == 6.5);
    assert_int_equal(cell_colour(&canvas, &layout.grids[0], 0, 3),
                     heatmap_colour(&s->map, layout.low, layout.high, (double)s->values[3]));
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    heatmap_layout_free(&plain);
    free(s);
}

/* ---- panels ---- */

/* Five of them: layers and heads by position, layers by head, layers by position. */
static void check_panels(int n_panels, int n_layers, int n_heads, int n_columns) {
    struct sample *grouped = sample(n_layers * n_heads, n_columns, 3),
                  *heads = sample(n_layers, n_heads, 0), *plain = sample(n_layers, n_columns, 3);
    group_rows(grouped, n_heads);
    heads->panel.column_numbers = NULL;
    for (int i = 0; i < n_heads; i++) heads->labels[i] = heads->row_texts[i];
    for (int i = 0; i < n_heads; i++)
        snprintf(heads->row_texts[i], sizeof heads->row_texts[i], "%d", i);
    const struct heatmap_panel *kinds[] = {&grouped->panel, &heads->panel, &plain->panel};
    struct heatmap_panel panels[15];
    for (int i = 0; i < n_panels; i++) {
        panels[i] = *kinds[i % 3];
        panels[i].title = "pattern_all";
    }
    struct heatmap map = grouped->map;
    map.panels = panels;
    map.n_panels = n_panels;
    struct heatmap_layout layout = laid_out(&map);
    check_texts(&map, &layout);
    assert_int_equal(count_text(&layout, "pattern_all"), n_panels);
    assert_int_equal(count_text(&layout, "logit difference"), 1);
    struct canvas canvas = drawn(&map, &layout);
    for (int i = 0; i < n_panels; i++) /* one scale for all */
        assert_int_equal(cell_colour(&canvas, &layout.grids[i], 0, 0),
                         heatmap_colour(&map, layout.low, layout.high, -4));
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    free(grouped), free(heads), free(plain);
}

static void panels_never_collide(void **state) {
    (void)state;
    for (int n = 2; n <= 5; n++) {
        check_panels(n, 4, 4, 13);
        check_panels(n, 12, 12, 11);
    }
    check_panels(3, 1, 2, 1);
    check_panels(3, 2, 16, 100);
    check_panels(15, 2, 2, 3);
}

/* Heads are labelled where there is room, the first of each layer before others. */
static void rows_of_a_group_are_labelled_where_they_fit(void **state) {
    (void)state;
    struct sample *s = sample(144, 11, 0);
    group_rows(s, 12);
    struct heatmap_layout layout = laid_out(&s->map);
    check_texts(&s->map, &layout);
    assert_int_equal(count_text(&layout, "0.0"), 1);
    assert_int_equal(count_text(&layout, "11.0"), 1);
    assert_int_equal(count_text(&layout, "7.3"), 1);
    assert_int_equal(count_text(&layout, "7.1"), 0);
    struct canvas canvas = drawn(&s->map, &layout);
    const struct heatmap_grid *grid = &layout.grids[0];
    for (int row = 1; row < 144; row++) /* a white line above each layer's first head */
        assert_int_equal(pixel(&canvas, grid->left + 3, grid->top + row * grid->cell_height) ==
                             0xffffff,
                         row % 12 == 0);
    canvas_free(&canvas);
    heatmap_layout_free(&layout);
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_never_collide),
        cmocka_unit_test(every_token_is_labelled_where_it_fits),
        cmocka_unit_test(marked_columns_are_labelled),
        cmocka_unit_test(cells_have_their_colours),
        cmocka_unit_test(colours_keep_to_their_limits),
        cmocka_unit_test(equal_values_have_the_middle_colour),
        cmocka_unit_test(extreme_values_are_drawn),
        cmocka_unit_test(values_are_written_where_they_fit),
        cmocka_unit_test(values_are_black_or_white),
        cmocka_unit_test(texts_of_cells_are_written_where_they_fit),
        cmocka_unit_test(small_values_leave_room_for_the_others),
        cmocka_unit_test(cells_can_be_grey_and_a_note_says_why),
        cmocka_unit_test(panels_never_collide),
        cmocka_unit_test(rows_of_a_group_are_labelled_where_they_fit),
    };
    return cmocka_run_group_tests(tests, open_font, close_font);
}
