/* circuit_walk.h: the arithmetic of circuits: their runs, several in one walk over the blocks.
 * Which runs are needed is circuit.h's. */
#ifndef CIRCUIT_CIRCUIT_WALK_H
#define CIRCUIT_CIRCUIT_WALK_H

#include "circuit/edge_set.h"
#include "gpt2/cache.h"
#include "patch/metric.h"

/* The texts that circuits are run on, which differ up to the read position. */
struct circuit_texts {
    const struct pg_model *model;
    const struct pg_request *request;
    const struct cache *corrupt; /* up to the read position: queries, z, mlp_out; of an ablation as
                                    outside_make makes it */
    const struct metric *metric;
};

/* Fills in the metric of n circuits. False and err when memory or threads are out. */
bool run_circuits(const struct circuit_texts *texts, const struct edge_set *sets, size_t n,
                  float *values, struct pg_error *err);

#endif
