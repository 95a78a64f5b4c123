/* random_weights.c: see random_weights.h. */
#include "random_weights.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { N_POSITIONS = 1024, N_VOCAB = 50257 };

/* ---- numbers ---- */

/* 32 random bits for each index: MurmurHash3's finalizer. */
static uint32_t random_bits(uint32_t seed, size_t index) {
    uint32_t h = seed * 0x9e3779b9u + (uint32_t)index;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

void fill_random(float *out, size_t n, float center, float spread, uint32_t seed) {
    const float unit = spread * 0x1p-31f;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) out[i] = center + unit * (float)(int32_t)random_bits(seed, i);
}

void fill_random_halves(enum dtype dtype, uint16_t *out, size_t n, uint32_t seed) {
    const int fraction = dtype == DTYPE_F16 ? 10 : 7; /* bits */
    const unsigned bias = dtype == DTYPE_F16 ? 15 : 127;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = random_bits(seed, i);
        const unsigned exponent = bias - 5 + (bits >> 16) % 4;
        const unsigned sign = bits >> 31;
        out[i] = (uint16_t)(sign << 15 | exponent << fraction | (bits & ((1u << fraction) - 1)));
    }
}

/* ---- models ---- */

/* Cuts a model's tensors off one allocation. */
struct cutter {
    float *next;
    uint32_t seed;
};

static float *cut(struct cutter *cutter, size_t n, float center, float spread) {
    float *tensor = cutter->next;
    fill_random(tensor, n, center, spread, ++cutter->seed);
    cutter->next += n;
    return tensor;
}

static struct norm cut_norm(struct cutter *cutter, int n) {
    struct norm norm;
    norm.gain = cut(cutter, (size_t)n, 1, 0.2f);
    norm.bias = cut(cutter, (size_t)n, 0, 0.1f);
    norm.epsilon = 1e-5f;
    return norm;
}

static struct matrix cut_matrix(struct cutter *cutter, int n_in, int n_out, float spread) {
    return (struct matrix){.data = cut(cutter, (size_t)n_in * (size_t)n_out, 0, spread),
                           .dtype = DTYPE_F32,
                           .n_in = n_in,
                           .n_out = n_out,
                           .stride = (size_t)n_out};
}

/* Outputs have about `gain` times the size of the inputs. */
static struct linear cut_linear(struct cutter *cutter, int n_in, int n_out, float gain) {
    struct linear linear;
    linear.weight = cut_matrix(cutter, n_in, n_out, gain * sqrtf(3.0f / (float)n_in));
    linear.bias = cut(cutter, (size_t)n_out, 0, 0.2f);
    return linear;
}

static void cut_block(struct cutter *cutter, const struct config *c, struct block *block) {
    const int C = c->n_embd;
    block->ln_1 = cut_norm(cutter, C);
    const struct linear attn = cut_linear(cutter, C, 3 * C, 1.5f);
    block->q = (struct linear){matrix_outputs(&attn.weight, 0, C), attn.bias};
    block->kv = (struct linear){matrix_outputs(&attn.weight, C, 2 * C), attn.bias + C};
    block->attn_proj = cut_linear(cutter, C, C, 0.7f);
    block->ln_2 = cut_norm(cutter, C);
    block->fc = cut_linear(cutter, C, c->n_inner, 1.2f);
    block->mlp_proj = cut_linear(cutter, c->n_inner, C, 0.5f);
}

static size_t count_weights(const struct shape *shape) {
    const size_t C = (size_t)shape->n_embd, L = (size_t)shape->n_layer;
    return (N_VOCAB + N_POSITIONS) * C + L * (12 * C * C + 13 * C) + 2 * C;
}

size_t random_model_bytes(const struct shape *shape) {
    return count_weights(shape) * sizeof(float);
}

static void cut_model(struct pg_model *m, float *weights) {
    const struct config *c = &m->config;
    struct cutter cutter = {.next = weights};
    m->wte = cut_matrix(&cutter, c->n_vocab, c->n_embd, 0.5f);
    m->wpe = cut_matrix(&cutter, c->n_positions, c->n_embd, 0.1f);
    m->unembed = m->wte;
    m->unembed.transposed = true;
    m->unembed.n_in = c->n_embd;
    m->unembed.n_out = c->n_vocab;
    for (int b = 0; b < c->n_layer; b++) cut_block(&cutter, c, &m->blocks[b]);
    m->ln_f = cut_norm(&cutter, c->n_embd);
}

struct pg_model *random_model(const struct shape *shape, struct pg_error *err) {
    struct pg_model *m = allocate(1, sizeof *m, err);
    if (!m) return NULL;
    m->config = (struct config){.n_layer = shape->n_layer,
                                .n_head = shape->n_head,
                                .n_embd = shape->n_embd,
                                .n_inner = 4 * shape->n_embd,
                                .n_positions = N_POSITIONS,
                                .n_vocab = N_VOCAB,
                                .layer_norm_epsilon = 1e-5f,
                                .activation = ACTIVATION_GELU_TANH,
                                .scale_attn_weights = true};
    m->n_parameters = count_weights(shape);
    m->dtype = "F32";
    m->tied = true;
    m->name = copy_string(shape->name, err);
    m->path = copy_string("(random)", err);
    m->blocks = allocate((size_t)shape->n_layer, sizeof *m->blocks, err);
    m->own = allocate(1, sizeof *m->own, err);
    if (m->name && m->path && m->blocks && m->own) {
        float *weights = allocate(m->n_parameters, sizeof *weights, err);
        m->own[m->n_own++] = weights;
        if (weights) {
            cut_model(m, weights);
            return m;
        }
    }
    pg_model_close(m);
    return NULL;
}
