/* predict.c: see predict.h; and pg_logits, pg_predict, pg_predict_tokens. */
#include "gpt2/space_form.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "gpt2/probability.h"

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

/* Inserts a prediction into a ranking of n, of which the first `top` are kept. Returns the new
 * n. */
static size_t insert(struct pg_prediction *ranking, size_t n, size_t top, struct pg_prediction p) {
    if (n == top && (top == 0 || !ranks_before(&p, &ranking[n - 1]))) return n;
    size_t at = n < top ? n : n - 1;
    for (; at > 0 && ranks_before(&p, &ranking[at - 1]); at--) ranking[at] = ranking[at - 1];
    ranking[at] = p;
    return n < top ? n + 1 : n;
}

int token_rank(const float *logits, int n_vocab, int token) {
    const float logit = logits[token];
    int before = 0;
    for (int i = 0; i < token; i++) before += logits[i] >= logit;
    for (int i = token + 1; i < n_vocab; i++) before += logits[i] > logit;
    return before + 1;
}

bool check_logits(const float *logits, int n_vocab, struct pg_error *err) {
    for (int i = 0; i < n_vocab; i++)
        if (!isfinite(logits[i]))
            return fail(err, "the logit of token %d is %g: the model's weights are damaged", i,
                        (double)logits[i]);
    return true;
}

bool distribution_make(struct distribution *d, const float *logits, int n_vocab,
                       struct pg_error *err) {
    *d = (struct distribution){.logits = logits, .n_vocab = n_vocab};
    if (!check_logits(logits, n_vocab, err)) return false;
    d->probabilities = allocate((size_t)n_vocab, sizeof *d->probabilities, err);
    if (!d->probabilities) return false;
    memcpy(d->probabilities, logits, (size_t)n_vocab * sizeof *d->probabilities);
    kernels_default()->softmax(n_vocab, d->probabilities, 1);
    const struct normalizer z = normalizer_of(n_vocab, logits);
    for (int i = 0; i < n_vocab; i++)
        if (logits[i] - z.max < MIN_EXPONENT) d->probabilities[i] = probability_of(&z, logits[i]);
    return true;
}

void distribution_free(struct distribution *d) {
    free(d->probabilities);
    *d = (struct distribution){0};
}

void distribution_top(const struct distribution *d, size_t top, struct pg_prediction *out) {
    size_t n = 0;
    for (int i = 0; i < d->n_vocab; i++)
        n = insert(out, n, top,
                   (struct pg_prediction){
                       .token = i, .logit = d->logits[i], .probability = d->probabilities[i]});
    for (size_t i = 0; i < n; i++) out[i].rank = (int)i + 1;
}

void distribution_named(const struct distribution *d, const int *tokens, size_t n,
                        struct pg_prediction *out) {
    for (size_t i = 0; i < n; i++)
        out[i] =
            (struct pg_prediction){tokens[i], d->logits[tokens[i]], d->probabilities[tokens[i]],
                                   token_rank(d->logits, d->n_vocab, tokens[i])};
}

/* ---- all logits ---- */

/* Positions whose logits are in memory at a time. */
enum { CHUNK = 32 };

/* Arguments of pg_logits. */
struct logits_job {
    size_t first, count; /* positions first..count-1 */
    pg_logits_row *receive;
    void *context;
};

/* Runs a text through all blocks and the final norm; only_last: the last block for its last
 * position alone. */
static void run_blocks(struct stack *stack, const int *ids, int n_tokens, bool only_last) {
    const struct pg_model *model = stack->model;
    const int n_layer = model->config.n_layer;
    embed(model, ids, NULL, 0, n_tokens, stack_add_run(stack, (struct run){.n_tokens = n_tokens}));
    for (int b = 0; b < n_layer; b++) {
        stack_attention(stack, b, only_last && b == n_layer - 1);
        stack_mlp_input(stack, b);
        stack_mlp_output(stack, b);
    }
    stack_final_norm_all(stack);
}

/* Passes on the logits of n positions, whose rows start at `row`. */
static bool give_chunk(const struct stack *stack, const struct logits_job *r, size_t position,
                       int row, int n, float *logits, struct pg_error *err) {
    const int n_vocab = stack->model->config.n_vocab;
    stack_logits(stack, row, n, &stack->model->unembed, logits);
    for (int i = 0; i < n; i++, logits += n_vocab)
        if (!check_logits(logits, n_vocab, err) ||
            !r->receive(r->context, position + (size_t)i, logits, (size_t)n_vocab, err))
            return false;
    return true;
}

static bool give_all(const struct stack *stack, const struct logits_job *r, struct pg_error *err) {
    const size_t max = r->count - r->first < CHUNK ? r->count - r->first : CHUNK;
    const size_t skipped = r->count - (size_t)stack->n_rows; /* positions without rows */
    float *logits = allocate_unset(max * (size_t)stack->model->config.n_vocab, sizeof *logits, err);
    bool done = logits;
    for (size_t at = r->first; done && at < r->count; at += max) {
        const size_t n = r->count - at < max ? r->count - at : max;
        done = give_chunk(stack, r, at, (int)(at - skipped), (int)n, logits, err);
    }
    free(logits);
    return done;
}

bool pg_logits(const struct pg_model *model, const int *ids, size_t count, size_t first,
               pg_logits_row *receive, void *context, struct pg_error *err) {
    const struct logits_job r = {first, count, receive, context};
    struct stack stack;
    if (!check_ids(model, ids, count, "the text", err)) return false;
    if (first >= count)
        return fail(err, "position %zu was asked for; the text has %zu tokens", first, count);
    if (!stack_init(&stack, model, (int)count, 1, (int)count, 0, err)) return false;
    run_blocks(&stack, ids, (int)count, first == count - 1);
    const bool done = give_all(&stack, &r, err) && model_is_whole(model, err);
    stack_free(&stack);
    return done;
}

/* ---- one position ---- */

/* A pg_logits_row that copies the logits to context. */
static bool copy_logits(void *context, size_t position, const float *logits, size_t n_vocab,
                        struct pg_error *err) {
    (void)position;
    (void)err;
    memcpy(context, logits, n_vocab * sizeof *logits);
    return true;
}

/* The distribution after the text, and its logits. Free both, also after failure. */
static bool predict(const struct pg_model *model, const int *ids, size_t count, float **logits,
                    struct distribution *out, struct pg_error *err) {
    const int n_vocab = model->config.n_vocab;
    *out = (struct distribution){0};
    *logits = allocate((size_t)n_vocab, sizeof **logits, err);
    return *logits && pg_logits(model, ids, count, count - 1, copy_logits, *logits, err) &&
           distribution_make(out, *logits, n_vocab, err);
}

bool pg_predict(const struct pg_model *model, const int *ids, size_t count, size_t top,
                struct pg_prediction *out, struct pg_error *err) {
    float *logits;
    struct distribution d;
    if (!check_ids(model, ids, count, "the text", err)) return false;
    if (top > (size_t)model->config.n_vocab)
        return fail(err, "the %zu most probable tokens were asked for; model %s has %d", top,
                    model->name, model->config.n_vocab);
    bool ok = predict(model, ids, count, &logits, &d, err);
    if (ok) distribution_top(&d, top, out);
    distribution_free(&d);
    free(logits);
    return ok;
}

bool pg_predict_tokens(const struct pg_model *model, const int *ids, size_t count,
                       const int *tokens, size_t n, struct pg_prediction *out,
                       struct pg_error *err) {
    float *logits;
    struct distribution d;
    if (!check_ids(model, ids, count, "the text", err)) return false;
    for (size_t i = 0; i < n; i++)
        if (!check_ids(model, &tokens[i], 1, "the list of tokens", err)) return false;
    bool ok = predict(model, ids, count, &logits, &d, err);
    if (ok) {
        distribution_named(&d, tokens, n, out);
        warn_of_spaces(model, &(struct named_run){&d, "after the text"}, 1, tokens, n, false);
    }
    distribution_free(&d);
    free(logits);
    return ok;
}
