/* heads.c: see heads.h. Every patch is the head's attention once more, with queries, keys and
 * values each taken from the base run or from the source run. */
#include "patch/heads.h"

#include "gpt2/forward.h"
#include "tensor/attention.h"

#include <string.h>

/* ---- does it change anything? ---- */

/* Whether one head's columns of a row have the same bits in both runs. */
static bool same_rows(const struct patching *p, enum cached what, const struct pg_cell *cell,
                      int t) {
    const int C = p->base->n_embd, D = C / p->base->n_head;
    const size_t at = (size_t)t * (size_t)C + (size_t)(cell->head * D);
    return memcmp(cache_get(p->base, what, cell->layer) + at,
                  cache_get(p->source, what, cell->layer) + at, (size_t)D * sizeof(float)) == 0;
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

/* Whether what is patched has the same bits in both runs at position t. A row of the pattern is
 * made of the query and all keys up to it. */
static bool same_at(const struct patching *p, const struct pg_cell *cell, int t) {
    switch (site_of(cell->site)->part) {
    case PART_Z:
        return same_rows(p, CACHED_Z, cell, t);
    case PART_Q:
        return same_rows(p, CACHED_Q, cell, t);
    case PART_K:
        return same_keys(p, cell, t);
    case PART_V:
        return same_rows(p, CACHED_V, cell, t);
    case PART_PATTERN:
    case PART_WEIGHT:
        if (p->source->patterns) return false;
        for (int key = p->first_difference; key <= t; key++)
            if (!same_keys(p, cell, key)) return false;
        return same_rows(p, CACHED_Q, cell, t);
    case PART_NONE:
        break;
    }
    return true;
}

int heads_first_changed(const struct patching *p, const struct pg_cell *cell) {
    const int T = p->base->n_tokens;
    if (site_of(cell->site)->has_positions) {
        const int t = cell->position;
        return t < p->first_difference || same_at(p, cell, t) ? T : t;
    }
    int t = p->first_difference;
    while (t < T && same_at(p, cell, t)) t++;
    return t;
}

/* ---- z with the patch ---- */

/* Copies the base run's keys of positions first..T-1, transposed, to out, with the source run's key
 * at first, and makes attention use them. */
static void replace_first_key(const struct patching *p, const struct pg_cell *cell, int first,
                              struct attention *a, float *out) {
    const float *source = cache_keys(p->source, cell->layer, cell->head) + first;
    const size_t n = (size_t)(p->base->n_tokens - first), stride = panel_padded((int)n);
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
    const float *source =
        cache_get(p->source, CACHED_V, cell->layer) + (size_t)first * C + (size_t)cell->head * D;
    for (size_t t = 0; t < (size_t)(p->base->n_tokens - first); t++)
        memcpy(out + t * D, t ? a->values + t * a->value_stride : source, D * sizeof *out);
    a->values = out;
    a->value_stride = D;
}

/* The head's attention with the patch, for queries from position `first` on. Keys or values are the
 * source run's at all positions, or at `first` alone; before the first difference both runs have
 * the same. replaced: room for keys or values of T positions. */
static struct attention patched_attention(const struct patching *p, const struct pg_cell *cell,
                                          int first, float *replaced) {
    const struct site *site = site_of(cell->site);
    const enum head_part part = site->part, all = site->has_positions ? PART_NONE : part;
    const struct cache *keys = all == PART_K || part == PART_PATTERN ? p->source : p->base;
    const struct cache *values = all == PART_V ? p->source : p->base;
    const int C = p->base->n_embd, D = C / p->base->n_head;
    struct attention a = {
        .width = D, .scale = attention_scale(&p->model->config, cell->layer), .first = first};
    a.base_keys = cache_keys(keys, cell->layer, cell->head);
    a.base_key_stride = a.key_stride = keys->key_stride;
    a.base_values = cache_get(values, CACHED_V, cell->layer) + cell->head * D;
    a.base_value_stride = a.value_stride = (size_t)C;
    a.keys = a.base_keys + first;
    a.values = a.base_values + (size_t)first * (size_t)C;
    if (part == PART_K && all != part) replace_first_key(p, cell, first, &a, replaced);
    if (part == PART_V && all != part) replace_first_value(p, cell, first, &a, replaced);
    return a;
}

/* The head's attention in a run. */
static struct attention attention_of(const struct patching *p, const struct cache *cache,
                                     const struct pg_cell *cell) {
    const int D = cache->n_embd / cache->n_head;
    return (struct attention){.width = D,
                              .scale = attention_scale(&p->model->config, cell->layer),
                              .keys = cache_keys(cache, cell->layer, cell->head),
                              .key_stride = cache->key_stride,
                              .values = cache_get(cache, CACHED_V, cell->layer) + cell->head * D,
                              .value_stride = (size_t)cache->n_embd};
}

void heads_pattern_row(const struct patching *p, const struct cache *cache,
                       const struct pg_cell *cell, int t, const struct kernels *kernels,
                       float *out) {
    const size_t T = (size_t)cache->n_tokens;
    if (cache->patterns) {
        memcpy(out, cache_pattern(cache, cell->layer, cell->head) + (size_t)t * T,
               (size_t)(t + 1) * sizeof *out);
        return;
    }
    const struct attention a = attention_of(p, cache, cell);
    const float *queries = cache_get(cache, CACHED_Q, cell->layer) + cell->head * a.width;
    attention_row(kernels, &a, t, queries + (size_t)t * (size_t)cache->n_embd, out);
}

/* z of rows first..first+n-1 with patterns of the source run, or with one weight of it. */
static void mix_patterns(const struct patching *p, const struct pg_cell *cell, int first, int n,
                         const struct kernels *kernels, float *to, size_t ldz, float *scratch) {
    const struct attention a = attention_of(p, p->base, cell);
    const size_t size = attention_row_size(p->base->n_tokens);
    float *row = scratch, *other = row + size, *mixed = other + size;
    for (int t = first; t < first + n; t++, to += ldz) {
        const bool whole = site_of(cell->site)->part == PART_PATTERN;
        heads_pattern_row(p, whole ? p->source : p->base, cell, t, kernels, row);
        if (!whole) {
            heads_pattern_row(p, p->source, cell, t, kernels, other);
            row[cell->source] = other[cell->source];
        }
        attention_mix(kernels, &a, t + 1, row, to, mixed);
    }
}

void heads_patch(const struct patching *p, const struct pg_cell *cell, int first,
                 const struct kernels *kernels, float *z, size_t ldz, float *scratch) {
    const struct site *site = site_of(cell->site);
    const int T = p->base->n_tokens, C = p->base->n_embd, D = C / p->base->n_head;
    const int n = site->changes_later_rows ? T - first : 1;
    const size_t at = (size_t)first * (size_t)C + (size_t)(cell->head * D);
    float *to = z + cell->head * D;
    if (site->part == PART_Z) {
        const float *from = cache_get(p->source, CACHED_Z, cell->layer) + at;
        for (size_t t = 0; t < (size_t)n; t++)
            memcpy(to + t * ldz, from + t * (size_t)C, (size_t)D * sizeof *to);
        return;
    }
    if (site->part == PART_WEIGHT || (site->part == PART_PATTERN && p->source->patterns)) {
        mix_patterns(p, cell, first, n, kernels, to, ldz, scratch);
        return;
    }
    const bool from_source = site->part == PART_Q || site->part == PART_PATTERN;
    const float *queries = cache_get(from_source ? p->source : p->base, CACHED_Q, cell->layer) + at;
    /* In the last block only z at T-1 is wanted, and the patched key or value may be before it. */
    const int own_from = site->has_positions && site->changes_later_rows ? cell->position : first;
    const struct attention a = patched_attention(p, cell, own_from, scratch);
    attention(kernels, &a, first, n, queries, (size_t)C, to, ldz,
              scratch + attention_keys_size(T, D));
}
