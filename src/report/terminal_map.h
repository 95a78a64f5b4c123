/* terminal_map.h: the heatmap of an experiment as lines of a terminal. Which colours the terminal
 * has is for the caller to find out. */
#ifndef REPORT_TERMINAL_MAP_H
#define REPORT_TERMINAL_MAP_H

#include "patchgpt.h"

#include <stdio.h>

enum terminal_colours {
    COLOURS_NONE, /* cells are digits: tenths of the way from low to high */
    COLOURS_256,
    COLOURS_24_BIT
};

/* Writes the panels one below the other, each cell two columns wide, in as many blocks as width
 * (columns of the terminal) asks for, then what the colours stand for and the tokens. Leaves errors
 * of the stream in it. False and err when memory is out. */
bool write_terminal_map(FILE *out, const struct pg_model *model, const struct pg_result *result,
                        const struct pg_picture *picture, enum terminal_colours colours, int width,
                        struct pg_error *err);

#endif
