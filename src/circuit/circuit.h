/* circuit.h: runs of circuits, which pg_run_circuits of patchgpt_circuit.h is; here for sets of
 * edges, and for many of them one after the other. */
#ifndef CIRCUIT_CIRCUIT_H
#define CIRCUIT_CIRCUIT_H

#include "circuit/edge_set.h"
#include "gpt2/cache.h"
#include "patch/metric.h"

/* An experiment's texts, run once for all circuits; of an ablation one text's, and what is outside
 * of the circuits. */
struct circuit_base {
    const struct pg_model *model;
    struct pg_request request;
    struct question question;
    struct cache corrupt;
    float *logits; /* clean, corrupt */
    struct metric metric;
    float clean_metric, corrupt_metric, all; /* as in struct pg_circuits */
};

/* Runs the texts, and the circuits of no edge and of all. Lists of the request must outlive it.
 * False and err if the request does not fit the model, or memory is out. Free with
 * circuit_base_free, also after failure. */
bool circuit_base_make(const struct pg_model *model, const struct pg_request *request,
                       struct circuit_base *out, struct pg_error *err);
void circuit_base_free(struct circuit_base *base);

/* Fills in the metric of n sets. False and err when memory or threads are out. */
bool circuit_values(const struct circuit_base *base, const struct edge_set *sets, size_t n,
                    float *values, struct pg_error *err);

/* pg_run_circuits for sets. */
struct pg_circuits *run_edge_sets(const struct pg_model *model, const struct pg_request *request,
                                  const struct edge_set *sets, size_t n, struct pg_error *err);

#endif
