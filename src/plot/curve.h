/* curve.h: numbers over a logarithmic axis, as points that lines join. Knows neither models nor
 * experiments: report/circuit_png.h makes curves of those. */
#ifndef PLOT_CURVE_H
#define PLOT_CURVE_H

#include "plot/heatmap.h"

struct curve_point {
    double x, y; /* x above 0; a point whose y is not finite is left out */
};

/* A line across the curve at a number, and the words beside it. */
struct curve_level {
    double y;
    const char *text;
};

/* All strings are UTF-8 and the caller's. */
struct curve {
    const char *title;
    const char *subtitles[2]; /* below it, a line each; either may be "" */
    const char *x_title, *y_title;
    const struct curve_point *points; /* ascending x; at least one y is finite */
    int n_points;
    double x_low, x_high; /* the ends of the axis, powers of ten, x_low < x_high */
    const struct curve_level *levels;
    int n_levels; /* at most CURVE_MAX_LEVELS; the axis of y holds all of them */
};
enum { CURVE_MAX_LEVELS = 4 };

/* Draws a curve and encodes it: the bytes of a PNG file, as from png_encode. */
uint8_t *curve_png(const struct curve *curve, const struct font *font, const struct png_note *notes,
                   int n_notes, int threads, size_t *size, struct pg_error *err);

#endif
