/* heads.c: see heads.h. Each site is attention once more, with queries, keys and values taken
 * from the base run or from the source run. */
#include "patch/heads.h"

#include "gpt2/forward.h"
#include "tensor/attention.h"

#include <string.h>

/* The site without regard to whether it is patched at one position or at all. */
static enum pg_site part_of(enum pg_site site) {
    return site >= PG_Z_ALL ? site - PG_Z_ALL + PG_Z : site;
}

/* ---- does it change anything? ---- */

/* One head's slice of a row, and whether both runs have the same. */
static bool same_rows(const struct patching *p, enum kept what, const struct pg_cell *cell, int t) {
    const int C = p->base->n_embd, D = C / p->base->n_head;
    const size_t at = (size_t)t * (size_t)C + (size_t)(cell->head * D);
    return memcmp(cache_kept(p->base, what, cell->layer) + at,
                  cache_kept(p->source, what, cell->layer) + at, (size_t)D * sizeof(float)) == 0;
}

static bool same_keys(const struct patching *p, const struct pg_cell *cell, int t) {
    const float *base = cache_keys(p->base, cell->layer, cell->head) + t;
    const float *source = cache_keys(p->source, cell->layer, cell->head) + t;
    const int D = p->base->n_embd / p->base->n_head;
    for (size_t d = 0; d < (size_t)D; d++)
        if (memcmp(base + d * p->base->key_stride, source + d * p->source->key_stride,
                   sizeof *base) != 0)
            return false;
    return true;
}

/* Whether what is patched is the same in both runs at position t. A pattern's row comes from the
 * query and all keys up to it. */
static bool same_at(const struct patching *p, const struct pg_cell *cell, int t) {
    switch (part_of(cell->site)) {
    case PG_Z:
        return same_rows(p, KEPT_Z, cell, t);
    case PG_Q:
        return same_rows(p, KEPT_QUERIES, cell, t);
    case PG_K:
        return same_keys(p, cell, t);
    case PG_V:
        return same_rows(p, KEPT_VALUES, cell, t);
    default:
        for (int key = p->first_difference; key <= t; key++)
            if (!same_keys(p, cell, key)) return false;
        return same_rows(p, KEPT_QUERIES, cell, t);
    }
}

int heads_first_changed(const struct patching *p, const struct pg_cell *cell) {
    const int T = p->base->n_tokens;
    if (pg_site_has_positions(cell->site)) {
        const int t = cell->position;
        return t < p->first_difference || same_at(p, cell, t) ? T : t;
    }
    int t = p->first_difference;
    while (t < T && same_at(p, cell, t)) t++;
    return t;
}

/* ---- z with the patch ---- */

/* The base run's keys of positions first..T-1, transposed, with the source run's at first. */
static void replace_first_key(const struct patching *p, const struct pg_cell *cell, int first,
                              struct attention *a, float *out) {
    const float *source = cache_keys(p->source, cell->layer, cell->head) + first;
    const size_t n = (size_t)(p->base->n_tokens - first), stride = whole_panels((int)n);
    for (size_t d = 0; d < (size_t)a->width; d++) {
        memcpy(out + d * stride, a->keys + d * a->key_stride, n * sizeof *out);
        out[d * stride] = source[d * p->source->key_stride];
    }
    a->keys = out;
    a->key_stride = stride;
}

/* The same for values, which are rows. */
static void replace_first_value(const struct patching *p, const struct pg_cell *cell, int first,
                                struct attention *a, float *out) {
    const size_t C = (size_t)p->base->n_embd, D = (size_t)a->width;
    const float *source = cache_kept(p->source, KEPT_VALUES, cell->layer) + (size_t)first * C +
                          (size_t)cell->head * D;
    for (size_t t = 0; t < (size_t)(p->base->n_tokens - first); t++)
        memcpy(out + t * D, t ? a->values + t * a->value_stride : source, D * sizeof *out);
    a->values = out;
    a->value_stride = D;
}

/* The head's attention as the patch makes it, for queries from position `first` on. Which run
 * keys and values come from: before the first difference both runs have the same. */
static struct attention patched_attention(const struct patching *p, const struct pg_cell *cell,
                                          int first, float *replaced) {
    const enum pg_site site = cell->site, part = part_of(site);
    const struct cache *keys = site == PG_K_ALL || part == PG_PATTERN ? p->source : p->base;
    const struct cache *values = site == PG_V_ALL ? p->source : p->base;
    const int C = p->base->n_embd, D = C / p->base->n_head;
    struct attention a = {
        .width = D, .scale = attention_scale(&p->model->config, cell->layer), .first = first};
    a.base_keys = cache_keys(keys, cell->layer, cell->head);
    a.base_key_stride = a.key_stride = keys->key_stride;
    a.base_values = cache_kept(values, KEPT_VALUES, cell->layer) + cell->head * D;
    a.base_value_stride = a.value_stride = (size_t)C;
    a.keys = a.base_keys + first;
    a.values = a.base_values + (size_t)first * (size_t)C;
    if (site == PG_K) replace_first_key(p, cell, first, &a, replaced);
    if (site == PG_V) replace_first_value(p, cell, first, &a, replaced);
    return a;
}

void heads_patch(const struct patching *p, const struct pg_cell *cell, int first,
                 const struct kernels *kernels, float *z, size_t ldz, float *scratch) {
    const int T = p->base->n_tokens, C = p->base->n_embd, D = C / p->base->n_head;
    const enum pg_site part = part_of(cell->site);
    const bool one_row = pg_site_has_positions(cell->site) && part != PG_K && part != PG_V;
    const int n = one_row ? 1 : T - first;
    const size_t at = (size_t)first * (size_t)C + (size_t)(cell->head * D);
    float *to = z + cell->head * D;
    if (part == PG_Z) {
        const float *from = cache_kept(p->source, KEPT_Z, cell->layer) + at;
        for (size_t t = 0; t < (size_t)n; t++)
            memcpy(to + t * ldz, from + t * (size_t)C, (size_t)D * sizeof *to);
        return;
    }
    const bool own_key = cell->site == PG_K || cell->site == PG_V;
    const struct cache *queries = part == PG_Q || part == PG_PATTERN ? p->source : p->base;
    const struct attention a =
        patched_attention(p, cell, own_key ? cell->position : first, scratch);
    attention(kernels, &a, first, n, cache_kept(queries, KEPT_QUERIES, cell->layer) + at, (size_t)C,
              to, ldz, scratch + attention_keys_size(T, D));
}
