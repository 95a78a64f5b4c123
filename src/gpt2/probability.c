/* probability.c: see probability.h. */
#include "gpt2/probability.h"

#include "tensor/kernels.h"

#include <math.h>

/* The natural logarithm of x > 0, within 1e-11: x = m 2^e with m near 1, and the series of
 * log m = 2 artanh((m - 1) / (m + 1)). */
static double logarithm(double x) {
    int e;
    double m = frexp(x, &e);
    if (m < 0.70710678) {
        m *= 2;
        e--;
    }
    const double s = (m - 1) / (m + 1), s2 = s * s;
    double series = 0;
    for (int k = 13; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
    return 2 * s * series + e * 0.69314718055994531;
}

/* e^x for x from -110 to 0, within 1e-14: x = n ln 2 + r with |r| <= ln 2 / 2, and the series of
 * e^r. */
static double exponential(double x) {
    const double n = rint(x * 1.4426950408889634);
    const double r = x - n * 0.69314718055994531;
    double series = 1;
    for (int k = 14; k >= 1; k--) series = 1 + series * r / k;
    return ldexp(series, (int)n);
}

struct normalizer normalizer_of(int n, const float *logits) {
    struct normalizer z = {.max = kernels_default()->max(n, logits)};
    z.exp_sum = kernels_default()->exp_sum(n, logits, z.max);
    z.log_sum = (double)z.max + logarithm((double)z.exp_sum);
    return z;
}

double log_sum_of(const float *logits, const int *tokens, size_t n) {
    float max = logits[tokens[0]];
    double sum = 0;
    for (size_t i = 1; i < n; i++)
        if (logits[tokens[i]] > max) max = logits[tokens[i]];
    for (size_t i = 0; i < n; i++) {
        const double below = (double)logits[tokens[i]] - (double)max;
        if (below >= -110) sum += exponential(below); /* below that it changes no bit of the sum */
    }
    return (double)max + logarithm(sum);
}

float probability_of(const struct normalizer *z, float logit) {
    const float below = logit - z->max, underflow = -110;
    if (below >= MIN_EXPONENT) return kernels_default()->exp_sum(1, &logit, z->max) / z->exp_sum;
    return below < underflow ? 0 : (float)(exponential((double)below) / (double)z->exp_sum);
}
