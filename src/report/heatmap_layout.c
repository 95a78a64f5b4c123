/* heatmap_layout.c: where the parts of a heatmap go. Everything is placed around the top left
 * cell first; the picture is then cut around all of it, so nothing can stick out. */
#include "report/heatmap.h"

#include "base/memory.h"
#include "report/png.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Sizes in pixels; texts have the sizes of matplotlib's figures. */
static const double title_size = 11 * PNG_DPI / 72.0, text_size = 9 * PNG_DPI / 72.0,
                    small_size = 7.5 * PNG_DPI / 72.0;
enum {
    GAP = 10,      /* between things that belong together */
    WIDE_GAP = 28, /* between those that do not */
    LINE = 2,      /* frames and tick marks */
    TICK = 10,     /* length of a tick mark */
    MARK = 8,      /* thickness of a column's mark */
    BAR_WIDTH = 40,
    BORDER = 32, /* around it all */
    CELL = 80,   /* a cell, where there is room */
    LEAST_CELL = 6,
    LEAST_HEIGHT = 264, /* of all cells: what the colour bar's title needs */
    MOST_HEIGHT = 1000, /* of all cells, until they are LEAST_CELL high */
    GOOD_WIDTH = 2000,  /* of all cells, but */
    LABEL_WIDTH = 3200, /* up to this so that labels have room, */
    MOST_WIDTH = 7000,  /* and up to this so that columns are not narrower than LEAST_CELL */
    LEVEL_WIDTH = 1100, /* of all cells, or, within GOOD_WIDTH, */
    LEVEL_CELL = 130,   /* of each: up to this so that labels are level */
};
static const colour black = 0x222222, grey = 0x6b6b6b, red = 0xd62728;

/* Height of a line of text from its highest to its lowest ink. */
static double line_height(double size) {
    return (FONT_ASCENT + FONT_DESCENT) * size;
}

/* From a baseline up to the middle of the letters. */
static double half_letter(double size) {
    return 0.36 * size;
}

static int clamp(int x, int low, int high) {
    return x < low ? low : x > high ? high : x;
}

/* ---- the lists ---- */

static void add_box(struct heatmap_layout *layout, int x, int y, int width, int height,
                    colour paint) {
    layout->boxes[layout->n_boxes++] = (struct heatmap_box){x, y, width, height, paint};
}

/* Adds a text whose baseline starts (share 0), has its middle (0.5) or ends (1) at the pen. */
static struct heatmap_text *add_text(struct heatmap_layout *layout, const struct font *font,
                                     const char *text, double share, struct pen pen) {
    struct heatmap_text *added = &layout->texts[layout->n_texts++];
    added->text = text;
    added->width = font_width(font, text, pen.size);
    double dx, dy;
    direction_vector(pen.direction, &dx, &dy);
    pen.x -= share * added->width * dx;
    pen.y -= share * added->width * dy;
    if (pen.direction == RIGHTWARDS) pen.y = round(pen.y); /* sharp feet */
    if (pen.direction == UPWARDS) pen.x = round(pen.x);
    added->pen = pen;
    return added;
}

/* Adds a text that is copied: tick labels and the like. */
static struct heatmap_text *add_copy(struct heatmap_layout *layout, const struct font *font,
                                     const char *text, double share, struct pen pen) {
    char *copy = layout->texts[layout->n_texts].copy;
    snprintf(copy, sizeof layout->texts->copy, "%s", text);
    return add_text(layout, font, copy, share, pen);
}

static struct heatmap_text *add_number(struct heatmap_layout *layout, const struct font *font,
                                       int number, double share, struct pen pen) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    return add_copy(layout, font, text, share, pen);
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

/* ---- values ---- */

/* The values at the ends of the colour bar. */
static void choose_range(const struct heatmap *map, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < (size_t)map->n_rows * (size_t)map->n_columns; i++)
        if (isfinite(map->values[i])) {
            *low = fmin(*low, (double)map->values[i]);
            *high = fmax(*high, (double)map->values[i]);
        }
    if (*low > *high) *low = *high = 0;
    double centre = (double)map->centre, middle = (*low + *high) / 2;
    double half = (*high - *low) / 2;
    if (map->colormap == PG_RDBU && isfinite(centre)) {
        middle = centre;
        half = fmax(fabs(*high - centre), fabs(*low - centre));
    }
    if (half == 0) half = middle == 0 ? 1 : fabs(middle) / 10; /* one value: the middle colour */
    if (half != (*high - *low) / 2 || middle != (*low + *high) / 2) {
        *low = middle - half;
        *high = middle + half;
    }
}

/* ---- columns ---- */

/* The width of column at which level labels keep a gap between them. */
static double level_pitch(const struct heatmap *map, const struct font *font) {
    double pitch = 0, before = 0;
    for (int i = 0; i < map->n_columns; i++) {
        double width = font_width(font, map->column_labels[i], text_size);
        if (i) pitch = fmax(pitch, (before + width) / 2 + 2 * GAP);
        before = width;
    }
    return ceil(pitch);
}

/* The width that columns have where there are too many for GOOD_WIDTH. */
static int least_cell_width(int n, int slanted) {
    int readable = LABEL_WIDTH / n < slanted ? LABEL_WIDTH / n : slanted;
    int visible = MOST_WIDTH / n < LEAST_CELL ? MOST_WIDTH / n : LEAST_CELL;
    return clamp(readable, visible > 1 ? visible : 1, slanted);
}

/* Chooses the width of the columns and the way of their labels: the flattest of the three at
 * which each column can have one, else upwards with as many columns between labels as it takes. */
static enum direction choose_columns(const struct heatmap *map, const struct font *font,
                                     struct heatmap_layout *layout) {
    int n = map->n_columns, slanted = (int)ceil(line_height(text_size) * 1.41421356237);
    layout->label_every = 1;
    layout->cell_width = clamp(GOOD_WIDTH / n, least_cell_width(n, slanted), CELL);
    if (n < 5) layout->cell_width = 5 * CELL / n;
    double level = level_pitch(map, font);
    if (level <= layout->cell_width) return RIGHTWARDS;
    if (level * n <= LEVEL_WIDTH || (level <= LEVEL_CELL && level * n <= GOOD_WIDTH)) {
        layout->cell_width = (int)level;
        return RIGHTWARDS;
    }
    if (slanted <= layout->cell_width) return SLANTED;
    layout->label_every = (int)ceil(line_height(small_size) / layout->cell_width);
    return UPWARDS;
}

/* Whether the label of a column would keep clear of those that are shown already. */
static bool has_room(const bool *shown, int n, int column, int every) {
    for (int i = column - every + 1; i < column + every; i++)
        if (i >= 0 && i < n && shown[i]) return false;
    return true;
}

/* Chooses the columns to label: the last one, the marked ones, every n-th one, each if there is
 * room. */
static void choose_labelled(const struct heatmap *map, int every, bool *shown) {
    int n = map->n_columns;
    shown[n - 1] = true;
    for (int i = 0; i < n; i++)
        if (map->column_marked[i] && has_room(shown, n, i, every)) shown[i] = true;
    for (int i = 0; i < n; i++)
        if ((map->first_column + i) % every == 0 && has_room(shown, n, i, every)) shown[i] = true;
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

static bool add_labels(const struct heatmap *map, const struct font *font, enum direction way,
                       struct heatmap_layout *layout, struct pg_error *err) {
    bool *shown = allocate((size_t)map->n_columns, sizeof *shown, err);
    if (!shown) return false;
    choose_labelled(map, layout->label_every, shown);
    int bottom = map->n_rows * layout->cell_height;
    for (int i = 0; i < map->n_columns; i++) {
        int middle = i * layout->cell_width + layout->cell_width / 2;
        bool marked = map->column_marked[i];
        if (marked) {
            add_box(layout, i * layout->cell_width, -MARK - LINE, layout->cell_width, MARK, red);
            add_box(layout, i * layout->cell_width, bottom + LINE, layout->cell_width, MARK, red);
        }
        if (!shown[i]) continue;
        if (!marked) add_box(layout, middle - LINE / 2, bottom + LINE, LINE, TICK, black);
        add_label(layout, font, map->column_labels[i], way, middle, bottom + TICK + GAP,
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

static double number_width(const struct font *font, int number, double size) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    return font_width(font, text, size);
}

static void add_column_numbers(const struct heatmap *map, const struct font *font,
                               struct heatmap_layout *layout) {
    double widest = number_width(font, map->first_column + map->n_columns - 1, small_size);
    int every = numbers_every(widest + 2 * GAP, layout->cell_width);
    double leftmost = GAP;
    struct pen pen = {0, -(MARK + LINE + GAP), small_size, RIGHTWARDS, grey};
    for (int i = 0; i < map->n_columns; i++) {
        int number = map->first_column + i;
        if (number % every) continue;
        pen.x = (i + 0.5) * layout->cell_width;
        leftmost = fmin(leftmost, add_number(layout, font, number, 0.5, pen)->pen.x);
    }
    pen.x = leftmost - WIDE_GAP;
    add_text(layout, font, map->column_title, 1, pen);
}

static void add_rows(const struct heatmap *map, const struct font *font,
                     struct heatmap_layout *layout) {
    int every = numbers_every(line_height(text_size), layout->cell_height);
    struct pen pen = {-(LINE + TICK + GAP), 0, text_size, RIGHTWARDS, black};
    for (int i = 0; i < map->n_rows; i++) {
        int number = map->first_row + i, middle = i * layout->cell_height + layout->cell_height / 2;
        if (number % every) continue;
        add_box(layout, -(LINE + TICK), middle - LINE / 2, TICK, LINE, black);
        pen.y = middle + half_letter(pen.size);
        add_number(layout, font, number, 1, pen);
    }
    pen.x -= number_width(font, map->first_row + map->n_rows - 1, text_size) + WIDE_GAP;
    pen.y = map->n_rows * layout->cell_height / 2.0;
    pen.direction = UPWARDS;
    add_text(layout, font, map->row_title, 0.5, pen);
}

/* ---- the rest ---- */

static void add_frame(struct heatmap_layout *layout, int x, int width, int height) {
    add_box(layout, x - LINE, -LINE, width + 2 * LINE, LINE, black);
    add_box(layout, x - LINE, height, width + 2 * LINE, LINE, black);
    add_box(layout, x - LINE, 0, LINE, height, black);
    add_box(layout, x + width, 0, LINE, height, black);
}

static void add_bar(const struct heatmap *map, const struct font *font,
                    struct heatmap_layout *layout) {
    int height = map->n_rows * layout->cell_height;
    layout->bar_left = map->n_columns * layout->cell_width + 2 * WIDE_GAP;
    layout->bar_width = BAR_WIDTH;
    add_frame(layout, layout->bar_left, BAR_WIDTH, height);

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

/* The title and below it the subtitles, from the bottom up. */
static void add_titles(const struct heatmap *map, const struct font *font,
                       struct heatmap_layout *layout) {
    double y = -(MARK + LINE + 2 * GAP + small_size + WIDE_GAP),
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
static void cut_out(struct heatmap_layout *layout) {
    double left = 0, top = 0, right = 0, bottom = 0, corners[4][2];
    for (int i = 0; i < layout->n_texts; i++) {
        heatmap_text_corners(&layout->texts[i], corners);
        for (int j = 0; j < 4; j++) {
            left = fmin(left, corners[j][0]);
            right = fmax(right, corners[j][0]);
            top = fmin(top, corners[j][1]);
            bottom = fmax(bottom, corners[j][1]);
        }
    }
    for (int i = 0; i < layout->n_boxes; i++) {
        const struct heatmap_box *box = &layout->boxes[i];
        right = fmax(right, box->x + box->width);
        bottom = fmax(bottom, box->y + box->height);
    }
    layout->left = BORDER - (int)floor(left);
    layout->top = BORDER - (int)floor(top);
    layout->width = layout->left + (int)ceil(right) + BORDER;
    layout->height = layout->top + (int)ceil(bottom) + BORDER;

    layout->bar_left += layout->left;
    for (int i = 0; i < layout->n_boxes; i++) {
        layout->boxes[i].x += layout->left;
        layout->boxes[i].y += layout->top;
    }
    for (int i = 0; i < layout->n_texts; i++) {
        layout->texts[i].pen.x += layout->left;
        layout->texts[i].pen.y += layout->top;
    }
}

bool heatmap_lay_out(const struct heatmap *map, const struct font *font,
                     struct heatmap_layout *layout, struct pg_error *err) {
    size_t rows = (size_t)map->n_rows, columns = (size_t)map->n_columns;
    *layout = (struct heatmap_layout){0};
    layout->texts = allocate(rows + 2 * columns + TICKS_MOST + 8, sizeof *layout->texts, err);
    layout->boxes = allocate(rows + 3 * columns + TICKS_MOST + 8, sizeof *layout->boxes, err);
    if (!layout->texts || !layout->boxes) return false;

    choose_range(map, &layout->low, &layout->high);
    enum direction way = choose_columns(map, font, layout);
    layout->cell_height = clamp(MOST_HEIGHT / map->n_rows, LEAST_CELL, CELL);
    if (layout->cell_height * map->n_rows < LEAST_HEIGHT)
        layout->cell_height = LEAST_HEIGHT / map->n_rows;

    add_frame(layout, 0, map->n_columns * layout->cell_width, map->n_rows * layout->cell_height);
    if (!add_labels(map, font, way, layout, err)) return false;
    add_column_numbers(map, font, layout);
    add_rows(map, font, layout);
    add_bar(map, font, layout);
    add_exponent(font, layout);
    add_titles(map, font, layout);
    cut_out(layout);
    return true;
}

void heatmap_layout_free(struct heatmap_layout *layout) {
    free(layout->texts);
    free(layout->boxes);
    layout->texts = NULL;
    layout->boxes = NULL;
}
