/* canvas.h: a picture of opaque pixels that rectangles and coverage masks are painted on. Text is
 * font.h's. */
#ifndef PLOT_CANVAS_H
#define PLOT_CANVAS_H

#include "base/error.h"
#include "plot/colormap.h"

struct canvas {
    int width, height;
    uint8_t *pixels; /* height rows of width red, green, blue */
};

/* A white canvas. False and err when memory is out. Free with canvas_free. */
bool canvas_make(struct canvas *canvas, int width, int height, struct pg_error *err);
void canvas_free(struct canvas *canvas);

/* Paints the rectangle from (x, y), width to the right and height down; what lies outside is left
 * out. */
void canvas_fill(struct canvas *canvas, int x, int y, int width, int height, colour paint);

/* Paints through a mask of width x height coverages (0 nothing, 255 all) whose top left is at (x,
 * y). */
void canvas_stain(struct canvas *canvas, int x, int y, int width, int height, const uint8_t *mask,
                  colour paint);

#endif
