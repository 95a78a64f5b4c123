/* weights.c: see weights.h. */
#include "model/weights.h"

#include "base/memory.h"
#include "model/tensor_index.h"
#include "tensor/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* State of reading the tensors of one checkpoint. */
struct loader {
    struct pg_model *model;
    struct tensor_index index;
    struct pg_error *err;
};

static const char *shape_text(const size_t *shape, int n_dims, char text[64]) {
    size_t n = 1;
    strcpy(text, "[");
    for (int i = 0; i < n_dims && n < 40; i++)
        n += (size_t)snprintf(text + n, 64 - n, "%s%zu", i ? ", " : "", shape[i]);
    strcpy(text + n, "]");
    return text;
}

/* Takes the named tensor, which must be stored as floats and have exactly that shape. */
static const struct tensor *find(struct loader *l, const char *name, int n_dims,
                                 const size_t *shape) {
    char found[64], wanted[64];
    const struct tensor *t = tensor_index_take(&l->index, name, l->err);
    if (!t) return NULL;
    if (t->dtype == DTYPE_OTHER) {
        fail(l->err, "%s: tensor %s is stored as %s; F32, F16 and BF16 can be used", l->model->path,
             t->name, t->dtype_name);
        return NULL;
    }
    if (t->n_dims != n_dims || memcmp(t->shape, shape, (size_t)n_dims * sizeof *shape) != 0) {
        fail(l->err, "%s: tensor %s has shape %s; config.json makes it %s", l->model->path, t->name,
             shape_text(t->shape, t->n_dims, found), shape_text(shape, n_dims, wanted));
        return NULL;
    }
    const char *dtype = t->dtype == DTYPE_F32 ? "F32" : t->dtype == DTYPE_F16 ? "F16" : "BF16";
    l->model->dtype = !l->model->dtype || strcmp(l->model->dtype, dtype) == 0 ? dtype : "mixed";
    l->model->n_parameters += t->size / dtype_size(t->dtype);
    return t;
}

/* Allocates memory that the model owns. */
static void *own(struct loader *l, size_t n, size_t size) {
    struct pg_model *m = l->model;
    void **list = realloc(m->own, (m->n_own + 1) * sizeof *list);
    if (!list) {
        fail(l->err, "out of memory reading %s", m->path);
        return NULL;
    }
    m->own = list;
    void *memory = allocate(n, size, l->err);
    if (memory) list[m->n_own++] = memory;
    return memory;
}

/* Takes a tensor of n numbers, widened to float32. */
static const float *take_vector(struct loader *l, const char *name, int n) {
    const struct tensor *t = find(l, name, 1, (size_t[]){(size_t)n});
    float *vector = t ? own(l, (size_t)n, sizeof *vector) : NULL;
    if (vector) kernels_default()->widen(t->dtype, t->data, n, vector);
    return vector;
}

/* The tensor's data, copied if it is not aligned for its numbers. */
static const void *aligned_data(struct loader *l, const struct tensor *t) {
    if ((uintptr_t)t->data % dtype_size(t->dtype) == 0) return t->data;
    void *copy = own(l, t->size, 1);
    return copy ? memcpy(copy, t->data, t->size) : NULL;
}

/* Takes a rows x columns tensor as a matrix with `rows` inputs, or `columns` inputs if
 * transposed. */
static bool take_matrix(struct loader *l, const char *name, int rows, int columns, bool transposed,
                        struct matrix *out) {
    const struct tensor *t = find(l, name, 2, (size_t[]){(size_t)rows, (size_t)columns});
    const void *data = t ? aligned_data(l, t) : NULL;
    if (!data) return false;
    *out = (struct matrix){.data = data,
                           .dtype = t->dtype,
                           .transposed = transposed,
                           .n_in = transposed ? columns : rows,
                           .n_out = transposed ? rows : columns,
                           .stride = (size_t)columns};
    return true;
}

static bool take_linear(struct loader *l, int block, const char *name, int n_in, int n_out,
                        struct linear *out) {
    char tensor[64];
    const bool transposed = l->model->transposed;
    snprintf(tensor, sizeof tensor, "h.%d.%s.weight", block, name);
    if (!take_matrix(l, tensor, transposed ? n_out : n_in, transposed ? n_in : n_out, transposed,
                     &out->weight))
        return false;
    snprintf(tensor, sizeof tensor, "h.%d.%s.bias", block, name);
    out->bias = take_vector(l, tensor, n_out);
    return out->bias;
}

static bool take_norm(struct loader *l, const char *name, struct norm *out) {
    char tensor[64];
    const int n = l->model->config.n_embd;
    snprintf(tensor, sizeof tensor, "%s.weight", name);
    out->gain = take_vector(l, tensor, n);
    if (!out->gain) return false;
    snprintf(tensor, sizeof tensor, "%s.bias", name);
    out->bias = take_vector(l, tensor, n);
    out->epsilon = l->model->config.layer_norm_epsilon;
    return out->bias;
}

static bool take_block(struct loader *l, int b, struct block *out) {
    const int C = l->model->config.n_embd, inner = l->model->config.n_inner;
    char ln_1[32], ln_2[32];
    struct linear attn;
    snprintf(ln_1, sizeof ln_1, "h.%d.ln_1", b);
    snprintf(ln_2, sizeof ln_2, "h.%d.ln_2", b);
    if (!take_norm(l, ln_1, &out->ln_1) || !take_norm(l, ln_2, &out->ln_2) ||
        !take_linear(l, b, "attn.c_attn", C, 3 * C, &attn) ||
        !take_linear(l, b, "attn.c_proj", C, C, &out->attn_proj) ||
        !take_linear(l, b, "mlp.c_fc", C, inner, &out->fc) ||
        !take_linear(l, b, "mlp.c_proj", inner, C, &out->mlp_proj))
        return false;
    out->q = (struct linear){matrix_outputs(&attn.weight, 0, C), attn.bias};
    out->kv = (struct linear){matrix_outputs(&attn.weight, C, 2 * C), attn.bias + C};
    return true;
}

/* ---- the unembedding ---- */

static bool same_tensor(const struct tensor *a, const struct tensor *b) {
    return a == b || (a->dtype == b->dtype && a->size == b->size && a->n_dims == b->n_dims &&
                      memcmp(a->shape, b->shape, (size_t)a->n_dims * sizeof *a->shape) == 0 &&
                      memcmp(a->data, b->data, a->size) == 0);
}

/* Decides whether the unembedding is the token embedding: it is if there is no lm_head.weight. If
 * config.json has tie_word_embeddings, true must agree with the stored tensors and false needs an
 * lm_head.weight; without the field, as in minGPT, a stored lm_head.weight is used. */
static bool find_tie(struct loader *l, bool *tied) {
    const struct pg_model *m = l->model;
    const enum tie said = m->config.tie;
    const struct tensor *head = tensor_index_find(&l->index, "lm_head.weight");
    const struct tensor *embedding = tensor_index_find(&l->index, "wte.weight");
    if (!head && said == TIE_NO)
        return fail(l->err,
                    "%s: tensor lm_head.weight is missing, and config.json says that "
                    "tie_word_embeddings is false",
                    m->path);
    if (head && embedding && said == TIE_YES && !same_tensor(head, embedding))
        return fail(l->err,
                    "%s: tensor %s is not the same as %s, but config.json says that "
                    "tie_word_embeddings is true",
                    m->path, head->name, embedding->name);
    *tied = !head || head == embedding || said == TIE_YES || (!embedding && said != TIE_NO);
    return true;
}

/* A tied matrix may be stored under either name. */
static bool take_embedding(struct loader *l) {
    struct pg_model *m = l->model;
    const bool only_head = m->tied && !tensor_index_find(&l->index, "wte.weight") &&
                           tensor_index_find(&l->index, "lm_head.weight");
    return take_matrix(l, only_head ? "lm_head.weight" : "wte.weight", m->config.n_vocab,
                       m->config.n_embd, false, &m->wte);
}

static bool take_unembed(struct loader *l) {
    struct pg_model *m = l->model;
    if (!m->tied)
        return take_matrix(l, "lm_head.weight", m->config.n_vocab, m->config.n_embd, true,
                           &m->unembed);
    tensor_index_pass(&l->index, "lm_head.weight");
    m->unembed = m->wte;
    m->unembed.transposed = true;
    m->unembed.n_in = m->config.n_embd;
    m->unembed.n_out = m->config.n_vocab;
    return true;
}

/* ---- all weights ---- */

/* Whether the matrices are stored (out, in), by the shape of the first one that is not square. */
static bool is_transposed(const struct loader *l) {
    const struct tensor *t = tensor_index_find(&l->index, "h.0.attn.c_attn.weight");
    return t && t->n_dims == 2 && t->shape[0] == 3 * t->shape[1];
}

/* Checks that every block has a tensor before allocating n_layer blocks. */
static bool check_blocks(struct loader *l) {
    char name[64];
    for (int b = 0; b < l->model->config.n_layer; b++) {
        snprintf(name, sizeof name, "h.%d.ln_1.weight", b);
        if (!tensor_index_take(&l->index, name, l->err)) return false;
    }
    return true;
}

static bool take_all(struct loader *l) {
    struct pg_model *m = l->model;
    const struct config *c = &m->config;
    m->transposed = is_transposed(l);
    if (!find_tie(l, &m->tied) || !take_embedding(l) ||
        !take_matrix(l, "wpe.weight", c->n_positions, c->n_embd, false, &m->wpe) ||
        !take_norm(l, "ln_f", &m->ln_f) || !check_blocks(l) ||
        !(m->blocks = allocate((size_t)c->n_layer, sizeof *m->blocks, l->err)))
        return false;
    for (int b = 0; b < c->n_layer; b++)
        if (!take_block(l, b, &m->blocks[b])) return false;
    return take_unembed(l) && tensor_index_check_rest(&l->index, c->n_layer, l->err);
}

bool load_weights(struct pg_model *m, struct pg_error *err) {
    struct loader l = {.model = m, .err = err};
    const bool done = tensor_index_make(&m->checkpoint, m->path, &l.index, err) && take_all(&l);
    tensor_index_free(&l.index);
    return done;
}
