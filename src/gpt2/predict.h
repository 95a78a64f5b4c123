/* predict.h: from logits to the most probable next tokens. pg_predict is declared in patchgpt.h. */
#ifndef GPT2_PREDICT_H
#define GPT2_PREDICT_H

#include "gpt2/model.h"

/* The top most probable of n_vocab tokens, most probable first (ties: lower id first).
 * Probabilities are the softmax over all logits. out: top elements. False and
 * err if a logit is no finite number. */
bool rank_tokens(const float *logits, int n_vocab, size_t top, struct pg_prediction *out,
                 struct pg_error *err);

/* Whether every id is in the model's vocabulary and there are 1 to n_positions of them; what
 * names the text in the error ("the clean text"). */
bool check_ids(const struct pg_model *model, const int *ids, size_t count, const char *what,
               struct pg_error *err);

#endif
