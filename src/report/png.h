/* png.h: a canvas as the bytes of a PNG file. */
#ifndef REPORT_PNG_H
#define REPORT_PNG_H

#include "report/canvas.h"

/* The pixels that make an inch on paper; on screens the picture is meant for twice the usual
 * density. */
enum { PNG_DPI = 200 };

/* The bytes of an 8-bit RGB PNG that says PNG_DPI, the same whatever the threads. Free with free(). NULL and err when memory is
 * out. */
uint8_t *png_encode(const struct canvas *canvas, int threads, size_t *size, struct pg_error *err);

#endif
