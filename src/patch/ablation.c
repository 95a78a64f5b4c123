/* ablation.c: see ablation.h. A mean is summed in double, text after text, and rounded once. */
#include "patch/ablation.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "gpt2/predict.h"
#include "patch/heads.h"
#include "tensor/attention.h"

#include <stdlib.h>
#include <string.h>

struct pg_mean {
    const struct pg_model *model;
    struct held held;
    bool over_positions;
    struct cache cache; /* one position if it is over positions */
};

struct held held_for(const enum pg_site *sites, size_t n_sites) {
    struct held held = {0};
    for (size_t i = 0; i < n_sites; i++) {
        const enum head_part part = site_of(sites[i])->part;
        held.set |= site_of(sites[i])->cached;
        held.patterns |= part == PART_PATTERN || part == PART_WEIGHT;
    }
    return held;
}

static bool held_cache(const struct pg_model *model, struct held held, int n_tokens,
                       struct cache *out, struct pg_error *err) {
    const struct config *c = &model->config;
    const size_t T = (size_t)n_tokens;
    if (!cache_init(out, c, n_tokens, held.set, err)) return false;
    if (!held.patterns) return true;
    out->patterns =
        allocate((size_t)c->n_layer * (size_t)c->n_head * T, T * sizeof *out->patterns, err);
    if (!out->patterns) cache_free(out);
    return out->patterns;
}

/* ---- all arrays of a cache ---- */

/* One array of a cache: number j of position t in group g is at data[g group_step + t step + j]. A
 * group is a block's, or a cut's; a block's head's, for patterns; one d of a block, for keys. */
struct view {
    float *data;
    size_t groups, group_step, step, width;
};

enum { MAX_VIEWS = N_CACHED + 3 };

static struct view view_rows(float *data, size_t groups, int n_tokens, int width) {
    return (struct view){data, groups, (size_t)n_tokens * (size_t)width, (size_t)width,
                         (size_t)width};
}

/* Returns how many arrays the cache has. */
static size_t views_of(const struct cache *cache, int n_layer, struct view views[MAX_VIEWS]) {
    const size_t L = (size_t)n_layer, C = (size_t)cache->n_embd;
    const int T = cache->n_tokens;
    size_t n = 0;
    views[n++] = view_rows(cache->resid, 2 * L + 1, T, cache->n_embd);
    views[n++] = (struct view){cache->keys, L * C, cache->key_stride, 1, 1};
    for (enum cached what = 0; what < N_CACHED; what++)
        if (cache->activations[what])
            views[n++] = view_rows(cache->activations[what], L, T, cache_width(cache, what));
    if (cache->patterns) views[n++] = view_rows(cache->patterns, L * (size_t)cache->n_head, T, T);
    return n;
}

/* ---- zeros, and a mean for a text ---- */

/* Copies position from_step * t of `from` to position t of `to`, for all positions of `to`. */
static void copy_positions(const struct view *from, size_t from_step, const struct view *to,
                           size_t n_tokens) {
    for (size_t g = 0; g < to->groups; g++)
        for (size_t t = 0; t < n_tokens; t++)
            memcpy(to->data + g * to->group_step + t * to->step,
                   from->data + g * from->group_step + t * from_step, to->width * sizeof *to->data);
}

bool ablation_cache(const struct pg_model *model, const struct pg_mean *mean, struct held held,
                    int n_tokens, struct cache *out, struct pg_error *err) {
    if (!held_cache(model, held, n_tokens, out, err)) return false;
    struct cache held_by_mean;
    struct view to[MAX_VIEWS], from[MAX_VIEWS];
    if (mean) {
        held_by_mean = mean->cache; /* it may hold more than this request needs */
        for (enum cached what = 0; what < N_CACHED; what++)
            if (!out->activations[what]) held_by_mean.activations[what] = NULL;
        if (!out->patterns) held_by_mean.patterns = NULL;
        views_of(&held_by_mean, model->config.n_layer, from);
    }
    const size_t n = views_of(out, model->config.n_layer, to);
    for (size_t i = 0; i < n; i++) {
        if (mean)
            copy_positions(&from[i], mean->over_positions ? 0 : from[i].step, &to[i],
                           (size_t)n_tokens);
        else
            memset(to[i].data, 0, to[i].groups * to[i].group_step * sizeof *to[i].data);
    }
    return true;
}

bool mean_check(const struct pg_model *model, const struct pg_mean *mean, struct held held,
                size_t n_tokens, struct pg_error *err) {
    if (mean->model != model) return fail(err, "the mean is of another model's activations");
    if ((held.set & ~mean->held.set) || (held.patterns && !mean->held.patterns))
        return fail(err, "the mean was not made for these sites");
    if (mean->over_positions || n_tokens == (size_t)mean->cache.n_tokens) return true;
    return fail(err, "the text has %zu tokens, and those that the mean is over have %d", n_tokens,
                mean->cache.n_tokens);
}

/* ---- making a mean ---- */

/* The sums of one array: of each position, or over positions. */
struct sums {
    double *data;
    size_t positions;
};

static void add_view(const struct view *view, size_t n_tokens, const struct sums *sums) {
    for (size_t g = 0; g < view->groups; g++)
        for (size_t t = 0; t < n_tokens; t++) {
            const float *from = view->data + g * view->group_step + t * view->step;
            double *to = sums->data + (g * sums->positions + t % sums->positions) * view->width;
            for (size_t j = 0; j < view->width; j++) to[j] += (double)from[j];
        }
}

/* Writes the sums, divided by n, as the array. */
static void write_view(const struct view *view, const struct sums *sums, double n) {
    for (size_t g = 0; g < view->groups; g++)
        for (size_t t = 0; t < sums->positions; t++) {
            const double *from = sums->data + (g * sums->positions + t) * view->width;
            float *to = view->data + g * view->group_step + t * view->step;
            for (size_t j = 0; j < view->width; j++) to[j] = (float)(from[j] / n);
        }
}

/* Fills in the patterns of a run's cache from its queries and keys. */
static void fill_patterns(const struct pg_model *model, struct cache *cache, float *row) {
    const struct patching patching = {.model = model, .base = cache, .source = cache};
    struct cache run = *cache;
    const size_t T = (size_t)cache->n_tokens;
    run.patterns = NULL;
    struct pg_cell cell = {.site = PG_PATTERN};
    for (cell.layer = 0; cell.layer < model->config.n_layer; cell.layer++)
        for (cell.head = 0; cell.head < model->config.n_head; cell.head++)
            for (int t = 0; t < cache->n_tokens; t++) {
                heads_pattern_row(&patching, &run, &cell, t, kernels_default(), row);
                memcpy(cache_pattern(cache, cell.layer, cell.head) + (size_t)t * T, row,
                       (size_t)(t + 1) * sizeof *row);
            }
}

/* Texts that are run together. */
enum { TEXTS_AT_ONCE = 16 };

/* A few texts whose activations are to be added. */
struct run_texts {
    struct text texts[TEXTS_AT_ONCE];
    struct cache caches[TEXTS_AT_ONCE];
    size_t n;
    float *logits, *row;
};

static void close_texts(struct run_texts *run) {
    for (size_t i = 0; i < run->n; i++) cache_free(&run->caches[i]);
    free(run->logits);
    free(run->row);
}

static bool open_texts(const struct pg_mean *mean, const struct pg_tokens *texts, size_t n,
                       struct run_texts *run, struct pg_error *err) {
    size_t longest = 0;
    *run = (struct run_texts){.n = n};
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ok = held_cache(mean->model, mean->held, (int)texts[i].count, &run->caches[i], err);
        run->texts[i] = (struct text){
            .ids = texts[i].ids, .n_tokens = (int)texts[i].count, .cache = &run->caches[i]};
        if (longest < texts[i].count) longest = texts[i].count;
    }
    if (ok) run->logits = allocate(n, (size_t)mean->model->config.n_vocab * sizeof(float), err);
    if (ok) run->row = allocate(attention_row_size((int)longest), sizeof(float), err);
    if (run->logits && run->row) return true;
    close_texts(run);
    return false;
}

/* Runs n texts and adds their activations to the sums, one after the other. */
static bool add_texts(const struct pg_mean *mean, const struct pg_tokens *texts, size_t n,
                      const struct sums *sums, struct pg_error *err) {
    const struct pg_model *model = mean->model;
    struct run_texts run;
    if (!open_texts(mean, texts, n, &run, err)) return false;
    const bool ok = forward_texts(model, run.texts, n, run.logits, err);
    for (size_t i = 0; ok && i < n; i++) {
        struct view views[MAX_VIEWS];
        if (mean->held.patterns) fill_patterns(model, &run.caches[i], run.row);
        const size_t n_views = views_of(&run.caches[i], model->config.n_layer, views);
        for (size_t v = 0; v < n_views; v++) add_view(&views[v], texts[i].count, &sums[v]);
    }
    close_texts(&run);
    return ok;
}

static bool sum_texts(struct pg_mean *mean, const struct pg_tokens *texts, size_t n,
                      struct pg_error *err) {
    struct view views[MAX_VIEWS];
    struct sums sums[MAX_VIEWS] = {{0}};
    const size_t n_views = views_of(&mean->cache, mean->model->config.n_layer, views);
    size_t n_positions = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < n_views; i++) {
        sums[i].positions = (size_t)mean->cache.n_tokens;
        sums[i].data = allocate(views[i].groups * sums[i].positions,
                                views[i].width * sizeof *sums[i].data, err);
        ok = sums[i].data;
    }
    for (size_t i = 0; i < n; i++) n_positions += texts[i].count;
    for (size_t i = 0; ok && i < n; i += TEXTS_AT_ONCE)
        ok = add_texts(mean, texts + i, n - i < TEXTS_AT_ONCE ? n - i : TEXTS_AT_ONCE, sums, err);
    for (size_t i = 0; ok && i < n_views; i++)
        write_view(&views[i], &sums[i], (double)(mean->over_positions ? n_positions : n));
    for (size_t i = 0; i < n_views; i++) free(sums[i].data);
    return ok;
}

static bool check_texts(const struct pg_model *model, const struct pg_tokens *texts, size_t n,
                        bool over_positions, struct held held, struct pg_error *err) {
    if (n == 0) return fail(err, "there is no text to take a mean over");
    if (over_positions && held.patterns)
        return fail(err, "patterns have no mean over positions: their rows are of different "
                         "lengths");
    for (size_t i = 0; i < n; i++) {
        if (!check_ids(model, texts[i].ids, texts[i].count, "a text of the mean", err))
            return false;
        if (!over_positions && texts[i].count != texts[0].count)
            return fail(err,
                        "a mean by position needs texts of equally many tokens; the first has %zu, "
                        "number %zu has %zu",
                        texts[0].count, i + 1, texts[i].count);
    }
    return true;
}

struct pg_mean *pg_mean_make(const struct pg_model *model, const struct pg_tokens *texts, size_t n,
                             bool over_positions, const enum pg_site *sites, size_t n_sites,
                             struct pg_error *err) {
    for (size_t i = 0; i < n_sites; i++)
        if ((unsigned)sites[i] >= PG_N_SITES) {
            fail(err, "there is no site %d", (int)sites[i]);
            return NULL;
        }
    const struct held held = held_for(sites, n_sites);
    if (!check_texts(model, texts, n, over_positions, held, err)) return NULL;
    struct pg_mean *mean = allocate(1, sizeof *mean, err);
    if (!mean) return NULL;
    mean->model = model;
    mean->held = held;
    mean->over_positions = over_positions;
    const int n_tokens = over_positions ? 1 : (int)texts[0].count;
    if (held_cache(model, held, n_tokens, &mean->cache, err) && sum_texts(mean, texts, n, err))
        return mean;
    pg_mean_free(mean);
    return NULL;
}

void pg_mean_free(struct pg_mean *mean) {
    if (!mean) return;
    cache_free(&mean->cache);
    free(mean);
}
