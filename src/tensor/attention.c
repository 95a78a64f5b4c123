/* attention.c: see attention.h. Queries go in tiles; keys in two stretches, the base run's and the
 * run's own. */
#include "tensor/attention.h"

#include <string.h>

size_t whole_panels(int n) {
    return ((size_t)n + PANEL - 1) / PANEL * PANEL;
}

size_t attention_keys_size(int n_tokens, int width) {
    return whole_panels(n_tokens) * (size_t)width + PANEL;
}

size_t attention_scratch(int n_tokens, int width) {
    const size_t keys = whole_panels(n_tokens);
    return attention_keys_size(n_tokens, width)        /* the caller's */
           + MOST_TILE_ROWS * (keys + 2 * PANEL        /* scores */
                               + whole_panels(width)); /* z */
}

void transpose_keys(int n, int width, const float *keys, size_t ldk, float *out, size_t stride) {
    for (int d = 0; d < width; d++)
        for (int j = 0; j < n; j++)
            out[(size_t)d * stride + (size_t)j] = keys[(size_t)j * ldk + (size_t)d];
}

/* Where the working memory's parts begin. */
struct parts {
    float *scores, *z;
    size_t scores_stride, z_stride;
};

static struct parts divide(const struct attention *head, int n_tokens, float *scratch) {
    struct parts p;
    p.scores_stride = whole_panels(n_tokens) + 2 * PANEL;
    p.z_stride = whole_panels(head->width);
    p.scores = scratch;
    p.z = p.scores + MOST_TILE_ROWS * p.scores_stride;
    return p;
}

/* Keys and values are in the cache already. */
static struct ahead nothing_ahead(const float *rows, const float *out, size_t ldo) {
    return (struct ahead){.out = out, .ldo = ldo, .rows = rows};
}

/* Scores of a tile of queries against n keys, panel by panel; whole panels are written. */
static void score_keys(const struct kernels *kernels, int rows, int width, const float *queries,
                       size_t ldq, const float *keys, size_t stride, int n, float *scores,
                       size_t lds) {
    static const float zeros[PANEL];
    for (int j = 0; j < n; j += PANEL) {
        const struct ahead ahead = nothing_ahead(queries, scores + j, lds);
        kernels->tile(rows, width, queries, ldq, keys + j, stride, zeros, scores + j, lds, &ahead);
    }
}

/* z += pattern x values for n keys; start as in kernels->tile. */
static void mix_values(const struct kernels *kernels, int rows, int n, const float *pattern,
                       size_t ldp, const float *values, size_t stride, int width,
                       const float *start, float *z, size_t ldz) {
    for (int d = 0; d < width; d += PANEL) {
        const struct ahead ahead = nothing_ahead(pattern, z + d, ldz);
        kernels->tile(rows, n, pattern, ldp, values + d, stride, start, z + d, ldz, &ahead);
    }
}

/* The queries at positions from..from+rows-1. Every one attends to the keys up to `from`, which are
 * one product; the few keys after it are added row by row, so that no row meets a key beyond its
 * own. */
static void attend_tile(const struct kernels *kernels, const struct attention *head, int from,
                        int rows, const float *queries, size_t ldq, float *z, size_t ldz,
                        const struct parts *p) {
    static const float zeros[PANEL];
    const int first = head->first, own = from - first + 1;
    const size_t lds = p->scores_stride;
    score_keys(kernels, rows, head->width, queries, ldq, head->base_keys, head->base_key_stride,
               first, p->scores, lds);
    score_keys(kernels, rows, head->width, queries, ldq, head->keys, head->key_stride,
               own + rows - 1, p->scores + first, lds);
    for (int i = 0; i < rows; i++)
        kernels->softmax(from + i + 1, p->scores + (size_t)i * lds, head->scale);

    if (first)
        mix_values(kernels, rows, first, p->scores, lds, head->base_values, head->base_value_stride,
                   head->width, zeros, p->z, p->z_stride);
    mix_values(kernels, rows, own, p->scores + first, lds, head->values, head->value_stride,
               head->width, first ? NULL : zeros, p->z, p->z_stride);
    for (int i = 0; i < rows; i++) {
        float *row = p->z + (size_t)i * p->z_stride;
        mix_values(kernels, 1, i, p->scores + (size_t)i * lds + from + 1, lds,
                   head->values + (size_t)own * head->value_stride, head->value_stride, head->width,
                   NULL, row, p->z_stride);
        memcpy(z + (size_t)i * ldz, row, (size_t)head->width * sizeof *z);
    }
}

void attention(const struct kernels *kernels, const struct attention *head, int from, int n,
               const float *queries, size_t ldq, float *z, size_t ldz, float *scratch) {
    const struct parts p = divide(head, from + n, scratch);
    for (int t = 0; t < tile_count(n, kernels->tile_rows); t++) {
        const struct tile_rows tile = tile_rows(n, kernels->tile_rows, t);
        attend_tile(kernels, head, from + tile.start, tile.rows, queries + (size_t)tile.start * ldq,
                    ldq, z + (size_t)tile.start * ldz, ldz, &p);
    }
}
