/* direct.c: see direct.h; and pg_direct. With x the residual stream that LN_f reads, w the mean
 * over pairs of unembed(a) - unembed(b), or the mean over answers less that over wrong answers, and
 * sigma = sqrt(variance of x + epsilon):
 *
 *     metric = beta . w + sum over c of ((c - mean c) / sigma) . (gamma * w) = beta . w + sum c . d
 *     d      = (gamma * w - mean(gamma * w)) / sigma                         the direction, C
 *
 * where x is the sum of the c. A head's c is z W_O with its D rows of W_O, so that c . d is
 * z . (W_O d), D numbers; a neuron's is a (W_proj d)[n]; and one of a head's sources adds its
 * weight times v . (W_O d). Everything after the run is in double, in the order of the formulas. */
#include "circuit/direct.h"

#include "base/clock.h"
#include "base/memory.h"
#include "circuit/one_run.h"
#include "gpt2/forward.h"
#include "patch/metric.h"
#include "tensor/attention.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pg_direct_request pg_direct_request_default(void) {
    return (struct pg_direct_request){.metric = PG_LOGIT_DIFF, .read_position = -1};
}

void part_name(const struct pg_part *part, char out[PART_NAME_SIZE]) {
    static const char *const formats[] = {
        [PG_EMBED] = "embed",         [PG_HEAD] = "L%dH%d",
        [PG_MLP] = "mlp%d",           [PG_MLP_NEURON] = "L%dN%d",
        [PG_MLP_BIAS] = "mlp%d_bias", [PG_ATTENTION_BIASES] = "attention_biases",
        [PG_LN_F_BIAS] = "ln_f_bias",
    };
    switch (part->component) {
    case PG_HEAD:
    case PG_MLP_NEURON:
        snprintf(out, PART_NAME_SIZE, formats[part->component], part->layer, part->index);
        return;
    case PG_MLP:
    case PG_MLP_BIAS:
        snprintf(out, PART_NAME_SIZE, formats[part->component], part->layer);
        return;
    default:
        snprintf(out, PART_NAME_SIZE, "%s", formats[part->component]);
    }
}

/* Reads digits at *text, without needless zeros, and moves it after them. */
static bool read_index(const char **text, int *out) {
    const size_t length = strspn(*text, "0123456789");
    if (!length || length > 6 || (length > 1 && **text == '0')) return false;
    *out = 0;
    for (const char *end = *text + length; *text < end; ++*text) *out = 10 * *out + (**text - '0');
    return true;
}

bool part_parse(const char *name, struct pg_part *out) {
    const char *at = name;
    *out = (struct pg_part){.layer = -1, .index = -1, .source = -1};
    for (enum pg_component c = PG_EMBED; c <= PG_LN_F_BIAS; c++) {
        char whole[PART_NAME_SIZE];
        if (c >= PG_HEAD && c <= PG_MLP_BIAS) continue;
        out->component = c;
        part_name(out, whole);
        if (!strcmp(name, whole)) return true;
    }
    if (*name == 'L') {
        at++;
        if (!read_index(&at, &out->layer) || (*at != 'H' && *at != 'N')) return false;
        out->component = *at++ == 'H' ? PG_HEAD : PG_MLP_NEURON;
        return read_index(&at, &out->index) && !*at;
    }
    if (strncmp(name, "mlp", 3) != 0) return false;
    at += 3;
    if (!read_index(&at, &out->layer)) return false;
    out->component = *at ? PG_MLP_BIAS : PG_MLP;
    return !*at || !strcmp(at, "_bias");
}

/* ---- the result ---- */

static bool check(const struct pg_model *model, struct pg_direct_request *r, struct pg_error *err) {
    if (!one_run_check(model, &r->text, &r->read_position, err)) return false;
    if (r->metric != PG_LOGIT_DIFF && r->metric != PG_LOGIT)
        return fail(err, "only a logit or a difference of logits is a sum over components, and the "
                         "metric is not logit_diff or logit");
    const struct question q = {r->metric, r->pairs, r->n_pairs, r->answers, r->wrong_answers};
    return question_check(model, &q, err);
}

static size_t count_parts(const struct config *c, const struct pg_direct_request *r) {
    const size_t of_head = r->by_source ? (size_t)r->read_position + 1 : 1,
                 of_mlp = r->neurons ? (size_t)c->n_inner + 1 : 1;
    return 3 + (size_t)c->n_layer * ((size_t)c->n_head * of_head + of_mlp);
}

static struct pg_direct *direct_new(const struct pg_model *model, const struct pg_direct_request *r,
                                    struct pg_error *err) {
    const struct question q = {r->metric, r->pairs, r->n_pairs, r->answers, r->wrong_answers};
    struct pg_direct *d = allocate(1, sizeof *d, err);
    if (!d) return NULL;
    *d = (struct pg_direct){.n_tokens = r->text.count,
                            .ids = copy_array(r->text.ids, r->text.count, sizeof *d->ids, err),
                            .n_pairs = r->n_pairs,
                            .metric = r->metric,
                            .read_position = r->read_position,
                            .neurons = r->neurons,
                            .by_source = r->by_source,
                            .parts =
                                allocate(count_parts(&model->config, r), sizeof *d->parts, err)};
    if (d->ids && d->parts && question_copy(&q, &d->pairs, &d->answers, &d->wrong_answers, err))
        return d;
    pg_direct_free(d);
    return NULL;
}

void pg_direct_free(struct pg_direct *direct) {
    if (!direct) return;
    free(direct->ids);
    free(direct->pairs);
    pg_tokens_free(&direct->answers);
    pg_tokens_free(&direct->wrong_answers);
    free(direct->parts);
    free(direct);
}

/* Adds a part, and its value to the sum. */
static void add_part(struct pg_direct *d, enum pg_component component, int layer, int index,
                     int source, double value) {
    const struct pg_part part = {component, layer, index, source, (float)value};
    d->parts[d->n_parts++] = part;
    d->sum += (double)part.value;
}

/* ---- the direction ---- */

/* What the parts are made with. */
struct splitter {
    const struct pg_model *model;
    const struct cache *cache; /* of the text up to the read position */
    double *w, *direction;     /* C each */
    double *projected;         /* a matrix times the direction: C or n_inner */
    float *weights;            /* one row or column of a matrix: as many */
    float *pattern;            /* a row of a head's pattern */
};

static bool splitter_init(struct splitter *s, const struct pg_model *model,
                          const struct cache *cache, struct pg_error *err) {
    const struct config *c = &model->config;
    const size_t C = (size_t)c->n_embd,
                 larger = (size_t)(c->n_inner > c->n_embd ? c->n_inner : c->n_embd);
    *s = (struct splitter){
        .model = model,
        .cache = cache,
        .w = allocate(C, sizeof *s->w, err),
        .direction = allocate(C, sizeof *s->direction, err),
        .projected = allocate(larger, sizeof *s->projected, err),
        .weights = allocate(larger, sizeof *s->weights, err),
        .pattern = allocate(attention_row_size(cache->n_tokens), sizeof *s->pattern, err)};
    return s->w && s->direction && s->projected && s->weights && s->pattern;
}

static void splitter_free(struct splitter *s) {
    free(s->w);
    free(s->direction);
    free(s->projected);
    free(s->weights);
    free(s->pattern);
}

static double dot(const float *a, const double *b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)a[i] * b[i];
    return sum;
}

/* The row of an activation at the read position, which is the last that was run. */
static const float *last_row(const float *rows, int n_tokens, int width) {
    return rows + (size_t)(n_tokens - 1) * (size_t)width;
}

/* w += factor unembed(token). */
static void add_unembedding(struct splitter *s, int token, double factor) {
    const struct matrix *u = &s->model->unembed;
    const int C = s->model->config.n_embd;
    if (u->transposed) {
        kernels_default()->widen(u->dtype, matrix_at(u, 0, token), C, s->weights);
    } else {
        for (int k = 0; k < C; k++)
            kernels_default()->widen(u->dtype, matrix_at(u, k, token), 1, &s->weights[k]);
    }
    for (int k = 0; k < C; k++) s->w[k] += factor * (double)s->weights[k];
}

/* The scale that LN_f divides the residual stream by. */
static double scale_of(const float *x, int n, float epsilon) {
    double mean = 0, variance = 0;
    for (int i = 0; i < n; i++) mean += (double)x[i] / n;
    for (int i = 0; i < n; i++) variance += ((double)x[i] - mean) * ((double)x[i] - mean) / n;
    return sqrt(variance + (double)epsilon);
}

static void find_direction(struct splitter *s, const struct pg_direct *d) {
    const struct norm *ln_f = &s->model->ln_f;
    const struct pg_tokens *right = &d->answers, *wrong = &d->wrong_answers;
    const int C = s->model->config.n_embd, last = s->model->config.n_layer - 1;
    for (size_t i = 0; i < d->n_pairs; i++) {
        add_unembedding(s, d->pairs[i].a, 1.0 / (double)d->n_pairs);
        if (d->pairs[i].b >= 0) add_unembedding(s, d->pairs[i].b, -1.0 / (double)d->n_pairs);
    }
    for (size_t i = 0; i < right->count; i++)
        add_unembedding(s, right->ids[i], 1.0 / (double)right->count);
    for (size_t i = 0; i < wrong->count; i++)
        add_unembedding(s, wrong->ids[i], -1.0 / (double)wrong->count);
    const float *x = last_row(cache_resid(s->cache, last, CUT_POST), s->cache->n_tokens, C);
    const double scale = scale_of(x, C, ln_f->epsilon);
    double mean = 0;
    for (int i = 0; i < C; i++) mean += (double)ln_f->gain[i] * s->w[i] / C;
    for (int i = 0; i < C; i++) s->direction[i] = ((double)ln_f->gain[i] * s->w[i] - mean) / scale;
}

/* projected[k] = sum over j of m[k][j] direction[j], j ascending for both layouts. */
static void project(struct splitter *s, const struct matrix *m) {
    const struct kernels *kernels = kernels_default();
    for (int k = 0; !m->transposed && k < m->n_in; k++) {
        kernels->widen(m->dtype, matrix_at(m, k, 0), m->n_out, s->weights);
        s->projected[k] = dot(s->weights, s->direction, m->n_out);
    }
    for (int k = 0; m->transposed && k < m->n_in; k++) s->projected[k] = 0;
    for (int j = 0; m->transposed && j < m->n_out; j++) {
        kernels->widen(m->dtype, matrix_at(m, 0, j), m->n_in, s->weights);
        for (int k = 0; k < m->n_in; k++)
            s->projected[k] += (double)s->weights[k] * s->direction[j];
    }
}

/* ---- the parts ---- */

/* One head, split over the positions that it attends to. */
static void add_sources(const struct splitter *s, struct pg_direct *d, int layer, int head) {
    const struct cache *cache = s->cache;
    const int C = cache->n_embd, D = C / cache->n_head, T = cache->n_tokens;
    const struct attention a = {.width = D,
                                .scale = attention_scale(&s->model->config, layer),
                                .keys = cache_keys(cache, layer, head),
                                .key_stride = cache->key_stride,
                                .values = cache_get(cache, CACHED_V, layer) + head * D,
                                .value_stride = (size_t)C};
    const float *query = last_row(cache_get(cache, CACHED_Q, layer), T, C) + head * D;
    attention_row(kernels_default(), &a, T - 1, query, s->pattern);
    for (int t = 0; t < T; t++)
        add_part(d, PG_HEAD, layer, head, t,
                 (double)s->pattern[t] *
                     dot(a.values + (size_t)t * (size_t)C, s->projected + head * D, D));
}

static void add_heads(struct splitter *s, struct pg_direct *d, int layer) {
    const struct cache *cache = s->cache;
    const int C = cache->n_embd, D = C / cache->n_head;
    project(s, &s->model->blocks[layer].attn_proj.weight);
    for (int head = 0; head < cache->n_head; head++) {
        if (d->by_source) {
            add_sources(s, d, layer, head);
            continue;
        }
        const float *z = last_row(cache_get(cache, CACHED_Z, layer), cache->n_tokens, C);
        add_part(d, PG_HEAD, layer, head, -1, dot(z + head * D, s->projected + head * D, D));
    }
}

static void add_mlp(struct splitter *s, struct pg_direct *d, int layer) {
    const struct linear *out = &s->model->blocks[layer].mlp_proj;
    const int C = s->cache->n_embd, I = s->cache->n_inner, T = s->cache->n_tokens;
    if (!d->neurons) {
        const float *written = last_row(cache_get(s->cache, CACHED_MLP_OUT, layer), T, C);
        add_part(d, PG_MLP, layer, -1, -1, dot(written, s->direction, C));
        return;
    }
    const float *hidden = last_row(cache_get(s->cache, CACHED_HIDDEN, layer), T, I);
    project(s, &out->weight);
    for (int n = 0; n < I; n++)
        add_part(d, PG_MLP_NEURON, layer, n, -1, (double)hidden[n] * s->projected[n]);
    add_part(d, PG_MLP_BIAS, layer, -1, -1, dot(out->bias, s->direction, C));
}

static void add_all(struct splitter *s, struct pg_direct *d) {
    const struct pg_model *model = s->model;
    const int C = model->config.n_embd;
    const float *embedded = last_row(cache_resid(s->cache, -1, CUT_POST), s->cache->n_tokens, C);
    double biases = 0;
    find_direction(s, d);
    add_part(d, PG_EMBED, -1, -1, -1, dot(embedded, s->direction, C));
    for (int layer = 0; layer < model->config.n_layer; layer++) {
        add_heads(s, d, layer);
        add_mlp(s, d, layer);
        biases += dot(model->blocks[layer].attn_proj.bias, s->direction, C);
    }
    add_part(d, PG_ATTENTION_BIASES, -1, -1, -1, biases);
    add_part(d, PG_LN_F_BIAS, -1, -1, -1, dot(model->ln_f.bias, s->w, C));
}

/* ---- the whole ---- */

/* Whether the parts add up to the metric, within what rounding to float32 can do. */
static bool check_sum(const struct pg_direct *d, struct pg_error *err) {
    double size = 1;
    for (size_t i = 0; i < d->n_parts; i++) size += fabs((double)d->parts[i].value);
    if (fabs(d->sum - (double)d->metric_value) <= 1e-4 * size) return true;
    return fail(err, "the parts add up to %.9g, but the metric is %.9g", d->sum,
                (double)d->metric_value);
}

static bool split(const struct pg_model *model, const struct one_run *run, struct pg_direct *d,
                  struct pg_error *err) {
    const struct question question = question_of_direct(d);
    struct splitter s = {0};
    struct metric metric = {0};
    const bool done = splitter_init(&s, model, &run->cache, err) &&
                      metric_init(&metric, model, &question, NULL, err);
    if (done) {
        d->metric_value = metric_value_of_all(&metric, run->logits);
        add_all(&s, d);
    }
    metric_free(&metric);
    splitter_free(&s);
    return done && check_sum(d, err) && model_is_whole(model, err);
}

struct pg_direct *pg_direct(const struct pg_model *model, const struct pg_direct_request *request,
                            struct pg_error *err) {
    const double start = seconds_now();
    struct pg_direct_request r = *request;
    struct one_run run = {0};
    if (!check(model, &r, err)) return NULL;
    struct pg_direct *d = direct_new(model, &r, err);
    if (!d) return NULL;
    const unsigned set = 1u << (r.by_source ? CACHED_Q : CACHED_Z) |
                         1u << (r.neurons ? CACHED_HIDDEN : CACHED_MLP_OUT);
    const struct question question = question_of_direct(d);
    const bool done = one_run_make(model, r.text.ids, r.read_position + 1, set, &run, err) &&
                      split(model, &run, d, err) &&
                      warn_of_tokens(model, run.logits, &question, err);
    one_run_free(&run);
    d->seconds = seconds_now() - start;
    if (done) return d;
    pg_direct_free(d);
    return NULL;
}
