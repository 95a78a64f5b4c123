/* heads.h: the sites inside an attention head, z, q, k, v and pattern, at one position or at all:
 * each changes the head's columns of z. */
#ifndef PATCH_HEADS_H
#define PATCH_HEADS_H

#include "patch/site.h"

/* The first position whose z the patch can change; n_tokens if the patched activation has the same
 * bits in both runs, so that the patch has no effect. */
int heads_first_changed(const struct patching *patching, const struct pg_cell *cell);

/* z holds rows first_position..T-1 of the block's z in the base run, C floats each, row stride ldz.
 * Replaces the head's D columns by what the patch makes of them. scratch: attend_scratch() floats
 * (gpt2/forward.h). */
void heads_patch(const struct patching *patching, const struct pg_cell *cell, int first_position,
                 const struct kernels *kernels, float *z, size_t ldz, float *scratch);

/* The weights of keys 0..t in the pattern of a cell's head in a run, the base or the source. out:
 * attention_row_size(t + 1) floats. */
void heads_pattern_row(const struct patching *patching, const struct cache *cache,
                       const struct pg_cell *cell, int t, const struct kernels *kernels,
                       float *out);

#endif
