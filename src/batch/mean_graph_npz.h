/* mean_graph_npz.h: the means of edges or paths as arrays for NumPy: mean_edges.npz,
 * mean_paths.npz. */
#ifndef BATCH_MEAN_GRAPH_NPZ_H
#define BATCH_MEAN_GRAPH_NPZ_H

#include "batch/mean_graph.h"

/* Writes into the folder, for each group, edges_score, edges and edges_recovered [sender,
 * receiver], or paths and paths_recovered [sender], each with the arrays of average_npz.h and NaN
 * where there is no mean; with "kind2_" before the names for the second group, and so on; senders
 * and receivers, the names; and meta, which says what each group is. batch: the checksum of the
 * batch, 0: unknown. After mean_graph_order, of means with at least one group. False and err on
 * failure. */
bool mean_graph_npz_write(const struct mean_graph *mean, uint32_t batch, const char *folder,
                          struct pg_error *err);

#endif
