/* attention.c: see attention.h. Queries go in tiles; keys in two stretches, the base run's and
 * the run's own. */
#include "tensor/attention.h"

#include <string.h>

static size_t round_up(int n) {
    return ((size_t)n + PANEL - 1) / PANEL * PANEL;
}

size_t attention_scratch(int n_tokens, int width) {
    const size_t keys = round_up(n_tokens), columns = round_up(width);
    return keys * (size_t)width                  /* the run's own keys, transposed */
           + MOST_TILE_ROWS * (size_t)width      /* queries, packed */
           + MOST_TILE_ROWS * (keys + 2 * PANEL) /* scores */
           + MOST_TILE_ROWS * keys               /* pattern, packed */
           + MOST_TILE_ROWS * columns;           /* z */
}

/* Where the working memory's parts begin. */
struct parts {
    float *keys, *queries, *scores, *pattern, *z;
    size_t keys_stride, scores_stride, z_stride;
};

static struct parts divide(const struct attention *head, int n_tokens, float *scratch) {
    struct parts p;
    p.keys_stride = round_up(n_tokens - head->first);
    p.scores_stride = round_up(n_tokens) + 2 * PANEL;
    p.z_stride = round_up(head->width);
    p.keys = scratch;
    p.queries = p.keys + p.keys_stride * (size_t)head->width;
    p.scores = p.queries + MOST_TILE_ROWS * head->width;
    p.pattern = p.scores + MOST_TILE_ROWS * p.scores_stride;
    p.z = p.pattern + MOST_TILE_ROWS * round_up(n_tokens);
    return p;
}

static void transpose_keys(const struct attention *head, int n, float *out, size_t stride) {
    for (int d = 0; d < head->width; d++)
        for (int j = 0; j < n; j++)
            out[(size_t)d * stride + (size_t)j] = head->keys[(size_t)j * head->stride + (size_t)d];
}

/* Scores of a tile of queries against n keys, panel by panel; whole panels are written. */
static void score_keys(const struct kernels *kernels, int rows, int width, const float *queries,
                       const float *keys, size_t stride, int n, float *scores, size_t lds) {
    static const float zeros[PANEL];
    for (int j = 0; j < n; j += PANEL)
        kernels->tile(rows, width, queries, keys + j, stride, zeros, scores + j, lds,
                      (struct ahead){keys, 0});
}

/* z += pattern x values for n keys; start as in kernels->tile. */
static void mix_values(const struct kernels *kernels, int rows, int n, const float *pattern,
                       const float *values, size_t stride, int width, const float *start, float *z,
                       size_t ldz) {
    for (int d = 0; d < width; d += PANEL)
        kernels->tile(rows, n, pattern, values + d, stride, start, z + d, ldz,
                      (struct ahead){pattern, 0});
}

/* The queries at positions from..from+rows-1. Every one attends to the keys up to `from`, which
 * are one product; the few keys after it are added row by row, so that no row meets a key beyond
 * its own. */
static void attend_tile(const struct kernels *kernels, const struct attention *head, int from,
                        int rows, const float *queries, size_t ldq, float *z, size_t ldz,
                        const struct parts *p) {
    static const float zeros[PANEL];
    const int first = head->first, own = from - first + 1;
    kernels->pack_tile(rows, head->width, queries, ldq, p->queries);
    score_keys(kernels, rows, head->width, p->queries, head->base_keys, head->base_stride, first,
               p->scores, p->scores_stride);
    score_keys(kernels, rows, head->width, p->queries, p->keys, p->keys_stride, own + rows - 1,
               p->scores + first, p->scores_stride);
    for (int i = 0; i < rows; i++)
        kernels->softmax(from + i + 1, p->scores + (size_t)i * p->scores_stride, head->scale);

    kernels->pack_tile(rows, from + 1, p->scores, p->scores_stride, p->pattern);
    if (first)
        mix_values(kernels, rows, first, p->pattern, head->base_values, head->base_values_stride,
                   head->width, zeros, p->z, p->z_stride);
    mix_values(kernels, rows, own, p->pattern + (size_t)first * (size_t)rows, head->values,
               head->stride, head->width, first ? NULL : zeros, p->z, p->z_stride);
    for (int i = 0; i < rows; i++) {
        float *row = p->z + (size_t)i * p->z_stride;
        mix_values(kernels, 1, i, p->scores + (size_t)i * p->scores_stride + from + 1,
                   head->values + (size_t)own * head->stride, head->stride, head->width, NULL, row,
                   p->z_stride);
        memcpy(z + (size_t)i * ldz, row, (size_t)head->width * sizeof *z);
    }
}

void attention(const struct kernels *kernels, const struct attention *head, int from, int n,
               const float *queries, size_t ldq, float *z, size_t ldz, float *scratch) {
    const int last = from + n;
    const struct parts p = divide(head, last, scratch);
    transpose_keys(head, last - head->first, p.keys, p.keys_stride);
    for (int t = 0; t < tile_count(n, kernels->tile_rows); t++) {
        const struct tile_rows tile = tile_rows(n, kernels->tile_rows, t);
        attend_tile(kernels, head, from + tile.start, tile.rows, queries + (size_t)tile.start * ldq,
                    ldq, z + (size_t)tile.start * ldz, ldz, &p);
    }
}
