/* write_png.h: a heatmap, whatever it shows, as a PNG file. */
#ifndef REPORT_WRITE_PNG_H
#define REPORT_WRITE_PNG_H

#include "report/heatmap.h"

/* Lays the heatmap out, draws it and writes it as file_replace does. False and err when memory is
 * out or the file cannot be written. */
bool write_heatmap(const struct heatmap *map, const struct font *font, const char *path,
                   struct pg_error *err);

#endif
