/* write_png.h: heatmaps, whatever they show, as PNG files in memory. NULL and err when a picture is too
 * large or memory is out; free with free(). */
#ifndef REPORT_WRITE_PNG_H
#define REPORT_WRITE_PNG_H

#include "plot/heatmap.h"
#include "report/picture_notes.h"

/* The heatmap of a result, as pg_write_png writes it. */
uint8_t *result_png(const struct pg_model *model, const struct pg_result *result,
                    const struct pg_picture *picture, int threads, size_t *size,
                    struct pg_error *err);

#endif
