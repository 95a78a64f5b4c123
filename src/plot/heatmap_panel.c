/* heatmap_panel.c: where the parts of one panel go: its cells, and the labels around them. */
#include "plot/heatmap_layout.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MIN_CELL = 6,       /* a smaller cell is hard to see */
    MIN_HEIGHT = 264,   /* of all cells: the colour bar's title needs it */
    TALL_HEIGHT = 3000, /* of all cells: up to it, rows are not lower than MIN_CELL */
    LABEL_WIDTH = 3200, /* of all cells: up to it, columns are as wide as slanted labels need */
    MAX_WIDTH = 7000,   /* of all cells: up to it, columns are not narrower than MIN_CELL */
    LEVEL_WIDTH = 1100, /* of all cells: up to it, columns are as wide as level labels need */
    LEVEL_CELL = 130,   /* of a column, within the good width: likewise */
    VALUE_MARGIN = 6,   /* around a value in its cell */
};

/* ---- bands ---- */

static struct band_axis row_bands(const struct heatmap_panel *panel,
                                  const struct heatmap_grid *grid) {
    return (struct band_axis){panel->row_bands, panel->n_rows, grid->cell_height,
                              panel->n_columns * grid->cell_width, LEFT_SIDE};
}

static struct band_axis column_bands(const struct heatmap_panel *panel,
                                     const struct heatmap_bands *bands,
                                     const struct heatmap_grid *grid, enum side side) {
    return (struct band_axis){bands, panel->n_columns, grid->cell_width,
                              panel->n_rows * grid->cell_height, side};
}

static void add_bands(const struct heatmap_panel *panel, const struct heatmap_grid *grid,
                      struct heatmap_layout *layout) {
    const struct band_axis rows = row_bands(panel, grid),
                           columns = column_bands(panel, panel->column_bands, grid, BELOW);
    if (rows.bands) add_band_lines(&rows, layout);
    if (columns.bands) add_band_lines(&columns, layout);
}

/* ---- columns ---- */

/* The width of columns at which level labels keep a gap between them. */
static double level_pitch(const struct heatmap_panel *panel, const struct font *font) {
    double pitch = 0, before = 0;
    for (int i = 0; i < panel->n_columns; i++) {
        double width = font_width(font, panel->column_labels[i], text_size);
        if (i) pitch = fmax(pitch, (before + width) / 2 + 2 * GAP);
        before = width;
    }
    return ceil(pitch);
}

/* The width of columns where there are too many for the good width. */
static int min_cell_width(int n, int slanted) {
    int readable = LABEL_WIDTH / n < slanted ? LABEL_WIDTH / n : slanted;
    int visible = MAX_WIDTH / n < MIN_CELL ? MAX_WIDTH / n : MIN_CELL;
    return clamp(readable, visible > 1 ? visible : 1, slanted);
}

/* Chooses the width of the columns and the direction of their labels: the flattest of the three at
 * which each column can have one, else upwards with a label for every n-th column. */
static enum direction choose_columns(const struct heatmap_panel *panel, const struct font *font,
                                     const struct cell_limits *limits, struct heatmap_grid *grid) {
    const int good_width = limits->good_width;
    if (!panel->column_labels) {
        grid->cell_width = clamp(good_width / panel->n_columns, 1, limits->max_size);
        return RIGHTWARDS;
    }
    int n = panel->n_columns, slanted = (int)ceil(line_height(text_size) * 1.41421356237);
    grid->label_every = 1;
    grid->cell_width = clamp(good_width / n, min_cell_width(n, slanted), limits->max_width);
    if (n < 5) grid->cell_width = 5 * limits->max_width / n;
    double level = level_pitch(panel, font);
    if (level <= grid->cell_width) return RIGHTWARDS;
    if (level * n <= LEVEL_WIDTH || (level <= LEVEL_CELL && level * n <= good_width)) {
        grid->cell_width = (int)level;
        return RIGHTWARDS;
    }
    if (slanted <= grid->cell_width) return SLANTED;
    grid->label_every = (int)ceil(line_height(small_size) / grid->cell_width);
    return UPWARDS;
}

/* Whether the label of a column has room among those that are shown already. */
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

/* Chooses the columns to label: the last one, the marked ones, every n-th one, where there is
 * room. */
static void choose_labelled(const struct heatmap_panel *panel, int every, bool *shown) {
    int n = panel->n_columns;
    shown[n - 1] = true;
    for (int i = 0; i < n; i++)
        if (panel->column_marked[i] && has_room(shown, n, i, every)) shown[i] = true;
    for (int i = 0; i < n; i++)
        if (is_round(panel, i, every) && has_room(shown, n, i, every)) shown[i] = true;
}

/* Adds a label below the tick mark at (x, y), where it ends or, if it is level, has its middle. */
static void add_label(struct heatmap_layout *layout, const struct font *font, const char *text,
                      enum direction direction, double x, double y, colour ink) {
    struct pen pen = {x, y, direction == UPWARDS ? small_size : text_size, direction, ink};
    double dx, dy;
    direction_vector(direction, &dx, &dy);
    pen.x -= half_letter(pen.size) * dy;
    pen.y += FONT_ASCENT * pen.size * dx;
    add_text(layout, font, text, direction == RIGHTWARDS ? 0.5 : 1, pen);
}

static bool add_labels(const struct heatmap_panel *panel, const struct font *font,
                       enum direction direction, const struct heatmap_grid *grid,
                       struct heatmap_layout *layout, struct pg_error *err) {
    if (!panel->column_labels) return true;
    if (panel->column_bands && direction == UPWARDS) {
        const struct band_axis below = column_bands(panel, panel->column_bands, grid, BELOW),
                               above = column_bands(panel, panel->column_parts, grid, ABOVE);
        add_band_labels(&below, font, layout);
        if (above.bands) add_band_labels(&above, font, layout);
        return true;
    }
    bool *shown = allocate((size_t)panel->n_columns, sizeof *shown, err);
    if (!shown) return false;
    choose_labelled(panel, grid->label_every, shown);
    int bottom = panel->n_rows * grid->cell_height;
    for (int i = 0; i < panel->n_columns; i++) {
        int middle = i * grid->cell_width + grid->cell_width / 2;
        bool marked = panel->column_marked[i];
        if (marked) {
            add_box(layout, i * grid->cell_width, -MARK - LINE, grid->cell_width, MARK, red);
            add_box(layout, i * grid->cell_width, bottom + LINE, grid->cell_width, MARK, red);
        }
        if (!shown[i]) continue;
        if (!marked) add_box(layout, middle - LINE / 2, bottom + LINE, LINE, TICK, black);
        add_label(layout, font, panel->column_labels[i], direction, middle, bottom + TICK + GAP,
                  marked ? red : black);
    }
    free(shown);
    return true;
}

/* ---- numbers along the sides ---- */

/* The smallest of 1, 2, 5, 10, 20, ... cells of `size` pixels that are at least `room` together. */
static int numbers_every(double room, int size) {
    const int factors[] = {1, 2, 5};
    for (int unit = 1;; unit *= 10)
        for (int i = 0; i < 3; i++)
            if (unit * factors[i] * size >= room) return unit * factors[i];
}

static void add_column_numbers(const struct heatmap_panel *panel, const struct font *font,
                               const struct heatmap_grid *grid, struct heatmap_layout *layout) {
    const int n = panel->n_columns, *numbers = panel->column_numbers;
    char text[16];
    snprintf(text, sizeof text, "%d", numbers[n - 1]);
    int every = numbers_every(font_width(font, text, small_size) + 2 * GAP, grid->cell_width);
    double leftmost = GAP;
    struct pen pen = {0, -(MARK + LINE + GAP), small_size, RIGHTWARDS, grey};
    for (int i = 0; i < n; i++) {
        if (!heatmap_is_numbered(numbers, n, i, every)) continue;
        pen.x = (i + 0.5) * grid->cell_width;
        snprintf(text, sizeof text, "%d", numbers[i]);
        leftmost = fmin(leftmost, add_copy(layout, font, text, 0.5, pen)->pen.x);
    }
    pen.x = leftmost - WIDE_GAP;
    add_text(layout, font, panel->column_title, 1, pen);
}

/* Adds the title of columns that have no numbers, below their labels. */
static void add_column_title(const struct heatmap_panel *panel, const struct font *font,
                             struct moment start, const struct heatmap_grid *grid,
                             struct heatmap_layout *layout) {
    double y = bounds_since(layout, start).bottom + GAP + FONT_ASCENT * text_size;
    add_text(
        layout, font, panel->column_title, 0.5,
        (struct pen){panel->n_columns * grid->cell_width / 2.0, y, text_size, RIGHTWARDS, black});
}

/* Whether a row is labelled: the first of every n-th group; and where every group is labelled, the
 * rows within it that leave room for the first of the next. */
static bool is_labelled(const struct heatmap_panel *panel, int row, int every, int rows_between) {
    const int group = row / panel->group, inside = row % panel->group;
    if (inside == 0)
        return heatmap_is_numbered(panel->row_numbers, panel->n_rows / panel->group, group, every);
    return every == 1 && inside % rows_between == 0 && panel->group - inside >= rows_between;
}

/* Adds the labels of rows. Returns the width of the widest. */
static double add_row_labels(const struct heatmap_panel *panel, const struct font *font,
                             const struct heatmap_grid *grid, struct heatmap_layout *layout) {
    const int height = grid->cell_height, rows_between = (int)ceil(line_height(text_size) / height);
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
    return widest;
}

/* Adds the labels of rows, or of their bands where rows are too low, and the title of both. */
static void add_rows(const struct heatmap_panel *panel, const struct font *font,
                     const struct heatmap_grid *grid, struct heatmap_layout *layout) {
    const struct band_axis bands = row_bands(panel, grid);
    const bool banded = bands.bands && grid->cell_height < line_height(text_size);
    const double widest =
        banded ? add_band_labels(&bands, font, layout) : add_row_labels(panel, font, grid, layout);
    const struct pen pen = {-(LINE + TICK + GAP) - (widest + WIDE_GAP),
                            panel->n_rows * grid->cell_height / 2.0, text_size, UPWARDS, black};
    add_text(layout, font, panel->row_title, 0.5, pen);
}

/* Adds lines between the groups of rows. */
static void add_separators(const struct heatmap_panel *panel, const struct heatmap_grid *grid,
                           struct heatmap_layout *layout) {
    const int thickness = grid->cell_height < MIN_CELL ? 1 : LINE;
    if (panel->group == 1) return;
    for (int row = panel->group; row < panel->n_rows; row += panel->group)
        add_box(layout, 0, row * grid->cell_height - thickness / 2,
                panel->n_columns * grid->cell_width, thickness, white);
}

/* ---- the cells, and the whole panel ---- */

/* The height of a row: within the limit, but enough to be seen. */
static int choose_height(const struct heatmap_panel *panel, const struct cell_limits *limits) {
    const int n = panel->n_rows, tall = clamp(TALL_HEIGHT / n, 1, MIN_CELL);
    const int height = clamp(limits->max_height / n, tall, limits->max_size);
    return height * n < MIN_HEIGHT ? MIN_HEIGHT / n : height;
}

/* Whether all decimals of a value would be 0, so that it is written with significant digits. */
static bool is_small(double value, int decimals) {
    return value != 0 && fabs(value) < 0.5 * pow(10, -decimals);
}

/* The width of the widest value at size 1, with or without the small ones. */
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

/* The size of the texts of cells: small if all fit then, or else tiny, at which each is written
 * that fits; 0 where cells are too low. */
static double choose_text_size(const struct heatmap_panel *panel, const struct font *font,
                               const struct heatmap_grid *grid) {
    double widest = 0;
    for (int i = 0; i < panel->n_rows * panel->n_columns; i++)
        widest = fmax(widest, font_width(font, panel->texts[i], small_size));
    if (widest <= grid->value_room && small_size + VALUE_MARGIN <= grid->cell_height)
        return small_size;
    return tiny_size <= grid->cell_height && 2 * tiny_size <= grid->cell_width ? tiny_size : 0;
}

/* The size at which all values fit into their cells, or all that are not small, or 0. */
static double choose_value_size(const struct heatmap_panel *panel, const struct font *font,
                                const struct heatmap_grid *grid, int decimals) {
    const double sizes[] = {small_size, tiny_size};
    if (panel->texts) return choose_text_size(panel, font, grid);
    if (decimals < 0 || grid->cell_width < 2 * tiny_size || grid->cell_height < tiny_size) return 0;
    for (int without_small = 0; without_small < 2; without_small++) {
        const double widest = widest_value(panel, font, decimals, !without_small);
        for (int i = 0; i < 2; i++)
            if (widest * sizes[i] <= grid->value_room &&
                sizes[i] + VALUE_MARGIN <= grid->cell_height)
                return sizes[i];
    }
    return 0;
}

/* Widens columns in bands so that all values fit that are not small, if the picture does not get
 * too wide. */
static void widen_for_values(const struct heatmap_panel *panel, const struct font *font,
                             int decimals, struct heatmap_grid *grid) {
    if (!panel->column_bands || decimals < 0) return;
    const int width =
        (int)ceil(widest_value(panel, font, decimals, false) * tiny_size) + 2 * VALUE_MARGIN;
    if (width > grid->cell_width && width * panel->n_columns <= LABEL_WIDTH)
        grid->cell_width = width;
}

bool panel_lay_out(const struct heatmap_panel *panel, const struct font *font,
                   const struct cell_limits *limits, struct heatmap_layout *layout,
                   struct heatmap_grid *grid, struct pg_error *err) {
    const struct moment start = moment_of(layout);
    *grid = (struct heatmap_grid){0};
    enum direction direction = choose_columns(panel, font, limits, grid);
    widen_for_values(panel, font, layout->decimals, grid);
    grid->cell_height = choose_height(panel, limits);
    grid->value_room = grid->cell_width - 2 * VALUE_MARGIN;
    grid->value_size = choose_value_size(panel, font, grid, layout->decimals);
    add_separators(panel, grid, layout);
    add_bands(panel, grid, layout);
    add_frame(layout, 0, 0, panel->n_columns * grid->cell_width, panel->n_rows * grid->cell_height);
    if (!add_labels(panel, font, direction, grid, layout, err)) return false;
    if (panel->column_numbers)
        add_column_numbers(panel, font, grid, layout);
    else
        add_column_title(panel, font, start, grid, layout);
    add_rows(panel, font, grid, layout);
    if (!*panel->title) return true;
    double y = -(MARK + LINE + 2 * GAP + (panel->column_numbers ? small_size : 0));
    add_text(layout, font, panel->title, 0, (struct pen){0, y, text_size, RIGHTWARDS, black});
    return true;
}
