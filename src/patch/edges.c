/* edges.c: see edges.h. An edge into a head's queries, keys or values is that head's attention once
 * more, with those made from
 *
 *     LN1(resid_pre + (u_source - u_base))       u: what the sender writes, n x C
 *
 * an edge into an MLP is LN2 of such a sum, one into the logits is the sum itself. The rows of a
 * head, u = z Wo, are not cached: they are as quickly made as read. Rows are made a tile at a
 * time, so that scratch does not grow with the text but for one head's keys. */
#include "patch/edges.h"

#include "gpt2/forward.h"
#include "patch/readers.h"
#include "patch/senders.h"
#include "tensor/attention.h"
#include "tensor/small_product.h"

#include <string.h>

/* ---- what a sender writes ---- */

/* What a sender writes at positions from..from+n-1 in the source run less what it writes in the
 * base run: n x C in out, which has room for twice as many. z: 2 n x D. */
static void sender_change(const struct patching *p, const struct pg_sender *s, int from, int n,
                          const struct kernels *kernels, float *z, float *out, float *scratch) {
    int width;
    if (s->component == PG_HEAD) {
        for (int i = 0; i < 2 * n; i++) {
            const struct cache *cache = i < n ? p->source : p->base;
            const float *row = sender_row(cache, s, from + i % n, &width);
            memcpy(z + i * width, row, (size_t)width * sizeof *z);
        }
        head_change(p->model, s, kernels, n, z, out, out, scratch);
        return;
    }
    const float *base = sender_row(p->base, s, from, &width);
    const float *source = sender_row(p->source, s, from, &width);
    for (size_t i = 0; i < (size_t)n * (size_t)width; i++) out[i] = source[i] - base[i];
}

/* ---- what a receiver reads ---- */

/* Buffers of a worker, for tiles of at most MAX_MR rows. */
struct buffers {
    float *rows;      /* 2 MAX_MR x C: the receiver's input */
    float *z;         /* 2 MAX_MR x D: the sender's z; queries */
    float *product;   /* small_product_scratch(C) */
    float *keys;      /* a head's keys or values */
    float *attention; /* attention_scratch() */
};

static size_t align_up(size_t n) {
    return (n + NR - 1) / NR * NR;
}

/* Where the buffers begin in scratch, and how much they are together. */
struct buffer_offsets {
    size_t z, product, keys, attention, all;
};

static struct buffer_offsets buffer_offsets(const struct config *c, int max_tokens) {
    const size_t C = (size_t)c->n_embd, D = C / (size_t)c->n_head;
    struct buffer_offsets at;
    at.z = align_up(2 * MAX_MR * C);
    at.product = at.z + align_up(2 * MAX_MR * D);
    at.keys = at.product + align_up(small_product_scratch(c->n_embd));
    at.attention = at.keys + align_up(attention_keys_size(max_tokens, (int)D));
    at.all = at.attention + attention_scratch(max_tokens, (int)D);
    return at;
}

static struct buffers buffers_in(float *scratch, const struct config *c, int max_tokens) {
    const struct buffer_offsets at = buffer_offsets(c, max_tokens);
    return (struct buffers){.rows = scratch,
                            .z = scratch + at.z,
                            .product = scratch + at.product,
                            .keys = scratch + at.keys,
                            .attention = scratch + at.attention};
}

size_t edge_scratch(const struct config *c, int max_tokens) {
    return buffer_offsets(c, max_tokens).all;
}

/* An edge that is being patched. */
struct edge {
    const struct patching *p;
    const struct pg_cell *cell;
    const struct kernels *kernels;
    struct buffers buffers;
    int first; /* position whose input is the first that changes */
};

/* The stream that the receiver reads in the base run: T x C. */
static const float *stream_of(const struct edge *e) {
    return reader_stream(e->p->model, e->p->base, &e->cell->receiver);
}

/* The stream with the edge's change at positions from..from+n-1: n x C, in buffers.rows. */
static float *changed_stream(const struct edge *e, int from, int n) {
    const size_t C = (size_t)e->p->base->n_embd;
    const float *stream = stream_of(e) + (size_t)from * C;
    float *rows = e->buffers.rows;
    sender_change(e->p, &e->cell->sender, from, n, e->kernels, e->buffers.z, rows,
                  e->buffers.product);
    for (size_t i = 0; i < (size_t)n * C; i++) rows[i] = stream[i] + rows[i];
    return rows;
}

/* norm of it. */
static float *changed_input(const struct edge *e, const struct norm *norm, int from, int n) {
    const int C = e->p->base->n_embd;
    float *rows = changed_stream(e, from, n);
    for (int i = 0; i < n; i++) e->kernels->layer_norm(C, rows + i * C, norm, rows + i * C);
    return rows;
}

/* How many positions of the next tile are left. */
static int tile_size(const struct edge *e, int from) {
    const int left = e->p->base->n_tokens - from;
    return left < MAX_MR ? left : MAX_MR;
}

/* ---- into a head ---- */

/* The head's queries, keys or values at positions from..from+n-1, from the changed input: n x D,
 * in out. */
static void changed_vectors(const struct edge *e, int from, int n, float *out, size_t ldo) {
    const struct pg_receiver *r = &e->cell->receiver;
    const struct linear linear = reader_linear(e->p->model, r);
    const float *input = changed_input(e, &e->p->model->blocks[r->layer].ln_1, from, n);
    small_product(e->kernels, n, input, (size_t)e->p->base->n_embd, &linear.weight, linear.bias,
                  out, ldo, e->buffers.product);
}

/* The head's attention in the base run, whose own keys and values begin at the first change. */
static struct attention base_attention(const struct edge *e) {
    const struct pg_receiver *r = &e->cell->receiver;
    const struct cache *base = e->p->base;
    const int C = base->n_embd, D = C / base->n_head;
    struct attention a = {.width = D,
                          .scale = attention_scale(&e->p->model->config, r->layer),
                          .first = e->first,
                          .base_keys = cache_keys(base, r->layer, r->head),
                          .base_key_stride = base->key_stride,
                          .key_stride = base->key_stride,
                          .base_values = cache_get(base, CACHED_V, r->layer) + r->head * D,
                          .base_value_stride = (size_t)C,
                          .value_stride = (size_t)C};
    a.keys = a.base_keys + e->first;
    a.values = a.base_values + (size_t)e->first * (size_t)C;
    return a;
}

/* Replaces keys or values, from the first change on. */
static void change_keys_or_values(const struct edge *e, struct attention *a) {
    const int T = e->p->base->n_tokens, D = a->width;
    float *to = e->buffers.keys;
    const bool keys = e->cell->receiver.reader == PG_READER_K;
    if (keys)
        a->key_stride = panel_padded(T - e->first), a->keys = to;
    else
        a->value_stride = (size_t)D, a->values = to;
    for (int from = e->first, n; from < T; from += n) {
        n = tile_size(e, from);
        const size_t at = (size_t)(from - e->first);
        if (!keys) {
            changed_vectors(e, from, n, to + at * (size_t)D, (size_t)D);
            continue;
        }
        changed_vectors(e, from, n, e->buffers.z, (size_t)D);
        transpose_keys(n, D, e->buffers.z, (size_t)D, to + at, a->key_stride);
    }
}

/* z: the head's columns from position first_position on, row stride ldz. */
static void change_head(const struct edge *e, int first_position, float *z, size_t ldz) {
    const struct pg_receiver *r = &e->cell->receiver;
    const int T = e->p->base->n_tokens, C = e->p->base->n_embd, D = C / e->p->base->n_head;
    struct attention a = base_attention(e);
    float *to = z + r->head * D;
    if (r->reader != PG_READER_Q) {
        change_keys_or_values(e, &a);
        const float *queries = cache_get(e->p->base, CACHED_Q, r->layer) +
                               (size_t)first_position * (size_t)C + r->head * D;
        attention(e->kernels, &a, first_position, T - first_position, queries, (size_t)C, to, ldz,
                  e->buffers.attention);
        return;
    }
    for (int from = first_position, n; from < T; from += n, to += (size_t)n * ldz) {
        n = tile_size(e, from);
        changed_vectors(e, from, n, e->buffers.z, (size_t)D);
        attention(e->kernels, &a, from, n, e->buffers.z, (size_t)D, to, ldz, e->buffers.attention);
    }
}

/* ---- entries and their rows ---- */

/* In the last block only row T-1 is run, though keys and values of all changed positions count. */
bool edge_entry(const struct patching *p, const struct pg_cell *cell, struct entry *out) {
    const struct pg_receiver *r = &cell->receiver;
    const int T = p->base->n_tokens, last_block = p->model->config.n_layer - 1;
    const bool logits = r->reader == PG_READER_LOGITS;
    const bool later_rows = r->reader == PG_READER_K || r->reader == PG_READER_V;
    const int first = sender_first_changed(p, &cell->sender);
    *out = (struct entry){.block = logits ? last_block : r->layer,
                          .cut = logits ? CUT_POST : CUT_MID,
                          .join = logits                       ? JOIN_ROWS
                                  : r->reader == PG_READER_MLP ? JOIN_MLP_INPUT
                                                               : JOIN_Z,
                          .first_position = first};
    if (first == T || out->block < last_block) return first < T;
    out->first_position = T - 1;
    return later_rows || !sender_is_same(p, &cell->sender, T - 1);
}

/* The rows that an MLP takes, and the residual stream beside it. */
static void mlp_input_rows(const struct edge *e, int first_position, float *x, float *normed,
                           size_t ldn) {
    const int T = e->p->base->n_tokens;
    const size_t C = (size_t)e->p->base->n_embd, first = (size_t)first_position;
    const struct norm *norm = &e->p->model->blocks[e->cell->receiver.layer].ln_2;
    memcpy(x, stream_of(e) + first * C, ((size_t)T - first) * C * sizeof *x);
    for (int from = first_position, n; from < T; from += n) {
        n = tile_size(e, from);
        const float *input = changed_input(e, norm, from, n);
        for (int i = 0; i < n; i++, normed += ldn)
            memcpy(normed, input + (size_t)i * C, C * sizeof *normed);
    }
}

/* resid_pre, and z with the head's change. */
static void head_rows(const struct edge *e, int first_position, float *x, float *z, size_t ldz) {
    const size_t C = (size_t)e->p->base->n_embd, T = (size_t)e->p->base->n_tokens;
    const size_t first = (size_t)first_position;
    const float *base_z = cache_get(e->p->base, CACHED_Z, e->cell->receiver.layer);
    memcpy(x, stream_of(e) + first * C, (T - first) * C * sizeof *x);
    for (size_t t = first; t < T; t++) memcpy(z + (t - first) * ldz, base_z + t * C, C * sizeof *z);
    change_head(e, first_position, z, ldz);
}

void edge_rows(const struct patching *p, const struct pg_cell *cell, const struct entry *entry,
               const struct kernels *kernels, float *x, float *other, size_t ldo, float *scratch) {
    const int T = p->base->n_tokens;
    const struct edge e = {.p = p,
                           .cell = cell,
                           .kernels = kernels,
                           .buffers = buffers_in(scratch, &p->model->config, T),
                           .first = sender_first_changed(p, &cell->sender)};
    switch (entry->join) {
    case JOIN_ROWS: /* into the logits: row T-1 alone */
        memcpy(x, changed_stream(&e, T - 1, 1), (size_t)p->base->n_embd * sizeof *x);
        break;
    case JOIN_Z:
        head_rows(&e, entry->first_position, x, other, ldo);
        break;
    case JOIN_MLP_INPUT:
        mlp_input_rows(&e, entry->first_position, x, other, ldo);
        break;
    }
}
