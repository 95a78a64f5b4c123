/* circuit.h: runs of circuits, which pg_run_circuits of patchgpt_circuit.h is; here for sets of
 * edges. */
#ifndef CIRCUIT_CIRCUIT_H
#define CIRCUIT_CIRCUIT_H

#include "circuit/edge_set.h"

/* pg_run_circuits for sets. */
struct pg_circuits *run_edge_sets(const struct pg_model *model, const struct pg_request *request,
                                  const struct edge_set *sets, size_t n, struct pg_error *err);

#endif
