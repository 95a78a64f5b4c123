/* senders.c: see senders.h. */
#include "patch/senders.h"

#include <string.h>

const float *sender_row(const struct cache *cache, const struct pg_sender *s, int position,
                        int *width) {
    const int C = cache->n_embd, D = C / cache->n_head;
    const size_t at = (size_t)position * (size_t)C;
    *width = s->component == PG_HEAD ? D : C;
    switch (s->component) {
    case PG_HEAD:
        return cache_get(cache, CACHED_Z, s->layer) + at + s->head * D;
    case PG_MLP:
        return cache_get(cache, CACHED_MLP_OUT, s->layer) + at;
    default:
        return cache_resid(cache, -1, CUT_POST) + at;
    }
}

bool sender_is_same(const struct patching *p, const struct pg_sender *s, int position) {
    int width;
    const float *base = sender_row(p->base, s, position, &width);
    return memcmp(base, sender_row(p->source, s, position, &width), (size_t)width * sizeof *base) ==
           0;
}

int sender_first_changed(const struct patching *p, const struct pg_sender *s) {
    int t = p->first_difference;
    while (t < p->base->n_tokens && sender_is_same(p, s, t)) t++;
    return t;
}
