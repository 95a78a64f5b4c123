/* experiment.c: see experiment.h. Both texts are run, then all patches are swept; several
 * experiments together. */
#include "patch/experiment.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "gpt2/forward.h"
#include "gpt2/predict.h"
#include "gpt2/space_form.h"
#include "patch/ablation.h"
#include "patch/cell_sets.h"
#include "patch/metric.h"
#include "patch/noised.h"
#include "patch/paths.h"
#include "patch/request.h"
#include "patch/result.h"
#include "patch/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Budgets in bytes for the rows of patched runs: for maps, most of which are one chunk then; and
 * for edges and paths, which are many chunks in any case. */
static const size_t DEFAULT_MEMORY = (size_t)1 << 30, DEFAULT_GRAPH_MEMORY = (size_t)64 << 20;

/* Experiments join a walk up to this many rows of patched runs: beyond it one walk saves little
 * over several, and results would come late. */
enum { JOINED_ROWS = 4 * MC };

/* ---- one experiment ---- */

/* An experiment that is being run. Both runs end at the read position, since later positions have
 * no effect on it. */
struct experiment {
    struct pg_request request;
    struct pg_result *result;
    struct cell_sets sets;
    struct cache clean;
    struct cache *others; /* the corrupted run, a run for each sample of noise, or what an ablation
                             puts in */
    struct noised noised;
    struct pg_cell *samples; /* with noise: the cells of each of the others */
    const float *logits;     /* of all tokens: clean's, then the others' */
    struct metric metric;
};

static int length(const struct pg_request *r) {
    return r->read_position + 1;
}

static bool is_ablation(const struct pg_request *r) {
    return r->with != PG_WITH_TEXT;
}

static size_t count_others(const struct pg_request *r) {
    return r->noise ? r->noise->samples : 1;
}

/* The runs besides the clean one. */
static size_t count_runs(const struct pg_request *r) {
    return is_ablation(r) ? 0 : count_others(r);
}

/* Checks the request and allocates the result, not yet the caches. */
static bool experiment_open(const struct pg_model *model, const struct pg_request *request,
                            struct experiment *out, struct pg_error *err) {
    *out = (struct experiment){.request = *request};
    if (!request_check(model, &out->request, err)) return false;
    out->result = result_new(model, &out->request, err);
    return out->result && cell_sets_make(model, &out->request, out->result->cells,
                                         out->result->n_cells, &out->sets, err);
}

static bool make_caches(const struct pg_model *model, struct experiment *e, struct pg_error *err) {
    const struct pg_request *r = &e->request;
    const int T = length(r);
    const struct held held = held_for(r->sites, r->n_sites);
    e->others = allocate(count_others(r), sizeof *e->others, err);
    bool ok = e->others && cache_init(&e->clean, &model->config, T, held.set, err);
    if (ok && is_ablation(r)) return ablation_cache(model, r->mean, held, T, e->others, err);
    for (size_t i = 0; ok && i < count_others(r); i++)
        ok = cache_init(&e->others[i], &model->config, T, held.set, err);
    if (!ok || !r->noise) return ok;
    e->samples = allocate(count_others(r) * e->result->n_cells, sizeof *e->samples, err);
    for (size_t i = 0; e->samples && i < count_others(r); i++)
        memcpy(e->samples + i * e->result->n_cells, e->result->cells,
               e->result->n_cells * sizeof *e->samples);
    return e->samples && noised_make(model, r->noise, &e->noised, err);
}

/* Frees what the experiment has besides its result. Closing it again does nothing. */
static void experiment_close(struct experiment *e) {
    cache_free(&e->clean);
    for (size_t i = 0; e->others && i < count_others(&e->request); i++) cache_free(&e->others[i]);
    free(e->others);
    free(e->samples);
    e->others = NULL;
    e->samples = NULL;
    noised_free(&e->noised);
    cell_sets_free(&e->sets);
    metric_free(&e->metric);
}

static void experiment_fail(struct experiment *e) {
    pg_result_free(e->result);
    e->result = NULL;
    experiment_close(e);
}

static int differ_from(const struct pg_request *r) {
    if (r->noise) return r->noise->positions[0];
    return is_ablation(r) ? 0 : first_difference(r->clean.ids, r->corrupt.ids, length(r));
}

/* An upper bound of the rows of its patched runs. */
static size_t count_rows(const struct experiment *e) {
    const int T = length(&e->request), differ = differ_from(&e->request);
    size_t rows = 0;
    for (size_t i = 0; i < e->result->n_cells; i++) {
        const int position = e->result->cells[i].position;
        const int first = position < 0 ? differ : position;
        if (first >= differ && first < T) rows += (size_t)(T - first);
    }
    return rows;
}

/* The tokens of the question, each once, in order of appearance. ids: question_n_tokens(). */
static size_t named_tokens(const struct question *q, int *ids) {
    const size_t all = question_n_tokens(q);
    size_t n = 0;
    question_tokens(q, ids);
    if (question_has_sets(q)) return all; /* each is there once */
    for (size_t i = 0; i < all; i++) {
        size_t at = 0;
        while (at < n && ids[at] != ids[i]) at++;
        if (at == n) ids[n++] = ids[i];
    }
    return n;
}

/* Fills in what the runs of the texts predict: the most probable tokens and n named ones. */
static void read_runs(const struct pg_model *model, const struct distribution runs[2],
                      const int *ids, struct pg_result *result) {
    const size_t n = result->n_named;
    const bool both = result->corrupt_ids != NULL;
    distribution_top(&runs[0], result->n_top, result->clean_top);
    distribution_named(&runs[0], ids, n, result->clean_named);
    if (both) distribution_top(&runs[1], result->n_top, result->corrupt_top);
    if (both) distribution_named(&runs[1], ids, n, result->corrupt_named);
    const struct named_run named[] = {{&runs[0], "after the clean text"},
                                      {&runs[1], "after the corrupted text"}};
    warn_of_spaces(model, named, both ? 2 : 1, ids, n, result->answers.count > 0);
}

static bool read_predictions(const struct pg_model *model, const struct experiment *e,
                             struct pg_error *err) {
    const struct question question = question_of(&e->request);
    const int V = model->config.n_vocab;
    struct distribution runs[2] = {{0}};
    int *ids = allocate(question_n_tokens(&question), sizeof *ids, err);
    const bool ok = ids && distribution_make(&runs[0], e->logits, V, err) &&
                    (!e->result->corrupt_ids || distribution_make(&runs[1], e->logits + V, V, err));
    if (ok) {
        e->result->n_named = named_tokens(&question, ids);
        read_runs(model, runs, ids, e->result);
    }
    distribution_free(&runs[0]);
    distribution_free(&runs[1]);
    free(ids);
    return ok;
}

/* The metric of one of the others, which is a run. */
static float metric_of_other(const struct pg_model *model, const struct experiment *e, size_t i) {
    return metric_value_of_all(&e->metric, e->logits + (i + 1) * (size_t)model->config.n_vocab);
}

/* The metric of the corrupted run, over samples of noise the mean; NAN for ablation. */
static float mean_metric(const struct pg_model *model, const struct experiment *e) {
    const size_t n = count_runs(&e->request);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)metric_of_other(model, e, i);
    return (float)(sum / (double)n);
}

/* Whether the logits of all samples of noise are finite. */
static bool check_noised(const struct pg_model *model, const struct experiment *e,
                         struct pg_error *err) {
    const int V = model->config.n_vocab;
    struct pg_error why;
    for (size_t i = 0; i < count_runs(&e->request); i++)
        if (!check_logits(e->logits + (i + 1) * (size_t)V, V, &why))
            return fail(err, "with noise of standard deviation %g the logits are not finite",
                        e->request.noise->sigma);
    return true;
}

/* Fills in the metrics and predictions of the texts, and prepares the metric for the patches. */
static bool read_texts(const struct pg_model *model, struct experiment *e, struct pg_error *err) {
    const struct question question = question_of(&e->request);
    struct pg_result *result = e->result;
    const float *clean = e->logits;
    if (!metric_init(&e->metric, model, &question, clean, err)) return false;
    if (e->request.noise && !check_noised(model, e, err)) return false;
    result->clean_metric = metric_value_of_all(&e->metric, clean);
    result->corrupt_metric = mean_metric(model, e);
    return read_predictions(model, e, err);
}

/* The sweep with one of the others. */
static struct sweep sweep_of(const struct pg_model *model, const struct experiment *e, size_t i) {
    const bool from_clean = !e->request.noising && !is_ablation(&e->request);
    const size_t n_cells = e->result->n_cells;
    return (struct sweep){
        .patching = {.model = model,
                     .base = from_clean ? &e->others[i] : &e->clean,
                     .source = from_clean ? &e->clean : &e->others[i],
                     .first_difference = differ_from(&e->request)},
        .metric = &e->metric,
        .base_metric = from_clean ? metric_of_other(model, e, i) : e->result->clean_metric,
        .cells = e->samples ? e->samples + i * n_cells : e->result->cells,
        .n_cells = n_cells,
        .sets = e->sets.items,
    };
}

/* With noise: the values are the means over its samples. */
static void take_means(struct experiment *e) {
    const size_t n = count_others(&e->request), n_cells = e->result->n_cells;
    for (size_t c = 0; e->samples && c < n_cells; c++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            const struct pg_cell *cell = &e->samples[i * n_cells + c];
            sum += (double)cell->value;
            if (cell->site == PG_N_SITES) e->result->cells[c].site = PG_N_SITES;
        }
        e->result->cells[c].value = (float)(sum / (double)n);
    }
}

/* Removes the cells that were not run. */
static void leave_out(struct pg_result *r) {
    size_t n = 0;
    for (size_t i = 0; i < r->n_cells; i++)
        if (r->cells[i].site != PG_N_SITES) r->cells[n++] = r->cells[i];
    r->n_left_out = r->n_cells - n;
    r->n_cells = n;
}

/* ---- a group of experiments ---- */

static size_t memory_of(const struct pg_request *r) {
    if (r->memory) return r->memory;
    return site_is_graph(r->sites[0]) ? DEFAULT_GRAPH_MEMORY : DEFAULT_MEMORY;
}

static size_t bytes_needed(const struct pg_model *model, const struct experiment *e) {
    const struct config *c = &model->config;
    const struct pg_request *r = &e->request;
    const struct held held = held_for(r->sites, r->n_sites);
    const size_t T = (size_t)length(r);
    const size_t patterns = is_ablation(r) && held.patterns
                                ? (size_t)c->n_layer * (size_t)c->n_head * T * T * sizeof(float)
                                : 0;
    return patterns + count_others(r) * count_rows(e) * stack_bytes_per_row(c) +
           (1 + count_others(r)) *
               (cache_bytes(c, length(r), held.set) + (size_t)c->n_vocab * sizeof(float));
}

static struct pg_error *error_of(struct pg_error *errors, size_t i) {
    return errors ? &errors[i] : NULL;
}

/* Opens the experiments at the front that are worth joining and fit the memory; invalid ones have
 * no result. Returns how many. */
static size_t open_group(const struct pg_model *model, const struct pg_request *requests, size_t n,
                         struct experiment *es, struct pg_error *errors) {
    size_t rows = 0, bytes = 0, k = 0;
    for (; k < n; k++) {
        if (!experiment_open(model, &requests[k], &es[k], error_of(errors, k))) {
            experiment_fail(&es[k]);
            continue;
        }
        rows += count_others(&es[k].request) * count_rows(&es[k]);
        bytes += bytes_needed(model, &es[k]);
        const bool fits = rows <= JOINED_ROWS && bytes <= memory_of(&requests[0]);
        const bool ready = (k == 0 || fits) && make_caches(model, &es[k], error_of(errors, k));
        if (ready) continue;
        experiment_fail(&es[k]);
        if (k > 0) break; /* it opens the next group */
    }
    return k;
}

/* Writes the texts of an experiment, 1 + count_runs(). Positions that the others share with the
 * clean one are not run again, except for the last. */
static void make_texts(struct experiment *e, struct text *texts) {
    const struct pg_request *r = &e->request;
    const int T = length(r), differ = differ_from(r);
    *texts++ = (struct text){.ids = r->clean.ids, .n_tokens = T, .cache = &e->clean};
    for (size_t i = 0; i < count_runs(r); i++)
        *texts++ = (struct text){.ids = r->noise ? r->clean.ids : r->corrupt.ids,
                                 .n_tokens = T,
                                 .noise = r->noise ? &e->noised.items[i] : NULL,
                                 .first_position = differ < T ? differ : T - 1,
                                 .base = &e->clean,
                                 .cache = &e->others[i]};
}

/* How many texts n experiments run. */
static size_t count_texts(struct experiment **live, size_t n) {
    size_t n_texts = n;
    for (size_t i = 0; i < n; i++) n_texts += count_runs(&live[i]->request);
    return n_texts;
}

/* Runs all texts and reads their metrics and predictions. logits: n_vocab for each text. */
static bool run_texts(const struct pg_model *model, struct experiment **live, size_t n,
                      float *logits, struct pg_error *err) {
    struct text *texts = allocate(count_texts(live, n), sizeof *texts, err);
    if (!texts) return false;
    size_t n_texts = 0;
    for (size_t i = 0; i < n; i++) {
        live[i]->logits = logits + n_texts * (size_t)model->config.n_vocab;
        make_texts(live[i], &texts[n_texts]);
        n_texts += 1 + count_runs(&live[i]->request);
    }
    bool ok = forward_texts(model, texts, n_texts, logits, err);
    for (size_t i = 0; ok && i < n; i++) ok = read_texts(model, live[i], err);
    free(texts);
    return ok;
}

static bool run_patches(const struct pg_model *model, struct experiment **live, size_t n,
                        struct pg_error *err) {
    const struct pg_request *first = &live[0]->request;
    const struct walk_plan plan = {.memory = memory_of(first),
                                   .progress = first->progress,
                                   .progress_context = first->progress_context,
                                   .stop = first->sites[0] == PG_EDGES ? first->stop : NULL,
                                   .stop_context = first->stop_context};
    size_t n_sweeps = 0, n_joined = 0;
    for (size_t i = 0; i < n; i++) n_sweeps += count_others(&live[i]->request);
    struct sweep *sweeps = allocate(n_sweeps, sizeof *sweeps, err);
    bool ok = sweeps;
    for (size_t i = 0; ok && i < n; i++)
        for (size_t k = 0; ok && k < count_others(&live[i]->request); k++) {
            const struct sweep sweep = sweep_of(model, live[i], k);
            const struct pg_result *result = live[i]->result;
            if (result->sites[0] == PG_PATHS)
                ok = run_paths(&sweep, result->receivers, result->n_receivers, result->frozen,
                               &plan, err);
            else
                sweeps[n_joined++] = sweep;
        }
    ok = ok && run_sweeps(sweeps, n_joined, &plan, err);
    for (size_t i = 0; ok && i < n; i++) take_means(live[i]);
    for (size_t i = 0; ok && i < n; i++) leave_out(live[i]->result);
    free(sweeps);
    return ok;
}

/* Warns if no patch had an effect. */
static void warn_of_no_effect(const struct pg_result *r) {
    const float base = r->noising || r->with != PG_WITH_TEXT ? r->clean_metric : r->corrupt_metric;
    size_t same = 0;
    while (same < r->n_cells && r->cells[same].value == base) same++;
    if (same < r->n_cells || r->n_left_out) return;
    if (r->corrupt_ids && !memcmp(r->clean_ids, r->corrupt_ids, r->n_tokens * sizeof *r->clean_ids))
        warn(PG_WARN_NO_EFFECT,
             "the clean and the corrupted text are the same, so no patch changes "
             "anything");
    else
        warn(PG_WARN_NO_EFFECT, "no patch changes anything: every value is that of the run without "
                                "patches");
}

/* Warns if edges that help the clean run's answer have negative scores. */
static void warn_of_negative(const struct pg_result *r) {
    if (r->sites[0] == PG_EDGES && r->clean_metric < 0 && r->metric != PG_LOSS &&
        r->metric != PG_KL && !(r->metric == PG_LOGPROB && r->n_named == 1))
        warn(PG_WARN_NEGATIVE,
             "the clean run's metric is %.4g, so edges that help its answer have negative scores: "
             "name the clean text's answer first",
             (double)r->clean_metric);
}

static bool run_joined(const struct pg_model *model, struct experiment **live, size_t n,
                       struct pg_error *err) {
    const double start = seconds_now();
    float *logits =
        allocate(count_texts(live, n), (size_t)model->config.n_vocab * sizeof *logits, err);
    bool ok = logits && run_texts(model, live, n, logits, err) &&
              run_patches(model, live, n, err) && model_is_whole(model, err);
    for (size_t i = 0; i < n; i++) live[i]->result->seconds = seconds_now() - start;
    for (size_t i = 0; ok && i < n; i++) {
        warn_of_no_effect(live[i]->result);
        warn_of_negative(live[i]->result);
    }
    free(logits);
    return ok;
}

/* Runs the k experiments of a group that was opened, and gives out their results. */
static void run_opened(const struct pg_model *model, struct experiment *es, size_t k,
                       struct experiment **live, struct pg_result **results,
                       struct pg_error *errors) {
    struct pg_error err;
    size_t n_live = 0;
    for (size_t i = 0; i < k; i++)
        if (es[i].result) live[n_live++] = &es[i];
    const bool ok = n_live == 0 || run_joined(model, live, n_live, &err);
    for (size_t i = 0; i < k; i++) {
        if (es[i].result && !ok) {
            if (errors) errors[i] = err;
            experiment_fail(&es[i]);
        }
        results[i] = es[i].result;
        experiment_close(&es[i]);
    }
}

size_t run_group(const struct pg_model *model, const struct pg_request *requests, size_t n,
                 struct pg_result **results, struct pg_error *errors) {
    struct experiment *es = allocate(n, sizeof *es, error_of(errors, 0));
    struct experiment **live = allocate(n, sizeof *live, error_of(errors, 0));
    size_t k = 1;
    results[0] = NULL;
    if (es && live) {
        k = open_group(model, requests, n, es, errors);
        run_opened(model, es, k, live, results, errors);
    }
    free(es);
    free(live);
    return k;
}

size_t pg_run_many(const struct pg_model *model, const struct pg_request *requests, size_t n,
                   struct pg_result **results, struct pg_error *errors) {
    size_t n_done = 0, k;
    for (size_t at = 0; at < n; at += k) {
        k = run_group(model, requests + at, n - at, results + at, error_of(errors, at));
        for (size_t i = at; i < at + k; i++) n_done += results[i] != NULL;
    }
    return n_done;
}

struct pg_result *pg_run(const struct pg_model *model, const struct pg_request *request,
                         struct pg_error *err) {
    struct pg_result *result;
    run_group(model, request, 1, &result, err);
    return result;
}
