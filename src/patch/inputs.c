/* inputs.c: see inputs.h. */
#include "patch/inputs.h"

#include "base/memory.h"
#include "patch/graph.h"
#include "patch/readers.h"
#include "tensor/small_product.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

static size_t width_of(const struct config *c, const struct pg_receiver *reader) {
    return (size_t)(reader->reader == PG_READER_MLP ? c->n_embd : c->n_embd / c->n_head);
}

static size_t width_of_all(const struct config *c, const struct pg_receiver *readers, size_t n) {
    size_t width = 0;
    for (size_t i = 0; i < n; i++) width += width_of(c, &readers[i]);
    return width;
}

size_t inputs_bytes(const struct config *c, const struct pg_receiver *readers, size_t n_readers,
                    int n_tokens) {
    return width_of_all(c, readers, n_readers) * (size_t)n_tokens * sizeof(float);
}

bool inputs_init(struct inputs *inputs, const struct pg_model *model,
                 const struct pg_receiver *readers, size_t n_readers, int n_tokens,
                 const struct pg_cell *cells, size_t n, struct pg_error *err) {
    *inputs = (struct inputs){.model = model,
                              .readers = readers,
                              .n_readers = n_readers,
                              .width = width_of_all(&model->config, readers, n_readers),
                              .n_tokens = n_tokens,
                              .cells = cells};
    inputs->offsets = allocate(n_readers, sizeof *inputs->offsets, err);
    inputs->rows = allocate_unset(n * (size_t)n_tokens, inputs->width * sizeof(float), err);
    if (!inputs->offsets || !inputs->rows) {
        inputs_free(inputs);
        return false;
    }
    for (size_t i = 1; i < n_readers; i++)
        inputs->offsets[i] = inputs->offsets[i - 1] + width_of(&model->config, &readers[i - 1]);
    return true;
}

void inputs_free(struct inputs *inputs) {
    free(inputs->offsets);
    free(inputs->rows);
    *inputs = (struct inputs){0};
}

int inputs_last_block(const struct inputs *inputs) {
    int last = inputs->readers[0].layer;
    for (size_t i = 1; i < inputs->n_readers; i++)
        if (inputs->readers[i].layer > last) last = inputs->readers[i].layer;
    return last;
}

/* ---- one reader ---- */

/* Whether a reader is in this block and takes anything else in the cell's run. */
static bool is_reached(const struct inputs *inputs, size_t cell, size_t reader, int block) {
    const struct pg_receiver *r = &inputs->readers[reader];
    return r->layer == block && graph_has_edge(&inputs->cells[cell].sender, r);
}

static bool any_reached(const struct inputs *inputs, size_t cell, int block) {
    for (size_t i = 0; i < inputs->n_readers; i++)
        if (is_reached(inputs, cell, i, block)) return true;
    return false;
}

void inputs_entry(const struct inputs *inputs, size_t cell, struct entry *entry) {
    int block = 0;
    while (!any_reached(inputs, cell, block)) block++;
    entry->block = block - 1;
    entry->cut = CUT_POST;
    entry->join = JOIN_ROWS;
    entry->is_base = true;
}

static float *noted_row(const struct inputs *inputs, size_t cell, size_t reader, int position) {
    const size_t row = cell * (size_t)inputs->n_tokens + (size_t)position;
    return inputs->rows + row * inputs->width + inputs->offsets[reader];
}

/* ---- noting ---- */

size_t inputs_scratch(const struct config *c) {
    return MAX_MR * (size_t)c->n_embd + small_product_scratch(c->n_embd);
}

/* The first position whose row the run still has. */
static int first_row(const struct stack *stack, int run) {
    return stack->runs[run].first_position;
}

/* The vectors of a head's reader, of LN1 of the run's rows of x. */
static void note_vectors(const struct inputs *inputs, size_t cell, size_t reader,
                         const struct stack *stack, int run, float *scratch) {
    const struct pg_receiver *r = &inputs->readers[reader];
    const struct linear linear = reader_linear(inputs->model, r);
    const int C = inputs->model->config.n_embd, T = inputs->n_tokens;
    float *normed = scratch, *product = scratch + MAX_MR * (size_t)C;
    for (int from = first_row(stack, run), n; from < T; from += n) {
        n = T - from < MAX_MR ? T - from : MAX_MR;
        const float *x = stack->x + (size_t)stack_row(stack, run, from) * (size_t)C;
        for (int i = 0; i < n; i++)
            stack->executor.kernels->layer_norm(C, x + i * C, &inputs->model->blocks[r->layer].ln_1,
                                                normed + i * C);
        small_product(stack->executor.kernels, n, normed, (size_t)C, &linear.weight, linear.bias,
                      noted_row(inputs, cell, reader, from), inputs->width, product);
    }
}

static void note_normed(const struct inputs *inputs, size_t cell, size_t reader,
                        const struct stack *stack, int run) {
    const size_t C = (size_t)inputs->model->config.n_embd;
    for (int t = first_row(stack, run); t < inputs->n_tokens; t++)
        memcpy(noted_row(inputs, cell, reader, t),
               stack->normed + (size_t)stack_row(stack, run, t) * stack->normed_stride,
               C * sizeof(float));
}

void inputs_note(const struct inputs *inputs, size_t cell, const struct stack *stack, int run,
                 int block, enum stage stage, float *scratch) {
    for (size_t i = 0; i < inputs->n_readers; i++) {
        const bool mlp = inputs->readers[i].reader == PG_READER_MLP;
        if (!is_reached(inputs, cell, i, block)) continue;
        if (mlp && stage == STAGE_NORMED) note_normed(inputs, cell, i, stack, run);
        if (!mlp && stage == STAGE_START) note_vectors(inputs, cell, i, stack, run, scratch);
    }
}

/* ---- putting in place ---- */

/* Where a reader's input at a position is in the stack at this stage; NULL if it is not. */
static float *place_of(const struct stack *stack, int run, int position,
                       const struct pg_receiver *r, enum stage stage) {
    const int C = stack->model->config.n_embd, D = C / stack->model->config.n_head;
    const struct run *this = &stack->runs[run];
    const int row = stack_row(stack, run, position);
    if (stage == STAGE_KV && (r->reader == PG_READER_K || r->reader == PG_READER_V))
        return stack->kv + (size_t)(this->row + position - this->first_position) * 2 * (size_t)C +
               (r->reader == PG_READER_V ? C : 0) + r->head * D;
    if (row < 0) return NULL;
    if (stage == STAGE_Q && r->reader == PG_READER_Q)
        return stack->q + (size_t)row * (size_t)C + r->head * D;
    if (stage == STAGE_NORMED && r->reader == PG_READER_MLP)
        return stack->normed + (size_t)row * stack->normed_stride;
    return NULL;
}

void inputs_put(const struct inputs *inputs, size_t cell, const struct stack *stack, int run,
                int block, enum stage stage) {
    for (size_t i = 0; i < inputs->n_readers; i++) {
        const struct pg_receiver *r = &inputs->readers[i];
        if (!is_reached(inputs, cell, i, block)) continue;
        for (int t = first_row(stack, run); t < inputs->n_tokens; t++) {
            float *to = place_of(stack, run, t, r, stage);
            if (to)
                memcpy(to, noted_row(inputs, cell, i, t),
                       width_of(&inputs->model->config, r) * sizeof *to);
        }
    }
}
