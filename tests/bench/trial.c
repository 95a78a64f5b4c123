/* trial.c: see trial.h. */
#include "trial.h"

#include "bench.h"
#include "gpt2/forward.h"
#include "patch/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void trial_begin(struct trial *trial, const struct pg_model *model, int n_tokens) {
    const struct config *c = &model->config;
    struct pg_error err;
    *trial = (struct trial){.model = model, .n_tokens = n_tokens, .memory = (size_t)1 << 30};
    trial->clean = need((size_t)n_tokens, sizeof *trial->clean);
    trial->corrupt = need((size_t)n_tokens, sizeof *trial->corrupt);
    for (int t = 0; t < n_tokens; t++)
        trial->clean[t] = trial->corrupt[t] = (t + 1) * 7919 % c->n_vocab;
    trial->corrupt[DIFFER] = (trial->clean[DIFFER] + 1) % c->n_vocab;
    trial->logits = need(2 * (size_t)c->n_vocab, sizeof *trial->logits);
    require(cache_init(&trial->clean_cache, c, n_tokens, false, &err) &&
                cache_init(&trial->corrupt_cache, c, n_tokens, false, &err),
            &err);
}

void trial_end(struct trial *trial) {
    cache_free(&trial->clean_cache);
    cache_free(&trial->corrupt_cache);
    free(trial->clean);
    free(trial->corrupt);
    free(trial->logits);
    free(trial->cells);
}

/* ---- cells ---- */

size_t trial_whole_cells(const struct trial *trial) {
    return (size_t)trial->model->config.n_layer * (size_t)trial->n_tokens;
}

static void new_cells(struct trial *trial, size_t n) {
    free(trial->cells);
    trial->cells = need(n, sizeof *trial->cells);
    trial->n_cells = n;
}

/* Cell number `at` of the whole sweep's, by layer, then position. */
static struct pg_cell whole_cell(const struct trial *trial, size_t at) {
    const size_t T = (size_t)trial->n_tokens;
    return (struct pg_cell){
        .site = PG_RESID_POST, .layer = (int)(at / T), .head = -1, .position = (int)(at % T)};
}

void trial_choose_all(struct trial *trial) {
    new_cells(trial, trial_whole_cells(trial));
    for (size_t i = 0; i < trial->n_cells; i++) trial->cells[i] = whole_cell(trial, i);
}

void trial_choose_some(struct trial *trial, size_t n) {
    const double all = (double)trial_whole_cells(trial), golden = 0.6180339887498949;
    new_cells(trial, n);
    for (size_t i = 0; i < n; i++) /* multiples of the golden ratio never fall into step */
        trial->cells[i] = whole_cell(trial, (size_t)(fmod((double)(i + 1) * golden, 1) * all));
}

/* Position of the i-th cell that fills the budget. */
static int filling_position(const struct trial *trial, size_t i) {
    return DIFFER + (int)(i % (size_t)(trial->n_tokens - DIFFER));
}

void trial_fill_budget(struct trial *trial) {
    const size_t budget = trial->memory / stack_bytes_per_row(&trial->model->config);
    size_t n = 0;
    for (size_t rows = 0; rows <= budget; n++)
        rows += (size_t)(trial->n_tokens - filling_position(trial, n));
    new_cells(trial, n);
    for (size_t i = 0; i < n; i++)
        trial->cells[i] = (struct pg_cell){.site = PG_RESID_POST,
                                           .layer = trial->model->config.n_layer - 2,
                                           .head = -1,
                                           .position = filling_position(trial, i)};
}

struct operations trial_whole_sweep(const struct trial *trial) {
    struct trial whole = {.model = trial->model, .n_tokens = trial->n_tokens};
    trial_choose_all(&whole);
    const struct operations o =
        count_sweep(&whole.model->config, whole.n_tokens, DIFFER, whole.cells, whole.n_cells);
    free(whole.cells);
    return o;
}

/* ---- running ---- */

void trial_run_texts(void *context) {
    struct trial *trial = context;
    struct pg_error err;
    const int T = trial->n_tokens, differ = first_difference(trial->clean, trial->corrupt, T);
    const struct text texts[] = {{.ids = trial->clean, .n_tokens = T, .cache = &trial->clean_cache},
                                 {.ids = trial->corrupt,
                                  .n_tokens = T,
                                  .first_position = differ < T ? differ : T - 1,
                                  .base = &trial->clean_cache,
                                  .cache = &trial->corrupt_cache}};
    require(forward_texts(trial->model, texts, 2, trial->logits, &err), &err);
}

void trial_run_sweep(void *context) {
    struct trial *trial = context;
    struct pg_error err;
    const struct pg_pair pair = {100, 200};
    const struct question question = {.metric = PG_LOGIT_DIFF, .pairs = &pair, .n_pairs = 1};
    struct metric metric;
    require(metric_init(&metric, trial->model, &question, trial->logits, &err), &err);
    const float *corrupt = trial->logits + trial->model->config.n_vocab;
    struct sweep s = {.patching = {.model = trial->model,
                                   .base = &trial->corrupt_cache,
                                   .source = &trial->clean_cache,
                                   .first_difference = DIFFER},
                      .metric = &metric,
                      .base_metric = metric_value_of_all(&metric, corrupt),
                      .cells = trial->cells,
                      .n_cells = trial->n_cells};
    require(run_sweeps(&s, 1, &(struct walk_plan){.memory = trial->memory}, &err), &err);
    metric_free(&metric);
    for (size_t i = 0; i < trial->n_cells; i++)
        if (!isfinite(trial->cells[i].value)) {
            fprintf(stderr, "patchgpt_bench: a patch has the value %g\n",
                    (double)trial->cells[i].value);
            exit(1);
        }
}
