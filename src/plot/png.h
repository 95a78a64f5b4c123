/* png.h: a canvas as the bytes of a PNG file. */
#ifndef PLOT_PNG_H
#define PLOT_PNG_H

#include "plot/canvas.h"
#include "report/picture_notes.h"

/* The pixels that make an inch on paper; on screens the picture is meant for twice the usual
 * density. */
enum { PNG_DPI = 200 };

/* The bytes of an 8-bit RGB PNG that says PNG_DPI and the notes (tEXt for ASCII, iTXt for other UTF-8, not
 * compressed), the same whatever the threads. Free with free(). NULL and err when memory is out. */
uint8_t *png_encode(const struct canvas *canvas, const struct picture_notes *notes, int threads,
                    size_t *size, struct pg_error *err);

#endif
