/* edits.c: see edits.h. */
#include "patch/edits.h"

#include "base/memory.h"
#include "patch/heads.h"

#include <stdlib.h>
#include <string.h>

struct edit {
    int block, run, position;
    size_t order; /* as they were added */
    const struct patching *patching;
    const struct pg_cell *cell;
    const struct site *site;
    float neuron; /* the run's own, from STAGE_HIDDEN to STAGE_POST */
    size_t slot;  /* of saved */
};

/* ---- making them ---- */

/* The positions that a cell changes: *first..end-1, which may be none. Before the first difference
 * nothing changes, after the read position nothing is run. */
static int positions_of(const struct patching *p, const struct pg_cell *cell, int *first) {
    const int T = p->base->n_tokens, t = cell->position;
    *first = t < p->first_difference ? p->first_difference : t;
    return t < 0 || t >= T ? T : t + 1;
}

static int block_of(const struct pg_cell *cell) {
    return cell->layer + site_of(cell->site)->block;
}

bool set_entry(const struct patching *p, struct cell_set set, struct entry *out) {
    const int T = p->base->n_tokens;
    int block = p->model->config.n_layer, first = T;
    for (size_t i = 0; i < set.n; i++) {
        int position;
        if (positions_of(p, &set.cells[i], &position) <= position) continue;
        if (block_of(&set.cells[i]) < block) block = block_of(&set.cells[i]);
        if (position < first) first = position;
    }
    *out = (struct entry){.block = block > 0 ? block - 1 : -1,
                          .cut = CUT_POST,
                          .is_base = true,
                          .first_position = first};
    return first < T;
}

size_t edits_count(struct cell_set set, int n_tokens) {
    size_t n = 0;
    for (size_t i = 0; i < set.n; i++) n += set.cells[i].position < 0 ? (size_t)n_tokens : 1;
    return n;
}

bool edits_init(struct edits *edits, const struct stack *stack, size_t max_edits,
                struct pg_error *err) {
    const size_t C = (size_t)stack->model->config.n_embd;
    *edits = (struct edits){.stack = stack, .capacity = max_edits};
    edits->items = allocate(max_edits, sizeof *edits->items, err);
    edits->saved = allocate_unset(max_edits, C * sizeof *edits->saved, err);
    if (edits->items && edits->saved) return true;
    edits_free(edits);
    return false;
}

void edits_free(struct edits *edits) {
    free(edits->items);
    free(edits->saved);
    *edits = (struct edits){0};
}

void edits_add(struct edits *edits, const struct patching *p, struct cell_set set, int run) {
    for (size_t i = 0; i < set.n; i++) {
        const struct pg_cell *cell = &set.cells[i];
        int t;
        const int end = positions_of(p, cell, &t);
        for (; t < end; t++, edits->n++)
            edits->items[edits->n] = (struct edit){.block = block_of(cell),
                                                   .run = run,
                                                   .position = t,
                                                   .order = edits->n,
                                                   .patching = p,
                                                   .cell = cell,
                                                   .site = site_of(cell->site)};
    }
}

/* By block, then run, position and head, then as they were added: edits of one row, whose order
 * matters, follow each other. */
static int by_row(const void *a, const void *b) {
    const struct edit *x = a, *y = b;
    if (x->block != y->block) return x->block < y->block ? -1 : 1;
    if (x->run != y->run) return x->run < y->run ? -1 : 1;
    if (x->position != y->position) return x->position < y->position ? -1 : 1;
    if (x->cell->head != y->cell->head) return x->cell->head < y->cell->head ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void edits_sort(struct edits *edits) {
    if (edits->n) qsort(edits->items, edits->n, sizeof *edits->items, by_row);
    size_t slot = 0;
    for (size_t i = 0; i < edits->n; i++) {
        slot = i && edits->items[i].block == edits->items[i - 1].block ? slot + 1 : 0;
        edits->items[i].slot = slot;
    }
}

/* ---- where an edit finds its numbers ---- */

static size_t width(const struct edits *edits) {
    return (size_t)edits->stack->model->config.n_embd;
}

/* The edit's row of x; NULL if it was dropped. */
static float *x_row(const struct edits *edits, const struct edit *e) {
    const int row = stack_row(edits->stack, e->run, e->position);
    return row < 0 ? NULL : edits->stack->x + (size_t)row * width(edits);
}

static float *saved_row(const struct edits *edits, const struct edit *e) {
    return edits->saved + e->slot * width(edits);
}

/* A row of an activation of the source run. */
static const float *source_row(const struct edit *e, enum cached what) {
    return cache_get(e->patching->source, what, e->cell->layer) +
           (size_t)e->position * (size_t)cache_width(e->patching->source, what);
}

static size_t head_width(const struct edits *edits) {
    return width(edits) / (size_t)edits->stack->model->config.n_head;
}

/* ---- inside a head ---- */

static void set_key_or_value(const struct edits *edits, const struct edit *e) {
    const struct run *run = &edits->stack->runs[e->run];
    const size_t C = width(edits), D = head_width(edits), at = (size_t)e->cell->head * D;
    float *row = edits->stack->kv + (size_t)(run->row + e->position - run->first_position) * 2 * C;
    if (e->site->part == PART_V)
        memcpy(row + C + at, source_row(e, CACHED_V) + at, D * sizeof *row);
    if (e->site->part != PART_K) return;
    const struct cache *source = e->patching->source;
    const float *key = cache_keys(source, e->cell->layer, e->cell->head) + e->position;
    for (size_t d = 0; d < D; d++) row[at + d] = key[d * source->key_stride];
}

/* Copies a head's columns of the source run's activation to the run's row, if it is there. */
static void set_columns(const struct edits *edits, const struct edit *e, enum cached what,
                        float *rows, size_t stride) {
    const size_t D = head_width(edits), at = (size_t)e->cell->head * D;
    const int row = stack_row(edits->stack, e->run, e->position);
    if (row >= 0)
        memcpy(rows + (size_t)row * stride + at, source_row(e, what) + at, D * sizeof *rows);
}

static bool is_of_pattern(const struct edit *e) {
    return e->site->part == PART_PATTERN || e->site->part == PART_WEIGHT;
}

static bool same_row(const struct edit *a, const struct edit *b) {
    return a->run == b->run && a->position == b->position && a->cell->head == b->cell->head;
}

/* z of one row of a head with all edits of its pattern, which are edits begin..end-1 of the block
 * and not only those. scratch: of a worker. */
static void mix_pattern(const struct edits *edits, size_t begin, size_t end, float *scratch) {
    const struct stack *stack = edits->stack;
    const struct edit *e = &edits->items[begin];
    const int row = stack_row(stack, e->run, e->position), T = stack->runs[e->run].n_tokens;
    const size_t D = head_width(edits), at = (size_t)e->cell->head * D;
    if (row < 0) return;
    float *pattern = scratch + attention_keys_size(T, (int)D);
    float *source = pattern + attention_row_size(T), *mixed = source + attention_row_size(T);
    const struct attention a = stack_head(stack, e->run, e->cell->head, e->block, scratch);
    attention_row(stack->executor.kernels, &a, e->position,
                  stack->q + (size_t)row * width(edits) + at, pattern);
    heads_pattern_row(e->patching, e->patching->source, e->cell, e->position,
                      stack->executor.kernels, source);
    for (size_t i = begin; i < end; i++) {
        const struct edit *next = &edits->items[i];
        if (next->site->part == PART_PATTERN)
            memcpy(pattern, source, (size_t)(e->position + 1) * sizeof *pattern);
        if (next->site->part == PART_WEIGHT)
            pattern[next->cell->source] = source[next->cell->source];
    }
    attention_mix(stack->executor.kernels, &a, e->position + 1, pattern,
                  stack->z + (size_t)row * stack->normed_stride + at, mixed);
}

static void edit_patterns(const struct edits *edits, size_t begin, size_t end) {
    for (size_t i = begin, next; i < end; i = next) {
        bool any = false;
        for (next = i; next < end && same_row(&edits->items[i], &edits->items[next]); next++)
            any |= is_of_pattern(&edits->items[next]);
        if (any) mix_pattern(edits, i, next, edits->stack->executor.scratch);
    }
}

/* ---- the residual stream ---- */

static bool is_added(const struct edit *e, enum cut cut) {
    return e->site->kind == SITE_ADDED && e->site->cut == cut;
}

/* Saves the rows that attn_out (cut mid) or mlp_out (cut post) will be added to. */
static void save_rows(const struct edits *edits, size_t begin, size_t end, enum cut cut) {
    for (size_t i = begin; i < end; i++) {
        const struct edit *e = &edits->items[i];
        const float *row = x_row(edits, e);
        if (row && is_added(e, cut)) memcpy(saved_row(edits, e), row, width(edits) * sizeof *row);
    }
}

static void add_rows(const struct edits *edits, size_t begin, size_t end, enum cut cut) {
    const enum cached what = cut == CUT_MID ? CACHED_ATTN_OUT : CACHED_MLP_OUT;
    for (size_t i = begin; i < end; i++) {
        const struct edit *e = &edits->items[i];
        float *row = x_row(edits, e);
        if (!row || !is_added(e, cut)) continue;
        const float *before = saved_row(edits, e), *source = source_row(e, what);
        for (size_t j = 0; j < width(edits); j++) row[j] = before[j] + source[j];
    }
}

/* Adds the changes of neurons, the first of what a block's end may set: mlp_out and the residual
 * stream come after the hidden layer. */
static void add_neurons(const struct edits *edits, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
        const struct edit *e = &edits->items[i];
        float *row = x_row(edits, e);
        if (row && e->site->kind == SITE_NEURON)
            add_neuron_change(edits->stack->model, e->cell,
                              source_row(e, CACHED_HIDDEN)[e->cell->neuron] - e->neuron,
                              edits->stack->executor.kernels, row);
    }
}

/* Sets rows of the residual stream. */
static void set_rows(const struct edits *edits, size_t begin, size_t end, enum cut cut) {
    for (size_t i = begin; i < end; i++) {
        const struct edit *e = &edits->items[i];
        float *row = x_row(edits, e);
        if (row && e->site->cut == cut && e->site->kind == SITE_RESID)
            memcpy(row,
                   cache_resid(e->patching->source, e->block, cut) +
                       (size_t)e->position * width(edits),
                   width(edits) * sizeof *row);
    }
}

/* Notes the run's own neurons, for rows whose hidden layer is there. */
static void note_neurons(struct edits *edits, size_t begin, size_t end, struct part rows) {
    const struct stack *stack = edits->stack;
    for (size_t i = begin; i < end; i++) {
        struct edit *e = &edits->items[i];
        const int row = stack_row(stack, e->run, e->position) - rows.start;
        if (e->site->kind == SITE_NEURON && row >= 0 && row < rows.size)
            e->neuron = stack->hidden[(size_t)row * stack->hidden_stride + (size_t)e->cell->neuron];
    }
}

/* ---- the hook ---- */

/* The edits of a block: items *begin..*end-1. Runs that have not entered have none there. */
static void find_block(const struct edits *edits, int block, size_t *begin, size_t *end) {
    size_t i = 0;
    while (i < edits->n && edits->items[i].block < block) i++;
    *begin = i;
    while (i < edits->n && edits->items[i].block == block) i++;
    *end = i;
}

void edits_apply(void *context, int block, enum stage stage, struct part rows) {
    struct edits *edits = context;
    const struct stack *stack = edits->stack;
    size_t begin, end;
    find_block(edits, block, &begin, &end);
    switch (stage) {
    case STAGE_START:
        save_rows(edits, begin, end, CUT_MID);
        break;
    case STAGE_KV:
        for (size_t i = begin; i < end; i++) set_key_or_value(edits, &edits->items[i]);
        break;
    case STAGE_Q:
        for (size_t i = begin; i < end; i++)
            if (edits->items[i].site->part == PART_Q)
                set_columns(edits, &edits->items[i], CACHED_Q, stack->q, width(edits));
        break;
    case STAGE_Z:
        edit_patterns(edits, begin, end);
        for (size_t i = begin; i < end; i++)
            if (edits->items[i].site->part == PART_Z)
                set_columns(edits, &edits->items[i], CACHED_Z, stack->z, stack->normed_stride);
        break;
    case STAGE_MID:
        add_rows(edits, begin, end, CUT_MID);
        set_rows(edits, begin, end, CUT_MID);
        save_rows(edits, begin, end, CUT_POST);
        break;
    case STAGE_NORMED:
        break;
    case STAGE_HIDDEN:
        note_neurons(edits, begin, end, rows);
        break;
    case STAGE_POST:
        add_neurons(edits, begin, end);
        add_rows(edits, begin, end, CUT_POST);
        set_rows(edits, begin, end, CUT_POST);
        break;
    }
}
