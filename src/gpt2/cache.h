/* cache.h: the activations of one run, cached for patching, as TransformerLens' ActivationCache. */
#ifndef GPT2_CACHE_H
#define GPT2_CACHE_H

#include "model/model.h"

/* Where rows enter the residual stream: after a block's attention is added (resid_mid), or after
 * its MLP is added (resid_post). The embeddings are CUT_POST of block -1. */
enum cut { CUT_MID, CUT_POST };

/* What is cached of every block besides the residual stream and the keys: n_tokens rows, of n_embd
 * floats with heads side by side, or of n_inner floats for the MLP's hidden layer (after the
 * activation function). */
enum cached {
    CACHED_V,
    CACHED_Q,
    CACHED_Z,
    CACHED_ATTN_OUT,
    CACHED_MLP_OUT,
    CACHED_HIDDEN,
    N_CACHED
};

/* A set of them: the sum of 1 << CACHED_Q and the like. */
enum { CACHE_ALL = (1 << N_CACHED) - 1 };

struct cache {
    int n_tokens, n_embd, n_inner, n_head;
    float *resid;      /* at every cut, the embeddings first: n_tokens x n_embd each */
    float *keys;       /* of every block and head, transposed: n_embd / n_head x key_stride each */
    size_t key_stride; /* n_tokens rounded up to whole panels */
    float *activations[N_CACHED]; /* of every block; NULL if not cached. Like keys padded by NR
                                     floats, because kernels read whole panels */
    float *patterns; /* of every block and head: n_tokens x n_tokens. NULL, except in a cache that
                        is not of a run: elsewhere patterns follow from queries and keys */
};

/* Allocates room for the residual stream, keys, values and a set of other activations. False and
 * err when memory is out. Free with cache_free. */
bool cache_init(struct cache *cache, const struct config *config, int n_tokens, unsigned set,
                struct pg_error *err);
void cache_free(struct cache *cache);

/* Bytes that cache_init allocates. */
size_t cache_bytes(const struct config *config, int n_tokens, unsigned set);

/* The residual stream at a cut: n_tokens x n_embd. */
float *cache_resid(const struct cache *cache, int block, enum cut cut);

/* One head's keys, element (d, position): n_embd / n_head x key_stride. */
float *cache_keys(const struct cache *cache, int block, int head);

/* Another activation of a block, which must be cached: n_tokens x cache_width(). */
float *cache_get(const struct cache *cache, enum cached what, int block);

/* n_inner for the hidden layer, n_embd for the others. */
int cache_width(const struct cache *cache, enum cached what);

/* One head's pattern, where patterns are cached: n_tokens x n_tokens. */
float *cache_pattern(const struct cache *cache, int block, int head);

#endif
