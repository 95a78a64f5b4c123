/* cell_sets.h: experiments whose patches are of several cells at once: a window of layers around
 * each cell, or all cells together. */
#ifndef PATCH_CELL_SETS_H
#define PATCH_CELL_SETS_H

#include "patch/edits.h"

/* The cells that each value of a result patches. */
struct cell_sets {
    struct cell_set *items; /* one for each value; NULL: each patches its own cell alone */
    struct pg_cell *cells;
};

/* Makes the sets of a checked request. values: its n cells (request_cells). False and err when
 * memory is out. Free with cell_sets_free. */
bool cell_sets_make(const struct pg_model *model, const struct pg_request *request,
                    const struct pg_cell *values, size_t n, struct cell_sets *out,
                    struct pg_error *err);
void cell_sets_free(struct cell_sets *sets);

#endif
