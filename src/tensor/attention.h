/* attention.h: one head's causal attention for one run, over keys that it may share with another
 * run:
 *
 *     pattern = softmax(scale q k^T) over the keys up to the query's position;  z = pattern v
 *
 * A run's positions before `first` have the keys and values of a base run; its own start at first.
 * Scores and z are products as kernels.h defines them (over the head's width; over the keys 0, 1,
 * 2, ...): the same bits wherever the keys lie. */
#ifndef TENSOR_ATTENTION_H
#define TENSOR_ATTENTION_H

#include "tensor/executor.h"

/* One head of D numbers. Keys are transposed, since a panel of scores is NR keys: element (d,
 * position) is at d * stride + position. Keys and values are padded: NR floats past the last ones
 * can be read. */
struct attention {
    int width;   /* D */
    float scale; /* scores are multiplied by it */
    int first;   /* positions before it have the base run's keys and values */

    const float *base_keys, *base_values; /* from position 0 on */
    size_t base_key_stride, base_value_stride;

    const float *keys, *values; /* the run's own, from position first on */
    size_t key_stride, value_stride;
};

/* n rounded up to whole panels of NR. */
size_t panel_padded(int n);

/* Floats of the keys or values of n_tokens positions, transposed or not, with the padding. */
size_t attention_keys_size(int n_tokens, int width);

/* Transposes n keys (row stride ldk): element (d, j) goes to out[d * stride + j]. */
void transpose_keys(int n, int width, const float *keys, size_t ldk, float *out, size_t stride);

/* Floats of scratch for one call of attention(). */
size_t attention_scratch(int n_tokens, int width);

/* z (n x D, row stride ldz) for the queries (n x D, row stride ldq) at positions from..from+n-1,
 * from >= first. scratch: attention_scratch(from + n, D) floats. */
void attention(const struct kernels *kernels, const struct attention *head, int from, int n,
               const float *queries, size_t ldq, float *z, size_t ldz, float *scratch);

/* One row of the head's pattern, for a query (D floats) at a position: the weights of keys
 * 0..position, the same bits as in attention(). pattern: attention_row_size(position + 1) floats.
 */
void attention_row(const struct kernels *kernels, const struct attention *head, int position,
                   const float *query, float *pattern);

/* z = pattern v for one row of weights of keys 0..n-1: D floats. scratch: panel_padded(D) floats.
 */
void attention_mix(const struct kernels *kernels, const struct attention *head, int n,
                   const float *pattern, float *z, float *scratch);

/* Floats of a row of pattern over n_keys keys, with the padding. */
size_t attention_row_size(int n_keys);

#endif
