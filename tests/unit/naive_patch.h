/* naive_patch.h: the definition of a patch: one full forward pass of the base text, in which the
 * named parts of activations are replaced by those of the source text. For tests. */
#ifndef TESTS_NAIVE_PATCH_H
#define TESTS_NAIVE_PATCH_H

#include "patch/graph.h"

#include "naive.h"
#include "random_model.h"
#include "unit.h"

enum { MOST_BLOCKS = 8, N_ACTIVATIONS = RESID_POST + 1 };

struct naive_cache {
    int T, C, H, I;
    float *kept[MOST_BLOCKS][N_ACTIVATIONS];
};

/* A cache in which nothing is kept yet. */
static struct naive_cache empty_cache(const struct pg_model *model, int n_tokens) {
    const struct config *c = &model->config;
    return (struct naive_cache){.T = n_tokens, .C = c->n_embd, .H = c->n_head, .I = c->n_inner};
}

/* How many numbers an activation of a block has. */
static size_t count_numbers(const struct naive_cache *cache, enum activation_name name) {
    const int n = name == PATTERN  ? cache->H * cache->T * cache->T
                  : name == HIDDEN ? cache->T * cache->I
                                   : cache->T * cache->C;
    return (size_t)n;
}

static void keep(void *context, enum activation_name name, int block, float *x) {
    struct naive_cache *cache = context;
    const size_t n = count_numbers(cache, name);
    cache->kept[block][name] = malloc(n * sizeof *x);
    memcpy(cache->kept[block][name], x, n * sizeof *x);
}

static inline void free_cache(struct naive_cache *cache) {
    for (int b = 0; b < MOST_BLOCKS; b++)
        for (int name = 0; name < N_ACTIVATIONS; name++) free(cache->kept[b][name]);
}

/* All activations of a text's run. Free with free_cache. */
static inline struct naive_cache cache_of(const struct pg_model *model,
                                          const struct pg_tokens *text) {
    struct naive_cache cache = empty_cache(model, (int)text->count);
    free(naive_forward(model, text->ids, (int)text->count, keep, &cache));
    return cache;
}

struct naive_patch {
    const struct pg_model *model;
    const struct naive_cache *source;
    const struct pg_cell *cells; /* all patched at once */
    size_t n;
    float *changes; /* of neurons, until the residual stream after their block is known */
};

/* Which activation a site patches. */
static enum activation_name activation_of(enum pg_site site) {
    static const enum activation_name names[PG_N_SITES] = {
        RESID_PRE, RESID_MID, RESID_POST, ATTN_OUT, MLP_OUT, Z,       Q,      K,      V,
        PATTERN,   Z,         Q,          K,        V,       PATTERN, HIDDEN, PATTERN};
    return names[site];
}

/* Whether the MLP's whole output is replaced where a neuron is. */
static bool is_overwritten(const struct naive_patch *p, const struct pg_cell *neuron) {
    for (size_t i = 0; i < p->n; i++)
        if (p->cells[i].site == PG_MLP_OUT && p->cells[i].layer == neuron->layer &&
            p->cells[i].position == neuron->position)
            return true;
    return false;
}

/* A neuron's change reaches the residual stream through its row of the MLP's second matrix. */
static void replace_neuron(struct naive_patch *p, size_t i, enum activation_name name, float *x) {
    const struct pg_cell *cell = &p->cells[i];
    const int at = cell->position * p->source->I + cell->neuron;
    const struct matrix *m = &p->model->blocks[cell->layer].mlp_proj.weight;
    if (name == HIDDEN) p->changes[i] = p->source->kept[cell->layer][HIDDEN][at] - x[at];
    if (name != RESID_POST || is_overwritten(p, cell)) return;
    for (int j = 0; j < p->source->C; j++) {
        float *to = &x[cell->position * p->source->C + j];
        *to = fmaf(p->changes[i], weight(m, cell->neuron, j), *to);
    }
}

/* Replaces the part that a cell names: columns from..from+n-1 of one position's row, or of every
 * row. */
static void replace_part(const struct naive_patch *p, const struct pg_cell *cell,
                         enum activation_name name, float *x) {
    const int T = p->source->T, C = p->source->C, D = C / p->source->H;
    const bool pattern = name == PATTERN, heads = pg_site_has_heads(cell->site);
    const int row = pattern ? T : C, n = cell->source >= 0 ? 1 : pattern ? T : heads ? D : C;
    const int from = (pattern ? cell->head * T * T
                      : heads ? cell->head * D
                              : 0) +
                     (cell->source >= 0 ? cell->source : 0);
    for (int t = 0; t < T; t++)
        if (cell->position < 0 || t == cell->position)
            memcpy(x + from + t * row, p->source->kept[cell->layer][name] + from + t * row,
                   (size_t)n * sizeof *x);
}

/* Neurons first: the residual stream is replaced after what was added to it. */
static void replace(void *context, enum activation_name name, int block, float *x) {
    struct naive_patch *p = context;
    for (size_t i = 0; i < p->n; i++)
        if (p->cells[i].layer == block && p->cells[i].site == PG_NEURON)
            replace_neuron(p, i, name, x);
    for (size_t i = 0; i < p->n; i++)
        if (p->cells[i].layer == block && p->cells[i].site != PG_NEURON &&
            name == activation_of(p->cells[i].site))
            replace_part(p, &p->cells[i], name, x);
}

/* The logits of a run, with noise (or NULL), in which n cells are replaced at once. */
static inline float *run_noised(const struct pg_model *model, const int *base, const float *noise,
                                const struct naive_cache *source, const struct pg_cell *cells,
                                size_t n) {
    struct naive_patch patch = {.model = model,
                                .source = source,
                                .cells = cells,
                                .n = n,
                                .changes = calloc(n, sizeof(float))};
    float *logits = naive_forward_noised(model, base, noise, source->T, replace, &patch);
    free(patch.changes);
    return logits;
}

static inline float *run_replaced(const struct pg_model *model, const int *base,
                                  const struct naive_cache *source, const struct pg_cell *cells,
                                  size_t n) {
    return run_noised(model, base, NULL, source, cells, n);
}

static inline float logit_difference(float *logits, const struct pg_pair *pair) {
    float value = logits[pair->a] - logits[pair->b];
    free(logits);
    return value;
}

static inline void assert_same_bits(float found, float expected, const struct pg_cell *cell) {
    char place[2 * NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
    if (memcmp(&found, &expected, sizeof found) == 0) return;
    snprintf(place, sizeof place, "layer %d head %d position %d", cell->layer, cell->head,
             cell->position);
    if (cell->site == PG_EDGES || cell->site == PG_PATHS) {
        sender_name(&cell->sender, place);
        snprintf(receiver, sizeof receiver, "the readers");
        if (cell->site == PG_EDGES) receiver_name(&cell->receiver, receiver);
        strcat(strcat(place, "->"), receiver);
    }
    fail_msg("%s %s: %.9g (%a), one full pass gives %.9g (%a)", pg_site_name(cell->site), place,
             (double)found, (double)found, (double)expected, (double)expected);
}

/* ---- random experiments ---- */

static int *random_ids(int n, int vocab) {
    int *ids = malloc((size_t)n * sizeof *ids);
    for (int i = 0; i < n; i++) ids[i] = (int)((random_number() + 1) / 2 * (float)vocab) % vocab;
    return ids;
}

static struct pg_request random_request(int T, int vocab, int first_difference) {
    struct pg_request r = pg_request_default();
    r.top = 3;
    struct pg_pair *pair = calloc(1, sizeof *pair);
    pair->b = vocab - 1;
    r.pairs = pair;
    r.n_pairs = 1;
    r.clean = (struct pg_tokens){random_ids(T, vocab), (size_t)T};
    int *corrupt = malloc((size_t)T * sizeof *corrupt);
    memcpy(corrupt, r.clean.ids, (size_t)T * sizeof *corrupt);
    corrupt[first_difference] = (corrupt[first_difference] + 1) % vocab;
    r.corrupt = (struct pg_tokens){corrupt, (size_t)T};
    return r;
}

static inline struct pg_result *run(const struct pg_model *model,
                                    const struct pg_request *request) {
    struct pg_error err;
    struct pg_result *result = pg_run(model, request, &err);
    if (!result) fail_msg("%s", err.text);
    return result;
}

/* The request is refused with a sentence that has this part. */
static inline void refuse(const struct pg_model *model, const struct pg_request *request,
                          const char *sentence) {
    struct pg_error err;
    assert_null(pg_run(model, request, &err));
    if (!strstr(err.text, sentence)) fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void free_request(struct pg_request *r) {
    pg_tokens_free(&r->clean);
    pg_tokens_free(&r->corrupt);
    free((void *)r->pairs);
}

#endif
