/* request.h: what is asked of an experiment: whether it fits the model, and which patches it is. */
#ifndef PATCH_REQUEST_H
#define PATCH_REQUEST_H

#include "base/error.h"

/* Whether the request fits the model; sets a read_position of -1 to the last. False and err, one
 * sentence, otherwise. */
bool request_check(const struct pg_model *model, struct pg_request *r, struct pg_error *err);

/* Writes the cells of a request that was checked, by site, layer, head, position, and returns how many
 * there are. cells may be NULL. */
size_t request_cells(const struct pg_model *model, const struct pg_request *r,
                     struct pg_cell *cells);

#endif
