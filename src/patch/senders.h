/* senders.h: what a component writes, in the base run and in the source run. */
#ifndef PATCH_SENDERS_H
#define PATCH_SENDERS_H

#include "patch/site.h"

/* One row of what a sender writes, or for a head of its z, which that follows from: *width
 * numbers. */
const float *sender_row(const struct cache *cache, const struct pg_sender *sender, int position,
                        int *width);

/* Whether it has the same bits in both runs at a position. */
bool sender_is_same(const struct patching *patching, const struct pg_sender *sender, int position);

/* The first position where it has not; n_tokens if there is not one. */
int sender_first_changed(const struct patching *patching, const struct pg_sender *sender);

/* change = z Wo - other Wo, n x n_embd: how what a head writes, its z times its rows of attn_proj,
 * differs between two runs. both: z of n rows, then those of the other run, n_embd / n_head numbers
 * each. written: 2 n x n_embd, where change may begin. scratch: small_product_scratch(n_embd)
 * floats (tensor/small_product.h). */
void head_change(const struct pg_model *model, const struct pg_sender *head,
                 const struct kernels *kernels, int n, const float *both, float *written,
                 float *change, float *scratch);

#endif
