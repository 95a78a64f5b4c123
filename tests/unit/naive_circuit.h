/* naive_circuit.h: the definition of a circuit's run: every reader at every position by itself. For
 * tests. */
#ifndef TESTS_NAIVE_CIRCUIT_H
#define TESTS_NAIVE_CIRCUIT_H

#include "circuit/edge_set.h"

#include "naive_edge.h"

struct naive_circuit {
    const struct pg_model *model;
    const struct edge_set *set;
    const struct naive_cache *corrupt;
    float *changes; /* what each sender writes in this run less what it writes in the corrupted run:
                       n_senders x T x C */
};

/* What a reader reads: T x C, to be freed. */
static float *circuit_input(const struct naive_circuit *n, const struct pg_receiver *r,
                            const float *stream) {
    const struct config *c = &n->model->config;
    const int size = n->corrupt->T * n->corrupt->C;
    const unsigned char *into = edge_set_into(n->set, graph_receiver_index(c, r));
    float *x = malloc((size_t)size * sizeof *x);
    memcpy(x, stream, (size_t)size * sizeof *x);
    for (size_t s = 0; s < n->set->n_senders; s++)
        for (int i = 0; into[s] && i < size; i++) x[i] += n->changes[s * (size_t)size + (size_t)i];
    return x;
}

/* Notes the change that a sender makes, which writes `written`. Frees it. */
static void note_change(const struct naive_circuit *n, const struct pg_sender *s, float *written) {
    const int size = n->corrupt->T * n->corrupt->C;
    float *corrupt = naive_written(n->model, n->corrupt, s);
    float *change = n->changes + graph_sender_index(&n->model->config, s) * (size_t)size;
    for (int i = 0; i < size; i++) change[i] = written[i] - corrupt[i];
    free(written), free(corrupt);
}

/* A head's columns of queries, keys or values (T x C) from its own input. */
static void circuit_vectors(const struct naive_circuit *n, const struct pg_receiver *r,
                            float *out) {
    const struct block *b = &n->model->blocks[r->layer];
    const int T = n->corrupt->T, C = n->corrupt->C, D = C / n->corrupt->H;
    const struct linear *linear = r->reader == PG_READER_Q ? &b->q : &b->kv;
    const int width = linear->weight.n_out, from = r->reader == PG_READER_V ? C : 0;
    float *x = circuit_input(n, r, n->corrupt->kept[r->layer][RESID_PRE]);
    float *all = malloc((size_t)(T * width) * sizeof *all);
    naive_norm(n->model, T, x, &b->ln_1, x);
    naive_linear(T, x, &linear->weight, linear->bias, all);
    for (int t = 0; t < T; t++)
        memcpy(out + t * C + r->head * D, all + t * width + from + r->head * D,
               (size_t)D * sizeof *out);
    free(x), free(all);
}

static void circuit_block(const struct naive_circuit *n, int b) {
    const struct config *c = &n->model->config;
    const struct block *w = &n->model->blocks[b];
    const int T = n->corrupt->T, C = n->corrupt->C, H = n->corrupt->H;
    float *vectors = calloc((size_t)(3 * T * C), sizeof *vectors), *z = vectors;
    float *pattern = malloc((size_t)(H * T * T) * sizeof *pattern);
    for (int i = 0; i < 3 * H; i++) {
        const struct pg_receiver r = {(enum pg_reader)(i / H), b, i % H};
        circuit_vectors(n, &r, vectors + i / H * T * C);
    }
    naive_pattern(c, b, T, vectors, vectors + T * C, pattern);
    naive_mix(c, T, pattern, vectors + 2 * T * C, z);
    struct naive_cache own = *n->corrupt;
    own.kept[b][Z] = z;
    for (int h = 0; h < H; h++) {
        const struct pg_sender head = {PG_HEAD, b, h};
        note_change(n, &head, naive_written(n->model, &own, &head));
    }
    const struct pg_receiver mlp = {PG_READER_MLP, b, -1};
    float *x = circuit_input(n, &mlp, n->corrupt->kept[b][RESID_MID]);
    float *hidden = malloc((size_t)(T * n->corrupt->I) * sizeof *hidden);
    float *out = malloc((size_t)(T * C) * sizeof *out);
    naive_norm(n->model, T, x, &w->ln_2, x);
    naive_linear(T, x, &w->fc.weight, w->fc.bias, hidden);
    naive_activate(n->model, T * n->corrupt->I, hidden);
    naive_linear(T, hidden, &w->mlp_proj.weight, w->mlp_proj.bias, out);
    note_change(n, &(struct pg_sender){PG_MLP, b, -1}, out);
    free(vectors), free(pattern), free(x), free(hidden);
}

/* The logits of a circuit's run. corrupt: a cache of the corrupted text. */
static float *run_circuit(const struct pg_model *model, const struct naive_cache *clean,
                          const struct naive_cache *corrupt, const struct edge_set *set) {
    const int T = corrupt->T, C = corrupt->C, L = model->config.n_layer;
    struct naive_circuit n = {model, set, corrupt, NULL};
    n.changes = calloc(set->n_senders * (size_t)(T * C), sizeof *n.changes);
    const struct pg_sender embed = {PG_EMBED, -1, -1};
    const struct pg_receiver logits = {PG_READER_LOGITS, -1, -1};
    note_change(&n, &embed, naive_written(model, clean, &embed));
    for (int b = 0; b < L; b++) circuit_block(&n, b);
    float *x = circuit_input(&n, &logits, corrupt->kept[L - 1][RESID_POST]);
    float *out = malloc((size_t)model->config.n_vocab * sizeof *out);
    naive_norm(model, 1, x + (T - 1) * C, &model->ln_f, x);
    naive_linear(1, x, &model->unembed, NULL, out);
    free(x), free(n.changes);
    return out;
}

#endif
