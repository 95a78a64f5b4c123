/* section_rows.c: what is no product with weights: attention, softmax, GELU, layer norm, on all
 * threads, and the part of a whole sweep of gpt2 that each takes at the speed measured here. */
#include "bench.h"
#include "gpt2/forward.h"
#include "measure.h"
#include "tensor/attention.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 768, HEADS = 12, HEAD_WIDTH = 64, MAX_TOKENS = 1024, TALL_ROWS = 605 };

/* The operands of one operation. */
struct operands {
    const struct kernels *kernels;
    struct executor executor;
    int n_tokens, n_runs;
    float *x; /* attention: queries, keys and values of every row; else what is operated on */
    float *out;
    double elements; /* that one call goes through */
};

/* ---- one call of each operation ---- */

/* One head of one run. */
static void attend(void *context, int i, float *scratch) {
    const struct operands *o = context;
    const int run = i / HEADS, head = i % HEADS;
    const size_t row = 3 * WIDTH, T = (size_t)o->n_tokens, stride = panel_padded(o->n_tokens);
    const float *q = o->x + (size_t)run * T * row + head * HEAD_WIDTH;
    const struct attention a = {.width = HEAD_WIDTH,
                                .scale = 0.125f,
                                .keys = scratch,
                                .key_stride = stride,
                                .values = q + 2 * WIDTH,
                                .value_stride = row};
    transpose_keys(o->n_tokens, HEAD_WIDTH, q + WIDTH, row, scratch, stride);
    attention(o->kernels, &a, 0, o->n_tokens, q, row,
              o->out + (size_t)run * T * WIDTH + head * HEAD_WIDTH, WIDTH,
              scratch + attention_keys_size(o->n_tokens, HEAD_WIDTH));
}

/* All heads of all runs, as in a block of a full pass. */
static void run_attention(void *context) {
    const struct operands *o = context;
    executor_run(&o->executor, INFINITY, o->n_runs * HEADS, attend, context);
}

/* The rows of scores of the same attention: 1, 2, ..., T of them. */
static void run_softmax(void *context) {
    const struct operands *o = context;
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < o->n_runs * HEADS; i++)
        for (int n = 1; n <= o->n_tokens; n++) {
            float row[MAX_TOKENS];
            memcpy(row, o->x, (size_t)n * sizeof *row);
            o->kernels->softmax(n, row, 0.125f);
        }
}

/* Tiles in the cache, as the product with fc leaves them. */
static void run_gelu(void *context) {
    const struct operands *o = context;
    const int tile = o->kernels->mr * NR, n = (int)o->elements;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i += tile) {
        float part[MAX_MR * NR];
        memcpy(part, o->x, (size_t)tile * sizeof *part);
        o->kernels->gelu_tanh(tile, part);
    }
}

static void run_layer_norm(void *context) {
    const struct operands *o = context;
    const struct norm norm = {o->x, o->x + WIDTH, 1e-5f};
#pragma omp parallel for schedule(static)
    for (int i = 0; i < TALL_ROWS; i++)
        o->kernels->layer_norm(WIDTH, o->x + i * WIDTH, &norm, o->out + i * WIDTH);
}

/* ---- measuring ---- */

struct operation {
    const char *name;
    void (*run)(void *context);
    double bytes_per_element; /* read and written; NaN: not the point */
    double flop_per_element;  /* NaN: not counted */
};

static void measure_operation(cJSON *rows, struct operands *o, const struct operation *operation,
                              double elements_of_call, double elements_of_sweep) {
    const struct plan plan = {1, 2, 15, 0};
    o->elements = elements_of_call;
    struct subject subject = {.run = operation->run, .context = o};
    time_alternately(&plan, &subject, 1);
    const double seconds = subject.timing.median / elements_of_call;
    cJSON *row = add_row(rows);
    cJSON_AddStringToObject(row, "operation", operation->name);
    put(row, "tokens", o->n_tokens);
    put(row, "elements_of_sweep", elements_of_sweep);
    put(row, "seconds_per_element", seconds);
    put(row, "spread", subject.timing.spread);
    put(row, "bytes_per_s", operation->bytes_per_element / seconds);
    put(row, "flop_per_s", operation->flop_per_element / seconds);
}

static void measure_at(const struct bench *bench, int n_tokens, int n_runs, cJSON *rows) {
    const size_t n_rows = (size_t)n_tokens * (size_t)n_runs;
    const size_t max_rows = n_rows > TALL_ROWS ? n_rows : TALL_ROWS;
    struct operands o = {.n_tokens = n_tokens, .n_runs = n_runs, .kernels = kernels_default()};
    struct pg_error err;
    o.x = need(max_rows * 3 * WIDTH + NR, sizeof *o.x);
    o.out = need(max_rows * WIDTH, sizeof *o.out);
    fill_random(o.x, max_rows * 3 * WIDTH, 0, 1, 1);
    require(executor_init(&o.executor, attend_scratch(MAX_TOKENS, HEAD_WIDTH), &err), &err);

    const struct trial shape = {.model = bench->gpt2, .n_tokens = n_tokens};
    const struct operations sweep = trial_whole_sweep(&shape);
    const double pairs = (double)n_rows * (n_tokens + 1) / 2 * HEADS;
    const struct operation attention_operation = {"attention", run_attention, NAN, 4 * HEAD_WIDTH};
    const struct operation softmax = {"- its softmax", run_softmax, 8, NAN};
    const struct operation gelu = {"gelu_tanh", run_gelu, 8, NAN};
    const struct operation layer_norm = {"layer_norm", run_layer_norm, 8, NAN};
    measure_operation(rows, &o, &attention_operation, pairs, sweep.scores);
    measure_operation(rows, &o, &softmax, pairs, sweep.scores);
    measure_operation(rows, &o, &gelu, (double)TALL_ROWS * 4 * WIDTH, sweep.gelu);
    measure_operation(rows, &o, &layer_norm, (double)TALL_ROWS * WIDTH, sweep.norm);
    executor_free(&o.executor);
    free(o.x);
    free(o.out);
}

static void run_rows(struct bench *bench, cJSON *rows) {
    measure_at(bench, 11, 110, rows);
    measure_at(bench, MAX_TOKENS, 1, rows);
}

/* Seconds of a whole sweep of gpt2 with so many tokens as another section found them, or NaN. */
static double sweep_seconds(const struct bench *bench, double tokens) {
    static const char *const sections[] = {"sweep", "length"};
    for (int i = 0; i < 2; i++) {
        const cJSON *rows = cJSON_GetObjectItem(bench->sections, sections[i]), *row;
        cJSON_ArrayForEach(row, rows) {
            const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(row, "model"));
            if (model && strcmp(model, "gpt2") == 0 && get(row, "tokens") == tokens)
                return get(row, "whole_sweep_seconds");
        }
    }
    return NAN;
}

static void rate_operation(const struct bench *bench, cJSON *row) {
    put(row, "share_of_sweep",
        get(row, "elements_of_sweep") * get(row, "seconds_per_element") /
            sweep_seconds(bench, get(row, "tokens")));
}

const struct section rows_section = {
    .name = "rows",
    .title = "what is no product with weights, on all threads",
    .note = "An element of attention and softmax is a (query, key) pair of one head. of sweep: the "
            "part of\n"
            "a whole sweep's seconds (from the sections sweep and length) that its elements take.",
    .columns = {{"operation", "", "operation", 15, TEXT, 0},
                {"tokens", "", "tokens", 8, 0, 1},
                {"element", "ns", "seconds_per_element", 10, 3, 1e9},
                {"spread", "%", "spread", 9, 0, 100},
                {"in + out", "GB/s", "bytes_per_s", 10, 1, 1e-9},
                {"speed", "GFLOP/s", "flop_per_s", 10, 1, 1e-9},
                {"in a sweep", "million", "elements_of_sweep", 13, 1, 1e-6},
                {"of sweep", "%", "share_of_sweep", 11, 2, 100}},
    .run = run_rows,
    .rate = rate_operation,
};
