/* probability.h: probabilities of single tokens from logits, and their logarithms. exp and log are
 * our own, so that they give the same bits on every CPU. Not here: the softmax of a whole row
 * (kernels.h). */
#ifndef GPT2_PROBABILITY_H
#define GPT2_PROBABILITY_H

#include <stddef.h>

/* The kernels' exponentials, and so their softmax, stop at e^-87. */
enum { MIN_EXPONENT = -87 };

/* The normalization of a softmax: p = e^(logit - max) / exp_sum, log p = logit - log_sum. */
struct normalizer {
    float max, exp_sum;
    double log_sum;
};

/* The normalizer of n logits. exp_sum is a float32 sum in the kernels' order. */
struct normalizer normalizer_of(int n, const float *logits);

/* The logarithm of the sum of the exponentials of the logits of n tokens, at least 1, in double and
 * in their order. Of one token it is the logit. */
double log_sum_of(const float *logits, const int *tokens, size_t n);

/* e^(logit - max) / exp_sum, rounded to float32, subnormal numbers included. */
float probability_of(const struct normalizer *z, float logit);

#endif
