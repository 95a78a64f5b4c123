/* readers.c: see readers.h. */
#include "patch/readers.h"

const float *reader_stream(const struct pg_model *model, const struct cache *cache,
                           const struct pg_receiver *r) {
    if (r->reader == PG_READER_LOGITS)
        return cache_resid(cache, model->config.n_layer - 1, CUT_POST);
    return r->reader == PG_READER_MLP ? cache_resid(cache, r->layer, CUT_MID)
                                      : cache_resid(cache, r->layer - 1, CUT_POST);
}

struct linear reader_linear(const struct pg_model *model, const struct pg_receiver *r) {
    const struct block *b = &model->blocks[r->layer];
    const int C = model->config.n_embd, D = C / model->config.n_head;
    const struct linear *all = r->reader == PG_READER_Q ? &b->q : &b->kv;
    const int column = (r->reader == PG_READER_V ? C : 0) + r->head * D;
    return (struct linear){matrix_outputs(&all->weight, column, D), all->bias + column};
}
