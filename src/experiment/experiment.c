/* experiment.c: one experiment from request to result: check the request, run both texts, sweep
 * the patches. */
#include "base/memory.h"
#include "gpt2/forward.h"
#include "gpt2/predict.h"
#include "patch/metric.h"
#include "patch/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const size_t DEFAULT_MEMORY = (size_t)1 << 30;

struct pg_request pg_request_default(void) {
    return (struct pg_request){.site = PG_RESID_POST,
                               .metric = PG_LOGIT_DIFF,
                               .last_layer = -1,
                               .last_position = -1,
                               .top = 20};
}

/* ---- checking the request ---- */

/* Replaces -1 by the last one and checks first <= last < count. */
static bool check_range(const char *what, int first, int *last, int count, struct pg_error *err) {
    if (*last == -1) *last = count - 1;
    if (first >= 0 && first <= *last && *last < count) return true;
    return fail(err, "%s %d to %d were asked for; there are 0 to %d", what, first, *last,
                count - 1);
}

static bool check_request(const struct pg_model *model, struct pg_request *r,
                          struct pg_error *err) {
    if (!check_ids(model, r->clean.ids, r->clean.count, "the clean text", err) ||
        !check_ids(model, r->corrupt.ids, r->corrupt.count, "the corrupted text", err) ||
        !check_ids(model, r->tokens, 2, "the pair of tokens", err))
        return false;
    if (r->clean.count != r->corrupt.count)
        return fail(
            err,
            "the clean text has %zu tokens and the corrupted text %zu; patching needs equally many",
            r->clean.count, r->corrupt.count);
    if (r->top > (size_t)model->config.n_vocab)
        return fail(err, "the %zu most probable tokens were asked for; model %s has %d", r->top,
                    model->name, model->config.n_vocab);
    return check_range("layers", r->first_layer, &r->last_layer, model->config.n_layer, err) &&
           check_range("positions", r->first_position, &r->last_position, (int)r->clean.count, err);
}

/* ---- the result ---- */

static int *copy_ids(const struct pg_tokens *tokens, struct pg_error *err) {
    int *ids = allocate(tokens->count, sizeof *ids, err);
    return ids ? memcpy(ids, tokens->ids, tokens->count * sizeof *ids) : NULL;
}

static struct pg_result *result_new(const struct pg_request *r, struct pg_error *err) {
    struct pg_result *result = allocate(1, sizeof *result, err);
    if (!result) return NULL;
    result->n_tokens = r->clean.count;
    memcpy(result->tokens, r->tokens, sizeof result->tokens);
    result->site = r->site;
    result->metric = r->metric;
    result->noising = r->noising;
    result->n_top = r->top;
    result->n_cells = (size_t)(r->last_layer - r->first_layer + 1) *
                      (size_t)(r->last_position - r->first_position + 1);
    result->clean_ids = copy_ids(&r->clean, err);
    result->corrupt_ids = copy_ids(&r->corrupt, err);
    result->clean_top = allocate(r->top, sizeof *result->clean_top, err);
    result->corrupt_top = allocate(r->top, sizeof *result->corrupt_top, err);
    result->cells = allocate(result->n_cells, sizeof *result->cells, err);
    if (result->clean_ids && result->corrupt_ids && result->clean_top && result->corrupt_top &&
        result->cells)
        return result;
    pg_result_free(result);
    return NULL;
}

void pg_result_free(struct pg_result *result) {
    if (!result) return;
    free(result->clean_ids);
    free(result->corrupt_ids);
    free(result->clean_top);
    free(result->corrupt_top);
    free(result->cells);
    free(result);
}

float pg_recovered(const struct pg_result *result, float value) {
    return (value - result->corrupt_metric) / (result->clean_metric - result->corrupt_metric);
}

static void list_cells(const struct pg_request *r, struct pg_cell *cells) {
    for (int layer = r->first_layer; layer <= r->last_layer; layer++)
        for (int position = r->first_position; position <= r->last_position; position++)
            *cells++ = (struct pg_cell){.layer = layer, .head = -1, .position = position};
}

/* ---- running ---- */

/* What the runs leave for the sweep. */
struct runs {
    struct cache clean, corrupt;
    float *logits; /* clean's, then corrupt's */
};

static bool run_texts(const struct pg_model *model, const struct pg_request *r, struct runs *runs,
                      struct pg_result *result, struct pg_error *err) {
    const int T = (int)r->clean.count, V = model->config.n_vocab;
    runs->logits = allocate(2 * (size_t)V, sizeof(float), err);
    if (!runs->logits || !cache_init(&runs->clean, &model->config, T, err) ||
        !cache_init(&runs->corrupt, &model->config, T, err) ||
        !forward_pair(model, r->clean.ids, r->corrupt.ids, T, &runs->clean, &runs->corrupt,
                      runs->logits, err))
        return false;
    const float *clean = runs->logits, *corrupt = runs->logits + V;
    result->clean_metric =
        metric_value(r->metric, (float[]){clean[r->tokens[0]], clean[r->tokens[1]]});
    result->corrupt_metric =
        metric_value(r->metric, (float[]){corrupt[r->tokens[0]], corrupt[r->tokens[1]]});
    return rank_tokens(clean, V, r->top, result->clean_top, err) &&
           rank_tokens(corrupt, V, r->top, result->corrupt_top, err);
}

static bool run_patches(const struct pg_model *model, const struct pg_request *r,
                        const struct runs *runs, struct pg_result *result, struct pg_error *err) {
    struct sweep s = {.metric = r->metric,
                      .base_metric = r->noising ? result->clean_metric : result->corrupt_metric,
                      .memory = r->memory ? r->memory : DEFAULT_MEMORY,
                      .progress = r->progress,
                      .progress_context = r->progress_context};
    s.patching = (struct patching){
        .model = model,
        .base = r->noising ? &runs->clean : &runs->corrupt,
        .source = r->noising ? &runs->corrupt : &runs->clean,
        .first_difference = first_difference(r->clean.ids, r->corrupt.ids, (int)r->clean.count),
        .site = r->site};
    memcpy(s.tokens, r->tokens, sizeof s.tokens);
    list_cells(r, result->cells);
    return sweep(&s, result->cells, result->n_cells, err);
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct pg_result *pg_run(const struct pg_model *model, const struct pg_request *request,
                         struct pg_error *err) {
    struct pg_request r = *request;
    if (!check_request(model, &r, err)) return NULL;
    struct pg_result *result = result_new(&r, err);
    if (!result) return NULL;
    const double start = seconds();
    struct runs runs = {0};
    bool ok =
        run_texts(model, &r, &runs, result, err) && run_patches(model, &r, &runs, result, err);
    result->seconds = seconds() - start;
    cache_free(&runs.clean);
    cache_free(&runs.corrupt);
    free(runs.logits);
    if (ok) return result;
    pg_result_free(result);
    return NULL;
}
