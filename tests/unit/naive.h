/* naive.h: GPT-2 as the definition reads, one text at a time, every position, nothing cached or
 * skipped. For tests.
 *
 * It keeps to the numeric contract with scalar code: a product is fmaf in the order k = 0, 1, 2,
 * ...; softmax, layer norm and activation are the library's row functions, one row at a time
 * (test_kernels.c checks those against libm). A hook may replace any activation: the one
 * definition of a patch that the sweep must equal bit for bit. */
#ifndef TESTS_NAIVE_H
#define TESTS_NAIVE_H

#include "model/model.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum activation_name {
    RESID_PRE,
    Q,
    K,
    V,
    PATTERN,
    Z,
    ATTN_OUT,
    RESID_MID,
    HIDDEN,
    MLP_OUT,
    RESID_POST
};

/* Called with each activation of each block, rows x columns; q, k, v, z: T x C with heads side by
 * side; pattern: H T rows of T; hidden: T x n_inner. */
typedef void hook(void *context, enum activation_name name, int block, float *x);

static float weight(const struct matrix *m, int k, int j) {
    float w;
    kernels_default()->widen(m->dtype, matrix_at(m, k, j), 1, &w);
    return w;
}

static void naive_linear(int rows, const float *x, const struct matrix *m, const float *bias,
                         float *out) {
    float *w = malloc((size_t)m->n_in * sizeof *w);
    for (int j = 0; j < m->n_out; j++) {
        for (int k = 0; k < m->n_in; k++) w[k] = weight(m, k, j);
        for (int i = 0; i < rows; i++) {
            float acc = bias ? bias[j] : 0;
            for (int k = 0; k < m->n_in; k++) acc = fmaf(x[i * m->n_in + k], w[k], acc);
            out[i * m->n_out + j] = acc;
        }
    }
    free(w);
}

static void naive_norm(const struct pg_model *m, int rows, const float *x, const struct norm *norm,
                       float *out) {
    const int C = m->config.n_embd;
    for (int i = 0; i < rows; i++) kernels_default()->layer_norm(C, x + i * C, norm, out + i * C);
}

static void naive_activate(const struct pg_model *m, int n, float *x) {
    const struct kernels *kernels = kernels_default();
    const enum activation a = m->config.activation;
    (a == ACTIVATION_RELU       ? kernels->relu
     : a == ACTIVATION_GELU_ERF ? kernels->gelu_erf
                                : kernels->gelu_tanh)(n, x);
}

static void naive_pattern(const struct config *c, int block, int T, const float *q, const float *k,
                          float *pattern) {
    const int C = c->n_embd, D = C / c->n_head;
    float scale = 1;
    if (c->scale_attn_weights) scale /= sqrtf((float)D);
    if (c->scale_attn_by_inverse_layer_idx) scale /= (float)(block + 1);
    for (int h = 0; h < c->n_head; h++)
        for (int t = 0; t < T; t++) {
            float *row = pattern + (h * T + t) * T;
            memset(row, 0, (size_t)T * sizeof *row);
            for (int s = 0; s <= t; s++)
                for (int d = 0; d < D; d++)
                    row[s] = fmaf(q[t * C + h * D + d], k[s * C + h * D + d], row[s]);
            kernels_default()->softmax(t + 1, row, scale);
        }
}

static void naive_mix(const struct config *c, int T, const float *pattern, const float *v,
                      float *z) {
    const int C = c->n_embd, D = C / c->n_head;
    for (int h = 0; h < c->n_head; h++)
        for (int t = 0; t < T; t++)
            for (int d = 0; d < D; d++) {
                float acc = 0;
                for (int s = 0; s <= t; s++)
                    acc = fmaf(pattern[(h * T + t) * T + s], v[s * C + h * D + d], acc);
                z[t * C + h * D + d] = acc;
            }
}

static void naive_block(const struct pg_model *m, int b, int T, float *x, hook *f, void *context) {
    const struct config *c = &m->config;
    const struct block *w = &m->blocks[b];
    const int C = c->n_embd, n = T * C;
    float *h = calloc((size_t)n, 4), *q = malloc((size_t)n * 4), *kv = malloc((size_t)n * 8),
          *k = malloc((size_t)n * 4), *v = malloc((size_t)n * 4), *z = malloc((size_t)n * 4),
          *out = malloc((size_t)n * 4), *pattern = malloc((size_t)(c->n_head * T * T) * 4),
          *hidden = malloc((size_t)(T * c->n_inner) * 4);
    f(context, RESID_PRE, b, x);
    naive_norm(m, T, x, &w->ln_1, h);
    naive_linear(T, h, &w->q.weight, w->q.bias, q);
    naive_linear(T, h, &w->kv.weight, w->kv.bias, kv);
    for (int t = 0; t < T; t++) {
        memcpy(k + t * C, kv + 2 * t * C, (size_t)C * 4);
        memcpy(v + t * C, kv + 2 * t * C + C, (size_t)C * 4);
    }
    f(context, Q, b, q);
    f(context, K, b, k);
    f(context, V, b, v);
    naive_pattern(c, b, T, q, k, pattern);
    f(context, PATTERN, b, pattern);
    naive_mix(c, T, pattern, v, z);
    f(context, Z, b, z);
    naive_linear(T, z, &w->attn_proj.weight, w->attn_proj.bias, out);
    f(context, ATTN_OUT, b, out);
    for (int i = 0; i < n; i++) x[i] += out[i];
    f(context, RESID_MID, b, x);
    naive_norm(m, T, x, &w->ln_2, h);
    naive_linear(T, h, &w->fc.weight, w->fc.bias, hidden);
    naive_activate(m, T * c->n_inner, hidden);
    f(context, HIDDEN, b, hidden);
    naive_linear(T, hidden, &w->mlp_proj.weight, w->mlp_proj.bias, out);
    f(context, MLP_OUT, b, out);
    for (int i = 0; i < n; i++) x[i] += out[i];
    f(context, RESID_POST, b, x);
    free(h), free(q), free(kv), free(k), free(v), free(z), free(out), free(pattern), free(hidden);
}

/* The logits of all tokens after the last position: n_vocab, to be freed. noise: T x C, added to
 * the token embeddings; or NULL. */
static float *naive_forward_noised(const struct pg_model *m, const int *ids, const float *noise,
                                   int T, hook *f, void *context) {
    const int C = m->config.n_embd;
    float *x = malloc((size_t)(T * C) * 4), *logits = malloc((size_t)m->config.n_vocab * 4);
    for (int t = 0; t < T; t++)
        for (int j = 0; j < C; j++) {
            float token = weight(&m->wte, ids[t], j);
            if (noise) token += noise[t * C + j];
            x[t * C + j] = token + weight(&m->wpe, t, j);
        }
    for (int b = 0; b < m->config.n_layer; b++) naive_block(m, b, T, x, f, context);
    naive_norm(m, 1, x + (T - 1) * C, &m->ln_f, x);
    naive_linear(1, x, &m->unembed, NULL, logits);
    free(x);
    return logits;
}

static inline float *naive_forward(const struct pg_model *m, const int *ids, int T, hook *f,
                                   void *context) {
    return naive_forward_noised(m, ids, NULL, T, f, context);
}

#endif
