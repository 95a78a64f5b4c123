/* probability.h: from logits to probabilities of single tokens, and their logarithms: the same bits on
 * every CPU, so exp and log are our own. Not here: the softmax of a whole row, which the kernels make. */
#ifndef GPT2_PROBABILITY_H
#define GPT2_PROBABILITY_H

/* The kernels' exponentials, and so their softmax, go down to e^-87 and no further. */
enum { LEAST_EXPONENT = -87 };

/* What the probabilities of a distribution are made with: p = e^(logit - largest) / exp_sum. */
struct normalizer {
    float largest, exp_sum;
    double log_sum; /* log p = logit - log_sum */
};

/* Of n logits. The sum of exponentials is the kernels' (float32, lane by lane). */
struct normalizer normalizer_of(int n, const float *logits);

/* e^(logit - largest) / exp_sum. Within rounding of float32, and down to its smallest numbers: what is
 * smaller still is 0. */
float probability_of(const struct normalizer *z, float logit);

#endif
