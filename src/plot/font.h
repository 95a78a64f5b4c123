/* font.h: measuring and drawing lines of text in the embedded DejaVu Sans. Sizes (the em), widths
 * and positions are in pixels. Left to right, one glyph a character: no shaping of scripts whose
 * letters join or change. */
#ifndef PLOT_FONT_H
#define PLOT_FONT_H

#include "plot/canvas.h"

/* How far the font's letters, accents included, reach from the baseline, relative to the size. */
#define FONT_ASCENT  0.93
#define FONT_DESCENT 0.24

struct font;

/* The embedded font. NULL and err when memory is out. Close with font_close. */
struct font *font_open(struct pg_error *err);
void font_close(struct font *font);

/* Whether the font has a glyph for this Unicode character. */
bool font_has(const struct font *font, int32_t character);

/* The direction of a line of text. */
enum direction { RIGHTWARDS, SLANTED /* up and right, 45 degrees */, UPWARDS };

/* The unit vector of a direction; y points down. */
void direction_vector(enum direction direction, double *x, double *y);

/* Where and how a text is written. */
struct pen {
    double x, y; /* where the baseline starts, from the top left of the canvas */
    double size;
    enum direction direction;
    colour ink;
};

/* Length of the baseline under text (UTF-8) at this size. */
double font_width(const struct font *font, const char *text, double size);

/* Draws text (UTF-8). False and err when memory is out. */
bool font_draw(const struct font *font, const char *text, struct pen pen, struct canvas *canvas,
               struct pg_error *err);

#endif
