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
    return 5 * (size_t)c->n_embd * sizeof(float);
}

bool batch_init(struct batch *batch, const struct pg_model *model, int n_tokens,
                const struct cache *base, int max_runs, int max_rows, struct pg_error *err) {
    const struct config *c = &model->config;
    const size_t C = (size_t)c->n_embd, rows = (size_t)max_rows;
    const size_t hidden_rows = max_rows < BLOCK_ROWS ? rows : BLOCK_ROWS;
    const int widest = c->n_inner > c->n_embd ? c->n_inner : c->n_embd;
    *batch = (struct batch){.model = model, .n_tokens = n_tokens, .base = base};
    batch->runs = allocate((size_t)max_runs, sizeof *batch->runs, err);
    batch->x = allocate(rows, C * sizeof(float), err);
    batch->h = allocate(rows, C * sizeof(float), err);
    batch->q = allocate(rows, C * sizeof(float), err);
    batch->kv = allocate(rows * 2 * C + PANEL, sizeof(float), err);
    batch->hidden = allocate(hidden_rows, (size_t)c->n_inner * sizeof(float), err);
    if (batch->runs && batch->x && batch->h && batch->q && batch->kv && batch->hidden &&
        scratch_init(&batch->scratch, widest, attention_scratch(n_tokens, c->n_embd / c->n_head),
                     err))
        return true;
    batch_free(batch);
    return false;
}

void batch_free(struct batch *batch) {
    scratch_free(&batch->scratch);
    free(batch->runs);
    free(batch->x);
    free(batch->h);
    free(batch->q);
    free(batch->kv);
    free(batch->hidden);
    *batch = (struct batch){0};
}

/* ---- runs ---- */

static float *row_of(float *rows, int row, int n_embd) {
    return rows + (size_t)row * (size_t)n_embd;
}

float *batch_add_run(struct batch *batch, int first, struct cache *keep) {
    batch->runs[batch->n_runs++] = (struct run){first, batch->n_rows, keep};
    float *rows = row_of(batch->x, batch->n_rows, batch->model->config.n_embd);
    batch->n_rows += batch->n_tokens - first;
    return rows;
}

/* Fills the caches that are kept with the residual stream at a cut; what a run shares with the
 * base run is the base run's, which is an earlier run of this batch or complete. */
static void keep_resid(const struct batch *batch, int block, enum cut cut) {
    const int C = batch->model->config.n_embd;
    for (int r = 0; r < batch->n_runs; r++) {
        const struct run *run = &batch->runs[r];
        if (!run->keep) continue;
        float *to = cache_resid(run->keep, block, cut);
        if (run->first)
            memcpy(to, cache_resid(batch->base, block, cut),
                   (size_t)run->first * (size_t)C * sizeof *to);
        memcpy(row_of(to, run->first, C), row_of(batch->x, run->row, C),
               (size_t)(batch->n_tokens - run->first) * (size_t)C * sizeof *to);
    }
}

static void keep_keys(const struct batch *batch, const struct run *run, int block) {
    const int C = batch->model->config.n_embd, H = batch->model->config.n_head, D = C / H;
    const size_t stride = run->keep->key_stride;
    for (int head = 0; head < H; head++) {
        float *to = cache_keys(run->keep, block, head);
        const float *shared = run->first ? cache_keys(batch->base, block, head) : NULL;
        const float *own = row_of(batch->kv, run->row, 2 * C) + head * D;
        for (int d = 0; d < D; d++, to += stride) {
            if (shared) memcpy(to, shared + (size_t)d * stride, (size_t)run->first * sizeof *to);
            for (int t = run->first; t < batch->n_tokens; t++)
                to[t] = own[(size_t)(t - run->first) * 2 * (size_t)C + (size_t)d];
        }
    }
}

static void keep_values(const struct batch *batch, const struct run *run, int block) {
    const int C = batch->model->config.n_embd;
    float *to = cache_values(run->keep, block);
    if (run->first)
        memcpy(to, cache_values(batch->base, block), (size_t)run->first * (size_t)C * sizeof *to);
    for (int t = run->first; t < batch->n_tokens; t++)
        memcpy(row_of(to, t, C), row_of(batch->kv, run->row + t - run->first, 2 * C) + C,
               (size_t)C * sizeof *to);
}

/* ---- the parts of a block ---- */

static void apply(const struct batch *batch, int rows, const float *x, const struct linear *linear,
                  enum finish finish, float *out) {
    matmul(&batch->scratch, rows, x, (size_t)linear->weight.n_in, &linear->weight, linear->bias,
           finish, out, (size_t)linear->weight.n_out);
}

static void normalize(const struct batch *batch, int rows, const float *x, const struct norm *norm,
                      float *out) {
    const struct config *c = &batch->model->config;
    const struct kernels *kernels = batch->scratch.kernels;
    const int threads = scratch_threads(&batch->scratch, 10.0 * rows * c->n_embd);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int i = 0; i < rows; i++) {
        const size_t at = (size_t)i * (size_t)c->n_embd;
        kernels->layer_norm(c->n_embd, x + at, norm->gain, norm->bias, c->layer_norm_epsilon,
                            out + at);
    }
}

/* What scores are multiplied by. */
static float attention_scale(const struct config *c, int block) {
    float scale = 1;
    if (c->scale_attn_weights) scale /= sqrtf((float)(c->n_embd / c->n_head));
    if (c->scale_attn_by_inverse_layer_idx) scale /= (float)(block + 1);
    return scale;
}

/* z of one head of one run: for its last position, whose query is row r of q, or for all its
 * rows. */
static void attend(const struct batch *batch, int block, int r, int head, bool only_last) {
    const struct config *c = &batch->model->config;
    const struct run *run = &batch->runs[r];
    const size_t C = (size_t)c->n_embd;
    const int D = c->n_embd / c->n_head, T = batch->n_tokens;
    struct attention a = {
        .width = D, .scale = attention_scale(c, block), .first = run->first, .stride = 2 * C};
    a.keys = row_of(batch->kv, run->row, 2 * c->n_embd) + head * D;
    a.values = a.keys + C;
    if (run->first) {
        a.base_keys = cache_keys(batch->base, block, head);
        a.base_stride = batch->base->key_stride;
        a.base_values = cache_values(batch->base, block) + head * D;
        a.base_values_stride = C;
    }
    const int from = only_last ? T - 1 : run->first, row = only_last ? r : run->row;
    attention(batch->scratch.kernels, &a, from, T - from,
              row_of(batch->q, row, c->n_embd) + head * D, C,
              row_of(batch->h, row, c->n_embd) + head * D, C, scratch_of_thread(&batch->scratch));
}

/* Moves each run's last row of x and h to row r, r being the run's number. */
static void gather_last_rows(struct batch *batch) {
    const int C = batch->model->config.n_embd;
    for (int r = 0; r < batch->n_runs; r++) {
        const int last = batch->runs[r].row + batch->n_tokens - 1 - batch->runs[r].first;
        if (last == r) continue;
        memcpy(row_of(batch->x, r, C), row_of(batch->x, last, C), (size_t)C * sizeof *batch->x);
        memcpy(row_of(batch->h, r, C), row_of(batch->h, last, C), (size_t)C * sizeof *batch->h);
    }
    batch->n_rows = batch->n_runs;
}

void batch_attention(struct batch *batch, int block, bool only_last) {
    const struct block *b = &batch->model->blocks[block];
    normalize(batch, batch->n_rows, batch->x, &b->ln_1, batch->h);
    apply(batch, batch->n_rows, batch->h, &b->kv, FINISH_STORE, batch->kv);
    for (int r = 0; r < batch->n_runs; r++) {
        if (!batch->runs[r].keep) continue;
        keep_keys(batch, &batch->runs[r], block);
        keep_values(batch, &batch->runs[r], block);
    }
    if (only_last) gather_last_rows(batch);
    apply(batch, batch->n_rows, batch->h, &b->q, FINISH_STORE, batch->q);

    const int heads = batch->model->config.n_head;
    const int threads = scratch_threads(&batch->scratch, 2.0 * batch->n_rows * batch->n_tokens *
                                                             batch->model->config.n_embd);
#pragma omp parallel for num_threads(threads) schedule(dynamic) collapse(2)
    for (int r = 0; r < batch->n_runs; r++)
        for (int head = 0; head < heads; head++) attend(batch, block, r, head, only_last);

    apply(batch, batch->n_rows, batch->h, &b->attn_proj, FINISH_ADD, batch->x);
    for (int r = 0; only_last && r < batch->n_runs; r++)
        batch->runs[r] = (struct run){batch->n_tokens - 1, r, batch->runs[r].keep};
    keep_resid(batch, block, CUT_MID);
}

static enum finish activation_finish(enum activation activation) {
    return activation == ACTIVATION_RELU       ? FINISH_RELU
           : activation == ACTIVATION_GELU_ERF ? FINISH_GELU_ERF
                                               : FINISH_GELU_TANH;
}

void batch_mlp(struct batch *batch, int block) {
    const struct block *b = &batch->model->blocks[block];
    const enum finish activation = activation_finish(batch->model->config.activation);
    const int C = batch->model->config.n_embd;
    normalize(batch, batch->n_rows, batch->x, &b->ln_2, batch->h);
    for (int row = 0; row < batch->n_rows; row += BLOCK_ROWS) {
        const int rows = batch->n_rows - row < BLOCK_ROWS ? batch->n_rows - row : BLOCK_ROWS;
        apply(batch, rows, row_of(batch->h, row, C), &b->fc, activation, batch->hidden);
        apply(batch, rows, batch->hidden, &b->mlp_proj, FINISH_ADD, row_of(batch->x, row, C));
    }
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

/* The rows `ids` of the unembedding, widened, as a matrix of their own. NULL and err when memory
 * is out. */
static float *gather_unembed(const struct pg_model *model, const int *ids, int n_ids,
                             struct matrix *out, struct pg_error *err) {
    const int C = model->config.n_embd;
    float *rows = allocate((size_t)n_ids, (size_t)C * sizeof(float), err);
    if (!rows) return NULL;
    for (int i = 0; i < n_ids; i++)
        kernels_default()->widen(model->unembed.dtype, matrix_at(&model->unembed, 0, ids[i]), C,
                                 row_of(rows, i, C));
    *out = (struct matrix){rows, DTYPE_F32, true, C, n_ids, (size_t)C};
    return rows;
}

bool batch_logits(struct batch *batch, const int *ids, int n_ids, float *out,
                  struct pg_error *err) {
    const struct pg_model *model = batch->model;
    struct matrix unembed = model->unembed;
    float *gathered = NULL;
    if (ids && !(gathered = gather_unembed(model, ids, n_ids, &unembed, err))) return false;
    const int C = model->config.n_embd;
    gather_last_rows(batch);
    normalize(batch, batch->n_rows, batch->x, &model->ln_f, batch->h);
    matmul(&batch->scratch, batch->n_rows, batch->h, (size_t)C, &unembed, NULL, FINISH_STORE, out,
           (size_t)unembed.n_out);
    free(gathered);
    return true;
}

int first_difference(const int *a, const int *b, int n_tokens) {
    int t = 0;
    while (t < n_tokens && a[t] == b[t]) t++;
    return t;
}

bool forward_pair(const struct pg_model *model, const int *clean, const int *corrupt, int n_tokens,
                  struct cache *clean_cache, struct cache *corrupt_cache, float *logits,
                  struct pg_error *err) {
    const int differ = first_difference(clean, corrupt, n_tokens), T = n_tokens;
    const int first = differ < T ? differ : T - 1;
    struct batch batch;
    if (!batch_init(&batch, model, T, clean_cache, 2, T + T - first, err)) return false;
    embed(model, clean, 0, T, batch_add_run(&batch, 0, clean_cache));
    embed(model, corrupt, first, T - first, batch_add_run(&batch, first, corrupt_cache));
    keep_resid(&batch, -1, CUT_POST);
    for (int b = 0; b < model->config.n_layer; b++) {
        batch_attention(&batch, b, false);
        batch_mlp(&batch, b);
    }
    bool ok = batch_logits(&batch, NULL, 0, logits, err);
    batch_free(&batch);
    return ok;
}
