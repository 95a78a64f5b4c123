/* forward.c: see forward.h. The model is minGPT's (GPT-2 with pre-norm blocks,
 * https://github.com/karpathy/minGPT). One block, on the rows of all runs; C = n_embd, D = C /
 * n_head, I = n_inner:
 *
 *     normed = LN1(x)                     n_rows x C
 *     q      = normed Wq + bq             n_rows x C
 *     k, v   = normed Wkv + bkv           n_rows x 2 C
 *     z      = softmax(scale q k^T) v     n_rows x C: D columns a head, for each run, causal; keys
 *                                         before run.first_position are run.base's
 *     x     += z Wo + bo                  resid_pre -> resid_mid; the product is attn_out
 *     normed = LN2(x)
 *     hidden = act(normed Wfc + bfc)      n_rows x I
 *     x     += hidden Wproj + bproj       resid_mid -> resid_post; the product is mlp_out
 *
 * tests/unit/naive.h is the same computation for one text without caches; test_sweep.c compares the
 * two bit for bit. In the last block (only_last) rows other than a run's last are dropped once k
 * and v are known. */
#include "gpt2/forward.h"

#include "base/memory.h"
#include "tensor/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory: see the picture in forward.h ---- */

size_t stack_bytes_per_row(const struct config *c) {
    return (4 * (size_t)c->n_embd + row_stride(c->n_embd)) * sizeof(float);
}

size_t attend_scratch(int max_tokens, int width) {
    return attention_keys_size(max_tokens, width) + attention_scratch(max_tokens, width);
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

bool stack_init(struct stack *stack, const struct pg_model *model, int max_tokens, int max_runs,
                int max_rows, size_t scratch, struct pg_error *err) {
    const struct config *c = &model->config;
    const size_t C = (size_t)c->n_embd, rows = (size_t)max_rows;
    const size_t hidden_rows = max_rows < MC ? rows : MC;
    *stack = (struct stack){.model = model,
                            .max_tokens = max_tokens,
                            .normed_stride = row_stride(c->n_embd),
                            .hidden_stride = row_stride(c->n_inner)};
    const size_t attention_size = rows * 3 * C + NR, mlp_size = hidden_rows * stack->hidden_stride;
    const size_t own_scratch =
        larger(matmul_scratch(), attend_scratch(max_tokens, c->n_embd / c->n_head));
    stack->runs = allocate((size_t)max_runs, sizeof *stack->runs, err);
    stack->x = allocate_unset(rows, C * sizeof(float), err);
    stack->normed = allocate_unset(rows, stack->normed_stride * sizeof(float), err);
    stack->hidden = allocate_unset(larger(attention_size, mlp_size), sizeof(float), err);
    if (stack->runs && stack->x && stack->normed && stack->hidden &&
        executor_init(&stack->executor, larger(own_scratch, scratch), err)) {
        stack->z = stack->mlp_out = stack->normed;
        stack->q = stack->attn_out = stack->hidden;
        stack->kv = stack->q + rows * C;
        return true;
    }
    stack_free(stack);
    return false;
}

void stack_free(struct stack *stack) {
    executor_free(&stack->executor);
    free(stack->runs);
    free(stack->x);
    free(stack->normed);
    free(stack->hidden);
    *stack = (struct stack){0};
}

/* ---- runs ---- */

static float *row_of(float *rows, int row, int n_embd) {
    return rows + (size_t)row * (size_t)n_embd;
}

/* A row of normed, z or mlp_out. */
static float *padded_row(const struct stack *stack, float *rows, int row) {
    return rows + (size_t)row * stack->normed_stride;
}

int stack_row(const struct stack *stack, int r, int position) {
    const struct run *run = &stack->runs[r];
    if (stack->gathered) return position == run->n_tokens - 1 ? r : -1;
    return position < run->first_position ? -1 : run->row + position - run->first_position;
}

static void call_hook(const struct stack *stack, int block, enum stage stage) {
    if (stack->hook)
        stack->hook(stack->hook_context, block, stage, (struct part){0, stack->n_rows});
}

float *stack_add_run(struct stack *stack, struct run run) {
    run.row = stack->n_rows;
    stack->runs[stack->n_runs++] = run;
    stack->n_rows += run.n_tokens - run.first_position;
    return row_of(stack->x, run.row, stack->model->config.n_embd);
}

/* ---- filling caches: positions before run.first_position are copied from the base run's cache,
 * which is already complete or belongs to an earlier run of this stack ---- */

/* Fills to, T x width, with a run's activation: the base run's rows, then its own, ld apart. */
static void cache_rows(const struct run *run, size_t width, const float *base, const float *own,
                       size_t ld, float *to) {
    const size_t first = (size_t)run->first_position;
    if (first) memcpy(to, base, first * width * sizeof *to);
    for (size_t t = first; t < (size_t)run->n_tokens; t++)
        memcpy(to + t * width, own + (t - first) * ld, width * sizeof *to);
}

/* Caches the residual stream at a cut. */
static void cache_x(const struct stack *stack, int block, enum cut cut) {
    const int C = stack->model->config.n_embd;
    for (int r = 0; r < stack->n_runs; r++) {
        const struct run *run = &stack->runs[r];
        if (!run->cache) continue;
        const float *base = run->first_position ? cache_resid(run->base, block, cut) : NULL;
        cache_rows(run, (size_t)C, base, row_of(stack->x, run->row, C), (size_t)C,
                   cache_resid(run->cache, block, cut));
    }
}

/* Caches another activation, given as rows of all runs, ld apart, where there is room for it. */
static void cache_activation(const struct stack *stack, int block, enum cached what, float *rows,
                             size_t ld) {
    for (int r = 0; r < stack->n_runs; r++) {
        const struct run *run = &stack->runs[r];
        if (!run->cache || !run->cache->activations[what]) continue;
        const float *base = run->first_position ? cache_get(run->base, what, block) : NULL;
        cache_rows(run, (size_t)cache_width(run->cache, what), base, rows + (size_t)run->row * ld,
                   ld, cache_get(run->cache, what, block));
    }
}

static void cache_run_keys(const struct stack *stack, const struct run *run, int block, int head) {
    const int C = stack->model->config.n_embd, D = C / stack->model->config.n_head;
    const size_t stride = run->cache->key_stride, first = (size_t)run->first_position;
    float *to = cache_keys(run->cache, block, head);
    const float *base = first ? cache_keys(run->base, block, head) : NULL;
    for (size_t d = 0; first && d < (size_t)D; d++)
        memcpy(to + d * stride, base + d * stride, first * sizeof *to);
    transpose_keys(run->n_tokens - run->first_position, D,
                   row_of(stack->kv, run->row, 2 * C) + head * D, 2 * (size_t)C, to + first,
                   stride);
}

static void cache_all_keys(const struct stack *stack, int block) {
    for (int r = 0; r < stack->n_runs; r++)
        for (int head = 0; stack->runs[r].cache && head < stack->model->config.n_head; head++)
            cache_run_keys(stack, &stack->runs[r], block, head);
}

/* Caches rows start..start+size-1 of the stack's hidden layer, which are in hidden. */
static void cache_hidden(const struct stack *stack, int block, struct part rows) {
    const size_t width = (size_t)stack->model->config.n_inner;
    for (int r = 0; r < stack->n_runs; r++) {
        const struct run *run = &stack->runs[r];
        if (!run->cache || !run->cache->activations[CACHED_HIDDEN]) continue;
        float *to = cache_get(run->cache, CACHED_HIDDEN, block);
        const size_t first = (size_t)run->first_position;
        if (first)
            memcpy(to, cache_get(run->base, CACHED_HIDDEN, block), first * width * sizeof *to);
        for (int t = run->first_position; t < run->n_tokens; t++) {
            const int row = run->row + t - run->first_position - rows.start;
            if (row >= 0 && row < rows.size)
                memcpy(to + (size_t)t * width, stack->hidden + (size_t)row * stack->hidden_stride,
                       width * sizeof *to);
        }
    }
}

/* Whether an activation is cached for any run. */
static bool is_cached(const struct stack *stack, enum cached what) {
    for (int r = 0; r < stack->n_runs; r++)
        if (stack->runs[r].cache && stack->runs[r].cache->activations[what]) return true;
    return false;
}

/* ---- products ---- */

/* normed = norm(x), all rows. */
static void normalize(const struct stack *stack, const struct norm *norm) {
    const int C = stack->model->config.n_embd;
    norm_rows(&stack->executor, stack->n_rows, C, stack->x, (size_t)C, norm, stack->normed,
              stack->normed_stride);
}

/* out = epilogue(in W + b) for rows first_row..n_rows-1; in is normed or z. */
static void apply(const struct stack *stack, float *in, int first_row, const struct linear *linear,
                  enum epilogue epilogue, float *out) {
    const struct matrix *m = &linear->weight;
    matmul(&stack->executor, stack->n_rows - first_row, padded_row(stack, in, first_row),
           stack->normed_stride, m, linear->bias, epilogue, out, (size_t)m->n_out);
}

/* x += product, for rows of width numbers. Separate from the product where that itself is
 * cached. */
static void add_rows(int rows, int width, const float *product, size_t ld, float *x) {
    for (int i = 0; i < rows; i++, product += ld)
        for (int j = 0; j < width; j++) *x++ += product[j];
}

/* ---- attention ---- */

float attention_scale(const struct config *c, int block) {
    float scale = 1;
    if (c->scale_attn_weights) scale /= sqrtf((float)(c->n_embd / c->n_head));
    if (c->scale_attn_by_inverse_layer_idx) scale /= (float)(block + 1);
    return scale;
}

/* Arguments of attend(). */
struct attend_job {
    const struct stack *stack;
    int block;
};

struct attention stack_head(const struct stack *stack, int r, int head, int block, float *keys) {
    const struct config *c = &stack->model->config;
    const struct run *run = &stack->runs[r];
    const size_t C = (size_t)c->n_embd;
    const int D = c->n_embd / c->n_head, n = run->n_tokens - run->first_position;
    const float *own = row_of(stack->kv, run->row, 2 * c->n_embd) + head * D;
    struct attention a = {.width = D,
                          .scale = attention_scale(c, block),
                          .first = run->first_position,
                          .keys = keys,
                          .key_stride = panel_padded(n),
                          .values = own + C,
                          .value_stride = 2 * C};
    transpose_keys(n, D, own, 2 * C, keys, a.key_stride);
    if (run->first_position) {
        a.base_keys = cache_keys(run->base, block, head);
        a.base_key_stride = run->base->key_stride;
        a.base_values = cache_get(run->base, CACHED_V, block) + head * D;
        a.base_value_stride = C;
    }
    return a;
}

/* z of one head of one run. */
static void attend(void *context, int i, float *scratch) {
    const struct attend_job *job = context;
    const struct stack *stack = job->stack;
    const struct config *c = &stack->model->config;
    const int r = i / c->n_head, head = i % c->n_head, D = c->n_embd / c->n_head;
    const struct run *run = &stack->runs[r];
    const int T = run->n_tokens, from = stack->gathered ? T - 1 : run->first_position;
    const struct attention a = stack_head(stack, r, head, job->block, scratch);
    const int row = stack_row(stack, r, from);
    attention(stack->executor.kernels, &a, from, T - from,
              row_of(stack->q, row, c->n_embd) + head * D, (size_t)c->n_embd,
              padded_row(stack, stack->z, row) + head * D, stack->normed_stride,
              scratch + attention_keys_size(T, D));
}

/* z = attention of all heads of all runs. */
static void attend_all(const struct stack *stack, int block) {
    const struct config *c = &stack->model->config;
    executor_run(&stack->executor, 2.0 * stack->n_rows * stack->max_tokens * c->n_embd,
                 stack->n_runs * c->n_head, attend, &(struct attend_job){stack, block});
}

/* Moves each run's last row of x to row r, r being the run's number. */
static void gather_last_rows(struct stack *stack) {
    const int C = stack->model->config.n_embd;
    for (int r = 0; r < stack->n_runs; r++) {
        const struct run *run = &stack->runs[r];
        const int last = run->row + run->n_tokens - 1 - run->first_position;
        if (last == r) continue;
        memcpy(row_of(stack->x, r, C), row_of(stack->x, last, C), (size_t)C * sizeof *stack->x);
    }
    stack->n_rows = stack->n_runs;
    stack->gathered = true;
}

/* Makes gathered rows the runs' only ones. */
static void keep_last_rows(struct stack *stack) {
    for (int r = 0; r < stack->n_runs; r++) {
        stack->runs[r].first_position = stack->runs[r].n_tokens - 1;
        stack->runs[r].row = r;
    }
    stack->gathered = false;
}

/* x += z Wo + bo, from a row on. */
static void project_z(struct stack *stack, int block, int first_row) {
    const int C = stack->model->config.n_embd;
    apply(stack, stack->z, first_row, &stack->model->blocks[block].attn_proj, EPILOGUE_ADD,
          row_of(stack->x, first_row, C));
}

/* The same for all rows, and caches attn_out. */
static void project_and_cache_z(struct stack *stack, int block) {
    const int C = stack->model->config.n_embd;
    apply(stack, stack->z, 0, &stack->model->blocks[block].attn_proj, EPILOGUE_STORE,
          stack->attn_out);
    add_rows(stack->n_rows, C, stack->attn_out, (size_t)C, stack->x);
    cache_activation(stack, block, CACHED_ATTN_OUT, stack->attn_out, (size_t)C);
}

void stack_attention(struct stack *stack, int block, bool only_last) {
    const struct block *b = &stack->model->blocks[block];
    const size_t C = (size_t)stack->model->config.n_embd;
    call_hook(stack, block, STAGE_START);
    normalize(stack, &b->ln_1);
    apply(stack, stack->normed, 0, &b->kv, EPILOGUE_STORE, stack->kv);
    call_hook(stack, block, STAGE_KV);
    cache_all_keys(stack, block);
    cache_activation(stack, block, CACHED_V, stack->kv + C, 2 * C);
    if (only_last) {
        gather_last_rows(stack);
        normalize(stack, &b->ln_1);
    }
    apply(stack, stack->normed, 0, &b->q, EPILOGUE_STORE, stack->q);
    call_hook(stack, block, STAGE_Q);
    cache_activation(stack, block, CACHED_Q, stack->q, C);

    attend_all(stack, block);
    call_hook(stack, block, STAGE_Z);
    cache_activation(stack, block, CACHED_Z, stack->z, stack->normed_stride);

    if (only_last) keep_last_rows(stack);
    if (is_cached(stack, CACHED_ATTN_OUT))
        project_and_cache_z(stack, block);
    else
        project_z(stack, block, 0);
    call_hook(stack, block, STAGE_MID);
    cache_x(stack, block, CUT_MID);
}

void stack_project_z(struct stack *stack, int block, int first_run) {
    project_z(stack, block, stack->runs[first_run].row);
}

/* ---- the MLP ---- */

static enum epilogue epilogue_of(enum activation activation) {
    return activation == ACTIVATION_RELU       ? EPILOGUE_RELU
           : activation == ACTIVATION_GELU_ERF ? EPILOGUE_GELU_ERF
                                               : EPILOGUE_GELU_TANH;
}

/* x += act(normed Wfc + bfc) Wproj + bproj for some rows; or, to_mlp_out, mlp_out = that. */
static void mlp_rows(struct stack *stack, int block, struct part rows, bool to_mlp_out) {
    const struct block *b = &stack->model->blocks[block];
    const int C = stack->model->config.n_embd;
    const enum epilogue activation = epilogue_of(stack->model->config.activation);
    float *out = to_mlp_out ? padded_row(stack, stack->mlp_out, rows.start)
                            : row_of(stack->x, rows.start, C);
    matmul(&stack->executor, rows.size, padded_row(stack, stack->normed, rows.start),
           stack->normed_stride, &b->fc.weight, b->fc.bias, activation, stack->hidden,
           stack->hidden_stride);
    if (stack->hook) stack->hook(stack->hook_context, block, STAGE_HIDDEN, rows);
    cache_hidden(stack, block, rows);
    matmul(&stack->executor, rows.size, stack->hidden, stack->hidden_stride, &b->mlp_proj.weight,
           b->mlp_proj.bias, to_mlp_out ? EPILOGUE_STORE : EPILOGUE_ADD, out,
           to_mlp_out ? stack->normed_stride : (size_t)C);
}

void stack_mlp_input(struct stack *stack, int block) {
    normalize(stack, &stack->model->blocks[block].ln_2);
    call_hook(stack, block, STAGE_NORMED);
}

void stack_mlp_output(struct stack *stack, int block) {
    const bool cached = is_cached(stack, CACHED_MLP_OUT);
    for (int i = 0; i < part_count(stack->n_rows, MC); i++)
        mlp_rows(stack, block, part_at(stack->n_rows, MC, i), cached);
    if (cached) {
        add_rows(stack->n_rows, stack->model->config.n_embd, stack->mlp_out, stack->normed_stride,
                 stack->x);
        cache_activation(stack, block, CACHED_MLP_OUT, stack->mlp_out, stack->normed_stride);
    }
    call_hook(stack, block, STAGE_POST);
    cache_x(stack, block, CUT_POST);
}

/* ---- halves that are held at the base run's ---- */

/* x += an activation of the base run. */
static void add_base_rows(const struct stack *stack, int block, enum cached what) {
    const int C = stack->model->config.n_embd;
    for (int r = 0; r < stack->n_runs; r++) {
        const struct run *run = &stack->runs[r];
        const float *base = cache_get(run->base, what, block);
        add_rows(run->n_tokens - run->first_position, C,
                 base + (size_t)run->first_position * (size_t)C, (size_t)C,
                 row_of(stack->x, run->row, C));
    }
}

void stack_frozen_attention(struct stack *stack, int block, bool only_last) {
    call_hook(stack, block, STAGE_START);
    if (only_last) {
        gather_last_rows(stack);
        keep_last_rows(stack);
    }
    add_base_rows(stack, block, CACHED_ATTN_OUT);
    call_hook(stack, block, STAGE_MID);
}

void stack_frozen_mlp(struct stack *stack, int block) {
    add_base_rows(stack, block, CACHED_MLP_OUT);
    call_hook(stack, block, STAGE_POST);
}

/* ---- the ends of the model ---- */

/* The noise at a position, C floats, or NULL. */
static const float *noise_at(const struct noise *noise, int position, int n_embd) {
    for (int i = 0; noise && i < noise->n_positions; i++)
        if (noise->positions[i] == position) return noise->values + (size_t)i * (size_t)n_embd;
    return NULL;
}

/* out = (wte[id] + noise) + wpe[position], NR columns at a time. */
static void embed_token(const struct pg_model *model, int id, int position, const float *noise,
                        float *out) {
    const struct kernels *kernels = kernels_default();
    const int C = model->config.n_embd;
    for (int j = 0; j < C; j += NR, out += NR) {
        const int width = C - j < NR ? C - j : NR;
        float place[NR];
        kernels->widen(model->wte.dtype, matrix_at(&model->wte, id, j), width, out);
        kernels->widen(model->wpe.dtype, matrix_at(&model->wpe, position, j), width, place);
        for (int k = 0; noise && k < width; k++) out[k] += noise[j + k];
        for (int k = 0; k < width; k++) out[k] += place[k];
    }
}

void embed(const struct pg_model *model, const int *ids, const struct noise *noise,
           int first_position, int n, float *out) {
    const int C = model->config.n_embd;
    for (int t = first_position; t < first_position + n; t++, out += C)
        embed_token(model, ids[t], t, noise_at(noise, t, C), out);
}

void stack_final_norm(struct stack *stack) {
    gather_last_rows(stack);
    stack->gathered = false;
    stack_final_norm_all(stack);
}

void stack_final_norm_all(struct stack *stack) {
    normalize(stack, &stack->model->ln_f);
}

void stack_logits(const struct stack *stack, int first_row, int n, const struct matrix *unembed,
                  float *out) {
    matmul(&stack->executor, n, padded_row(stack, stack->normed, first_row), stack->normed_stride,
           unembed, NULL, EPILOGUE_STORE, out, (size_t)unembed->n_out);
}

/* ---- whole passes ---- */

int first_difference(const int *a, const int *b, int n_tokens) {
    int t = 0;
    while (t < n_tokens && a[t] == b[t]) t++;
    return t;
}

static void add_text(struct stack *stack, const struct text *text) {
    const int n = text->n_tokens - text->first_position;
    const struct run run = {.base = text->base,
                            .n_tokens = text->n_tokens,
                            .first_position = text->first_position,
                            .cache = text->cache};
    embed(stack->model, text->ids, text->noise, text->first_position, n, stack_add_run(stack, run));
}

bool forward_texts(const struct pg_model *model, const struct text *texts, size_t n, float *logits,
                   struct pg_error *err) {
    int max_tokens = 0, rows = 0;
    for (size_t i = 0; i < n; i++) {
        if (max_tokens < texts[i].n_tokens) max_tokens = texts[i].n_tokens;
        rows += texts[i].n_tokens - texts[i].first_position;
    }
    struct stack stack;
    if (!stack_init(&stack, model, max_tokens, (int)n, rows, 0, err)) return false;
    for (size_t i = 0; i < n; i++) add_text(&stack, &texts[i]);
    cache_x(&stack, -1, CUT_POST);
    for (int b = 0; b < model->config.n_layer; b++) {
        stack_attention(&stack, b, false);
        stack_mlp_input(&stack, b);
        stack_mlp_output(&stack, b);
    }
    stack_final_norm(&stack);
    stack_logits(&stack, 0, (int)n, &model->unembed, logits);
    stack_free(&stack);
    return true;
}
