/* experiment.c: one experiment from request to result: check the request, run both texts, sweep the
 * patches. */
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
    return (struct pg_request){.sites = {PG_RESID_POST},
                               .n_sites = 1,
                               .metric = PG_LOGIT_DIFF,
                               .read_position = -1,
                               .top = 20};
}

/* ---- checking the request ---- */

static bool check_texts(const struct pg_model *model, struct pg_request *r, struct pg_error *err) {
    if (!check_ids(model, r->clean.ids, r->clean.count, "the clean text", err) ||
        !check_ids(model, r->corrupt.ids, r->corrupt.count, "the corrupted text", err))
        return false;
    if (r->clean.count != r->corrupt.count)
        return fail(
            err,
            "the clean text has %zu tokens and the corrupted text %zu; patching needs equally many",
            r->clean.count, r->corrupt.count);
    const int last = (int)r->clean.count - 1;
    if (r->read_position == -1) r->read_position = last;
    if (r->read_position < 0 || r->read_position > last)
        return fail(err, "the metric is to be read at position %d; there are 0 to %d",
                    r->read_position, last);
    return true;
}

static bool check_metric(const struct pg_model *model, const struct pg_request *r,
                         struct pg_error *err) {
    if ((unsigned)r->metric >= PG_N_METRICS)
        return fail(err, "there is no metric %d", (int)r->metric);
    const int least = pg_metric_least_tokens(r->metric), most = pg_metric_most_tokens(r->metric);
    const char *name = pg_metric_name(r->metric);
    if (most == 0 && r->n_pairs) return fail(err, "the metric %s takes no tokens", name);
    if (least > 0 && !r->n_pairs) return fail(err, "the metric %s needs a token", name);
    for (size_t i = 0; i < r->n_pairs; i++) {
        const struct pg_pair *pair = &r->pairs[i];
        if (pair->b == -1 && least == 2) return fail(err, "the metric %s needs two tokens", name);
        if (pair->b != -1 && most == 1) return fail(err, "the metric %s takes one token", name);
        if (!check_ids(model, &pair->a, 1, "the metric", err)) return false;
        if (pair->b != -1 && !check_ids(model, &pair->b, 1, "the metric", err)) return false;
    }
    if (r->top <= (size_t)model->config.n_vocab) return true;
    return fail(err, "the %zu most probable tokens were asked for; model %s has %d", r->top,
                model->name, model->config.n_vocab);
}

static bool check_list(const char *what, const struct pg_list *list, int count,
                       struct pg_error *err) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] < 0 || list->items[i] >= count)
            return fail(err, "%s %d was asked for; there are 0 to %d", what, list->items[i],
                        count - 1);
        if (i && list->items[i] <= list->items[i - 1])
            return fail(err, "%ss are not in ascending order: %d after %d", what, list->items[i],
                        list->items[i - 1]);
    }
    return true;
}

static bool check_patches(const struct pg_model *model, const struct pg_request *r,
                          struct pg_error *err) {
    bool heads = false, positions = false, seen[PG_N_SITES] = {false};
    if (r->n_sites == 0) return fail(err, "there is no site to patch");
    if (r->n_sites > PG_N_SITES)
        return fail(err, "%zu sites were asked for; there are %d", r->n_sites, PG_N_SITES);
    for (size_t i = 0; i < r->n_sites; i++) {
        const enum pg_site site = r->sites[i];
        if ((unsigned)site >= PG_N_SITES) return fail(err, "there is no site %d", (int)site);
        if (seen[site]) return fail(err, "the site %s is given twice", pg_site_name(site));
        seen[site] = true;
        heads |= pg_site_has_heads(site);
        positions |= pg_site_has_positions(site);
    }
    if (r->heads.count && !heads)
        return fail(err, "%s has no heads to choose from", pg_site_name(r->sites[0]));
    if (r->positions.count && !positions)
        return fail(err, "%s patches all positions at once, so there are none to choose from",
                    pg_site_name(r->sites[0]));
    return check_list("layer", &r->layers, model->config.n_layer, err) &&
           check_list("head", &r->heads, model->config.n_head, err) &&
           check_list("position", &r->positions, (int)r->clean.count, err);
}

/* ---- the cells ---- */

static int list_count(const struct pg_list *list, int all) {
    return list->count ? (int)list->count : all;
}

static int list_item(const struct pg_list *list, int i) {
    return list->count ? list->items[i] : i;
}

/* Writes the cells of one site, by layer, head, position, and returns how many there are. cells
 * may be NULL. */
static size_t list_site(const struct pg_model *model, const struct pg_request *r, enum pg_site site,
                        struct pg_cell *cells) {
    const bool heads = pg_site_has_heads(site), positions = pg_site_has_positions(site);
    const int n_layers = list_count(&r->layers, model->config.n_layer);
    const int n_heads = heads ? list_count(&r->heads, model->config.n_head) : 1;
    const int n_positions = positions ? list_count(&r->positions, (int)r->clean.count) : 1;
    size_t n = 0;
    for (int l = 0; l < n_layers; l++)
        for (int h = 0; h < n_heads; h++)
            for (int p = 0; p < n_positions; p++, n++)
                if (cells)
                    cells[n] =
                        (struct pg_cell){.site = site,
                                         .layer = list_item(&r->layers, l),
                                         .head = heads ? list_item(&r->heads, h) : -1,
                                         .position = positions ? list_item(&r->positions, p) : -1};
    return n;
}

static size_t list_cells(const struct pg_model *model, const struct pg_request *r,
                         struct pg_cell *cells) {
    size_t n = 0;
    for (size_t i = 0; i < r->n_sites; i++)
        n += list_site(model, r, r->sites[i], cells ? cells + n : NULL);
    return n;
}

/* ---- the result ---- */

/* A copy of count things of size bytes; NULL and err when memory is out. */
static void *copy_array(const void *from, size_t count, size_t size, struct pg_error *err) {
    void *copy = allocate(count, size, err);
    return copy && count ? memcpy(copy, from, count * size) : copy;
}

static struct pg_result *result_new(const struct pg_model *model, const struct pg_request *r,
                                    struct pg_error *err) {
    struct pg_result *result = allocate(1, sizeof *result, err);
    if (!result) return NULL;
    result->n_tokens = r->clean.count;
    result->n_pairs = r->n_pairs;
    result->n_sites = r->n_sites;
    memcpy(result->sites, r->sites, sizeof result->sites);
    result->metric = r->metric;
    result->noising = r->noising;
    result->read_position = r->read_position;
    result->n_top = r->top;
    result->n_cells = list_cells(model, r, NULL);
    result->clean_ids = copy_array(r->clean.ids, r->clean.count, sizeof(int), err);
    result->corrupt_ids = copy_array(r->corrupt.ids, r->corrupt.count, sizeof(int), err);
    result->pairs = copy_array(r->pairs, r->n_pairs, sizeof *r->pairs, err);
    result->clean_top = allocate(r->top, sizeof *result->clean_top, err);
    result->corrupt_top = allocate(r->top, sizeof *result->corrupt_top, err);
    result->cells = allocate(result->n_cells, sizeof *result->cells, err);
    if (result->clean_ids && result->corrupt_ids && result->pairs && result->clean_top &&
        result->corrupt_top && result->cells) {
        list_cells(model, r, result->cells);
        return result;
    }
    pg_result_free(result);
    return NULL;
}

void pg_result_free(struct pg_result *result) {
    if (!result) return;
    free(result->clean_ids);
    free(result->corrupt_ids);
    free(result->pairs);
    free(result->clean_top);
    free(result->corrupt_top);
    free(result->cells);
    free(result);
}

float pg_recovered(const struct pg_result *result, float value) {
    return (value - result->corrupt_metric) / (result->clean_metric - result->corrupt_metric);
}

/* ---- running ---- */

/* What the runs leave for the sweep. Both end at the read position: what comes after it has no
 * effect. */
struct runs {
    int n_tokens;
    struct cache clean, corrupt;
    float *logits; /* clean's, then corrupt's */
    struct metric metric;
};

static bool needs_all(const struct pg_request *r) {
    for (size_t i = 0; i < r->n_sites; i++)
        if (site_needs_all(r->sites[i])) return true;
    return false;
}

static bool run_texts(const struct pg_model *model, const struct pg_request *r, struct runs *runs,
                      struct pg_result *result, struct pg_error *err) {
    const int T = runs->n_tokens, V = model->config.n_vocab;
    const bool with_all = needs_all(r);
    runs->logits = allocate(2 * (size_t)V, sizeof(float), err);
    if (!runs->logits || !cache_init(&runs->clean, &model->config, T, with_all, err) ||
        !cache_init(&runs->corrupt, &model->config, T, with_all, err) ||
        !forward_pair(model, r->clean.ids, r->corrupt.ids, T, &runs->clean, &runs->corrupt,
                      runs->logits, err))
        return false;
    const float *clean = runs->logits, *corrupt = runs->logits + V;
    if (!metric_init(&runs->metric, model, r->metric, r->pairs, r->n_pairs, clean, err))
        return false;
    result->clean_metric = metric_value_of_all(&runs->metric, clean);
    result->corrupt_metric = metric_value_of_all(&runs->metric, corrupt);
    return rank_tokens(clean, V, r->top, result->clean_top, err) &&
           rank_tokens(corrupt, V, r->top, result->corrupt_top, err);
}

static bool run_patches(const struct pg_model *model, const struct pg_request *r,
                        const struct runs *runs, struct pg_result *result, struct pg_error *err) {
    struct sweep s = {.metric = &runs->metric,
                      .base_metric = r->noising ? result->clean_metric : result->corrupt_metric,
                      .memory = r->memory ? r->memory : DEFAULT_MEMORY,
                      .progress = r->progress,
                      .progress_context = r->progress_context};
    s.patching = (struct patching){
        .model = model,
        .base = r->noising ? &runs->clean : &runs->corrupt,
        .source = r->noising ? &runs->corrupt : &runs->clean,
        .first_difference = first_difference(r->clean.ids, r->corrupt.ids, runs->n_tokens),
    };
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
    if (!check_texts(model, &r, err) || !check_metric(model, &r, err) ||
        !check_patches(model, &r, err))
        return NULL;
    struct pg_result *result = result_new(model, &r, err);
    if (!result) return NULL;
    const double start = seconds();
    struct runs runs = {.n_tokens = r.read_position + 1};
    bool ok =
        run_texts(model, &r, &runs, result, err) && run_patches(model, &r, &runs, result, err);
    result->seconds = seconds() - start;
    cache_free(&runs.clean);
    cache_free(&runs.corrupt);
    metric_free(&runs.metric);
    free(runs.logits);
    if (ok) return result;
    pg_result_free(result);
    return NULL;
}

size_t pg_run_together(const struct pg_model *model, const struct pg_request *requests, size_t n,
                       struct pg_result **results, struct pg_error *errors) {
    if (n == 0) return 0;
    results[0] = pg_run(model, &requests[0], &errors[0]);
    return 1;
}
