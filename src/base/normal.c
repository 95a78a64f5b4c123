/* normal.c: see normal.h. */
#include "base/normal.h"

#include <math.h>

void normal_seed(struct normal *state, uint32_t seed) {
    state->words[0] = seed;
    for (uint32_t i = 1; i < MT_WORDS; i++) {
        const uint32_t before = state->words[i - 1];
        state->words[i] = 1812433253u * (before ^ before >> 30) + i;
    }
    state->next = MT_WORDS;
    state->has_one = false;
}

/* x[i] = x[i + 397] ^ A(upper bit of x[i], lower bits of x[i + 1]), indices modulo 624. */
static void next_words(uint32_t *x) {
    for (int i = 0; i < MT_WORDS; i++) {
        const uint32_t y = (x[i] & 0x80000000u) | (x[(i + 1) % MT_WORDS] & 0x7fffffffu);
        x[i] = x[(i + 397) % MT_WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
}

static uint32_t next_word(struct normal *state) {
    if (state->next == MT_WORDS) {
        next_words(state->words);
        state->next = 0;
    }
    uint32_t y = state->words[state->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* Uniform in [0, 1), 53 bits. */
static double next_uniform(struct normal *state) {
    const uint32_t high = next_word(state) >> 5, low = next_word(state) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double normal_next(struct normal *state) {
    if (state->has_one) {
        state->has_one = false;
        return state->one;
    }
    double x, y, square;
    do {
        x = 2 * next_uniform(state) - 1;
        y = 2 * next_uniform(state) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const double factor = sqrt(-2 * log(square) / square);
    state->one = factor * x;
    state->has_one = true;
    return factor * y;
}
