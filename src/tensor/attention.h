/* attention.h: one head's causal attention for one run, over keys that it may share with another
 * run.
 *
 * A run's positions before `first` have the keys and values of a base run; its own begin at
 * first. Scores and z are products in the sense of kernels.h (over the head's width; over the
 * keys 0, 1, 2, ...), the pattern is the softmax of the scaled scores: the same bits wherever the
 * keys lie. */
#ifndef TENSOR_ATTENTION_H
#define TENSOR_ATTENTION_H

#include "tensor/matmul.h"

/* Everything is for one head of D numbers. Keys are transposed: element (d, position) at d *
 * stride + position. Keys and values are read in whole panels: PANEL floats must be readable
 * beyond the last ones. */
struct attention {
    int width;   /* D */
    float scale; /* scores are multiplied by it */
    int first;   /* positions before it have the base run's keys and values */

    const float *base_keys, *base_values; /* from position 0 on */
    size_t base_key_stride, base_value_stride;

    const float *keys, *values; /* the run's own, from position first on */
    size_t key_stride, value_stride;
};

/* Floats that the keys or values of n_tokens positions take, transposed or not, with what is read
 * beyond. */
size_t attention_keys_size(int n_tokens, int width);

/* Transposes n keys (row stride ldk): element (d, j) at out[d * stride + j]. */
void transpose_keys(int n, int width, const float *keys, size_t ldk, float *out, size_t stride);

/* Floats of working memory for one call of attention() and, before it, attention_keys_size() of
 * them for keys or values that the caller makes. */
size_t attention_scratch(int n_tokens, int width);

/* z (n x D, row stride ldz) for the queries (n x D, row stride ldq) at positions from..from+n-1,
 * from >= first. scratch: what attention_scratch() leaves beyond the caller's part. */
void attention(const struct kernels *kernels, const struct attention *head, int from, int n,
               const float *queries, size_t ldq, float *z, size_t ldz, float *scratch);

/* n rounded up to whole panels. */
size_t whole_panels(int n);

#endif
