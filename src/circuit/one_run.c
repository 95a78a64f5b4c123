/* one_run.c: see one_run.h. */
#include "circuit/one_run.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "gpt2/space_form.h"

#include <stdlib.h>

bool one_run_check(const struct pg_model *model, const struct pg_tokens *text, int *read_position,
                   struct pg_error *err) {
    if (!check_ids(model, text->ids, text->count, "the text", err)) return false;
    const int last = (int)text->count - 1;
    if (*read_position == -1) *read_position = last;
    return (*read_position >= 0 && *read_position <= last) ||
           fail(err, "the metric is to be read at position %d; there are 0 to %d", *read_position,
                last);
}

bool one_run_make(const struct pg_model *model, const int *ids, int n_tokens, unsigned set,
                  struct one_run *out, struct pg_error *err) {
    const int n_vocab = model->config.n_vocab;
    *out = (struct one_run){.logits = allocate((size_t)n_vocab, sizeof *out->logits, err)};
    if (!out->logits || !cache_init(&out->cache, &model->config, n_tokens, set, err)) return false;
    const struct text text = {.ids = ids, .n_tokens = n_tokens, .cache = &out->cache};
    return forward_texts(model, &text, 1, out->logits, err) &&
           check_logits(out->logits, n_vocab, err) && model_is_whole(model, err);
}

void one_run_free(struct one_run *run) {
    cache_free(&run->cache);
    free(run->logits);
    *run = (struct one_run){0};
}

bool warn_of_tokens(const struct pg_model *model, const float *logits,
                    const struct question *question, struct pg_error *err) {
    struct distribution d = {0};
    const size_t n = question_n_tokens(question);
    int *tokens = allocate(n, sizeof *tokens, err);
    const bool done = tokens && distribution_make(&d, logits, model->config.n_vocab, err);
    if (done) question_tokens(question, tokens);
    if (done)
        warn_of_spaces(model, &(struct named_run){&d, "after the text"}, 1, tokens, n,
                       question_has_sets(question));
    distribution_free(&d);
    free(tokens);
    return done;
}
