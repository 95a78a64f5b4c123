/* operations.h: how much arithmetic a run has to do, counted from the model's shape and the texts
 * alone: what the formulas ask for, whatever the engine really does. A multiplication and an
 * addition are two operations.
 *
 * For gpt2 and 11 tokens that differ from position 1 on: the sweep 45.6 GFLOP, the two texts 3.7.
 */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "model/config.h"

struct operations {
    double products;  /* FLOP in products with the blocks' weights */
    double attention; /* FLOP in scores and in mixing the values */
    double logits;    /* FLOP in products with the unembedding */

    /* Numbers that go through the row operations; their FLOP are not counted. */
    double scores; /* softmax: (query, key) pairs of all heads */
    double gelu;
    double norm;
};

/* All FLOP. */
double operations_flop(const struct operations *operations);

/* The forward passes of two texts that are the same before position `differ`; both logits in full.
 */
struct operations count_texts(const struct config *config, int n_tokens, int differ);

/* The sweep over these cells at the site resid_post, with a metric of two logits. */
struct operations count_sweep(const struct config *config, int n_tokens, int differ,
                              const struct pg_cell *cells, size_t n_cells);

/* The same for edges: of each the product that its rows join with, and all after it. What the
 * sender writes, and the reader's own columns, are left out: 2 % of it. */
struct operations count_edges(const struct config *config, int n_tokens, int differ,
                              const struct pg_cell *cells, size_t n_cells);

#endif
