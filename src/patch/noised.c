/* noised.c: see noised.h; and pg_embedding_deviation. */
#include "patch/noised.h"

#include "base/memory.h"
#include "base/normal.h"
#include "gpt2/predict.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdlib.h>

bool noise_check(const struct pg_request *r, struct pg_error *err) {
    const struct pg_noise *noise = r->noise;
    if (r->corrupt.count) return fail(err, "noise is in place of a corrupted text; there is one");
    if (noise->n_positions == 0) return fail(err, "there is no position to add noise at");
    if (noise->samples == 0) return fail(err, "noise needs at least 1 sample");
    if (!(noise->sigma > 0) || !isfinite(noise->sigma))
        return fail(err, "noise of standard deviation %g was asked for; it must be above 0",
                    noise->sigma);
    for (size_t i = 0; i < noise->n_positions; i++) {
        const int t = noise->positions[i];
        if (t < 0 || t >= (int)r->clean.count)
            return fail(err, "noise was asked for at position %d; there are 0 to %zu", t,
                        r->clean.count - 1);
        if (i && t <= noise->positions[i - 1])
            return fail(err, "positions of noise are not in ascending order: %d after %d", t,
                        noise->positions[i - 1]);
    }
    if (noise->positions[0] <= r->read_position) return true;
    return fail(err,
                "noise from position %d on changes nothing at position %d, where the metric "
                "is read",
                noise->positions[0], r->read_position);
}

bool noised_make(const struct pg_model *model, const struct pg_noise *noise, struct noised *out,
                 struct pg_error *err) {
    const size_t size = noise->n_positions * (size_t)model->config.n_embd;
    out->items = allocate(noise->samples, sizeof *out->items, err);
    out->values = allocate(noise->samples, size * sizeof *out->values, err);
    if (!out->items || !out->values) return false;
    struct normal normal;
    normal_seed(&normal, noise->seed);
    for (size_t i = 0; i < noise->samples * size; i++)
        out->values[i] = (float)(noise->sigma * normal_next(&normal));
    for (size_t i = 0; i < noise->samples; i++)
        out->items[i] = (struct noise){.positions = noise->positions,
                                       .n_positions = (int)noise->n_positions,
                                       .values = out->values + i * size};
    return true;
}

void noised_free(struct noised *noised) {
    free(noised->items);
    free(noised->values);
    *noised = (struct noised){0};
}

/* ---- how much noise ---- */

/* Calls for number j of a token's embedding. */
static double embedding(const struct pg_model *model, int id, int j) {
    float x;
    kernels_default()->widen(model->wte.dtype, matrix_at(&model->wte, id, j), 1, &x);
    return (double)x;
}

bool pg_embedding_deviation(const struct pg_model *model, const int *ids, size_t count, double *out,
                            struct pg_error *err) {
    const int C = model->config.n_embd;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        if (ids[i] < 0 || ids[i] >= model->config.n_vocab)
            return fail(err, "token id %d is not one of the model's 0 to %d", ids[i],
                        model->config.n_vocab - 1);
    if (count * (size_t)C < 2) return fail(err, "one number has no standard deviation");
    for (size_t i = 0; i < count; i++)
        for (int j = 0; j < C; j++) sum += embedding(model, ids[i], j);
    const double n = (double)count * C, mean = sum / n;
    for (size_t i = 0; i < count; i++)
        for (int j = 0; j < C; j++) {
            const double d = embedding(model, ids[i], j) - mean;
            squares += d * d;
        }
    *out = sqrt(squares / (n - 1));
    return true;
}
