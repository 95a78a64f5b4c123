/* outside.h: what the readers of a circuit read where they have no edge, if components outside of
 * it are ablated: the residual stream in which every component writes zeros, or its mean, and the
 * queries, keys and values that heads make of it. It stands for the corrupted run. */
#ifndef CIRCUIT_OUTSIDE_H
#define CIRCUIT_OUTSIDE_H

#include "gpt2/cache.h"

/* Makes it of a cache of ablated activations (patch/ablation.h: queries, z, mlp_out), in place:
 *
 *     resid_mid  = resid_pre + z Wo + bo      z and mlp_out: the ablated ones
 *     resid_post = resid_mid + mlp_out
 *     q, k, v    = LN1(resid_pre) W + b
 *
 * False and err when memory or threads are out. */
bool outside_make(const struct pg_model *model, struct cache *cache, struct pg_error *err);

#endif
