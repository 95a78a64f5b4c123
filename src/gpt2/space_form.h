/* space_form.h: the classic mistake about GPT-2's tokens: a word's token with its leading space left out, or
 * put where none belongs. Not here: what a token is worth (predict.h). */
#ifndef GPT2_SPACE_FORM_H
#define GPT2_SPACE_FORM_H

#include "gpt2/predict.h"

/* One run's next token, and how a sentence says which: "after the clean text". */
struct named_run {
    const struct distribution *d;
    const char *where;
};

/* Warns of each of n tokens whose other form, with or without a space in front, is a token too and in a run
 * more than 10 times as probable, unless that is one of the n; of the form without, only where it is probable
 * at all (1 %). Once a token. */
void warn_of_spaces(const struct pg_model *model, const struct named_run *runs, size_t n_runs,
                    const int *tokens, size_t n);

#endif
