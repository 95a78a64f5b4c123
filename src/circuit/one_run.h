/* one_run.h: the run of one text that lens.c and direct.c take apart: checking what was asked for,
 * and the run with its cache. */
#ifndef CIRCUIT_ONE_RUN_H
#define CIRCUIT_ONE_RUN_H

#include "gpt2/cache.h"
#include "patch/question.h"

/* Whether the text fits the model; replaces a read_position of -1 by the last position. False and
 * err if not, or if there is no such position. */
bool one_run_check(const struct pg_model *model, const struct pg_tokens *text, int *read_position,
                   struct pg_error *err);

/* A run, and the logits of all tokens after its last position. */
struct one_run {
    struct cache cache;
    float *logits;
};

/* Runs the first n_tokens ids, and caches a set of activations (gpt2/cache.h). False and err if a
 * logit is not finite or memory is out. Free with one_run_free, also after failure. */
bool one_run_make(const struct pg_model *model, const int *ids, int n_tokens, unsigned set,
                  struct one_run *out, struct pg_error *err);
void one_run_free(struct one_run *run);

/* Warns about each token of the question whose other form, with or without a leading space, is far
 * more probable by these logits (gpt2/space_form.h). False and err when memory is out. */
bool warn_of_tokens(const struct pg_model *model, const float *logits,
                    const struct question *question, struct pg_error *err);

#endif
