/* attention.c: see attention.h. Queries are done in tiles, keys in two ranges: the base run's and
 * the run's own. */
#include "tensor/attention.h"

#include <string.h>

size_t panel_padded(int n) {
    return ((size_t)n + NR - 1) / NR * NR;
}

size_t attention_keys_size(int n_tokens, int width) {
    return panel_padded(n_tokens) * (size_t)width + NR;
}

/* Two panels more, since the base run's and the run's own keys are each written in whole panels. */
size_t attention_row_size(int n_keys) {
    return panel_padded(n_keys) + 2 * NR;
}

size_t attention_scratch(int n_tokens, int width) {
    return MAX_MR * (attention_row_size(n_tokens) + panel_padded(width));
}

void transpose_keys(int n, int width, const float *keys, size_t ldk, float *out, size_t stride) {
    for (int d = 0; d < width; d++)
        for (int j = 0; j < n; j++)
            out[(size_t)d * stride + (size_t)j] = keys[(size_t)j * ldk + (size_t)d];
}

/* The parts of the scratch memory. */
struct attention_buffers {
    float *scores, *z;
    size_t scores_stride, z_stride;
};

static struct attention_buffers divide_scratch(const struct attention *head, int n_tokens,
                                               float *scratch) {
    struct attention_buffers b;
    b.scores_stride = attention_row_size(n_tokens);
    b.z_stride = panel_padded(head->width);
    b.scores = scratch;
    b.z = b.scores + MAX_MR * b.scores_stride;
    return b;
}

/* Keys and values are in the CPU's cache already. */
static struct prefetch no_prefetch(const float *rows, const float *out, size_t ldo) {
    return (struct prefetch){.out = out, .ldo = ldo, .next_rows = rows};
}

/* scores = q k^T for a tile of queries and n keys; whole panels are written. */
static void score_keys(const struct kernels *kernels, int rows, int width, const float *queries,
                       size_t ldq, const float *keys, size_t stride, int n, float *scores,
                       size_t lds) {
    static const float zeros[NR];
    for (int j = 0; j < n; j += NR) {
        const struct prefetch plan = no_prefetch(queries, scores + j, lds);
        kernels->micro_kernel(rows, width, queries, ldq, keys + j, stride, zeros, scores + j, lds,
                              &plan);
    }
}

/* z = start + pattern v for n keys; start as in kernels->micro_kernel. */
static void mix_values(const struct kernels *kernels, int rows, int n, const float *pattern,
                       size_t ldp, const float *values, size_t stride, int width,
                       const float *start, float *z, size_t ldz) {
    for (int d = 0; d < width; d += NR) {
        const struct prefetch plan = no_prefetch(pattern, z + d, ldz);
        kernels->micro_kernel(rows, n, pattern, ldp, values + d, stride, start, z + d, ldz, &plan);
    }
}

/* scores = q k^T for a tile of queries and the keys 0..n-1, the base run's first. */
static void score_all(const struct kernels *kernels, const struct attention *head, int rows,
                      const float *queries, size_t ldq, int n, float *scores, size_t lds) {
    score_keys(kernels, rows, head->width, queries, ldq, head->base_keys, head->base_key_stride,
               head->first, scores, lds);
    score_keys(kernels, rows, head->width, queries, ldq, head->keys, head->key_stride,
               n - head->first, scores + head->first, lds);
}

/* z = pattern v for a tile of queries and the keys 0..n-1, n > head->first. */
static void mix_all(const struct kernels *kernels, const struct attention *head, int rows, int n,
                    const float *pattern, size_t ldp, float *z, size_t ldz) {
    static const float zeros[NR];
    const int first = head->first;
    if (first)
        mix_values(kernels, rows, first, pattern, ldp, head->base_values, head->base_value_stride,
                   head->width, zeros, z, ldz);
    mix_values(kernels, rows, n - first, pattern + first, ldp, head->values, head->value_stride,
               head->width, first ? NULL : zeros, z, ldz);
}

/* The queries at positions from..from+rows-1. All of them attend to the keys up to `from`, which is
 * one product; the few keys after it are added row by row, so that no row sees a later key. */
static void attend_tile(const struct kernels *kernels, const struct attention *head, int from,
                        int rows, const float *queries, size_t ldq, float *z, size_t ldz,
                        const struct attention_buffers *b) {
    const int own = from - head->first + 1;
    const size_t lds = b->scores_stride;
    score_all(kernels, head, rows, queries, ldq, from + rows, b->scores, lds);
    for (int i = 0; i < rows; i++)
        kernels->softmax(from + i + 1, b->scores + (size_t)i * lds, head->scale);
    mix_all(kernels, head, rows, from + 1, b->scores, lds, b->z, b->z_stride);
    for (int i = 0; i < rows; i++) {
        float *row = b->z + (size_t)i * b->z_stride;
        mix_values(kernels, 1, i, b->scores + (size_t)i * lds + from + 1, lds,
                   head->values + (size_t)own * head->value_stride, head->value_stride, head->width,
                   NULL, row, b->z_stride);
        memcpy(z + (size_t)i * ldz, row, (size_t)head->width * sizeof *z);
    }
}

void attention(const struct kernels *kernels, const struct attention *head, int from, int n,
               const float *queries, size_t ldq, float *z, size_t ldz, float *scratch) {
    const struct attention_buffers b = divide_scratch(head, from + n, scratch);
    for (int t = 0; t < part_count(n, kernels->mr); t++) {
        const struct part tile = part_at(n, kernels->mr, t);
        attend_tile(kernels, head, from + tile.start, tile.size, queries + (size_t)tile.start * ldq,
                    ldq, z + (size_t)tile.start * ldz, ldz, &b);
    }
}

void attention_row(const struct kernels *kernels, const struct attention *head, int position,
                   const float *query, float *pattern) {
    score_all(kernels, head, 1, query, (size_t)head->width, position + 1, pattern,
              attention_row_size(position + 1));
    kernels->softmax(position + 1, pattern, head->scale);
}

void attention_mix(const struct kernels *kernels, const struct attention *head, int n,
                   const float *pattern, float *z, float *scratch) {
    mix_all(kernels, head, 1, n, pattern, attention_row_size(n), scratch,
            panel_padded(head->width));
    memcpy(z, scratch, (size_t)head->width * sizeof *z);
}
