/* mean_graph_json.h: the mean scores of edges as a graph in JSON, in the format of
 * report/graph_file.h: mean_graph.json. */
#ifndef BATCH_MEAN_GRAPH_JSON_H
#define BATCH_MEAN_GRAPH_JSON_H

#include "batch/mean_graph.h"

#include <cjson/cJSON.h>

/* What a group is, for meta: its metric, direction and intervention, the readers of paths, and the
 * number of experiments. Delete with cJSON_Delete. NULL when memory is out. */
cJSON *graph_group_object(const struct mean_graph *mean, size_t group);

/* The whole file of the first group, after mean_graph_order; batch: as for mean_graph_npz_write.
 * *size bytes, to be freed with free(). NULL and err when memory is out. */
char *mean_graph_json(const struct mean_graph *mean, uint32_t batch, size_t *size,
                      struct pg_error *err);

#endif
