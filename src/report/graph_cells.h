/* graph_cells.h: what reports say of edges and paths: names, and scores. */
#ifndef REPORT_GRAPH_CELLS_H
#define REPORT_GRAPH_CELLS_H

#include "base/error.h"
#include "patch/graph.h"

/* Whether the cells of a result are edges or paths. */
bool is_graph(const struct pg_result *result);

/* How much an edge helps the metric: m(base) - m(patched), or where the clean run is put into the
 * corrupted one m(patched) - m(base). */
float edge_score(const struct pg_result *result, const struct pg_cell *cell);

/* The readers that paths end at, with commas between them; "" for other results. Free with free().
 * NULL and err when memory is out. */
char *receiver_list(const struct pg_result *result, struct pg_error *err);

/* The names of n readers, likewise. */
char *receivers_text(const struct pg_receiver *receivers, size_t n, struct pg_error *err);

/* "L0H1->L9H9.q"; of a path, "L0H1". */
struct edge_name {
    char text[2 * NODE_NAME_SIZE + 2];
};
struct edge_name edge_name(const struct pg_cell *cell);

#endif
