/* cell_sets.c: see cell_sets.h. */
#include "patch/cell_sets.h"

#include "base/memory.h"
#include "patch/request.h"

#include <stdlib.h>

static bool make_room(struct cell_sets *sets, size_t n_sets, size_t n_cells, struct pg_error *err) {
    sets->items = allocate(n_sets, sizeof *sets->items, err);
    sets->cells = allocate(n_cells, sizeof *sets->cells, err);
    if (sets->items && sets->cells) return true;
    cell_sets_free(sets);
    return false;
}

/* One set of all cells that the lists name. */
static bool make_joint(const struct pg_model *model, const struct pg_request *r,
                       struct cell_sets *out, struct pg_error *err) {
    const size_t n = request_patched(model, r, NULL);
    if (!make_room(out, 1, n, err)) return false;
    request_patched(model, r, out->cells);
    out->items[0] = (struct cell_set){out->cells, n};
    return true;
}

/* For each value the same site and position in `window` consecutive layers, window / 2 of them
 * before the value's own, cut at the ends of the model. */
static bool make_windows(const struct pg_model *model, const struct pg_request *r,
                         const struct pg_cell *values, size_t n, struct cell_sets *out,
                         struct pg_error *err) {
    const int n_layer = model->config.n_layer, window = r->window < n_layer ? r->window : n_layer;
    if (!make_room(out, n, n * (size_t)window, err)) return false;
    struct pg_cell *cell = out->cells;
    for (size_t i = 0; i < n; i++) {
        const int first = values[i].layer - r->window / 2, end = first + r->window;
        out->items[i].cells = cell;
        for (int l = first > 0 ? first : 0; l < end && l < n_layer; l++) {
            *cell = values[i];
            cell++->layer = l;
        }
        out->items[i].n = (size_t)(cell - out->items[i].cells);
    }
    return true;
}

bool cell_sets_make(const struct pg_model *model, const struct pg_request *r,
                    const struct pg_cell *values, size_t n, struct cell_sets *out,
                    struct pg_error *err) {
    *out = (struct cell_sets){0};
    if (r->joint) return make_joint(model, r, out, err);
    return r->window == 1 || make_windows(model, r, values, n, out, err);
}

void cell_sets_free(struct cell_sets *sets) {
    free(sets->items);
    free(sets->cells);
    *sets = (struct cell_sets){0};
}
