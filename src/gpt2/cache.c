/* cache.c: see cache.h. */
#include "gpt2/cache.h"

#include "base/memory.h"
#include "tensor/attention.h"

#include <stdlib.h>

bool cache_init(struct cache *cache, const struct config *c, int n_tokens, bool with_all,
                struct pg_error *err) {
    const size_t T = (size_t)n_tokens, C = (size_t)c->n_embd, L = (size_t)c->n_layer;
    *cache = (struct cache){.n_tokens = n_tokens, .n_embd = c->n_embd, .n_head = c->n_head};
    cache->key_stride = whole_panels(n_tokens);
    cache->resid = allocate_unset((2 * L + 1) * T, C * sizeof(float), err);
    cache->keys = allocate(L * cache->key_stride * C + PANEL, sizeof(float), err);
    bool ok = cache->resid && cache->keys;
    for (enum kept what = 0; ok && what < N_KEPT; what++) {
        if (what != KEPT_VALUES && !with_all) continue;
        cache->kept[what] = allocate_unset(L * T * C + PANEL, sizeof(float), err);
        ok = cache->kept[what];
    }
    if (!ok) cache_free(cache);
    return ok;
}

size_t cache_bytes(const struct config *c, int n_tokens, bool with_all) {
    const size_t T = (size_t)n_tokens, C = (size_t)c->n_embd, L = (size_t)c->n_layer;
    const size_t kept = with_all ? N_KEPT : 1;
    return ((2 * L + 1) * T + L * whole_panels(n_tokens) + kept * L * T) * C * sizeof(float);
}

void cache_free(struct cache *cache) {
    free(cache->resid);
    free(cache->keys);
    for (enum kept what = 0; what < N_KEPT; what++) free(cache->kept[what]);
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

float *cache_kept(const struct cache *cache, enum kept what, int block) {
    return cache->kept[what] + (size_t)block * (size_t)cache->n_tokens * (size_t)cache->n_embd;
}
