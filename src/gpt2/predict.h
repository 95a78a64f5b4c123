/* predict.h: from logits to the most probable next tokens. pg_predict is declared in patchgpt.h. */
#ifndef GPT2_PREDICT_H
#define GPT2_PREDICT_H

#include "model/model.h"

/* The logits of all next tokens, which stay the caller's, and their softmax: n_vocab of each. */
struct distribution {
    const float *logits;
    float *probabilities;
    int n_vocab;
};

/* Whether all logits are finite. False and err, which names the first that is not, otherwise. */
bool check_logits(const float *logits, int n_vocab, struct pg_error *err);

/* Computes the softmax. False and err if a logit is not finite or memory is out. Free with
 * distribution_free, also after failure. */
bool distribution_make(struct distribution *d, const float *logits, int n_vocab,
                       struct pg_error *err);
void distribution_free(struct distribution *d);

/* The most probable tokens, ranks 1 to top (ties: lower id first). out: top elements. */
void distribution_top(const struct distribution *d, size_t top, struct pg_prediction *out);

/* Predictions for n tokens, each below n_vocab. out: n elements. */
void distribution_named(const struct distribution *d, const int *tokens, size_t n,
                        struct pg_prediction *out);

/* The rank of a token: one more than the number of tokens with a higher logit, or with an equal one
 * and a lower id. */
int token_rank(const float *logits, int n_vocab, int token);

/* Whether there are 1 to n_positions ids, all in the model's vocabulary. what names the text in the
 * error, such as "the clean text". */
bool check_ids(const struct pg_model *model, const int *ids, size_t count, const char *what,
               struct pg_error *err);

#endif
