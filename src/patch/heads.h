/* heads.h: the patch sites inside an attention head: z, q, k, v, pattern, at one position or at
 * all. */
#ifndef PATCH_HEADS_H
#define PATCH_HEADS_H

#include "patch/site.h"

/* The first position whose z the patch can change; n_tokens if what it puts in is what was there.
 */
int heads_first_changed(const struct patching *patching, const struct pg_cell *cell);

/* z: rows first..T-1 of the block's z in the base run, (T - first) x C, row stride ldz. Puts in the head's part
 * as the patch makes it. scratch: attention_scratch() floats (attention.h). */
void heads_patch(const struct patching *patching, const struct pg_cell *cell, int first,
                 const struct kernels *kernels, float *z, size_t ldz, float *scratch);

#endif
