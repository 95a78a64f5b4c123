/* cache.c: see cache.h. */
#include "gpt2/cache.h"

#include "base/memory.h"
#include "tensor/attention.h"

#include <stdlib.h>

static size_t width_of(const struct config *c, enum cached what) {
    return (size_t)(what == CACHED_HIDDEN ? c->n_inner : c->n_embd);
}

static bool in_set(unsigned set, enum cached what) {
    return what == CACHED_V || (set >> what & 1);
}

bool cache_init(struct cache *cache, const struct config *c, int n_tokens, unsigned set,
                struct pg_error *err) {
    const size_t T = (size_t)n_tokens, C = (size_t)c->n_embd, L = (size_t)c->n_layer;
    *cache = (struct cache){
        .n_tokens = n_tokens, .n_embd = c->n_embd, .n_inner = c->n_inner, .n_head = c->n_head};
    cache->key_stride = panel_padded(n_tokens);
    cache->resid = allocate_unset((2 * L + 1) * T, C * sizeof(float), err);
    cache->keys = allocate(L * cache->key_stride * C + NR, sizeof(float), err);
    bool ok = cache->resid && cache->keys;
    for (enum cached what = 0; ok && what < N_CACHED; what++) {
        if (!in_set(set, what)) continue;
        cache->activations[what] =
            allocate_unset(L * T * width_of(c, what) + NR, sizeof(float), err);
        ok = cache->activations[what];
    }
    if (!ok) cache_free(cache);
    return ok;
}

size_t cache_bytes(const struct config *c, int n_tokens, unsigned set) {
    const size_t T = (size_t)n_tokens, C = (size_t)c->n_embd, L = (size_t)c->n_layer;
    size_t floats = (2 * L + 1) * T * C + L * panel_padded(n_tokens) * C;
    for (enum cached what = 0; what < N_CACHED; what++)
        if (in_set(set, what)) floats += L * T * width_of(c, what);
    return floats * sizeof(float);
}

void cache_free(struct cache *cache) {
    free(cache->resid);
    free(cache->keys);
    free(cache->patterns);
    for (enum cached what = 0; what < N_CACHED; what++) free(cache->activations[what]);
    *cache = (struct cache){0};
}

float *cache_resid(const struct cache *cache, int block, enum cut cut) {
    const size_t index = 2 * (size_t)(block + 1) - (cut == CUT_MID);
    return cache->resid + index * (size_t)cache->n_tokens * (size_t)cache->n_embd;
}

float *cache_keys(const struct cache *cache, int block, int head) {
    const size_t width = (size_t)(cache->n_embd / cache->n_head);
    return cache->keys +
           ((size_t)block * (size_t)cache->n_head + (size_t)head) * width * cache->key_stride;
}

int cache_width(const struct cache *cache, enum cached what) {
    return what == CACHED_HIDDEN ? cache->n_inner : cache->n_embd;
}

float *cache_get(const struct cache *cache, enum cached what, int block) {
    return cache->activations[what] +
           (size_t)block * (size_t)cache->n_tokens * (size_t)cache_width(cache, what);
}

float *cache_pattern(const struct cache *cache, int block, int head) {
    const size_t T = (size_t)cache->n_tokens;
    return cache->patterns + ((size_t)block * (size_t)cache->n_head + (size_t)head) * T * T;
}
