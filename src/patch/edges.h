/* edges.h: edge patches. Only what one receiver reads changes: to the base run's residual stream
 * plus (what the sender writes in the source run - what it writes in the base run), at all
 * positions; the receiver's layer norm and all that comes after are computed anew. What a component
 * writes is its product from 0: a head's z times its rows of attn_proj, an MLP's output with its
 * bias. The graph that the edges are of is graph.h's. */
#ifndef PATCH_EDGES_H
#define PATCH_EDGES_H

#include "patch/site.h"

/* The entry of an edge. False if it cannot change the prediction after the last position: the
 * sender writes the same bits in both runs, or, where only position T-1 counts, there. */
bool edge_entry(const struct patching *patching, const struct pg_cell *cell, struct entry *out);

/* Writes the rows that enter, first_position..T-1, C floats each: to x the residual stream at the
 * entry's cut (JOIN_Z: resid_pre); to other, row stride ldo, for JOIN_Z the block's z, for
 * JOIN_MLP_INPUT what the MLP takes. scratch: edge_scratch() floats. */
void edge_rows(const struct patching *patching, const struct pg_cell *cell,
               const struct entry *entry, const struct kernels *kernels, float *x, float *other,
               size_t ldo, float *scratch);

/* Floats of scratch for edge_rows with at most max_tokens positions. */
size_t edge_scratch(const struct config *config, int max_tokens);

#endif
