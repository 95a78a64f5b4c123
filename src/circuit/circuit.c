/* circuit.c: see circuit.h; and pg_run_circuits. The texts are run, then the circuits
 * (circuit_walk.h). */
#include "circuit/circuit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "circuit/circuit_walk.h"
#include "circuit/outside.h"
#include "gpt2/forward.h"
#include "gpt2/predict.h"
#include "patch/ablation.h"
#include "patch/request.h"

#include <stdlib.h>

/* ---- the experiment ---- */

static bool is_ablation(const struct circuit_base *t) {
    return t->request.with != PG_WITH_TEXT;
}

/* Makes the cache of the corrupted run, or what stands for it. */
static bool make_cache(const struct pg_model *model, struct circuit_base *t, struct pg_error *err) {
    const struct pg_request *r = &t->request;
    const struct held held = held_for(r->sites, r->n_sites);
    const int T = r->read_position + 1;
    if (!is_ablation(t)) return cache_init(&t->corrupt, &model->config, T, held.set, err);
    return ablation_cache(model, r->mean, held, T, &t->corrupt, err) &&
           outside_make(model, &t->corrupt, err);
}

static bool run_texts(const struct pg_model *model, struct circuit_base *t, struct pg_error *err) {
    const struct pg_request *r = &t->request;
    const int V = model->config.n_vocab, T = r->read_position + 1;
    const size_t n = is_ablation(t) ? 1 : 2;
    const struct text both[] = {{.ids = r->clean.ids, .n_tokens = T},
                                {.ids = r->corrupt.ids, .n_tokens = T, .cache = &t->corrupt}};
    t->logits = allocate(n, (size_t)V * sizeof *t->logits, err);
    if (!t->logits || !forward_texts(model, both, n, t->logits, err)) return false;
    for (size_t i = 0; i < n; i++)
        if (!check_logits(t->logits + i * (size_t)V, V, err)) return false;
    return metric_init(&t->metric, model, &t->question, t->logits, err);
}

/* The sites of the request are not used: circuits are of edges. */
static bool begin(struct circuit_base *b, struct pg_error *err) {
    struct pg_request *r = &b->request;
    r->sites[0] = PG_EDGES;
    r->n_sites = 1;
    if (r->noise)
        return fail(err, "a circuit is of two texts, or of one and an ablation, not of noise");
    return request_check(b->model, r, err) && make_cache(b->model, b, err) &&
           run_texts(b->model, b, err);
}

/* Whether the read position comes before any difference: then every circuit is the corrupted
 * run. */
static bool are_same(const struct circuit_base *b) {
    const struct pg_request *r = &b->request;
    const int T = r->read_position + 1;
    return !is_ablation(b) && first_difference(r->clean.ids, r->corrupt.ids, T) == T;
}

bool circuit_values(const struct circuit_base *b, const struct edge_set *sets, size_t n,
                    float *values, struct pg_error *err) {
    const struct circuit_texts texts = {b->model, &b->request, &b->corrupt, &b->metric};
    if (n && !are_same(b)) return run_circuits(&texts, sets, n, values, err);
    for (size_t i = 0; i < n; i++) values[i] = b->clean_metric;
    return true;
}

/* The metrics of the runs, and of the circuit of all edges; that of no edge is run too where it is
 * not the corrupted text's run. */
static bool read_ends(struct circuit_base *b, struct pg_error *err) {
    const struct config *c = &b->model->config;
    struct edge_set ends[2] = {{0}};
    float values[2];
    b->clean_metric = metric_value_of_all(&b->metric, b->logits);
    bool ok = edge_set_init(&ends[0], c, err) && edge_set_init(&ends[1], c, err);
    if (ok) edge_set_fill(&ends[0], c);
    ok = ok && circuit_values(b, ends, is_ablation(b) ? 2 : 1, values, err);
    edge_set_free(&ends[0]);
    edge_set_free(&ends[1]);
    if (!ok) return false;
    b->all = values[0];
    b->corrupt_metric =
        is_ablation(b) ? values[1] : metric_value_of_all(&b->metric, b->logits + c->n_vocab);
    return true;
}

/* What circuits use of a request, whatever else it says. */
static struct pg_request used_of(const struct pg_request *r) {
    struct pg_request used = pg_request_default();
    used.clean = r->clean;
    used.corrupt = r->corrupt;
    used.noise = r->noise;
    used.with = r->with;
    used.mean = r->mean;
    used.pairs = r->pairs;
    used.n_pairs = r->n_pairs;
    used.answers = r->answers;
    used.wrong_answers = r->wrong_answers;
    used.metric = r->metric;
    used.read_position = r->read_position;
    used.top = 0;
    used.memory = r->memory;
    used.progress = r->progress;
    used.progress_context = r->progress_context;
    return used;
}

bool circuit_base_make(const struct pg_model *model, const struct pg_request *request,
                       struct circuit_base *out, struct pg_error *err) {
    *out = (struct circuit_base){
        .model = model, .request = used_of(request), .question = question_of(request)};
    return begin(out, err) && read_ends(out, err) && model_is_whole(model, err);
}

void circuit_base_free(struct circuit_base *b) {
    metric_free(&b->metric);
    cache_free(&b->corrupt);
    free(b->logits);
    *b = (struct circuit_base){0};
}

struct pg_circuits *run_edge_sets(const struct pg_model *model, const struct pg_request *request,
                                  const struct edge_set *sets, size_t n, struct pg_error *err) {
    const double start = seconds_now();
    struct circuit_base b = {0};
    struct pg_circuits *out = allocate(1, sizeof *out, err);
    if (!out) return NULL;
    out->n = n;
    out->values = allocate(n, sizeof *out->values, err);
    const bool ok = out->values && circuit_base_make(model, request, &b, err) &&
                    circuit_values(&b, sets, n, out->values, err) && model_is_whole(model, err);
    out->clean_metric = b.clean_metric;
    out->corrupt_metric = b.corrupt_metric;
    out->all = b.all;
    circuit_base_free(&b);
    out->seconds = seconds_now() - start;
    if (ok) return out;
    pg_circuits_free(out);
    return NULL;
}

struct pg_circuits *pg_run_circuits(const struct pg_model *model, const struct pg_request *request,
                                    const struct pg_circuit *circuits, size_t n,
                                    struct pg_error *err) {
    struct edge_set *sets = allocate(n, sizeof *sets, err);
    bool ok = sets;
    for (size_t i = 0; ok && i < n; i++)
        ok = edge_set_init(&sets[i], &model->config, err) &&
             edge_set_read(&sets[i], model, &circuits[i], err);
    struct pg_circuits *out = ok ? run_edge_sets(model, request, sets, n, err) : NULL;
    for (size_t i = 0; sets && i < n; i++) edge_set_free(&sets[i]);
    free(sets);
    return out;
}

void pg_circuits_free(struct pg_circuits *circuits) {
    if (!circuits) return;
    free(circuits->values);
    free(circuits);
}

float pg_faithfulness(float value, float all, float none) {
    return (value - none) / (all - none) + 0.0f; /* + 0: never -0 */
}
