/* graph_npz.h: edges and paths as arrays of a .npz file. What else the file has is result_npz.h's.
 */
#ifndef REPORT_GRAPH_NPZ_H
#define REPORT_GRAPH_NPZ_H

#include "report/npz.h"

/* Adds the arrays of a result of edges or paths: edges, edges_score and, unless it is an ablation,
 * edges_recovered [sender, receiver], NaN where there is no edge or it was not patched; paths and
 * paths_recovered [sender]; and the names, senders [sender] and, of edges, receivers [receiver].
 * False and err on failure. */
bool graph_arrays(struct npz *npz, const struct pg_model *model, const struct pg_result *result,
                  struct pg_error *err);

#endif
