/* canvas.h: colours, and a picture of opaque pixels that rectangles and coverage masks are painted
 * on. Text is drawn by font.h. */
#ifndef PLOT_CANVAS_H
#define PLOT_CANVAS_H

#include "base/error.h"

/* 0xRRGGBB, sRGB. */
typedef uint32_t colour;

/* The colour of t in [0, 1] (clamped), one of 256 steps, as matplotlib draws them. */
colour colormap_at(enum pg_colormap map, double t);

struct canvas {
    int width, height;
    uint8_t *pixels; /* height x width x 3: red, green, blue */
};

/* Makes a white canvas. False and err when memory is out. Free with canvas_free. */
bool canvas_make(struct canvas *canvas, int width, int height, struct pg_error *err);
void canvas_free(struct canvas *canvas);

/* Paints the rectangle whose top left pixel is (x, y). Pixels outside the canvas are left out. */
void canvas_fill(struct canvas *canvas, int x, int y, int width, int height, colour paint);

/* Paints through a mask of height x width coverages (0 nothing, 255 all) whose top left is at
 * (x, y). */
void canvas_stain(struct canvas *canvas, int x, int y, int width, int height, const uint8_t *mask,
                  colour paint);

#endif
