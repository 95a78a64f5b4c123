/* senders.c: see senders.h. */
#include "patch/senders.h"

#include "tensor/small_product.h"

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

void head_change(const struct pg_model *model, const struct pg_sender *head,
                 const struct kernels *kernels, int n, const float *both, float *written,
                 float *change, float *scratch) {
    const int C = model->config.n_embd, D = C / model->config.n_head;
    const struct matrix proj =
        matrix_inputs(&model->blocks[head->layer].attn_proj.weight, head->head * D, D);
    const size_t size = (size_t)n * (size_t)C;
    small_product(kernels, 2 * n, both, (size_t)D, &proj, NULL, written, (size_t)C, scratch);
    for (size_t i = 0; i < size; i++) change[i] = written[i] - written[size + i];
}
