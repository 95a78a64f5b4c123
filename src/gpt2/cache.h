/* cache.h: the activations of one forward pass, kept for patching (TransformerLens' "cache"). */
#ifndef GPT2_CACHE_H
#define GPT2_CACHE_H

#include "model/model.h"

/* Where rows can enter the residual stream: after a block's attention is added (resid_mid), or
 * after its MLP is added (resid_post). The embeddings are CUT_POST of block -1. */
enum cut { CUT_MID, CUT_POST };

/* Activations of every block, n_tokens x n_embd each, heads side by side. */
enum kept { KEPT_VALUES, KEPT_QUERIES, KEPT_Z, KEPT_ATTN_OUT, KEPT_MLP_OUT, N_KEPT };

struct cache {
    int n_tokens, n_embd, n_head;
    float *resid;        /* at every cut, from the embeddings on: n_tokens x n_embd each */
    float *keys;         /* per block and head, transposed: n_embd / n_head x key_stride */
    size_t key_stride;   /* n_tokens rounded up to whole panels */
    float *kept[N_KEPT]; /* per block; NULL for what is not kept; a panel more can be read at the
                              end of keys and values */
};

/* Makes room for the residual stream, keys and values; with_all: for everything else, which some
 * sites need. */
bool cache_init(struct cache *cache, const struct config *config, int n_tokens, bool with_all,
                struct pg_error *err);
void cache_free(struct cache *cache);

/* Bytes that cache_init takes. */
size_t cache_bytes(const struct config *config, int n_tokens, bool with_all);

/* n_tokens x n_embd: the residual stream at a cut. */
float *cache_resid(const struct cache *cache, int block, enum cut cut);

/* n_embd / n_head x key_stride: one head's keys, element (d, position). */
float *cache_keys(const struct cache *cache, int block, int head);

/* n_tokens x n_embd: another activation of a block, which must be kept. */
float *cache_kept(const struct cache *cache, enum kept what, int block);

#endif
