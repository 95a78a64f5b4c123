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

/* The runs of the texts; of an ablation one text's, and what is outside of the circuits. */
struct texts {
    struct pg_request request;
    struct question question;
    struct cache corrupt;
    float *logits; /* clean, corrupt */
    struct metric metric;
};

static bool is_ablation(const struct texts *t) {
    return t->request.with != PG_WITH_TEXT;
}

/* Makes the cache of the corrupted run, or what stands for it. */
static bool make_cache(const struct pg_model *model, struct texts *t, struct pg_error *err) {
    const struct pg_request *r = &t->request;
    const struct held held = held_for(r->sites, r->n_sites);
    const int T = r->read_position + 1;
    if (!is_ablation(t)) return cache_init(&t->corrupt, &model->config, T, held.set, err);
    return ablation_cache(model, r->mean, held, T, &t->corrupt, err) &&
           outside_make(model, &t->corrupt, err);
}

static bool run_texts(const struct pg_model *model, struct texts *t, struct pg_error *err) {
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
static bool texts_run(const struct pg_model *model, const struct pg_request *request,
                      struct texts *t, struct pg_error *err) {
    *t = (struct texts){.request = *request, .question = question_of(request)};
    struct pg_request *r = &t->request;
    r->sites[0] = PG_EDGES;
    r->n_sites = 1;
    if (r->noise)
        return fail(err, "a circuit is of two texts, or of one and an ablation, not noise");
    return request_check(model, r, err) && make_cache(model, t, err) && run_texts(model, t, err);
}

static void texts_free(struct texts *t) {
    metric_free(&t->metric);
    cache_free(&t->corrupt);
    free(t->logits);
}

/* Whether the read position comes before any difference: then every circuit is the corrupted
 * run. */
static bool are_same(const struct texts *t) {
    const struct pg_request *r = &t->request;
    const int T = r->read_position + 1;
    return !is_ablation(t) && first_difference(r->clean.ids, r->corrupt.ids, T) == T;
}

/* The values of a set without edges and of one with all. */
static bool run_ends(const struct circuit_texts *texts, float values[2], struct pg_error *err) {
    const struct config *c = &texts->model->config;
    struct edge_set ends[2] = {{0}};
    bool ok = edge_set_init(&ends[0], c, err) && edge_set_init(&ends[1], c, err);
    if (ok) edge_set_fill(&ends[1], c);
    ok = ok && run_circuits(texts, ends, 2, values, err);
    edge_set_free(&ends[0]);
    edge_set_free(&ends[1]);
    return ok;
}

/* The metrics of the runs, and the values of the sets. */
static bool run_all(const struct pg_model *model, const struct texts *t,
                    const struct edge_set *sets, size_t n, struct pg_circuits *out,
                    struct pg_error *err) {
    const struct circuit_texts texts = {model, &t->request, &t->corrupt, &t->metric};
    float ends[2];
    out->clean_metric = metric_value_of_all(&t->metric, t->logits);
    if (are_same(t)) {
        for (size_t i = 0; i < n; i++) out->values[i] = out->clean_metric;
        out->corrupt_metric = out->all = out->clean_metric;
        return true;
    }
    if (!run_circuits(&texts, sets, n, out->values, err) || !run_ends(&texts, ends, err))
        return false;
    out->all = ends[1];
    out->corrupt_metric = is_ablation(t)
                              ? ends[0]
                              : metric_value_of_all(&t->metric, t->logits + model->config.n_vocab);
    return true;
}

struct pg_circuits *run_edge_sets(const struct pg_model *model, const struct pg_request *request,
                                  const struct edge_set *sets, size_t n, struct pg_error *err) {
    const double start = seconds_now();
    struct texts t;
    struct pg_circuits *out = allocate(1, sizeof *out, err);
    if (!out) return NULL;
    out->n = n;
    out->values = allocate(n, sizeof *out->values, err);
    const bool ok = texts_run(model, request, &t, err) && out->values &&
                    run_all(model, &t, sets, n, out, err) && model_is_whole(model, err);
    texts_free(&t);
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
