/* fingerprint.c: pg_model_fingerprint, a checksum over a sample of the weights, so that it is
 * quick. */
#include "model/model.h"

#include <zlib.h>

static uint32_t add(uint32_t crc, const void *bytes, size_t size) {
    return (uint32_t)crc32_z(crc, bytes, size);
}

/* Samples a few weights of each output, at inputs that depend on the output, so that changing a
 * row, a column, a head or a whole matrix changes some of them, however the matrix is stored. */
static uint32_t add_matrix(uint32_t crc, const struct matrix *m) {
    enum { SAMPLES = 4 };
    for (int j = 0; j < m->n_out; j++) {
        float sample[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            const int64_t k = (j + (int64_t)i * m->n_in / SAMPLES) % m->n_in;
            kernels_default()->widen(m->dtype, matrix_at(m, (int)k, j), 1, &sample[i]);
        }
        crc = add(crc, sample, sizeof sample);
    }
    return crc;
}

static uint32_t add_linear(uint32_t crc, const struct linear *l) {
    return add_matrix(add(crc, l->bias, (size_t)l->weight.n_out * sizeof *l->bias), &l->weight);
}

static uint32_t add_norm(uint32_t crc, const struct norm *norm, int n_embd) {
    const size_t size = (size_t)n_embd * sizeof *norm->gain;
    return add(add(crc, norm->gain, size), norm->bias, size);
}

static uint32_t add_block(uint32_t crc, const struct block *b, int n_embd) {
    crc = add_norm(crc, &b->ln_1, n_embd);
    crc = add_linear(crc, &b->q);
    crc = add_linear(crc, &b->kv);
    crc = add_linear(crc, &b->attn_proj);
    crc = add_norm(crc, &b->ln_2, n_embd);
    crc = add_linear(crc, &b->fc);
    return add_linear(crc, &b->mlp_proj);
}

/* Adds the bytes of every token, since tables show them. */
static uint32_t add_tokens(uint32_t crc, const struct tokenizer *tokenizer) {
    const int n = tokenizer ? tokenizer_vocab_size(tokenizer) : 0;
    for (int id = 0; id < n; id++) {
        size_t length = 0;
        const char *bytes = tokenizer_bytes(tokenizer, id, &length);
        const uint32_t size = (uint32_t)length;
        crc = add(crc, &size, sizeof size);
        if (bytes) crc = add(crc, bytes, length);
    }
    return crc;
}

uint32_t pg_model_fingerprint(const struct pg_model *m) {
    const struct config *c = &m->config;
    const int shape[] = {c->n_layer,
                         c->n_head,
                         c->n_embd,
                         c->n_inner,
                         c->n_positions,
                         c->n_vocab,
                         (int)c->activation,
                         c->scale_attn_weights,
                         c->scale_attn_by_inverse_layer_idx};
    uint32_t crc = add_tokens(add(0, shape, sizeof shape), m->tokenizer);
    crc = add(crc, &c->layer_norm_epsilon, sizeof c->layer_norm_epsilon);
    crc = add_matrix(add_matrix(crc, &m->wte), &m->wpe);
    for (int b = 0; b < c->n_layer; b++) crc = add_block(crc, &m->blocks[b], c->n_embd);
    return add_matrix(add_norm(crc, &m->ln_f, c->n_embd), &m->unembed);
}
