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

/* Everything is for one head of D numbers. Rows of values are read in whole panels: PANEL floats
 * must be readable beyond the last one. */
struct attention {
    int width;   /* D */
    float scale; /* scores are multiplied by it */
    int first;   /* positions before it have the base run's keys and values */

    const float *base_keys; /* transposed: element (d, position) at d * base_stride + position */
    size_t base_stride;     /* a multiple of PANEL */
    const float *base_values;
    size_t base_values_stride;

    const float *keys, *values; /* the run's own, from position first on */
    size_t stride;              /* from one position to the next */
};

/* Floats of working memory that one call needs, for texts of n_tokens positions. */
size_t attention_scratch(int n_tokens, int width);

/* z (n x D, row stride ldz) for the queries (n x D, row stride ldq) at positions from..from+n-1,
 * from >= first. */
void attention(const struct kernels *kernels, const struct attention *head, int from, int n,
               const float *queries, size_t ldq, float *z, size_t ldz, float *scratch);

#endif
