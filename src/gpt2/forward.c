/* forward.c: see forward.h. The definitions are those of minGPT's model.py (GPT-2 with pre-norm
 * blocks): https://github.com/karpathy/minGPT */
#include "gpt2/forward.h"

#include "base/memory.h"
#include "tensor/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

size_t batch_bytes_per_row(const struct config *c) {
    return (4 * (size_t)c->n_embd + row_stride(c->n_embd)) * sizeof(float);
}

bool batch_init(struct batch *batch, const struct pg_model *model, int most_tokens, int max_runs,
                int max_rows, struct pg_error *err) {
    const struct config *c = &model->config;
    const size_t C = (size_t)c->n_embd, rows = (size_t)max_rows;
    const size_t hidden_rows = max_rows < BLOCK_ROWS ? rows : BLOCK_ROWS;
    const size_t of_attention = rows * 3 * C + PANEL, of_mlp = hidden_rows * row_stride(c->n_inner);
    const int width = c->n_embd / c->n_head;
    *batch = (struct batch){
        .model = model, .most_tokens = most_tokens, .h_stride = row_stride(c->n_embd)};
    batch->runs = allocate((size_t)max_runs, sizeof *batch->runs, err);
    batch->x = allocate_unset(rows, C * sizeof(float), err);
    batch->h = allocate_unset(rows, batch->h_stride * sizeof(float), err);
    batch->hidden =
        allocate_unset(of_mlp > of_attention ? of_mlp : of_attention, sizeof(float), err);
    if (batch->runs && batch->x && batch->h && batch->hidden &&
        scratch_init(&batch->scratch, attention_scratch(most_tokens, width), err)) {
        batch->q = batch->hidden;
        batch->kv = batch->q + rows * C;
        return true;
    }
    batch_free(batch);
    return false;
}

void batch_free(struct batch *batch) {
    scratch_free(&batch->scratch);
    free(batch->runs);
    free(batch->x);
    free(batch->h);
    free(batch->hidden);
    *batch = (struct batch){0};
}

/* ---- runs ---- */

static float *row_of(float *rows, int row, int n_embd) {
    return rows + (size_t)row * (size_t)n_embd;
}

static float *h_row(const struct batch *batch, int row) {
    return batch->h + (size_t)row * batch->h_stride;
}

float *batch_add_run(struct batch *batch, struct run run) {
    run.row = batch->n_rows;
    batch->runs[batch->n_runs++] = run;
    batch->n_rows += run.n_tokens - run.first;
    return row_of(batch->x, run.row, batch->model->config.n_embd);
}

/* ---- caches: what a run shares with the base run is the base run's, which is complete or an
 * earlier run of the same batch ---- */

/* Copies a run's activations into its cache: rows of C numbers, ld apart, from position `first` on;
 * those before it from the base run's. */
static void keep_rows(const struct batch *batch, const struct run *run, const float *own, size_t ld,
                      const float *shared, float *to) {
    const size_t C = (size_t)batch->model->config.n_embd, first = (size_t)run->first;
    if (first) memcpy(to, shared, first * C * sizeof *to);
    for (size_t t = first; t < (size_t)run->n_tokens; t++)
        memcpy(to + t * C, own + (t - first) * ld, C * sizeof *to);
}

/* Fills the caches with the residual stream at a cut. */
static void keep_resid(const struct batch *batch, int block, enum cut cut) {
    const int C = batch->model->config.n_embd;
    for (int r = 0; r < batch->n_runs; r++) {
        const struct run *run = &batch->runs[r];
        if (!run->keep) continue;
        const float *shared = run->first ? cache_resid(run->base, block, cut) : NULL;
        keep_rows(batch, run, row_of(batch->x, run->row, C), (size_t)C, shared,
                  cache_resid(run->keep, block, cut));
    }
}

/* Fills those caches that have room for it with another activation, given as rows of all runs. */
static void keep_all(const struct batch *batch, int block, enum kept what, float *rows, size_t ld) {
    for (int r = 0; r < batch->n_runs; r++) {
        const struct run *run = &batch->runs[r];
        if (!run->keep || !run->keep->kept[what]) continue;
        const float *shared = run->first ? cache_kept(run->base, what, block) : NULL;
        keep_rows(batch, run, rows + (size_t)run->row * ld, ld, shared,
                  cache_kept(run->keep, what, block));
    }
}

static void keep_keys(const struct batch *batch, int block) {
    const int C = batch->model->config.n_embd, H = batch->model->config.n_head, D = C / H;
    for (int r = 0; r < batch->n_runs; r++) {
        const struct run *run = &batch->runs[r];
        for (int head = 0; run->keep && head < H; head++) {
            const size_t stride = run->keep->key_stride, first = (size_t)run->first;
            float *to = cache_keys(run->keep, block, head);
            const float *shared = first ? cache_keys(run->base, block, head) : NULL;
            for (size_t d = 0; first && d < (size_t)D; d++)
                memcpy(to + d * stride, shared + d * stride, first * sizeof *to);
            transpose_keys(run->n_tokens - run->first, D,
                           row_of(batch->kv, run->row, 2 * C) + head * D, 2 * (size_t)C, to + first,
                           stride);
        }
    }
}

/* Whether everything is kept of any run. */
static bool keeps_all(const struct batch *batch) {
    for (int r = 0; r < batch->n_runs; r++)
        if (batch->runs[r].keep && batch->runs[r].keep->kept[KEPT_ATTN_OUT]) return true;
    return false;
}

/* ---- the parts of a block ---- */

/* h = norm(x), all rows. */
static void normalize(const struct batch *batch, const struct norm *norm) {
    const int C = batch->model->config.n_embd;
    norm_rows(&batch->scratch, batch->n_rows, C, batch->x, (size_t)C, norm, batch->h,
              batch->h_stride);
}

/* linear(h), from a row on. */
static void apply(const struct batch *batch, int row, const struct linear *linear,
                  enum finish finish, float *out) {
    const struct matrix *m = &linear->weight;
    matmul(&batch->scratch, batch->n_rows - row, h_row(batch, row), batch->h_stride, m,
           linear->bias, finish, out, (size_t)m->n_out);
}

/* x += product, which is what was to be seen first. */
static void add_rows(int rows, int width, const float *product, size_t ld, float *x) {
    for (int i = 0; i < rows; i++, product += ld)
        for (int j = 0; j < width; j++) *x++ += product[j];
}

float attention_scale(const struct config *c, int block) {
    float scale = 1;
    if (c->scale_attn_weights) scale /= sqrtf((float)(c->n_embd / c->n_head));
    if (c->scale_attn_by_inverse_layer_idx) scale /= (float)(block + 1);
    return scale;
}

/* Attention in a block. */
struct attending {
    const struct batch *batch;
    int block;
    bool only_last;
};

/* z of one head of one run: for its last position, whose query is row r of q, or for all its
 * rows. */
static void attend(void *context, int i, float *own) {
    const struct attending *to = context;
    const struct batch *batch = to->batch;
    const struct config *c = &batch->model->config;
    const int block = to->block, r = i / c->n_head, head = i % c->n_head;
    const struct run *run = &batch->runs[r];
    const size_t C = (size_t)c->n_embd;
    const int D = c->n_embd / c->n_head, T = run->n_tokens, n = T - run->first;
    const float *keys = row_of(batch->kv, run->row, 2 * c->n_embd) + head * D;
    struct attention a = {.width = D, .scale = attention_scale(c, block), .first = run->first};
    a.keys = own;
    a.key_stride = whole_panels(n);
    a.values = keys + C;
    a.value_stride = 2 * C;
    transpose_keys(n, D, keys, 2 * C, own, a.key_stride);
    if (run->first) {
        a.base_keys = cache_keys(run->base, block, head);
        a.base_key_stride = run->base->key_stride;
        a.base_values = cache_kept(run->base, KEPT_VALUES, block) + head * D;
        a.base_value_stride = C;
    }
    const int from = to->only_last ? T - 1 : run->first, row = to->only_last ? r : run->row;
    attention(batch->scratch.kernels, &a, from, T - from,
              row_of(batch->q, row, c->n_embd) + head * D, C, h_row(batch, row) + head * D,
              batch->h_stride, own + attention_keys_size(T, D));
}

/* Moves each run's last row of x to row r, r being the run's number. */
static void gather_last_rows(struct batch *batch) {
    const int C = batch->model->config.n_embd;
    for (int r = 0; r < batch->n_runs; r++) {
        const struct run *run = &batch->runs[r];
        const int last = run->row + run->n_tokens - 1 - run->first;
        if (last == r) continue;
        memcpy(row_of(batch->x, r, C), row_of(batch->x, last, C), (size_t)C * sizeof *batch->x);
    }
    batch->n_rows = batch->n_runs;
}

/* x += attn_proj(z), from a row on. */
static void project(struct batch *batch, int block, int row) {
    const int C = batch->model->config.n_embd;
    apply(batch, row, &batch->model->blocks[block].attn_proj, FINISH_ADD, row_of(batch->x, row, C));
}

/* The same for all rows, what is added being kept. */
static void project_and_keep(struct batch *batch, int block) {
    const int C = batch->model->config.n_embd;
    apply(batch, 0, &batch->model->blocks[block].attn_proj, FINISH_STORE, batch->q);
    add_rows(batch->n_rows, C, batch->q, (size_t)C, batch->x);
    keep_all(batch, block, KEPT_ATTN_OUT, batch->q, (size_t)C);
}

void batch_attention(struct batch *batch, int block, bool only_last) {
    const struct block *b = &batch->model->blocks[block];
    const int C = batch->model->config.n_embd, heads = batch->model->config.n_head;
    normalize(batch, &b->ln_1);
    apply(batch, 0, &b->kv, FINISH_STORE, batch->kv);
    keep_keys(batch, block);
    keep_all(batch, block, KEPT_VALUES, batch->kv + C, 2 * (size_t)C);
    if (only_last) {
        gather_last_rows(batch);
        normalize(batch, &b->ln_1);
    }
    apply(batch, 0, &b->q, FINISH_STORE, batch->q);
    keep_all(batch, block, KEPT_QUERIES, batch->q, (size_t)C);

    scratch_run(&batch->scratch, 2.0 * batch->n_rows * batch->most_tokens * C,
                batch->n_runs * heads, attend, &(struct attending){batch, block, only_last});
    keep_all(batch, block, KEPT_Z, batch->h, batch->h_stride);

    if (keeps_all(batch))
        project_and_keep(batch, block);
    else
        project(batch, block, 0);
    for (int r = 0; only_last && r < batch->n_runs; r++) {
        batch->runs[r].first = batch->runs[r].n_tokens - 1;
        batch->runs[r].row = r;
    }
    keep_resid(batch, block, CUT_MID);
}

void batch_project(struct batch *batch, int block, int first_run) {
    project(batch, block, batch->runs[first_run].row);
}

static enum finish activation_finish(enum activation activation) {
    return activation == ACTIVATION_RELU       ? FINISH_RELU
           : activation == ACTIVATION_GELU_ERF ? FINISH_GELU_ERF
                                               : FINISH_GELU_TANH;
}

void batch_mlp(struct batch *batch, int block) {
    const struct block *b = &batch->model->blocks[block];
    const enum finish activation = activation_finish(batch->model->config.activation);
    const struct scratch *scratch = &batch->scratch;
    const int C = batch->model->config.n_embd;
    const size_t inner = row_stride(batch->model->config.n_inner);
    const bool keep = keeps_all(batch);
    normalize(batch, &b->ln_2);
    for (int i = 0; i < tile_count(batch->n_rows, BLOCK_ROWS); i++) {
        const struct tile_rows part = tile_rows(batch->n_rows, BLOCK_ROWS, i);
        const int row = part.start, rows = part.rows;
        float *h = h_row(batch, row);
        matmul(scratch, rows, h, batch->h_stride, &b->fc.weight, b->fc.bias, activation,
               batch->hidden, inner);
        matmul(scratch, rows, batch->hidden, inner, &b->mlp_proj.weight, b->mlp_proj.bias,
               keep ? FINISH_STORE : FINISH_ADD, keep ? h : row_of(batch->x, row, C),
               keep ? batch->h_stride : (size_t)C);
    }
    if (keep) add_rows(batch->n_rows, C, batch->h, batch->h_stride, batch->x);
    keep_all(batch, block, KEPT_MLP_OUT, batch->h, batch->h_stride);
    keep_resid(batch, block, CUT_POST);
}

/* ---- the ends ---- */

void embed(const struct pg_model *model, const int *ids, int first, int n, float *out) {
    const int C = model->config.n_embd;
    const struct kernels *kernels = kernels_default();
    int count;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < C; j += PANEL, out += count) {
            float position[PANEL];
            count = C - j < PANEL ? C - j : PANEL;
            kernels->widen(model->wte.dtype, matrix_at(&model->wte, ids[first + i], j), count, out);
            kernels->widen(model->wpe.dtype, matrix_at(&model->wpe, first + i, j), count, position);
            for (int k = 0; k < count; k++) out[k] += position[k];
        }
}

void batch_finish(struct batch *batch) {
    gather_last_rows(batch);
    batch_finish_all(batch);
}

void batch_finish_all(struct batch *batch) {
    normalize(batch, &batch->model->ln_f);
}

void batch_logits(const struct batch *batch, int first, int n, const struct matrix *unembed,
                  float *out) {
    matmul(&batch->scratch, n, h_row(batch, first), batch->h_stride, unembed, NULL, FINISH_STORE,
           out, (size_t)unembed->n_out);
}

int first_difference(const int *a, const int *b, int n_tokens) {
    int t = 0;
    while (t < n_tokens && a[t] == b[t]) t++;
    return t;
}

/* Adds the runs of both texts. What the corrupted text shares with the clean one is not run again;
 * its last row always is. */
static void add_pair(struct batch *batch, const struct text_pair *pair) {
    const int T = pair->n_tokens, differ = first_difference(pair->clean, pair->corrupt, T);
    const struct run clean = {.n_tokens = T, .keep = pair->clean_cache};
    const struct run corrupt = {.base = pair->clean_cache,
                                .n_tokens = T,
                                .first = differ < T ? differ : T - 1,
                                .keep = pair->corrupt_cache};
    embed(batch->model, pair->clean, 0, T, batch_add_run(batch, clean));
    embed(batch->model, pair->corrupt, corrupt.first, T - corrupt.first,
          batch_add_run(batch, corrupt));
}

bool forward_pairs(const struct pg_model *model, const struct text_pair *pairs, size_t n,
                   float *logits, struct pg_error *err) {
    int most_tokens = 0, rows = 0;
    for (size_t i = 0; i < n; i++) {
        if (most_tokens < pairs[i].n_tokens) most_tokens = pairs[i].n_tokens;
        rows += 2 * pairs[i].n_tokens;
    }
    struct batch batch;
    if (!batch_init(&batch, model, most_tokens, 2 * (int)n, rows, err)) return false;
    for (size_t i = 0; i < n; i++) add_pair(&batch, &pairs[i]);
    keep_resid(&batch, -1, CUT_POST);
    for (int b = 0; b < model->config.n_layer; b++) {
        batch_attention(&batch, b, false);
        batch_mlp(&batch, b);
    }
    batch_finish(&batch);
    batch_logits(&batch, 0, 2 * (int)n, &model->unembed, logits);
    batch_free(&batch);
    return true;
}
