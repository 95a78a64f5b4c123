/* section_edges.c: edges of gpt2, exactly: all 32,491, or with --quick a sample of the readers. */
#include "bench.h"
#include "measure.h"
#include "operations.h"

#include "patch/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS = 15, FIRST = 2 }; /* the texts differ from position FIRST on */

/* With --quick the edges of every so many readers. */
enum { SAMPLED = 16 };

struct edges {
    const struct pg_model *model;
    struct pg_receiver *receivers; /* whose edges are patched */
    size_t n_receivers;
    struct pg_result *result; /* of the last run */
};

static void run_edges(void *context) {
    struct edges *e = context;
    int clean[TOKENS], corrupt[TOKENS];
    for (int t = 0; t < TOKENS; t++) {
        clean[t] = (t + 1) * 7919 % e->model->config.n_vocab;
        corrupt[t] = t < FIRST ? clean[t] : clean[t] + 1;
    }
    struct pg_error err;
    const struct pg_pair pair = {100, 200};
    struct pg_request request = pg_request_default();
    request.clean = (struct pg_tokens){clean, TOKENS};
    request.corrupt = (struct pg_tokens){corrupt, TOKENS};
    request.pairs = &pair;
    request.n_pairs = 1;
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
