/* circuit.c: see circuit.h; and pg_run_circuits. Both texts are run, then the circuits
 * (circuit_walk.h). */
#include "circuit/circuit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "circuit/circuit_walk.h"
#include "gpt2/forward.h"
#include "gpt2/predict.h"
#include "patch/request.h"

#include <stdlib.h>

/* ---- the experiment ---- */

/* Both texts' runs. */
struct texts {
    struct pg_request request;
    struct question question;
    struct cache corrupt;
    float *logits; /* clean, corrupt */
    struct metric metric;
};

static bool texts_run(const struct pg_model *model, const struct pg_request *request,
                      struct texts *t, struct pg_error *err) {
    const size_t V = (size_t)model->config.n_vocab;
    *t = (struct texts){.request = *request, .question = question_of(request)};
    struct pg_request *r = &t->request;
    if (r->with != PG_WITH_TEXT || r->noise)
        return fail(err, "a circuit needs a corrupted text: what is outside of it is that text's");
    if (!request_check(model, r, err)) return false;
    const int T = r->read_position + 1;
    t->logits = allocate(2 * V, sizeof *t->logits, err);
    if (!t->logits || !cache_init(&t->corrupt, &model->config, T,
                                  1 << CACHED_Q | 1 << CACHED_Z | 1 << CACHED_MLP_OUT, err))
        return false;
    const struct text both[] = {{.ids = r->clean.ids, .n_tokens = T},
                                {.ids = r->corrupt.ids, .n_tokens = T, .cache = &t->corrupt}};
    return forward_texts(model, both, 2, t->logits, err) && check_logits(t->logits, (int)V, err) &&
           check_logits(t->logits + V, (int)V, err) &&
           metric_init(&t->metric, model, &t->question, t->logits, err);
}

static void texts_free(struct texts *t) {
    metric_free(&t->metric);
    cache_free(&t->corrupt);
    free(t->logits);
}

/* Whether the read position comes before any difference: then every circuit is the corrupted
 * run. */
static bool are_same(const struct pg_request *r) {
    const int T = r->read_position + 1;
    return first_difference(r->clean.ids, r->corrupt.ids, T) == T;
}

/* The values of the sets, then of all edges. */
static bool run_all(const struct pg_model *model, const struct texts *t,
                    const struct edge_set *sets, size_t n, struct pg_circuits *out,
                    struct pg_error *err) {
    struct edge_set all;
    if (are_same(&t->request)) {
        for (size_t i = 0; i < n; i++) out->values[i] = out->corrupt_metric;
        out->all = out->corrupt_metric;
        return true;
    }
    const struct circuit_texts texts = {model, &t->request, &t->corrupt, &t->metric};
    bool ok = edge_set_init(&all, &model->config, err);
    if (ok) edge_set_fill(&all, &model->config);
    ok = ok && run_circuits(&texts, sets, n, out->values, err) &&
         run_circuits(&texts, &all, 1, &out->all, err);
    edge_set_free(&all);
    return ok;
}

struct pg_circuits *run_edge_sets(const struct pg_model *model, const struct pg_request *request,
                                  const struct edge_set *sets, size_t n, struct pg_error *err) {
    const double start = seconds_now();
    struct texts t;
    struct pg_circuits *out = allocate(1, sizeof *out, err);
    if (!out) return NULL;
    out->n = n;
    out->values = allocate(n, sizeof *out->values, err);
    bool ok = texts_run(model, request, &t, err) && out->values;
    if (ok) {
        out->clean_metric = metric_value_of_all(&t.metric, t.logits);
        out->corrupt_metric = metric_value_of_all(&t.metric, t.logits + model->config.n_vocab);
        ok = run_all(model, &t, sets, n, out, err) && model_is_whole(model, err);
    }
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
