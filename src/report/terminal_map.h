/* terminal_map.h: the heatmap of an experiment as text for a terminal. The caller finds out which
 * colours the terminal has. */
#ifndef REPORT_TERMINAL_MAP_H
#define REPORT_TERMINAL_MAP_H

#include "patchgpt.h"

#include <stdio.h>

enum terminal_colours {
    COLOURS_NONE, /* cells are digits: tenths of the way from low to high */
    COLOURS_256,
    COLOURS_24_BIT
};

/* Writes the panels one below the other, each cell two columns wide, wrapped into blocks of at most
 * `width` columns, then the legend of the colours and the tokens. Errors of writing stay in the
 * stream. False and err as for result_heatmap_make. */
bool write_terminal_map(FILE *out, const struct pg_model *model, const struct pg_result *result,
                        const struct pg_picture *picture, enum terminal_colours colours, int width,
                        struct pg_error *err);

#endif
