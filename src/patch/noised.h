/* noised.h: samples of noise on the embeddings of a text (causal tracing: Meng et al. 2022,
 * arXiv:2202.05262). */
#ifndef PATCH_NOISED_H
#define PATCH_NOISED_H

#include "base/error.h"
#include "gpt2/forward.h"

/* The noise of every sample. */
struct noised {
    struct noise *items;
    float *values;
};

/* Whether the request's noise fits its text. False and err otherwise. */
bool noise_check(const struct pg_request *request, struct pg_error *err);

/* Draws the samples, one after the other, each by position, then by number of the embedding:
 * numbers of RandomState(seed).randn(samples, n_positions, n_embd), times sigma, rounded to
 * float32. False and err when memory is out. Free with noised_free. */
bool noised_make(const struct pg_model *model, const struct pg_noise *noise, struct noised *out,
                 struct pg_error *err);
void noised_free(struct noised *noised);

#endif
