/* circuit_png.h: the faithfulness of circuits over their sizes as the curve of a PNG file. */
#ifndef REPORT_CIRCUIT_PNG_H
#define REPORT_CIRCUIT_PNG_H

#include "circuit/circuit_sizes.h"

/* The bytes of the picture, with notes about what was run. The axis of sizes, which is logarithmic,
 * begins at a thousandth of all edges or below; a circuit of no edges is not drawn, unless a size
 * above 0 was rounded to it. Compressed by at most `threads` threads. Free with free(). NULL and
 * err if no circuit can be drawn, or memory is out. */
uint8_t *circuit_png(const struct pg_model *model, const struct pg_request *request,
                     const struct sized_circuits *circuits, int threads, size_t *size,
                     struct pg_error *err);

#endif
