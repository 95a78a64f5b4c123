/* naive_edge.h: the definition of an edge patch: one full forward pass of the base text, in which
 * one reader takes another input. For tests. */
#ifndef TESTS_NAIVE_EDGE_H
#define TESTS_NAIVE_EDGE_H

#include "naive_patch.h"

struct naive_edge {
    const struct pg_model *model;
    const struct pg_cell *cell;
    const float *change; /* of what the sender writes, T x C: source - base */
    const struct naive_cache *base;
};

/* What a sender writes: T x C, to be freed. embedding: of the text. */
static float *naive_written(const struct pg_model *m, const struct naive_cache *cache,
                            const struct pg_sender *s) {
    const int T = cache->T, C = cache->C, D = C / cache->H;
    const size_t size = (size_t)(T * C) * sizeof(float);
    float *out = malloc(size);
    if (s->component == PG_HEAD) {
        const struct matrix *proj = &m->blocks[s->layer].attn_proj.weight;
        for (int t = 0; t < T; t++)
            for (int j = 0; j < C; j++) {
                float acc = 0;
                for (int d = 0; d < D; d++)
                    acc = fmaf(cache->kept[s->layer][Z][t * C + s->head * D + d],
                               weight(proj, s->head * D + d, j), acc);
                out[t * C + j] = acc;
            }
        return out;
    }
    memcpy(out, s->component == PG_MLP ? cache->kept[s->layer][MLP_OUT] : cache->kept[0][RESID_PRE],
           size);
    return out;
}

/* Norm of the reader's changed input. T x C, to be freed. */
static inline float *naive_input(const struct naive_edge *e, const float *stream,
                                 const struct norm *norm) {
    const int T = e->base->T, C = e->base->C;
    float *x = malloc((size_t)(T * C) * sizeof *x);
    for (int i = 0; i < T * C; i++) x[i] = stream[i] + e->change[i];
    naive_norm(e->model, T, x, norm, x);
    return x;
}

/* Replaces a head's columns of q, k or v. */
static inline void replace_head_input(const struct naive_edge *e, float *x) {
    const struct pg_receiver *r = &e->cell->receiver;
    const struct block *b = &e->model->blocks[r->layer];
    const int T = e->base->T, C = e->base->C, D = C / e->base->H;
    const struct linear *linear = r->reader == PG_READER_Q ? &b->q : &b->kv;
    const int n = linear->weight.n_out, from = r->reader == PG_READER_V ? C : 0;
    float *input = naive_input(e, e->base->kept[r->layer][RESID_PRE], &b->ln_1);
    float *out = malloc((size_t)(T * n) * sizeof *out);
    naive_linear(T, input, &linear->weight, linear->bias, out);
    for (int t = 0; t < T; t++)
        memcpy(x + t * C + r->head * D, out + t * n + from + r->head * D, (size_t)D * sizeof *x);
    free(input), free(out);
}

static inline void replace_mlp_input(const struct naive_edge *e, float *hidden) {
    const struct block *b = &e->model->blocks[e->cell->receiver.layer];
    const int T = e->base->T;
    float *input = naive_input(e, e->base->kept[e->cell->receiver.layer][RESID_MID], &b->ln_2);
    naive_linear(T, input, &b->fc.weight, b->fc.bias, hidden);
    naive_activate(e->model, T * e->base->I, hidden);
    free(input);
}

static inline void replace_input(void *context, enum activation_name name, int block, float *x) {
    static const enum activation_name names[] = {Q, K, V, HIDDEN, RESID_POST};
    const struct naive_edge *e = context;
    const struct pg_receiver *r = &e->cell->receiver;
    const bool logits = r->reader == PG_READER_LOGITS;
    if (name != names[r->reader] || block != (logits ? e->model->config.n_layer - 1 : r->layer))
        return;
    if (r->reader == PG_READER_MLP)
        replace_mlp_input(e, x);
    else if (logits)
        for (int i = 0; i < e->base->T * e->base->C; i++) x[i] += e->change[i];
    else
        replace_head_input(e, x);
}

/* The logits of the run in which an edge of the base text is the source's. source: NULL for
 * zeros. */
static inline float *run_edge(const struct pg_model *model, const int *ids,
                              const struct naive_cache *base, const struct naive_cache *source,
                              const struct pg_cell *cell) {
    float *from = naive_written(model, base, &cell->sender);
    float *change = source ? naive_written(model, source, &cell->sender)
                           : calloc((size_t)(base->T * base->C), sizeof(float));
    for (int i = 0; i < base->T * base->C; i++) change[i] -= from[i];
    struct naive_edge edge = {model, cell, change, base};
    float *logits = naive_forward(model, ids, base->T, replace_input, &edge);
    free(from), free(change);
    return logits;
}

#endif
