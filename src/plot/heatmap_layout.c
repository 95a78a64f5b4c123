/* heatmap_layout.c: where the panels of a heatmap go, and the colour bar and the titles around them.
 * Everything is placed around the top left cell first; the picture is then cut around all of it, so
 * nothing can stick out. */
#include "base/memory.h"
#include "plot/heatmap_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BAR_WIDTH = 40,
    BORDER = 32,    /* around it all */
    PANEL_GAP = 64, /* between panels */
};
static const double good_shape = 1.6; /* of all panels: width by height */

/* How large cells may be in a figure of one panel and in one of several; the last number is for
 * panels of grouped rows, which are many. */
static struct limits limits_of(const struct heatmap *map, const struct heatmap_panel *panel) {
    struct limits limits = {80, 2000, 1000};
    if (map->n_panels > 1) limits = (struct limits){66, 1300, 800};
    if (panel->group > 1) limits.most_height = 1600;
    return limits;
}

/* ---- the grid of panels ---- */

/* A panel that is laid out around (0, 0). */
struct part {
    struct mark from, to;
    struct bounds bounds;
};

static double width_of(struct bounds b) {
    return b.right - b.left;
}

static double height_of(struct bounds b) {
    return b.bottom - b.top;
}

/* The number of panels side by side that gives the figure the best shape and few gaps. */
static int choose_grid(const struct part *parts, int n) {
    double width = 0, height = 0, best = INFINITY;
    int columns = 1;
    for (int i = 0; i < n; i++) {
        width = fmax(width, width_of(parts[i].bounds) + PANEL_GAP);
        height = fmax(height, height_of(parts[i].bounds) + PANEL_GAP);
    }
    for (int c = 1; c <= n; c++) {
        const int rows = (n + c - 1) / c;
        const double empty = log((double)(rows * c) / n);
        const double apart = fabs(log(c * width / (rows * height) / good_shape)) + 2 * empty;
        if (apart >= best) continue;
        best = apart;
        columns = c;
    }
    return columns;
}

/* Where the first cells are in the grid's column: behind what the column before reaches to. */
static double column_start(const struct part *parts, int n, int columns, int column) {
    double x = 0;
    for (int c = 1; c <= column; c++) {
        double right = 0, left = 0;
        for (int i = 0; i < n; i++) {
            if (i % columns == c - 1) right = fmax(right, parts[i].bounds.right);
            if (i % columns == c) left = fmax(left, -parts[i].bounds.left);
        }
        x += ceil(right + PANEL_GAP + left);
    }
    return x;
}

static double row_start(const struct part *parts, int n, int columns, int row) {
    double y = 0;
    for (int r = 1; r <= row; r++) {
        double bottom = 0, top = 0;
        for (int i = 0; i < n; i++) {
            if (i / columns == r - 1) bottom = fmax(bottom, parts[i].bounds.bottom);
            if (i / columns == r) top = fmax(top, -parts[i].bounds.top);
        }
        y += ceil(bottom + PANEL_GAP + top);
    }
    return y;
}

static void place_panels(const struct part *parts, int n, struct heatmap_layout *layout) {
    const int columns = choose_grid(parts, n);
    for (int i = 0; i < n; i++) {
        const int dx = (int)column_start(parts, n, columns, i % columns),
                  dy = (int)row_start(parts, n, columns, i / columns);
        move_parts(layout, parts[i].from, parts[i].to, dx, dy);
        layout->places[i].left = dx;
        layout->places[i].top = dy;
    }
}

/* Gives the values of all panels the size that fits the narrowest. */
static void unify_values(int n, struct heatmap_layout *layout) {
    double least = INFINITY;
    for (int i = 0; i < n; i++)
        if (layout->places[i].value_size > 0) least = fmin(least, layout->places[i].value_size);
    for (int i = 0; i < n; i++)
        layout->places[i].value_size = fmin(layout->places[i].value_size, least);
}

static bool add_panels(const struct heatmap *map, const struct font *font,
                       struct heatmap_layout *layout, struct pg_error *err) {
    struct part *parts = allocate((size_t)map->n_panels, sizeof *parts, err);
    bool done = parts;
    for (int i = 0; done && i < map->n_panels; i++) {
        const struct limits limits = limits_of(map, &map->panels[i]);
        parts[i].from = mark_of(layout);
        done = panel_lay_out(&map->panels[i], font, &limits, layout, &layout->places[i], err);
        parts[i].to = mark_of(layout);
        parts[i].bounds = bounds_since(layout, parts[i].from);
    }
    if (done) {
        place_panels(parts, map->n_panels, layout);
        unify_values(map->n_panels, layout);
    }
    free(parts);
    return done;
}

/* ---- the colour bar ---- */

/* Beside all panels, as high as their cells. */
static void place_bar(const struct heatmap *map, struct heatmap_layout *layout) {
    int right = 0;
    for (int i = 0; i < map->n_panels; i++) {
        const struct heatmap_place *place = &layout->places[i];
        const int width = map->panels[i].n_columns * place->cell_width;
        const int bottom = place->top + map->panels[i].n_rows * place->cell_height;
        if (place->left + width > right) right = place->left + width;
        if (bottom > layout->bar_height) layout->bar_height = bottom;
    }
    layout->bar_width = BAR_WIDTH;
    layout->bar_left = right + 2 * WIDE_GAP;
    if (map->n_panels == 1) return; /* a label below the last column may reach below the bar */
    const double reach = bounds_since(layout, (struct mark){0, 0}).right;
    layout->bar_left = (int)fmax(layout->bar_left, ceil(reach) + WIDE_GAP);
}

static void add_bar(const struct heatmap *map, const struct font *font,
                    struct heatmap_layout *layout) {
    place_bar(map, layout);
    const int height = layout->bar_height;
    add_frame(layout, layout->bar_left, 0, BAR_WIDTH, height);

    ticks_choose(layout->low, layout->high, clamp(height / 52, 5, 9), &layout->ticks);
    double x = layout->bar_left + BAR_WIDTH + LINE, widest = 0;
    for (int i = 0; i < layout->ticks.count; i++) {
        double share = (layout->high - layout->ticks.value[i]) / (layout->high - layout->low);
        int y = (int)lround(share * height);
        add_box(layout, (int)x, y - LINE / 2, TICK, LINE, black);
        struct pen pen = {x + TICK + GAP, y + half_letter(text_size), text_size, RIGHTWARDS, black};
        widest = fmax(widest, add_copy(layout, font, layout->ticks.text[i], 0, pen)->width);
    }
    x += TICK + GAP + widest + WIDE_GAP + FONT_ASCENT * text_size;
    add_text(layout, font, map->value_title, 0.5,
             (struct pen){x, height / 2.0, text_size, UPWARDS, black});
}

/* "×10⁻⁶" above the colour bar, when its numbers stand for that much. */
static void add_exponent(const struct font *font, struct heatmap_layout *layout) {
    static const char *const superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    int exponent = abs(layout->ticks.exponent);
    if (!exponent) return;
    char text[32];
    snprintf(text, sizeof text, "×10%s%s%s", layout->ticks.exponent < 0 ? "⁻" : "",
             exponent >= 10 ? superscripts[exponent / 10] : "", superscripts[exponent % 10]);
    struct pen pen = {layout->bar_left, -(MARK + LINE + 2 * GAP), text_size, RIGHTWARDS, black};
    add_copy(layout, font, text, 0, pen);
}

/* ---- the rest ---- */

/* The title and below it the subtitles, from the bottom up. */
static void add_titles(const struct heatmap *map, const struct font *font,
                       struct heatmap_layout *layout) {
    double y = bounds_since(layout, (struct mark){0, 0}).top - WIDE_GAP - FONT_DESCENT * text_size,
           line = 1.25 * line_height(text_size);
    double first = font_width(font, map->subtitles[0], text_size);
    double second = font_width(font, map->subtitles[1], text_size);
    double room = layout->bar_left + BAR_WIDTH;
    bool one_line = first + WIDE_GAP + second <= room;
    struct pen pen = {one_line ? first + WIDE_GAP : 0, y, text_size, RIGHTWARDS, grey};
    add_text(layout, font, map->subtitles[1], 0, pen);
    pen.x = 0;
    if (!one_line) pen.y -= line;
    add_text(layout, font, map->subtitles[0], 0, pen);
    pen = (struct pen){0, pen.y - 1.4 * line, title_size, RIGHTWARDS, black};
    add_text(layout, font, map->title, 0, pen);
}

/* Moves everything to where the picture that holds it all starts at (0, 0). */
static void cut_out(int n_panels, struct heatmap_layout *layout) {
    const struct mark start = {0, 0};
    const struct bounds bounds = bounds_since(layout, start);
    const int dx = BORDER - (int)floor(bounds.left), dy = BORDER - (int)floor(bounds.top);
    layout->width = dx + (int)ceil(bounds.right) + BORDER;
    layout->height = dy + (int)ceil(bounds.bottom) + BORDER;
    move_parts(layout, start, mark_of(layout), dx, dy);
    for (int i = 0; i < n_panels; i++) {
        layout->places[i].left += dx;
        layout->places[i].top += dy;
    }
    layout->bar_left += dx;
    layout->bar_top += dy;
}

static bool allocate_lists(const struct heatmap *map, struct heatmap_layout *layout,
                           struct pg_error *err) {
    size_t texts = TICKS_MOST + 8, boxes = TICKS_MOST + 8;
    for (int i = 0; i < map->n_panels; i++) {
        const size_t rows = (size_t)map->panels[i].n_rows,
                     columns = (size_t)map->panels[i].n_columns;
        texts += rows + 2 * columns + 4;
        boxes += 2 * rows + 3 * columns + 4;
    }
    layout->places = allocate((size_t)map->n_panels, sizeof *layout->places, err);
    layout->texts = allocate(texts, sizeof *layout->texts, err);
    layout->boxes = allocate(boxes, sizeof *layout->boxes, err);
    return layout->places && layout->texts && layout->boxes;
}

bool heatmap_lay_out(const struct heatmap *map, const struct font *font,
                     struct heatmap_layout *layout, struct pg_error *err) {
    *layout = (struct heatmap_layout){0};
    if (!allocate_lists(map, layout, err)) return false;
    heatmap_range(map, &layout->low, &layout->high);
    layout->decimals = heatmap_decimals(layout->low, layout->high);
    if (!add_panels(map, font, layout, err)) return false;
    add_bar(map, font, layout);
    add_exponent(font, layout);
    add_titles(map, font, layout);
    cut_out(map->n_panels, layout);
    return true;
}

void heatmap_layout_free(struct heatmap_layout *layout) {
    free(layout->places);
    free(layout->texts);
    free(layout->boxes);
    *layout = (struct heatmap_layout){0};
}
