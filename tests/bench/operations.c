/* operations.c: see operations.h. */
#include "operations.h"

double operations_flop(const struct operations *o) {
    return o->products + o->attention + o->logits;
}

/* (query, key) pairs of one head when positions first..n_tokens-1 attend to all up to themselves.
 */
static double pairs(double n_tokens, double first) {
    return (n_tokens * (n_tokens + 1) - first * (first + 1)) / 2;
}

static void add_pairs(struct operations *o, const struct config *c, double count) {
    o->scores += c->n_head * count;
    o->attention += 2 * 2 * (double)c->n_embd * count;
}

/* Rows through all of a block but its keys and values: query, projection, MLP. */
static void add_rows(struct operations *o, const struct config *c, double rows) {
    const double C = c->n_embd, inner = c->n_inner;
    o->products += 2 * rows * (2 * C * C + 2 * C * inner);
    o->norm += rows * C;
    o->gelu += rows * inner;
}

/* Rows through a block's first layer norm, keys and values. */
static void add_keys(struct operations *o, const struct config *c, double rows) {
    const double C = c->n_embd;
    o->products += 2 * rows * 2 * C * C;
    o->norm += rows * C;
}

static void add_logits(struct operations *o, const struct config *c, double rows, double n_ids) {
    o->logits += 2 * rows * n_ids * c->n_embd;
    o->norm += rows * c->n_embd;
}

struct operations count_texts(const struct config *c, int n_tokens, int differ) {
    struct operations o = {0};
    const double T = n_tokens, first = differ < n_tokens ? differ : n_tokens - 1;
    for (int block = 0; block < c->n_layer; block++) {
        add_keys(&o, c, T + (T - first));
        add_rows(&o, c, T + (T - first));
        add_pairs(&o, c, pairs(T, 0) + pairs(T, first));
    }
    add_logits(&o, c, 2, c->n_vocab);
    return o;
}

struct operations count_sweep(const struct config *c, int n_tokens, int differ,
                              const struct pg_cell *cells, size_t n_cells) {
    struct operations o = {0};
    const int last = c->n_layer - 1;
    for (const struct pg_cell *cell = cells; cell < cells + n_cells; cell++) {
        const int whole_blocks = last - 1 - cell->layer; /* -1: enters after the last block */
        const double rows = n_tokens - cell->position;
        if (cell->position < differ || (whole_blocks < 0 && rows > 1)) continue;
        if (whole_blocks >= 0) {
            add_keys(&o, c, rows * (whole_blocks + 1));
            add_rows(&o, c, rows * whole_blocks + 1);
            add_pairs(&o, c, pairs(n_tokens, cell->position) * whole_blocks + n_tokens);
        }
        add_logits(&o, c, 1, 2);
    }
    return o;
}

/* Rows through the projection of z, or the MLP. */
static void add_product(struct operations *o, double rows, double n_in, double n_out) {
    o->products += 2 * rows * n_in * n_out;
}

struct operations count_edges(const struct config *c, int n_tokens, int differ,
                              const struct pg_cell *cells, size_t n_cells) {
    struct operations o = {0};
    const double C = c->n_embd, inner = c->n_inner;
    for (const struct pg_cell *cell = cells; cell < cells + n_cells; cell++) {
        const enum pg_reader reader = cell->receiver.reader;
        add_logits(&o, c, 1, 2);
        if (reader == PG_READER_LOGITS) continue;
        const int whole_blocks = c->n_layer - 2 - cell->receiver.layer;
        const double rows = whole_blocks < 0 ? 1 : n_tokens - differ;
        if (reader != PG_READER_MLP) add_product(&o, rows, C, C);
        add_product(&o, rows, C, 2 * inner);
        if (whole_blocks < 0) continue;
        add_keys(&o, c, rows * (whole_blocks + 1));
        add_rows(&o, c, rows * whole_blocks + 1);
        add_pairs(&o, c, pairs(n_tokens, differ) * whole_blocks + n_tokens);
    }
    return o;
}
