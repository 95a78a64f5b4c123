/* heatmap_panel.c: where the parts of one panel go: its cells, and the labels around them. */
#include "base/memory.h"
#include "base/number.h"
#include "plot/heatmap_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LEAST_CELL = 6,
    LEAST_HEIGHT = 264, /* of all cells: what the colour bar's title needs */
    TALL_HEIGHT = 3000, /* of all cells, until they are lower than LEAST_CELL */
    LABEL_WIDTH = 3200, /* of all cells, beyond the good width, so that labels have room, */
    MOST_WIDTH = 7000,  /* and up to this so that columns are not narrower than LEAST_CELL */
    LEVEL_WIDTH = 1100, /* of all cells, or, within the good width, */
    LEVEL_CELL = 130,   /* of each: up to this so that labels are level */
    VALUE_MARGIN = 6,   /* around a value in its cell */
};

/* ---- columns ---- */

/* The width of column at which level labels keep a gap between them. */
static double level_pitch(const struct heatmap_panel *panel, const struct font *font) {
    double pitch = 0, before = 0;
    for (int i = 0; i < panel->n_columns; i++) {
        double width = font_width(font, panel->column_labels[i], text_size);
        if (i) pitch = fmax(pitch, (before + width) / 2 + 2 * GAP);
        before = width;
    }
    return ceil(pitch);
}

/* The width that columns have where there are too many for the good width. */
static int least_cell_width(int n, int slanted) {
    int readable = LABEL_WIDTH / n < slanted ? LABEL_WIDTH / n : slanted;
    int visible = MOST_WIDTH / n < LEAST_CELL ? MOST_WIDTH / n : LEAST_CELL;
    return clamp(readable, visible > 1 ? visible : 1, slanted);
}

/* Chooses the width of the columns and the way of their labels: the flattest of the three at
 * which each column can have one, else upwards with as many columns between labels as it takes. */
static enum direction choose_columns(const struct heatmap_panel *panel, const struct font *font,
                                     const struct limits *limits, struct heatmap_place *place) {
    const int good_width = limits->good_width;
    int n = panel->n_columns, slanted = (int)ceil(line_height(text_size) * 1.41421356237);
    place->label_every = 1;
    place->cell_width = clamp(good_width / n, least_cell_width(n, slanted), limits->cell);
    if (n < 5) place->cell_width = 5 * limits->cell / n;
    double level = level_pitch(panel, font);
    if (level <= place->cell_width) return RIGHTWARDS;
    if (level * n <= LEVEL_WIDTH || (level <= LEVEL_CELL && level * n <= good_width)) {
        place->cell_width = (int)level;
        return RIGHTWARDS;
    }
    if (slanted <= place->cell_width) return SLANTED;
    place->label_every = (int)ceil(line_height(small_size) / place->cell_width);
    return UPWARDS;
}

/* Whether the label of a column would keep clear of those that are shown already. */
static bool has_room(const bool *shown, int n, int column, int every) {
    for (int i = column - every + 1; i < column + every; i++)
        if (i >= 0 && i < n && shown[i]) return false;
    return true;
}

/* Whether a column is one of every n-th. */
static bool is_round(const struct heatmap_panel *panel, int column, int every) {
    return panel->column_numbers
               ? heatmap_is_numbered(panel->column_numbers, panel->n_columns, column, every)
               : column % every == 0;
}

/* Chooses the columns to label: the last one, the marked ones, every n-th one, each if there is
 * room. */
static void choose_labelled(const struct heatmap_panel *panel, int every, bool *shown) {
    int n = panel->n_columns;
    shown[n - 1] = true;
    for (int i = 0; i < n; i++)
        if (panel->column_marked[i] && has_room(shown, n, i, every)) shown[i] = true;
    for (int i = 0; i < n; i++)
        if (is_round(panel, i, every) && has_room(shown, n, i, every)) shown[i] = true;
}

/* Adds the label that ends (level: has its middle) below the tick mark at (x, y). */
static void add_label(struct heatmap_layout *layout, const struct font *font, const char *text,
                      enum direction way, double x, double y, colour ink) {
    struct pen pen = {x, y, way == UPWARDS ? small_size : text_size, way, ink};
    double dx, dy;
    direction_vector(way, &dx, &dy);
    pen.x -= half_letter(pen.size) * dy;
    pen.y += FONT_ASCENT * pen.size * dx;
    add_text(layout, font, text, way == RIGHTWARDS ? 0.5 : 1, pen);
}

static bool add_labels(const struct heatmap_panel *panel, const struct font *font,
                       enum direction way, const struct heatmap_place *place,
                       struct heatmap_layout *layout, struct pg_error *err) {
    bool *shown = allocate((size_t)panel->n_columns, sizeof *shown, err);
    if (!shown) return false;
    choose_labelled(panel, place->label_every, shown);
    int bottom = panel->n_rows * place->cell_height;
    for (int i = 0; i < panel->n_columns; i++) {
        int middle = i * place->cell_width + place->cell_width / 2;
        bool marked = panel->column_marked[i];
        if (marked) {
            add_box(layout, i * place->cell_width, -MARK - LINE, place->cell_width, MARK, red);
            add_box(layout, i * place->cell_width, bottom + LINE, place->cell_width, MARK, red);
        }
        if (!shown[i]) continue;
        if (!marked) add_box(layout, middle - LINE / 2, bottom + LINE, LINE, TICK, black);
        add_label(layout, font, panel->column_labels[i], way, middle, bottom + TICK + GAP,
                  marked ? red : black);
    }
    free(shown);
    return true;
}

/* ---- numbers along the sides ---- */

/* The smallest of 1, 2, 5, 10, 20, ... lines of size pixels that make up room. */
static int numbers_every(double room, int size) {
    const int factors[] = {1, 2, 5};
    for (int unit = 1;; unit *= 10)
        for (int i = 0; i < 3; i++)
            if (unit * factors[i] * size >= room) return unit * factors[i];
}

static void add_column_numbers(const struct heatmap_panel *panel, const struct font *font,
                               const struct heatmap_place *place, struct heatmap_layout *layout) {
    const int n = panel->n_columns, *numbers = panel->column_numbers;
    char text[16];
    snprintf(text, sizeof text, "%d", numbers[n - 1]);
    int every = numbers_every(font_width(font, text, small_size) + 2 * GAP, place->cell_width);
    double leftmost = GAP;
    struct pen pen = {0, -(MARK + LINE + GAP), small_size, RIGHTWARDS, grey};
    for (int i = 0; i < n; i++) {
        if (!heatmap_is_numbered(numbers, n, i, every)) continue;
        pen.x = (i + 0.5) * place->cell_width;
        snprintf(text, sizeof text, "%d", numbers[i]);
        leftmost = fmin(leftmost, add_copy(layout, font, text, 0.5, pen)->pen.x);
    }
    pen.x = leftmost - WIDE_GAP;
    add_text(layout, font, panel->column_title, 1, pen);
}

/* Names columns that have no numbers, below their labels. */
static void add_column_title(const struct heatmap_panel *panel, const struct font *font,
                             struct mark start, const struct heatmap_place *place,
                             struct heatmap_layout *layout) {
    double y = bounds_since(layout, start).bottom + GAP + FONT_ASCENT * text_size;
    add_text(
        layout, font, panel->column_title, 0.5,
        (struct pen){panel->n_columns * place->cell_width / 2.0, y, text_size, RIGHTWARDS, black});
}

/* Whether a row has room for its label: every n-th group, and within groups that all have one as
 * many rows as leave room for the next group's first. */
static bool is_labelled(const struct heatmap_panel *panel, int row, int every, int rows_between) {
    const int group = row / panel->group, inside = row % panel->group;
    if (inside == 0)
        return heatmap_is_numbered(panel->row_numbers, panel->n_rows / panel->group, group, every);
    return every == 1 && inside % rows_between == 0 && panel->group - inside >= rows_between;
}

static void add_rows(const struct heatmap_panel *panel, const struct font *font,
                     const struct heatmap_place *place, struct heatmap_layout *layout) {
    const int height = place->cell_height,
              rows_between = (int)ceil(line_height(text_size) / height);
    int every = numbers_every(line_height(text_size), height * panel->group);
    double widest = 0;
    struct pen pen = {-(LINE + TICK + GAP), 0, text_size, RIGHTWARDS, black};
    for (int i = 0; i < panel->n_rows; i++) {
        int middle = i * height + height / 2;
        widest = fmax(widest, font_width(font, panel->row_labels[i], text_size));
        if (!is_labelled(panel, i, every, rows_between)) continue;
        add_box(layout, -(LINE + TICK), middle - LINE / 2, TICK, LINE, black);
        pen.y = middle + half_letter(pen.size);
        add_text(layout, font, panel->row_labels[i], 1, pen);
    }
    pen.x -= widest + WIDE_GAP;
    pen.y = panel->n_rows * height / 2.0;
    pen.direction = UPWARDS;
    add_text(layout, font, panel->row_title, 0.5, pen);
}

/* Lines between the groups of rows. */
static void add_separators(const struct heatmap_panel *panel, const struct heatmap_place *place,
                           struct heatmap_layout *layout) {
    const int thickness = place->cell_height < LEAST_CELL ? 1 : LINE;
    if (panel->group == 1) return;
    for (int row = panel->group; row < panel->n_rows; row += panel->group)
        add_box(layout, 0, row * place->cell_height - thickness / 2,
                panel->n_columns * place->cell_width, thickness, white);
}

/* ---- the rest ---- */

/* The height of a row: what the limit leaves to each, but enough to be seen. */
static int choose_height(const struct heatmap_panel *panel, const struct limits *limits) {
    const int n = panel->n_rows, tall = clamp(TALL_HEIGHT / n, 1, LEAST_CELL);
    const int height = clamp(limits->most_height / n, tall, limits->cell);
    return height * n < LEAST_HEIGHT ? LEAST_HEIGHT / n : height;
}

/* Whether a value is so small that digits take the place of its decimals. */
static bool is_small(double value, int decimals) {
    return value != 0 && fabs(value) < 0.5 * pow(10, -decimals);
}

/* The width of the widest value at size 1; small ones may not count. */
static double widest_value(const struct heatmap_panel *panel, const struct font *font, int decimals,
                           bool with_small) {
    double widest = 0;
    for (int i = 0; i < panel->n_rows * panel->n_columns; i++) {
        char text[NUMBER_SIZE];
        const float value = panel->values[i];
        if (!isfinite(value) || (!with_small && is_small((double)value, decimals))) continue;
        number_fixed(value, decimals, text);
        widest = fmax(widest, font_width(font, text, 1));
    }
    return widest;
}

/* The size at which all values can be written in their cells, or else all that are not small, or 0. */
static double choose_value_size(const struct heatmap_panel *panel, const struct font *font,
                                const struct heatmap_place *place, int decimals) {
    const double sizes[] = {small_size, tiny_size};
    if (decimals < 0 || place->cell_width < 2 * tiny_size || place->cell_height < tiny_size)
        return 0;
    for (int without_small = 0; without_small < 2; without_small++) {
        const double widest = widest_value(panel, font, decimals, !without_small);
        for (int i = 0; i < 2; i++)
            if (widest * sizes[i] <= place->value_room &&
                sizes[i] + VALUE_MARGIN <= place->cell_height)
                return sizes[i];
    }
    return 0;
}

bool panel_lay_out(const struct heatmap_panel *panel, const struct font *font,
                   const struct limits *limits, struct heatmap_layout *layout,
                   struct heatmap_place *place, struct pg_error *err) {
    const struct mark start = mark_of(layout);
    *place = (struct heatmap_place){0};
    enum direction way = choose_columns(panel, font, limits, place);
    place->cell_height = choose_height(panel, limits);
    place->value_room = place->cell_width - 2 * VALUE_MARGIN;
    place->value_size = choose_value_size(panel, font, place, layout->decimals);
    add_separators(panel, place, layout);
    add_frame(layout, 0, 0, panel->n_columns * place->cell_width,
              panel->n_rows * place->cell_height);
    if (!add_labels(panel, font, way, place, layout, err)) return false;
    if (panel->column_numbers)
        add_column_numbers(panel, font, place, layout);
    else
        add_column_title(panel, font, start, place, layout);
    add_rows(panel, font, place, layout);
    if (!*panel->title) return true;
    double y = -(MARK + LINE + 2 * GAP + (panel->column_numbers ? small_size : 0));
    add_text(layout, font, panel->title, 0, (struct pen){0, y, text_size, RIGHTWARDS, black});
    return true;
}
