/* graph_npz.c: see graph_npz.h. */
#include "report/graph_npz.h"

#include "base/memory.h"
#include "patch/graph.h"
#include "report/effect.h"
#include "report/graph_cells.h"

#include <math.h>
#include <stdlib.h>

static struct npz_shape shape_of(const struct config *c, const struct pg_result *r) {
    struct npz_shape shape = npz_list("sender", graph_count_senders(c));
    if (r->sites[0] == PG_EDGES) npz_add_axis(&shape, "receiver", graph_count_receivers(c));
    return shape;
}

static size_t index_of(const struct config *c, const struct pg_cell *cell) {
    const size_t sender = graph_sender_index(c, &cell->sender);
    if (cell->site == PG_PATHS) return sender;
    return sender * graph_count_receivers(c) + graph_receiver_index(c, &cell->receiver);
}

/* Adds what pg_shown gives for each cell. */
static bool add_numbers(struct npz *npz, const struct config *c, const struct pg_result *r,
                        const char *name, enum pg_show show, struct pg_error *err) {
    const struct npz_shape shape = shape_of(c, r);
    size_t n;
    if (!npz_count(shape, &n, err)) return false;
    float *numbers = allocate_unset(n, sizeof *numbers, err);
    if (!numbers) return false;
    for (size_t i = 0; i < n; i++) numbers[i] = NAN;
    for (size_t i = 0; i < r->n_cells; i++)
        numbers[index_of(c, &r->cells[i])] = pg_shown(r, show, r->cells[i].value);
    const bool done = npz_floats(npz, name, shape, numbers, err);
    free(numbers);
    return done;
}

/* Adds the names of all senders, or of all readers. */
static bool add_names(struct npz *npz, const struct config *c, bool readers, struct pg_error *err) {
    const size_t n = readers ? graph_count_receivers(c) : graph_count_senders(c);
    char(*names)[NODE_NAME_SIZE] = allocate(n, sizeof *names, err);
    const char **list = names ? allocate(n, sizeof *list, err) : NULL;
    for (size_t i = 0; list && i < n; i++) {
        write_node(c, readers, i, names[i]);
        list[i] = names[i];
    }
    const bool done = list && npz_texts(npz, readers ? "receivers" : "senders",
                                        npz_list(readers ? "receiver" : "sender", n), list, err);
    free(names);
    free(list);
    return done;
}

bool graph_arrays(struct npz *npz, const struct pg_model *model, const struct pg_result *r,
                  struct pg_error *err) {
    const struct config *c = &model->config;
    const bool edges = r->sites[0] == PG_EDGES;
    return add_numbers(npz, c, r, edges ? "edges" : "paths", PG_SHOW_VALUE, err) &&
           (!edges || add_numbers(npz, c, r, "edges_score", PG_SHOW_SCORE, err)) &&
           (is_ablation(r) || add_numbers(npz, c, r, edges ? "edges_recovered" : "paths_recovered",
                                          PG_SHOW_RECOVERED, err)) &&
           add_names(npz, c, false, err) && (!edges || add_names(npz, c, true, err));
}
