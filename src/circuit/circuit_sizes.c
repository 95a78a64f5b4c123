/* circuit_sizes.c: see circuit_sizes.h. */
#include "circuit/circuit_sizes.h"

#include "base/memory.h"
#include "base/number.h"
#include "circuit/circuit.h"
#include "patch/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sizes of MIB (Mueller et al. 2025, arXiv:2504.13151), in thousandths of all edges. */
enum { N_MIB_SIZES = 10 };
static const size_t mib_sizes[N_MIB_SIZES] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

/* ---- making ---- */

/* Room for n circuits, all without edges, and one more set. */
static bool make_room(const struct pg_model *model, size_t n, const struct circuit_choice *choice,
                      struct sized_circuits *out, struct pg_error *err) {
    *out = (struct sized_circuits){.choice = *choice, .n = n};
    out->items = allocate(n, sizeof *out->items, err);
    out->sets = allocate(n + 1, sizeof *out->sets, err);
    if (!out->items || !out->sets) return false;
    for (size_t i = 0; i <= n; i++)
        if (!edge_set_init(&out->sets[i], &model->config, err)) return false;
    struct edge_set *last = &out->sets[n];
    edge_set_complement(last, &model->config);
    out->n_edges = last->count;
    edge_set_complement(last, &model->config);
    return true;
}

/* Prunes a set; or the rest of the edges, which take its place, if that is wanted. */
static void finish_set(const struct pg_model *model, struct edge_set *set, bool complement) {
    if (complement) edge_set_complement(set, &model->config);
    edge_set_prune(set, &model->config);
}

/* The strongest `top` edges as circuit i. */
static void take_top(const struct pg_model *model, const struct edge_scores *scores, size_t top,
                     struct sized_circuits *out, size_t i) {
    struct edge_set *set = &out->sets[i];
    for (size_t k = 0; k < top; k++)
        edge_set_add(set, scores->edges[k].receiver, scores->edges[k].sender);
    finish_set(model, set, out->choice.complement);
    out->items[i] = (struct sized_circuit){
        .top = top, .fraction = (double)top / (double)out->n_edges, .n_edges = set->count};
}

/* How many of the edges, the strongest first, reach the threshold; a float32 number is compared
 * with what it is written as. */
static size_t count_reaching(const struct edge_scores *scores, const struct circuit_choice *c) {
    size_t n = 0;
    for (; n < scores->count; n++) {
        const float score = scores->edges[n].score;
        if ((c->by_sign ? score : fabsf(score)) < (float)c->threshold) break;
    }
    return n;
}

/* MIB's sizes are of all edges, which must have scores. */
static bool take_mib(const struct pg_model *model, const struct edge_scores *scores,
                     struct sized_circuits *out, struct pg_error *err) {
    if (scores->count < out->n_edges)
        return fail(err,
                    "%s has %zu of the %zu edges of model %s, and the default sizes are fractions "
                    "of all: give --top-edges or --threshold",
                    out->choice.file, scores->count, out->n_edges, model->name);
    for (size_t i = 0; i < N_MIB_SIZES; i++) {
        take_top(model, scores, out->n_edges * mib_sizes[i] / 1000, out, i);
        out->items[i].fraction = (double)mib_sizes[i] / 1000;
    }
    return true;
}

bool sized_circuits_by_score(const struct pg_model *model, struct edge_scores *scores,
                             const struct circuit_choice *c, struct sized_circuits *out,
                             struct pg_error *err) {
    const bool by_threshold = c->how == CHOOSE_THRESHOLD;
    const size_t n = by_threshold ? 1 : c->sizes ? c->n_sizes : N_MIB_SIZES;
    if (!make_room(model, n, c, out, err)) return false;
    edge_scores_rank(scores, c->by_sign);
    if (!by_threshold && !c->sizes) return take_mib(model, scores, out, err);
    for (size_t i = 0; i < n; i++) {
        const size_t top = by_threshold ? count_reaching(scores, c) : c->sizes[i];
        if (top > scores->count)
            return fail(err, "--top-edges %zu: %s has %zu edge%s", top, c->file, scores->count,
                        plural(scores->count));
        take_top(model, scores, top, out, i);
    }
    return true;
}

/* ---- heads, and what a search has found ---- */

/* Prunes the only circuit, whose edges were all chosen. */
static void finish_one(const struct pg_model *model, struct sized_circuits *out) {
    struct edge_set *set = &out->sets[0];
    const size_t top = set->count;
    finish_set(model, set, out->choice.complement);
    out->items[0] = (struct sized_circuit){
        .top = top, .fraction = (double)top / (double)out->n_edges, .n_edges = set->count};
}

static bool is_head_in(const struct pg_head *heads, size_t n, int layer, int head) {
    for (size_t i = 0; i < n; i++)
        if (heads[i].layer == layer && heads[i].head == head) return true;
    return false;
}

bool sized_circuits_of_heads(const struct pg_model *model, const struct pg_head *heads, size_t n,
                             const struct circuit_choice *choice, struct sized_circuits *out,
                             struct pg_error *err) {
    const struct config *c = &model->config;
    if (!make_room(model, 1, choice, out, err)) return false;
    struct edge_set *set = &out->sets[0];
    for (size_t i = 0; i < set->n_receivers; i++) {
        const struct pg_receiver r = graph_receiver(c, i);
        if (r.head >= 0 && !is_head_in(heads, n, r.layer, r.head)) continue;
        for (size_t j = 0; j < set->n_senders; j++) {
            const struct pg_sender s = graph_sender(c, j);
            if (s.component == PG_HEAD && !is_head_in(heads, n, s.layer, s.head)) continue;
            if (graph_has_edge(&s, &r)) edge_set_add(set, i, j);
        }
    }
    finish_one(model, out);
    return true;
}

bool sized_circuits_of_set(const struct pg_model *model, const struct edge_set *set,
                           const struct circuit_choice *choice, struct sized_circuits *out,
                           struct pg_error *err) {
    if (!make_room(model, 1, choice, out, err)) return false;
    memcpy(out->sets[0].has, set->has, set->n_senders * set->n_receivers);
    out->sets[0].count = set->count;
    finish_one(model, out);
    return true;
}

/* ---- running ---- */

static const double first_fraction = 0.001;

/* The areas under f and |1 - f| between two circuits, from the first fraction on: straight lines
 * between the two. */
static void add_area(const struct sized_circuit *a, const struct sized_circuit *b, double *cpr,
                     double *cmd) {
    const double width = b->fraction - a->fraction;
    const double f[] = {(double)a->faithfulness, (double)b->faithfulness};
    const double g[] = {fabs(1 - f[0]), fabs(1 - f[1])};
    if (b->fraction <= first_fraction || width <= 0) return;
    const double from = fmax(a->fraction, first_fraction), at = (from - a->fraction) / width;
    const double kept = b->fraction - from;
    *cpr += kept * (f[0] + at * (f[1] - f[0]) + f[1]) / 2;
    *cmd += kept * (g[0] + at * (g[1] - g[0]) + g[1]) / 2;
}

static void find_areas(struct sized_circuits *c) {
    const struct sized_circuit *last = &c->items[c->n - 1];
    c->has_areas =
        !c->choice.complement && c->items[0].fraction <= first_fraction && last->top == c->n_edges;
    for (size_t i = 0; i < c->n; i++) c->has_areas &= isfinite(c->items[i].faithfulness) != 0;
    c->cpr = c->cmd = 0;
    for (size_t i = 1; c->has_areas && i < c->n; i++)
        add_area(&c->items[i - 1], &c->items[i], &c->cpr, &c->cmd);
}

bool sized_circuits_add(const struct pg_model *model, const struct pg_request *request,
                        struct sized_circuits *c, struct circuit_sums *sums, struct pg_error *err) {
    if (!sums->items) sums->items = allocate(c->n, sizeof *sums->items, err);
    struct pg_circuits *run =
        sums->items ? run_edge_sets(model, request, c->sets, c->n + 1, err) : NULL;
    if (!run) return false;
    for (size_t i = 0; i < c->n; i++) {
        const float f = pg_faithfulness(run->values[i], run->all, run->corrupt_metric);
        sums->items[i].value += (double)run->values[i];
        if (!isfinite(f)) continue;
        sums->items[i].faithfulness += (double)f;
        sums->items[i].n_faithful++;
    }
    sums->clean_metric += (double)run->clean_metric;
    sums->corrupt_metric += (double)run->corrupt_metric;
    sums->all += (double)run->all;
    sums->none_differs |=
        memcmp(&run->values[c->n], &run->corrupt_metric, sizeof run->corrupt_metric) != 0;
    sums->n++;
    c->with = request->with;
    c->seconds += run->seconds;
    pg_circuits_free(run);
    return true;
}

void sized_circuits_finish(struct sized_circuits *c, const struct circuit_sums *sums) {
    const double n = (double)sums->n;
    c->n_experiments = sums->n;
    c->clean_metric = (float)(sums->clean_metric / n);
    c->corrupt_metric = (float)(sums->corrupt_metric / n);
    c->all = (float)(sums->all / n);
    c->none_is_corrupt = !sums->none_differs;
    for (size_t i = 0; i < c->n; i++) {
        const struct circuit_sum *sum = &sums->items[i];
        struct sized_circuit *item = &c->items[i];
        item->value = (float)(sum->value / n);
        item->faithfulness = pg_faithfulness(item->value, c->all, c->corrupt_metric);
        item->mean_faithfulness =
            sum->n_faithful ? (float)(sum->faithfulness / (double)sum->n_faithful) : NAN;
    }
    find_areas(c);
}

bool sized_circuits_run(const struct pg_model *model, const struct pg_request *request,
                        struct sized_circuits *c, struct pg_error *err) {
    struct circuit_sums sums = {0};
    const bool done = sized_circuits_add(model, request, c, &sums, err);
    if (done) sized_circuits_finish(c, &sums);
    free(sums.items);
    return done;
}

void sized_circuits_free(struct sized_circuits *c) {
    for (size_t i = 0; c->sets && i <= c->n; i++) edge_set_free(&c->sets[i]);
    free(c->items);
    free(c->sets);
    *c = (struct sized_circuits){0};
}
