/* work_graph.c: see work_graph.h. */
#include "batch/work_graph.h"

#include "batch/mean_graph_files.h"
#include "batch/summary.h"
#include "report/graph_cells.h"

bool graph_begin_row(const struct pg_model *model, const struct pg_request *request,
                     struct summary_row *row, struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    struct graph_row *graph = &row->graph;
    graph->n_layer = info.n_layer;
    graph->n_head = info.n_head;
    graph->n_embd = info.n_embd;
    row->kind = request->sites[0] == PG_EDGES ? WORK_EDGES : WORK_PATHS;
    if (row->kind == WORK_EDGES) return true;
    graph->frozen_mlps = request->frozen & PG_FROZEN_MLPS;
    return (graph->readers = receivers_text(request->receivers, request->n_receivers, err));
}

bool edges_write_means(const struct mean_output *output, struct pg_error *err) {
    return mean_graphs_write(WORK_EDGES, output, err);
}

bool paths_write_means(const struct mean_output *output, struct pg_error *err) {
    return mean_graphs_write(WORK_PATHS, output, err);
}
