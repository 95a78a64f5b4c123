/* png.h: a canvas as the bytes of a PNG file. */
#ifndef PLOT_PNG_H
#define PLOT_PNG_H

#include "plot/canvas.h"

/* The pixels that make an inch on paper; on screens the picture is meant for twice the usual
 * density. */
enum { PNG_DPI = 200 };

/* A line of text about the picture, which the file holds beside its pixels. */
struct png_note {
    const char *name; /* 1 to 79 letters of ASCII */
    char *text;       /* UTF-8 */
};

/* The bytes of an 8-bit RGB PNG: IHDR, pHYs with PNG_DPI, the notes in their order (tEXt for ASCII,
 * iTXt for other UTF-8, neither compressed), IDAT, IEND. Compressed by at most `threads` threads;
 * the bytes do not depend on their number. Free with free(). NULL and err when the picture is too
 * large or memory is out. */
uint8_t *png_encode(const struct canvas *canvas, const struct png_note *notes, int n_notes,
                    int threads, size_t *size, struct pg_error *err);

#endif
