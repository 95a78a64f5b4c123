/* work_graph.h: edges and paths as kinds of work, where they are not as all experiments
 * (work_experiment.h): the functions of their rows in work.c. Results are struct pg_result. */
#ifndef BATCH_WORK_GRAPH_H
#define BATCH_WORK_GRAPH_H

#include "batch/work.h"

/* Makes the row one of edges or of paths, as the request is. False and err when memory is out. */
bool graph_begin_row(const struct pg_model *model, const struct pg_request *request,
                     struct summary_row *row, struct pg_error *err);

bool edges_write_means(const struct mean_output *output, struct pg_error *err);
bool paths_write_means(const struct mean_output *output, struct pg_error *err);

#endif
