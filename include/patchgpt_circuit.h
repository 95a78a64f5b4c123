/* patchgpt_circuit.h: circuits, sets of edges, and how much of a behaviour they carry. Part of the
 * public interface, and included by patchgpt.h, which says what holds for all of it. */
#ifndef PATCHGPT_CIRCUIT_H
#define PATCHGPT_CIRCUIT_H

#include "patchgpt_experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#pragma GCC visibility push(default)
#endif

/* What one component writes, in what one reader reads. */
struct pg_edge {
    struct pg_sender sender;
    struct pg_receiver receiver;
};

/* A set of edges. */
struct pg_circuit {
    const struct pg_edge *edges;
    size_t count;
};

struct pg_circuits {
    float clean_metric;
    float corrupt_metric; /* of the circuit without edges, which is the corrupted text's run, bit
                             for bit; of an ablation, that in which nothing is read */
    float all;            /* of the circuit of all edges: the clean run's but for
                             rounding */
    size_t n;
    float *values; /* of the circuits */
    double seconds;
};

/* Runs circuits on an experiment's texts (clean, corrupt or with and mean, tokens, metric,
 * read_position, memory and progress of the request; the rest is not used). In a circuit's run
 * every reader reads the corrupted run's residual stream plus, for each of its edges in the
 * circuit, (what the sender writes in this run - what it writes in the corrupted run), at all
 * positions; the embeddings are the clean text's; in an ablation, what a component writes in the
 * corrupted run is zeros or its mean (made for PG_EDGES) (Hanna et al. 2024, arXiv:2403.17806).
 * Several are run in one walk over the blocks. NULL and err if the request does not fit the model,
 * an edge does not exist or is given twice, or memory is out. Free with pg_circuits_free. */
struct pg_circuits *pg_run_circuits(const struct pg_model *model, const struct pg_request *request,
                                    const struct pg_circuit *circuits, size_t n,
                                    struct pg_error *err);

/* Frees the values; NULL is allowed. */
void pg_circuits_free(struct pg_circuits *circuits);

/* (value - none) / (all - none): the share of the difference between no edge and all edges that a
 * circuit carries; NaN for 0/0; never -0. */
float pg_faithfulness(float value, float all, float none);

#if defined __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
