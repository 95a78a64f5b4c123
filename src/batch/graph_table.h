/* graph_table.h: reads the CSV of edges or paths (<id>.csv) back, with a check of its bytes. */
#ifndef BATCH_GRAPH_TABLE_H
#define BATCH_GRAPH_TABLE_H

#include "batch/summary.h"
#include "patch/graph.h"

/* An edge, or the sender of paths, of an experiment. */
struct edge_cell {
    size_t sender, receiver; /* their numbers in the graph; receiver of paths: 0 */
    float value, recovered;  /* recovered: NaN where the field is empty */
    float score;             /* of edges */
};

struct edge_cells {
    struct edge_cell *items;
    size_t n;
};

/* A configuration with the sizes that a graph depends on. */
struct config graph_config(const struct graph_row *graph);

/* Reads the name of a reader to which an edge leads from the sender, in a model of these sizes.
 * False if it is not one. */
bool graph_read_edge(const struct config *config, const char *name, const struct pg_sender *sender,
                     struct pg_receiver *out);

/* Reads the table of a row of edges or paths, in the file path. False and err, which names file,
 * line and column, if its bytes are not what the row says, or a field is wrong: a name that the
 * row's model does not have, an edge against the flow, or other readers than the row's. Free with
 * edge_cells_free, also after failure. */
bool graph_table_read(const char *path, const struct summary_row *row, struct edge_cells *out,
                      struct pg_error *err);
void edge_cells_free(struct edge_cells *cells);

#endif
