/* graph_cells.h: what reports say of edges and paths: names, and scores. */
#ifndef REPORT_GRAPH_CELLS_H
#define REPORT_GRAPH_CELLS_H

#include "base/error.h"
#include "patch/graph.h"

/* Whether the cells of a result are edges or paths. */
bool is_graph(const struct pg_result *result);

/* Fails unless they are edges, which files of graphs are of. */
bool need_edges(const struct pg_result *result, struct pg_error *err);

/* How much an edge helps the metric: m(base) - m(patched), or where the clean run is put into the
 * corrupted one m(patched) - m(base). */
float edge_score(const struct pg_result *result, const struct pg_cell *cell);

/* Writes the name of a sender, or of a reader, in the order of the graph. */
void write_node(const struct config *config, bool reader, size_t node, char out[NODE_NAME_SIZE]);

/* The readers that paths end at, with commas between them; "" for other results. Free with free().
 * NULL and err when memory is out. */
char *receiver_list(const struct pg_result *result, struct pg_error *err);

/* The names of n readers, likewise. */
char *receivers_text(const struct pg_receiver *receivers, size_t n, struct pg_error *err);

/* The nodes that an edge or path of the result has, with commas between them: NULL in *senders if
 * these are all that can be, in *readers if these are all; of paths *readers are those that they
 * end at. Free both with free(). False and err when memory is out. */
bool node_lists(const struct pg_model *model, const struct pg_result *result, char **senders,
                char **readers, struct pg_error *err);

/* "L0H1->L9H9.q"; of a path, "L0H1". */
struct edge_name {
    char text[2 * NODE_NAME_SIZE + 2];
};
struct edge_name edge_name(const struct pg_cell *cell);

#endif
