/* random_weights.h: memory full of random numbers, and models of any size made of it, in seconds
 * and without a file. What they predict means nothing; the work is that of a real model. */
#ifndef BENCH_RANDOM_WEIGHTS_H
#define BENCH_RANDOM_WEIGHTS_H

#include "model/model.h"

/* Fills n numbers on all threads: center plus at most spread either way. The same seed gives the
 * same numbers. */
void fill_random(float *out, size_t n, float center, float spread, uint32_t seed);

/* Fills n numbers of 16 bits (F16 or BF16), normal ones between 2^-5 and 2^-1 either way. */
void fill_random_halves(enum dtype dtype, uint16_t *out, size_t n, uint32_t seed);

/* A shape of the GPT-2 family: context 1024, vocabulary 50257, hidden layer of 4 n_embd. */
struct shape {
    const char *name;
    int n_layer, n_embd, n_head;
};

/* Bytes of such a model's weights. */
size_t random_model_bytes(const struct shape *shape);

/* A model of that shape in float32, matrices (in, out), unembedding tied, no tokenizer. NULL and
 * err when memory is out. Free with pg_model_close. */
struct pg_model *random_model(const struct shape *shape, struct pg_error *err);

#endif
