/* predict.c: see predict.h. */
#include "gpt2/predict.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool check_ids(const struct pg_model *model, const int *ids, size_t count, const char *what,
               struct pg_error *err) {
    const struct config *c = &model->config;
    if (count == 0) return fail(err, "%s is empty: there is nothing to predict from", what);
    if (count > (size_t)c->n_positions)
        return fail(err, "%s has %zu tokens; model %s has room for %d", what, count, model->name,
                    c->n_positions);
    for (size_t i = 0; i < count; i++)
        if (ids[i] < 0 || ids[i] >= c->n_vocab)
            return fail(err, "%s has token id %d; model %s has ids 0 to %d", what, ids[i],
                        model->name, c->n_vocab - 1);
    return true;
}

static bool ranks_before(const struct pg_prediction *a, const struct pg_prediction *b) {
    return a->logit > b->logit || (a->logit == b->logit && a->token < b->token);
}

/* Puts one more prediction into a ranking of n, of which the first `top` are kept. Returns the
 * new n. */
static size_t insert(struct pg_prediction *ranking, size_t n, size_t top, struct pg_prediction p) {
    if (n == top && (top == 0 || !ranks_before(&p, &ranking[n - 1]))) return n;
    size_t at = n < top ? n : n - 1;
    for (; at > 0 && ranks_before(&p, &ranking[at - 1]); at--) ranking[at] = ranking[at - 1];
    ranking[at] = p;
    return n < top ? n + 1 : n;
}

bool rank_tokens(const float *logits, int n_vocab, size_t top, struct pg_prediction *out,
                 struct pg_error *err) {
    for (int i = 0; i < n_vocab; i++)
        if (!isfinite(logits[i]))
            return fail(err, "the logit of token %d is %g: the model's weights are damaged", i,
                        (double)logits[i]);
    float *probability = allocate((size_t)n_vocab, sizeof *probability, err);
    if (!probability) return false;
    memcpy(probability, logits, (size_t)n_vocab * sizeof *probability);
    kernels_default()->softmax(n_vocab, probability, 1);
    size_t n = 0;
    for (int i = 0; i < n_vocab; i++)
        n = insert(out, n, top, (struct pg_prediction){i, logits[i], probability[i]});
    free(probability);
    return true;
}

/* The logits of all tokens after the text: n_vocab. */
static bool last_logits(const struct pg_model *model, const int *ids, int n_tokens, float *out,
                        struct pg_error *err) {
    struct batch batch;
    if (!batch_init(&batch, model, n_tokens, 1, n_tokens, err)) return false;
    embed(model, ids, 0, n_tokens, batch_add_run(&batch, (struct run){.n_tokens = n_tokens}));
    for (int b = 0; b < model->config.n_layer; b++) {
        batch_attention(&batch, b, b == model->config.n_layer - 1);
        batch_mlp(&batch, b);
    }
    batch_finish(&batch);
    batch_logits(&batch, 0, 1, &model->unembed, out);
    batch_free(&batch);
    return true;
}

bool pg_predict(const struct pg_model *model, const int *ids, size_t count, size_t top,
                struct pg_prediction *out, struct pg_error *err) {
    const int n_vocab = model->config.n_vocab;
    if (!check_ids(model, ids, count, "the text", err)) return false;
    if (top > (size_t)n_vocab)
        return fail(err, "the %zu most probable tokens were asked for; model %s has %d", top,
                    model->name, n_vocab);
    float *logits = allocate((size_t)n_vocab, sizeof *logits, err);
    bool ok = logits && last_logits(model, ids, (int)count, logits, err) &&
              rank_tokens(logits, n_vocab, top, out, err);
    free(logits);
    return ok;
}
