/* ablation.h: what an ablation puts in the place of activations, as a cache that is not of a run:
 * zeros, or the mean over the runs of several texts. pg_mean_make and pg_mean_free are declared in
 * patchgpt.h. */
#ifndef PATCH_ABLATION_H
#define PATCH_ABLATION_H

#include "base/error.h"
#include "gpt2/cache.h"

/* What the caches of a request must hold: a set of activations (cache.h), and whether patterns. */
struct held {
    unsigned set;
    bool patterns;
};
struct held held_for(const enum pg_site *sites, size_t n_sites);

/* False and err if the mean cannot stand in for the activations of n_tokens tokens. */
bool mean_check(const struct pg_model *model, const struct pg_mean *mean, struct held held,
                size_t n_tokens, struct pg_error *err);

/* Makes a cache of zeros, or of a checked mean (NULL: zeros), for positions 0..n_tokens-1. False
 * and err when memory is out. Free with cache_free. */
bool ablation_cache(const struct pg_model *model, const struct pg_mean *mean, struct held held,
                    int n_tokens, struct cache *out, struct pg_error *err);

#endif
