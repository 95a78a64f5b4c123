/* axis.h: the layers, heads or positions that cells of a result have: an axis of its heatmap. */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "base/error.h"

enum axis_kind { AXIS_LAYER, AXIS_HEAD, AXIS_POSITION };

struct axis {
    int count;
    int *numbers; /* rising */
    int *places;  /* of each number up to the last, where it is in numbers */
};

/* The cell's layer, head or position. */
int axis_number(const struct pg_cell *cell, enum axis_kind kind);

/* The numbers of n cells, none of which is negative. False and err when memory is out. Free with
 * axis_free, also after failure. */
bool axis_make(const struct pg_cell *cells, size_t n, enum axis_kind kind, struct axis *out,
               struct pg_error *err);
void axis_free(struct axis *axis);

/* A copy of the numbers, to be freed with free(). NULL and err when memory is out. */
int *axis_copy_numbers(const struct axis *axis, struct pg_error *err);

#endif
