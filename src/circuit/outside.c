/* outside.c: see outside.h. */
#include "circuit/outside.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "tensor/attention.h"

#include <stdlib.h>
#include <string.h>

/* The cache, and a stack with one run whose rows are the stream. */
struct outside {
    const struct pg_model *model;
    struct cache *cache;
    struct stack stack;
    float *kv; /* T x 2 C: keys, values */
};

/* queries = LN1(x) Wq + bq; keys and values likewise. */
static void make_vectors(const struct outside *o, int block) {
    const struct block *b = &o->model->blocks[block];
    const struct config *c = &o->model->config;
    const struct stack *s = &o->stack;
    const int T = o->cache->n_tokens, C = c->n_embd, D = C / c->n_head;
    norm_rows(&s->executor, T, C, s->x, (size_t)C, &b->ln_1, s->normed, s->normed_stride);
    matmul(&s->executor, T, s->normed, s->normed_stride, &b->q.weight, b->q.bias, EPILOGUE_STORE,
           cache_get(o->cache, CACHED_Q, block), (size_t)C);
    matmul(&s->executor, T, s->normed, s->normed_stride, &b->kv.weight, b->kv.bias, EPILOGUE_STORE,
           o->kv, 2 * (size_t)C);
    float *values = cache_get(o->cache, CACHED_V, block);
    for (size_t t = 0; t < (size_t)T; t++)
        memcpy(values + t * (size_t)C, o->kv + (2 * t + 1) * (size_t)C, (size_t)C * sizeof *values);
    for (int head = 0; head < c->n_head; head++)
        transpose_keys(T, D, o->kv + head * D, 2 * (size_t)C, cache_keys(o->cache, block, head),
                       o->cache->key_stride);
}

/* From resid_pre to resid_post in x, both cuts cached. */
static void add_block(struct outside *o, int block) {
    struct stack *s = &o->stack;
    const size_t C = (size_t)o->model->config.n_embd, T = (size_t)o->cache->n_tokens;
    const float *z = cache_get(o->cache, CACHED_Z, block);
    const float *mlp_out = cache_get(o->cache, CACHED_MLP_OUT, block);
    for (size_t t = 0; t < T; t++) memcpy(s->z + t * s->normed_stride, z + t * C, C * sizeof *z);
    stack_project_z(s, block, 0);
    memcpy(cache_resid(o->cache, block, CUT_MID), s->x, T * C * sizeof *s->x);
    for (size_t i = 0; i < T * C; i++) s->x[i] += mlp_out[i];
    memcpy(cache_resid(o->cache, block, CUT_POST), s->x, T * C * sizeof *s->x);
}

bool outside_make(const struct pg_model *model, struct cache *cache, struct pg_error *err) {
    const int T = cache->n_tokens;
    const size_t C = (size_t)model->config.n_embd;
    struct outside o = {.model = model, .cache = cache};
    o.kv = allocate_unset((size_t)T * 2, C * sizeof *o.kv, err);
    const bool ok = o.kv && stack_init(&o.stack, model, T, 1, T, 0, err);
    if (ok) {
        memcpy(stack_add_run(&o.stack, (struct run){.n_tokens = T}),
               cache_resid(cache, -1, CUT_POST), (size_t)T * C * sizeof(float));
        for (int b = 0; b < model->config.n_layer; b++) {
            make_vectors(&o, b);
            add_block(&o, b);
        }
    }
    stack_free(&o.stack);
    free(o.kv);
    return ok;
}
