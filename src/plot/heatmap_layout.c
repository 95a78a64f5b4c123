/* heatmap_layout.c: where the panels of a heatmap go, and the colour bar and the titles around
 * them. Everything is placed around the top left cell first; the picture is then cut around all of
 * it, so nothing can stick out. */
#include "plot/heatmap_layout.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BAR_WIDTH = 40,
    BORDER = 32,             /* around the picture */
    PANEL_GAP = 64,          /* between panels */
    WIDE_PANEL_HEIGHT = 300, /* of the cells of a panel without labels of columns */
};
static const double good_shape = 1.6; /* of all panels: width by height */

/* ---- texts and boxes ---- */

double line_height(double size) {
    return (FONT_ASCENT + FONT_DESCENT) * size;
}

double half_letter(double size) {
    return 0.36 * size;
}

int clamp(int x, int low, int high) {
    return x < low ? low : x > high ? high : x;
}

void add_box(struct heatmap_layout *layout, int x, int y, int width, int height, colour paint) {
    layout->boxes[layout->n_boxes++] = (struct heatmap_box){x, y, width, height, paint};
}

void add_frame(struct heatmap_layout *layout, int x, int y, int width, int height) {
    add_box(layout, x - LINE, y - LINE, width + 2 * LINE, LINE, black);
    add_box(layout, x - LINE, y + height, width + 2 * LINE, LINE, black);
    add_box(layout, x - LINE, y, LINE, height, black);
    add_box(layout, x + width, y, LINE, height, black);
}

struct heatmap_text *add_text(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double anchor, struct pen pen) {
    struct heatmap_text *added = &layout->texts[layout->n_texts++];
    added->text = text;
    added->width = font_width(font, text, pen.size);
    double dx, dy;
    direction_vector(pen.direction, &dx, &dy);
    pen.x -= anchor * added->width * dx;
    pen.y -= anchor * added->width * dy;
    if (pen.direction == RIGHTWARDS) pen.y = round(pen.y); /* sharp feet of letters */
    if (pen.direction == UPWARDS) pen.x = round(pen.x);
    added->pen = pen;
    return added;
}

struct heatmap_text *add_copy(struct heatmap_layout *layout, const struct font *font,
                              const char *text, double anchor, struct pen pen) {
    char *copy = layout->texts[layout->n_texts].copy;
    snprintf(copy, sizeof layout->texts->copy, "%s", text);
    return add_text(layout, font, copy, anchor, pen);
}

void add_power(struct heatmap_layout *layout, const struct font *font, int exponent, double anchor,
               struct pen pen) {
    static const char *const superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    const int size = abs(exponent);
    char text[32];
    snprintf(text, sizeof text, "×10%s%s%s", exponent < 0 ? "⁻" : "",
             size >= 10 ? superscripts[size / 10] : "", superscripts[size % 10]);
    add_copy(layout, font, text, anchor, pen);
}

void heatmap_text_corners(const struct heatmap_text *text, double corners[4][2]) {
    double dx, dy, up = FONT_ASCENT * text->pen.size, down = -FONT_DESCENT * text->pen.size;
    direction_vector(text->pen.direction, &dx, &dy);
    for (int i = 0; i < 4; i++) {
        double along = i == 1 || i == 2 ? text->width : 0, above = i < 2 ? up : down;
        corners[i][0] = text->pen.x + along * dx + above * dy;
        corners[i][1] = text->pen.y + along * dy - above * dx;
    }
}

struct moment moment_of(const struct heatmap_layout *layout) {
    return (struct moment){layout->n_texts, layout->n_boxes};
}

static void include(struct bounds *bounds, double left, double top, double right, double bottom) {
    bounds->left = fmin(bounds->left, left);
    bounds->top = fmin(bounds->top, top);
    bounds->right = fmax(bounds->right, right);
    bounds->bottom = fmax(bounds->bottom, bottom);
}

struct bounds bounds_since(const struct heatmap_layout *layout, struct moment start) {
    struct bounds bounds = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (int i = start.n_texts; i < layout->n_texts; i++) {
        double corners[4][2];
        heatmap_text_corners(&layout->texts[i], corners);
        for (int j = 0; j < 4; j++)
            include(&bounds, corners[j][0], corners[j][1], corners[j][0], corners[j][1]);
    }
    for (int i = start.n_boxes; i < layout->n_boxes; i++) {
        const struct heatmap_box *box = &layout->boxes[i];
        include(&bounds, box->x, box->y, box->x + box->width, box->y + box->height);
    }
    return bounds;
}

void move_between(struct heatmap_layout *layout, struct moment start, struct moment end, int dx,
                  int dy) {
    for (int i = start.n_boxes; i < end.n_boxes; i++) {
        layout->boxes[i].x += dx;
        layout->boxes[i].y += dy;
    }
    for (int i = start.n_texts; i < end.n_texts; i++) {
        layout->texts[i].pen.x += dx;
        layout->texts[i].pen.y += dy;
    }
}

/* ---- the panels side by side ---- */

/* How large cells may be in a picture of one panel and in one of several. Panels of grouped rows,
 * which have many, may be higher. */
static struct cell_limits limits_of(const struct heatmap *map, const struct heatmap_panel *panel) {
    struct cell_limits limits = {80, 80, 2000, 1000};
    if (map->n_panels > 1) limits = (struct cell_limits){66, 66, 1300, 800};
    if (panel->texts) limits.max_width *= 2;
    if (panel->group > 1) limits.max_height = 1600;
    if (!panel->column_labels) limits.max_height = WIDE_PANEL_HEIGHT;
    return limits;
}

/* A panel that is laid out with its first cell at (0, 0). */
struct placed_panel {
    struct moment start, end;
    struct bounds bounds;
};

static double width_of(struct bounds b) {
    return b.right - b.left;
}

static double height_of(struct bounds b) {
    return b.bottom - b.top;
}

/* The number of panels side by side that gives the picture the best shape and few gaps. */
static int choose_arrangement(const struct placed_panel *panels, int n) {
    double width = 0, height = 0, best = INFINITY;
    int columns = 1;
    for (int i = 0; i < n; i++) {
        width = fmax(width, width_of(panels[i].bounds) + PANEL_GAP);
        height = fmax(height, height_of(panels[i].bounds) + PANEL_GAP);
    }
    for (int c = 1; c <= n; c++) {
        const int rows = (n + c - 1) / c;
        const double empty = log((double)(rows * c) / n);
        const double penalty = fabs(log(c * width / (rows * height) / good_shape)) + 2 * empty;
        if (penalty >= best) continue;
        best = penalty;
        columns = c;
    }
    return columns;
}

/* The x of the first cells in a column of panels: to the right of all of the column before. */
static double column_start(const struct placed_panel *panels, int n, int columns, int column) {
    double x = 0;
    for (int c = 1; c <= column; c++) {
        double right = 0, left = 0;
        for (int i = 0; i < n; i++) {
            if (i % columns == c - 1) right = fmax(right, panels[i].bounds.right);
            if (i % columns == c) left = fmax(left, -panels[i].bounds.left);
        }
        x += ceil(right + PANEL_GAP + left);
    }
    return x;
}

/* The y of the first cells in a row of panels. */
static double row_start(const struct placed_panel *panels, int n, int columns, int row) {
    double y = 0;
    for (int r = 1; r <= row; r++) {
        double bottom = 0, top = 0;
        for (int i = 0; i < n; i++) {
            if (i / columns == r - 1) bottom = fmax(bottom, panels[i].bounds.bottom);
            if (i / columns == r) top = fmax(top, -panels[i].bounds.top);
        }
        y += ceil(bottom + PANEL_GAP + top);
    }
    return y;
}

static void place_panels(const struct placed_panel *panels, int n, struct heatmap_layout *layout) {
    const int columns = choose_arrangement(panels, n);
    for (int i = 0; i < n; i++) {
        const int dx = (int)column_start(panels, n, columns, i % columns),
                  dy = (int)row_start(panels, n, columns, i / columns);
        move_between(layout, panels[i].start, panels[i].end, dx, dy);
        layout->grids[i].left = dx;
        layout->grids[i].top = dy;
    }
}

/* Gives the values of all panels the size of the smallest. */
static void unify_values(int n, struct heatmap_layout *layout) {
    double smallest = INFINITY;
    for (int i = 0; i < n; i++)
        if (layout->grids[i].value_size > 0) smallest = fmin(smallest, layout->grids[i].value_size);
    for (int i = 0; i < n; i++)
        layout->grids[i].value_size = fmin(layout->grids[i].value_size, smallest);
}

static bool add_panels(const struct heatmap *map, const struct font *font,
                       struct heatmap_layout *layout, struct pg_error *err) {
    struct placed_panel *panels = allocate((size_t)map->n_panels, sizeof *panels, err);
    bool done = panels;
    for (int i = 0; done && i < map->n_panels; i++) {
        const struct cell_limits limits = limits_of(map, &map->panels[i]);
        panels[i].start = moment_of(layout);
        done = panel_lay_out(&map->panels[i], font, &limits, layout, &layout->grids[i], err);
        panels[i].end = moment_of(layout);
        panels[i].bounds = bounds_since(layout, panels[i].start);
    }
    if (done) {
        place_panels(panels, map->n_panels, layout);
        unify_values(map->n_panels, layout);
    }
    free(panels);
    return done;
}

/* ---- the colour bar ---- */

/* To the right of all panels, as high as their cells. */
static void place_bar(const struct heatmap *map, struct heatmap_layout *layout) {
    int right = 0;
    for (int i = 0; i < map->n_panels; i++) {
        const struct heatmap_grid *grid = &layout->grids[i];
        const int width = map->panels[i].n_columns * grid->cell_width;
        const int bottom = grid->top + map->panels[i].n_rows * grid->cell_height;
        if (grid->left + width > right) right = grid->left + width;
        if (bottom > layout->bar_height) layout->bar_height = bottom;
    }
    layout->bar_width = BAR_WIDTH;
    layout->bar_left = right + 2 * WIDE_GAP;
    if (map->n_panels == 1) return; /* a label below the last column may reach below the bar */
    const double reach = bounds_since(layout, (struct moment){0, 0}).right;
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
        double from_top = (layout->high - layout->ticks.value[i]) / (layout->high - layout->low);
        int y = (int)lround(from_top * height);
        add_box(layout, (int)x, y - LINE / 2, TICK, LINE, black);
        struct pen pen = {x + TICK + GAP, y + half_letter(text_size), text_size, RIGHTWARDS, black};
        widest = fmax(widest, add_copy(layout, font, layout->ticks.text[i], 0, pen)->width);
    }
    x += TICK + GAP + widest + WIDE_GAP + FONT_ASCENT * text_size;
    add_text(layout, font, map->value_title, 0.5,
             (struct pen){x, height / 2.0, text_size, UPWARDS, black});
}

/* Above the colour bar, where its numbers are multiples of a power of ten. */
static void add_exponent(const struct font *font, struct heatmap_layout *layout) {
    const struct pen pen = {layout->bar_left, -(MARK + LINE + 2 * GAP), text_size, RIGHTWARDS,
                            black};
    if (layout->ticks.exponent) add_power(layout, font, layout->ticks.exponent, 0, pen);
}

/* ---- titles and the whole ---- */

/* Adds the title, the subtitles and the note, from the bottom up. */
static void add_titles(const struct heatmap *map, const struct font *font,
                       struct heatmap_layout *layout) {
    double y = bounds_since(layout, (struct moment){0, 0}).top - WIDE_GAP -
               FONT_DESCENT * text_size,
           line = 1.25 * line_height(text_size);
    double first = font_width(font, map->subtitles[0], text_size);
    double second = font_width(font, map->subtitles[1], text_size);
    double room = layout->bar_left + BAR_WIDTH;
    bool one_line = first + WIDE_GAP + second <= room;
    struct pen pen = {0, y, text_size, RIGHTWARDS, grey};
    if (map->note) {
        add_text(layout, font, map->note, 0, pen);
        pen.y -= line;
    }
    if (one_line) pen.x = first + WIDE_GAP;
    add_text(layout, font, map->subtitles[1], 0, pen);
    pen.x = 0;
    if (!one_line) pen.y -= line;
    add_text(layout, font, map->subtitles[0], 0, pen);
    pen = (struct pen){0, pen.y - 1.4 * line, title_size, RIGHTWARDS, black};
    add_text(layout, font, map->title, 0, pen);
}

/* Moves everything so that the picture around all of it starts at (0, 0). */
static void cut_out(int n_panels, struct heatmap_layout *layout) {
    const struct moment start = {0, 0};
    const struct bounds bounds = bounds_since(layout, start);
    const int dx = BORDER - (int)floor(bounds.left), dy = BORDER - (int)floor(bounds.top);
    layout->width = dx + (int)ceil(bounds.right) + BORDER;
    layout->height = dy + (int)ceil(bounds.bottom) + BORDER;
    move_between(layout, start, moment_of(layout), dx, dy);
    for (int i = 0; i < n_panels; i++) {
        layout->grids[i].left += dx;
        layout->grids[i].top += dy;
    }
    layout->bar_left += dx;
    layout->bar_top += dy;
}

static bool allocate_lists(const struct heatmap *map, struct heatmap_layout *layout,
                           struct pg_error *err) {
    size_t texts = MAX_TICKS + 8, boxes = MAX_TICKS + 8;
    for (int i = 0; i < map->n_panels; i++) {
        const size_t rows = (size_t)map->panels[i].n_rows,
                     columns = (size_t)map->panels[i].n_columns;
        texts += rows + 2 * columns + 4;
        boxes += 2 * rows + 3 * columns + 4;
    }
    layout->grids = allocate((size_t)map->n_panels, sizeof *layout->grids, err);
    layout->texts = allocate(texts, sizeof *layout->texts, err);
    layout->boxes = allocate(boxes, sizeof *layout->boxes, err);
    return layout->grids && layout->texts && layout->boxes;
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
    free(layout->grids);
    free(layout->texts);
    free(layout->boxes);
    *layout = (struct heatmap_layout){0};
}
