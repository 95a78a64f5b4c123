/* heatmap_bands.c: lines between the bands of rows and columns of a panel, and the bands' labels.
 */
#include "plot/heatmap_layout.h"

#include <math.h>

/* Narrower rows and columns have no lines between them, which would hide them. */
enum { MIN_LINED = 3, MIN_THICK = 12 };

/* Of a line of text, the part that labels of rows one above the other need: digits have no
 * descenders. */
static const double LETTER_ROOM = 0.85;

void add_band_lines(const struct band_axis *axis, struct heatmap_layout *layout) {
    const int thickness = axis->size < MIN_THICK ? 1 : LINE;
    if (axis->size < MIN_LINED) return;
    for (int i = 1; i < axis->bands->n; i++) {
        const int at = axis->bands->starts[i] * axis->size - thickness / 2;
        if (axis->side == LEFT_SIDE)
            add_box(layout, 0, at, axis->across, thickness, black);
        else
            add_box(layout, at, 0, thickness, axis->across, black);
    }
}

static int band_end(const struct band_axis *axis, int band) {
    return band + 1 < axis->bands->n ? axis->bands->starts[band + 1] : axis->n;
}

/* Adds the tick mark between two bands. */
static void add_tick(const struct band_axis *axis, int at, struct heatmap_layout *layout) {
    if (axis->side == LEFT_SIDE)
        add_box(layout, -(LINE + TICK), at - LINE / 2, TICK, LINE, black);
    else if (axis->side == BELOW)
        add_box(layout, at - LINE / 2, axis->across + LINE, LINE, TICK, black);
    else
        add_box(layout, at - 1, -(LINE + TICK), 1, TICK, grey);
}

/* Adds the label of a band whose middle is there. */
static double add_band_label(const struct band_axis *axis, const struct font *font,
                             const char *label, double middle, struct heatmap_layout *layout) {
    struct pen pen = {middle, 0, text_size, RIGHTWARDS, black};
    double anchor = 0.5;
    if (axis->side == LEFT_SIDE) {
        pen.x = -(LINE + TICK + GAP);
        pen.y = middle + half_letter(text_size);
        anchor = 1;
    } else if (axis->side == BELOW) {
        pen.y = axis->across + LINE + GAP + FONT_ASCENT * text_size;
    } else {
        pen.y = -(LINE + GAP);
        pen.size = small_size;
        pen.ink = grey;
    }
    return add_text(layout, font, label, anchor, pen)->width;
}

/* The pixels along the axis that the label of a band takes. */
static double label_room(const struct band_axis *axis, const struct font *font, int band) {
    if (axis->side == LEFT_SIDE) return LETTER_ROOM * line_height(text_size);
    const char *label = axis->bands->labels[band];
    const double size = axis->side == ABOVE ? small_size : text_size;
    return *label ? font_width(font, label, size) + GAP : 0;
}

/* Whether every band is as wide as its label. */
static bool all_fit(const struct band_axis *axis, const struct font *font) {
    for (int i = 0; i < axis->bands->n; i++)
        if ((band_end(axis, i) - axis->bands->starts[i]) * axis->size < label_room(axis, font, i))
            return false;
    return true;
}

double add_band_labels(const struct band_axis *axis, const struct font *font,
                       struct heatmap_layout *layout) {
    const struct heatmap_bands *b = axis->bands;
    const bool rows = axis->side == LEFT_SIDE;
    double widest = 0, taken = -INFINITY; /* the end of the last label, in the order of labels */
    if (axis->side == ABOVE && !all_fit(axis, font)) return 0;
    for (int k = 0; k < b->n; k++) {
        const int i = rows ? k : b->n - 1 - k;
        const double middle = (b->starts[i] + band_end(axis, i)) * axis->size / 2.0;
        const double half = label_room(axis, font, i) / 2;
        const double along = rows ? middle : axis->n * axis->size - middle;
        if (i > 0) add_tick(axis, b->starts[i] * axis->size, layout);
        if (along - half < taken) continue;
        widest = fmax(widest, add_band_label(axis, font, b->labels[i], middle, layout));
        taken = along + half;
    }
    return widest;
}
