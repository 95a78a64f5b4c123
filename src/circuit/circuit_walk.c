/* circuit_walk.c: see circuit_walk.h. One walk over the blocks for several circuits. A reader v of
 * circuit c takes, at the positions from the first difference of the texts on,
 *
 *     x_v = x_v(corrupted run) + the sum over senders u of its edges, in the order of the graph,
 *           of change[c][u],       change[c][u] = u(this run) - u(corrupted run)
 *
 * so a circuit's state is the change that each component makes, rows x C. In every block the
 * readers of all heads of all circuits are work items, then the heads; the MLPs' rows are one tall
 * matrix. A component into which no edge leads makes no change. Where components outside of the
 * circuits are ablated, what outside.h makes stands for the corrupted run. */
#include "circuit/circuit_walk.h"

#include "base/memory.h"
#include "gpt2/forward.h"
#include "patch/graph.h"
#include "patch/metric.h"
#include "patch/readers.h"
#include "patch/senders.h"
#include "tensor/small_product.h"

#include <stdlib.h>
#include <string.h>

/* Rows that a worker takes at a time. */
enum { TILE = 64 };

/* Budget in bytes for the changes of the circuits in one walk, unless the request has one. */
static const size_t DEFAULT_MEMORY = (size_t)256 << 20;

/* The circuits of one walk. */
struct walk {
    const struct pg_model *model;
    const struct cache *corrupt;
    bool corrupt_is_run; /* otherwise what is outside of a circuit is ablated (outside.h) */
    const int *clean_ids;
    int first, rows; /* positions first..first+rows-1 are run */
    const struct edge_set *sets;
    size_t n, n_senders;
    float *changes;      /* n x n_senders x rows x C */
    unsigned char *live; /* n x n_senders: whether a component makes a change */
    float *vectors;      /* n x 3 x rows x C: queries, keys and values of the block */
    struct stack stack;  /* of the MLPs' rows, and of the logits' */
};

static size_t row_count(const struct walk *w) {
    return (size_t)w->rows * (size_t)w->model->config.n_embd;
}

static float *change_of(const struct walk *w, size_t circuit, size_t sender) {
    return w->changes + (circuit * w->n_senders + sender) * row_count(w);
}

static float *vectors_of(const struct walk *w, size_t circuit, enum pg_reader reader) {
    return w->vectors + (3 * circuit + reader) * row_count(w);
}

/* ---- what a reader takes ---- */

/* Whether anything that a reader takes is not the corrupted run's. */
static bool is_changed(const struct walk *w, size_t circuit, size_t receiver) {
    const unsigned char *into = edge_set_into(&w->sets[circuit], receiver);
    for (size_t s = 0; s < w->n_senders; s++)
        if (into[s] && w->live[circuit * w->n_senders + s]) return true;
    return false;
}

/* Rows from..from+n-1 (of the walk's) of what a reader takes: n x C. */
static void input_rows(const struct walk *w, size_t circuit, size_t receiver, int from, int n,
                       float *out) {
    const struct pg_receiver r = graph_receiver(&w->model->config, receiver);
    const size_t C = (size_t)w->model->config.n_embd, size = (size_t)n * C;
    const unsigned char *into = edge_set_into(&w->sets[circuit], receiver);
    memcpy(out, reader_stream(w->model, w->corrupt, &r) + (size_t)(w->first + from) * C,
           size * sizeof *out);
    for (size_t s = 0; s < w->n_senders; s++) {
        if (!into[s] || !w->live[circuit * w->n_senders + s]) continue;
        const float *change = change_of(w, circuit, s) + (size_t)from * C;
        for (size_t i = 0; i < size; i++) out[i] += change[i];
    }
}

/* ---- heads ---- */

/* What the items of a block share. */
struct at_block {
    const struct walk *w;
    int block;
    const size_t *circuit_of_run; /* of the runs in the stack */
};

static size_t head_reader(const struct at_block *at, enum pg_reader reader, int head) {
    const struct pg_receiver r = {reader, at->block, head};
    return graph_receiver_index(&at->w->model->config, &r);
}

/* Whether a head takes anything that is not the corrupted run's, so that it makes a change. Where
 * that is not a run, every head makes one. */
static bool head_is_changed(const struct at_block *at, size_t circuit, int head) {
    if (!at->w->corrupt_is_run) return true;
    for (enum pg_reader reader = PG_READER_Q; reader <= PG_READER_V; reader++)
        if (is_changed(at->w, circuit, head_reader(at, reader, head))) return true;
    return false;
}

/* A head's queries, keys or values in the corrupted run: rows x D to out, row stride C. */
static void copy_vectors(const struct at_block *at, enum pg_reader reader, int head, float *out) {
    const struct walk *w = at->w;
    const size_t C = (size_t)w->model->config.n_embd;
    const size_t D = C / (size_t)w->model->config.n_head;
    const enum cached what = reader == PG_READER_Q ? CACHED_Q : CACHED_V;
    const float *keys = cache_keys(w->corrupt, at->block, head) + w->first;
    for (size_t t = 0; t < (size_t)w->rows; t++) {
        const size_t row = (size_t)w->first + t;
        if (reader != PG_READER_K)
            memcpy(out + t * C, cache_get(w->corrupt, what, at->block) + row * C + (size_t)head * D,
                   D * sizeof *out);
        for (size_t d = 0; d < D && reader == PG_READER_K; d++)
            out[t * C + d] = keys[d * w->corrupt->key_stride + t];
    }
}

/* Item (circuit, reader, head): queries, keys or values of a head that is changed. */
static void make_vectors(void *context, int item, float *scratch) {
    const struct at_block *at = context;
    const struct walk *w = at->w;
    const struct block *b = &w->model->blocks[at->block];
    const int C = w->model->config.n_embd, H = w->model->config.n_head, D = C / H;
    const size_t circuit = (size_t)(item / (3 * H));
    const enum pg_reader reader = (enum pg_reader)(item % (3 * H) / H);
    const int head = item % H;
    float *out = vectors_of(w, circuit, reader) + head * D;
    if (!head_is_changed(at, circuit, head)) return;
    if (!is_changed(w, circuit, head_reader(at, reader, head))) {
        copy_vectors(at, reader, head, out);
        return;
    }
    const struct pg_receiver receiver = {reader, at->block, head};
    const struct linear linear = reader_linear(w->model, &receiver);
    for (int from = 0, n; from < w->rows; from += n) {
        n = w->rows - from < TILE ? w->rows - from : TILE;
        input_rows(w, circuit, head_reader(at, reader, head), from, n, scratch);
        for (int i = 0; i < n; i++)
            w->stack.executor.kernels->layer_norm(C, scratch + i * C, &b->ln_1, scratch + i * C);
        small_product(w->stack.executor.kernels, n, scratch, (size_t)C, &linear.weight, linear.bias,
                      out + (size_t)from * (size_t)C, (size_t)C, scratch + TILE * (size_t)C);
    }
}

/* z of a head of a circuit, at all rows: rows x D. */
static void head_z(const struct at_block *at, size_t circuit, int head, float *z, float *scratch) {
    const struct walk *w = at->w;
    const struct config *c = &w->model->config;
    const size_t C = (size_t)c->n_embd;
    const int D = c->n_embd / c->n_head;
    struct attention a = {.width = D,
                          .scale = attention_scale(c, at->block),
                          .first = w->first,
                          .base_keys = cache_keys(w->corrupt, at->block, head),
                          .base_key_stride = w->corrupt->key_stride,
                          .base_values = cache_get(w->corrupt, CACHED_V, at->block) + head * D,
                          .base_value_stride = C,
                          .keys = scratch,
                          .key_stride = panel_padded(w->rows),
                          .values = vectors_of(w, circuit, PG_READER_V) + head * D,
                          .value_stride = C};
    transpose_keys(w->rows, D, vectors_of(w, circuit, PG_READER_K) + head * D, C, scratch,
                   a.key_stride);
    attention(w->stack.executor.kernels, &a, w->first, w->rows,
              vectors_of(w, circuit, PG_READER_Q) + head * D, C, z, (size_t)D,
              scratch + attention_keys_size(w->first + w->rows, D));
}

/* The change that a head makes at rows from..from+n-1: n x C. z: of all rows, D numbers each. */
static void change_rows(const struct at_block *at, int head, const float *z, int from, int n,
                        float *change, float *scratch) {
    const struct walk *w = at->w;
    const size_t C = (size_t)w->model->config.n_embd;
    const int D = w->model->config.n_embd / w->model->config.n_head;
    const struct pg_sender self = {PG_HEAD, at->block, head};
    const float *corrupt = cache_get(w->corrupt, CACHED_Z, at->block) + head * D;
    float *both = scratch, *written = both + 2 * TILE * D, *product = written + 2 * TILE * C;
    memcpy(both, z + from * D, (size_t)(n * D) * sizeof *both);
    for (int i = 0; i < n; i++)
        memcpy(both + (n + i) * D, corrupt + (size_t)(w->first + from + i) * C,
               (size_t)D * sizeof *both);
    head_change(w->model, &self, w->stack.executor.kernels, n, both, written, change, product);
}

static size_t padded(size_t n) {
    return (n + NR - 1) / NR * NR;
}

/* Item (circuit, head): the change that a head makes. */
static void change_head(void *context, int item, float *scratch) {
    const struct at_block *at = context;
    const struct walk *w = at->w;
    const struct config *c = &w->model->config;
    const size_t circuit = (size_t)(item / c->n_head);
    const int head = item % c->n_head;
    const size_t C = (size_t)c->n_embd, D = C / (size_t)c->n_head;
    const struct pg_sender self = {PG_HEAD, at->block, head};
    const size_t sender = graph_sender_index(c, &self);
    if (!head_is_changed(at, circuit, head)) return;
    w->live[circuit * w->n_senders + sender] = 1;
    float *z = scratch, *rest = z + padded((size_t)w->rows * D);
    head_z(at, circuit, head, z, rest);
    for (int from = 0, n; from < w->rows; from += n) {
        n = w->rows - from < TILE ? w->rows - from : TILE;
        change_rows(at, head, z, from, n, change_of(w, circuit, sender) + (size_t)from * C, rest);
    }
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* Floats of scratch that the items of heads need. */
static size_t scratch_of(const struct config *c, int n_tokens, int rows) {
    const size_t C = (size_t)c->n_embd, D = C / (size_t)c->n_head;
    const size_t product = small_product_scratch(c->n_embd);
    const size_t changing = 2 * TILE * D + 2 * TILE * C + product;
    return larger(TILE * C + product,
                  padded((size_t)rows * D) + larger(attend_scratch(n_tokens, (int)D), changing));
}

static void run_heads(const struct walk *w, int block) {
    struct at_block at = {.w = w, .block = block};
    const int n = (int)w->n, H = w->model->config.n_head;
    const double operations = (double)row_count(w) * w->model->config.n_embd * n;
    executor_run(&w->stack.executor, operations, n * 3 * H, make_vectors, &at);
    executor_run(&w->stack.executor, operations, n * H, change_head, &at);
}

/* ---- MLPs ---- */

static size_t mlp_reader(const struct walk *w, int block) {
    const struct pg_receiver r = {PG_READER_MLP, block, -1};
    return graph_receiver_index(&w->model->config, &r);
}

/* Item: the rows of a run in the stack. normed = LN2(what the MLP takes), x = 0. */
static void fill_mlp(void *context, int item, float *scratch) {
    const struct at_block *at = context;
    const struct walk *w = at->w;
    const struct stack *stack = &w->stack;
    const int C = w->model->config.n_embd;
    const size_t first = (size_t)stack->runs[item].row;
    for (int from = 0, n; from < w->rows; from += n) {
        n = w->rows - from < TILE ? w->rows - from : TILE;
        input_rows(w, at->circuit_of_run[item], mlp_reader(w, at->block), from, n, scratch);
        for (int i = 0; i < n; i++)
            stack->executor.kernels->layer_norm(
                C, scratch + i * C, &w->model->blocks[at->block].ln_2,
                stack->normed + (first + (size_t)(from + i)) * stack->normed_stride);
    }
    memset(stack->x + first * (size_t)C, 0, row_count(w) * sizeof *stack->x);
}

/* Item: the change that a run's MLP makes, whose output is in x. */
static void change_mlp(void *context, int item, float *scratch) {
    (void)scratch;
    const struct at_block *at = context;
    const struct walk *w = at->w;
    const size_t C = (size_t)w->model->config.n_embd, circuit = at->circuit_of_run[item];
    const struct pg_sender self = {PG_MLP, at->block, -1};
    const size_t sender = graph_sender_index(&w->model->config, &self);
    const float *out = w->stack.x + (size_t)w->stack.runs[item].row * C;
    const float *corrupt = cache_get(w->corrupt, CACHED_MLP_OUT, at->block) + (size_t)w->first * C;
    float *change = change_of(w, circuit, sender);
    w->live[circuit * w->n_senders + sender] = 1;
    for (size_t i = 0; i < row_count(w); i++) change[i] = out[i] - corrupt[i];
}

/* Empties the stack. */
static void clear(struct stack *stack) {
    stack->n_runs = stack->n_rows = 0;
}

static void run_mlps(struct walk *w, int block, size_t *circuit_of_run) {
    struct stack *stack = &w->stack;
    struct at_block at = {w, block, circuit_of_run};
    clear(stack);
    for (size_t i = 0; i < w->n; i++) {
        if (w->corrupt_is_run && !is_changed(w, i, mlp_reader(w, block))) continue;
        circuit_of_run[stack->n_runs] = i;
        stack_add_run(stack, (struct run){.base = w->corrupt,
                                          .n_tokens = w->first + w->rows,
                                          .first_position = w->first});
    }
    if (stack->n_runs == 0) return;
    const double operations = 10.0 * (double)row_count(w) * stack->n_runs;
    executor_run(&stack->executor, operations, stack->n_runs, fill_mlp, &at);
    stack_mlp_output(stack, block);
    executor_run(&stack->executor, operations, stack->n_runs, change_mlp, &at);
}

/* ---- the ends ---- */

/* The change of the embeddings, in every circuit. */
static void change_embeddings(const struct walk *w) {
    const float *corrupt =
        cache_resid(w->corrupt, -1, CUT_POST) + (size_t)w->first * (size_t)w->model->config.n_embd;
    for (size_t i = 0; i < w->n; i++) {
        float *change = change_of(w, i, 0);
        embed(w->model, w->clean_ids, NULL, w->first, w->rows, change);
        for (size_t j = 0; j < row_count(w); j++) change[j] -= corrupt[j];
        w->live[i * w->n_senders] = 1;
    }
}

/* Reads the metric of every circuit. logits: those that it needs. */
static void read_values(struct walk *w, const struct metric *metric, float *logits, float *values) {
    const int T = w->first + w->rows;
    clear(&w->stack);
    for (size_t i = 0; i < w->n; i++)
        input_rows(w, i, w->sets[i].n_receivers - 1, w->rows - 1, 1,
                   stack_add_run(
                       &w->stack,
                       (struct run){.base = w->corrupt, .n_tokens = T, .first_position = T - 1}));
    stack_final_norm(&w->stack);
    for (size_t i = 0; i < w->n; i++) {
        stack_logits(&w->stack, (int)i, 1, &metric->unembed, logits);
        values[i] = metric_value(metric, logits);
    }
}

/* ---- walks ---- */

/* Bytes for one circuit. */
static size_t bytes_per_circuit(const struct config *c, int rows) {
    return (graph_count_senders(c) + 3) * (size_t)rows * (size_t)c->n_embd * sizeof(float) +
           (size_t)rows * stack_bytes_per_row(c);
}

static void walk_free(struct walk *w) {
    stack_free(&w->stack);
    free(w->changes);
    free(w->live);
    free(w->vectors);
}

/* Makes room for at most n circuits. */
static bool walk_init(struct walk *w, size_t n, struct pg_error *err) {
    const struct config *c = &w->model->config;
    const int T = w->first + w->rows;
    w->n_senders = graph_count_senders(c);
    w->changes = allocate_unset(n * w->n_senders, row_count(w) * sizeof(float), err);
    w->live = allocate(n, w->n_senders, err);
    w->vectors = allocate_unset(n * 3 * row_count(w) + NR, sizeof(float), err); /* attention.h */
    return w->changes && w->live && w->vectors &&
           stack_init(&w->stack, w->model, T, (int)n, (int)n * w->rows, scratch_of(c, T, w->rows),
                      err);
}

/* Runs the walk's circuits. */
static bool walk_circuits(struct walk *w, const struct metric *metric, float *values,
                          struct pg_error *err) {
    float *logits = allocate((size_t)metric->unembed.n_out, sizeof *logits, err);
    size_t *circuit_of_run = allocate(w->n, sizeof *circuit_of_run, err);
    const bool done = logits && circuit_of_run;
    if (done) {
        memset(w->live, 0, w->n * w->n_senders);
        change_embeddings(w);
        for (int b = 0; b < w->model->config.n_layer; b++) {
            run_heads(w, b);
            run_mlps(w, b, circuit_of_run);
        }
        read_values(w, metric, logits, values);
    }
    free(logits);
    free(circuit_of_run);
    return done;
}

/* Fills in the values of the sets, in as many walks as the memory needs. */
bool run_circuits(const struct circuit_texts *t, const struct edge_set *sets, size_t n,
                  float *values, struct pg_error *err) {
    const struct pg_request *r = t->request;
    const bool is_run = r->with == PG_WITH_TEXT;
    const int T = t->corrupt->n_tokens;
    const int first = is_run ? first_difference(r->clean.ids, r->corrupt.ids, T) : 0;
    const size_t memory = r->memory ? r->memory : DEFAULT_MEMORY;
    const size_t fit = memory / bytes_per_circuit(&t->model->config, T - first);
    const size_t most = fit < 1 ? 1 : fit < n ? fit : n;
    struct walk w = {.model = t->model,
                     .corrupt = t->corrupt,
                     .corrupt_is_run = is_run,
                     .clean_ids = r->clean.ids,
                     .first = first,
                     .rows = T - first};
    bool ok = walk_init(&w, most, err);
    for (size_t i = 0; ok && i < n; i += w.n) {
        w.sets = sets + i;
        w.n = n - i < most ? n - i : most;
        ok = walk_circuits(&w, t->metric, values + i, err);
        if (r->progress) r->progress(r->progress_context, (double)(i + w.n) / (double)n);
    }
    walk_free(&w);
    return ok;
}
