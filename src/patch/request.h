/* request.h: checks a request against a model, and lists its cells. */
#ifndef PATCH_REQUEST_H
#define PATCH_REQUEST_H

#include "base/error.h"

/* Whether the request fits the model; replaces a read_position of -1 by the last position. False
 * and err otherwise. */
bool request_check(const struct pg_model *model, struct pg_request *r, struct pg_error *err);

/* Writes the cells of a checked request, each of which gets a value: by site, layer, head or
 * neuron, position, source position; for a joint patch one, with the numbers that all it patches
 * share. Returns how many; cells may be NULL. */
size_t request_cells(const struct pg_model *model, const struct pg_request *r,
                     struct pg_cell *cells);

/* The same for all cells that the lists name, which a joint patch patches at once. */
size_t request_patched(const struct pg_model *model, const struct pg_request *r,
                       struct pg_cell *cells);

#endif
