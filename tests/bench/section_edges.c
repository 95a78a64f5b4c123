/* section_edges.c: edges of gpt2, exactly: all 32,491, or with --quick a sample of the readers; and
 * beside them paths and circuits, on the same texts. */
#include "bench.h"
#include "measure.h"
#include "operations.h"

#include "patch/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS = 15, FIRST = 2 }; /* the texts differ from position FIRST on */

/* With --quick, only every SAMPLED-th reader. */
enum { SAMPLED = 16 };

struct edges {
    const struct pg_model *model;
    struct pg_receiver *receivers; /* whose edges are patched */
    size_t n_receivers;
    struct pg_result *result; /* of the last run */
};

/* A request on two texts. */
struct texts {
    int clean[TOKENS], corrupt[TOKENS];
    struct pg_pair pair;
};

static struct pg_request request_on(const struct pg_model *model, struct texts *texts) {
    struct pg_request request = pg_request_default();
    for (int t = 0; t < TOKENS; t++) {
        texts->clean[t] = (t + 1) * 7919 % model->config.n_vocab;
        texts->corrupt[t] = t < FIRST ? texts->clean[t] : texts->clean[t] + 1;
    }
    texts->pair = (struct pg_pair){100, 200};
    request.clean = (struct pg_tokens){texts->clean, TOKENS};
    request.corrupt = (struct pg_tokens){texts->corrupt, TOKENS};
    request.pairs = &texts->pair;
    request.n_pairs = 1;
    return request;
}

static void run_edges(void *context) {
    struct edges *e = context;
    struct pg_error err;
    struct texts texts;
    struct pg_request request = request_on(e->model, &texts);
    request.sites[0] = PG_EDGES;
    request.receivers = e->receivers;
    request.n_receivers = e->n_receivers;
    pg_result_free(e->result);
    e->result = pg_run(e->model, &request, &err);
    require(e->result, &err);
}

static void measure_edges(struct bench *bench, size_t step, cJSON *row) {
    const struct config *c = &bench->gpt2->config;
    struct edges e = {.model = bench->gpt2};
    e.receivers = need(graph_count_receivers(c), sizeof *e.receivers);
    for (size_t i = step / 2; i < graph_count_receivers(c); i += step)
        e.receivers[e.n_receivers++] = graph_receiver(c, i);
    const struct plan plan = {1, 0, 1, 0.005};
    struct multiplying registers = {4e11, pg_threads()};
    struct subject parts[] = {{.run = multiply_in_registers, .context = &registers},
                              {.run = run_edges, .context = &e},
                              {.run = multiply_in_registers, .context = &registers}};
    reset_peak_memory();
    const double before = resident_memory();
    time_alternately(&plan, parts, 3);
    const struct operations counted =
        count_edges(c, TOKENS, FIRST, e.result->cells, e.result->n_cells);
    const double flop = operations_flop(&counted), seconds = parts[1].timing.best;
    const double peak = fmax(peak_of(&parts[0]), peak_of(&parts[2]));
    put(row, "edges", (double)e.result->n_cells);
    put(row, "flop", flop);
    put(row, "seconds", seconds);
    put(row, "flop_per_s", flop / seconds);
    put(row, "peak_flop_per_s", peak);
    put(row, "times_at_peak", seconds / (flop / peak));
    put(row, "bytes", peak_memory() - before);
    pg_result_free(e.result);
    free(e.receivers);
}

/* ---- paths and circuits ---- */

/* Circuits of these parts of all edges, the first in the order of the graph (MIB's sizes). */
enum { N_SIZES = 10 };
static const double sizes[N_SIZES] = {.001, .002, .005, .01, .02, .05, .1, .2, .5, 1};

struct graph_work {
    const struct pg_model *model;
    const char *name;
    const struct pg_receiver *receivers; /* paths to one reader; NULL: circuits */
    size_t n_runs;                       /* that were run */
};

static void run_paths_to(struct graph_work *w) {
    struct pg_error err;
    struct texts texts;
    struct pg_request request = request_on(w->model, &texts);
    request.sites[0] = PG_PATHS;
    request.receivers = w->receivers;
    request.n_receivers = 1;
    struct pg_result *result = pg_run(w->model, &request, &err);
    require(result, &err);
    w->n_runs = result->n_cells;
    pg_result_free(result);
}

static void run_ten_circuits(struct graph_work *w) {
    struct pg_error err;
    struct texts texts;
    const struct config *c = &w->model->config;
    const struct pg_request request = request_on(w->model, &texts);
    const size_t n_edges = graph_list_edges(c, &request, NULL);
    struct pg_cell *cells = need(n_edges, sizeof *cells);
    struct pg_edge *edges = need(n_edges, sizeof *edges);
    struct pg_circuit circuits[N_SIZES];
    graph_list_edges(c, &request, cells);
    for (size_t i = 0; i < n_edges; i++)
        edges[i] = (struct pg_edge){cells[n_edges - 1 - i].sender, cells[n_edges - 1 - i].receiver};
    for (int i = 0; i < N_SIZES; i++)
        circuits[i] = (struct pg_circuit){edges, (size_t)(sizes[i] * (double)n_edges)};
    struct pg_circuits *found = pg_run_circuits(w->model, &request, circuits, N_SIZES, &err);
    require(found, &err);
    w->n_runs = N_SIZES;
    pg_circuits_free(found);
    free(cells);
    free(edges);
}

static void run_work(void *context) {
    struct graph_work *w = context;
    if (w->receivers)
        run_paths_to(w);
    else
        run_ten_circuits(w);
}

static void run_graphs(struct bench *bench, cJSON *rows) {
    static const struct pg_receiver query = {PG_READER_Q, 9, 9},
                                    logits = {PG_READER_LOGITS, -1, -1};
    struct graph_work works[] = {{bench->gpt2, "paths to L9H9.q", &query, 0},
                                 {bench->gpt2, "paths to logits", &logits, 0},
                                 {bench->gpt2, "ten circuits", NULL, 0}};
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        const struct plan plan = {bench->quick ? 3 : 7, 1, 1, 0};
        struct subject subject = {.run = run_work, .context = &works[i]};
        time_alternately(&plan, &subject, 1);
        cJSON *row = add_row(rows);
        cJSON_AddStringToObject(row, "what", works[i].name);
        put(row, "runs", (double)works[i].n_runs);
        put(row, "seconds", subject.timing.median);
        put(row, "best_seconds", subject.timing.best);
        put(row, "spread", subject.timing.spread);
    }
}

const struct section graphs_section = {
    .name = "graphs",
    .title = "paths and circuits of gpt2: 15 tokens that differ from position 2 on",
    .note = "Both texts included. Circuits: of MIB's ten sizes, and one of all edges besides.",
    .columns = {{"what", "", "what", 18, TEXT, 0},
                {"runs", "", "runs", 8, 0, 1},
                {"time", "s", "seconds", 9, 3, 1},
                {"best", "s", "best_seconds", 9, 3, 1},
                {"spread", "%", "spread", 9, 0, 100}},
    .run = run_graphs,
};

/* ---- edges ---- */

static void run_section(struct bench *bench, cJSON *rows) {
    measure_edges(bench, bench->quick ? SAMPLED : 1, add_row(rows));
}

const struct section edges_section = {
    .name = "edges",
    .title = "edges of gpt2, exactly: 15 tokens that differ from position 2 on",
    .note = "Both texts included. Operations: products, attention and logits of the patched runs "
            "alone.\nmemory: beyond the weights.",
    .columns = {{"edges", "", "edges", 8, 0, 1},
                {"work", "TFLOP", "flop", 9, 2, 1e-12},
                {"time", "s", "seconds", 9, 2, 1},
                {"speed", "GFLOP/s", "flop_per_s", 10, 1, 1e-9},
                {"peak", "GFLOP/s", "peak_flop_per_s", 10, 1, 1e-9},
                {"at peak", "times", "times_at_peak", 9, 2, 1},
                {"memory", "MiB", "bytes", 9, 1, 0x1p-20}},
    .run = run_section,
};
