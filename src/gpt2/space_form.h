/* space_form.h: warns about the common mistake with GPT-2's tokens: the token of a word without its
 * leading space, or with a space where it should have none. */
#ifndef GPT2_SPACE_FORM_H
#define GPT2_SPACE_FORM_H

#include "gpt2/predict.h"

/* The next-token distribution of a run, and how a sentence calls it: "after the clean text". */
struct named_run {
    const struct distribution *d;
    const char *where;
};

/* Warns, once a token, about each of n tokens whose other form, with or without a leading space, is
 * a token too and more than 10 times as probable in one of the runs, unless it is one of the n
 * itself. A form without the space, and of tokens of sets, which need not be probable, any form,
 * counts only if its probability is at least 1 %. */
void warn_of_spaces(const struct pg_model *model, const struct named_run *runs, size_t n_runs,
                    const int *tokens, size_t n, bool of_sets);

#endif
