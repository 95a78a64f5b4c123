/* request.h: checks a request against a model, and lists its cells. */
#ifndef PATCH_REQUEST_H
#define PATCH_REQUEST_H

#include "base/error.h"

/* Whether the request fits the model; replaces a read_position of -1 by the last position. False
 * and err otherwise. */
bool request_check(const struct pg_model *model, struct pg_request *r, struct pg_error *err);

/* Writes the cells of a checked request, by site, layer, head, position. Returns their number;
 * cells may be NULL. */
size_t request_cells(const struct pg_model *model, const struct pg_request *r,
                     struct pg_cell *cells);

#endif
