/* normal.h: normally distributed numbers, those of NumPy's numpy.random.RandomState(seed).randn():
 * the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) and the polar method (Marsaglia and
 * Bray 1964). */
#ifndef BASE_NORMAL_H
#define BASE_NORMAL_H

#include <stdbool.h>
#include <stdint.h>

enum { MT_WORDS = 624 };

struct normal {
    uint32_t words[MT_WORDS];
    int next;     /* of the words; MT_WORDS: they are used up */
    bool has_one; /* deviates come in pairs: one is left, ... */
    double one;   /* ... this */
};

/* The state of RandomState(seed). */
void normal_seed(struct normal *state, uint32_t seed);

/* The next deviate, of mean 0 and standard deviation 1. */
double normal_next(struct normal *state);

#endif
