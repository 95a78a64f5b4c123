/* curve.c: see curve.h. The area of the points has its top left corner at (0, 0) while things are
 * placed around it; the picture is then cut around all of it. */
#include "plot/curve.h"

#include "base/memory.h"
#include "plot/heatmap_layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    AREA_WIDTH = 1000,
    AREA_HEIGHT = 620,
    MARGIN = 32, /* around the picture */
    MAX_DECADES = 12,
    MAX_TEXTS = MAX_TICKS + MAX_DECADES + CURVE_MAX_LEVELS + 8,
    MAX_BOXES = 2 * (MAX_TICKS + 10 * MAX_DECADES + CURVE_MAX_LEVELS) + 8,
};
static const double line_radius = 2, point_radius = 7; /* in pixels */
static const colour ink = 0x31688e, level_ink = 0xbbbbbb;

/* What is placed, and the axes. */
struct drawing {
    const struct curve *curve;
    const struct font *font;
    struct heatmap_layout things; /* texts and boxes */
    double low, high;             /* of y */
    struct ticks ticks;           /* along y */
    int left, top;                /* of the area */
};

static double x_at(const struct drawing *d, double x) {
    const struct curve *c = d->curve;
    return log(x / c->x_low) / log(c->x_high / c->x_low) * AREA_WIDTH;
}

static double y_at(const struct drawing *d, double y) {
    return (d->high - y) / (d->high - d->low) * AREA_HEIGHT;
}

/* ---- axes ---- */

/* The axis of y holds all points and levels, with some room at both ends. */
static void choose_range(struct drawing *d) {
    const struct curve *c = d->curve;
    d->low = INFINITY;
    d->high = -INFINITY;
    for (int i = 0; i < c->n_points + c->n_levels; i++) {
        const double y = i < c->n_points ? c->points[i].y : c->levels[i - c->n_points].y;
        if (!isfinite(y)) continue;
        d->low = fmin(d->low, y);
        d->high = fmax(d->high, y);
    }
    const double room = d->low < d->high ? (d->high - d->low) / 16 : 1;
    d->low -= room;
    d->high += room;
    ticks_choose(d->low, d->high, 9, &d->ticks);
}

static void add_y_axis(struct drawing *d) {
    double widest = 0;
    for (int i = 0; i < d->ticks.count; i++) {
        const double y = y_at(d, d->ticks.value[i]);
        add_box(&d->things, -LINE - TICK, (int)lround(y) - LINE / 2, TICK, LINE, black);
        const struct pen pen = {-LINE - TICK - GAP, y + half_letter(text_size), text_size,
                                RIGHTWARDS, black};
        widest = fmax(widest, add_copy(&d->things, d->font, d->ticks.text[i], 1, pen)->width);
    }
    const struct pen corner = {-LINE - GAP, -GAP - FONT_DESCENT * text_size, text_size, RIGHTWARDS,
                               black};
    if (d->ticks.exponent) add_power(&d->things, d->font, d->ticks.exponent, 1, corner);
    const struct pen pen = {-LINE - TICK - GAP - widest - WIDE_GAP + GAP, AREA_HEIGHT / 2.0,
                            text_size, UPWARDS, black};
    add_text(&d->things, d->font, d->curve->y_title, 0.5, pen);
}

/* A long mark and a number at each power of ten, short marks at its multiples. */
static void add_x_axis(struct drawing *d) {
    const struct curve *c = d->curve;
    const int bottom = AREA_HEIGHT + LINE;
    const double below = bottom + TICK + GAP + FONT_ASCENT * text_size;
    for (double power = c->x_low; power < c->x_high * 1.5; power *= 10)
        for (int k = 1; k < 10 && power * k < c->x_high * 1.05; k++) {
            const int x = (int)lround(x_at(d, power * k));
            add_box(&d->things, x - LINE / 2, bottom, LINE, k == 1 ? TICK : TICK / 2, black);
            char text[24];
            if (k > 1) continue;
            snprintf(text, sizeof text, "%.6g", power);
            add_copy(&d->things, d->font, text, 0.5,
                     (struct pen){x, below, text_size, RIGHTWARDS, black});
        }
    const struct pen pen = {AREA_WIDTH / 2.0, below + 1.6 * line_height(text_size), text_size,
                            RIGHTWARDS, black};
    add_text(&d->things, d->font, c->x_title, 0.5, pen);
}

static void add_levels(struct drawing *d) {
    for (int i = 0; i < d->curve->n_levels; i++) {
        const struct curve_level *level = &d->curve->levels[i];
        const double y = y_at(d, level->y);
        add_box(&d->things, 0, (int)lround(y) - LINE / 2, AREA_WIDTH, LINE, level_ink);
        const struct pen pen = {AREA_WIDTH + LINE + GAP, y + half_letter(small_size), small_size,
                                RIGHTWARDS, grey};
        add_text(&d->things, d->font, level->text, 0, pen);
    }
}

/* From the bottom up. */
static void add_titles(struct drawing *d) {
    const double line = 1.25 * line_height(text_size);
    struct pen pen = {0, -WIDE_GAP - FONT_DESCENT * text_size, text_size, RIGHTWARDS, grey};
    for (int i = 1; i >= 0; i--) {
        if (!*d->curve->subtitles[i]) continue;
        add_text(&d->things, d->font, d->curve->subtitles[i], 0, pen);
        pen.y -= line;
    }
    pen = (struct pen){0, pen.y - 0.4 * line, title_size, RIGHTWARDS, black};
    add_text(&d->things, d->font, d->curve->title, 0, pen);
}

static bool lay_out(struct drawing *d, struct pg_error *err) {
    d->things.texts = allocate(MAX_TEXTS, sizeof *d->things.texts, err);
    d->things.boxes = allocate(MAX_BOXES, sizeof *d->things.boxes, err);
    if (!d->things.texts || !d->things.boxes) return false;
    choose_range(d);
    add_levels(d);
    add_frame(&d->things, 0, 0, AREA_WIDTH, AREA_HEIGHT);
    add_y_axis(d);
    add_x_axis(d);
    add_titles(d);
    const struct moment start = {0, 0};
    const struct bounds bounds = bounds_since(&d->things, start);
    d->left = MARGIN - (int)floor(bounds.left);
    d->top = MARGIN - (int)floor(bounds.top);
    d->things.width = d->left + (int)ceil(bounds.right) + MARGIN;
    d->things.height = d->top + (int)ceil(bounds.bottom) + MARGIN;
    move_between(&d->things, start, moment_of(&d->things), d->left, d->top);
    return true;
}

/* ---- points and lines ---- */

/* The distance of (x, y) from the line between two points, which may be one. */
static double distance(double x, double y, const double a[2], const double b[2]) {
    const double dx = b[0] - a[0], dy = b[1] - a[1], square = dx * dx + dy * dy;
    double at = square > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / square : 0;
    at = fmin(fmax(at, 0), 1);
    const double ex = x - a[0] - at * dx, ey = y - a[1] - at * dy;
    return sqrt(ex * ex + ey * ey);
}

/* Paints all that is within the radius of a line; the edge is one pixel wide. */
static void stroke(struct canvas *canvas, const double a[2], const double b[2], double radius) {
    const int left = (int)floor(fmin(a[0], b[0]) - radius - 1),
              right = (int)ceil(fmax(a[0], b[0]) + radius + 1),
              top = (int)floor(fmin(a[1], b[1]) - radius - 1),
              bottom = (int)ceil(fmax(a[1], b[1]) + radius + 1);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            const double inside = radius + 0.5 - distance(x + 0.5, y + 0.5, a, b);
            const uint8_t mask = (uint8_t)(255 * fmin(fmax(inside, 0), 1));
            if (mask) canvas_stain(canvas, x, y, 1, 1, &mask, ink);
        }
}

static void draw_points(const struct drawing *d, struct canvas *canvas) {
    double before[2];
    bool joined = false;
    for (int i = 0; i < d->curve->n_points; i++) {
        const struct curve_point *p = &d->curve->points[i];
        if (!isfinite(p->y)) continue;
        const double here[2] = {d->left + x_at(d, p->x), d->top + y_at(d, p->y)};
        if (joined) stroke(canvas, before, here, line_radius);
        stroke(canvas, here, here, point_radius);
        before[0] = here[0];
        before[1] = here[1];
        joined = true;
    }
}

static bool draw(const struct drawing *d, struct canvas *canvas, struct pg_error *err) {
    if (!canvas_make(canvas, d->things.width, d->things.height, err)) return false;
    for (int i = 0; i < d->things.n_boxes; i++) {
        const struct heatmap_box *box = &d->things.boxes[i];
        canvas_fill(canvas, box->x, box->y, box->width, box->height, box->paint);
    }
    draw_points(d, canvas);
    for (int i = 0; i < d->things.n_texts; i++)
        if (!font_draw(d->font, d->things.texts[i].text, d->things.texts[i].pen, canvas, err))
            return false;
    return true;
}

uint8_t *curve_png(const struct curve *curve, const struct font *font, const struct png_note *notes,
                   int n_notes, int threads, size_t *size, struct pg_error *err) {
    struct drawing d = {.curve = curve, .font = font};
    struct canvas canvas = {0};
    uint8_t *png = NULL;
    if (lay_out(&d, err) && draw(&d, &canvas, err))
        png = png_encode(&canvas, notes, n_notes, threads, size, err);
    canvas_free(&canvas);
    heatmap_layout_free(&d.things);
    return png;
}
